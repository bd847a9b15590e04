import Replica
import TestKit

@testable import Workspace

/// Filters made by chance.
enum RandomFilter {
  /// What values may be drawn from, by field.
  struct Words {
    var words: [String]
    var quoted: [String]
    var tracks: [String]
    var people: [String]
    var labels: [String]
    var kinds: [String]
    var ids: [String]
    var days: [String]
    var durations: [String]
  }

  /// Anything that the grammar can hold.
  static let grammar = Words(
    words: ["a", "foo", "a-b", "x,y", "10:30", "é", "retr*"],
    quoted: ["a b", "-x", "is:open", "q\"q", "b\\s", "OR", "(x)", " x ", "a|b", "https://x"],
    tracks: ["ops", "two words", ">x", "a,b", "q\"", "-x"], people: ["me", "atlas", "Jo Ann"],
    labels: ["ci", "x:y", "()", "~"], kinds: ["task", "note"],
    ids: ["1f0c9a2e", "30530:ab:c"], days: ["2026-01-31", "1970-01-01"],
    durations: ["10m", "3h", "2d", "0s", "9y"])

  static func query(_ random: inout SeededRandom, _ words: Words) -> FilterQuery {
    let order: CardOrder? =
      Int.random(in: 0..<3, using: &random) > 0
      ? nil
      : CardOrder(
        pick(CardOrder.Key.allCases, &random), descending: Bool.random(using: &random))
    let root = Int.random(in: 0..<20, using: &random) == 0 ? .all([]) : node(&random, words, 3)
    return FilterQuery(root, order: order)
  }

  private static func pick<T>(_ all: [T], _ random: inout SeededRandom) -> T {
    all[Int.random(in: all.indices, using: &random)]
  }

  private static func node(
    _ random: inout SeededRandom, _ words: Words, _ depth: Int
  ) -> FilterNode {
    guard depth > 0 else { return .term(term(&random, words)) }
    let parts = (0..<Int.random(in: 1...3, using: &random)).map { _ in
      node(&random, words, depth - 1)
    }
    return switch Int.random(in: 0..<6, using: &random) {
    case 0, 1: .all(parts)
    case 2, 3: .any(parts)
    case 4: .not(parts[0])
    default: .term(term(&random, words))
    }
  }

  private static func term(_ random: inout SeededRandom, _ words: Words) -> FilterTerm {
    let field = pick(FilterField.allCases, &random)
    func some(_ all: [String], quoted: Bool = false) -> [FilterValue] {
      (0..<pick([1, 1, 2, 3], &random)).map { _ in FilterValue(pick(all, &random), isQuoted: quoted)
      }
    }
    func one(_ all: [String]) -> [FilterValue] { [FilterValue(pick(all, &random))] }
    let isQuoted = Bool.random(using: &random)
    let time: [Comparison] = [.less, .greater, .atMost, .atLeast]
    switch field {
    case .word:
      return FilterTerm(
        field, nil,
        [FilterValue(pick(isQuoted ? words.quoted : words.words, &random), isQuoted: isQuoted)])
    case .text:
      // Values may not hold commas without quotes.
      let plain = words.words.filter { !$0.contains(",") }
      return FilterTerm(field, nil, some(isQuoted ? words.quoted : plain, quoted: isQuoted))
    case .state: return FilterTerm(field, nil, some(FilterState.allCases.map(\.rawValue)))
    case .has: return FilterTerm(field, nil, some(FilterThing.allCases.map(\.rawValue)))
    case .track: return FilterTerm(field, nil, some(words.tracks))
    case .agent: return FilterTerm(field, nil, some(words.people + ["none"]))
    case .by: return FilterTerm(field, nil, some(words.people))
    case .label: return FilterTerm(field, nil, some(words.labels))
    case .column: return FilterTerm(field, nil, some(["open", "done", "in_progress"]))
    case .kind: return FilterTerm(field, nil, some(words.kinds))
    case .id: return FilterTerm(field, nil, some(words.ids))
    case .age, .quiet: return FilterTerm(field, pick(time, &random), one(words.durations))
    case .updated:
      return isQuoted
        ? FilterTerm(field, pick(time, &random), one(words.durations))
        : FilterTerm(field, pick(time + [.equal], &random), one(words.days))
    case .unread:
      return FilterTerm(field, pick(Comparison.allCases, &random), one(["0", "1", "2", "5"]))
    }
  }
}
