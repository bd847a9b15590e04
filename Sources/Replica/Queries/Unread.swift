package import Nostr

extension Reader {
  /// Where in a thread begins what others wrote since `me` last looked at the card; `nil` when
  /// there is nothing new. Status changes and an agent's steps are never new.
  package func firstUnread(of card: ObjectID, me: PublicKey) throws -> ObjectID? {
    try db.first(
      """
      SELECT object FROM entry WHERE root = ?1 AND to_status IS NULL
        AND NOT (author = ?2 AND conn IS NULL)
        AND news > coalesce((SELECT through FROM read_mark WHERE object = ?1),
          (SELECT through FROM read_floor WHERE room = entry.room), 0)
      ORDER BY created_at, event_id LIMIT 1
      """, card, me
    ) { $0.object(0) }
  }

  /// The start of a statement over `unread (object, room, channel)`, an inbox; `channel` is NULL for what was said
  /// on cards. `?1` is the key, `?2` the connection, empty for the identity itself.
  package static func unreadStatement(_ owner: InboxOwner) -> String {
    let cards = """
      UNION SELECT n.object, n.room, p.channel FROM (
          SELECT object FROM card INDEXED BY card_author WHERE author = ?1 AND shown
          UNION SELECT c.object FROM room r CROSS JOIN card c INDEXED BY card_assignee
            ON c.room = r.id AND c.assignee = ?1 AND c.shown AND c.assignee IS NOT NULL) c
        CROSS JOIN entry n INDEXED BY entry_asked ON n.root = c.object AND n.kind >= 30534
        LEFT JOIN post p ON p.object = n.object
        WHERE n.news IS NOT NULL AND \(isOthers("n")) AND \(isUnseen("n"))
      """
    return """
      WITH unread (object, room, channel) AS (
        SELECT object, room, channel FROM mention m INDEXED BY mention_news
        WHERE pubkey = ?1 AND conn IN ('', ?2) AND news AND own IS NOT ?2 AND \(isUnseen("m"))
        UNION SELECT p.object, p.room, p.channel FROM subscription s
          CROSS JOIN post p INDEXED BY post_arrival
            ON p.room = s.room AND p.channel = s.channel AND p.seq > s.since
          WHERE s.conn = ?2 AND NOT s.muted AND p.news AND p.kind <> 'heartbeat'
            AND \(isOthers("p")) AND \(isUnseen("p"))
        UNION SELECT object, room, channel FROM post p INDEXED BY post_answered
          WHERE reply_author = ?1 AND reply_conn = ?2 AND news
            AND \(isOthers("p")) AND \(isUnseen("p"))
        UNION SELECT n.object, n.room, p.channel FROM entry q INDEXED BY entry_talk
          CROSS JOIN entry n ON n.parent = q.object AND n.kind = 30535
          LEFT JOIN post p ON p.object = n.object
          WHERE q.author = ?1 AND q.kind >= 30534 AND q.kind = 30534 AND coalesce(q.conn, '') = ?2
            AND n.news IS NOT NULL AND \(isOthers("n")) AND \(isUnseen("n"))
        \(owner.connection == nil ? cards : "")
      )
      """
  }

  /// Whether a row `name` of posts or entries is not the owner's own.
  static func isOthers(_ name: String) -> String {
    "NOT (\(name).author = ?1 AND coalesce(\(name).conn, '') = ?2)"
  }

  /// Whether the owner has not read the row `name`.
  static func isUnseen(_ name: String) -> String {
    "NOT EXISTS (SELECT 1 FROM seen s WHERE s.conn = ?2 AND s.object = \(name).object)"
  }
}
