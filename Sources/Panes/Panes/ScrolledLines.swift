import Terminal

/// Which of the lines of a pane that only scrolls are in sight.
struct ScrolledLines {
  private(set) var offset = 0
  private var (height, count) = (1, 0)

  /// Whether there are more lines than the pane has rows.
  var scrolls: Bool { count > height }

  /// How much has been in sight, in hundredths: `73%`; empty where nothing scrolls.
  var share: SafeText { scrolls ? "\(min(100, (offset + height) * 100 / count))%" : "" }

  /// Takes how many lines there are for how many rows.
  mutating func fit(_ count: Int, height: Int) {
    (self.count, self.height) = (count, max(1, height))
    offset = max(0, min(offset, count - self.height))
  }

  mutating func go(to line: Int) { offset = max(0, line) }

  static func has(_ command: PaneCommand) -> Bool {
    switch command {
    case .scrollDown, .scrollUp, .scrollFirst, .scrollLast, .pageDown, .pageUp: true
    default: false
    }
  }

  /// Scrolls as a command says; false for any other.
  mutating func perform(_ command: PaneCommand) -> Bool {
    switch command {
    case .scrollDown: offset += 1
    case .scrollUp: offset -= 1
    case .scrollFirst: offset = 0
    case .scrollLast: offset = count
    case .pageDown: offset += max(1, height - 1)
    case .pageUp: offset -= max(1, height - 1)
    default: return false
    }
    offset = max(0, min(offset, count - height))
    return true
  }

  /// Draws what is in sight of lines that were made for one cell less at either side.
  mutating func draw(_ lines: [[Span]], on surface: inout Surface, in area: Rect) {
    fit(lines.count, height: area.height)
    for (y, line) in lines.dropFirst(offset).prefix(area.height).enumerated() {
      surface.spans(line, at: Point(x: area.x + 1, y: area.y + y), width: area.width - 1)
    }
  }
}
