import Nostr

/// Secrets at rest in the replica: NIP-44 from the identity to itself, so that the database alone opens
/// nothing.
enum Sealed {
  static func seal(_ secret: SecretKey, for identity: SecretKey) throws(NostrError) -> String {
    try seal(secret.withBytes { [UInt8]($0) }, for: identity)
  }

  static func seal(_ bytes: [UInt8], for identity: SecretKey) throws(NostrError) -> String {
    let key = try ConversationKey(secret: identity, peer: identity.publicKey)
    return try NIP44.encrypt(bytes, with: key)
  }

  static func open(_ sealed: String, with identity: SecretKey) throws(NostrError) -> [UInt8] {
    let key = try ConversationKey(secret: identity, peer: identity.publicKey)
    return try NIP44.decrypt(sealed, with: key)
  }
}
