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

  /// `30530:<author>:<d>`.
  package var address: String { Address(kind: 30530, pubkey: author, d: d).text }
  /// Where the page after this row begins.
  package var cursor: CardCursor { CardCursor(updatedAt: updatedAt, id: id) }
}

/// A place in a list of cards.
package struct CardCursor: Sendable, Hashable {
  package let updatedAt: Int64
  package let id: ObjectID

  package init(updatedAt: Int64, id: ObjectID) {
    self.updatedAt = updatedAt
    self.id = id
  }
}

/// Which cards; everything that is set must hold.
package struct CardFilter: Sendable, Hashable {
  package var track: String?
  package var status: String?
  /// The first assignee.
  package var assignee: PublicKey?
  package var author: PublicKey?
  package var kind: String?
  /// Words in title or body.
  package var text: String?

  package init(
    track: String? = nil, status: String? = nil, assignee: PublicKey? = nil,
    author: PublicKey? = nil, kind: String? = nil, text: String? = nil
  ) {
    self.track = track
    self.status = status
    self.assignee = assignee
    self.author = author
    self.kind = kind
    self.text = text
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
    c.object, c.room, c.event_id, c.author, c.d, c.track, c.kind, c.title, c.body, c.status,
    c.assignees, c.created_at, c.updated_at, c.comments, c.tags, c.blocks, c.fabric, c.stripped,
    c.shown, c.event
    """

  /// A page of cards, the one that changed last first. `me` is whose cards never count as unread.
  package func cards(
    _ room: RoomID, _ filter: CardFilter = .init(), after cursor: CardCursor? = nil,
    limit: Int = 50, me: PublicKey? = nil
  ) throws -> [CardRow] {
    var conditions = ["c.room = ?", "c.shown"]
    var values: [any Bindable] = [room]
    func require(_ condition: String, _ value: any Bindable) {
      conditions.append(condition)
      values.append(value)
    }
    if let track = filter.track { require("c.track = ?", track) }
    if let status = filter.status { require("c.status = ?", status) }
    if let assignee = filter.assignee { require("c.assignee = ?", assignee) }
    if let author = filter.author { require("c.author = ?", author) }
    if let kind = filter.kind { require("c.kind = ?", kind) }
    if let text = filter.text {
      guard let match = SearchText.match(text) else { return [] }
      require("c.object IN (SELECT rowid FROM search WHERE search MATCH ?)", match)
    }
    if let cursor {
      conditions.append("(c.updated_at, c.object) < (?, ?)")
      values += [cursor.updatedAt, cursor.id] as [any Bindable]
    }
    values.append(limit)
    return try db.rows(
      """
      SELECT \(Self.columns) FROM card c WHERE \(conditions.joined(separator: " AND "))
      ORDER BY c.updated_at DESC, c.object DESC LIMIT ?
      """, binding: values
    ) { try self.card($0, me: me) }
  }

  /// A card, shown or not.
  package func card(_ id: ObjectID, me: PublicKey? = nil) throws -> CardRow? {
    try db.first("SELECT \(Self.columns) FROM card c WHERE c.object = ?", id) {
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
      isStripped: row.bool(17), isShown: row.bool(18))
  }

  /// What others wrote on a card since it was last looked at, the card itself included.
  private func unread(
    _ card: ObjectID, room: RoomID, author: PublicKey, event: Int64, me: PublicKey?
  ) throws -> Int {
    guard let me else { return 0 }
    let mark = max(
      try db.number("SELECT through FROM read_mark WHERE object = ?", card),
      try db.number("SELECT through FROM read_floor WHERE room = ?", room))
    let entries = Int(
      try db.number(
        """
        SELECT count(*) FROM (SELECT 1 FROM entry
          WHERE root = ? AND to_status IS NULL AND first_seq > ? AND author <> ? LIMIT 100)
        """, card, mark, me))
    return min(entries + (author != me && event > mark ? 1 : 0), 100)
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
