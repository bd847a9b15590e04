package import Nostr

/// An invite that the founder has opened: whoever holds its key may claim a place until it expires.
package struct PendingInvite: Hashable, Sendable {
  /// Public key of the invite.
  package var key: PublicKey
  /// When it ends, in Unix seconds.
  package var expiresAt: Int64

  /// An invite with the public key `key` that ends at `expiresAt` seconds.
  package init(key: PublicKey, expiresAt: Int64) {
    self.key = key
    self.expiresAt = expiresAt
  }

  /// Reads `<64 hex>:<seconds>`, the value of a `fa:pending` tag.
  init?(tag: String) {
    guard let colon = tag.utf8.lastIndex(of: UInt8(ascii: ":")),
      let key = PublicKey(hex: tag[..<colon]),
      let expiresAt = Field.time(tag[tag.utf8.index(after: colon)...])
    else { return nil }
    self.init(key: key, expiresAt: expiresAt)
  }
}

/// An audience declaration (kind 30520): the title, the roster and the epoch key of a room (4A 1.3).
package struct Declaration: Sendable, Hashable {
  /// The room.
  package var audience: Audience
  /// The title of the room; the slug when the event has none.
  package var name: String
  /// A longer description.
  package var description: String?
  /// The number of the key in force, from 1.
  package var epoch: Int
  /// The public half of the key in force.
  package var epochKey: PublicKey
  /// Identity keys of the members, the founder first, each once, invite keys left out.
  package var members: [PublicKey]
  /// Open invites.
  package var pending: [PendingInvite]
  /// When the room was closed, in Unix seconds; `nil` for an open room.
  package var closedAt: Int64?
  /// Whether the room is closed.
  package var isClosed: Bool
  /// Retirement of the whole room in Unix seconds, if any.
  package var expiresAt: Int64?
  /// Time of the event in Unix seconds; what `event(signedBy:createdAt:)` last wrote or was read.
  package var createdAt: Int64
  /// Id of the event it was read from; `nil` for one not yet signed.
  package var eventID: EventID?

  /// The first member.
  package var founder: PublicKey? { members.first }

  /// A declaration not yet signed.
  package init(
    audience: Audience, name: String, description: String? = nil, epoch: Int = 1,
    epochKey: PublicKey, members: [PublicKey], pending: [PendingInvite] = [],
    closedAt: Int64? = nil, createdAt: Int64 = 0
  ) {
    self.audience = audience
    self.name = name
    self.description = description
    self.epoch = epoch
    self.epochKey = epochKey
    self.members = members
    self.pending = pending
    self.closedAt = closedAt
    isClosed = closedAt != nil
    self.createdAt = createdAt
  }

  /// Reads the shape of `event`, whose id and signature the caller has verified.
  ///
  /// An unknown `fa:status` means active; a broken `p` or `fa:pending` tag is left out.
  package init(reading event: Event) throws(FourAError) {
    try event.expect(kind: FourAWire.declaration)
    let slug = try event.required("d")
    guard let audience = Audience(key: event.pubkey, slug: slug) else {
      throw FourAError(.invalid, "d", "expected a slug, found \(Field.quoted(slug))")
    }
    let epochText = try event.required("fa:epoch")
    guard let epoch = Field.epoch(epochText) else {
      throw FourAError(
        .invalid, "fa:epoch", "expected a whole number from 1, found \(Field.quoted(epochText))")
    }
    let keyText = try event.required("fa:epoch-pubkey")
    guard let epochKey = PublicKey(hex: keyText) else {
      throw FourAError(
        .invalid, "fa:epoch-pubkey", "expected 64 hex, found \(Field.quoted(keyText))")
    }
    let content = try Self.content(of: event)
    guard let stated = content["epoch"] else {
      throw FourAError(.missing, "content.epoch", "expected \(epoch), as the tag says")
    }
    guard stated.integer == Int64(epoch) else {
      throw FourAError(
        .mismatch, "content.epoch",
        "expected \(epoch), as the tag says, found \(Field.quoted(stated.text))")
    }
    let pending = event.tagValues("fa:pending").compactMap(PendingInvite.init(tag:))
    // An inviter may list an invite key as a `p` tag too; it is nobody.
    var seen = Set(pending.map(\.key))
    let members = event.tagValues("p").compactMap { PublicKey(hex: $0) }
      .filter { seen.insert($0).inserted }
    let isClosed = event.firstTag("fa:status").map { sameBytes($0, "closed") } ?? false

    self.audience = audience
    name = Field.trimmed(content["name"]?.string, limit: 200) ?? slug
    description = Field.trimmed(content["description"]?.string, limit: 2000)
    self.epoch = epoch
    self.epochKey = epochKey
    self.members = members
    self.pending = pending
    self.isClosed = isClosed
    closedAt =
      isClosed ? event.firstTag("fa:closed-at").flatMap(Field.time) ?? event.createdAt : nil
    expiresAt = event.firstTag("expiration").flatMap(Field.time)
    createdAt = event.createdAt
    eventID = event.id
  }

  private static func content(of event: Event) throws(FourAError) -> JSONObject {
    guard let object = (try? JSON(parsing: Array(event.content.utf8)))?.object else {
      throw FourAError(.invalid, "content", "expected a JSON object")
    }
    return object
  }

  /// The declaration without the invites that have ended at `now` seconds.
  package func droppingExpired(at now: Int64) -> Declaration {
    var copy = self
    copy.pending.removeAll { $0.expiresAt <= now }
    return copy
  }

  /// Signs the declaration with the audience key, at `createdAt` seconds; invites that have ended
  /// by then are left out, since validators refuse a declaration that lists one.
  package func event(signedBy key: SecretKey, createdAt: Int64) throws -> Event {
    guard key.publicKey == audience.key else {
      throw FourAError(
        .wrongSigner, "pubkey",
        "expected the audience key \(audience.key.short), found \(key.publicKey.short)")
    }
    guard (1...FourAWire.maximumEpoch).contains(epoch) else {
      throw FourAError(.invalid, "fa:epoch", "expected a whole number from 1, found \(epoch)")
    }
    guard !members.isEmpty else {
      throw FourAError(.missing, "p", "expected the founder at least, found no member")
    }
    let current = droppingExpired(at: createdAt)
    var tags = [
      Tag("d", audience.slug),
      Tag("fa:context", FourAWire.context),
      Tag("alt", current.alt),
      Tag("fa:epoch", String(epoch)),
      Tag("fa:epoch-pubkey", epochKey.hex),
    ]
    if isClosed {
      tags.append(Tag("fa:status", "closed"))
      tags.append(Tag("fa:closed-at", String(closedAt ?? createdAt)))
    }
    tags += members.map { Tag("p", $0.hex) }
    tags += current.pending.map { Tag("fa:pending", "\($0.key.hex):\($0.expiresAt)") }
    if let expiresAt { tags.append(Tag("expiration", String(expiresAt))) }
    var content: JSONObject = [
      "@context": .string(FourAWire.context), "@type": "Audience", "name": .string(name),
    ]
    if let description { content["description"] = .string(description) }
    content["epoch"] = .integer(Int64(epoch))
    return try UnsignedEvent(
      pubkey: key.publicKey, createdAt: createdAt, kind: FourAWire.declaration, tags: tags,
      content: JSON.object(content).text
    ).signed(by: key)
  }

  private var alt: String {
    let count = members.count == 1 ? "1 member" : "\(members.count) members"
    return "Audience: \(audience.slug) (\(count), epoch \(epoch)\(isClosed ? ", closed" : ""))"
  }
}
