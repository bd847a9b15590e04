/// The letters of the grammar.
enum FilterScan {
  /// What a word or a value without quotes is made of.
  static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    !isBlank(scalar) && !["(", ")", "|", "\""].contains(scalar)
  }

  static func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }

  /// The letters before the colon, when these scalars begin with a key.
  static func key(_ scalars: ArraySlice<Unicode.Scalar>) -> String? {
    let name = scalars.prefix { $0.isASCII && ($0.properties.isAlphabetic || $0 == "_") }
    guard !name.isEmpty, scalars.dropFirst(name.count).first == ":" else { return nil }
    return String(String.UnicodeScalarView(name))
  }

  /// What other query languages write, and what it is here.
  static let operators = ["OR": "|", "AND": "a space", "NOT": "-"]
}

extension FilterQuery {
  /// Reads a query that is still being typed: a last word of one or two letters is left out, since
  /// it is the beginning of a longer one.
  package init(typing text: String) throws(FilterError) {
    let scalars = Array(text.unicodeScalars)
    let start = scalars.lastIndex { !FilterScan.isWord($0) }.map { $0 + 1 } ?? 0
    let word = scalars[start...].first == "-" ? scalars[(start + 1)...] : scalars[start...]
    let isOpen =
      word.count < 3 && FilterScan.key(word) == nil
      && scalars[..<start].count(where: { $0 == "\"" }) % 2 == 0
    try self.init(
      parsing: isOpen ? String(String.UnicodeScalarView(scalars[..<start])) : text)
  }

  /// Without blanks at either end.
  package static func trimmed(_ text: String) -> String {
    var scalars = text.unicodeScalars[...]
    while let last = scalars.last, FilterScan.isBlank(last) { scalars.removeLast() }
    while let first = scalars.first, FilterScan.isBlank(first) { scalars.removeFirst() }
    return String(scalars)
  }
}

extension FilterError {
  /// What stands in `text` before the term that is wrong, when `earlier` is the beginning of `text`
  /// and ends within that term; else `nil`.
  package func tokenStart(in text: String, after earlier: String) -> String? {
    let scalars = Array(text.unicodeScalars)
    guard scalars.starts(with: earlier.unicodeScalars) else { return nil }
    var start = min(column - 1, scalars.count)
    while start > 0, FilterScan.isWord(scalars[start - 1]) { start -= 1 }
    guard earlier.unicodeScalars.count > start else { return nil }
    return String(String.UnicodeScalarView(scalars[..<start]))
  }
}
