import Nostr
import Replica
import Terminal
import Workspace

/// The lines of the inbox: heads, rows and what stands where there are none; and which is the first in sight.
struct InboxLines {
  enum Line {
    case head(SafeText, SafeText)
    /// A row, by its index.
    case row(Int)
    case empty(SafeText)
  }

  var lines: [Line] = []
  private(set) var offset = 0

  /// The index of the row that stands so many lines below the first in sight.
  func row(at y: Int) -> Int? {
    guard lines.indices.contains(offset + y), case .row(let index) = lines[offset + y] else {
      return nil
    }
    return index
  }

  /// Scrolls so that a row is in sight among so many lines.
  mutating func reveal(_ row: Int?, height: Int) {
    let index = row.flatMap { row in
      lines.firstIndex { if case .row(row) = $0 { true } else { false } }
    }
    guard var index else { return offset = 0 }
    // The head of the first row comes with it.
    if index == 1, case .head? = lines.first { index = 0 }
    if index < offset { offset = index }
    let last = max(index, 1)
    if last >= offset + height { offset = last - height + 1 }
    offset = max(0, min(offset, lines.count - height))
  }
}

extension InboxPane {
  func draw(on surface: inout Surface, in area: Rect, focused: Bool) {
    guard scene.room != nil else {
      surface.paragraph(
        scene.empty("No room yet. N founds one, J joins one with an invite."),
        in: area.inset(dx: 1, dy: 0), style: Style(.dim))
      return
    }
    drawn.lines = makeLines(isTall: area.height >= 5)
    drawn.reveal(list.index(in: ids), height: max(1, area.height))
    let columns = Columns(area.width, rows: rows, me: scene.me)
    for (y, line) in drawn.lines.dropFirst(drawn.offset).prefix(area.height).enumerated() {
      let rect = area.row(y)
      switch line {
      case .head(let left, let right):
        surface.row(rect, left: [Span(" \(left)", .heading)], right: [Span("\(right) ", .dim)])
      case .empty(let words): surface.row(rect, left: [Span("   \(words)", .dim)])
      case .row(let index):
        draw(rows[index], on: &surface, in: rect, columns)
        if focused, rows[index].id == list.selected { surface.cursor = rect.origin }
      }
    }
  }

  private func makeLines(isTall: Bool) -> [InboxLines.Line] {
    let badges = scene.badges
    let needs = rows.indices.filter { rows[$0].isNeed }.map { InboxLines.Line.row($0) }
    let updates = rows.indices.filter { !rows[$0].isNeed }.map { InboxLines.Line.row($0) }
    guard isTall else {
      return needs.isEmpty && updates.isEmpty
        ? [.empty(scene.empty("nothing waits for you"))] : needs + updates
    }
    return [.head("NEEDS YOU \(badges.questions)", "waiting")]
      + (needs.isEmpty ? [.empty(scene.empty("nobody waits for you"))] : needs)
      + [.head("UPDATES \(badges.updates)\(scene.inbox.hasMoreUpdates ? "+" : "")", "newest")]
      + (updates.isEmpty ? [.empty(scene.empty("nothing is new"))] : updates)
  }

  /// Widths of what stands at the right, the same in every row.
  private struct Columns {
    let place: Int
    let who: Int
    let way: Int
    let isNarrow: Bool

    init(_ width: Int, rows: [InboxRow], me: PublicKey) {
      isNarrow = width < 56
      place = isNarrow ? 0 : max(10, min(28, width / 5))
      who = isNarrow ? 0 : min(12, rows.map { $0.who(me).width }.max() ?? 0)
      way = isNarrow ? 0 : min(16, rows.map(\.way.width).max() ?? 0)
    }
  }

  private func draw(
    _ row: InboxRow, on surface: inout Surface, in rect: Rect, _ columns: Columns
  ) {
    let isSelected = row.id == list.selected
    let outcome = outcomes[row.id]?.shown(scene.moments) ?? state(of: row)
    let isOver = outcomes[row.id] != nil
    var left = [
      Span(isSelected ? "▌" : " ", isSelected ? .strong : .text),
      isOver ? Span("·", .dim) : row.glyph, Span(" "),
    ]
    if columns.place > 0 {
      left.append(Span("\(row.place.padded(to: columns.place)) ", isOver ? .dim : .cardTrack))
    }
    left.append(
      Span(
        outcome ?? row.words(scene.moments),
        isOver ? .dim : outcome == nil ? .cardTitle : .threadAnswer))
    var right = [Span(" \(scene.moments.age(of: row.at).aligned(to: 4)) ", .cardAge)]
    if columns.way > 0 {
      let danger = row.way.string.hasPrefix("DANGER")
      right.insert(
        Span(" \(row.way.padded(to: columns.way))", danger ? .badgeTrouble : .dim), at: 0)
    }
    if columns.who > 0 {
      right.insert(Span(row.who(scene.me).padded(to: columns.who), .cardAssignee), at: 0)
    }
    surface.row(rect, left: left, right: right, layers: isSelected ? .selected : [])
  }
}
