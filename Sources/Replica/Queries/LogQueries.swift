package import Nostr

/// One signed event: who, when, and what became of it.
package struct LogRow: Sendable, Hashable {
  /// In the order of arrival.
  package let seq: Int64
  package let eventID: EventID
  package let room: RoomID?
  package let object: ObjectID?
  package let kind: Int
  package let signer: PublicKey
  package let name: String?
  package let signedAt: Int64
  package let receivedAt: Int64
  package let epoch: Int?
  package let verdict: Verdict
  package let reason: String?
  /// Where it was seen.
  package let relays: [String]
  /// What it does, in a word or two: `card`, `status done`, `result`, `cancel`, `question`.
  package let effect: String
}

/// One row of the change feed.
package struct ChangeRow: Sendable, Hashable {
  package let seq: Int64
  package let at: Int64
  package let type: ChangeType
  package let room: RoomID?
  package let object: ObjectID?
  package let eventID: EventID?
  package let verdict: Verdict?
}

extension Reader {
  /// The newest events first: of everything, of a room, or of one object.
  package func log(
    room: RoomID? = nil, object: ObjectID? = nil, before seq: Int64? = nil, limit: Int = 100
  ) throws -> [LogRow] {
    var conditions = ["e.seq < ?"]
    var values: [any Bindable] = [seq ?? .max]
    if let object {
      conditions.append("e.object = ?")
      values.append(object)
    } else if let room {
      conditions.append("e.room = ?")
      values.append(room)
    }
    values.append(limit)
    return try log(
      "\(conditions.joined(separator: " AND ")) ORDER BY e.seq DESC LIMIT ?", values)
  }

  /// What touches a card: its own versions and everything in its thread, newest arrivals first.
  package func log(ofThread card: ObjectID, limit: Int = 500) throws -> [LogRow] {
    try log(
      """
      e.object IN (SELECT ?1 UNION ALL SELECT object FROM entry WHERE root = ?1
        UNION SELECT object FROM entry WHERE parent = ?1
        UNION SELECT object FROM dispatch WHERE card = ?1)
      ORDER BY e.seq DESC LIMIT ?2
      """, [card, limit])
  }

  /// Events that changed nothing, newest first.
  package func refusals(_ room: RoomID, before seq: Int64? = nil, limit: Int = 100) throws
    -> [LogRow]
  {
    try log(
      "e.room = ? AND e.verdict >= 2 AND e.seq < ? ORDER BY e.seq DESC LIMIT ?",
      [room, seq ?? .max, limit])
  }

  package func logEvent(_ id: EventID) throws -> LogRow? { try log("e.id = ?", [id]).first }

  private func log(_ condition: String, _ values: [any Bindable]) throws -> [LogRow] {
    let relays = try relayNames()
    return try db.rows(
      """
      SELECT e.seq, e.id, e.room, e.object, e.kind, e.author, p.name, e.created_at, e.received_at,
        e.epoch, e.verdict, e.reason, e.relays, n.to_status,
        CASE WHEN n.effect > 0 THEN n.intent END
      FROM event e LEFT JOIN profile p ON p.room = e.room AND p.pubkey = e.author
      LEFT JOIN entry n ON n.object = e.object AND n.event = e.seq WHERE \(condition)
      """, binding: values
    ) { row in
      let mask = row.int64(12)
      let kind = row.int(4)
      return LogRow(
        seq: row.int64(0), eventID: try row.eventID(1), room: row.isNull(2) ? nil : row.room(2),
        object: row.isNull(3) ? nil : row.object(3), kind: kind, signer: try row.publicKey(5),
        name: row.optionalText(6), signedAt: row.int64(7), receivedAt: row.int64(8),
        epoch: row.optionalInt(9), verdict: Verdict(rawValue: row.int(10)) ?? .held,
        reason: row.optionalText(11),
        relays: relays.filter { mask & (1 << Int64($0.id)) != 0 }.map(\.url),
        effect: row.optionalText(13).map { "status \($0)" } ?? row.optionalText(14)
          ?? ChangeType(kind: kind).name)
    }
  }

  private func relayNames() throws -> [(id: Int, url: String)] {
    try db.rows("SELECT id, url FROM relay ORDER BY id") { ($0.int(0), $0.text(1)) }
  }

  /// The event as JSON, as it was signed.
  package func rawEvent(_ id: EventID) throws -> [UInt8]? {
    try db.first(
      "SELECT b.packed FROM event e JOIN event_body b ON b.event = e.seq WHERE e.id = ?", id
    ) { try $0.event(0).json }
  }

  /// Its payload, decrypted.
  package func payload(_ id: EventID) throws -> [UInt8]? {
    try db.first(
      "SELECT b.payload FROM event e JOIN event_body b ON b.event = e.seq WHERE e.id = ?", id
    ) { $0.optionalBytes(0) } ?? nil
  }

  /// The signed events as JSON, in the order of arrival, a page at a time.
  package func export(
    room: RoomID? = nil, after seq: Int64 = 0, limit: Int = 500
  ) throws -> [(seq: Int64, json: [UInt8])] {
    try db.rows(
      """
      SELECT e.seq, b.packed FROM event e JOIN event_body b ON b.event = e.seq
      WHERE e.seq > ?1 AND (?2 IS NULL OR e.room = ?2) ORDER BY e.seq LIMIT ?3
      """, seq, room, limit
    ) { ($0.int64(0), try $0.event(1).json) }
  }

  // MARK: Changes

  /// What was committed after `seq`, oldest first.
  package func changes(since seq: Int64, limit: Int = 500) throws -> [ChangeRow] {
    try db.rows(
      """
      SELECT c.seq, c.at, c.type, c.room, c.object, e.id, e.verdict
      FROM change c LEFT JOIN event e ON e.seq = c.event WHERE c.seq > ? ORDER BY c.seq LIMIT ?
      """, seq, limit
    ) { row in
      ChangeRow(
        seq: row.int64(0), at: row.int64(1), type: ChangeType(rawValue: row.int(2)) ?? .card,
        room: row.isNull(3) ? nil : row.room(3), object: row.isNull(4) ? nil : row.object(4),
        eventID: row.isNull(5) ? nil : try row.eventID(5),
        verdict: row.isNull(6) ? nil : Verdict(rawValue: row.int(6)))
    }
  }

  /// The newest row of the change feed; 0 when nothing has happened yet.
  package func lastChange() throws -> Int64 {
    try db.number("SELECT coalesce(max(seq), 0) FROM change")
  }
}
