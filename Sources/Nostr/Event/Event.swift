/// A signed event (NIP-01). Reading one checks its shape; `verify` checks that it is true.
package struct Event: Hashable, Sendable {
  /// The claimed id; `verify` compares it with the content.
  package let id: EventID
  /// The author.
  package let pubkey: PublicKey
  /// Seconds since 1970, as the author says.
  package let createdAt: Int64
  /// 0 to 65,535.
  package let kind: Int
  /// In the author's order.
  package let tags: [Tag]
  /// The body.
  package let content: String
  /// The author's signature of `id`.
  package let sig: Signature
  /// Whether the content was read from a JSON string without escapes, so that it needs none.
  private let isPlain: Bool

  /// An event from its parts, unchecked.
  package init(
    id: EventID, pubkey: PublicKey, createdAt: Int64, kind: Int, tags: [Tag], content: String,
    sig: Signature
  ) {
    self.id = id
    self.pubkey = pubkey
    self.createdAt = createdAt
    self.kind = kind
    self.tags = tags
    self.content = content
    self.sig = sig
    isPlain = false
  }

  /// An event that was read. `isPlain` says that its content stood in JSON without an escape.
  init(read event: UnsignedEvent, id: EventID, sig: Signature, isPlain: Bool) {
    self.id = id
    pubkey = event.pubkey
    createdAt = event.createdAt
    kind = event.kind
    tags = event.tags
    content = event.content
    self.sig = sig
    self.isPlain = isPlain
  }

  /// Reads one event strictly: every field present once and in range, lower-case hex, whole
  /// numbers, valid UTF-8, inside `EventLimits`. Unknown keys are skipped. Signature unchecked.
  package init(parsing json: UnsafeRawBufferPointer) throws(NostrError) {
    self = try EventReader.read(json, computingMissingID: false)
  }

  /// Reads one event strictly; see `init(parsing: UnsafeRawBufferPointer)`.
  package init(parsing json: [UInt8]) throws(NostrError) {
    self = try json.withUnsafeBufferPointer { bytes throws(NostrError) in
      try EventReader.read(UnsafeRawBufferPointer(bytes), computingMissingID: false)
    }
  }

  /// Reads one event strictly; see `init(parsing: UnsafeRawBufferPointer)`.
  package init(parsing json: ArraySlice<UInt8>) throws(NostrError) {
    self = try json.withUnsafeBufferPointer { bytes throws(NostrError) in
      try EventReader.read(UnsafeRawBufferPointer(bytes), computingMissingID: false)
    }
  }

  /// Everything but the id and the signature.
  package var unsigned: UnsignedEvent {
    UnsignedEvent(pubkey: pubkey, createdAt: createdAt, kind: kind, tags: tags, content: content)
  }

  /// The event as JSON in NIP-01's key order, without white space, escaped as JavaScript does.
  package var json: [UInt8] { EventWriter.json(self) }

  /// The id that the content has, whatever `id` claims.
  package func computedID() -> EventID {
    EventWriter.id(
      pubkey: pubkey, createdAt: createdAt, kind: kind, tags: tags, content: content,
      isPlain: isPlain)
  }

  /// Throws unless the id is that of the content (`.idMismatch`), the key is on the curve
  /// (`.invalidPublicKey`) and the signature is the author's (`.badSignature`).
  package func verify() throws(NostrError) {
    try checkID()
    try verifySignature(with: CurveKey(pubkey))
  }

  func checkID() throws(NostrError) {
    let computed = computedID()
    guard computed == id else {
      throw NostrError(
        .idMismatch, "id", "expected \(computed.hex) from the content, got \(id.hex)")
    }
  }

  func verifySignature(with key: CurveKey) throws(NostrError) {
    guard key.verifies(sig, of: id.bytes32) else {
      throw NostrError(.badSignature, "sig", "expected a signature of \(id.hex) by \(pubkey.hex)")
    }
  }

  /// The value of the first tag of this name, if it has one.
  package func firstTag(_ name: String) -> String? {
    for tag in tags where tag.fields.count > 1 && sameBytes(tag.fields[0], name) {
      return tag.fields[1]
    }
    return nil
  }

  /// The values of all tags of this name, in order.
  package func tagValues(_ name: String) -> [String] {
    tags.compactMap { $0.fields.count > 1 && sameBytes($0.fields[0], name) ? $0.fields[1] : nil }
  }

  /// The value of the `d` tag, or "".
  package var d: String { firstTag("d") ?? "" }

  /// The coordinate; for a replaceable kind its `d` is "".
  package var address: Address {
    Address(kind: kind, pubkey: pubkey, d: isAddressable ? d : "")
  }

  /// Whether only the newest of this kind and author counts (NIP-01).
  package var isReplaceable: Bool {
    kind == 0 || kind == 3 || (10_000..<20_000).contains(kind)
  }

  /// Whether only the newest of this kind, author and `d` counts (NIP-01).
  package var isAddressable: Bool { (30_000..<40_000).contains(kind) }

  /// Whether relays pass it on without storing it (NIP-01).
  package var isEphemeral: Bool { (20_000..<30_000).contains(kind) }

  /// Whether `a` replaces `b`: the later `created_at`, and at equal times the lowest id (NIP-01).
  package static func precedes(newer a: Event, _ b: Event) -> Bool {
    precedes(newer: (a.createdAt, a.id), (b.createdAt, b.id))
  }

  /// The same order on what a store keeps of an event.
  package static func precedes(
    newer a: (createdAt: Int64, id: EventID), _ b: (createdAt: Int64, id: EventID)
  ) -> Bool {
    a.createdAt != b.createdAt ? a.createdAt > b.createdAt : a.id < b.id
  }

  package static func == (a: Event, b: Event) -> Bool {
    a.id == b.id && a.sig == b.sig && a.pubkey == b.pubkey && a.createdAt == b.createdAt
      && a.kind == b.kind && a.tags == b.tags && sameBytes(a.content, b.content)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(id)
    hasher.combine(sig)
  }
}
