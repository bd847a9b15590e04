/// One word of a configuration line.
package struct ConfigWord: Hashable, Sendable {
  package let text: String
  /// From 1, in scalars.
  package let column: Int
  package let length: Int
  package let isQuoted: Bool
}

/// One line that holds words.
package struct ConfigLine: Sendable {
  package let file: String
  /// From 1.
  package let number: Int
  /// As it stands in the file, made safe to print.
  package let source: String
  /// At least one.
  package let words: [ConfigWord]

  /// What is wrong with this line: at the last word unless given.
  package func problem(
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

/// The words of a configuration file: separated by blanks, `"quoted"`, with comments from a `#`
/// that begins the line or follows two blanks, and is itself followed by a blank or nothing.
package enum ConfigLexer {
  package static let mostLines = 5_000
  package static let longestLine = 1_000

  /// The lines that hold words, and what is wrong with the others.
  package static func lines(of text: String, file: String) -> (
    lines: [ConfigLine], problems: [ConfigProblem]
  ) {
    var lines: [ConfigLine] = []
    var problems: [ConfigProblem] = []
    var number = 0
    for raw in text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false) {
      number += 1
      let scalars = Array(raw.last == "\r" ? raw.dropLast() : raw[...])
      let source = printable(scalars.prefix(longestLine))
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

  /// Scalar for scalar, so that columns stay true: what draws nothing or steers a terminal is replaced.
  private static func printable(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    var out = String.UnicodeScalarView()
    for scalar in scalars {
      if scalar == "\t" {
        out.append(" ")
      } else if (0x20...0x7E).contains(scalar.value) {
        out.append(scalar)
      } else if scalar.properties.isDefaultIgnorableCodePoint {
        out.append("\u{FFFD}")
      } else {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .unassigned, .lineSeparator, .paragraphSeparator:
          out.append("\u{FFFD}")
        default: out.append(scalar)
        }
      }
    }
    return String(out)
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
