package import Nostr

/// The signed, encrypted rumor of a room: every Studio kind has this outer form (4A 1.2, 1.6).
package enum Message {
  /// Encrypts `payload` to the epoch key and signs it as `author` at `createdAt` seconds.
  ///
  /// Tags come in the deployed order: `d`, `a`, `fa:context`, `fa:epoch`, `alt`, `blake3` of the
  /// ciphertext, one `p` per member; `extraTags` follow them, where every reader ignores them.
  /// `nonce` is for tests alone.
  package static func rumor(
    kind: Int, d: String, payload: [UInt8], audience: Audience, epoch: Int, epochKey: PublicKey,
    members: [PublicKey], alt: String, extraTags: [Tag] = [], author: SecretKey, createdAt: Int64,
    nonce: [UInt8]? = nil
  ) throws -> Event {
    guard !d.isEmpty else { throw FourAError(.missing, "d", "expected a name, found none") }
    guard !alt.isEmpty else { throw FourAError(.missing, "alt", "expected a line, found none") }
    let key = try ConversationKey(secret: author, peer: epochKey)
    let content = try NIP44.encrypt(payload, with: key, nonce: nonce)
    var tags = [
      Tag("d", d),
      Tag("a", audience.address),
      Tag("fa:context", FourAWire.context),
      Tag("fa:epoch", String(epoch)),
      Tag("alt", alt),
      Tag("blake3", BLAKE3.tag(content)),
    ]
    tags += members.map { Tag("p", $0.hex) }
    tags += extraTags
    return try UnsignedEvent(
      pubkey: author.publicKey, createdAt: createdAt, kind: kind, tags: tags, content: content
    ).signed(by: author)
  }
}
