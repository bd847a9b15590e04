/// One word of a configuration line.
struct ConfigWord: Hashable, Sendable {
  let text: String
  /// From 1, in scalars.
  let column: Int
  let length: Int
  let isQuoted: Bool
}

/// One line that holds words.
struct ConfigLine: Sendable {
  let file: String
  let number: Int
  let source: String
  let words: [ConfigWord]

  func problem(
    _ message: String, at word: ConfigWord? = nil, suggestion: String? = nil,
    severity: ConfigProblem.Severity = .error, skipsLine: Bool? = nil
  ) -> ConfigProblem {
    let word = word ?? words.last
    return ConfigProblem(
      severity: severity, file: file, line: number, column: word?.column ?? 1,
      length: word?.length ?? 1, message: message, suggestion: suggestion, source: source,
      skipsLine: skipsLine)
  }
}

/// The words of a theme or keymap file: separated by blanks, `"quoted"`, with comments from a `#`
/// that begins the line or follows two blanks, and is itself followed by a blank or nothing.
enum ConfigLexer {
  static let mostLines = 5_000
  static let longestLine = 1_000

  static func lines(of text: String, file: String) -> (
    lines: [ConfigLine], problems: [ConfigProblem]
  ) {
    var lines: [ConfigLine] = []
    var problems: [ConfigProblem] = []
    var number = 0
    for raw in text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false) {
      number += 1
      let scalars = Array(raw.last == "\r" ? raw.dropLast() : raw[...])
      let source = SafeText(
        untrusted: String(String.UnicodeScalarView(scalars.prefix(longestLine)))
      ).string
      func problem(_ message: String, _ column: Int) -> ConfigProblem {
        ConfigLine(file: file, number: number, source: source, words: []).problem(
          message,
          at: ConfigWord(text: "", column: column, length: 1, isQuoted: false))
      }
      if number > mostLines {
        problems.append(problem("more than \(mostLines) lines; the rest is not read", 1))
        break
      }
      if scalars.count > longestLine {
        problems.append(problem("longer than \(longestLine) characters", longestLine))
        continue
      }
      if let bad = scalars.firstIndex(where: { $0.value < 0x20 && $0 != "\t" || $0.value == 0x7F })
      {
        problems.append(problem("a control character", bad + 1))
        continue
      }
      switch words(of: scalars) {
      case .success(let words):
        guard !words.isEmpty else { continue }
        lines.append(ConfigLine(file: file, number: number, source: source, words: words))
      case .failure(let open): problems.append(problem("the quote is not closed", open.column))
      }
    }
    return (lines, problems)
  }

  private struct OpenQuote: Error { let column: Int }

  private static func words(of line: [Unicode.Scalar]) -> Result<[ConfigWord], OpenQuote> {
    var words: [ConfigWord] = []
    var index = 0
    while index < line.count {
      if isBlank(line[index]) {
        index += 1
        continue
      }
      if startsComment(line, index) { break }
      let start = index
      var text = String.UnicodeScalarView()
      let isQuoted = line[index] == "\"" && line[(index + 1)...].contains { !isBlank($0) }
      if isQuoted {
        index += 1
        while index < line.count, line[index] != "\"" {
          text.append(line[index])
          index += 1
        }
        guard index < line.count else { return .failure(OpenQuote(column: start + 1)) }
        index += 1
      } else {
        while index < line.count, !isBlank(line[index]) {
          text.append(line[index])
          index += 1
        }
      }
      words.append(
        ConfigWord(
          text: String(text), column: start + 1, length: index - start, isQuoted: isQuoted))
    }
    return .success(words)
  }

  private static func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" }

  private static func startsComment(_ line: [Unicode.Scalar], _ index: Int) -> Bool {
    guard line[index] == "#" else { return false }
    if line[..<index].allSatisfy(isBlank) { return true }
    guard index + 1 == line.count || isBlank(line[index + 1]) else { return false }
    return index >= 2 && isBlank(line[index - 1])
      && (isBlank(line[index - 2]) || line[index - 1] == "\t")
  }
}
