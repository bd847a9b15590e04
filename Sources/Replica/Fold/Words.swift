/// The long texts of a card or an entry.
struct Words {
  let body: String
  let options: String
  let blocks: String
  let fabric: String?
}

extension Pass {
  /// `isNew` when there is no row of it.
  func write(_ words: Words, of object: Int64, isNew: Bool) throws {
    // Not REPLACE: SQLite would copy every page it touches first.
    if !isNew { try db.run("DELETE FROM words WHERE object = ?", object) }
    try db.run(
      "INSERT INTO words (object, body, options, blocks, fabric) VALUES (?, ?, ?, ?, ?)", object,
      words.body, words.options, words.blocks, words.fabric)
  }
}
