import CSecp256k1

/// A private key in locked memory. It can be used, but not printed, compared or copied; its bytes
/// are wiped when the last owner lets go.
package final class SecretKey: Sendable {
  /// The key that others see.
  package let publicKey: PublicKey
  // The scalar, then the keypair that signing needs, so that it is computed once.
  private let memory: LockedBytes
  private static let pairOffset = 32

  /// A fresh key.
  package static func random() -> SecretKey {
    while true {
      var bytes = RandomBytes.bytes(32)
      defer { bytes.wipe() }
      if let key = try? SecretKey(bytes: bytes) { return key }
    }
  }

  /// Throws `.invalidSecretKey` unless the bytes are 32 and a number from 1 to the curve's order.
  package convenience init(bytes: some Collection<UInt8>) throws(NostrError) {
    guard var value = Bytes32(bytes) else {
      throw NostrError(
        .invalidSecretKey, "secret key", "expected 32 bytes, got \(bytes.count)")
    }
    defer { value.withUnsafeMutableBytes { wipe($0) } }
    try self.init(scalar: &value)
  }

  /// Throws `.invalidSecretKey` unless the text is 64 lower-case hex digits of a valid key.
  package convenience init(hex: some StringProtocol) throws(NostrError) {
    guard var value = Bytes32(hex: hex) else {
      throw NostrError(.invalidSecretKey, "secret key", "expected 64 lower-case hex digits")
    }
    defer { value.withUnsafeMutableBytes { wipe($0) } }
    try self.init(scalar: &value)
  }

  private init(scalar: inout Bytes32) throws(NostrError) {
    guard var pair = scalar.withUnsafeBytes({ Curve.keypair($0) }) else {
      throw NostrError(
        .invalidSecretKey, "secret key", "expected a number from 1 to the order of the curve")
    }
    defer { withUnsafeMutableBytes(of: &pair) { wipe($0) } }
    publicKey = Curve.publicKey(of: &pair)
    let size = SecretKey.pairOffset + MemoryLayout<secp256k1_keypair>.size
    memory = LockedBytes(count: size) { out in
      scalar.withUnsafeBytes { out.copyMemory(from: $0) }
      withUnsafeBytes(of: &pair) {
        UnsafeMutableRawBufferPointer(rebasing: out[SecretKey.pairOffset...]).copyMemory(from: $0)
      }
    }
  }

  /// Calls `body` with the 32 bytes in place; it must not keep or copy them.
  package func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try withExtendedLifetime(self) {
      try body(UnsafeRawBufferPointer(rebasing: memory.bytes[..<SecretKey.pairOffset]))
    }
  }

  /// A BIP-340 signature of the id, with fresh randomness.
  package func sign(_ id: EventID) throws(NostrError) -> Signature {
    try Curve.sign(id.bytes32, with: pair)
  }

  /// A signature with given randomness; only test vectors need one that can be repeated.
  func sign(_ message: Bytes32, auxiliary: [UInt8]) throws(NostrError) -> Signature {
    try Curve.sign(message, with: pair, auxiliary: auxiliary)
  }

  private var pair: UnsafePointer<secp256k1_keypair> {
    let base = UnsafeRawBufferPointer(rebasing: memory.bytes[SecretKey.pairOffset...])
    guard let start = base.baseAddress else { fatalError("locked memory has no address") }
    return start.assumingMemoryBound(to: secp256k1_keypair.self)
  }
}

extension SecretKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "SecretKey(redacted)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
