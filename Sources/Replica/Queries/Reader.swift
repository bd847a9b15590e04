package import FourA
package import Nostr

/// A read-only view of the replica for a face: typed rows, pages by key, never by offset. Not
/// `Sendable`: whoever opens it keeps it.
package final class Reader {
  let db: Connection

  /// Opens the database at `path`, which must be there and of this program's schema.
  package init(path: String) throws {
    db = try Connection(path: path, mode: .reader, busyTimeout: 1_000, cacheKiB: 6_144)
    try Migrations.replica.check(db)
  }

  /// The same queries on a connection that somebody else holds.
  package init(on connection: Connection) { db = connection }

  /// Stops `body` with `.interrupted` once it has cost `milliseconds`.
  package func limited<T>(
    toMilliseconds milliseconds: Int, _ body: (Reader) throws -> T
  ) throws -> T {
    try db.limited(toMilliseconds: milliseconds) { try body(self) }
  }

  /// Why a query failed: where nothing is known about it, another program may have brought the tables further.
  package func cause(of error: any Error) -> any Error {
    guard let failure = error as? ReplicaError, failure.isUnexplained else { return error }
    do {
      try Migrations.replica.check(db)
      return error
    } catch { return error }
  }

  /// Stops what `body` reads with `.interrupted` as soon as `isWanted`.
  ///
  /// - Returns: whether it was stopped so.
  package func givingWay(when isWanted: @escaping () -> Bool, _ body: () -> Void) -> Bool {
    db.givingWay(when: isWanted, body)
  }

  /// Whether what is being read was stopped by `givingWay`.
  package var gaveWay: Bool { db.gaveWay }

  /// Several queries over one and the same state.
  package func snapshot<T>(_ body: (Reader) throws -> T) throws -> T {
    try db.transaction { _ in try body(self) }
  }
}

/// A room as it stands.
package struct RoomRow: Sendable, Hashable {
  package let id: RoomID
  package let audience: Audience
  package let relation: Relation
  package let title: String?
  package let description: String?
  package let founder: PublicKey?
  /// 0 while no declaration has come.
  package let epoch: Int
  package let epochKey: PublicKey?
  package let closedAt: Int64?
  /// The relays that its invite or its founder named.
  package let relays: [String]

  /// `active`, `pending` (no key yet), `closed` or `left`.
  package var status: String {
    switch relation {
    case .left: "left"
    case .claimed: "pending"
    case .founded, .joined: closedAt == nil ? "active" : "closed"
    }
  }
}

/// A member of a room.
package struct MemberRow: Sendable, Hashable {
  package let pubkey: PublicKey
  /// From the member's own profile; `nil` when there is none.
  package let name: String?
  package let isFounder: Bool
  package var role: String { isFounder ? "founder" : "member" }
}

/// A track and how many cards lie on it.
package struct TrackRow: Sendable, Hashable {
  package let name: String
  package let title: String
  package let description: String?
  package let layout: String?
  package let closedAt: Int64?
  package let author: PublicKey?
  /// Only cards know of it.
  package let isStub: Bool
  /// Shown cards by status.
  package let counts: [String: Int]
  package var cards: Int { counts.values.reduce(0, +) }
}

extension Reader {
  // MARK: Rooms

  /// All rooms, by slug.
  package func rooms() throws -> [RoomRow] { try rooms(where: "1 ORDER BY slug, audience") }

  /// The rooms with a slug: of several audiences there may be several.
  package func rooms(slug: String) throws -> [RoomRow] {
    try rooms(where: "slug = ? ORDER BY audience", slug)
  }

  package func room(_ id: RoomID) throws -> RoomRow? { try rooms(where: "id = ?", id).first }

  package func room(_ audience: Audience) throws -> RoomRow? {
    try rooms(where: "audience = ? AND slug = ?", audience.key, audience.slug).first
  }

  private func rooms(where condition: String, _ values: any Bindable...) throws -> [RoomRow] {
    try db.rows(
      """
      SELECT id, audience, slug, relation, title, description, founder, epoch, epoch_pubkey,
        closed_at, relays FROM room WHERE \(condition)
      """, binding: values
    ) { row in
      guard let audience = Audience(key: try row.publicKey(1), slug: row.text(2)) else {
        throw ReplicaError(.corrupt, "a room has a slug that is none: \(row.text(2))")
      }
      let relays = try? JSON(parsing: row.text(10)).array?.compactMap(\.string)
      return RoomRow(
        id: row.room(0), audience: audience, relation: Relation(rawValue: row.int(3)) ?? .left,
        title: row.optionalText(4), description: row.optionalText(5),
        founder: row.isNull(6) ? nil : try row.publicKey(6), epoch: row.int(7),
        epochKey: row.isNull(8) ? nil : try row.publicKey(8), closedAt: row.optionalInt64(9),
        relays: relays ?? [])
    }
  }

  /// All that is known of a room's roster, read from the declarations and grants in the log.
  package func authority(of room: RoomID) throws -> Authority {
    guard let row = try self.room(room) else {
      throw ReplicaError(.notFound, "no room \(room.rawValue) here")
    }
    var authority = Authority(audience: row.audience)
    for event in try publicEvents(room, kind: FourAWire.declaration) {
      _ = authority.admit(try Declaration(reading: event))
    }
    for event in try publicEvents(room, kind: FourAWire.keyGrant) {
      _ = authority.admit(grant: try KeyGrant(reading: event))
    }
    return authority
  }

  private func publicEvents(_ room: RoomID, kind: Int) throws -> [Event] {
    try db.rows(
      """
      SELECT b.packed FROM object o JOIN event e ON e.object = o.id
      JOIN event_body b ON b.event = e.seq
      WHERE o.room = ? AND o.kind = ? AND \(ObjectKey.isPublic)
        AND (e.admitted OR e.kind = 30521)
      """, room, kind
    ) { try $0.event(0) }
  }

  /// Claims on a room that the declaration in force would still take, oldest first.
  package func pendingClaims(_ room: RoomID, now: Int64) throws -> [Claim] {
    guard let current = try authority(of: room).current else { return [] }
    var seen: Set<PublicKey> = []
    return try publicEvents(room, kind: FourAWire.claim)
      .compactMap { try? Claim(reading: $0) }
      .sorted { ($0.createdAt, $0.eventID) < ($1.createdAt, $1.eventID) }
      .filter { claim in
        guard let invite = claim.inviteKey, !current.members.contains(claim.claimant),
          current.pending.contains(where: { $0.key == invite && $0.expiresAt > now }),
          claim.expiresAt ?? .max > now
        else { return false }
        return seen.insert(claim.claimant).inserted
      }
  }

  /// Members of the epoch in force who have said that they leave.
  package func leavers(_ room: RoomID) throws -> [PublicKey] {
    guard let current = try authority(of: room).current else { return [] }
    return try publicEvents(room, kind: FourAWire.claim)
      .compactMap { try? Claim(reading: $0) }
      .filter {
        $0.kind == .leave && $0.epoch == current.epoch && current.members.contains($0.claimant)
      }
      .map(\.claimant)
  }

  // MARK: Members

  /// The roster in its order; the first one founded the room.
  package func members(_ room: RoomID) throws -> [MemberRow] {
    try db.rows(
      """
      SELECT m.pubkey, p.name, m.position FROM member m
      LEFT JOIN profile p ON p.room = m.room AND p.pubkey = m.pubkey
      WHERE m.room = ? ORDER BY m.position
      """, room
    ) {
      MemberRow(
        pubkey: try $0.publicKey(0), name: $0.optionalText(1), isFounder: $0.int(2) == 0)
    }
  }

  /// What somebody calls themselves in a room; also those who have left.
  package func name(of key: PublicKey, in room: RoomID) throws -> String? {
    try db.first("SELECT name FROM profile WHERE room = ? AND pubkey = ?", room, key) { $0.text(0) }
  }

  /// All names of a room.
  package func names(in room: RoomID) throws -> [PublicKey: String] {
    Dictionary(
      uniqueKeysWithValues: try db.rows("SELECT pubkey, name FROM profile WHERE room = ?", room) {
        (try $0.publicKey(0), $0.text(1))
      })
  }

  // MARK: Tracks

  /// The tracks of a room, stubs too, by name.
  package func tracks(_ room: RoomID) throws -> [TrackRow] {
    var counts: [[UInt8]: [String: Int]] = [:]
    for (track, status, cards) in try db.rows(
      "SELECT track, status, cards FROM tally WHERE room = ? AND cards > 0", room,
      read: { ($0.text(0), $0.text(1), $0.int(2)) })
    {
      counts[track.key, default: [:]][status] = cards
    }
    return try db.rows(
      """
      SELECT name, title, description, layout, closed_at, author, event FROM track
      WHERE room = ? ORDER BY name
      """, room
    ) { row in
      TrackRow(
        name: row.text(0), title: row.text(1), description: row.optionalText(2),
        layout: row.optionalText(3), closedAt: row.optionalInt64(4),
        author: row.isNull(5) ? nil : try row.publicKey(5), isStub: row.isNull(6),
        counts: counts[row.text(0).key] ?? [:])
    }
  }

  // MARK: Totals

  /// The totals that a status line shows.
  package struct Counts: Sendable, Hashable {
    package let events: Int
    package let held: Int
    /// Wraps that still owe a relay something.
    package let pending: Int
  }

  package func counts() throws -> Counts {
    Counts(
      events: Int(try db.number("SELECT coalesce(max(seq), 0) FROM event")),
      held: Int(try db.number("SELECT count(*) FROM held")),
      pending: try pendingDeliveries())
  }

  /// How many wraps still owe a relay something; asked of the indexes of what is under way, however much was sent.
  package func pendingDeliveries() throws -> Int {
    Int(
      try db.number(
        """
        SELECT (SELECT count(*) FROM delivery INDEXED BY delivery_due WHERE state = 0)
          + (SELECT count(*) FROM delivery INDEXED BY delivery_flying WHERE state = 1)
        """))
  }

  /// A value that a face or the engine has stored.
  package func setting(_ name: String) throws -> String? {
    try db.first("SELECT value FROM setting WHERE name = ?", name) { $0.text(0) }
  }

  /// Something that was typed and not sent.
  package struct DraftRow: Sendable, Hashable {
    package let name: String
    package let text: String
    /// When it was changed last.
    package let at: Int64
  }

  /// What was typed and not sent, the newest first.
  package func drafts(limit: Int = 200) throws -> [DraftRow] {
    try db.rows("SELECT name, value, at FROM draft ORDER BY at DESC, name LIMIT ?", limit) {
      DraftRow(name: $0.text(0), text: $0.text(1), at: $0.int64(2))
    }
  }

  /// Whether this wrap was judged before, whatever the outcome.
  package func knowsWrap(_ id: EventID) throws -> Bool {
    try db.number("SELECT count(*) FROM wrap WHERE id = ? AND state > 0", id) > 0
  }

  /// The time that we have stored for a wrap: never believe a relay's copy for it.
  package func wrapTime(_ id: EventID) throws -> Int64? {
    try db.first("SELECT created_at FROM wrap WHERE id = ?", id) { $0.int64(0) }
  }

  package func knowsEvent(_ id: EventID) throws -> Bool {
    try db.number("SELECT count(*) FROM event WHERE id = ?", id) > 0
  }

  /// The newest time at a coordinate: the next version must be later.
  package func lastCreatedAt(
    room: RoomID, kind: Int, author: PublicKey, d: String
  ) throws -> Int64? {
    try db.first(
      """
      SELECT max(e.created_at) FROM object o JOIN event e ON e.object = o.id
      WHERE \(ObjectKey.condition)
      """, binding: ObjectKey(room: room, kind: kind, author: author, d: d).values
    ) { $0.optionalInt64(0) } ?? nil
  }
}
