import Nostr
import Replica
import Studio
import Terminal
import Testing

@testable import Panes

/// What was taken back is done again, unless the world has moved on.
@Suite struct RedoTests {
  /// How many orders were accepted, a second each.
  private var steps: Int64 = 0

  /// What the engine does with the first order that waits.
  private mutating func accept(
    _ stage: Stage, _ status: CardStatus, from: CardStatus, on card: CardRow
  )
    throws
  {
    let order = try #require(try stage.orders().first)
    #expect(order.arguments["payload"]?["to_status"]?.string == status.rawValue)
    steps += 1
    try stage.world.status(
      status, from: from, on: stage.event(of: card), by: .alice, ago: 10 - steps)
    try stage.world.replica.finishIntent(order.intent.id, result: "{}")
    stage.changed()
  }

  /// A card that was moved, and moved back.
  private mutating func undone() throws -> (Stage, CardRow) {
    let stage = try Stage(World.team(), columns: 120, rows: 40)
    let card = try #require(stage.shell.card.card)
    stage.press("C-r")
    #expect(stage.shows("nothing was taken back"))
    stage.press("L")
    try accept(stage, .done, from: .inProgress, on: card)
    stage.press("u")
    try accept(stage, .inProgress, from: .done, on: card)
    #expect(stage.shows("C-r does it again"))
    return (stage, card)
  }

  @Test(arguments: Keymap.shippedNames)
  mutating func `a move that was undone is made again, and can be undone again`(map: String) throws
  {
    let (stage, card) = try undone()
    stage.shell.use(Settings.keymaps(of: stage.world.home).load(map).keymap)
    stage.press("C-r")
    try accept(stage, .done, from: .inProgress, on: card)
    #expect(stage.shows("u undoes"))
    stage.press("C-r")
    #expect(stage.shows("nothing was taken back"))
    stage.press("u")
    try accept(stage, .inProgress, from: .done, on: card)
    #expect(stage.shell.redos.count == 1)
  }

  @Test mutating func `a card that somebody else has moved meanwhile is left alone`() throws {
    let (stage, card) = try undone()
    try stage.world.status(
      .open, from: .inProgress, on: stage.event(of: card), by: .alice, ago: 0)
    stage.changed()
    stage.press("C-r")
    #expect(stage.shows("not done again: the card is open by now"))
    #expect(try stage.orders().isEmpty)
  }

  @Test mutating func `once something else is done there is nothing to do again`() throws {
    let (stage, card) = try undone()
    stage.press("L")
    try accept(stage, .done, from: .inProgress, on: card)
    stage.press("C-r")
    #expect(stage.shows("nothing was taken back last"))
  }

  private func asked() throws -> (World, Stage, Event) {
    let world = try World()
    let card = try world.card("Move the bucket", ago: 500)
    let question = try world.question(
      "May I?", options: ["Yes", "No"], on: card, by: .atlas, ago: 100)
    return (world, try Stage(world, at: .inbox), question)
  }

  @Test func `an answer taken back is on its way again for as long as the first time`() throws {
    let (_, stage, _) = try asked()
    stage.press("2", "u")
    #expect(stage.shows("taken back · C-r does it again"))
    stage.press("C-r")
    #expect(stage.shell.scene.answers.held.map(\.options) == [[2]])
    stage.wait(.milliseconds(4_999))
    #expect(try stage.orders().isEmpty)
    stage.wait(.milliseconds(1))
    #expect(try stage.orders().first?.arguments["payload"]?["fabric"]?["choice"] == ["2"])
  }

  @Test func `an answer that somebody else has given meanwhile is not given again`() throws {
    let (world, stage, question) = try asked()
    stage.press("2", "u")
    try world.post(World.answer("Yes", to: question), d: "answer", by: .alice, at: World.now)
    stage.changed()
    stage.press("C-r")
    #expect(stage.shows("not done again: you have answered: “Yes”"))
    #expect(stage.shell.scene.answers.held.isEmpty)
  }

  @Test func `a row that was snoozed and brought back is snoozed again`() throws {
    let (_, stage, _) = try asked()
    stage.press("s", "Enter", "u")
    #expect(stage.shell.inbox.question != nil)
    stage.press("C-r")
    #expect(stage.shows("snoozed for an hour"))
    #expect(stage.shell.inbox.question == nil)
    stage.press("u")
    #expect(stage.shell.inbox.question != nil)
  }
}
