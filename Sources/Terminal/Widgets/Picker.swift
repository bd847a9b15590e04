/// A list in an overlay, narrowed by typing. A pure value.
package struct Picker<ID: Hashable & Sendable>: Sendable {
  /// One thing to pick.
  package struct Item: Sendable {
    package let id: ID
    package let title: SafeText
    /// Beside the title, at the right.
    package let detail: SafeText
    /// Why it cannot be picked now; nil when it can.
    package let refusal: SafeText?
    /// The mark at the beginning of a query that asks for this kind of thing alone.
    package let sigil: Unicode.Scalar?
    /// What it has ahead of others that fit as well.
    package let bonus: Int
    /// More words that it is found by, though they are not shown.
    package let also: String

    package init(
      _ id: ID, _ title: SafeText, detail: SafeText = "", refusal: SafeText? = nil,
      sigil: Unicode.Scalar? = nil, bonus: Int = 0, also: String = ""
    ) {
      self.id = id
      self.title = title
      self.detail = detail
      self.refusal = refusal
      self.sigil = sigil
      self.bonus = bonus
      self.also = also.lowercased()
    }
  }

  /// What a key led to.
  package enum Outcome: Sendable {
    case picked(ID)
    case cancelled
    /// Still open.
    case open
  }

  package let title: SafeText
  /// What the sigils mean, under the list; empty where there are none.
  package let legend: SafeText
  private let items: [Item]
  private var index: PickerIndex
  private let widest: Int
  /// What narrows the list.
  package private(set) var query = LineEditor(limit: 200)
  /// The ids that fit, the best first.
  package private(set) var shown: [Int]
  private var list = ListState<Int>()

  package init(title: SafeText, items: [Item], selected: ID? = nil, legend: SafeText = "") {
    self.title = title
    self.legend = legend
    self.items = items
    index = PickerIndex(items)
    // Of very many the first tell enough.
    widest = items.prefix(200).reduce(max(title.width + 4, legend.width)) {
      max($0, $1.title.width + $1.detail.width + ($1.refusal?.width ?? 0) + 6)
    }
    shown = Array(items.indices)
    list.fit(shown, height: 10)
    if let selected, let index = items.firstIndex(where: { $0.id == selected }) {
      list.select(index, in: shown)
    }
  }

  /// The item under the bar.
  package var current: Item? { list.selected.map { items[$0] } }

  /// Arrows and pages move, Enter picks, Esc cancels, other keys edit the query.
  package mutating func press(_ key: Key) -> Outcome {
    switch (key.code, key.modifiers) {
    case (.escape, _): return .cancelled
    case (.enter, _):
      guard let current, current.refusal == nil else { return .open }
      return .picked(current.id)
    case (.up, []), (.character("p"), .control), (.tab, .shift): list.move(by: -1, in: shown)
    case (.down, []), (.character("n"), .control), (.tab, []): list.move(by: 1, in: shown)
    case (.pageUp, []): list.movePage(-1, in: shown)
    case (.pageDown, []): list.movePage(1, in: shown)
    default:
      if query.press(key) { narrow() }
    }
    return .open
  }

  /// Pasted text goes into the query.
  package mutating func paste(_ text: String) {
    query.insert(text)
    narrow()
  }

  private mutating func narrow() {
    shown = index.narrow(to: query.text)
    list.moveToFirst(in: shown)
  }

  /// Draws it in the middle of an area and puts the cursor into its field.
  package mutating func draw(on surface: inout Surface, in area: Rect) {
    let rect = area.centered(
      width: max(40, min(widest + 4, area.width - 4)),
      height: min(items.count + 4, area.height - 2, 20))
    guard rect.height >= 4, rect.width >= 8 else { return }
    surface.fill(rect, Style(.overlay))
    let inside = surface.box(
      rect, title: title, trailing: "Esc", border: .overlayBorder, titleStyle: .overlayTitle)
    let (field, rest) = inside.splitTop(1)
    surface.text("> ", at: field.origin, style: Style(.inputLabel))
    query.draw(on: &surface, in: field.splitLeft(2).rest, focused: true)
    let (line, below) = rest.splitTop(1)
    surface.rule(line, style: .overlayBorder)
    let (rows, foot) = below.splitBottom(legend.isEmpty || below.height < 6 ? 0 : 1)
    if !foot.isEmpty {
      surface.text(
        legend, at: Point(x: foot.x + 1, y: foot.y), width: foot.width - 2, style: Style(.dim))
    }
    list.fit(shown, height: rows.height)
    for (y, index) in list.visible(of: shown.count).enumerated() {
      let item = items[shown[index]]
      let isCurrent = shown[index] == list.selected
      let plain: StyleName = item.refusal == nil ? .overlay : .dim
      surface.row(
        rows.row(y),
        left: [
          Span(isCurrent ? "▌ " : "  ", style: Style(plain)), Span(item.title, style: Style(plain)),
        ],
        right: [Span("\(item.refusal ?? item.detail) ", style: Style(.dim))], style: .overlay,
        layers: isCurrent ? .selected : [])
    }
    if shown.isEmpty, !rows.isEmpty {
      surface.text("  nothing fits", at: rows.origin, width: rows.width, style: Style(.dim))
    }
  }
}
