import Terminal

/// A field at the foot of the screen, and under it, where there is room, what is wrong or what could come next.
enum FootField {
  static func draw(
    _ editor: inout LineEditor, label: SafeText, placeholder: SafeText,
    hint: @autoclosure () -> (words: SafeText, style: StyleName), on surface: inout Surface,
    in status: Rect
  ) {
    let hasRoom = surface.size.rows >= 6
    let line = hasRoom ? Rect(x: 0, y: status.y - 1, width: status.width, height: 1) : status
    surface.fill(line, Style(.footer))
    let used = surface.spans(
      [Span(" WRITE ", .mode), Span(" \(label)", .inputLabel)], at: line.origin, width: line.width)
    if hasRoom {
      let (words, style) = hint()
      surface.fill(status, Style(.footer))
      surface.text(
        words, at: Point(x: status.x + 1, y: status.y), width: status.width - 2,
        style: Style(style))
    }
    editor.draw(
      on: &surface, in: line.splitLeft(used).rest, focused: true, placeholder: placeholder)
  }
}
