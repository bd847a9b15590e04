import Nostr
import Studio
import Terminal
import Testing

@testable import Panes

/// Each golden has its reason in its name; the world is one team at 14:03.
@Suite struct ScreenTests {
  /// Text and styles, so that what only a colour says shows too.
  @Test(arguments: Place.allCases)
  func `every place at four sizes`(place: Place) throws {
    let stage = try Stage(World.team(), at: .inbox)
    stage.press("r")
    stage.type("Take 1, and cap the total at 30 s.")
    stage.press("Esc")
    stage.wait(.seconds(1))
    stage.shell.go(to: .place(place))
    for (columns, rows) in [(40, 12), (80, 24), (120, 40), (200, 60)] {
      stage.resize(columns, rows)
      try Golden.check(styles: stage.screen.grid, "\(place.rawValue)-\(columns)x\(rows)")
    }
  }

  @Test func `a field, a menu, the commands and the help lie over the panes`() throws {
    let stage = try Stage(World.team())
    stage.press("r")
    stage.type("Take 1, please.")
    try Golden.check(stage.text, "comment-80x24")
    stage.press("Esc", "a")
    try Golden.check(stage.text, "assign-80x24")
    stage.press("Esc", "C-k")
    stage.type("ques")
    try Golden.check(stage.text, "commands-80x24")
    stage.press("Esc", "?")
    try Golden.check(stage.text, "help-80x24")
  }

  @Test func `a thread: folded steps, the unread line, an answer that waits, and what came below`()
    throws
  {
    let world = try World.team()
    let card = try world.card("Chunked upload", to: .atlas, ago: 7_000)
    for ago in [2_520, 2_400, 2_160] as [Int64] {
      try world.comment("step", on: card, by: .atlas, ago: ago, intent: "progress")
    }
    try world.status(.inProgress, on: card, by: .atlas, ago: 2_100)
    try world.comment("Does this cover the mobile client?", on: card, by: .bob, ago: 900)
    try world.question(
      "Which offset header?", options: ["Upload-Offset", "Content-Range"], on: card, by: .atlas,
      ago: 600, fields: ["action": ["risk": "high", "preview": "changes the public API"]])
    let stage = try Stage(world)
    stage.press("Enter", "1")
    stage.press("Enter", "g", "g")
    stage.wait(.seconds(1))
    try world.comment("One more thing.", on: card, by: .bob, ago: 5)
    stage.changed()
    try Golden.check(stage.text, "thread-80x24")
    stage.resize(120, 40)
    try Golden.check(stage.text, "thread-120x40")
  }

  @Test func `a screen that is too small says so`() throws {
    let stage = try Stage(World.team(), columns: 19, rows: 24)
    #expect(stage.row(0) == "too small \(stage.screen.size.columns)x\(stage.screen.size.rows)")
    stage.resize(20, 4)
    #expect(stage.row(0) == "too small \(stage.screen.size.columns)x\(stage.screen.size.rows)")
    stage.resize(20, 5)
    #expect(stage.row(0).contains("Board"))
    stage.resize(20, 7)
    #expect(stage.status.contains("BROWSE"))
  }

  @Test func `what has not changed is drawn as it was`() throws {
    let stage = try Stage(World.team(), columns: 120, rows: 40)
    let before = stage.screen.grid
    stage.changed()
    stage.draw()
    #expect(stage.screen.grid == before)
  }

  @Test func `the status line names the engine, the relays and what is being sent`() throws {
    let stage = try Stage(World.team())
    #expect(stage.row(0).contains("live 1/2"))
    stage.shell.engine = .gone
    stage.draw()
    #expect(stage.status.contains("engine gone, restarting"))
    stage.press("r")
    stage.type("written meanwhile")
    stage.press("Enter")
    #expect(stage.status.contains("1 waiting for the engine"))
    stage.shell.engine = .connected
    stage.draw()
    #expect(!stage.status.contains("waiting for the engine"))
    stage.wait(.seconds(1))
    #expect(stage.status.contains("1 waiting for the engine"))
  }

  @Test func `hostile names and titles are drawn harmless`() throws {
    let world = try World.team()
    let card = try world.card(
      "\u{1B}[2J\u{202E}evil\u{7}\r\nsecond\u{200B}", body: "a\u{1B}]0;x\u{7}b\u{9B}2J\u{2066}",
      on: "storage", by: .bob, ago: 5)
    try world.comment("\u{1B}c\u{202E}\u{0}x", on: card, by: .bob, ago: 4)
    for (columns, rows) in [(40, 12), (80, 24), (120, 40), (200, 60)] {
      let stage = try Stage(world, columns: columns, rows: rows)
      stage.press("h", "h", "g", "g", "Enter")
      let scalars = stage.text.unicodeScalars
      #expect(
        scalars.allSatisfy {
          $0 == "\n" || ($0.value >= 0x20 && !(0x7F...0x9F).contains($0.value))
        })
      #expect(!scalars.contains { (0x202A...0x202E).contains($0.value) || $0.value == 0x2066 })
      #expect(stage.shows("[2Jevil second"))
    }
  }
}
