package import Nostr
package import Studio

/// A channel as a list of channels shows it.
package struct ChannelSummary: Sendable, Hashable {
  package let name: ChannelName
  /// When the last post was written; `nil` while there is none.
  package let lastPostAt: Int64?
  /// Posts that are addressed to the connection and were not read by it: of mentions, of answers and of a followed
  /// channel's posts no more than 100 each.
  package let unread: Int
  /// Those of them that mention it.
  package let mentions: Int
  package let isSubscribed: Bool
  /// Only mentions and answers count.
  package let isMuted: Bool

  package init(
    name: ChannelName, lastPostAt: Int64? = nil, unread: Int = 0, mentions: Int = 0,
    isSubscribed: Bool = false, isMuted: Bool = false
  ) {
    self.name = name
    self.lastPostAt = lastPostAt
    self.unread = unread
    self.mentions = mentions
    self.isSubscribed = isSubscribed
    self.isMuted = isMuted
  }
}

extension Reader {
  // MARK: Channels

  /// The channels of a room as one connection sees them: those it is subscribed to, then the
  /// others, each by name. What it costs depends on the channels, not on how much was posted.
  package func channelSummaries(_ room: RoomID, of owner: InboxOwner) throws -> [ChannelSummary] {
    var lastPosts: [ChannelName: Int64?] = [.general: nil]
    for (name, last) in try db.rows(
      """
      WITH RECURSIVE channels (name) AS (
        SELECT min(channel) FROM post WHERE room = ?1
        UNION ALL SELECT (SELECT min(channel) FROM post WHERE room = ?1 AND channel > name)
        FROM channels WHERE name IS NOT NULL)
      SELECT name, (SELECT max(at) FROM post WHERE room = ?1 AND channel = name)
      FROM channels WHERE name IS NOT NULL
      UNION ALL SELECT r.name, NULL FROM channel_root r JOIN card c ON c.object = r.object
        WHERE r.room = ?1 AND c.status <> 'deleted'
      """, room, read: { ($0.text(0), $0.optionalInt64(1)) })
    {
      guard let name = ChannelName(name) else { continue }
      if let last {
        lastPosts[name] = .some(last)
      } else if lastPosts[name] == nil {
        lastPosts[name] = .some(nil)
      }
    }
    var muted: [ChannelName: Bool] = [:]
    for (name, isMuted) in try db.rows(
      "SELECT channel, muted FROM subscription WHERE room = ? AND conn = ?", room, owner.key,
      read: { (ChannelName($0.text(0)), $0.bool(1)) })
    {
      guard let name else { continue }
      muted[name] = isMuted
      if lastPosts[name] == nil { lastPosts[name] = .some(nil) }
    }
    let counts = try unreadPosts(room, of: owner)
    return lastPosts.map { name, last in
      ChannelSummary(
        name: name, lastPostAt: last, unread: counts[name]?.all ?? 0,
        mentions: counts[name]?.mentions ?? 0, isSubscribed: muted[name] != nil,
        isMuted: muted[name] ?? false)
    }.sorted {
      $0.isSubscribed == $1.isSubscribed
        ? $0.name.text.key.lexicographicallyPrecedes($1.name.text.key) : $0.isSubscribed
    }
  }

  // MARK: Posts

  /// The posts of a channel from a place on, that place included, oldest first.
  package func posts(
    _ channel: ChannelName, in room: RoomID, from cursor: EntryCursor, limit: Int
  ) throws -> [PostRow] {
    try posts(
      """
      SELECT \(Self.postColumns) FROM post p JOIN entry n ON n.object = p.object
        JOIN words w ON w.object = n.object
        LEFT JOIN card c ON c.object = n.root
      WHERE p.room = ? AND p.channel = ? AND (p.at, p.id) >= (?, ?)
      ORDER BY p.at, p.id LIMIT ?
      """, [room, channel.text, cursor.createdAt, cursor.eventID, limit])
  }

  /// The post that an event is a version of; `nil` when it is none, or not here.
  package func post(event: EventID, in room: RoomID) throws -> PostRow? {
    try posts(
      """
      SELECT \(Self.postColumns) FROM event e JOIN post p ON p.object = e.object
        JOIN entry n ON n.object = p.object
        JOIN words w ON w.object = n.object LEFT JOIN card c ON c.object = n.root
      WHERE e.id = ? AND e.room = ?
      """, [event, room]
    ).first
  }

  /// What others posted after a place, and how many of it are open questions; counted no further
  /// than 1,000. Heartbeats do not count.
  package func postsAfter(
    _ cursor: EntryCursor, _ channel: ChannelName, in room: RoomID, me: PublicKey
  ) throws -> (all: Int, questions: Int) {
    try db.first(
      """
      SELECT count(*), coalesce(sum(open), 0) FROM (
        SELECT n.kind = 30534 AND n.answers = 0 AS open
        FROM post p JOIN entry n ON n.object = p.object
        WHERE p.room = ? AND p.channel = ? AND (p.at, p.id) > (?, ?) AND p.kind <> 'heartbeat'
          AND (n.author <> ? OR n.conn IS NOT NULL) LIMIT 1000)
      """, room, channel.text, cursor.createdAt, cursor.eventID, me
    ) { (all: $0.int(0), questions: $0.int(1)) } ?? (0, 0)
  }

  // MARK: Finding

  /// Where to look for words.
  package enum Thread: Sendable, Hashable {
    case card(ObjectID)
    case channel(ChannelName, RoomID)
  }

  /// Something found in a thread, and where it stands.
  package struct Found: Sendable, Hashable {
    package let id: ObjectID
    package let cursor: EntryCursor
  }

  /// The nearest thing in a thread that holds all `terms`: before a place, or after it. What has no
  /// cursor to start at begins at the end, or at the beginning.
  package func find(
    _ terms: [SearchTerm], in thread: Thread, before: Bool, of cursor: EntryCursor? = nil
  ) throws -> Found? {
    guard !terms.isEmpty else { return nil }
    let start = cursor ?? (before ? .last : .first)
    let comparison = before ? "<" : ">"
    let order = before ? "DESC" : "ASC"
    let match = SearchTerm.match(terms)
    switch thread {
    case .card(let card):
      return try db.first(
        """
        SELECT n.object, n.created_at, n.event_id FROM search JOIN entry n ON n.object = search.rowid
        WHERE search MATCH ? AND n.root = ? AND (n.created_at, n.event_id) \(comparison) (?, ?)
        ORDER BY n.created_at \(order), n.event_id \(order) LIMIT 1
        """, match, card, start.createdAt, start.eventID, read: Self.found)
    case .channel(let channel, let room):
      return try db.first(
        """
        SELECT p.object, p.at, p.id FROM search JOIN post p ON p.object = search.rowid
        WHERE search MATCH ? AND p.room = ? AND p.channel = ? AND (p.at, p.id) \(comparison) (?, ?)
        ORDER BY p.at \(order), p.id \(order) LIMIT 1
        """, match, room, channel.text, start.createdAt, start.eventID, read: Self.found)
    }
  }

  private static func found(_ row: Statement) throws -> Found {
    Found(
      id: row.object(0),
      cursor: EntryCursor(createdAt: row.int64(1), eventID: try row.eventID(2)))
  }
}
