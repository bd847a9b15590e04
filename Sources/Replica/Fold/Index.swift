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
    for (object, change) in dirt.search.sorted(by: { $0.key < $1.key }) {
      if let old = change.old {
        try db.run(
          "INSERT INTO search (search, rowid, title, body) VALUES ('delete', ?, ?, ?)", object,
          old.title, old.body)
      }
      if let new = change.new {
        try db.run(
          "INSERT INTO search (rowid, title, body) VALUES (?, ?, ?)", object, new.title, new.body)
      }
    }
  }
}
