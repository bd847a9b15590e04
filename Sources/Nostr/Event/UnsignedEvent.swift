/// An event before it has an id and a signature.
package struct UnsignedEvent: Sendable {
  /// The author.
  package var pubkey: PublicKey
  /// Seconds since 1970.
  package var createdAt: Int64
  /// 0 to 65,535.
  package var kind: Int
  /// In the order they will be written.
  package var tags: [Tag]
  /// The body.
  package var content: String

  /// An event to be signed.
  package init(
    pubkey: PublicKey, createdAt: Int64, kind: Int, tags: [Tag] = [], content: String = ""
  ) {
    self.pubkey = pubkey
    self.createdAt = createdAt
    self.kind = kind
    self.tags = tags
    self.content = content
  }

  /// The id it will have (NIP-01).
  package func id() -> EventID {
    EventWriter.id(
      pubkey: pubkey, createdAt: createdAt, kind: kind, tags: tags, content: content)
  }

  /// The signed event. Throws `.authorMismatch` for another's key, `.unportableText` for text that
  /// other programs would hash differently, `.outOfRange` or `.tooLarge` outside `EventLimits`.
  package func signed(by secret: SecretKey) throws(NostrError) -> Event {
    guard secret.publicKey == pubkey else {
      throw NostrError(
        .authorMismatch, "pubkey",
        "expected the key of \(pubkey.hex), got that of \(secret.publicKey.hex)")
    }
    return try signed { id throws(NostrError) in try secret.sign(id) }
  }

  func signed(
    _ sign: (EventID) throws(NostrError) -> Signature
  ) throws(NostrError) -> Event {
    try checkAuthorable()
    let id = id()
    return Event(
      id: id, pubkey: pubkey, createdAt: createdAt, kind: kind, tags: tags, content: content,
      sig: try sign(id))
  }

  private func checkAuthorable() throws(NostrError) {
    guard (0...EventLimits.kind).contains(kind) else {
      throw NostrError(.outOfRange, "kind", "expected 0 to \(EventLimits.kind), got \(kind)")
    }
    guard (0...EventLimits.createdAt).contains(createdAt) else {
      throw NostrError(
        .outOfRange, "created_at", "expected 0 to \(EventLimits.createdAt), got \(createdAt)")
    }
    guard tags.count <= EventLimits.tags else {
      throw NostrError(
        .tooLarge, "tags", "expected at most \(EventLimits.tags), got \(tags.count)")
    }
    var size = EventWriter.fixedBytes + content.utf8.count
    for tag in tags {
      guard !tag.fields.isEmpty else {
        throw NostrError(.wrongType, "tags", "expected a tag with a name, got an empty one")
      }
      let bytes = tag.fields.reduce(2) { $0 + $1.utf8.count + 3 }
      guard bytes <= EventLimits.tagBytes else {
        throw NostrError(
          .tooLarge, "tags", "expected at most \(EventLimits.tagBytes) bytes in a tag, got \(bytes)"
        )
      }
      size += bytes
      guard tag.fields.allSatisfy(\.isPortable) else { throw UnsignedEvent.unportable("tags") }
    }
    guard content.isPortable else { throw UnsignedEvent.unportable("content") }
    guard size <= EventLimits.eventBytes else {
      throw NostrError(
        .tooLarge, "event", "expected at most \(EventLimits.eventBytes) bytes, got \(size)")
    }
  }

  private static func unportable(_ field: String) -> NostrError {
    NostrError(
      .unportableText, field, "expected no control characters except line breaks and tabs")
  }
}
