import Terminal

/// Asks for the key that is to do a command.
struct KeyBinding {
  let command: PaneCommand

  func draw(on surface: inout Surface, in area: Rect) {
    let words: SafeText = "Press the key that shall do “\(command.title)”."
    let rect = area.centered(width: min(area.width, max(46, words.width + 4)), height: 4)
    guard rect.height == 4 else { return }
    surface.fill(rect, Style(.overlay))
    let inside = surface.box(
      rect, title: "Bind a key", trailing: "Esc", border: .overlayBorder, titleStyle: .overlayTitle)
    surface.text(
      words, at: Point(x: inside.x + 1, y: inside.y), width: inside.width - 2,
      style: Style(.overlay))
    surface.text(
      "For a sequence such as g x: keys.conf.",
      at: Point(x: inside.x + 1, y: inside.y + 1), width: inside.width - 2, style: Style(.dim))
    surface.cursor = Point(x: inside.x + 1, y: inside.y)
  }
}
