import Nostr
import Studio

import Testing

@testable import Panes
@testable import Terminal

/// What is dragged with the mouse: what divides panes, and cards.
@Suite struct DraggingTests {
  private func drag(_ stage: Stage, from: Point, to: Point, drop: Bool = true) {
    func mouse(_ action: Mouse.Action, _ point: Point) {
      stage.shell.receive(.mouse(Mouse(action: action, button: 0, point: point, modifiers: [])))
      stage.draw()
    }
    mouse(.press, from)
    mouse(.drag, Point(x: (from.x + to.x) / 2, y: (from.y + to.y) / 2))
    mouse(.drag, to)
    if drop { mouse(.release, to) }
  }

  private func point(of words: String, in stage: Stage) throws -> Point {
    let y = try #require((0..<stage.screen.size.rows).first { stage.row($0).contains(words) })
    let row = Array(stage.row(y))
    let x = try #require(row.indices.first { row[$0...].starts(with: words) })
    return Point(x: x, y: y)
  }

  @Test func `the line between a list and its detail is dragged, and stays after a restart`() throws
  {
    let world = try World.team()
    let stage = try Stage(world, columns: 120, rows: 40)
    let before = try #require(stage.shell.layout?.panes[.board])
    drag(stage, from: Point(x: 60, y: before.bottom), to: Point(x: 60, y: before.bottom + 6))
    let after = try #require(stage.shell.layout?.panes[.board])
    #expect(after.height == before.height + 6)
    #expect(stage.shell.layout?.panes[.card]?.y == after.bottom)
    drag(stage, from: Point(x: 23, y: 10), to: Point(x: 33, y: 10))
    #expect(stage.shell.layout?.panes[.places]?.width == 34)
    stage.shell.close()
    let again = try Stage(world, columns: 120, rows: 40)
    #expect(again.shell.layout?.panes == stage.shell.layout?.panes)
  }

  @Test(arguments: [(80, 24), (120, 40), (200, 60)])
  func `however far a divider is dragged, every pane stays in sight`(
    columns: Int, rows: Int
  ) throws {
    let stage = try Stage(World.team(), columns: columns, rows: rows, at: .inbox)
    let corners = [Point(x: 0, y: 1), Point(x: columns - 1, y: rows - 2)]
    for y in 0..<rows {
      for x in stride(from: 0, to: columns, by: 3)
      where stage.shell.layout?.divider(at: Point(x: x, y: y)) != nil {
        for corner in corners { drag(stage, from: Point(x: x, y: y), to: corner) }
      }
    }
    let layout = try #require(stage.shell.layout)
    for (_, rect) in layout.panes {
      #expect(rect.width >= 12 && rect.height >= 3)
      #expect(rect.right <= columns && rect.bottom <= rows)
    }
    let areas = layout.panes.values.reduce(0) { $0 + $1.width * $1.height }
    let strip = layout.strip.map { $0.width * $0.height } ?? 0
    #expect(areas + strip == layout.body.width * layout.body.height)
  }

  @Test func `a card is dragged to another column, and Esc leaves it where it was`() throws {
    let world = try World()
    try world.card("Mine", to: .alice, ago: 90)
    let stage = try Stage(world, columns: 120, rows: 40)
    let doing = try point(of: "DOING", in: stage)
    let mine = try point(of: "Mine", in: stage)
    drag(stage, from: mine, to: doing, drop: false)
    #expect(stage.status.contains("drop on doing · Esc leaves it"))
    stage.press("Esc")
    stage.shell.receive(
      .mouse(Mouse(action: .release, button: 0, point: doing, modifiers: [])))
    #expect(try stage.orders().isEmpty)
    drag(stage, from: mine, to: doing)
    let order = try #require(try stage.orders().first)
    #expect(order.arguments["payload"]?["to_status"]?.string == "in_progress")
  }

  @Test func `a card of somebody else is not moved by dragging it`() throws {
    let world = try World()
    try world.card("Theirs", by: .bob, to: .bob, ago: 90)
    let stage = try Stage(world, columns: 120, rows: 40)
    drag(stage, from: try point(of: "Theirs", in: stage), to: try point(of: "DOING", in: stage))
    #expect(try stage.orders().isEmpty)
    #expect(stage.shows("only its author and its assignee can move this card"))
  }

  @Test func `a click on the selected card opens it when the button comes up`() throws {
    let stage = try Stage(World.team(), columns: 120, rows: 40)
    let point = try point(of: "Retry policy", in: stage)
    stage.shell.receive(
      .mouse(Mouse(action: .press, button: 0, point: point, modifiers: [])))
    #expect(stage.shell.focus == .board, "it may be dragged yet")
    stage.click(point.x, point.y)
    #expect(stage.shell.focus == .card)
  }
}
