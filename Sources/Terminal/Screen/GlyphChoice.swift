/// The clusters that are drawn as written, because the terminal gives them the width that Unicode
/// says. What is not in it is drawn reduced: the first pictograph of a joined emoji, without VS16
/// and skin tone, right everywhere. Their width in the grid is the same.
package struct EmojiPolicy: OptionSet, Hashable, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// A sign made an emoji by VS16.
  package static let styled = EmojiPolicy(rawValue: 1)
  package static let keycap = EmojiPolicy(rawValue: 2)
  package static let flag = EmojiPolicy(rawValue: 4)
  /// Several joined by ZWJ.
  package static let joined = EmojiPolicy(rawValue: 8)
  package static let skinTone = EmojiPolicy(rawValue: 16)
  /// Emoji newer than the C library.
  package static let recent = EmojiPolicy(rawValue: 32)

  /// For terminals that draw every cluster as Unicode says.
  package static let asIs: EmojiPolicy = [.styled, .keycap, .flag, .joined, .skinTone, .recent]
  /// For terminals that were not asked.
  package static let reduced: EmojiPolicy = [.flag]

  /// What a terminal must know to draw a cluster as written; empty for what all draw.
  init(of scalars: [Unicode.Scalar]) {
    self = []
    for scalar in scalars {
      if scalar == .joiner { insert(.joined) }
      if scalar == .emojiStyle { insert(.styled) }
      if scalar == .keycap { insert(.keycap) }
      if scalar.isSkinTone { insert(.skinTone) }
      if scalar.isRegionalIndicator { insert(.flag) }
    }
    if contains(.keycap) { remove(.styled) }
  }
}

/// What stands in the terminal for a cluster, chosen so that it takes the cells the grid gave it.
struct GlyphChoice {
  var emoji: EmojiPolicy
  /// ASCII only, for a locale without UTF-8.
  let isASCII: Bool
  /// ASCII for lines and signs alone: the terminal draws those two columns wide.
  var drawsSignsInASCII = false
  /// Columns by the C library; -1 when it does not know the character.
  let libraryWidth: (UInt32) -> Int

  enum Choice: Equatable {
    /// ncurses draws this scalar right.
    case scalar(UInt32)
    /// These bytes stand behind a placeholder of the cluster's width.
    case bytes([UInt8])
  }

  func choose(_ text: String, width: Int) -> Choice {
    let scalars = Array(text.unicodeScalars)
    guard let base = scalars.first else { return .scalar(0x20) }
    if isASCII {
      let twin = base.isASCII ? base.value : Self.twins[base] ?? UInt32(UInt8(ascii: "?"))
      return width == 1 ? .scalar(twin) : .bytes([UInt8(truncatingIfNeeded: twin), 0x20])
    }
    if drawsSignsInASCII, width == 1, let twin = Self.twins[base] { return .scalar(twin) }
    if scalars.count == 1 { return single(base.value, width: width) }
    let needed = EmojiPolicy(of: scalars)
    guard !emoji.isSuperset(of: needed) else { return .bytes(Array(text.utf8)) }
    if needed == .flag {
      return .bytes(scalars.map { UInt8(truncatingIfNeeded: $0.value - 0x1F1E6 + 0x41) })
    }
    switch libraryWidth(base.value) {
    case width: return single(base.value, width: width)
    case 1: return .bytes(Array(String(Character(base)).utf8) + [0x20])
    default: return .bytes(Array(Self.unknown[width == 2 ? 1 : 0].utf8))
    }
  }

  private func single(_ value: UInt32, width: Int) -> Choice {
    let columns = libraryWidth(value)
    if columns == width, !FrameEncoder.isReserved(value) { return .scalar(value) }
    if columns < 0, !emoji.contains(.recent) { return .bytes(Array(Self.unknown[width - 1].utf8)) }
    return .bytes(Unicode.Scalar(value).map { Array(String(Character($0)).utf8) } ?? [0x3F])
  }

  private static let unknown = ["□", "□ "]

  private static let twins: [Unicode.Scalar: UInt32] = {
    let pairs: [(String, String)] = [
      ("─━", "-"), ("│┃", "|"), ("┌┐└┘┏┓┗┛├┤┬┴┼", "+"), ("…", "."), ("•●", "*"), ("◐", "|"),
      ("◓", "/"), ("◑", "-"), ("◒", "\\"), ("○", "o"),
      ("‖", "="), ("✓", "+"), ("▌▶▸", ">"), ("▾", "v"), ("“”", "\""), ("‘’", "'"), ("–—", "-"),
      ("·", "."), ("×", "x"), ("→›", ">"), ("←‹", "<"), ("↑", "^"), ("↓", "v"), ("↵", "<"),
    ]
    var twins: [Unicode.Scalar: UInt32] = [:]
    for (many, one) in pairs {
      for scalar in many.unicodeScalars { twins[scalar] = one.unicodeScalars.first?.value }
    }
    return twins
  }()
}
