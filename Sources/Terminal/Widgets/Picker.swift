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
  private let candidates: [FuzzyMatch.Candidate]
  private let widest: Int
  private let sigils: Set<Unicode.Scalar>
  /// The query of the last narrowing, and everything that fitted it.
  private var narrowed: (query: String, fitting: [Int])?
  /// What narrows the list.
  package private(set) var query = LineEditor(limit: 200)
  /// The ids that fit, the best first.
  package private(set) var shown: [Int]
  private var list = ListState<Int>()

  package init(title: SafeText, items: [Item], selected: ID? = nil, legend: SafeText = "") {
    self.title = title
    self.legend = legend
    self.items = items
    candidates = items.map { FuzzyMatch.Candidate("\($0.title) \($0.detail)") }
    sigils = Set(items.compactMap(\.sigil))
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
    var text = query.text.unicodeScalars[...]
    var sigil: Unicode.Scalar?
    if let first = text.first, sigils.contains(first) {
      sigil = first
      text.removeFirst()
    }
    let match = FuzzyMatch(String(String.UnicodeScalarView(text)))
    let words = String(String.UnicodeScalarView(text)).lowercased().split(separator: " ")
    // What did not fit a beginning does not fit more of it.
    let whole = query.text
    let among =
      narrowed.flatMap { !$0.query.isEmpty && whole.hasPrefix($0.query) ? $0.fitting : nil }
      ?? Array(items.indices)
    var scored: [Rank] = []
    scored.reserveCapacity(among.count)
    var unshown: [Int] = []
    for index in among where sigil == nil || items[index].sigil == sigil {
      if let score = match.score(candidates[index]) {
        scored.append(Rank(score + (text.isEmpty ? 0 : items[index].bonus), index))
      } else if Self.holds(items[index].also, words) {
        // Behind everything whose title fits.
        scored.append(Rank(-1_000 + items[index].bonus, index))
      } else if !items[index].also.isEmpty {
        // A longer word may begin one of those that are not shown.
        unshown.append(index)
      }
    }
    narrowed = (whole, scored.map(\.index) + unshown)
    // An empty query leaves the order as it is given.
    if !text.isEmpty { scored.sort { $0.key < $1.key } }
    shown = scored.map(\.index)
    list.moveToFirst(in: shown)
  }

  /// A score and an index in one number, so that many are sorted at once: the best first, then as they are given.
  private struct Rank {
    let key: Int64

    init(_ score: Int, _ index: Int) { key = Int64(-score) << 32 | Int64(index) }

    var index: Int { Int(key & 0xffff_ffff) }
  }

  /// Whether every word of a query begins a word of a text.
  private static func holds(_ text: String, _ words: [Substring]) -> Bool {
    guard !text.isEmpty, !words.isEmpty else { return false }
    let all = text.split(separator: " ")
    return words.allSatisfy { word in word.count > 1 && all.contains { $0.hasPrefix(word) } }
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
