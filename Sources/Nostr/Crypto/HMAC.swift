import CCrypto

/// HMAC-SHA-256 (RFC 2104) under one key, which is absorbed once for any number of messages.
struct HMAC {
  private var inner = SHA256_CTX()
  private var outer = SHA256_CTX()

  /// `key` is at most one block, 64 bytes; all of ours are 32 or less.
  init(key: UnsafeRawBufferPointer) {
    precondition(key.count <= 64, "an HMAC key of more than one block")
    withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { block in
      block.initializeMemory(as: UInt8.self, repeating: 0)
      block.copyMemory(from: key)
      absorb(block, 0x3636_3636_3636_3636, &inner)
      // Takes the first pad away as it puts the second one on.
      absorb(block, 0x3636_3636_3636_3636 ^ 0x5c5c_5c5c_5c5c_5c5c, &outer)
      Nostr.wipe(block)
    }
  }

  private func absorb(
    _ block: UnsafeMutableRawBufferPointer, _ pad: UInt64, _ state: inout SHA256_CTX
  ) {
    for word in 0..<8 {
      let masked = block.load(fromByteOffset: 8 &* word, as: UInt64.self) ^ pad
      block.storeBytes(of: masked, toByteOffset: 8 &* word, as: UInt64.self)
    }
    SHA256_Init(&state)
    SHA256_Update(&state, block.baseAddress, 64)
  }

  /// Writes the 32-byte code of the parts, one after the other.
  func authenticate(
    _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer = .init(start: nil, count: 0),
    _ third: UnsafeRawBufferPointer = .init(start: nil, count: 0),
    into output: UnsafeMutableRawBufferPointer
  ) {
    precondition(output.count == 32, "an HMAC of another length than 32")
    let target = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    var state = inner
    SHA256_Update(&state, first.baseAddress, first.count)
    if second.count > 0 { SHA256_Update(&state, second.baseAddress, second.count) }
    if third.count > 0 { SHA256_Update(&state, third.baseAddress, third.count) }
    SHA256_Final(target, &state)
    state = outer
    SHA256_Update(&state, target, 32)
    SHA256_Final(target, &state)
  }

  /// Forgets the key.
  mutating func wipe() {
    withUnsafeMutableBytes(of: &self) { Nostr.wipe($0) }
  }
}
