package import Nostr

extension Reader {
  /// Where in a thread begins what others wrote since `me` last looked at the card; `nil` when
  /// there is nothing new. Status changes are never new.
  package func firstUnread(of card: ObjectID, me: PublicKey) throws -> ObjectID? {
    try db.first(
      """
      SELECT object FROM entry WHERE root = ?1 AND to_status IS NULL AND author <> ?2
        AND first_seq > max(
          coalesce((SELECT through FROM read_mark WHERE object = ?1), 0),
          coalesce((SELECT through FROM read_floor WHERE room = entry.room), 0))
      ORDER BY created_at, event_id LIMIT 1
      """, card, me
    ) { $0.object(0) }
  }
}
