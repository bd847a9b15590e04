/// What is wrong in a configuration file, and where. It costs the file that one line at most.
package struct ConfigProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// How much it matters: an error is to be put right, a warning works in another way than it
  /// reads, a note is worth knowing.
  package enum Severity: String, Sendable { case error, warning, note }

  package let severity: Severity
  package let file: String
  /// From 1.
  package let line: Int
  /// From 1, in scalars.
  package let column: Int
  /// Scalars to underline.
  package let length: Int
  package let message: String
  package let suggestion: String?
  /// The line as it stands in the file, made safe to print.
  package let source: String
  /// Whether the line has no effect.
  package let skipsLine: Bool

  package init(
    severity: Severity = .error, file: String, line: Int = 1, column: Int = 1, length: Int = 1,
    message: String, suggestion: String? = nil, source: String = "", skipsLine: Bool? = nil
  ) {
    self.severity = severity
    self.file = file
    self.line = line
    self.column = column
    self.length = length
    self.message = message
    self.suggestion = suggestion
    self.source = source
    self.skipsLine = skipsLine ?? (severity == .error)
  }

  /// `file:line:col: message` with the line, a mark under the word, and what to write instead.
  package var description: String {
    guard !source.isEmpty else { return summary }
    let mark =
      String(repeating: " ", count: column + 1) + "^"
      + String(repeating: "~", count: max(0, length - 1))
    let hint = suggestion.map { " did you mean “\($0)”? " } ?? ""
    let cost = skipsLine ? " this line is skipped" : ""
    let tail = (hint + cost).isEmpty ? "" : hint + cost
    return "\(summary)\n  \(source)\n\(mark)\(tail)"
  }

  /// `file:line:col: message`, for one line of screen.
  package var summary: String {
    let kind = severity == .error ? "" : "\(severity.rawValue): "
    return "\(file):\(line):\(column): \(kind)\(message)"
  }

  /// By file and place.
  package static func precedes(_ left: Self, _ right: Self) -> Bool {
    (left.file, left.line, left.column) < (right.file, right.line, right.column)
  }
}

/// The nearest known word, for "did you mean".
package func nearest(_ word: String, among known: some Sequence<String>) -> String? {
  let word = Array(word.unicodeScalars)
  let limit = max(1, min(3, word.count / 2))
  var best: (distance: Int, word: String)?
  for candidate in known {
    let distance = editDistance(word, Array(candidate.unicodeScalars), limit: limit)
    guard distance <= limit else { continue }
    if let best, (best.distance, best.word) <= (distance, candidate) { continue }
    best = (distance, candidate)
  }
  return best?.word
}

private func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar], limit: Int) -> Int {
  guard abs(a.count - b.count) <= limit else { return limit + 1 }
  var row = Array(0...b.count)
  for i in a.indices {
    var diagonal = row[0]
    row[0] = i + 1
    for j in b.indices {
      let replaced = diagonal + (a[i] == b[j] ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[b.count]
}
