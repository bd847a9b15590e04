// NIP-44: encrypted payloads, version 2
// https://github.com/nostr-protocol/nips/blob/master/44.md

import CSodium

/// NIP-44 version 2 over bytes: a key grant's plaintext is 32 raw bytes, not text.
package enum NIP44 {
  /// The longest plaintext we write, in bytes: what deployed readers still open.
  package static let authorLimit = 65_408
  /// The longest plaintext we read, in bytes.
  package static let readerLimit = 256 * 1024

  // Version, nonce and code around the padded plaintext.
  static let nonceBytes = 32
  static let codeBytes = 32
  static let frameBytes = 1 + nonceBytes + codeBytes
  static let classicLimit = 65_535
  private static let shortest = 99
  private static let longest = Base64.encodedCount(frameBytes + 6 + paddedCount(readerLimit))

  /// The payload for 1 to 65,535 bytes; larger ones throw `.tooLarge`, since the extended form is
  /// read but never written. `nonce` is 32 fresh random bytes, except in test vectors.
  package static func encrypt(
    _ plaintext: UnsafeRawBufferPointer, with key: ConversationKey, nonce: [UInt8]? = nil
  ) throws(NostrError) -> String {
    try encrypt(plaintext, key: key.bytes, nonce: nonce)
  }

  /// The payload for 1 to 65,535 bytes; see the overload on raw bytes.
  package static func encrypt(
    _ plaintext: [UInt8], with key: ConversationKey, nonce: [UInt8]? = nil
  ) throws(NostrError) -> String {
    try plaintext.withUnsafeBufferPointer { bytes throws(NostrError) in
      try encrypt(UnsafeRawBufferPointer(bytes), key: key.bytes, nonce: nonce)
    }
  }

  /// The plaintext. The code is checked before anything is decrypted. Throws `.unknownVersion`,
  /// `.invalidLength`, `.invalidBase64`, `.badMAC` or `.badPadding`.
  package static func decrypt(
    _ payload: String, with key: ConversationKey
  ) throws(NostrError) -> [UInt8] {
    try withDecrypted(payload, key: key.bytes) { [UInt8]($0) }
  }

  /// What opens the one message with this nonce, for somebody who is not to have the key: 76 bytes.
  package static func messageKey(nonce: [UInt8], with key: ConversationKey) -> [UInt8]? {
    guard nonce.count == nonceBytes else { return nil }
    var keys = nonce.withUnsafeBytes { MessageKeys(key: key.bytes, nonce: $0) }
    defer { keys.wipe() }
    return keys.bytes
  }

  /// The plaintext of a payload that is raw bytes and no base64, as an image is, with what opens it alone.
  package static func decrypt(
    raw payload: [UInt8], messageKey: [UInt8]
  ) throws(NostrError) -> [UInt8] {
    guard payload.count >= shortest, payload.count <= longest, payload[0] == 2 else {
      throw NostrError(.invalidLength, "payload", "expected a payload of version 2")
    }
    guard messageKey.count == MessageKeys.count else {
      throw NostrError(.invalidLength, "key", "expected \(MessageKeys.count) bytes")
    }
    var keys = messageKey.withUnsafeBytes { MessageKeys(bytes: $0) }
    defer { keys.wipe() }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: payload.count, alignment: 16)
    defer { buffer.deallocate() }
    buffer.copyBytes(from: payload)
    return [UInt8](try open(buffer, &keys))
  }

  static func encrypt(
    _ plaintext: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer, nonce: [UInt8]? = nil
  ) throws(NostrError) -> String {
    guard (1...classicLimit).contains(plaintext.count) else {
      throw NostrError(
        plaintext.isEmpty ? .invalidLength : .tooLarge, "plaintext",
        "expected 1 to \(classicLimit) bytes, got \(plaintext.count)")
    }
    guard nonce.map({ $0.count == nonceBytes }) ?? true else {
      throw NostrError(.invalidLength, "nonce", "expected \(nonceBytes) bytes")
    }
    let padded = 2 + paddedCount(plaintext.count)
    let count = frameBytes + padded
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
    defer { buffer.deallocate() }
    buffer[0] = 2
    let nonceField = UnsafeMutableRawBufferPointer(rebasing: buffer[1..<1 + nonceBytes])
    if let nonce { nonceField.copyBytes(from: nonce) } else { RandomBytes.fill(nonceField) }
    let body = UnsafeMutableRawBufferPointer(rebasing: buffer[(1 + nonceBytes)...].prefix(padded))
    body[0] = UInt8(plaintext.count >> 8)
    body[1] = UInt8(plaintext.count & 255)
    UnsafeMutableRawBufferPointer(rebasing: body[2...]).copyMemory(from: plaintext)
    UnsafeMutableRawBufferPointer(rebasing: body[(2 + plaintext.count)...])
      .initializeMemory(as: UInt8.self, repeating: 0)
    var keys = MessageKeys(key: key, nonce: UnsafeRawBufferPointer(nonceField))
    defer { keys.wipe() }
    keys.apply(to: body)
    keys.authenticate(
      UnsafeRawBufferPointer(rebasing: buffer[1..<count - codeBytes]),
      into: UnsafeMutableRawBufferPointer(rebasing: buffer[(count - codeBytes)...]))
    return Base64.string(UnsafeRawBufferPointer(buffer))
  }

  /// Decrypts and shows the plaintext to `body` in place, wiping it afterwards.
  static func withDecrypted<R>(
    _ payload: String, key: UnsafeRawBufferPointer,
    _ body: (UnsafeRawBufferPointer) throws(NostrError) -> R
  ) throws(NostrError) -> R {
    try payload.withBytes { text throws(NostrError) in
      let count = try checkedCount(text)
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
      defer {
        Nostr.wipe(buffer)
        buffer.deallocate()
      }
      guard Base64.decode(text, into: buffer) else {
        throw NostrError(.invalidBase64, "payload", "expected canonical base64")
      }
      return try body(open(buffer, key: key))
    }
  }

  /// The decoded length, with everything checked that the text alone can tell.
  private static func checkedCount(
    _ text: UnsafeBufferPointer<UInt8>
  ) throws(NostrError) -> Int {
    if text.first == 0x23 {
      throw NostrError(.unknownVersion, "payload", "expected version 2, got a future one")
    }
    guard text.count >= Base64.encodedCount(shortest), text.count <= longest else {
      throw NostrError(
        .invalidLength, "payload",
        "expected \(Base64.encodedCount(shortest)) to \(longest) characters, got \(text.count)")
    }
    guard let count = Base64.decodedCount(text) else {
      throw NostrError(.invalidBase64, "payload", "expected base64 in whole groups of four")
    }
    guard count >= shortest else {
      throw NostrError(
        .invalidLength, "payload", "expected at least \(shortest) bytes, got \(count)")
    }
    return count
  }

  /// Checks the code, decrypts in place and gives the plaintext's place.
  private static func open(
    _ buffer: UnsafeMutableRawBufferPointer, key: UnsafeRawBufferPointer
  ) throws(NostrError) -> UnsafeRawBufferPointer {
    guard buffer[0] == 2 else {
      throw NostrError(.unknownVersion, "payload", "expected version 2, got \(buffer[0])")
    }
    let nonce = UnsafeRawBufferPointer(rebasing: buffer[1..<1 + nonceBytes])
    var keys = MessageKeys(key: key, nonce: nonce)
    defer { keys.wipe() }
    return try open(buffer, &keys)
  }

  private static func open(
    _ buffer: UnsafeMutableRawBufferPointer, _ keys: inout MessageKeys
  ) throws(NostrError) -> UnsafeRawBufferPointer {
    let end = buffer.count - codeBytes
    guard
      keys.authenticates(
        UnsafeRawBufferPointer(rebasing: buffer[1..<end]),
        code: UnsafeRawBufferPointer(rebasing: buffer[end...]))
    else {
      throw NostrError(.badMAC, "payload", "expected a code made with this conversation's key")
    }
    let body = UnsafeMutableRawBufferPointer(rebasing: buffer[(1 + nonceBytes)..<end])
    keys.apply(to: body)
    return try unpadded(UnsafeRawBufferPointer(body))
  }

  private static func unpadded(
    _ body: UnsafeRawBufferPointer
  ) throws(NostrError) -> UnsafeRawBufferPointer {
    var prefix = 2
    var count = Int(body[0]) << 8 | Int(body[1])
    if count == 0 {
      // Two zero bytes announce four more, for lengths that do not fit in two.
      prefix = 6
      count = body[2..<6].reduce(0) { $0 << 8 | Int($1) }
      guard count > classicLimit, count <= readerLimit else {
        throw NostrError(
          .badPadding, "plaintext",
          "expected an extended length of \(classicLimit + 1) to \(readerLimit), got \(count)")
      }
    }
    guard body.count == prefix + paddedCount(count) else {
      throw NostrError(
        .badPadding, "plaintext",
        "expected \(prefix + paddedCount(count)) padded bytes for \(count), got \(body.count)")
    }
    return UnsafeRawBufferPointer(rebasing: body[prefix..<prefix + count])
  }

  /// The size a plaintext of 1 byte or more is padded to.
  static func paddedCount(_ count: Int) -> Int {
    guard count > 32 else { return 32 }
    let nextPower = 1 << (Int.bitWidth - (count - 1).leadingZeroBitCount)
    let chunk = nextPower <= 256 ? 32 : nextPower / 8
    return chunk * ((count - 1) / chunk + 1)
  }
}

/// The three keys of one message: HKDF-expand of the conversation key with the nonce.
struct MessageKeys {
  // ChaCha20 key 32, its nonce 12, HMAC key 32, and 20 bytes that are not used.
  private var block = (Bytes32(), Bytes32(), Bytes32())
  private var hmac: HMAC
  /// Bytes of them.
  static let count = 76

  init(bytes: UnsafeRawBufferPointer) {
    hmac = HMAC(key: UnsafeRawBufferPointer(rebasing: bytes[44..<Self.count]))
    withUnsafeMutableBytes(of: &block) { $0.copyMemory(from: bytes) }
  }

  init(key: UnsafeRawBufferPointer, nonce: UnsafeRawBufferPointer) {
    var expander = HMAC(key: key)
    defer { expander.wipe() }
    hmac = withUnsafeMutableBytes(of: &block) { out in
      for step in 0..<3 {
        withUnsafeBytes(of: UInt8(step + 1)) { counter in
          expander.authenticate(
            UnsafeRawBufferPointer(rebasing: out[max(0, 32 * step - 32)..<32 * step]), nonce,
            counter, into: UnsafeMutableRawBufferPointer(rebasing: out[32 * step..<32 * step + 32]))
        }
      }
      return HMAC(key: UnsafeRawBufferPointer(rebasing: out[44..<76]))
    }
  }

  /// ChaCha20 from counter zero, in place.
  func apply(to text: UnsafeMutableRawBufferPointer) {
    guard let bytes = text.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
    withUnsafeBytes(of: block) { keys in
      guard let base = keys.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
      _ = crypto_stream_chacha20_ietf_xor(bytes, bytes, UInt64(text.count), base + 32, base)
    }
  }

  func authenticate(_ text: UnsafeRawBufferPointer, into code: UnsafeMutableRawBufferPointer) {
    hmac.authenticate(text, into: code)
  }

  /// Compares in constant time.
  func authenticates(_ text: UnsafeRawBufferPointer, code: UnsafeRawBufferPointer) -> Bool {
    var made = Bytes32()
    return made.withUnsafeMutableBytes { out in
      hmac.authenticate(text, into: out)
      guard code.count == 32, let a = out.baseAddress, let b = code.baseAddress else {
        return false
      }
      return sodium_memcmp(a, b, 32) == 0
    }
  }

  /// As published vectors show them.
  var bytes: [UInt8] { withUnsafeBytes(of: block) { Array($0.prefix(Self.count)) } }

  mutating func wipe() {
    withUnsafeMutableBytes(of: &self) { Nostr.wipe($0) }
  }
}
