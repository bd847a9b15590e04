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

  /// Every byte is a cell of its own: nothing but ASCII, on one line. Most text is.
  var isPlain: Bool {
    let bytes = string.utf8.span
    for index in bytes.indices where !(0x20..<0x7F).contains(bytes[index]) { return false }
    return true
  }

  /// Bytes of it, where every byte is a character.
  private func slice(_ range: Range<Int>) -> SafeText {
    let bytes = string.utf8
    let start = bytes.index(bytes.startIndex, offsetBy: range.lowerBound)
    return SafeText(safe: String(string[start..<bytes.index(start, offsetBy: range.count)]))
  }

  /// Cells taken by the widest line.
  package var width: Int {
    if isPlain { return string.utf8.count }
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
    // A cell takes a byte or more.
    guard string.utf8.count > columns, width > columns else { return self }
    if isPlain { return SafeText(safe: slice(0..<columns - 1).string + "…") }
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
    string.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map {
      SafeText(safe: String(Substring($0)))
    }
  }

  /// Lines of at most `columns` cells, broken between words where a word fits, inside it where not.
  /// Never empty; a width below 2 counts as 2 so that a wide character fits.
  package func wrapped(to columns: Int) -> [SafeText] {
    let columns = max(columns, 2)
    return lines.flatMap { $0.wrappedLine(columns) }
  }

  private func wrappedLine(_ columns: Int) -> [SafeText] {
    if isPlain { return wrappedPlainLine(columns) }
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

  /// The same for a line in which every byte is a cell: each line of it is a piece of the text.
  private func wrappedPlainLine(_ columns: Int) -> [SafeText] {
    let bytes = string.utf8.span
    guard bytes.count > columns else { return [self] }
    var lines: [SafeText] = []
    var (line, word) = (0, 0)

    func endLine(_ end: Int) {
      var end = end
      while end > line, bytes[end - 1] == 0x20 { end -= 1 }
      lines.append(slice(line..<end))
    }
    func endWord(_ end: Int) {
      guard end - line > columns, word > line else { return }
      endLine(word)
      line = word
    }

    for index in bytes.indices {
      if bytes[index] == 0x20 {
        endWord(index)
        if index - line >= columns {
          endLine(index)
          line = index + 1
        }
        word = index + 1
      } else if index - word >= columns {
        endWord(index)
        word = index
      }
    }
    endWord(bytes.count)
    if bytes.count > line || lines.isEmpty { endLine(bytes.count) }
    return lines
  }
}
