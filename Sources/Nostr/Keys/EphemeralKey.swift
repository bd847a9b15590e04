import CSecp256k1

/// A key for one wrap: made, used and wiped inside one call, so that it needs no locked memory.
struct EphemeralKey {
  private var scalar = Bytes32()
  private var pair = secp256k1_keypair()
  let publicKey: PublicKey

  init() {
    while true {
      scalar.withUnsafeMutableBytes { RandomBytes.fill($0) }
      guard let made = scalar.withUnsafeBytes({ Curve.keypair($0) }) else { continue }
      pair = made
      break
    }
    publicKey = Curve.publicKey(of: &pair)
  }

  /// Writes the conversation key with `point` to 32 bytes.
  func derive(with point: CurveKey, into output: UnsafeMutableRawBufferPointer) -> Bool {
    scalar.withUnsafeBytes { ConversationKey.derive(secret: $0, point: point, into: output) }
  }

  mutating func sign(_ id: EventID) throws(NostrError) -> Signature {
    try Curve.sign(id.bytes32, with: &pair)
  }

  mutating func wipe() {
    scalar.withUnsafeMutableBytes { Nostr.wipe($0) }
    withUnsafeMutableBytes(of: &pair) { Nostr.wipe($0) }
  }
}
