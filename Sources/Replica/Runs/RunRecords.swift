package import Nostr
package import Studio

/// What somebody's agent says of a run on a card: the newest record that its signer had the right to sign.
package struct RunRecordRow: Sendable, Hashable {
  package let record: RunRecord
  package let author: PublicKey
  package let eventID: EventID
  /// When it says that it was signed, and when it came.
  package let signedAt: Int64
  package let receivedAt: Int64
}

extension Reader {
  static let recordColumns =
    "b.payload, e.author, e.id, e.created_at, e.received_at"

  func record(_ row: Statement) throws -> RunRecordRow? {
    guard let payload = row.optionalBytes(0),
      case .dispatch(let intent)? = try? Payload(kind: 30532, parsing: payload),
      let record = RunRecord(intent)
    else { return nil }
    return RunRecordRow(
      record: record, author: try row.publicKey(1), eventID: try row.eventID(2),
      signedAt: row.int64(3), receivedAt: row.int64(4))
  }

  /// The runs on a card as their agents tell them, the newest first.
  package func runRecords(on card: ObjectID) throws -> [RunRecordRow] {
    try db.rows(
      """
      SELECT \(Self.recordColumns) FROM dispatch d JOIN event e ON e.seq = d.event
      JOIN event_body b ON b.event = d.event
      WHERE d.card = ? AND d.allowed ORDER BY d.created_at DESC, d.event_id LIMIT 100
      """, card, read: record
    ).compactMap(\.self)
  }

  /// Every version of the records that one key has signed of runs on a card, the oldest first: the same
  /// record may have been signed on more than one machine.
  package func runRecords(on card: ObjectID, signedBy key: PublicKey) throws -> [RunRecordRow] {
    try db.rows(
      """
      SELECT \(Self.recordColumns) FROM dispatch d JOIN event e ON e.object = d.object
      JOIN event_body b ON b.event = e.seq
      WHERE d.card = ? AND d.allowed AND d.author = ? AND e.admitted
      ORDER BY e.created_at, e.id DESC LIMIT 1000
      """, card, key, read: record
    ).compactMap(\.self)
  }

  /// Orders to the run on a card that count, the oldest first.
  package func controls(on card: ObjectID, since time: Int64 = 0) throws -> [EntryRow] {
    let rows = try db.rows(
      """
      SELECT n.object FROM entry n JOIN event e ON e.seq = n.event
      WHERE n.parent = ? AND n.effect IN (2, 3, 4) AND e.verdict = ? AND n.written_at >= ?
      ORDER BY n.written_at, n.event_id DESC LIMIT 100
      """, card, Verdict.applied.rawValue, time
    ) { $0.object(0) }
    return try rows.compactMap { try entry($0) }
  }

  /// Open cards that a key is assigned, and cards whose run was ordered again; the oldest first.
  package func work(_ room: RoomID, for key: PublicKey, limit: Int = 500) throws -> [CardRow] {
    let ids = try db.rows(
      """
      SELECT object FROM card WHERE room = ? AND shown AND assignee = ?
        AND (status = 'open' OR retried) ORDER BY updated_at, object LIMIT ?
      """, room, key, limit
    ) { $0.object(0) }
    return try ids.compactMap { try card($0) }
  }
}
