package import Home

extension SavedViews {
  /// Keeps a filter under a name in `views.conf`; a view of that name is replaced, and every other line stays.
  ///
  /// - Throws: `invalid_argument` for a name or a query that cannot be read back.
  package static func save(_ query: String, as name: String, in home: Home) throws(StudioError) {
    let query = FilterQuery.trimmed(query)
    guard !query.isEmpty else {
      throw StudioError("invalid_argument", "a view needs a filter", field: "query")
    }
    do throws(FilterError) {
      _ = try FilterQuery(parsing: query)
    } catch {
      throw error.error(for: query)
    }
    let line = "view \(name) \(query)"
    let alone = SavedViews(parsing: Array(line.utf8))
    guard alone.views.count == 1, alone.views[0].name == name, alone.views[0].text == query else {
      throw StudioError(
        "invalid_argument", alone.faults.first?.message ?? "a view is one line", field: "name",
        value: name)
    }
    let path = path(in: home)
    let before = try SystemCall.read(path, limit: 262_144) ?? initial
    var lines = before.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    let new = ArraySlice(Array(line.utf8))
    if let index = lines.firstIndex(where: {
      SavedViews(parsing: Array($0)).views.first?.name == name
    }) {
      lines[index] = new
    } else {
      lines.append(new)
    }
    let bytes = lines.flatMap { Array($0) + [UInt8(ascii: "\n")] }
    try SystemCall.replace(path, with: bytes, mode: 0o600)
  }
}
