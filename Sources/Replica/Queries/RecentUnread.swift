import Nostr
package import Studio

/// What of the newest is addressed to a connection and was not read by it: what a list of channels counts. Looks at
/// as much as the windows say, however long the log is; within them it is what `inbox` would give.
extension Reader {
  /// Of mentions, of answers to posts, and of questions and answers in general, so many are looked at.
  static let recentWords = 500
  /// So many posts of each channel that is followed.
  static let recentPosts = 500

  /// The start of a statement over posts among `unread (object)`, which is to come first in its joins. `?1` is the
  /// key, `?2` the connection, `?3` and `?4` the windows.
  private static func recentUnread(_ owner: InboxOwner) -> String {
    let cards = """
      OR EXISTS (SELECT 1 FROM card c WHERE c.object = n.root AND c.shown
        AND (c.author = ?1 OR c.assignee = ?1))
      """
    return """
      WITH talk (object) AS (
        SELECT t.object FROM (SELECT object FROM entry INDEXED BY entry_asked WHERE kind >= 30534
          ORDER BY first_seq DESC LIMIT ?3) t
        CROSS JOIN post p ON p.object = t.object
      ), addressed (object) AS (
        SELECT * FROM (SELECT object FROM mention INDEXED BY mention_pubkey
          WHERE pubkey = ?1 AND conn = '' ORDER BY seq DESC LIMIT ?3)
        UNION SELECT * FROM (SELECT object FROM mention INDEXED BY mention_pubkey
          WHERE pubkey = ?1 AND conn = ?2 ORDER BY seq DESC LIMIT ?3)
        UNION SELECT p.object FROM subscription s CROSS JOIN post p ON p.object IN (
            SELECT object FROM post INDEXED BY post_arrival
            WHERE room = s.room AND channel = s.channel AND seq > s.since
            ORDER BY seq DESC LIMIT ?4)
          WHERE s.conn = ?2 AND NOT s.muted AND p.kind <> 'heartbeat'
        UNION SELECT r.object FROM (SELECT object, reply_to FROM post INDEXED BY post_answered
            WHERE reply_author = ?1 ORDER BY seq DESC LIMIT ?3) r
          JOIN event e ON e.id = r.reply_to JOIN entry a ON a.object = e.object
          WHERE coalesce(a.conn, '') = ?2
        UNION SELECT n.object FROM talk t CROSS JOIN entry n ON n.object = t.object
          WHERE n.kind = 30535 AND EXISTS (SELECT 1 FROM entry q WHERE q.object = n.parent
              AND q.author = ?1 AND q.kind = 30534 AND coalesce(q.conn, '') = ?2)
            \(owner.connection == nil ? cards : "")
      ), unread (object) AS (
        SELECT n.object FROM addressed a CROSS JOIN entry n ON n.object = a.object
        WHERE n.news IS NOT NULL AND NOT (n.author = ?1 AND coalesce(n.conn, '') = ?2)
          AND NOT EXISTS (SELECT 1 FROM seen s WHERE s.conn = ?2 AND s.object = a.object)
      )
      """
  }

  /// Unread posts of a room by channel, and those of them that mention the connection.
  func unreadPosts(
    _ room: RoomID, of owner: InboxOwner
  ) throws -> [ChannelName: (all: Int, mentions: Int)] {
    var counts: [ChannelName: (all: Int, mentions: Int)] = [:]
    for (name, all, mentions) in try db.rows(
      """
      \(Self.recentUnread(owner))
      SELECT p.channel, count(*), sum(EXISTS (
        SELECT 1 FROM mention m WHERE m.object = u.object AND m.pubkey = ?1 AND m.conn IN ('', ?2)))
      FROM unread u CROSS JOIN post p ON p.object = u.object WHERE p.room = ?5 GROUP BY p.channel
      """, owner.me, owner.key, Self.recentWords, Self.recentPosts, room,
      read: { (ChannelName($0.text(0)), $0.int(1), $0.int(2)) })
    {
      if let name { counts[name] = (all, mentions) }
    }
    return counts
  }

  /// The oldest post of a channel that is addressed to a connection and unread.
  package func firstUnread(
    _ channel: ChannelName, in room: RoomID, of owner: InboxOwner
  ) throws -> PostRow? {
    try posts(
      """
      \(Self.recentUnread(owner))
      SELECT \(Self.postColumns) FROM unread u CROSS JOIN post p ON p.object = u.object
        JOIN entry n ON n.object = p.object
        JOIN words w ON w.object = n.object LEFT JOIN card c ON c.object = n.root
      WHERE p.room = ?5 AND p.channel = ?6 ORDER BY p.at, p.id LIMIT 1
      """,
      [owner.me, owner.key, Self.recentWords, Self.recentPosts, room, channel.text]
    ).first
  }
}
