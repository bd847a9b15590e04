/// Text that can be drawn: no control, escape, bidi or invisible scalar is left in it. The only
/// text a `Grid` accepts. Sanitised once, when made; what comes out of a `SafeText` is safe again.
///
/// A string literal becomes a `SafeText` as it stands; an interpolation takes other safe texts and
/// integers, never a plain `String`.
package struct SafeText: Hashable, Sendable {
  /// Most scalars kept of one line.
  package static let lineLimit = 4_096
  /// Most scalars kept of a body.
  package static let bodyLimit = 65_536

  /// The safe string.
  package let string: String

  /// One line of foreign text. Line breaks and tabs become spaces; cut after `limit` scalars.
  package init(untrusted text: String, limit: Int = lineLimit) {
    string = Sanitizer.clean(text, multiline: false, limit: limit)
  }

  /// A body of foreign text. Line feeds stay; tabs become spaces; cut after `limit` scalars.
  package init(untrustedMultiline text: String, limit: Int = bodyLimit) {
    string = Sanitizer.clean(text, multiline: true, limit: limit)
  }

  /// Our own words, from the source of the program.
  package init(_ literal: StaticString) { string = literal.description }

  init(safe: String) { string = safe }

  /// Whether there is nothing to draw.
  package var isEmpty: Bool { string.isEmpty }

  /// The cells, in order.
  package var clusters: Clusters { Clusters(string) }

  /// Cells taken by the widest line.
  package var width: Int {
    var widest = 0
    var current = 0
    for cluster in clusters {
      if cluster.width == 0 { current = 0 }
      current += cluster.width
      widest = max(widest, current)
    }
    return widest
  }

  package static func + (left: Self, right: Self) -> Self {
    SafeText(safe: left.string + right.string)
  }
}

extension SafeText: ExpressibleByStringInterpolation {
  /// Joins literals, safe texts and integers.
  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var string = ""

    package init(literalCapacity: Int, interpolationCount: Int) {
      string.reserveCapacity(literalCapacity + 8 * interpolationCount)
    }

    package mutating func appendLiteral(_ literal: StaticString) { string += literal.description }
    package mutating func appendInterpolation(_ text: SafeText) { string += text.string }
    package mutating func appendInterpolation(_ number: some BinaryInteger) {
      string += String(number)
    }
  }

  package init(stringLiteral value: StaticString) { string = value.description }

  package init(stringInterpolation: StringInterpolation) { string = stringInterpolation.string }
}

extension SafeText {
  /// At most `columns` cells: the text itself, or its beginning and `…`.
  package func truncated(to columns: Int) -> SafeText {
    guard columns > 0 else { return "" }
    guard width > columns else { return self }
    var kept = ""
    var used = 0
    for cluster in clusters {
      if used + cluster.width > columns - 1 { break }
      kept += cluster.text
      used += cluster.width
    }
    return SafeText(safe: kept + "…")
  }

  /// Filled with spaces to `columns` cells, or truncated to them.
  package func padded(to columns: Int) -> SafeText {
    let cut = truncated(to: columns)
    return SafeText(safe: cut.string + String(repeating: " ", count: max(0, columns - cut.width)))
  }

  /// The lines, split at line feeds only.
  package var lines: [SafeText] {
    string.split(separator: "\n", omittingEmptySubsequences: false).map {
      SafeText(safe: String($0))
    }
  }

  /// Lines of at most `columns` cells, broken between words where a word fits, inside it where not.
  /// Never empty; a width below 2 counts as 2 so that a wide character fits.
  package func wrapped(to columns: Int) -> [SafeText] {
    let columns = max(columns, 2)
    return lines.flatMap { $0.wrappedLine(columns) }
  }

  private func wrappedLine(_ columns: Int) -> [SafeText] {
    guard width > columns else { return [self] }
    var lines: [SafeText] = []
    var line = ""
    var lineWidth = 0
    var word = ""
    var wordWidth = 0

    func endLine() {
      while line.utf8.last == 0x20 { line.removeLast() }
      lines.append(SafeText(safe: line))
      line = ""
      lineWidth = 0
    }
    func endWord() {
      if lineWidth + wordWidth > columns, lineWidth > 0 { endLine() }
      line += word
      lineWidth += wordWidth
      word = ""
      wordWidth = 0
    }

    for cluster in clusters {
      if cluster.text == " " {
        endWord()
        if lineWidth < columns {
          line += " "
          lineWidth += 1
        } else {
          endLine()
        }
        continue
      }
      if wordWidth + cluster.width > columns { endWord() }
      word += cluster.text
      wordWidth += cluster.width
      // Wide scripts have no spaces: a line may end after any of their characters.
      if cluster.width == 2 { endWord() }
    }
    endWord()
    if lineWidth > 0 || lines.isEmpty { endLine() }
    return lines
  }
}
