import Nostr
import Replica
import Studio
import Terminal
import Testing
import Workspace

@testable import Panes

/// What an agent tells of its run, wherever its card is shown.
@Suite struct RunShownTests {
  /// A card at which atlas works, one that waits for a slot, and one whose run has failed.
  private func world() throws -> World {
    let world = try World()
    let upload = try world.card("Chunked upload", to: .atlas, ago: 9_000)
    try world.status(.inProgress, on: upload, by: .atlas, ago: 7_800)
    let todo: JSON = .array(
      [("find the call sites", true), ("resume tokens", true), ("tests", false), ("docs", false)]
        .map { ["text": .string($0.0), "done": .bool($0.1)] })
    try world.post(
      .comment(
        .report(
          "progress", "writing tests for resume()", card: upload.id, address: upload.address,
          run: World.runID, fields: ["todo": todo], createdBy: Person.atlas.key)),
      d: "p1", by: .atlas, at: World.now - 40)
    try world.run(on: upload, by: .atlas, ago: 8) {
      $0.startedAt = World.now - 7_800
      $0.progressAt = World.now - 40
      ($0.costUSD, $0.budgetUSD) = (0.42, 5)
      ($0.host, $0.model, $0.files, $0.tools, $0.attempt) = ("build-3", "opus", 11, 31, 2)
    }
    let queued = try world.card("Quota", to: .atlas, ago: 500)
    try world.run(on: queued, by: .atlas, ago: 20, id: String(repeating: "b", count: 32)) {
      ($0.state, $0.queuePosition, $0.startedAt) = (.queued, 1, nil)
    }
    let failed = try world.card("Flaky suite", to: .atlas, ago: 8_000)
    try world.status(.inProgress, on: failed, by: .atlas, ago: 6_000)
    try world.run(on: failed, by: .atlas, ago: 4_000, id: String(repeating: "c", count: 32)) {
      ($0.state, $0.outcome, $0.code) = (.done, "failed", "no_result")
      $0.reason = "it ended without a result"
      $0.startedAt = World.now - 6_000
    }
    try world.hold(failed, by: .atlas, ago: 3_999)
    return world
  }

  @Test(arguments: [(80, 24), (120, 40), (200, 60)] as [(Int, Int)])
  func `a card says how its run stands, its clocks, its cost and its checklist`(
    columns: Int, rows: Int
  ) throws {
    let stage = try Stage(world(), columns: columns, rows: rows, at: .board)
    stage.wait(.seconds(6))
    for _ in 0..<4 where stage.shell.card.card?.title != "Chunked upload" { stage.press("l") }
    try Golden.check(stage.text, "runs-board-\(columns)x\(rows)")
    stage.press("Enter")
    try Golden.check(stage.text, "runs-card-\(columns)x\(rows)")
    stage.press("g", "a")
    try Golden.check(stage.text, "runs-agents-\(columns)x\(rows)")
  }

  @Test func `a run runs once something was said on its card, whatever its record says`() throws {
    for isSaid in [false, true] {
      let world = try World()
      let card = try world.card("Look at it", to: .atlas, ago: 9_000)
      // Of the run before: no sign of this one.
      try world.status(.inProgress, on: card, by: .atlas, ago: 3_000)
      try world.run(on: card, by: .atlas, ago: 2_400) { $0.state = .starting }
      if isSaid {
        try world.post(
          .comment(
            .report(
              "progress", "half of it", card: card.id, address: card.address, run: World.runID,
              fields: [:], createdBy: Person.atlas.key)), d: "p1", by: .atlas,
          at: World.now - 2_390)
      }
      let stage = try Stage(world, at: .board)
      stage.press("Enter")
      #expect(stage.shows("RUN ● \(isSaid ? "running" : "starting")"), "\(stage.text)")
    }
  }

  @Test func `what a run has asked waits for nobody once the run has ended`() throws {
    let world = try World()
    let card = try world.card("Look at it", to: .atlas, ago: 900)
    try world.status(.inProgress, on: card, by: .atlas, ago: 800)
    try world.run(on: card, by: .atlas, ago: 700)
    let asked = try world.question(
      "What of it?", options: ["memory", "disk"], on: card, by: .atlas, ago: 600,
      fields: ["run": .string(World.runID), "blocking": true])
    let stage = try Stage(world, at: .board)
    stage.press("Enter")
    #expect(stage.shell.card.question?.eventID == asked.id)
    #expect(stage.shows("· waits"))
    try world.run(on: card, by: .atlas, ago: 5) { ($0.state, $0.outcome) = (.done, "cancelled") }
    stage.changed()
    #expect(stage.shell.card.question == nil)
    #expect(stage.shows("· withdrawn"))
    #expect(!stage.shows("waits"))
    #expect(!stage.shows("answer in other words"))
  }

  @Test func `what is said of a run is said in words, and its ages move`() throws {
    let stage = try Stage(world(), columns: 120, rows: 40, at: .board)
    stage.wait(.seconds(2))
    for _ in 0..<4 where stage.shell.card.card?.title != "Chunked upload" { stage.press("l") }
    #expect(stage.shows("RUN ● running · for 2h9m"))
    #expect(stage.shows("$0.42 of $5.00"))
    #expect(stage.shows("2/4  ✓ find the call sites  ✓ resume tokens  ▸ tests  · docs"))
    #expect(stage.shell.card.nextChange != nil)
    stage.wait(.seconds(3_000))
    #expect(stage.shows("ago, late"))
    for _ in 0..<4 where !stage.shows("RUN ! failed: no result") { stage.press("h", "j") }
    #expect(stage.shows("RUN ! failed: no result"))
    #expect(stage.shows("it ended without a result"))
    #expect(stage.shows("on hold"))
  }

  @Test func `a stop that nobody confirms is said to be late after a minute`() throws {
    let world = try world()
    let stage = try Stage(world, columns: 120, rows: 40, at: .board)
    for _ in 0..<4 where stage.shell.card.card?.title != "Chunked upload" { stage.press("l") }
    let card = try stage.event(of: try #require(stage.shell.card.card))
    try world.post(
      .comment(
        .control(
          .cancel, "stop", card: card.id, address: card.address, createdBy: Person.alice.key)),
      d: "c", by: .alice, at: World.now)
    stage.changed()
    #expect(stage.shows("asked to stop 0s ago"))
    stage.wait(.seconds(70))
    #expect(stage.shows("not confirmed: its worker is late"))
    try world.run(on: card, by: .atlas, ago: -75) { $0.state = .cancelling }
    stage.changed()
    #expect(stage.shows("RUN ! stopping"))
    #expect(!stage.shows("not confirmed"))
  }

  @Test
  func `who is given a card is chosen by use, and agents are told from people by what they signed`()
    throws
  {
    let world = try world()
    // Called like an agent, and has signed nothing that tells.
    try world.post(
      .card(
        Card(kind: "_profile", track: "inbox", title: "agent-7", body: "x", createdBy: "x")),
      d: DTag.profile(Person.bob.key), by: .bob, at: 900)
    let connection = ConnectionID.random { Array(repeating: 0x6b, count: $0) }
    try world.post(
      .card(
        .agent(
          connection, name: "atlas", role: "worker", owner: try Person.alice.key, createdBy: "x")),
      d: DTag.agent(connection: connection.text), by: .atlas, at: World.now - 9_500)
    let stage = try Stage(world, columns: 120, rows: 40, at: .board)
    stage.wait(.seconds(6))
    stage.press("a")
    try Golden.check(stage.text, "assign-load-120x40")
    let row = try #require(
      (0..<40).map(stage.row).first { $0.contains("atlas  ") && $0.contains("agent") })
    #expect(row.contains("1 running, 1 queued") && row.contains("agent of you"))
    let bob = try #require((0..<40).map(stage.row).first { $0.contains("agent-7") })
    #expect(bob.contains("member"))
    stage.type("queued")
    #expect(!stage.shows("agent-7"))
    stage.press("Enter")
    #expect("\(try stage.orders().last?.arguments.text ?? "")".contains(try Person.atlas.key.hex))
  }

  @Test func `an agent's slots, a pause and the kinds that it takes are seen before it is chosen`()
    throws
  {
    let world = try world()
    func register(_ person: Person, _ accepts: JSONObject) throws {
      let connection = ConnectionID.random {
        Array(SHA256.hash("\(person)").bytes.prefix($0))
      }
      try world.post(
        .card(
          .agent(
            connection, name: "\(person)", role: "worker", owner: try Person.bob.key,
            fields: ["accepts": .object(accepts)], createdBy: "x")),
        d: DTag.agent(connection: connection.text), by: person, at: World.now - 9_500)
    }
    try register(.atlas, ["max_parallel": 3])
    try register(.nameless, ["max_parallel": 2, "paused": true])
    try register(.bob, ["max_parallel": 1, "card_kinds": ["review", "note"]])
    let stage = try Stage(world, columns: 120, rows: 40, at: .board)
    stage.wait(.seconds(6))
    stage.press("a")
    try Golden.check(stage.text, "assign-offers-120x40")
    let rows = (0..<40).map(stage.row)
    let nameless = scene(stage).names.brief(try Person.nameless.key).string
    func row(_ name: String) throws -> String {
      try #require(try rows.first { $0.contains(try Regex(" \(name) +agent")) }, "\(name)")
    }
    #expect(try row("atlas").contains("1 of 3, 1 queued"))
    #expect(try row(nameless).contains("paused") && row(nameless).contains("0 of 2"))
    #expect(try row("bob").contains("takes no “task” cards"))
    let order = try [row("atlas"), row("bob"), row(nameless)].compactMap(rows.firstIndex)
    #expect(order.first == order.min())
  }

  private func scene(_ stage: Stage) -> Scene { stage.shell.scene }
}
