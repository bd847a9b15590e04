package import Nostr
package import Studio

/// A comment, status change, question or answer.
package struct EntryRow: Sendable, Hashable {
  package enum Kind: Int, Sendable {
    case comment = 30533
    case question = 30534
    case answer = 30535
  }

  package let id: ObjectID
  package let room: RoomID
  package let kind: Kind
  package let eventID: EventID
  package let author: PublicKey
  package let d: String
  /// Of the first version that we hold.
  package let createdAt: Int64
  /// Of the version shown.
  package let writtenAt: Int64
  package let isEdited: Bool
  /// What it names as its target, resolved or not.
  package let targetID: EventID?
  package let targetAddress: String?
  /// What it hangs on, when that is here.
  package let parent: ObjectID?
  /// The card at the top.
  package let root: ObjectID?
  package let intent: String?
  package let toStatus: String?
  package let fromStatus: String?
  package let body: String
  /// JSON arrays, as in the payload.
  package let options: String
  package let blocks: String
  package let fabric: String?
  package let track: String?
  /// Of a question.
  package let answers: Int
  package let verdict: Verdict
  package let reason: String?
  /// The connection that its author says they spoke through.
  package let connection: ConnectionID?
  /// Of a question: its run has ended or its card was deleted before anybody answered.
  package let isWithdrawn: Bool

  /// It is a question that still waits for an answer.
  package var isOpen: Bool { kind == .question && !isAnswered && !isWithdrawn }
  package var isStatusChange: Bool { toStatus != nil }
  /// An answer of somebody who may not answer; one who may can adopt it.
  package var isSuggestion: Bool {
    kind == .answer && verdict == .refused
      && (reason?.hasPrefix(QuestionFold.suggestion) ?? false)
  }
  /// A copy of a question of the same author, for readers that show no questions; the question's event.
  package var mirrored: EventID? {
    guard kind == .comment, sameBytes(intent ?? "", Comment.mirrorIntent),
      let of = fabric.flatMap({ try? JSON(parsing: $0) })?["of"]?.string
    else { return nil }
    return EventID(hex: of)
  }
  package var isAnswered: Bool { answers > 0 }
  package var address: String { Address(kind: kind.rawValue, pubkey: author, d: d).text }
  package var cursor: EntryCursor { EntryCursor(createdAt: createdAt, eventID: eventID) }
}

/// A place in a thread or a list of questions.
package struct EntryCursor: Sendable, Hashable {
  package let createdAt: Int64
  package let eventID: EventID

  package init(createdAt: Int64, eventID: EventID) {
    self.createdAt = createdAt
    self.eventID = eventID
  }

  /// Before everything, and after everything.
  static let first = EntryCursor(createdAt: .min, eventID: EventID(Bytes32()))
  static let last = EntryCursor(createdAt: .max, eventID: EventID(Bytes32()))
}

extension Reader {
  static let entryColumns = """
    n.object, n.room, n.kind, n.event_id, n.author, o.d, n.created_at, n.written_at, n.versions,
    n.target_id, n.target_address, n.parent, n.root, n.intent, n.to_status, n.from_status, w.body,
    w.options, w.blocks, w.fabric, n.track, n.answers, e.verdict, e.reason, n.conn,
    n.gone
    """
  static let entryTables = """
    entry n JOIN words w ON w.object = n.object JOIN object o ON o.id = n.object
    JOIN event e ON e.seq = n.event
    """

  /// Everything under a card, oldest first: comments, status changes with their verdict, questions
  /// and answers. Within a second the event id decides, so that every member sees one order.
  package func thread(
    of card: ObjectID, after cursor: EntryCursor? = nil, limit: Int = 200
  ) throws -> [EntryRow] {
    try entries(
      """
      n.root = ? AND (n.created_at, n.event_id) > (?, ?)
      ORDER BY n.created_at, n.event_id LIMIT ?
      """, card, (cursor ?? .first).createdAt, (cursor ?? .first).eventID, limit)
  }

  /// The end of a thread, newest first: where a drawer opens.
  package func threadEnd(
    of card: ObjectID, before cursor: EntryCursor? = nil, limit: Int = 200
  ) throws -> [EntryRow] {
    try entries(
      """
      n.root = ? AND (n.created_at, n.event_id) < (?, ?)
      ORDER BY n.created_at DESC, n.event_id DESC LIMIT ?
      """, card, (cursor ?? .last).createdAt, (cursor ?? .last).eventID, limit)
  }

  /// What hangs directly on an object: the answers of a question, the replies to a comment.
  package func replies(to object: ObjectID, kind: EntryRow.Kind) throws -> [EntryRow] {
    try entries(
      "n.parent = ? AND n.kind = ? ORDER BY n.created_at, n.event_id LIMIT 1000", object,
      kind.rawValue)
  }

  /// Questions of a room, newest first; the open ones leave out those on deleted cards.
  package func questions(
    _ room: RoomID, openOnly: Bool, before cursor: EntryCursor? = nil, limit: Int = 100
  ) throws -> [EntryRow] {
    try entries(
      """
      n.room = ? AND n.kind = 30534 \(openOnly ? "AND n.answers = 0 AND NOT n.gone" : "")
      AND (n.created_at, n.event_id) < (?, ?)
      ORDER BY n.created_at DESC, n.event_id DESC LIMIT ?
      """, room, (cursor ?? .last).createdAt, (cursor ?? .last).eventID, limit)
  }

  /// The last that somebody said anywhere in a room, newest arrivals first; of what was said at all
  /// only the newest 2,000 are looked through.
  package func notes(
    of author: PublicKey, _ connection: ConnectionID?, in room: RoomID, limit: Int = 50
  ) throws -> [EntryRow] {
    try entries(
      """
      n.author = ?2 AND coalesce(n.conn, '') = ?3 AND n.to_status IS NULL
      AND n.intent IS NOT '\(Comment.mirrorIntent)'
      AND n.first_seq >= coalesce(
        (SELECT first_seq FROM entry WHERE room = ?1 AND to_status IS NULL
         ORDER BY first_seq DESC LIMIT 1 OFFSET 2000), 0)
      AND n.room = ?1 ORDER BY n.first_seq DESC LIMIT ?4
      """, room, author, connection?.text ?? "", limit)
  }

  /// A comment, question or answer.
  package func entry(_ id: ObjectID) throws -> EntryRow? { try entries("n.object = ?", id).first }

  private func entries(_ condition: String, _ values: any Bindable...) throws -> [EntryRow] {
    try db.rows(
      "SELECT \(Self.entryColumns) FROM \(Self.entryTables) WHERE \(condition)", binding: values,
      read: Self.entry)
  }

  static func entry(_ row: Statement) throws -> EntryRow {
    EntryRow(
      id: row.object(0), room: row.room(1), kind: EntryRow.Kind(rawValue: row.int(2)) ?? .comment,
      eventID: try row.eventID(3), author: try row.publicKey(4), d: row.text(5),
      createdAt: row.int64(6), writtenAt: row.int64(7), isEdited: row.int(8) > 1,
      targetID: row.isNull(9) ? nil : try row.eventID(9), targetAddress: row.optionalText(10),
      parent: row.isNull(11) ? nil : row.object(11), root: row.isNull(12) ? nil : row.object(12),
      intent: row.optionalText(13), toStatus: row.optionalText(14),
      fromStatus: row.optionalText(15), body: row.text(16), options: row.text(17),
      blocks: row.text(18), fabric: row.optionalText(19), track: row.optionalText(20),
      answers: row.int(21), verdict: Verdict(rawValue: row.int(22)) ?? .held,
      reason: row.optionalText(23),
      connection: row.optionalText(24).flatMap { ConnectionID($0) },
      isWithdrawn: row.int(21) == 0 && row.bool(25))
  }
}
