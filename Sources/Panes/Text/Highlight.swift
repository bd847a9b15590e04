import Terminal

/// Words in a line that stand out: names that are meant, and what is looked for.
enum Highlight {
  /// The text in small letters without accents, for comparing; as long, in characters, as the text
  /// where that can be, else the small letters alone.
  static func folded(_ text: String) -> String {
    let small = text.lowercased()
    return small.count == text.count ? small : text
  }

  /// A line that has pieces already.
  static func marked(_ line: [Span], mentions: [String] = [], sought: [String]) -> [Span] {
    guard !mentions.isEmpty || !sought.isEmpty else { return line }
    return line.flatMap { span in
      span.link == nil
        ? spans(span.text, span.style.name, mentions: mentions, sought: sought) : [span]
    }
  }

  /// The line as pieces.
  ///
  /// - Parameters:
  ///   - mentions: names, folded, that count behind an `@`; the longest first.
  ///   - sought: words, folded, that count wherever a word begins.
  static func spans(
    _ line: SafeText, _ style: StyleName, mentions: [String], sought: [String]
  ) -> [Span] {
    let text = Array(line.string)
    let small = Array(folded(line.string))
    guard text.count == small.count else { return [Span(line, style)] }
    var spans: [Span] = []
    var plain = ""
    var index = 0
    func startsWord(_ index: Int) -> Bool {
      index == 0 || !(small[index - 1].isLetter || small[index - 1].isNumber)
    }
    func match(_ word: String, at index: Int) -> Int? {
      let word = Array(word)
      guard !word.isEmpty, index + word.count <= small.count,
        small[index..<(index + word.count)].elementsEqual(word)
      else { return nil }
      return word.count
    }
    func endsWord(_ index: Int) -> Bool {
      index >= small.count || !(small[index].isLetter || small[index].isNumber)
    }
    while index < text.count {
      var found: (length: Int, style: StyleName)?
      if startsWord(index) {
        if small[index] == "@" {
          for name in mentions {
            if let length = match(name, at: index + 1), endsWord(index + 1 + length) {
              found = (length + 1, .badgeMention)
              break
            }
          }
        }
        for word in sought where found == nil {
          if let length = match(word, at: index) { found = (length, .match) }
        }
      }
      guard let found else {
        plain.append(text[index])
        index += 1
        continue
      }
      if !plain.isEmpty { spans.append(Span(SafeText(untrusted: plain), style)) }
      plain = ""
      spans.append(
        Span(SafeText(untrusted: String(text[index..<(index + found.length)])), found.style))
      index += found.length
    }
    if !plain.isEmpty { spans.append(Span(SafeText(untrusted: plain), style)) }
    return spans
  }
}
