package import Nostr

/// A card as a list or a drawer shows it.
package struct CardRow: Sendable, Hashable {
  package let id: ObjectID
  package let room: RoomID
  /// The newest version.
  package let eventID: EventID
  package let author: PublicKey
  package let d: String
  package let track: String
  package let kind: String
  package let title: String
  package let body: String
  package let status: String
  package let assignees: [PublicKey]
  package let createdAt: Int64
  package let updatedAt: Int64
  package let comments: Int
  /// Of others, since the card was last looked at; no further than 100.
  package let unread: Int
  package let tags: [String]
  /// The payload's blocks, as a JSON array.
  package let blocks: String
  /// Our extension object, of the newest version that has one.
  package let fabric: String?
  /// Another client's edit had dropped our extension object.
  package let isStripped: Bool
  /// Not deleted, and not of a hidden kind.
  package let isShown: Bool
  /// Put aside: not to be worked on until somebody says so.
  package let isHeld: Bool
  /// Which time it is worked on: 1, and one more for every time that it was given out again.
  package let cycle: Int
  /// An order to do it again is newer than its state.
  package let isRetried: Bool

  /// `30530:<author>:<d>`.
  package var address: String { Address(kind: 30530, pubkey: author, d: d).text }
  /// Where the page after this row begins, in a list of that order.
  package func cursor(in order: CardOrder = .newest) -> CardCursor {
    let key: CardCursor.Key =
      switch order.key {
      case .updated: .time(updatedAt)
      case .created: .time(createdAt)
      case .title: .text(title)
      }
    return CardCursor(key: key, id: id)
  }
}

/// A place in a list of cards.
package struct CardCursor: Sendable, Hashable {
  /// What the list is ordered by.
  package enum Key: Sendable, Hashable {
    case time(Int64)
    case text(String)

    var value: any Bindable {
      switch self {
      case .time(let time): time
      case .text(let text): text
      }
    }
  }

  package let key: Key
  package let id: ObjectID

  package init(key: Key, id: ObjectID) {
    self.key = key
    self.id = id
  }
}

/// The order of a list of cards. Only that by the last change has an index; the others sort what
/// the filter leaves.
package struct CardOrder: Sendable, Hashable {
  package enum Key: String, Sendable, CaseIterable {
    case updated, created
    /// ASCII letters without regard to case.
    case title
  }

  package let key: Key
  package let isDescending: Bool

  package init(_ key: Key, descending: Bool) {
    self.key = key
    isDescending = descending
  }

  /// The one that changed last first.
  package static let newest = CardOrder(.updated, descending: true)

  fileprivate var column: String {
    switch key {
    case .updated: "c.updated_at"
    case .created: "c.created_at"
    case .title: "c.title COLLATE NOCASE"
    }
  }
}

/// Which cards, and in which order; everything that is set must hold.
package struct CardFilter: Sendable, Hashable {
  package var track: String?
  package var status: String?
  /// The first assignee.
  package var assignee: PublicKey?
  package var condition: CardCondition
  package var order: CardOrder

  package init(
    track: String? = nil, status: String? = nil, assignee: PublicKey? = nil,
    matching condition: CardCondition = .always, order: CardOrder = .newest
  ) {
    self.track = track
    self.status = status
    self.assignee = assignee
    self.condition = condition
    self.order = order
  }

  fileprivate var whole: CardCondition {
    var parts: [CardCondition] = []
    if let track { parts.append(.track(track)) }
    if let status { parts.append(.status(status)) }
    if let assignee { parts.append(.assignee(assignee)) }
    if case .all(let more) = condition { parts += more } else { parts.append(condition) }
    return .all(parts)
  }
}

/// One version of a card.
package struct VersionRow: Sendable, Hashable {
  package let eventID: EventID
  package let createdAt: Int64
  package let title: String
  package let status: String
  package let assignees: [PublicKey]
}

extension Reader {
  private static let columns = """
    c.object, c.room, c.event_id, c.author, c.d, c.track, c.kind, c.title, w.body, c.status,
    c.assignees, c.created_at, c.updated_at, c.comments, c.tags, w.blocks, w.fabric, c.stripped,
    c.shown, c.event, c.held, c.cycle, c.retried
    """

  /// A page of cards. `me` is whose cards never count as unread.
  package func cards(
    _ room: RoomID, _ filter: CardFilter = .init(), after cursor: CardCursor? = nil,
    limit: Int = 50, me: PublicKey? = nil
  ) throws -> [CardRow] {
    let (sql, values) = Self.cardList(
      Self.columns, room, filter, after: cursor, limit: limit, me: me)
    return try db.rows(sql, binding: values) { try self.card($0, me: me) }
  }

  /// The one statement behind every list of cards.
  package static func cardList(
    _ columns: String, _ room: RoomID, _ filter: CardFilter, after cursor: CardCursor?, limit: Int,
    me: PublicKey?
  ) -> (sql: String, values: [any Bindable]) {
    var writer = ConditionSQL(rooms: [room], me: me)
    let condition = writer.write(filter.whole)
    var values: [any Bindable] = [room] + writer.values
    let (column, way) = (filter.order.column, filter.order.isDescending ? "DESC" : "ASC")
    var page = ""
    if let cursor {
      page = "AND (\(column), c.object) \(filter.order.isDescending ? "<" : ">") (?, ?)"
      values += [cursor.key.value, cursor.id]
    }
    values.append(limit)
    return (
      """
      SELECT \(columns) FROM card c LEFT JOIN words w ON w.object = c.object
      WHERE c.room = ? AND c.shown AND \(condition) \(page)
      ORDER BY \(column) \(way), c.object \(way) LIMIT ?
      """, values
    )
  }

  /// How many cards there are, counted no further than `limit`.
  package func cardCount(
    _ room: RoomID, _ filter: CardFilter = .init(), limit: Int, me: PublicKey? = nil
  ) throws -> Int {
    var writer = ConditionSQL(rooms: [room], me: me)
    let condition = writer.write(filter.whole)
    let values: [any Bindable] = [room] + writer.values + [limit]
    return try db.rows(
      """
      SELECT count(*) FROM (
        SELECT 1 FROM card c WHERE c.room = ? AND c.shown AND \(condition) LIMIT ?)
      """, binding: values
    ) { $0.int(0) }.first ?? 0
  }

  /// A card, shown or not.
  package func card(_ id: ObjectID, me: PublicKey? = nil) throws -> CardRow? {
    try db.first(
      """
      SELECT \(Self.columns) FROM card c JOIN words w ON w.object = c.object WHERE c.object = ?
      """, id
    ) {
      try self.card($0, me: me)
    }
  }

  private func card(_ row: Statement, me: PublicKey?) throws -> CardRow {
    let id = row.object(0)
    let author = try row.publicKey(3)
    let tags = try? JSON(parsing: row.text(14)).array?.compactMap(\.string)
    return CardRow(
      id: id, room: row.room(1), eventID: try row.eventID(2), author: author, d: row.text(4),
      track: row.text(5), kind: row.text(6), title: row.text(7), body: row.text(8),
      status: row.text(9), assignees: row.publicKeys(10), createdAt: row.int64(11),
      updatedAt: row.int64(12), comments: row.int(13),
      unread: try unread(id, room: row.room(1), author: author, event: row.int64(19), me: me),
      tags: tags ?? [], blocks: row.text(15), fabric: row.optionalText(16),
      isStripped: row.bool(17), isShown: row.bool(18), isHeld: row.bool(20), cycle: row.int(21),
      isRetried: row.bool(22))
  }

  /// What others wrote on a card since it was last looked at, the card itself included.
  private func unread(
    _ card: ObjectID, room: RoomID, author: PublicKey, event: Int64, me: PublicKey?
  ) throws -> Int {
    guard let me else { return 0 }
    let mark = try readMark(card, in: room)
    let entries = Int(
      try db.number(
        """
        SELECT count(*) FROM (SELECT 1 FROM entry
          WHERE root = ? AND to_status IS NULL AND news > ? AND NOT (author = ? AND conn IS NULL)
          LIMIT 100)
        """, card, mark, me))
    return min(entries + (author != me && event > mark ? 1 : 0), 100)
  }

  /// Up to which arrival this person has read a card.
  func readMark(_ card: ObjectID, in room: RoomID) throws -> Int64 {
    try db.number(
      """
      SELECT coalesce((SELECT through FROM read_mark WHERE object = ?),
        (SELECT through FROM read_floor WHERE room = ?), 0)
      """, card, room)
  }

  /// The versions of a card, newest first.
  package func versions(of card: ObjectID) throws -> [VersionRow] {
    try db.rows(
      """
      SELECT id, created_at, title, status, assignees FROM card_version
      WHERE object = ? ORDER BY created_at DESC, id
      """, card
    ) { row in
      VersionRow(
        eventID: try row.eventID(0), createdAt: row.int64(1), title: row.text(2),
        status: row.text(3), assignees: row.publicKeys(4))
    }
  }
}
