package import Replica

/// What to list: one grammar for the panes, the command line and saved views.
///
/// ```
/// query = or ; or = and { "|" and } ; and = { term }
/// term  = [ "-" ] ( "(" or ")" | field | word | quoted )
/// field = key ":" [ op ] value { "," value }        a comma means any of
/// op    = "<" | ">" | "<=" | ">=" | "="
/// ```
/// `sort:updated`, `created` or `title`, with `-asc` or `-desc`, stands outside parentheses.
package struct FilterQuery: Sendable, Hashable {
  package var root: FilterNode
  /// `nil` when the query does not say.
  package var order: CardOrder?

  package init(_ root: FilterNode = .all([]), order: CardOrder? = nil) {
    self.root = root
    self.order = order
  }

  /// Whether everything fits it.
  package var isEmpty: Bool { root == .all([]) && order == nil }
}

/// A part of a query. Made by `all` and `any`, which keep it as the parser would build it.
package indirect enum FilterNode: Sendable, Hashable {
  case both([FilterNode])
  case either([FilterNode])
  case not(FilterNode)
  case term(FilterTerm)

  /// All of them; one alone is itself.
  package static func all(_ nodes: [FilterNode]) -> FilterNode {
    let flat = nodes.flatMap { if case .both(let inner) = $0 { inner } else { [$0] } }
    return flat.count == 1 ? flat[0] : .both(flat)
  }

  /// At least one of them; one alone is itself.
  package static func any(_ nodes: [FilterNode]) -> FilterNode {
    let flat = nodes.flatMap { if case .either(let inner) = $0 { inner } else { [$0] } }
    return flat.count == 1 ? flat[0] : .either(flat)
  }
}

/// One condition: a field and the values of which one must hold.
package struct FilterTerm: Sendable, Hashable {
  package let field: FilterField
  package let comparison: Comparison?
  package let values: [FilterValue]

  package init(
    _ field: FilterField, _ comparison: Comparison?, _ values: [FilterValue]
  ) {
    self.field = field
    self.comparison = comparison
    self.values = values
  }
}

/// A value as it was given; where it stood does not count.
package struct FilterValue: Sendable, Hashable {
  package let text: String
  /// Of words and texts: whole words only.
  package let isQuoted: Bool
  /// From 1, in scalars.
  package let column: Int
  package let length: Int

  package init(_ text: String, isQuoted: Bool = false, column: Int = 1, length: Int = 1) {
    self.text = text
    self.isQuoted = isQuoted
    self.column = column
    self.length = length
  }

  package static func == (a: FilterValue, b: FilterValue) -> Bool {
    a.isQuoted == b.isQuoted && a.text.utf8.elementsEqual(b.text.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(isQuoted)
    for byte in text.utf8 { hasher.combine(byte) }
  }
}

// MARK: Printing

extension FilterQuery: CustomStringConvertible {
  /// The query as it could be typed; parsing it gives the same query.
  package var description: String {
    let order = order.map { "sort:\($0.key.rawValue)\($0.isDescending ? "-desc" : "-asc")" }
    let body = root == .all([]) ? nil : root.description
    return [body, order].compactMap(\.self).joined(separator: " ")
  }
}

extension FilterNode: CustomStringConvertible {
  package var description: String {
    switch self {
    case .both(let parts):
      parts.map { if case .either = $0 { "(\($0))" } else { "\($0)" } }.joined(separator: " ")
    case .either(let parts): parts.map(\.description).joined(separator: " | ")
    case .not(let part):
      switch part {
      case .term: "-\(part)"
      default: "-(\(part))"
      }
    case .term(let term): term.description
    }
  }
}

extension FilterTerm: CustomStringConvertible {
  package var description: String {
    let values = values.map { $0.printed(alone: field == .word) }.joined(separator: ",")
    return field == .word ? values : "\(field.name):\(comparison?.rawValue ?? "")\(values)"
  }
}

extension FilterValue {
  func printed(alone: Bool) -> String {
    guard isQuoted || !Self.isPlain(text, alone: alone) else { return text }
    var quoted = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if scalar == "\"" || scalar == "\\" { quoted.append("\\") }
      quoted.append(scalar)
    }
    return "\"\(String(quoted))\""
  }

  /// Whether a value can be written without quotes. A word of its own may hold commas, but must not
  /// look like something else.
  static func isPlain(_ text: String, alone: Bool) -> Bool {
    let scalars = Array(text.unicodeScalars)
    guard let first = scalars.first, scalars.allSatisfy({ FilterScan.isWord($0) }) else {
      return false
    }
    guard alone else { return !scalars.contains(",") && !"<>=~".unicodeScalars.contains(first) }
    return first != "-" && FilterScan.key(scalars[...]) == nil
      && !FilterScan.operators.keys.contains(text)
  }
}
