import TestKit
import Testing

@testable import Terminal

@Suite struct GridTests {
  private func surface(_ columns: Int, _ rows: Int) -> Surface {
    Surface(Size(columns: columns, rows: rows))
  }

  @Test func `nothing is drawn outside the clip`() {
    var surface = surface(8, 3)
    surface.clipped(to: Rect(x: 2, y: 1, width: 4, height: 1)) { surface in
      for y in -1..<5 { surface.text("abcdefgh", at: Point(x: 0, y: y)) }
      surface.fill(Rect(x: 5, y: 0, width: 9, height: 9), Style(.dim))
    }
    #expect(surface.grid.text == "\n  cde\n")
  }

  @Test func `a wide character at the edge becomes a blank, a longer text an ellipsis`() {
    var surface = surface(5, 3)
    surface.text("abcd漢", at: Point(x: 0, y: 0))
    surface.text("漢字x", at: Point(x: 0, y: 1))
    surface.text("漢字漢", at: Point(x: 0, y: 2))
    #expect(surface.grid.text == "abcd…\n漢字x\n漢字…")
  }

  @Test func `half a wide character never stays`() {
    var surface = surface(6, 2)
    surface.text("漢字漢", at: Point(x: 0, y: 0))
    surface.text("x", at: Point(x: 1, y: 0))
    surface.text("y", at: Point(x: 2, y: 0))
    surface.fill(Rect(x: 5, y: 0, width: 1, height: 1))
    #expect(surface.grid.text == " xy\n")
    surface.text("漢字", at: Point(x: 0, y: 1))
    surface.text("漢", at: Point(x: 1, y: 1))
    #expect(surface.grid.row(1) == " 漢")
  }

  @Test func `a list row keeps its right side and cuts its left`() {
    var surface = surface(20, 2)
    surface.row(
      Rect(x: 0, y: 0, width: 20, height: 1), left: [Span("A long title of a card", .cardTitle)],
      right: [Span("4m", .cardAge)], layers: .selected)
    #expect(surface.grid.row(0) == "A long title of … 4m")
    #expect(
      surface.grid.styles(ofRow: 0) == [
        "~~~ 0-16 card.title.selected", "~~~ 17-17 row.selected", "~~~ 18-19 card.age.selected",
      ])
  }

  @Test func `a focused box is heavy and shows its title`() {
    var surface = surface(16, 3)
    let inside = surface.box(surface.area, title: "Board", trailing: "5", focused: true)
    #expect(inside == Rect(x: 1, y: 1, width: 14, height: 1))
    #expect(surface.grid.text == "┏━ Board ━━━ 5 ┓\n┃              ┃\n┗━━━━━━━━━━━━━━┛")
    #expect(
      surface.grid.styles(ofRow: 1) == ["~~~ 0-0 border.focused", "~~~ 15-15 border.focused"])
  }

  @Test func `a paragraph wraps, skips and counts`() {
    var surface = surface(7, 2)
    let count = surface.paragraph("one two three four", in: surface.area, skip: 1)
    #expect(count == 3)
    #expect(surface.grid.text == "three\nfour")
  }

  @Test func `any size and any rectangle is survived`() {
    var random = SeededRandom(3)
    for _ in 0..<500 {
      var surface = surface(
        Int.random(in: 0..<12, using: &random), Int.random(in: 0..<6, using: &random))
      for _ in 0..<8 {
        let rect = Rect(
          x: Int.random(in: -3..<14, using: &random), y: Int.random(in: -3..<8, using: &random),
          width: Int.random(in: -1..<14, using: &random),
          height: Int.random(in: -1..<8, using: &random))
        switch Int.random(in: 0..<5, using: &random) {
        case 0: surface.box(rect, title: "漢字 title", trailing: "x", focused: true)
        case 1: surface.row(rect, left: [Span("left 漢字 side")], right: [Span("4m")])
        case 2: surface.paragraph("some 漢字 words 👩‍💻 to wrap", in: rect)
        case 3: surface.fill(rect, Style(.overlay))
        default: surface.rule(rect, title: "unread")
        }
      }
      for (index, cell) in surface.grid.cells.enumerated() where cell.width == 2 {
        #expect((index + 1) % surface.size.columns != 0)
        #expect(surface.grid.cells[index + 1].width == 0)
      }
    }
  }
}
