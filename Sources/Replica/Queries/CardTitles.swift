import Nostr

/// A card as far as a finder needs it.
package struct CardTitle: Sendable, Hashable {
  package let id: ObjectID
  package let title: String
  package let d: String
  package let short: String
  package let updatedAt: Int64
}

extension Reader {
  /// The titles of a room's cards, the one that changed last first.
  package func cardTitles(_ room: RoomID, limit: Int) throws -> [CardTitle] {
    try db.rows(
      """
      SELECT object, title, d, event_id, updated_at FROM card WHERE room = ? AND shown
      ORDER BY updated_at DESC, object DESC LIMIT ?
      """, room, limit
    ) { row in
      CardTitle(
        id: row.object(0), title: row.text(1), d: row.text(2), short: try row.eventID(3).short,
        updatedAt: row.int64(4))
    }
  }
}
