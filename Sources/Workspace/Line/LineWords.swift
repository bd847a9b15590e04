import Home

/// A command line taken apart: words between blanks, `"…"` where a word holds blanks.
///
/// A quote counts only where a word or an option's value begins, so `don't` and `5"` are text. Within quotes `\"`,
/// `\\` and `\n` stand for a quote, a backslash and a line break.
package struct LineWords: Sendable, Hashable {
  package struct Word: Sendable, Hashable {
    package let text: String
    /// Where it begins, in scalars of the line.
    package let start: Int
    package let isQuoted: Bool
  }

  package private(set) var words: [Word] = []
  /// The last quote is not closed yet.
  package private(set) var isOpen = false
  private let scalars: [Unicode.Scalar]

  package init(_ line: String) {
    scalars = Array(line.unicodeScalars)
    var at = 0
    while at < scalars.count {
      if Self.isBlank(scalars[at]) {
        at += 1
      } else {
        words.append(word(&at))
      }
    }
  }

  private mutating func word(_ at: inout Int) -> Word {
    let start = at
    var text = String.UnicodeScalarView()
    var isQuoted = false
    while at < scalars.count, !Self.isBlank(scalars[at]) {
      if scalars[at] == "\"", at == start || (text.last == "=" && text.first == "-") {
        isQuoted = isQuoted || at == start
        at += 1
        quoted(&at, into: &text)
        if at == scalars.count || Self.isBlank(scalars[at]) { break }
      } else {
        text.append(scalars[at])
        at += 1
      }
    }
    return Word(text: String(text), start: start, isQuoted: isQuoted)
  }

  private mutating func quoted(_ at: inout Int, into text: inout String.UnicodeScalarView) {
    while at < scalars.count {
      let scalar = scalars[at]
      at += 1
      if scalar == "\"" { return }
      guard scalar == "\\", at < scalars.count, ["\"", "\\", "n"].contains(scalars[at]) else {
        text.append(scalar)
        continue
      }
      text.append(scalars[at] == "n" ? "\n" : scalars[at])
      at += 1
    }
    isOpen = true
  }

  /// The line from a word to its end, as it stands.
  package func rest(from index: Int) -> String {
    var end = scalars.count
    while end > 0, Self.isBlank(scalars[end - 1]) { end -= 1 }
    return Self.text(scalars[words[index].start..<end])
  }

  /// The end of the line from a place on, as it stands.
  func tail(from start: Int) -> String { Self.text(scalars[min(start, scalars.count)...]) }

  /// Whether the line ends within a word.
  var endsInWord: Bool { isOpen || scalars.last.map { !Self.isBlank($0) } ?? false }

  var count: Int { scalars.count }

  /// A value as a word of a line.
  package static func quoting(_ value: String) -> String {
    let needs =
      value.isEmpty || value.unicodeScalars.contains { isBlank($0) || $0 == "\n" }
      || value.hasPrefix("\"")
    guard needs else { return value }
    var quoted = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text)
  }

  private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
    scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r"
  }
}
