import Terminal

/// Somebody and how they are, in one line, or in two where there is less width.
struct AgentLine {
  private let text: PresenceText
  private let isSelected: Bool

  init(_ text: PresenceText, isSelected: Bool) {
    self.text = text
    self.isSelected = isSelected
  }

  private var mark: Span { Span(isSelected ? "▌" : " ", isSelected ? .strong : .text) }
  private var layers: StyleLayers { isSelected ? .selected : [] }

  private static func cardWidth(_ width: Int) -> Int { width >= 150 ? 32 : 22 }

  /// What stands above the columns of a wide list.
  static func heads(_ width: Int) -> [Span] {
    let short: SafeText = width >= 150 ? SafeText("").padded(to: 10) : ""
    return [
      Span(
        "   \(SafeText("name").padded(to: 12)) \(short)\(SafeText("card").padded(to: cardWidth(width))) \(SafeText("state").padded(to: 12))alive",
        .dim), Span("  progress  last words", .dim),
    ]
  }

  func draw(on surface: inout Surface, in rect: Rect, isWide: Bool) {
    if isWide {
      drawWide(on: &surface, in: rect)
    } else if rect.width < 40 {
      surface.row(
        rect, left: [mark, Span("\(text.glyph) ", text.style), Span(text.name, .cardAssignee)],
        right: [Span("\(text.detail) ", text.style)], layers: layers)
    } else {
      drawNarrow(on: &surface, in: rect)
    }
  }

  private func drawWide(on surface: inout Surface, in rect: Rect) {
    let hasShort = rect.width >= 150
    var right = [
      Span("\(text.cost.aligned(to: 7)) ", .dim),
      Span("\(text.step.aligned(to: 7))  ", .text), Span(text.spark, .spark), Span(" ", .text),
    ]
    if hasShort { right.append(Span(" \(text.host.padded(to: 10)) ", .dim)) }
    surface.row(
      rect,
      left: [
        mark, Span("\(text.glyph) ", text.style),
        Span("\(text.name.padded(to: 12)) ", .cardAssignee),
        Span(hasShort ? text.besideName.padded(to: 10) : "", .dim),
        Span("\(text.cardTitle.padded(to: Self.cardWidth(rect.width))) ", .cardTitle),
        Span(text.word.padded(to: 12), text.style), Span(text.age.aligned(to: 5), text.style),
        Span("\(text.progressAge.aligned(to: 10))  ", .dim), Span(text.words, .text),
      ], right: right, layers: layers)
  }

  private func drawNarrow(on surface: inout Surface, in rect: Rect) {
    let short: SafeText = rect.width >= 64 ? " \(text.besideName)" : ""
    let parts = [text.cost, text.step].filter { !$0.isEmpty }
    let step: SafeText = parts.reduce("") { "\($0)\($1)  " }
    surface.row(
      rect.row(0),
      left: [
        mark, Span("\(text.glyph) ", text.style), Span(text.name, .cardAssignee),
        Span("\(short)  ", .dim), Span(text.cardTitle, .cardTitle),
      ],
      right: [
        Span(step, .text), Span(rect.width >= 56 ? "\(text.spark)  " : "", .spark),
        Span("\(text.word) \(text.age) ", text.style),
      ], layers: layers)
    guard rect.height > 1 else { return }
    let host: SafeText = text.host.isEmpty ? "" : " · \(text.host)"
    surface.row(
      rect.row(1), left: [mark, Span("  \(text.words)", .dim)],
      right: text.progressAge.isEmpty
        ? [] : [Span("progress \(text.progressAge)\(host) ", .dim)], layers: layers)
  }
}
