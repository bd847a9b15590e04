/// How clusters that terminals disagree on are drawn. Their width in the grid is the same.
package enum EmojiPolicy: Sendable {
  /// As written: for terminals that join clusters as Unicode says.
  case asIs
  /// The first pictograph of a joined emoji, without VS16 and skin tone: right everywhere.
  case reduced
}

/// What stands in the terminal for a cluster, chosen so that it takes the cells the grid gave it.
struct GlyphChoice {
  let emoji: EmojiPolicy
  /// ASCII only, for a locale without UTF-8.
  let isASCII: Bool
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
    if scalars.count == 1 { return single(base.value, width: width) }
    let isEmoji = scalars.contains {
      $0 == .joiner || $0 == .emojiStyle || $0.isSkinTone || $0 == .keycap
    }
    guard isEmoji, emoji == .reduced else { return .bytes(Array(text.utf8)) }
    switch libraryWidth(base.value) {
    case width: return single(base.value, width: width)
    case 1: return .bytes(Array(String(Character(base)).utf8) + [0x20])
    default: return .bytes(Array(Self.unknown[width == 2 ? 1 : 0].utf8))
    }
  }

  private func single(_ value: UInt32, width: Int) -> Choice {
    let columns = libraryWidth(value)
    if columns == width, !FrameEncoder.isReserved(value) { return .scalar(value) }
    if columns < 0, emoji == .reduced { return .bytes(Array(Self.unknown[width - 1].utf8)) }
    return .bytes(Unicode.Scalar(value).map { Array(String(Character($0)).utf8) } ?? [0x3F])
  }

  private static let unknown = ["□", "□ "]

  private static let twins: [Unicode.Scalar: UInt32] = {
    let pairs: [(String, String)] = [
      ("─━", "-"), ("│┃", "|"), ("┌┐└┘┏┓┗┛├┤┬┴┼", "+"), ("…", "."), ("•●", "*"), ("○", "o"),
      ("‖", "="), ("✓", "+"), ("▌▶▸", ">"), ("▾", "v"), ("“”", "\""), ("‘’", "'"), ("–—", "-"),
      ("·", "."), ("×", "x"), ("→", ">"), ("←", "<"), ("↑", "^"), ("↓", "v"), ("↵", "<"),
    ]
    var twins: [Unicode.Scalar: UInt32] = [:]
    for (many, one) in pairs {
      for scalar in many.unicodeScalars { twins[scalar] = one.unicodeScalars.first?.value }
    }
    return twins
  }()
}
