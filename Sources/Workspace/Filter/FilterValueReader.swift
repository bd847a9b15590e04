import Replica
import Studio

/// Judges one value of a field, and writes it the one way in which it is printed.
struct FilterValueReader {
  let field: FilterField
  /// As it was typed.
  let name: String
  let comparison: Comparison?

  func read(_ value: FilterValue) throws(FilterError) -> FilterValue {
    switch field {
    case .word, .text:
      guard SearchTerm(value.text, isBeginning: false) != nil else {
        throw fault("“\(shown(value))” has no letter and no digit to look for", value)
      }
      return value
    case .state:
      return try known(
        value, FilterState.allCases.map(\.rawValue), later: FilterState.later,
        others: ["doing": "in_progress", "unassigned": "-is:assigned"])
    case .has:
      return try known(
        value, FilterThing.allCases.map(\.rawValue), later: FilterThing.later,
        others: ["comments": "comment", "questions": "question", "labels": "label"])
    case .age, .quiet: return try age(value)
    case .updated: return try updated(value)
    case .unread:
      guard let count = Int(value.text), (0...100).contains(count) else {
        throw fault("“\(name)” takes a number from 0 to 100, not “\(shown(value))”", value)
      }
      return plain(value, "\(count)")
    case .column:
      let status = value.text.replacing("-", with: "_").lowercased()
      return plain(
        value,
        CardStatus.lifecycle.contains { $0.rawValue == status } ? status : value.text)
    case .track, .agent, .by, .label, .kind, .id: return plain(value, value.text)
    }
  }

  private func plain(_ value: FilterValue, _ text: String) -> FilterValue {
    FilterValue(text, column: value.column, length: value.length)
  }

  private func shown(_ value: FilterValue) -> String { String(value.text.prefix(40)) }

  private func fault(
    _ message: String, _ value: FilterValue, suggestion: String? = nil
  ) -> FilterError {
    FilterError(message, column: value.column, length: value.length, suggestion: suggestion)
  }

  private func known(
    _ value: FilterValue, _ words: [String], later: Set<String>, others: [String: String]
  ) throws(FilterError) -> FilterValue {
    let word = value.text.lowercased().replacing("-", with: "_")
    if words.contains(word) { return plain(value, word) }
    if later.contains(word) { throw fault("“\(name):\(word)” is not known yet", value) }
    throw fault(
      "“\(name)” takes \(words.joined(separator: ", ")), not “\(shown(value))”", value,
      suggestion: others[word] ?? Nearest.word(word, among: words))
  }

  private func age(_ value: FilterValue) throws(FilterError) -> FilterValue {
    let text = value.text.lowercased()
    guard FilterDuration(text) != nil else {
      throw fault("“\(name)” takes a time such as 10m, 3h, 2d or 4w, not “\(shown(value))”", value)
    }
    guard comparison != nil else {
      throw fault("“\(name)” takes < or >", value, suggestion: "\(name):>\(text)")
    }
    return plain(value, text)
  }

  private func updated(_ value: FilterValue) throws(FilterError) -> FilterValue {
    let text = value.text.lowercased()
    if FilterDay(text) != nil { return plain(value, text) }
    guard FilterDuration(text) != nil else {
      throw fault(
        "“\(name)” takes a time such as 10m or 2d, or a day such as 2026-01-31, not “\(shown(value))”",
        value)
    }
    guard let comparison, comparison != .equal else {
      throw fault("“\(name)” takes < or > with a time", value, suggestion: "\(name):<\(text)")
    }
    return plain(value, text)
  }
}
