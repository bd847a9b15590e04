/// A question in an overlay, answered by a line or a body of text. A pure value.
package struct Prompt: Sendable {
  /// What a key led to.
  package enum Outcome: Sendable {
    case accepted(String)
    case cancelled
    /// Still open.
    case open
  }

  package var title: SafeText
  /// Shown while nothing is typed.
  package let placeholder: SafeText
  /// Why the text cannot be accepted as it stands; shown below it.
  package var complaint: SafeText?
  /// How much of what may be written is written; shown with the keys.
  package var gauge: SafeText = ""
  /// More is written than may be.
  package var isOver = false
  /// The text so far.
  package var editor: LineEditor

  package init(
    title: SafeText, text: String = "", placeholder: SafeText = "", isMultiline: Bool = false,
    limit: Int = 16_384
  ) {
    self.title = title
    self.placeholder = placeholder
    editor = LineEditor(text, isMultiline: isMultiline, limit: limit)
  }

  /// Enter accepts, C-j or Alt-Enter breaks the line, Esc cancels, other keys edit.
  package mutating func press(_ key: Key) -> Outcome {
    if key == Key(.escape) { return .cancelled }
    if key == Key(.enter) { return .accepted(editor.text) }
    if editor.press(key) { complaint = nil }
    return .open
  }

  /// Draws it at the foot of an area and puts the cursor into it.
  package mutating func draw(on surface: inout Surface, in area: Rect) {
    let lines = editor.isMultiline ? max(3, min(8, editor.height(width: area.width - 4))) : 1
    let (_, rect) = area.splitBottom(min(area.height, lines + 2))
    guard rect.height >= 3, rect.width >= 6 else { return }
    surface.fill(rect, Style(.input))
    let keys: SafeText = editor.isMultiline ? "↵ send  C-j new line  Esc" : "↵ done  Esc"
    let hint = gauge.isEmpty ? keys : "\(gauge)  \(keys)"
    // Where there is no room for both, the number matters more.
    let fits = title.width + hint.width + 8 <= rect.width
    let inside = surface.box(
      rect, title: title, trailing: complaint ?? (fits ? hint : gauge), border: .overlayBorder,
      titleStyle: complaint == nil && !isOver ? .overlayTitle : .toastError)
    editor.draw(
      on: &surface, in: inside.inset(dx: 1, dy: 0), focused: true, placeholder: placeholder)
  }
}
