import Nostr
package import Studio

/// What of the newest is addressed to a connection and was not read by it: what a list of channels counts. Looks at
/// as much as the windows say, however long the log is, and at indexes alone; within the windows it is what `inbox`
/// would give.
extension Reader {
  /// Of mentions, of answers to posts, of questions and answers, and of the posts of each channel that is followed,
  /// so many are looked at, the newest first.
  static let unreadWindow = 500
  /// So many of each are counted.
  static let mostUnread = 100

  /// An unread post.
  private struct Unread {
    let channel: String
    let isMention: Bool
  }

  private typealias UnreadPosts = [ObjectID: Unread]

  /// The newest unread posts of a room, of each source `limit` at most.
  private func recentUnread(
    _ room: RoomID, of owner: InboxOwner, limit: Int
  ) throws -> UnreadPosts {
    var found: UnreadPosts = [:]
    for connection in Set(["", owner.key]) {
      for (id, channel) in try db.rows(
        Self.recentMentions, owner.me, owner.key, Self.unreadWindow, limit, room, connection,
        read: { ($0.object(0), $0.text(1)) })
      { found[id] = Unread(channel: channel, isMention: true) }
    }
    for sql in [Self.recentReplies, Self.recentTalk(owner)] {
      for (id, channel) in try db.rows(
        sql, owner.me, owner.key, Self.unreadWindow, limit, room,
        read: { ($0.object(0), $0.text(1)) })
      where found[id] == nil { found[id] = Unread(channel: channel, isMention: false) }
    }
    for (channel, since) in try db.rows(
      "SELECT channel, since FROM subscription WHERE conn = ? AND room = ? AND NOT muted",
      owner.key, room, read: { ($0.text(0), $0.int64(1)) })
    {
      for id in try db.rows(
        Self.recentPosts, owner.me, owner.key, Self.unreadWindow, limit, room, channel, since,
        read: { $0.object(0) })
      where found[id] == nil { found[id] = Unread(channel: channel, isMention: false) }
    }
    return found
  }

  /// Unread posts of a room by channel, and those of them that mention the connection.
  func unreadPosts(
    _ room: RoomID, of owner: InboxOwner
  ) throws -> [ChannelName: (all: Int, mentions: Int)] {
    var counts: [String: (all: Int, mentions: Int)] = [:]
    for post in try recentUnread(room, of: owner, limit: Self.mostUnread).values {
      counts[post.channel, default: (0, 0)].all += 1
      if post.isMention { counts[post.channel]?.mentions += 1 }
    }
    return Dictionary(
      uniqueKeysWithValues: counts.compactMap { name, count in
        ChannelName(name).map { ($0, count) }
      })
  }

  /// The oldest post of a channel that is addressed to a connection and unread.
  package func firstUnread(
    _ channel: ChannelName, in room: RoomID, of owner: InboxOwner
  ) throws -> PostRow? {
    let unread = try recentUnread(room, of: owner, limit: Self.unreadWindow)
      .filter { sameBytes($0.value.channel, channel.text) }.keys
    let places = try unread.compactMap { id in
      try db.first("SELECT at, id FROM post WHERE object = ?", id) {
        (post: id, stamp: Stamp(createdAt: $0.int64(0), id: try $0.eventID(1)))
      }
    }
    return try places.min { $0.stamp < $1.stamp }.flatMap { try post($0.post) }
  }

  // MARK: Statements
  //
  // `?1` is the key, `?2` the connection, `?3` the window, `?4` how many are wanted, `?5` the room. The windows come
  // in the order of their indexes and are read no further than needed.

  /// All of them, for a check of how they are read.
  package static func recentStatements(_ owner: InboxOwner) -> [String] {
    [recentMentions, recentReplies, recentPosts, recentTalk(owner)]
  }

  /// `?6` is who is meant: the connection, or empty for all of the key.
  private static let recentMentions = """
    SELECT m.object, m.channel FROM (
      SELECT object, room, channel, own FROM mention INDEXED BY mention_news
      WHERE pubkey = ?1 AND conn = ?6 AND news ORDER BY seq DESC LIMIT ?3) m
    WHERE m.room = ?5 AND m.channel IS NOT NULL AND m.own IS NOT ?2 AND \(isUnseen("m")) LIMIT ?4
    """

  private static let recentReplies = """
    SELECT p.object, p.channel FROM (
      SELECT object, room, channel, author, conn FROM post INDEXED BY post_answered
      WHERE reply_author = ?1 AND reply_conn = ?2 AND news ORDER BY seq DESC LIMIT ?3) p
    WHERE p.room = ?5 AND \(isOthers("p")) AND \(isUnseen("p")) LIMIT ?4
    """

  /// `?6` is the channel, `?7` the arrival after which it is followed.
  private static let recentPosts = """
    SELECT p.object FROM (
      SELECT object, kind, news, author, conn FROM post INDEXED BY post_arrival
      WHERE room = ?5 AND channel = ?6 AND seq > ?7 ORDER BY seq DESC LIMIT ?3) p
    WHERE p.news AND p.kind <> 'heartbeat' AND \(isOthers("p")) AND \(isUnseen("p")) LIMIT ?4
    """

  /// Answers to own questions; for the identity itself, questions and answers on its own cards too.
  private static func recentTalk(_ owner: InboxOwner) -> String {
    let cards = """
      OR n.kind >= 30534 AND EXISTS (SELECT 1 FROM card c WHERE c.object = n.root AND c.shown
        AND (c.author = ?1 OR c.assignee = ?1))
      """
    return """
      SELECT p.object, p.channel FROM (
        SELECT t.object, t.channel FROM (
          SELECT object, room, channel, author, conn FROM post INDEXED BY post_talk
          WHERE kind IN ('question', 'answer') AND news ORDER BY seq DESC LIMIT ?3) t
        WHERE t.room = ?5 AND \(isOthers("t")) AND \(isUnseen("t")) LIMIT ?4) p
      CROSS JOIN entry n ON n.object = p.object
      WHERE n.kind = 30535 AND EXISTS (SELECT 1 FROM entry q WHERE q.object = n.parent
          AND q.author = ?1 AND q.kind = 30534 AND coalesce(q.conn, '') = ?2)
        \(owner.connection == nil ? cards : "")
      """
  }
}
