package import Nostr

/// A claim (kind 30522): somebody with an invite asks to join, or a member leaves (4A 1.5).
package struct Claim: Sendable, Hashable {
  /// What is claimed.
  package enum Kind: Sendable, Hashable {
    /// A place, by the invite with this public key, which signed the event.
    case join(PublicKey)
    /// The end of a membership, signed by the member.
    case leave
  }

  /// Join or leave.
  package let kind: Kind
  /// The room.
  package let audience: Audience
  /// The epoch at the time of the claim; carries no authority.
  package let epoch: Int
  /// The identity key that joins or leaves.
  package let claimant: PublicKey
  /// Whoever made the invite, as the claim says.
  package let inviter: PublicKey?
  /// A line to the founder; public.
  package let note: String?
  /// The name that the joiner wants, at most 200 UTF-16 units; public.
  package let nickname: String?
  /// A few words on the joiner, at most 500 UTF-16 units; public.
  package let bio: String?
  /// When the claim ends, in Unix seconds.
  package let expiresAt: Int64?
  /// Time of the event in Unix seconds.
  package let createdAt: Int64
  /// Id of the event.
  package let eventID: EventID

  /// The public key of the invite, for a join.
  package var inviteKey: PublicKey? {
    if case .join(let key) = kind { key } else { nil }
  }

  /// Reads the shape of `event`, whose id and signature the caller has verified. The signer must be
  /// the key that `d` names.
  package init(reading event: Event) throws(FourAError) {
    try event.expect(kind: FourAWire.claim)
    let audience = try event.audience()
    let d = try event.required("d")
    let parts = d.split(separator: ":", omittingEmptySubsequences: false)
    let leaves = parts.count == 4 && parts[2] == "left"
    guard parts.count == 3 || leaves, let epoch = Field.epoch(parts[1]),
      let named = PublicKey(hex: parts[parts.count - 1])
    else {
      throw FourAError(
        .invalid, "d", "expected <slug>:<epoch>:[left:]<key hex>, found \(Field.quoted(d))")
    }
    guard sameBytes(String(parts[0]), audience.slug) else {
      throw FourAError(
        .mismatch, "d", "expected the slug \(audience.slug) of the a tag, found \(parts[0])")
    }
    guard named == event.pubkey else {
      throw FourAError(
        .wrongSigner, "d",
        "expected the signer \(event.pubkey.short), found \(named.short)")
    }
    let claimText = try event.required("fa:claim-pubkey")
    guard let claimant = PublicKey(hex: claimText) else {
      throw FourAError(
        .invalid, "fa:claim-pubkey", "expected 64 hex, found \(Field.quoted(claimText))")
    }
    guard !leaves || claimant == event.pubkey else {
      throw FourAError(
        .wrongSigner, "fa:claim-pubkey",
        "a leave must be signed by the one who leaves, \(claimant.short)")
    }
    let status = event.firstTag("fa:status").map { sameBytes($0, "left") } ?? false
    guard status == leaves else {
      throw FourAError(.mismatch, "fa:status", "d and fa:status disagree about a leave")
    }
    let content = (try? JSON(parsing: Array(event.content.utf8)))?.object
    if let stated = content?["claimPubkey"]?.string, !sameBytes(stated, claimant.hex) {
      throw FourAError(
        .mismatch, "content.claimPubkey", "expected \(claimant.short), as the tag says")
    }
    let profile = content?["profile"]?.object

    kind = leaves ? .leave : .join(event.pubkey)
    self.audience = audience
    self.epoch = epoch
    self.claimant = claimant
    inviter = leaves ? nil : event.firstTag("p").flatMap { PublicKey(hex: $0) }
    note = Field.trimmed(content?["note"]?.string, limit: 2000)
    nickname = leaves ? nil : Field.trimmed(profile?["nickname"]?.string, limit: 200)
    bio = leaves ? nil : Field.trimmed(profile?["bio"]?.string, limit: 500)
    expiresAt = event.firstTag("expiration").flatMap(Field.time)
    createdAt = event.createdAt
    eventID = event.id
  }

  /// Writes a join claim, signed by the key of the invite at `createdAt` seconds. Everything in it
  /// is public; an empty nickname and bio are left out.
  package static func join(
    audience: Audience, epoch: Int, invite: SecretKey, inviter: PublicKey, claimant: PublicKey,
    note: String? = nil, nickname: String? = nil, bio: String? = nil, expiresAt: Int64? = nil,
    createdAt: Int64
  ) throws -> Event {
    var tags = tags(
      d: "\(audience.slug):\(epoch):\(invite.publicKey.hex)",
      alt: "claim audience \(audience.slug) epoch \(epoch)", audience: audience, epoch: epoch)
    tags.append(Tag("p", inviter.hex))
    tags.append(Tag("fa:claim-pubkey", claimant.hex))
    if let expiresAt { tags.append(Tag("expiration", String(expiresAt))) }
    var content = content(audience: audience, epoch: epoch, claimant: claimant)
    if let note = Field.trimmed(note, limit: 2000) { content["note"] = .string(note) }
    var profile: JSONObject = [:]
    if let name = Field.trimmed(nickname, limit: 200) { profile["nickname"] = .string(name) }
    if let bio = Field.trimmed(bio, limit: 500) { profile["bio"] = .string(bio) }
    if profile["nickname"] != nil || profile["bio"] != nil { content["profile"] = .object(profile) }
    return try UnsignedEvent(
      pubkey: invite.publicKey, createdAt: createdAt, kind: FourAWire.claim, tags: tags,
      content: JSON.object(content).text
    ).signed(by: invite)
  }

  /// Writes a leave claim, signed by the member who leaves at `createdAt` seconds.
  package static func leave(
    audience: Audience, epoch: Int, member: SecretKey, createdAt: Int64
  ) throws -> Event {
    var tags = tags(
      d: "\(audience.slug):\(epoch):left:\(member.publicKey.hex)",
      alt: "leave audience \(audience.slug) epoch \(epoch)", audience: audience, epoch: epoch)
    tags.append(Tag("fa:claim-pubkey", member.publicKey.hex))
    tags.append(Tag("fa:status", "left"))
    var content = content(audience: audience, epoch: epoch, claimant: member.publicKey)
    content["status"] = "left"
    return try UnsignedEvent(
      pubkey: member.publicKey, createdAt: createdAt, kind: FourAWire.claim, tags: tags,
      content: JSON.object(content).text
    ).signed(by: member)
  }

  private static func tags(d: String, alt: String, audience: Audience, epoch: Int) -> [Tag] {
    [
      Tag("d", d), Tag("fa:context", FourAWire.context), Tag("alt", alt),
      Tag("a", audience.address), Tag("fa:epoch", String(epoch)),
    ]
  }

  private static func content(audience: Audience, epoch: Int, claimant: PublicKey) -> JSONObject {
    [
      "@context": .string(FourAWire.context), "@type": "AudienceClaim",
      "audience": .string(audience.slug), "epoch": .integer(Int64(epoch)),
      "claimPubkey": .string(claimant.hex),
    ]
  }
}
