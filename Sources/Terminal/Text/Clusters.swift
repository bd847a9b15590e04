/// The cells of a safe string, left to right: each a cluster and its width (1 or 2; 0 for a line
/// feed). A cluster is a base with its marks, a flag, a keycap or one joined emoji.
package struct Clusters: Sequence, IteratorProtocol {
  /// One drawable unit.
  package struct Element: Hashable, Sendable {
    /// The scalars, already safe.
    package let text: Substring
    /// Cells taken: 1 or 2, 0 for `\n`.
    package let width: Int
  }

  private let text: String
  private var index: String.Index

  init(_ text: String) {
    self.text = text
    index = text.startIndex
  }

  package mutating func next() -> Element? {
    let (scalars, bytes) = (text.unicodeScalars, text.utf8)
    guard index < bytes.endIndex else { return nil }
    let start = index
    if bytes[start] < 0x80 {
      let next = bytes.index(after: start)
      if next == bytes.endIndex || bytes[next] < 0x80 || bytes[start] == 0x0A {
        index = next
        return Element(text: text[start..<next], width: bytes[start] == 0x0A ? 0 : 1)
      }
    }
    let base = scalars[index]
    scalars.formIndex(after: &index)
    var width = Swift.max(Width.of(base), 1)
    var last = base
    while index < scalars.endIndex {
      let scalar = scalars[index]
      let joins: Bool
      if last == .joiner {
        joins = true
      } else if scalar == .joiner || scalar == .emojiStyle || scalar == .textStyle {
        joins = true
        if scalar == .emojiStyle || scalar == .joiner { width = 2 }
      } else if scalar.isSkinTone, last.properties.isEmojiModifierBase {
        joins = true
        width = 2
      } else if scalar.isRegionalIndicator, last.isRegionalIndicator, last == base {
        joins = scalars.index(after: start) == index
        if joins { width = 2 }
      } else {
        joins = Width.of(scalar) == 0
      }
      guard joins else { break }
      last = scalar
      scalars.formIndex(after: &index)
    }
    return Element(text: text[start..<index], width: width)
  }
}
