/// What the search index has to forget and to learn about one object.
struct IndexChange {
  struct Text {
    let title: String
    let body: String
  }

  /// As it stands in the index; the index cannot tell by itself.
  var old: Text?
  var new: Text?
}

extension Pass {
  /// Puts an object's text into the search index, at the end of the fold.
  func index(_ object: Int64, title: String, body: String) {
    dirt.search[object, default: .init()].new = .init(title: title, body: body)
  }

  /// Takes it out again.
  func unindex(_ object: Int64, title: String, body: String) {
    var change = dirt.search[object] ?? .init()
    if change.new == nil { change.old = .init(title: title, body: body) } else { change.new = nil }
    dirt.search[object] = change
  }

  /// In ascending order and after everything else: FTS5 writes out what it has gathered whenever a
  /// row number goes down, or another statement opens a savepoint.
  func writeIndex() throws {
    guard !dirt.search.isEmpty else { return }
    let isAnythingDue = try replica.isIndexDue()
    for (object, change) in dirt.search.sorted(by: { $0.key < $1.key }) {
      // What is still due is not in the index, so there is nothing to take out.
      let wasDue =
        try isAnythingDue && db.change("DELETE FROM search_due WHERE object = ?", object) > 0
      if let old = change.old, !wasDue {
        try db.run(
          "INSERT INTO search (search, rowid, title, body) VALUES ('delete', ?, ?, ?)", object,
          old.title, old.body)
      }
      guard let new = change.new else { continue }
      switch indexing {
      case .now:
        try db.run(
          "INSERT INTO search (rowid, title, body) VALUES (?, ?, ?)", object, new.title, new.body)
      case .later:
        try db.run("INSERT INTO search_due (object) VALUES (?)", object)
        replica.indexIsDue = true
      }
    }
  }
}

/// When a batch reaches the search index.
package enum Indexing: Sendable {
  /// In its own transaction.
  case now
  /// With ``Replica/indexDue(limit:)``: a catch-up is done sooner, and found by search a little later.
  case later
}

extension Replica {
  /// Whether anything waits to be indexed.
  package func isIndexDue() throws -> Bool {
    if let known = indexIsDue { return known }
    let isDue = try connection.number("SELECT EXISTS (SELECT 1 FROM search_due)") > 0
    indexIsDue = isDue
    return isDue
  }

  /// Indexes up to `limit` objects of those that wait, in one transaction.
  package func indexDue(limit: Int) throws {
    try transaction {
      let due = try connection.rows(
        """
        SELECT d.object, coalesce(c.title, ''), w.body FROM search_due d
        LEFT JOIN words w ON w.object = d.object LEFT JOIN card c ON c.object = d.object
        ORDER BY d.object LIMIT ?
        """, limit
      ) { (object: $0.int64(0), title: $0.text(1), body: $0.optionalText(2)) }
      for row in due {
        guard let body = row.body else { continue }
        try connection.run(
          "INSERT INTO search (rowid, title, body) VALUES (?, ?, ?)", row.object, row.title, body)
      }
      guard let last = due.last, due.count == limit else {
        try connection.run("DELETE FROM search_due")
        indexIsDue = false
        return
      }
      try connection.run("DELETE FROM search_due WHERE object <= ?", last.object)
    }
  }
}
