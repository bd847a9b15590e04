import Replica

extension FilterQuery {
  /// The longest query, in scalars.
  package static let longest = 1_000
  static let deepest = 20

  /// Reads a query. Names of people and tracks are not looked up here.
  package init(parsing text: String) throws(FilterError) {
    var parser = FilterParser(text)
    self = try parser.query()
  }
}

private struct FilterParser {
  private let scalars: [Unicode.Scalar]
  private var index = 0
  private var depth = 0
  private var order: CardOrder?

  init(_ text: String) { scalars = Array(text.unicodeScalars) }

  private var next: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

  private mutating func skipBlanks() {
    while let next, FilterScan.isBlank(next) { index += 1 }
  }

  private func text(_ range: Range<Int>) -> String {
    String(String.UnicodeScalarView(scalars[range]))
  }

  private func fault(
    _ message: String, _ range: Range<Int>? = nil, suggestion: String? = nil
  ) -> FilterError {
    let range = range ?? index..<index + 1
    return FilterError(
      message, column: range.lowerBound + 1, length: range.count, suggestion: suggestion)
  }

  // MARK: Groups

  mutating func query() throws(FilterError) -> FilterQuery {
    guard scalars.count <= FilterQuery.longest else {
      throw fault(
        "a filter has at most \(FilterQuery.longest) characters, this has \(scalars.count)",
        FilterQuery.longest..<scalars.count)
    }
    skipBlanks()
    let root = try either(isWhole: true)
    guard next == nil else { throw fault("nothing was opened that “)” could close") }
    return FilterQuery(root, order: order)
  }

  private mutating func either(isWhole: Bool) throws(FilterError) -> FilterNode {
    var parts: [FilterNode] = []
    var bar = index
    while true {
      let part = try both()
      let isLast = next != "|"
      let isOnly = isLast && parts.isEmpty
      if part == .all([]), !(isOnly && isWhole) {
        if !isLast { throw fault("before “|” comes a condition") }
        if !parts.isEmpty { throw fault("after “|” comes a condition", bar..<bar + 1) }
      }
      parts.append(part)
      if isLast { return .any(parts) }
      bar = index
      index += 1
      skipBlanks()
    }
  }

  private mutating func both() throws(FilterError) -> FilterNode {
    var parts: [FilterNode] = []
    while let next, next != "|", next != ")" {
      if let part = try term() { parts.append(part) }
      skipBlanks()
    }
    return .all(parts)
  }

  // MARK: Terms

  private mutating func term() throws(FilterError) -> FilterNode? {
    let start = index
    guard next == "-" else { return try positive(isNegated: false) }
    index += 1
    guard let next, next != "-", next != "|", next != ")", !FilterScan.isBlank(next) else {
      throw fault("after “-” comes what is not wanted", start..<start + 1)
    }
    return try positive(isNegated: true).map { .not($0) }
  }

  private mutating func positive(isNegated: Bool) throws(FilterError) -> FilterNode? {
    switch next {
    case "(": return try group()
    case "\"":
      let value = try quoted()
      return .term(FilterTerm(.word, nil, [try searchable(value)]))
    default: break
    }
    if let key = FilterScan.key(scalars[index...]) {
      return try field(key, isNegated: isNegated).map { .term($0) }
    }
    let start = index
    while let next, FilterScan.isWord(next) { index += 1 }
    let word = text(start..<index)
    if let meant = FilterScan.operators[word] {
      throw fault(
        "“\(word)” is written \(meant == "a space" ? meant : "“\(meant)”"); in quotes it is a word",
        start..<index)
    }
    let value = FilterValue(word, column: start + 1, length: index - start)
    return .term(FilterTerm(.word, nil, [try searchable(value)]))
  }

  private mutating func group() throws(FilterError) -> FilterNode {
    let start = index
    index += 1
    depth += 1
    defer { depth -= 1 }
    guard depth <= FilterQuery.deepest else {
      throw fault("parentheses lie at most \(FilterQuery.deepest) deep", start..<start + 1)
    }
    skipBlanks()
    let node = try either(isWhole: false)
    guard next == ")" else { throw fault("this “(” is not closed", start..<start + 1) }
    index += 1
    guard node != .all([]) else { throw fault("nothing is between the parentheses", start..<index) }
    return node
  }

  /// What stands between quotes; `\"` and `\\` stand for `"` and `\`.
  private mutating func quoted() throws(FilterError) -> FilterValue {
    let start = index
    index += 1
    var text = String.UnicodeScalarView()
    while let scalar = next, scalar != "\"" {
      index += 1
      if scalar == "\\", let escaped = next, escaped == "\"" || escaped == "\\" {
        text.append(escaped)
        index += 1
      } else {
        text.append(scalar)
      }
    }
    guard next == "\"" else { throw fault("this quote is not closed", start..<start + 1) }
    index += 1
    return FilterValue(
      String(text), isQuoted: true, column: start + 1, length: index - start)
  }

  /// A word that the index can be asked for.
  private func searchable(_ value: FilterValue) throws(FilterError) -> FilterValue {
    guard SearchTerm(value.text, isBeginning: false) != nil else {
      throw fault(
        "“\(value.text.prefix(40))” has no letter and no digit to look for", range(of: value))
    }
    return value
  }

  private func range(of value: FilterValue) -> Range<Int> {
    value.column - 1..<value.column - 1 + value.length
  }

  // MARK: Fields

  private mutating func field(
    _ key: String, isNegated: Bool
  ) throws(FilterError) -> FilterTerm? {
    let start = index
    index += key.utf8.count + 1
    let name = key.lowercased()
    if name == "sort" {
      try sort(from: start, isNegated: isNegated)
      return nil
    }
    guard let field = FilterField.names[name] else {
      throw unknown(name, start..<index - 1)
    }
    let comparison = try comparison(field, name)
    var values: [FilterValue] = []
    repeat {
      if !values.isEmpty { index += 1 }
      values.append(try value(of: field, name, comparison, from: start))
    } while next == ","
    if let next, FilterScan.isWord(next) || next == "\"" || next == "(" {
      throw fault("after a value comes a space or a comma")
    }
    if values.count > 1, field.comparisons.contains(.less) {
      throw fault("“\(name)” takes one value", range(of: values[1]))
    }
    return FilterTerm(field, field.comparisons.contains(.less) ? comparison : nil, values)
  }

  private func unknown(_ name: String, _ range: Range<Int>) -> FilterError {
    if FilterField.later.contains(name) {
      return fault("“\(name)” is not known yet", range)
    }
    let meant = Nearest.word(name, among: (FilterField.names.keys + ["sort"]).sorted())
    return fault(
      meant == nil
        ? "unknown field “\(name.prefix(40))”; in quotes it is a word"
        : "unknown field “\(name.prefix(40))”", range, suggestion: meant)
  }

  private mutating func comparison(
    _ field: FilterField, _ name: String
  ) throws(FilterError) -> Comparison? {
    let start = index
    if next == "~" { throw fault("“~” (a pattern) is not known yet") }
    while let next, "<>=".unicodeScalars.contains(next), index - start < 2 { index += 1 }
    let sign = text(start..<index)
    guard !sign.isEmpty else { return nil }
    guard let comparison = Comparison(rawValue: sign), field.comparisons.contains(comparison)
    else {
      let signs = Comparison.allCases.filter(field.comparisons.contains).map(\.rawValue)
      throw fault("“\(name)” takes \(signs.joined(separator: " ")), not “\(sign)”", start..<index)
    }
    return comparison
  }

  private mutating func value(
    of field: FilterField, _ name: String, _ comparison: Comparison?, from start: Int
  ) throws(FilterError) -> FilterValue {
    let value: FilterValue
    if next == "\"" {
      value = try quoted()
    } else {
      let first = index
      while let next, FilterScan.isWord(next), next != "," { index += 1 }
      value = FilterValue(text(first..<index), column: first + 1, length: index - first)
    }
    guard !value.text.isEmpty else {
      throw fault("after “\(text(start..<index))” comes a value", start..<index)
    }
    return try FilterValueReader(field: field, name: name, comparison: comparison).read(value)
  }

  private mutating func sort(from start: Int, isNegated: Bool) throws(FilterError) {
    let first = index
    while let next, FilterScan.isWord(next) { index += 1 }
    let word = text(first..<index).lowercased()
    guard !isNegated else {
      throw fault("“sort” takes no “-”; the other way is \(word)-asc or -desc", start..<index)
    }
    guard depth == 0 else { throw fault("“sort” stands outside parentheses", start..<index) }
    guard order == nil else { throw fault("“sort” stands once", start..<index) }
    let parts = word.split(separator: "-", omittingEmptySubsequences: false)
    guard let key = CardOrder.Key(rawValue: String(parts[0])), parts.count <= 2,
      parts.count == 1 || parts[1] == "asc" || parts[1] == "desc"
    else {
      let all = CardOrder.Key.allCases.flatMap { key in
        ["", "-asc", "-desc"].map { key.rawValue + $0 }
      }
      throw fault(
        "“sort” takes updated, created or title, with -asc or -desc, not “\(word.prefix(40))”",
        first..<max(index, first + 1), suggestion: Nearest.word(word, among: all))
    }
    order = CardOrder(
      key, descending: parts.count == 2 ? parts[1] == "desc" : key != .title)
  }
}
