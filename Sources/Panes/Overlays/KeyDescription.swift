import Terminal

/// Waits for a key or a sequence, to say what it does.
struct KeyDescription {
  /// Where the keys would be pressed.
  let context: String
  private(set) var pressed: [Key] = []
  private var next: [Keymap.Continuation] = []

  /// What a key led to.
  enum Outcome {
    /// More keys must follow.
    case open
    case cancelled
    case described([Key], Keymap.Binding?)
  }

  init(context: String) { self.context = context }

  /// A key that is both a command and the beginning of others is described as the command.
  mutating func press(_ key: Key, keymap: Keymap) -> Outcome {
    if key == Key(.escape) { return .cancelled }
    pressed.append(key)
    switch keymap.match(pressed, in: context) {
    case .none: return .described(pressed, nil)
    case .command(let binding), .either(let binding, _): return .described(pressed, binding)
    case .pending(let next):
      self.next = next
      return .open
    }
  }

  static func text(_ keys: [Key]) -> SafeText {
    SafeText(untrusted: keys.map(\.description).joined(separator: " "))
  }

  func draw(on surface: inout Surface, in area: Rect) {
    let words: SafeText =
      pressed.isEmpty
      ? "Press the key or the sequence that you want explained."
      : "\(Self.text(pressed))- goes on with \(SafeText(untrusted: next.map(\.step.description).joined(separator: " ")))"
    let rect = area.centered(width: min(area.width, max(46, words.width + 4)), height: 3)
    guard rect.height == 3 else { return }
    surface.fill(rect, Style(.overlay))
    let inside = surface.box(
      rect, title: "Describe a key", trailing: "Esc", border: .overlayBorder,
      titleStyle: .overlayTitle)
    surface.text(
      words, at: Point(x: inside.x + 1, y: inside.y), width: inside.width - 2,
      style: Style(.overlay))
    surface.cursor = Point(x: inside.x + 1, y: inside.y)
  }
}
