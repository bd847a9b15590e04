import ConfigLines
import Replica
import TestKit
import Testing

@testable import Panes
@testable import Terminal

@Suite struct CommandTests {
  @Test func `the shipped keymap knows every command, and every command has a key`() throws {
    let text = try #require(Keymap.shipped("default"))
    let (keymap, problems) = Keymap.parse(
      text, file: "default.keymap", commands: PaneCommand.names, contexts: PaneCommand.contexts)
    #expect(problems == [])
    let bound = Set(
      PaneCommand.contexts.names.flatMap { keymap.entries(in: $0) }.map(\.binding.command))
    #expect(bound == PaneCommand.names)
  }

  @Test(arguments: Keymap.shippedNames)
  func `every shipped keymap reaches every command, and no key of it waits or is never sent`(
    name: String
  ) throws {
    let world = try World()
    let store = Settings.keymaps(of: world.home)
    let source: ConfigSource = try #require(store.source(name))
    let problems = store.check(source)
    #expect(problems.filter { $0.severity != .note }.map(\.description) == [])
    let (keymap, _) = store.load(name)
    for (keys, command) in [("F1", "help"), ("Tab", "pane.next"), ("/", "filter.edit")] {
      #expect(keymap.keys(for: command, in: "board") != nil, "\(name) has no \(command)")
      let key = try #require(Key(name: keys))
      #expect(keymap.match([key], in: "board") == .command(.init(command: command)))
    }
  }

  @Test func `help lists every command, with its reason when it is not possible`() throws {
    let stage = try Stage(World.team(), columns: 160, rows: 160)
    stage.press("?")
    for command in PaneCommand.allCases {
      #expect(stage.shows(command.help.string), "\(command.rawValue)")
    }
    #expect(stage.shows("only who founded the room can"))
    stage.press("x")
    #expect(!stage.shows("only who founded the room can"))
  }

  @Test func `a key for what is not possible says why, and changes nothing`() throws {
    let world = try World.team()
    try world.card("Bob's own", by: .bob, ago: 1)
    let stage = try Stage(world)
    stage.press("h", "h", "g", "g", "e")
    #expect(stage.shows("only its author can change this card"))
    stage.press("I")
    #expect(stage.shows("only who founded the room can"))
    #expect(stage.shell.overlays.isEmpty)
    #expect(try stage.orders().isEmpty)
  }

  @Test func `the palette narrows, refuses what is not possible, and does what is picked`() throws {
    let stage = try Stage(World.team())
    stage.press("C-k")
    stage.type("admit")
    stage.press("Enter")
    #expect(!stage.shell.overlays.isEmpty)
    stage.press("C-u")
    stage.type("zoom")
    stage.press("Enter")
    #expect(stage.shell.overlays.isEmpty)
    #expect(stage.shell.isZoomed)
  }

  @Test func `after a prefix the ways on are shown`() throws {
    let stage = try Stage(World.team())
    stage.press("g")
    #expect(!stage.shows("go to"))
    stage.wait(.milliseconds(400))
    #expect(stage.shows("go to"))
    #expect(stage.shows("drafts"))
    stage.press("d")
    #expect(stage.shell.place == .drafts)
    #expect(!stage.shows("go to"))
  }

  @Test func `Esc goes one level out and never quits`() throws {
    let stage = try Stage(World.team())
    stage.press("/")
    stage.type("retry")
    stage.press("Enter", "Enter", "z")
    #expect(stage.shell.focus == .card)
    #expect(stage.shell.isZoomed)
    stage.press("Esc")
    #expect(!stage.shell.isZoomed)
    stage.press("Esc")
    #expect(stage.shell.focus == .board)
    #expect(stage.shows("filter: retry"))
    stage.press("Esc")
    #expect(!stage.shows("filter: retry"))
    stage.press("Esc", "Esc")
    #expect(stage.shows("this is the outermost level"))
    #expect(stage.shell.place == .board)
  }

  @Test func `a click chooses what is under it, the wheel moves it`() throws {
    let stage = try Stage(World.team(), columns: 120, rows: 40)
    func point(_ x: Int, _ y: Int, _ action: Mouse.Action = .press) {
      let point = Point(x: x, y: y)
      stage.shell.receive(.mouse(Mouse(action: action, button: 0, point: point, modifiers: [])))
      stage.draw()
    }
    point(40, 5)
    #expect(stage.shell.card.card?.title == "Flaky integration suite")
    point(40, 5, .wheelDown)
    #expect(stage.shell.card.card?.title == "Garbage collect chunks")
    point(5, 8)
    #expect(stage.shell.focus == .board)
    #expect(stage.shell.scene.track == "ops")
    point(60, 30)
    #expect(stage.shell.focus == .card)
  }

  @Test func `an idle screen asks to be woken at most once a minute`() throws {
    let stage = try Stage(World.team())
    let first = try #require(stage.shell.deadline)
    #expect(first > stage.shell.clock.monotonic())
    #expect(first - stage.shell.clock.monotonic() <= .seconds(60))
    stage.wait(.seconds(60))
    let second = try #require(stage.shell.deadline)
    #expect(second - first >= .seconds(60))
  }

  @Test func `ages that stand still wake nobody`() throws {
    let world = try World()
    try world.card("old", ago: 3 * 86_400)
    #expect(try Stage(world, columns: 59).shell.deadline == nil)
    // Where there is room for a clock, it turns once a minute.
    #expect(try Stage(world).shell.deadline != nil)
  }

  @Test func `a hint in the footer is clicked as its key is pressed`() throws {
    let stage = try Stage(World.team())
    let status = Array(stage.status)
    let x = try #require(status.indices.first { status[$0...].starts(with: "? keys") })
    stage.click(x, 23)
    #expect(stage.shell.overlays.count == 1)
  }

  /// What is drawn stands in a pane, the header, the footer or the strip.
  private func expectNothingBetweenPanes(_ stage: Stage) {
    guard let layout = stage.shell.layout, stage.shell.overlays.isEmpty,
      stage.shell.toast == nil, stage.shell.keys.pending.isEmpty
    else { return }
    let used =
      layout.panes.values + [layout.header, layout.footer] + (layout.strip.map { [$0] } ?? [])
    var stray = 0
    for y in 0..<stage.screen.size.rows {
      for x in 0..<stage.screen.size.columns {
        let point = Point(x: x, y: y)
        guard !used.contains(where: { $0.contains(point) }) else { continue }
        if stage.screen.grid.cell(at: point)?.text != " " { stray += 1 }
      }
    }
    #expect(stray == 0)
  }

  /// Bounded and seeded: any keys, at any size, in any order.
  @Test(arguments: 0..<6)
  func `whatever is pressed, nothing breaks and the cursor stays on the screen`(seed: UInt64) throws
  {
    var random = SeededRandom(seed)
    let world = try World.team()
    let stage = try Stage(world)
    let names =
      [
        "j", "k", "Tab", "S-Tab", "Enter", "Esc", "?", ":", "c", "a", "s", "r", "e", "o", "Q", "1",
        "2", "9", "/", "z", "g", "G", "PgDn", "PgUp", "Up", "Down", "Left", "Right", "Home", "End",
        "BS", "A-Enter", "C-l", "C-u", "]", "[", "R", "I", "A", "T", "N", "J", "U", "x", "F1",
        "u", "y", "D", "C-y", "space", "q", "Esc", "Esc", "h", "l", "H", "L", "m", "M", "-", "b",
        "i", "d", "t", "p", "F3", "F4", "F5", "F6", "F7", "F8", "A-Left", "A-Right", "C-o", "A-a",
      ]
    for step in 0..<200 {
      switch Int.random(in: 0..<20, using: &random) {
      case 0:
        stage.resize(
          Int.random(in: 1...220, using: &random), Int.random(in: 1...70, using: &random))
      case 1: stage.shell.receive(.paste("pasted\u{1B}[2J\ntext"))
      case 2: stage.wait(.milliseconds(Int.random(in: 1...900, using: &random)))
      case 3:
        try world.card("New \(step)", by: .bob, ago: Int64.random(in: 0...9_999, using: &random))
        stage.changed()
      case 4:
        let point = Point(
          x: Int.random(in: 0...219, using: &random), y: Int.random(in: 0...69, using: &random))
        let action: Mouse.Action = Bool.random(using: &random) ? .press : .wheelDown
        stage.shell.receive(
          .mouse(Mouse(action: action, button: 0, point: point, modifiers: [])))
      default: stage.press(names.randomElement(using: &random) ?? "j")
      }
      stage.draw()
      let frame = stage.screen.grid
      stage.draw()
      // The second frame of one state is the first again, so nothing is sent for it.
      #expect(stage.screen.grid == frame)
      if let cursor = stage.screen.cursor { #expect(Rect(stage.screen.size).contains(cursor)) }
      if step % 8 == 0 { expectNothingBetweenPanes(stage) }
    }
  }
}
