import FourA
import Home
import Nostr
import Relay
import Replica
import Studio

// Founding, inviting, joining, admitting: what needs the audience's own key (4A 2.2 to 2.6).
extension EngineCore {
  func found(
    _ slug: String, title: String, description: String?, tracks: [String], by secret: SecretKey
  ) throws -> JSON {
    guard try reader.rooms(slug: slug).isEmpty else {
      throw StudioError(
        "room_exists", "this home already has a room “\(slug)”", field: "slug", value: slug,
        hint: "choose another slug")
    }
    let key = SecretKey.random()
    let epochKey = SecretKey.random()
    guard let audience = Audience(key: key.publicKey, slug: slug) else {
      throw StudioError(
        "invalid_argument", "a slug is made of letters, digits and dashes", field: "slug",
        value: slug)
    }
    let now = SystemCall.now()
    let declaration = Declaration(
      audience: audience, name: title, description: description, epochKey: epochKey.publicKey,
      members: [secret.publicKey])
    try replica.setSecret(Self.audienceSecret(audience), sealed: Sealed.seal(key, for: secret))
    _ = try replica.follow(
      audience, relation: .founded, relays: roomRelays(), keyring: keyring)
    let room = try room(of: audience)
    try send(
      publicEvents: [
        try declaration.event(signedBy: key, createdAt: now),
        try KeyGrant.event(
          epochSecret: epochKey, epoch: 1, audience: audience, to: secret.publicKey, signedBy: key,
          createdAt: now),
      ], for: room)
    try learn(epochKey, epoch: 1, of: audience, by: secret)
    var drafts = [
      try rumor(
        .room(
          Room(
            slug: slug, title: title, description: description, project: slug,
            defaultTracks: tracks, createdBy: secret.publicKey.hex)),
        d: DTag.room(slug: slug), in: room, by: secret)
    ]
    for track in tracks {
      drafts.append(
        try rumor(
          .track(Track(name: track, title: track, createdBy: secret.publicKey.hex)),
          d: DTag.track(name: track), in: room, by: secret))
    }
    try send(drafts, to: room, by: secret)
    try sayName(in: room, by: secret)
    updateInterests()
    return [
      "slug": .string(slug), "address": .string(audience.address), "epoch": 1,
      "members": [.string(secret.publicKey.hex)],
    ]
  }

  func invite(to audience: Audience, ttl: Int64) throws -> JSON {
    guard let secret else { throw StudioError("engine_locked", "the key is locked") }
    let invitation = SecretKey.random()
    let expiresAt = SystemCall.now() + ttl
    let result = try declare(audience) { declaration, _ in
      declaration.inviting(invitation.publicKey, expiresAt: expiresAt)
    }
    let invite = Invite(
      audience: audience, epoch: Int(result["epoch"]?.integer ?? 1), secret: invitation,
      inviter: secret.publicKey, relays: try room(of: audience).relays)
    let isLocal = invite.relays.allSatisfy { (try? RelayURL($0))?.isLoopback ?? true }
    return [
      "url": .string(invite.url), "web_url": .string(invite.webURL),
      "expires_at": .integer(expiresAt),
      "note": isLocal ? .string(Self.localNote) : .null,
    ]
  }

  private static let localNote =
    "good on this machine only, where the room's relay is; init --relay names one that others reach"

  func join(_ url: String, note: String?, by secret: SecretKey) throws -> JSON {
    let invite = try Invite(parsing: url)
    let relays = invite.relays.isEmpty ? roomRelays() : invite.relays
    guard let audience = invite.audience else {
      // The invite names no audience: its declaration is looked for on our relays, by the invite's key.
      try replica.setSecret(
        Self.joiningSecret(invite.slug),
        sealed: Sealed.seal(Array("\(invite.url)\n\(note ?? "")".utf8), for: secret))
      updateInterests()
      return ["slug": .string(invite.slug), "state": "pending"]
    }
    if let room = try reader.room(audience), room.relation == .founded || isMember(of: room) {
      return ["slug": .string(invite.slug), "state": "member"]
    }
    try claim(
      invite, of: audience, inviter: invite.inviter ?? audience.key, relays: relays, note: note,
      by: secret)
    return ["slug": .string(invite.slug), "state": "pending"]
  }

  private func claim(
    _ invite: Invite, of audience: Audience, inviter: PublicKey, relays: [String], note: String?,
    by secret: SecretKey
  ) throws {
    _ = try replica.follow(audience, relation: .claimed, relays: relays, keyring: keyring)
    let claim = try Claim.join(
      audience: audience, epoch: invite.epoch, invite: invite.secret, inviter: inviter,
      claimant: secret.publicKey, note: note, nickname: configuration.name,
      createdAt: SystemCall.now())
    try send(publicEvents: [claim], for: try room(of: audience))
    try refreshRelays()
  }

  /// Invites taken whose audience a declaration must tell.
  func joiningSlugs() throws -> [String] {
    try replica.secretNames(prefix: "joining:").map { String($0.dropFirst("joining:".count)) }
  }

  /// A declaration of an audience we do not follow: it may be the one that an invite without an address meant.
  func considerDeclaration(_ event: Event) throws {
    guard event.kind == FourAWire.declaration, let secret,
      let declaration = try? Declaration(reading: event),
      let sealed = try replica.secret(Self.joiningSecret(declaration.audience.slug))
    else { return }
    let lines = try Sealed.open(sealed, with: secret).split(
      separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false
    ).map { String(decoding: $0, as: UTF8.self) }
    let invite = try Invite(parsing: lines[0])
    guard declaration.pending.contains(where: { $0.key == invite.key }) else { return }
    try durably {
      try replica.setSecret(Self.joiningSecret(invite.slug), sealed: nil)
      try claim(
        invite, of: declaration.audience, inviter: declaration.founder ?? declaration.audience.key,
        relays: invite.relays.isEmpty ? roomRelays() : invite.relays,
        note: lines.count > 1 && !lines[1].isEmpty ? lines[1] : nil, by: secret)
    }
  }

  func admit(_ members: [PublicKey], to audience: Audience, by secret: SecretKey) throws -> JSON {
    let room = try room(of: audience)
    let now = SystemCall.now()
    let waiting = try reader.pendingClaims(room.id, now: now)
    let claims = members.isEmpty ? waiting : waiting.filter { members.contains($0.claimant) }
    for member in members where !waiting.contains(where: { $0.claimant == member }) {
      throw StudioError(
        "claim_not_found", "\(member.short) has no claim waiting in “\(room.audience.slug)”",
        field: "who",
        value: member.hex, hint: "studio room pending lists the claims")
    }
    guard !claims.isEmpty else {
      return ["admitted": [], "epoch": .integer(Int64(room.epoch))]
    }
    let result = try rotate(audience, by: secret) { $0.admitting(claims, rotatingTo: $1) }
    return [
      "admitted": .array(claims.map { .string($0.claimant.hex) }),
      "epoch": result["epoch"] ?? .null,
    ]
  }

  func remove(_ member: PublicKey, from audience: Audience, by secret: SecretKey) throws -> JSON {
    try rotate(audience, by: secret) { try $0.removing(member, rotatingTo: $1) }
  }

  func leave(_ audience: Audience, by secret: SecretKey) throws -> JSON {
    let room = try room(of: audience)
    if room.relation == .founded {
      throw StudioError(
        "founder_cannot_leave", "the founder cannot leave “\(room.audience.slug)”", field: "room",
        value: room.audience.slug, hint: "studio room close ends it for everyone")
    }
    let epoch = try replica.authority(of: room.id).current?.epoch ?? 1
    let claim = try Claim.leave(
      audience: audience, epoch: epoch, member: secret, createdAt: SystemCall.now())
    try send(publicEvents: [claim], for: room)
    try replica.setRelation(.left, room: room.id)
    return ["epoch": .integer(Int64(epoch)), "status": "left"]
  }

  /// Publishes a changed declaration at the same epoch.
  func declare(_ audience: Audience, _ change: (Declaration, Int64) -> Declaration) throws -> JSON {
    let (room, key, current) = try foundedRoom(audience)
    let now = SystemCall.now()
    let next = change(current.droppingExpired(at: now), now)
    let event = try next.event(signedBy: key, createdAt: current.nextCreatedAt(now: now))
    try send(publicEvents: [event], for: room)
    return [
      "epoch": .integer(Int64(next.epoch)), "status": .string(next.isClosed ? "closed" : "active"),
    ]
  }

  /// Publishes a changed declaration at the next epoch, grants its key to every member, and says again what
  /// newcomers must know: the room and its tracks (4A 2.3).
  func rotate(
    _ audience: Audience, by secret: SecretKey,
    _ change: (Declaration, PublicKey) throws -> Declaration
  ) throws -> JSON {
    let (room, key, current) = try foundedRoom(audience)
    let now = SystemCall.now()
    let createdAt = current.nextCreatedAt(now: now)
    let epochKey = SecretKey.random()
    let next = try change(current.droppingExpired(at: now), epochKey.publicKey)
    var events = [try next.event(signedBy: key, createdAt: createdAt)]
    for member in next.members {
      events.append(
        try KeyGrant.event(
          epochSecret: epochKey, epoch: next.epoch, audience: audience, to: member, signedBy: key,
          createdAt: createdAt))
    }
    try send(publicEvents: events, for: room)
    try learn(epochKey, epoch: next.epoch, of: audience, by: secret)
    try republish(try self.room(of: audience), by: secret)
    updateIntake()
    return ["epoch": .integer(Int64(next.epoch)), "status": "active"]
  }

  private func republish(_ room: RoomRow, by secret: SecretKey) throws {
    var drafts = [
      try rumor(
        .room(
          Room(
            slug: room.audience.slug, title: room.title ?? room.audience.slug,
            description: room.description, project: room.audience.slug,
            defaultTracks: [], createdBy: secret.publicKey.hex)),
        d: DTag.room(slug: room.audience.slug), in: room, by: secret)
    ]
    for track in try reader.tracks(room.id) where !track.isStub {
      drafts.append(
        try rumor(
          .track(
            Track(
              name: track.name, title: track.title, description: track.description,
              layout: track.layout.flatMap(Track.Layout.init) ?? .column, closedAt: track.closedAt,
              createdBy: secret.publicKey.hex)),
          d: DTag.track(name: track.name), in: room, by: secret))
    }
    try send(drafts, to: room, by: secret)
    try sayName(in: room, by: secret)
  }

  private func learn(_ epochKey: SecretKey, epoch: Int, of audience: Audience, by secret: SecretKey)
    throws
  {
    let report = try replica.addEpochKey(
      epochKey, sealed: Sealed.seal(epochKey, for: secret), audience: audience, epoch: epoch,
      keyring: keyring)
    updateIntake()
    totals.applied += report.applied
  }

  private func foundedRoom(_ audience: Audience) throws -> (RoomRow, SecretKey, Declaration) {
    let room = try room(of: audience)
    guard let secret, let sealed = try replica.secret(Self.audienceSecret(audience)) else {
      throw StudioError(
        "not_the_founder", "only the founder of “\(room.audience.slug)” can do that", field: "room",
        value: room.audience.slug)
    }
    guard let current = try replica.authority(of: room.id).current else {
      throw StudioError(
        "room_not_found", "the room “\(room.audience.slug)” has no declaration", field: "room")
    }
    return (room, try SecretKey(bytes: Sealed.open(sealed, with: secret)), current)
  }

  func isMember(of room: RoomRow) -> Bool {
    guard let secret else { return false }
    return (try? replica.authority(of: room.id).current?.members.contains(secret.publicKey)) == true
  }

  func roomRelays() -> [String] {
    if configuration.relays.isEmpty, let embedded { return [embedded.url] }
    return configuration.effectiveRelays
  }

  static func audienceSecret(_ audience: Audience) -> String { "audience:\(audience.address)" }
  static func joiningSecret(_ slug: String) -> String { "joining:\(slug)" }
}
