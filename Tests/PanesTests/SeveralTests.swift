import Home
import Nostr
import Replica
import Studio
import Terminal
import Testing
import Workspace

@testable import Panes

/// Questions that take several options, and options under the mouse.
@Suite struct SeveralTests {
  private let options = ["Chunks", "Resume", "Metrics"]

  private func asked(
    several: Bool = true, columns: Int = 80, at place: Place = .inbox
  ) throws -> Stage {
    let world = try World()
    let card = try world.card("What goes into 2.0", ago: 500)
    try world.question(
      "Which of these?", options: options, on: card, by: .atlas, ago: 100,
      fields: ["multi": .bool(several), "default": "2"])
    return try Stage(world, columns: columns, at: place)
  }

  private func choice(_ stage: Stage) throws -> JSON? {
    try stage.orders().first?.arguments["payload"]?["fabric"]?["choice"]
  }

  @Test(arguments: [false, true])
  func `digits choose several, once more takes one back, and Enter sends them`(
    opened: Bool
  ) throws {
    let stage = try asked()
    if opened { stage.press("Enter") } else { #expect(stage.shows("any of 3")) }
    stage.press("3", "1", "2", "2")
    #expect(stage.shows("[x] Chunks"))
    #expect(stage.shows("[ ] Resume   suggested"))
    #expect(stage.shows("[x] Metrics"))
    #expect(stage.shows("sends the 2 chosen"))
    #expect(stage.shell.scene.answers.held.isEmpty)
    stage.press("Enter")
    #expect(stage.shell.scene.answers.held.map(\.options) == [[1, 3]])
    stage.wait(.seconds(5))
    #expect(try choice(stage) == ["1", "3"])
    #expect(
      try stage.orders().first?.arguments["payload"]?["body"]?.string == "Chunks, Metrics")
  }

  @Test(arguments: Keymap.shippedNames, [Place.inbox, .card])
  func `space toggles the marked option in every keymap, and the footer says so`(
    map: String, place: Place
  ) throws {
    let stage = try asked(columns: 120)
    let (keymap, problems) = Settings.keymaps(of: stage.world.home).load(map)
    #expect(problems == [])
    stage.shell.use(keymap)
    stage.press(place == .card ? "Enter" : "g", place == .card ? "space" : "i")
    if place == .inbox { stage.press("space") }
    #expect(stage.shows("[x] Chunks"))
    #expect(stage.shows("▌1  [x] Chunks"))
    #expect(stage.status.contains("1-3 choose"))
    #expect(stage.status.contains("space this one"))
    stage.press("}", "}", "space", "}", "{", "space", "space")
    #expect(stage.shows("▌2  [ ] Resume"))
    #expect(stage.shows("[x] Metrics"))
    stage.press("Enter")
    #expect(stage.shell.scene.answers.held.map(\.options) == [[1, 3]])
  }

  @Test func `where the question takes one option space does not answer it`() throws {
    let stage = try asked(several: false)
    stage.press("space")
    #expect(stage.shows("the question takes one option"))
    #expect(stage.shell.scene.answers.held.isEmpty)
  }

  @Test func `in a preview that does not scroll the arrows go through the options`() throws {
    let stage = try asked()
    stage.press("Tab", "j", "j", "k", "Down", "space")
    #expect(stage.shows("▌3  [x] Metrics"))
    #expect(stage.shows("[ ] Chunks"))
  }

  @Test func `Enter opens the card while nothing is chosen`() throws {
    let stage = try asked()
    stage.press("Enter")
    #expect(stage.shell.place == .card)
    #expect(stage.shell.scene.answers.held.isEmpty)
  }

  @Test func `in the command line they are said with commas, and only where several may be chosen`()
    throws
  {
    let stage = try asked()
    let question = try #require(stage.shell.inbox.question)
    #expect(try question.answer(Arguments(["text": "1,3 and soon"])).options == [1, 3])
    #expect(
      try question.answer(Arguments(["text": "1,3 and soon"])).text == "Chunks, Metrics: and soon")
    let one = try #require(try asked(several: false).shell.inbox.question)
    #expect(try one.answer(Arguments(["text": "1,3 and soon"])).options == [])
    #expect(throws: StudioError.self) { try one.options(Arguments(["option": "4"])) }
  }

  @Test(arguments: [(80, Place.inbox), (80, .card), (120, .inbox)])
  func `a click on an option is its digit`(columns: Int, place: Place) throws {
    let stage = try asked(several: false, columns: columns)
    if place == .card { stage.press("Enter") }
    let y = try #require((0..<24).first { stage.row($0).contains("Metrics") })
    let row = Array(stage.row(y))
    let x = try #require(row.indices.first { row[$0...].starts(with: "Metrics") })
    stage.click(x, y)
    #expect(stage.shell.scene.answers.held.map(\.options) == [[3]])
  }

  @Test func `a card that is given away and begun at once stays the selected one`() throws {
    let world = try World()
    let other = try world.card("Stays behind", to: .atlas, ago: 900)
    let card = try world.card("Count it", ago: 600)
    let stage = try Stage(world)
    stage.shell.board.select(try world.object(card))
    stage.press("a")
    stage.type("atlas")
    stage.press("Enter")
    let order = try #require(try world.replica.nextIntents().first)
    try world.replica.finishIntent(order.id, result: "{}")
    try world.card("Count it", to: .atlas, ago: 5, d: card.d)
    stage.changed()
    try world.status(.inProgress, on: card, by: .atlas, ago: 1)
    stage.changed()
    #expect(stage.shell.board.selected?.title == "Count it")
    // Once the person has chosen anew, nothing pulls.
    stage.press("h", "j")
    try world.status(.done, from: .inProgress, on: card, by: .atlas, ago: 0)
    stage.changed()
    #expect(stage.shell.board.selected?.eventID == other.id)
  }
}
