package import Nostr
package import Studio

/// A channel of a room.
package struct ChannelRow: Sendable, Hashable {
  package let name: ChannelName
  package let posts: Int
  /// When the last post was written; `nil` while there is none.
  package let lastPostAt: Int64?

  package init(name: ChannelName, posts: Int, lastPostAt: Int64?) {
    self.name = name
    self.posts = posts
    self.lastPostAt = lastPostAt
  }
}

/// The canonical root of a channel: of the live roots of all authors the earliest.
package struct ChannelRootRow: Sendable, Hashable {
  package let object: ObjectID
  /// Its newest version, which new posts name as their target.
  package let eventID: EventID
  package let address: Address
  /// What the author of the canonical root says the channel is for.
  package let topic: String
}

/// Something that is said in a channel, or, in an inbox, on a card.
package struct PostRow: Sendable, Hashable {
  package let id: ObjectID
  package let room: RoomID
  /// 30533 to 30535.
  package let eventKind: Int
  /// The version shown.
  package let eventID: EventID
  package let author: PublicKey
  package let connection: ConnectionID?
  package let speaker: Speaker
  /// `nil` for what is said on a card.
  package let channel: ChannelName?
  /// A `PostKind`, or `comment` for a remark on a card.
  package let kind: String
  package let body: String
  package let at: Int64
  package let replyTo: EventID?
  package let mentions: [Mention]
  /// What it refers to; untrusted, as its author wrote it.
  package let refs: JSONObject
  package let hops: Int64
  /// The card that it is on, when it is in no channel.
  package let card: EventID?
  /// Answers to it, when it is a question.
  package let answers: Int
  /// A later version than the first is shown.
  package let isEdited: Bool

  /// `post-` and the first 12 hex digits of its event.
  package var postID: String { "post-\(eventID.hex.prefix(12))" }
  /// Where the page before this post begins.
  package var cursor: EntryCursor { EntryCursor(createdAt: at, eventID: eventID) }
}

/// Whose inbox: a connection of this home's key, or the identity itself.
package struct InboxOwner: Sendable, Hashable {
  package let me: PublicKey
  /// `nil` for the identity itself.
  package let connection: ConnectionID?

  package init(_ me: PublicKey, _ connection: ConnectionID? = nil) {
    self.me = me
    self.connection = connection
  }

  /// How the faces' own rows name it.
  var key: String { connection?.text ?? "" }
}

/// Which rows of an inbox; what is empty asks for nothing.
package struct InboxFilter: Sendable, Hashable {
  package var channels: [ChannelName]
  /// Words of `PostRow.kind`.
  package var kinds: [String]

  package init(channels: [ChannelName] = [], kinds: [String] = []) {
    self.channels = channels
    self.kinds = kinds
  }
}

extension Reader {
  // MARK: Channels

  /// The channels of a room by name: `general`, those that have a live root or a post, and those
  /// that `owner` subscribed to before anybody posted.
  package func channels(_ room: RoomID, of owner: InboxOwner? = nil) throws -> [ChannelRow] {
    var rows: [ChannelName: ChannelRow] = [:]
    func note(_ text: String, posts: Int, lastPostAt: Int64?) {
      guard let name = ChannelName(text), rows[name] == nil else { return }
      rows[name] = ChannelRow(name: name, posts: posts, lastPostAt: lastPostAt)
    }
    for (name, posts, last) in try db.rows(
      "SELECT channel, count(*), max(at) FROM post WHERE room = ? GROUP BY channel", room,
      read: { ($0.text(0), $0.int(1), $0.optionalInt64(2)) })
    {
      note(name, posts: posts, lastPostAt: last)
    }
    for name in try db.rows(
      """
      SELECT r.name FROM channel_root r JOIN card c ON c.object = r.object
      WHERE r.room = ?1 AND c.status <> 'deleted'
      UNION SELECT channel FROM subscription WHERE room = ?1 AND conn = ?2
      """, room, owner?.key, read: { $0.text(0) })
    {
      note(name, posts: 0, lastPostAt: nil)
    }
    note(ChannelName.general.text, posts: 0, lastPostAt: nil)
    return rows.values.sorted { $0.name.text.key.lexicographicallyPrecedes($1.name.text.key) }
  }

  /// The canonical root of a channel; `nil` while nobody has posted, or once all roots are deleted.
  package func root(of channel: ChannelName, in room: RoomID) throws -> ChannelRootRow? {
    try db.first(
      """
      SELECT c.object, c.event_id, c.author, c.d, w.fabric
      FROM channel_root r JOIN card c ON c.object = r.object JOIN words w ON w.object = c.object
      WHERE r.room = ? AND r.name = ? AND c.status <> 'deleted'
      ORDER BY r.created_at, r.id LIMIT 1
      """, room, channel.text
    ) { row in
      let fabric = row.optionalText(4).flatMap { try? JSON(parsing: $0) }
      return ChannelRootRow(
        object: row.object(0), eventID: try row.eventID(1),
        address: Address(kind: 30530, pubkey: try row.publicKey(2), d: row.text(3)),
        topic: fabric?["topic"]?.string ?? "")
    }
  }

  /// The posts of a channel, newest first; within a second the event id decides.
  package func posts(
    _ channel: ChannelName, in room: RoomID, before cursor: EntryCursor? = nil, limit: Int = 50
  ) throws -> [PostRow] {
    try posts(
      """
      SELECT \(Self.postColumns) FROM post p JOIN entry n ON n.object = p.object
        JOIN words w ON w.object = n.object
        LEFT JOIN card c ON c.object = n.root
      WHERE p.room = ? AND p.channel = ? AND (p.at, p.id) < (?, ?)
      ORDER BY p.at DESC, p.id DESC LIMIT ?
      """,
      [
        room, channel.text, (cursor ?? .last).createdAt, (cursor ?? .last).eventID, limit,
      ])
  }

  /// One post; `nil` for an entry that is in no channel.
  package func post(_ id: ObjectID) throws -> PostRow? {
    try posts(
      """
      SELECT \(Self.postColumns) FROM post p JOIN entry n ON n.object = p.object
        JOIN words w ON w.object = n.object
        LEFT JOIN card c ON c.object = n.root WHERE p.object = ?
      """, [id]
    ).first
  }

  /// A post by `post-` and 8 or more hex digits, or by whatever `resolveObject` takes.
  package func resolvePost(_ name: String, in room: RoomID) throws -> Resolution<PostRow> {
    let id = name.hasPrefix("post-") ? String(name.dropFirst(5)) : name
    switch try resolveObject(id, in: room, kinds: [30533, 30534, 30535]) {
    case .none: return .none
    case .one(let object): return try post(object.id).map { .one($0) } ?? .none
    case .ambiguous(let objects):
      let found = try objects.compactMap { try post($0.id) }
      return found.isEmpty ? .none : found.count == 1 ? .one(found[0]) : .ambiguous(found)
    }
  }

  /// An event that counts in a room, by its id or 8 or more digits of it.
  package func resolveEvent(_ name: String, in room: RoomID) throws -> Resolution<EventID> {
    guard let range = Prefix(name) else { return .none }
    let found = try db.rows(
      "SELECT id FROM event WHERE id BETWEEN ? AND ? AND room = ? AND admitted LIMIT ?", range.low,
      range.high, room, Self.candidateLimit
    ) { try $0.eventID(0) }
    return found.isEmpty ? .none : found.count == 1 ? .one(found[0]) : .ambiguous(found)
  }

  // MARK: Inbox

  /// What is addressed to a connection and was not read by it, oldest first. Everything counts that
  /// somebody else wrote, or the same key through another connection, and that
  /// - mentions the connection, or its key without naming a connection, anywhere;
  /// - was posted in a channel that the connection is subscribed to and has not muted, from the
  ///   subscription on; heartbeats only say that somebody is there;
  /// - answers a post or a question of the connection;
  /// - for the identity itself: is a question or an answer on a card that it wrote or is assigned.
  package func inbox(
    _ owner: InboxOwner, _ filter: InboxFilter = .init(), limit: Int = 20
  ) throws -> [PostRow] {
    var conditions = ["1"]
    var values: [any Bindable] = [owner.me, owner.key]
    if !filter.channels.isEmpty {
      conditions.append("u.channel IN (\(Self.places(filter.channels.count)))")
      values += filter.channels.map { $0.text as any Bindable }
    }
    if !filter.kinds.isEmpty {
      conditions.append("\(Self.postKind) IN (\(Self.places(filter.kinds.count)))")
      values += filter.kinds.map { $0 as any Bindable }
    }
    values.append(limit)
    return try posts(
      """
      \(Self.unreadStatement(owner)), page (object, at) AS (
        SELECT u.object, coalesce(p.at, n.created_at) FROM unread u
          CROSS JOIN entry n ON n.object = u.object LEFT JOIN post p ON p.object = n.object
        WHERE \(conditions.joined(separator: " AND ")) ORDER BY 2, n.event_id LIMIT ?)
      SELECT \(Self.postColumns) FROM page CROSS JOIN entry n ON n.object = page.object
        JOIN words w ON w.object = n.object
        LEFT JOIN post p ON p.object = n.object LEFT JOIN card c ON c.object = n.root
      ORDER BY page.at, n.event_id
      """, values)
  }

  /// How much of the inbox lies in each channel; `channel` is `nil` for what was said on cards.
  package struct InboxCount: Sendable, Hashable {
    package let room: RoomID
    package let channel: ChannelName?
    package let unread: Int
  }

  /// The unread part of an inbox, by room and channel; its sum is the whole.
  package func inboxCounts(_ owner: InboxOwner) throws -> [InboxCount] {
    try db.rows(
      """
      \(Self.unreadStatement(owner))
      SELECT room, channel, count(*) FROM unread GROUP BY room, channel
      """, owner.me, owner.key
    ) {
      InboxCount(
        room: $0.room(0), channel: $0.optionalText(1).flatMap { ChannelName($0) },
        unread: $0.int(2))
    }
  }

  /// Everything unread of a connection, over all rooms and channels.
  package func unreadCount(_ owner: InboxOwner) throws -> Int {
    try inboxCounts(owner).reduce(0) { $0 + $1.unread }
  }

  /// Whether a connection is subscribed to a channel.
  package func isSubscribed(
    _ owner: InboxOwner, to channel: ChannelName, in room: RoomID
  ) throws -> Bool {
    try db.number(
      "SELECT count(*) FROM subscription WHERE conn = ? AND room = ? AND channel = ?", owner.key,
      room, channel.text) > 0
  }

  /// A connection of this identity that was used here before, by its name.
  package func connection(named name: String) throws -> ConnectionID? {
    try db.first("SELECT id FROM connection WHERE name = ?", name) { ConnectionID($0.text(0)) }
      ?? nil
  }

  /// What a connection of this identity is called here.
  package func connectionName(_ id: ConnectionID) throws -> String? {
    try db.first("SELECT name FROM connection WHERE id = ?", id.text) { $0.text(0) }
  }

  // MARK: Statements

  private static func places(_ count: Int) -> String {
    Array(repeating: "?", count: count).joined(separator: ", ")
  }

  static let postKind = """
    CASE n.kind WHEN 30534 THEN 'question' WHEN 30535 THEN 'answer'
      ELSE coalesce(p.kind, 'comment') END
    """
  static let postColumns = """
    n.object, n.room, n.kind, n.event_id, n.author, n.conn, p.channel, \(postKind), w.body,
    coalesce(p.at, n.created_at), p.reply_to, w.fabric,
    CASE WHEN p.object IS NULL THEN c.event_id END, n.answers, n.versions > 1
    """

  func posts(_ sql: String, _ values: [any Bindable]) throws -> [PostRow] {
    var known: [RoomID: Identities] = [:]
    return try db.rows(sql, binding: values) { row in
      let room = row.room(1)
      let identities = try known[room] ?? self.identities(in: room)
      known[room] = identities
      let author = try row.publicKey(4)
      let connection = row.optionalText(5).flatMap { ConnectionID($0) }
      let fabric = row.optionalText(11).flatMap { try? JSON(parsing: $0) }.flatMap { Fabric($0) }
      return PostRow(
        id: row.object(0), room: room, eventKind: row.int(2), eventID: try row.eventID(3),
        author: author, connection: connection,
        speaker: identities.speaker(author, connection),
        channel: row.optionalText(6).flatMap { ChannelName($0) }, kind: row.text(7),
        body: row.text(8), at: row.int64(9), replyTo: row.isNull(10) ? nil : try row.eventID(10),
        mentions: fabric?.mentions ?? [], refs: fabric?["refs"]?.object ?? [:],
        hops: PostMark(reading: fabric)?.hops ?? 0,
        card: row.isNull(12) ? nil : try row.eventID(12), answers: row.int(13),
        isEdited: row.bool(14))
    }
  }
}
