package import Nostr

/// Something that matched.
package struct SearchHit: Sendable, Hashable {
  /// The object's kind: 30530 a card, 30533 to 30535 a comment, question or answer.
  package let kind: Int
  package let id: ObjectID
  package let room: RoomID
  package let eventID: EventID
  /// Of the card, or of the card it hangs on.
  package let title: String
  /// The matching words lie between U+0002 and U+0003.
  package let snippet: String
  package let at: Int64

  /// `card`, `comment`, `question` or `answer`.
  package var type: String { ChangeType(kind: kind).name }
}

extension Reader {
  /// What holds all `terms` among everything that can be seen, newest objects first. `condition` is
  /// about the card that a hit is or hangs on; its author and times are those of the hit. Without
  /// `rooms`, in all of them.
  package func search(
    _ terms: [SearchTerm], where condition: CardCondition = .always, rooms: [RoomID]? = nil,
    before: ObjectID? = nil, limit: Int = 50, me: PublicKey? = nil
  ) throws -> [SearchHit] {
    guard !terms.isEmpty else { return [] }
    let rooms = try rooms ?? self.rooms().map(\.id)
    var writer = ConditionSQL(.hit, rooms: rooms, me: me)
    let chosen = writer.write(condition)
    let places = rooms.map { _ in "?" }.joined(separator: ", ")
    var values: [any Bindable] = [SearchTerm.match(terms), before?.rawValue ?? .max]
    values += rooms.map { $0 as any Bindable } + writer.values + [limit]
    return try db.rows(
      """
      SELECT o.kind, o.id, o.room, coalesce(n.event_id, c.event_id), coalesce(c.title, ''),
        snippet(search, -1, char(2), char(3), '…', 16), coalesce(n.created_at, c.updated_at)
      FROM search JOIN object o ON o.id = search.rowid
      LEFT JOIN entry n ON n.object = o.id
      LEFT JOIN card c ON c.object = coalesce(n.root, o.id)
      WHERE search MATCH ? AND search.rowid < ? AND o.room IN (\(places))
        AND (coalesce(c.shown, 1) OR EXISTS (SELECT 1 FROM post p WHERE p.object = o.id))
        AND \(chosen)
      ORDER BY search.rowid DESC LIMIT ?
      """, binding: values
    ) { row in
      SearchHit(
        kind: row.int(0), id: row.object(1), room: row.room(2), eventID: try row.eventID(3),
        title: row.text(4), snippet: row.text(5), at: row.int64(6))
    }
  }
}
