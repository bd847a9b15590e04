import FourA
package import Nostr

extension Replica {
  /// The digest of the folded state and how many events are folded; see `Reader.stateHash`.
  package func stateHash(room: RoomID? = nil) throws -> (digest: Bytes32, events: Int) {
    try reader.stateHash(room: room)
  }
}

extension Reader {
  /// SHA-256 over a canonical listing of what can be seen in all rooms, or in one. It depends on the
  /// events that count now, and on nothing local: not on row numbers, the order of arrival, old
  /// versions, or what was read.
  package func stateHash(room: RoomID? = nil) throws -> (digest: Bytes32, events: Int) {
    try snapshot { _ in
      var listing = Listing()
      for row in try rooms().sorted(by: { $0.audience.address < $1.audience.address })
      where room == nil || row.id == room {
        try list(row, into: &listing)
      }
      let events = try db.number(
        "SELECT count(*) FROM event WHERE admitted AND kind >= 30530 AND (?1 IS NULL OR room = ?1)",
        room)
      return (listing.finish(), Int(events))
    }
  }

  private func list(_ row: RoomRow, into listing: inout Listing) throws {
    listing.add("room", row.audience.address, row.title, row.description, row.founder?.hex)
    listing.add("epoch", String(row.epoch), row.epochKey?.hex, row.closedAt.map { String($0) })
    let room = row.id
    for member in try members(room) { listing.add("member", member.pubkey.hex, member.name) }
    try each("SELECT hex(pubkey), name FROM profile WHERE room = ? ORDER BY pubkey", 2, room) {
      listing.add("name", $0)
    }
    try each(
      """
      SELECT name, title, description, layout, closed_at, hex(author), updated_at FROM track
      WHERE room = ? ORDER BY name
      """, 7, room
    ) { listing.add("track", $0) }
    try each(
      """
      SELECT hex(c.author), c.d, hex(c.event_id), c.kind, c.track, c.status, hex(c.assignees),
        c.shown, c.updated_at, c.stripped, c.comments, c.title, c.tags, w.fabric, w.body, w.blocks,
        c.held, c.cycle, c.retried
      FROM card c JOIN words w ON w.object = c.object WHERE c.room = ? ORDER BY c.author, c.d
      """, 19, room
    ) { listing.add("card", $0) }
    try each(
      """
      SELECT o.kind, hex(o.author), o.d, hex(n.event_id), p.kind, hex(p.author), p.d,
        hex(r.author), r.d, n.intent, n.to_status, n.answers, n.gone, e.verdict, w.body, w.options,
        w.blocks, w.fabric, hex(s.event_id)
      FROM entry n JOIN words w ON w.object = n.object JOIN object o ON o.id = n.object
      JOIN event e ON e.seq = n.event
      LEFT JOIN object p ON p.id = n.parent LEFT JOIN object r ON r.id = n.root
      LEFT JOIN entry s ON s.object = n.settled
      WHERE n.room = ? ORDER BY o.kind, o.author, o.d
      """, 19, room
    ) { listing.add("entry", $0) }
    try each(
      """
      SELECT hex(o.author), o.d, hex(x.event_id), x.subject, x.chosen, x.reason, x.allowed
      FROM dispatch x JOIN object o ON o.id = x.object WHERE x.room = ? ORDER BY o.author, o.d
      """, 7, room
    ) { listing.add("dispatch", $0) }
    try listChannels(room, into: &listing)
  }

  private func listChannels(_ room: RoomID, into listing: inout Listing) throws {
    try each(
      """
      SELECT r.name, hex(c.author), c.d FROM channel_root r JOIN card c ON c.object = r.object
      WHERE r.room = ? ORDER BY r.name, r.created_at, r.id
      """, 3, room
    ) { listing.add("channel", $0) }
    try each(
      """
      SELECT hex(pubkey), conn, name, role, retired, hex(owner) FROM agent WHERE room = ?
      ORDER BY pubkey, conn
      """, 6, room
    ) { listing.add("agent", $0) }
    try each(
      """
      SELECT o.kind, hex(o.author), o.d, p.channel, p.kind, hex(p.reply_to), hex(p.reply_author)
      FROM post p JOIN object o ON o.id = p.object WHERE p.room = ?
      ORDER BY o.kind, o.author, o.d
      """, 7, room
    ) { listing.add("post", $0) }
    try each(
      """
      SELECT o.kind, hex(o.author), o.d, hex(m.pubkey), m.conn
      FROM mention m JOIN object o ON o.id = m.object WHERE o.room = ?
      ORDER BY o.kind, o.author, o.d, m.pubkey, m.conn
      """, 5, room
    ) { listing.add("mention", $0) }
  }

  private func each(
    _ sql: String, _ columns: Int32, _ room: RoomID, _ body: ([String?]) -> Void
  ) throws {
    try db.with(sql) { statement in
      try statement.bind([room])
      while try statement.step() { body((0..<columns).map { statement.optionalText($0) }) }
    }
  }
}

/// Fields with their lengths, so that no two listings run together.
private struct Listing {
  private var hash = SHA256()

  mutating func add(_ type: String, _ fields: String?...) { add(type, fields) }

  mutating func add(_ type: String, _ fields: [String?]) {
    var line = Array("\(type) \(fields.count)\n".utf8)
    for field in fields {
      guard let field else {
        line += Array("-\n".utf8)
        continue
      }
      line += Array("\(field.utf8.count) ".utf8)
      line += Array(field.utf8)
      line.append(UInt8(ascii: "\n"))
    }
    hash.update(line)
  }

  mutating func finish() -> Bytes32 { hash.finish() }
}
