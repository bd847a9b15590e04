package import Home

/// Why a filter cannot be used, and where.
package struct FilterError: Error, Sendable, Hashable, CustomStringConvertible {
  /// From 1, in scalars.
  package let column: Int
  /// Scalars that are wrong; at least 1.
  package let length: Int
  package let message: String
  /// What was perhaps meant, in place of what is wrong.
  package let suggestion: String?

  package init(_ message: String, column: Int, length: Int = 1, suggestion: String? = nil) {
    self.message = message
    self.column = column
    self.length = max(1, length)
    self.suggestion = suggestion
  }

  /// The message and the suggestion, without the place.
  package var words: String {
    suggestion.map { "\(message), did you mean “\($0)”?" } ?? message
  }

  package var description: String { "col \(column): \(words)" }

  /// As the command line tells it: the column is in the message.
  package func error(for query: String, field: String = "query") -> StudioError {
    StudioError(
      "invalid_argument", "\(field), \(self)", field: field, value: query,
      hint: "studio card list --help tells what a query can hold")
  }
}

/// The word that was perhaps meant.
enum Nearest {
  /// A known word that begins with `word`, or else one that a slip or two away from it.
  static func word(_ word: String, among known: some Sequence<String>) -> String? {
    let word = Array(word.lowercased().unicodeScalars.prefix(40))
    guard !word.isEmpty else { return nil }
    let limit = max(1, min(2, word.count / 2))
    var best: (slips: Int, word: String)?
    for candidate in known {
      let scalars = Array(candidate.lowercased().unicodeScalars.prefix(40))
      let slips = scalars.starts(with: word) ? 0 : distance(word, scalars)
      guard slips <= limit, best.map({ slips < $0.slips }) ?? true else { continue }
      best = (slips, candidate)
    }
    return best?.word
  }

  /// Letters put in, left out, replaced, or swapped with the next.
  private static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    var before: [Int] = []
    var row = Array(0...b.count)
    for i in a.indices {
      var next = [i + 1]
      for j in b.indices {
        var least = min(row[j] + (a[i] == b[j] ? 0 : 1), row[j + 1] + 1, next[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          least = min(least, before[j - 1] + 1)
        }
        next.append(least)
      }
      (before, row) = (row, next)
    }
    return row[b.count]
  }
}
