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
}
