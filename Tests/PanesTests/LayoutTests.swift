import Terminal
import Testing

@testable import Panes

@Suite struct LayoutTests {
  /// Every place with every pane that can have the focus there.
  private static let spots = Place.allCases.flatMap { place in
    ([.places, place.list] + (place.detail.map { [$0] } ?? [])).map { (place, $0) }
  }

  private func layout(
    _ columns: Int, _ rows: Int, _ place: Place = .inbox, _ focus: PaneID? = nil,
    zoomed: Bool = false, hiding: Layout.Hiding = []
  ) throws -> Layout {
    try #require(
      Layout(
        Size(columns: columns, rows: rows), place: place, focus: focus ?? place.list,
        zoomed: zoomed, hiding: hiding))
  }

  @Test func `the panes of every breakpoint`() throws {
    let table: [(columns: Int, rows: Int, place: Place, panes: Set<PaneID>)] = [
      (59, 40, .inbox, [.inbox]), (59, 40, .chat, [.chat]),
      (60, 20, .inbox, [.inbox, .preview]), (60, 19, .inbox, [.inbox]),
      (99, 24, .board, [.board]), (80, 24, .chat, [.chat, .posts]), (80, 24, .card, [.card]),
      (80, 24, .drafts, [.drafts]), (80, 24, .agents, [.agents, .agent]),
      (100, 40, .board, [.places, .board, .card]), (100, 14, .board, [.places, .board]),
      (159, 44, .chat, [.places, .chat, .posts]), (120, 40, .card, [.places, .card]),
      (160, 24, .inbox, [.places, .inbox, .preview]), (200, 60, .drafts, [.places, .drafts]),
    ]
    for (columns, rows, place, panes) in table {
      let shown = try Set(layout(columns, rows, place).panes.keys)
      #expect(shown == panes, "\(place) at \(columns)x\(rows)")
    }
  }

  @Test func `a wide screen has the detail at the right, a narrower one below`() throws {
    let narrow = try layout(120, 40)
    let wide = try layout(160, 40)
    #expect(narrow.panes[.preview]?.x == narrow.panes[.inbox]?.x)
    #expect(wide.panes[.preview]?.y == wide.panes[.inbox]?.y)
    #expect(narrow.panes[.places]?.width == 24)
    #expect(try layout(99, 40).frame == .rule)
    #expect(narrow.frame == .box)
  }

  @Test func `the agents live strip needs 160 by 45`() throws {
    #expect(try layout(160, 45).strip != nil)
    #expect(try layout(159, 45).strip == nil)
    #expect(try layout(160, 44).strip == nil)
    #expect(try layout(160, 45, .agents).strip == nil)
  }

  @Test func `what is short of rows drops the preview, then the header, then the footer`() throws {
    func kept(_ rows: Int) throws -> [Bool] {
      let layout = try layout(120, rows)
      return [
        layout.panes[.preview] != nil, !layout.header.isEmpty, !layout.footer.isEmpty,
      ]
    }
    #expect(try kept(18) == [true, true, true])
    #expect(try kept(14) == [false, true, true])
    #expect(try kept(9) == [false, false, true])
    #expect(try kept(6) == [false, false, false])
    #expect(try kept(5) == [false, false, false])
    #expect(Layout(Size(columns: 19, rows: 50), place: .board, focus: .board) == nil)
    #expect(Layout(Size(columns: 50, rows: 4), place: .board, focus: .board) == nil)
  }

  @Test func `a zoomed pane has everything, a hidden one gives its place to the others`() throws {
    #expect(try layout(200, 60, .board, .card, zoomed: true).panes.keys.map(\.self) == [.card])
    #expect(try layout(120, 40, hiding: .places).panes[.inbox]?.x == 0)
    #expect(try layout(120, 40, hiding: .detail).panes[.preview] == nil)
    // The one that has the focus is never hidden.
    #expect(try layout(120, 40, .inbox, .preview, hiding: .detail).panes[.preview] != nil)
    #expect(try layout(120, 40, .inbox, .places, hiding: .places).panes[.places] != nil)
  }

  @Test func `at every size panes are apart, inside, and the focused one is there`() throws {
    for columns in 20...220 {
      for rows in 5...70 {
        for (place, focus) in Self.spots {
          // The rarer ways by turns: each meets every breakpoint.
          var ways: [(zoomed: Bool, hiding: Layout.Hiding)] = [(false, [])]
          if (columns + rows) % 4 == 1 { ways.append((true, [])) }
          if (columns + rows) % 4 == 2 { ways.append((false, [.places, .detail])) }
          for way in ways {
            let layout = try layout(
              columns, rows, place, focus, zoomed: way.zoomed, hiding: way.hiding)
            try check(layout, focus, Rect(x: 0, y: 0, width: columns, height: rows))
          }
        }
      }
    }
  }

  private func check(_ layout: Layout, _ focus: PaneID, _ screen: Rect) throws {
    let around = [layout.header, layout.footer] + (layout.strip.map { [$0] } ?? [])
    let rects = layout.panes.values + around.filter { !$0.isEmpty }
    // Plain tests first: a million expectations would cost more than what they look at.
    var isSound = layout.panes[focus] != nil && layout.panes.values.allSatisfy { !$0.isEmpty }
    for (index, rect) in rects.enumerated() {
      isSound = isSound && rect.intersection(screen) == rect
      for other in rects[(index + 1)...] where !rect.intersection(other).isEmpty {
        isSound = false
      }
    }
    try #require(isSound, "\(layout)")
  }

  @Test func `ages and times read as people write them`() {
    let moments = Moments(now: World.now, isUTC: true)
    let ages: [(Int64, String)] = [
      (-50, "now"), (0, "now"), (59, "now"), (60, "1m"), (3_599, "59m"), (3_600, "1h"),
      (86_399, "23h"), (86_400, "1d"), (14 * 86_400, "2w"), (400 * 86_400, "1y"),
      (.max / 2, "999y"),
    ]
    for (ago, word) in ages { #expect(moments.age(of: World.now - ago).string == word) }
    #expect(moments.clock(of: World.now).string == "14:03")
    #expect(moments.clock(of: World.now - 86_400).string == "2026-01-01 14:03")
    #expect(moments.clock(of: .max).string == "9999-12-31 23:59")
  }
}
