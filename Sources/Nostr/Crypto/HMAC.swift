import CCrypto

/// HMAC-SHA-256 (RFC 2104) under one key, which is absorbed once for any number of messages.
struct HMAC {
  private var inner = SHA256_CTX()
  private var outer = SHA256_CTX()

  /// `key` is at most one block, 64 bytes; all of ours are 32 or less.
  init(key: UnsafeRawBufferPointer) {
    precondition(key.count <= 64, "an HMAC key of more than one block")
    withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { block in
      absorb(key, 0x36, block, &inner)
      absorb(key, 0x5c, block, &outer)
      Nostr.wipe(block)
    }
  }

  private func absorb(
    _ key: UnsafeRawBufferPointer, _ pad: UInt8, _ block: UnsafeMutableRawBufferPointer,
    _ state: inout SHA256_CTX
  ) {
    for index in 0..<64 { block[index] = (index < key.count ? key[index] : 0) ^ pad }
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
