import Home
import Nostr
import Replica
import Studio
import Terminal
import Testing

@testable import Panes

/// Answers are held for five seconds, and never sent silently.
@Suite struct AnswerTests {
  private let options = ["Yes, at once", "No"]

  /// A card with a question of atlas, open and in focus.
  private func asked(
    _ fields: JSONObject = [:], at place: Place = .inbox
  ) throws -> (Stage, Event, Event) {
    let world = try World()
    let card = try world.card("Move the bucket", ago: 500)
    let question = try world.question(
      "May I?", options: options, on: card, by: .atlas, ago: 100, fields: fields)
    let stage = try Stage(world, at: place)
    stage.press("Enter")
    return (stage, card, question)
  }

  @Test func `nothing is ordered before five seconds are over, and the wait is shown`() throws {
    let (stage, _, _) = try asked()
    stage.press("1")
    #expect(stage.shows("you: Yes, at once"))
    #expect(stage.shows("goes in 5 s · u takes it back"))
    #expect(stage.status.contains("answer goes in 5 s"))
    for second in (1...4).reversed() {
      stage.wait(.seconds(1))
      #expect(stage.shows("goes in \(second) s"))
    }
    stage.wait(.milliseconds(999))
    #expect(try stage.orders().isEmpty)
    #expect(stage.shows("goes in 1 s"))
    stage.wait(.milliseconds(1))
    let order = try #require(try stage.orders().first)
    #expect(order.arguments["payload"]?["fabric"]?["choice"] == ["1"])
    #expect(stage.shows("Yes, at once · queued"))
    #expect(!stage.status.contains("answer goes"))
  }

  @Test func `the countdown wakes the screen once a second, and not at all without an answer`()
    throws
  {
    let world = try World()
    let card = try world.card("Old", ago: 9 * 86_400)
    for index in 0..<2 {
      try world.question(
        "Which \(index)?", options: options, on: card, by: .atlas, ago: 8 * 86_400)
    }
    // Narrow, so without a clock.
    let stage = try Stage(world, columns: 59, at: .inbox)
    stage.press("Enter")
    // Until it is read, and where the person is has been kept.
    stage.wait(.seconds(1))
    stage.wait(.seconds(1))
    #expect(stage.shell.deadline == nil)
    stage.press("1")
    stage.wait(.milliseconds(300))
    stage.press("2")
    #expect(stage.shell.scene.answers.held.count == 2)
    var wakes = 0
    while !stage.shell.scene.answers.held.isEmpty, wakes < 20 {
      let due = try #require(stage.shell.deadline)
      stage.wait(due - stage.shell.clock.monotonic())
      wakes += 1
    }
    #expect(wakes <= 6)
    #expect(try stage.orders().count == 2)
  }

  @Test func `u takes a held answer back`() throws {
    let (stage, _, _) = try asked()
    stage.press("2")
    stage.wait(.seconds(4))
    stage.press("u")
    #expect(stage.shows("taken back"))
    stage.wait(.seconds(60))
    #expect(try stage.orders().isEmpty)
    #expect(stage.shows("▌? atlas"))
    stage.press("u")
    #expect(stage.shows("nothing is held"))
  }

  @Test func `words taken back stand in their field again`() throws {
    let (stage, _, _) = try asked()
    stage.press("o")
    stage.type("Only on Sunday")
    stage.press("A-Enter")
    stage.type("evening")
    stage.press("Enter")
    #expect(stage.shows("goes in 5 s"))
    stage.press("u")
    guard case .compose(let composer)? = stage.shell.overlays.last else {
      Issue.record("no field is open")
      return
    }
    #expect(composer.prompt.editor.text == "Only on Sunday\nevening")
    stage.wait(.seconds(60))
    #expect(try stage.orders().isEmpty)
    stage.press("Enter")
    stage.wait(.seconds(5))
    #expect(try stage.orders().first?.arguments["payload"]?["body"] == "Only on Sunday\nevening")
  }

  @Test func `quitting sends what is held`() throws {
    let (stage, _, _) = try asked()
    stage.press("1", "q", "q")
    #expect(try stage.orders().count == 1)
    stage.shell.close()
    #expect(try stage.orders().count == 1)
  }

  @Test func `going elsewhere sends what is held, going to the list does not`() throws {
    let (stage, _, _) = try asked()
    stage.press("1", "Esc")
    #expect(try stage.orders().isEmpty)
    stage.press("g", "b")
    #expect(try stage.orders().count == 1)
  }

  @Test func `where the card is out of sight a digit shows it first, and leaving it sends`() throws
  {
    let (stage, _, _) = try asked(at: .board)
    stage.press("Esc")
    stage.resize(40, 12)
    stage.press("1")
    #expect(stage.shell.focus == .card)
    #expect(stage.shell.scene.answers.held.isEmpty)
    stage.press("1")
    #expect(stage.shell.scene.answers.held.count == 1)
    stage.press("Esc")
    #expect(try stage.orders().count == 1)
  }

  @Test func `several questions take one key each`() throws {
    let (stage, card, _) = try asked()
    try stage.world.question("And then?", options: options, on: card, by: .atlas, ago: 90)
    stage.changed()
    stage.press("1", "2")
    #expect(stage.shell.scene.answers.held.map(\.options) == [[1], [2]])
    stage.press("1")
    #expect(stage.shows("the answer is on its way"))
    stage.wait(.seconds(5))
    #expect(try stage.orders().count == 2)
  }

  @Test func `an answer of somebody else ends the wait, and nothing is sent`() throws {
    let (stage, _, question) = try asked()
    stage.press("1")
    try stage.world.post(World.answer("Not yet", to: question), d: "a", by: .bob, at: World.now)
    stage.changed()
    #expect(stage.shows("bob has answered: “Not yet”; yours was not sent"))
    stage.wait(.seconds(60))
    #expect(try stage.orders().isEmpty)
  }

  @Test func `an answer that came unheard is seen before the held one goes`() throws {
    let (stage, _, question) = try asked()
    stage.press("o")
    stage.type("mine")
    stage.press("Enter")
    try stage.world.post(World.answer("faster", to: question), d: "a", by: .bob, at: World.now)
    stage.wait(.seconds(5))
    #expect(try stage.orders().isEmpty)
    #expect(stage.shows("bob has answered"))
    let draft = try #require(stage.shell.card.entries.first { $0.kind == .question })
    #expect(stage.shell.draft("answer:\(draft.address)") == "mine")
  }

  @Test func `what is typed while somebody answers is kept, and goes only when asked twice`() throws
  {
    let (stage, _, question) = try asked()
    stage.press("o")
    stage.type("I think")
    try stage.world.post(World.answer("Done", to: question), d: "a", by: .bob, at: World.now)
    stage.changed()
    #expect(stage.shows("bob has answered: “Done”"))
    #expect(stage.shows("I think"))
    let row = try #require(stage.shell.card.entries.first { $0.kind == .question })
    #expect(stage.shell.draft("answer:\(row.address)") == "I think")
    stage.press("Enter")
    #expect(stage.shell.scene.answers.held.isEmpty)
    #expect(stage.shows("↵ again sends"))
    stage.press("Enter")
    stage.wait(.seconds(5))
    #expect(try stage.orders().first?.arguments["payload"]?["body"] == "I think")
  }

  @Test func `a dangerous option wants Enter on a line that says what it does`() throws {
    let (stage, _, _) = try asked([
      "kind": "approval",
      "action": ["tool": "Bash", "preview": "rm -rf \u{1B}[2Jbuild", "risk": "high"],
    ])
    #expect(stage.shows("! high risk · Bash: rm -rf [2Jbuild"))
    stage.press("1")
    #expect(stage.shows("“Yes, at once” lets this happen: high risk · Bash: rm -rf [2Jbuild"))
    #expect(stage.shell.scene.answers.held.isEmpty)
    stage.press("Esc")
    stage.wait(.seconds(60))
    #expect(try stage.orders().isEmpty)
    stage.press("1", "Enter")
    #expect(stage.shell.scene.answers.held.count == 1)
    stage.wait(.seconds(5))
    #expect(try stage.orders().count == 1)
  }

  @Test(arguments: [
    ("choice", "low", false), ("choice", "high", true), ("choice", "unheard-of", true),
    ("confirm", "low", true), ("confirm", "none", false), ("approval", "medium", true),
  ])
  func `risk is read from the question`(kind: String, risk: String, isDanger: Bool) throws {
    let (stage, _, _) = try asked([
      "kind": .string(kind), "action": ["risk": .string(risk)],
    ])
    stage.press("1")
    #expect(stage.shell.scene.answers.held.isEmpty == isDanger)
  }

  @Test func `a digit does not answer a question that has just taken another's place`() throws {
    let (stage, card, question) = try asked()
    try stage.world.question("Drop it all?", options: options, on: card, by: .atlas, ago: 90)
    stage.changed()
    try stage.world.post(World.answer("ok", to: question), d: "a", by: .bob, at: World.now)
    stage.changed()
    stage.press("1")
    #expect(stage.shows("another question has just come here"))
    #expect(stage.shell.scene.answers.held.isEmpty)
    stage.wait(.milliseconds(400))
    stage.press("1")
    #expect(stage.shell.scene.answers.held.count == 1)
  }

  @Test func `after it the answer says how far it has come`() throws {
    let (stage, _, question) = try asked()
    let world = stage.world
    stage.press("1")
    stage.wait(.seconds(5))
    let order = try #require(try stage.orders().first)
    let answer = try world.accept(World.answer("Yes, at once", to: question), d: "a", ago: 0)
    try world.replica.finishIntent(order.intent.id, result: "{}")
    stage.changed()
    #expect(!stage.shows("queued"))
    #expect(stage.shows("· stored"))
    let relays = try world.relays
    for (index, relay) in relays.enumerated() {
      let due = try world.replica.nextDeliveries(relay: relay, limit: 9, now: World.now + 60)
      #expect(due.map(\.eventID) == [answer.id])
      for delivery in due { try world.replica.acknowledge(delivery.wrap, relay: relay) }
      stage.changed()
      #expect(stage.shows("· on \(index + 1) of 2 relays"))
    }
  }

  @Test func `what the engine refuses is told, and words come back as a draft`() throws {
    let (stage, _, _) = try asked()
    stage.press("o")
    stage.type("precious")
    stage.press("Enter")
    stage.wait(.seconds(5))
    let order = try #require(try stage.orders().first)
    let error = StudioError("room_closed", "the room is closed")
    try stage.world.replica.failIntent(order.intent.id, error: error.json.text)
    stage.changed()
    #expect(stage.shows("the room is closed"))
    stage.press("o")
    #expect(stage.shows("precious"))
  }
}
