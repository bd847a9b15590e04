/// What the items of a picker are found by, each kind side by side: at every key thousands are looked
/// through, of which none is copied. A pure value.
struct PickerIndex: Sendable {
  private var titles = FuzzyMatch.Candidates()
  private var bonus: [Int] = []
  /// The scalars of the sigils; 0 for none.
  private var sigils: [UInt32] = []
  /// The words that are not shown.
  private var also: [[Substring]] = []
  /// The query of the last narrowing, and what it or more of it may fit, in the order given.
  private var narrowed: (query: String, fitting: [Int])?

  /// So far behind everything whose title fits stands what is found by other words.
  private static let behind = 1_000

  init<ID>(_ items: [Picker<ID>.Item]) {
    for item in items {
      titles.append(FuzzyMatch.Candidate("\(item.title) \(item.detail)"))
      bonus.append(item.bonus)
      sigils.append(item.sigil?.value ?? 0)
      also.append(item.also.split(separator: " "))
    }
  }

  /// The indices of the items that fit, the best first.
  mutating func narrow(to whole: String) -> [Int] {
    var text = whole.unicodeScalars[...]
    var sigil: UInt32?
    if let first = text.first?.value, sigils.contains(first) {
      sigil = first
      text.removeFirst()
    }
    // What did not fit a beginning does not fit more of it.
    let among =
      narrowed.flatMap { !$0.query.isEmpty && whole.hasPrefix($0.query) ? $0.fitting : nil }
      ?? Array(bonus.indices)
    let query = String(String.UnicodeScalarView(text))
    let words = query.lowercased().split(separator: " ")
    var fitting: [Int] = []
    var ranks: [Rank] = []
    fitting.reserveCapacity(among.count)
    ranks.reserveCapacity(among.count)
    titles.score(among, with: FuzzyMatch(query)) { index, score in
      guard sigil == nil || sigils[index] == sigil else { return }
      if let score {
        ranks.append(Rank(index: index, score: score + bonus[index]))
      } else if !also[index].isEmpty {
        // A longer word may begin one of those that are not shown.
        if Self.holds(also[index], words) {
          ranks.append(Rank(index: index, score: bonus[index] - Self.behind))
        }
      } else {
        return
      }
      fitting.append(index)
    }
    narrowed = (whole, fitting)
    // An empty query leaves the order as it is given.
    return text.isEmpty ? ranks.map(\.index) : Self.sorted(ranks)
  }

  private struct Rank {
    let index: Int
    let score: Int
  }

  /// The best first, those that fit alike as they are given. Scores lie close together, so they are
  /// counted instead of compared.
  private static func sorted(_ ranks: [Rank]) -> [Int] {
    guard let first = ranks.first?.score else { return [] }
    let (least, most) = ranks.reduce((first, first)) {
      (min($0.0, $1.score), max($0.1, $1.score))
    }
    // Where the ranks of a score begin: after all of better ones.
    var places = [Int](repeating: 0, count: most - least + 2)
    for rank in ranks { places[most - rank.score + 1] += 1 }
    for index in places.indices.dropFirst() { places[index] += places[index - 1] }
    var sorted = [Int](repeating: 0, count: ranks.count)
    for rank in ranks {
      sorted[places[most - rank.score]] = rank.index
      places[most - rank.score] += 1
    }
    return sorted
  }

  /// Whether every word of a query begins one of an item's.
  private static func holds(_ all: [Substring], _ words: [Substring]) -> Bool {
    !words.isEmpty
      && words.allSatisfy { word in word.count > 1 && all.contains { $0.hasPrefix(word) } }
  }
}
