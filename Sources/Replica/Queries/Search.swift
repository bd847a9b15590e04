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

enum SearchText {
  /// An FTS5 query for what a person typed: every word must occur, the last one may be unfinished
  /// (from three letters on), what stands in quotes must occur as it stands. `nil` when there is no word in it.
  static func match(_ text: String) -> String? {
    var terms: [String] = []
    for (index, part) in text.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
    {
      let isQuoted = index % 2 == 1
      let pieces = isQuoted ? [part] : part.split(whereSeparator: \.isWhitespace)
      terms += pieces.compactMap { piece in
        let words = String(piece.unicodeScalars.map { $0.value == 0 ? " " : Character($0) })
        guard words.unicodeScalars.contains(where: isWord) else { return nil }
        return "\"\(words)\""
      }
    }
    guard let last = terms.popLast() else { return nil }
    // Beginnings of three letters have an index of their own; shorter ones would read it all.
    let isOpen =
      last.unicodeScalars.count >= 5 && text.last.map { !$0.isWhitespace && $0 != "\"" } ?? false
    return (terms + [isOpen ? last + "*" : last]).joined(separator: " AND ")
  }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isAlphabetic || scalar.properties.numericType != nil
  }
}

extension Reader {
  /// Full text over everything that can be seen, newest objects first.
  package func search(
    _ query: String, room: RoomID? = nil, before: ObjectID? = nil, limit: Int = 50
  ) throws -> [SearchHit] {
    guard let match = SearchText.match(query) else { return [] }
    return try db.rows(
      """
      SELECT o.kind, o.id, o.room, coalesce(c.event_id, n.event_id),
        coalesce(c.title, t.title, ''), snippet(search, -1, char(2), char(3), '…', 16),
        coalesce(c.updated_at, n.created_at)
      FROM search JOIN object o ON o.id = search.rowid
      LEFT JOIN card c ON c.object = o.id
      LEFT JOIN entry n ON n.object = o.id
      LEFT JOIN card t ON t.object = n.root
      WHERE search MATCH ?1 AND search.rowid < ?2 AND (?3 IS NULL OR o.room = ?3)
        AND (coalesce(c.shown, t.shown, 1)
          OR EXISTS (SELECT 1 FROM post p WHERE p.object = o.id))
      ORDER BY search.rowid DESC LIMIT ?4
      """, match, before?.rawValue ?? .max, room, limit
    ) { row in
      SearchHit(
        kind: row.int(0), id: row.object(1), room: row.room(2), eventID: try row.eventID(3),
        title: row.text(4), snippet: row.text(5), at: row.int64(6))
    }
  }
}
