/// How well a query fits a title: its characters in order, better at word beginnings and in a row.
/// Letter case and, for Latin letters, accents do not matter.
package struct FuzzyMatch: Sendable {
  private let query: [[UInt32]]
  private let letters: UInt64

  package init(_ query: String) {
    self.query = query.split(separator: " ").map { Self.folded(String($0)) }
    letters = self.query.reduce(0) { $0 | Self.mask($1) }
  }

  /// A title prepared for many queries.
  package struct Candidate: Sendable {
    /// Folded; the first of each word has `FuzzyMatch.begins` set.
    fileprivate let scalars: [UInt32]
    fileprivate let letters: UInt64

    package init(_ text: SafeText) {
      let folded = FuzzyMatch.folded(text.string)
      letters = FuzzyMatch.mask(folded)
      scalars = FuzzyMatch.marked(folded)
    }
  }

  /// Many titles in one piece of memory, for a query that goes through all of them.
  package struct Candidates: Sendable {
    private var scalars: [UInt32] = []
    private var ends: [Int] = [0]
    private var letters: [UInt64] = []

    package init() {}

    package mutating func append(_ candidate: Candidate) {
      scalars += candidate.scalars
      ends.append(scalars.count)
      letters.append(candidate.letters)
    }

    /// Calls `body` with each of the titles at `indices` and its score; nil for one that does not fit.
    func score(_ indices: [Int], with match: FuzzyMatch, _ body: (Int, Int?) -> Void) {
      scalars.withUnsafeBufferPointer { all in
        for index in indices {
          // Most do not even have the letters.
          guard match.letters & ~letters[index] == 0 else {
            body(index, nil)
            continue
          }
          body(
            index, match.score(UnsafeBufferPointer(rebasing: all[ends[index]..<ends[index + 1]])))
        }
      }
    }
  }

  private static let begins: UInt32 = 1 << 31
  private static let scalar = ~begins

  /// The larger the better; nil when a character is missing. An empty query fits everything alike.
  package func score(_ candidate: Candidate) -> Int? {
    guard letters & ~candidate.letters == 0 else { return nil }
    return candidate.scalars.withUnsafeBufferPointer(score)
  }

  private func score(_ text: UnsafeBufferPointer<UInt32>) -> Int? {
    var total = 0
    for word in query {
      guard let score = Self.score(word, text) else { return nil }
      total += score
    }
    return total
  }

  private static func score(_ word: [UInt32], _ text: UnsafeBufferPointer<UInt32>) -> Int? {
    var best: Int?
    for start in text.indices where text[start] & scalar == word[0] {
      var score = 0
      var at = start
      var last = start - 1
      for wanted in word {
        while at < text.count, text[at] & scalar != wanted { at += 1 }
        guard at < text.count else { return best }
        score += at == last + 1 && at != start ? 8 : text[at] & begins != 0 ? 10 : 1
        score -= min(3, at - last - 1) * (at == start ? 0 : 1)
        last = at
        at += 1
      }
      if start == 0 { score += 4 }
      best = max(best ?? score, score)
    }
    return best
  }

  /// Marks what begins a word: what no letter stands before.
  private static func marked(_ folded: [UInt32]) -> [UInt32] {
    var marked = folded
    var afterLetter = false
    for index in marked.indices {
      let value = marked[index]
      if !afterLetter { marked[index] |= begins }
      afterLetter =
        value < 0x80
        ? (0x61...0x7A).contains(value)
        : Unicode.Scalar(value)?.properties.isAlphabetic ?? false
    }
    return marked
  }

  private static func folded(_ text: String) -> [UInt32] {
    var folded: [UInt32] = []
    folded.reserveCapacity(text.utf8.count)
    // Most titles are ASCII, and a thousand of them are folded at once.
    if text.utf8.allSatisfy({ $0 < 0x80 }) {
      for byte in text.utf8 {
        folded.append(UInt32((0x41...0x5A).contains(byte) ? byte + 0x20 : byte))
      }
      return folded
    }
    for character in text {
      if let ascii = character.asciiValue {
        let lower = (0x41...0x5A).contains(ascii) ? ascii + 0x20 : ascii
        folded.append(UInt32(lower))
      } else {
        // The base of a decomposed letter.
        folded += String(character).lowercased().decomposedBase.map(\.value)
      }
    }
    return folded
  }

  private static func mask(_ scalars: [UInt32]) -> UInt64 {
    scalars.reduce(0) { $0 | 1 << UInt64($1 % 64) }
  }
}

extension String {
  /// Its scalars without accents, as far as comparison can tell Latin letters.
  fileprivate var decomposedBase: [Unicode.Scalar] {
    let scalars = Array(unicodeScalars)
    guard let first = scalars.first, (0xC0...0x17F).contains(first.value) else { return scalars }
    let name = first.properties.name ?? ""
    guard let range = name.wordAfter("LETTER"), let base = range.unicodeScalars.first,
      range.utf8.count == 1
    else { return scalars }
    return [Unicode.Scalar(base.value + 0x20) ?? first]
  }

  private func wordAfter(_ marker: String) -> Substring? {
    let words = split(separator: " ")
    guard let index = words.firstIndex(where: { $0 == marker }), index + 1 < words.count else {
      return nil
    }
    return words[index + 1]
  }
}
