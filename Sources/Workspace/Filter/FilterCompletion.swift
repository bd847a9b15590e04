import Replica

/// The words of one room that a filter may hold.
package struct FilterVocabulary: Sendable {
  package var tracks: [String] = []
  package var people: [String] = []

  package init(tracks: [String] = [], people: [String] = []) {
    self.tracks = tracks
    self.people = people
  }
}

/// What the end of a half-typed filter could become.
package struct FilterCompletion: Sendable, Hashable {
  /// How many scalars at the end are replaced.
  package let length: Int
  /// In their place, the likeliest first; a field ends with its colon.
  package let candidates: [String]

  /// What could stand at the end of `text`: fields, or the values of the field that is being typed.
  package init(_ text: String, _ vocabulary: FilterVocabulary) {
    let scalars = Array(text.unicodeScalars)
    var start = scalars.count
    while start > 0, FilterScan.isWord(scalars[start - 1]) { start -= 1 }
    if start < scalars.count, scalars[start] == "-" { start += 1 }
    let word = scalars[start...]
    guard scalars[..<start].count(where: { $0 == "\"" }) % 2 == 0 else {
      (length, candidates) = (0, [])
      return
    }
    guard let key = FilterScan.key(word) else {
      length = word.count
      candidates = Self.fitting(word, Self.fields)
      return
    }
    let values = Self.values(of: key.lowercased(), vocabulary)
    let given = word.dropFirst(key.utf8.count + 1)
    let last = given.lastIndex(of: ",").map { given[($0 + 1)...] } ?? given
    let typed = last.drop { "<>=".unicodeScalars.contains($0) }
    length = typed.count
    candidates = Self.fitting(typed, values)
      .map { FilterValue($0).printed(alone: false) }
      .filter { !$0.unicodeScalars.elementsEqual(typed) }
  }

  /// `text` with its end replaced by a candidate.
  package func applied(_ candidate: String, to text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.dropLast(length))) + candidate
  }

  private static let fields =
    FilterField.allCases.filter { $0 != .word }.map { "\($0.name):" } + ["sort:"]

  private static func values(of name: String, _ vocabulary: FilterVocabulary) -> [String] {
    if name == "sort" {
      return CardOrder.Key.allCases.flatMap { ["\($0.rawValue)-desc", "\($0.rawValue)-asc"] }
    }
    return switch FilterField.names[name] {
    case .state: FilterState.allCases.map(\.rawValue)
    case .column: FilterState.allCases.filter { $0.status != nil }.map(\.rawValue)
    case .has: FilterThing.allCases.map(\.rawValue)
    case .track: vocabulary.tracks
    case .agent: ["me", "none"] + vocabulary.people
    case .by: ["me"] + vocabulary.people
    default: []
    }
  }

  private static func fitting(
    _ typed: ArraySlice<Unicode.Scalar>, _ words: [String]
  ) -> [String] {
    let typed = String(String.UnicodeScalarView(typed)).lowercased().unicodeScalars
    return words.filter { $0.lowercased().unicodeScalars.starts(with: typed) }
  }
}

extension FilterCompletion {
  /// What all candidates begin with, when that is more than was typed.
  package var shared: String? {
    guard var shared = candidates.first.map({ Array($0.unicodeScalars) }) else { return nil }
    for candidate in candidates.dropFirst() {
      let common = zip(shared, candidate.unicodeScalars).prefix { $0 == $1 }.count
      shared.removeLast(shared.count - common)
    }
    return shared.count > length ? String(String.UnicodeScalarView(shared)) : nil
  }
}
