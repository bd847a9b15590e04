import Home
import Nostr
import Replica
import Studio
import Terminal
import Testing
import Workspace

@testable import Panes

/// What is wrong, in one list, each with what says so.
@Suite struct ProblemTests {
  private func stage(_ columns: Int = 120, _ rows: Int = 40) throws -> Stage {
    let (world, _) = try World.atWork()
    let failed = try world.card("Broken build", to: .atlas, ago: 8_000)
    try world.run(on: failed, by: .atlas, ago: 900, id: String(repeating: "c", count: 32)) {
      ($0.state, $0.outcome, $0.code) = (.done, "timed_out", "idle")
      $0.reason = "nothing came for 15 minutes"
    }
    try world.hold(failed, by: .atlas, ago: 899)
    let late = try world.card("Quota", to: .atlas, ago: 7_000)
    try world.run(on: late, by: .atlas, ago: 6_000, id: String(repeating: "b", count: 32)) {
      ($0.state, $0.startedAt) = (.queued, nil)
    }
    let parked = try world.card("Parked", to: .atlas, status: .inProgress, ago: 9_000)
    try world.run(on: parked, by: .atlas, ago: 8_000, id: String(repeating: "d", count: 32)) {
      ($0.state, $0.outcome) = (.waiting, "waiting")
    }
    let asking = try world.card("Docs", to: .bob, ago: 700)
    try world.run(on: asking, by: .bob, ago: 600) {
      ($0.state, $0.outcome, $0.code, $0.run) = (.done, "skipped", "needs_consent", nil)
      $0.reason = "the owner of this agent has to allow its author first"
    }
    try world.comment("stop", on: failed, by: .nameless, ago: 100, intent: "cancel")
    let stage = try Stage(world, columns: columns, rows: rows, at: .board)
    stage.shell.engineStatus = [
      "unlocked": true,
      "relays": [
        ["state": "live", "url": "wss://one"],
        ["state": "waiting", "url": "wss://two", "error": "connection refused"],
      ],
    ]
    stage.changed()
    stage.wait(.seconds(6))
    return stage
  }

  @Test(arguments: [(80, 24), (120, 40), (200, 60)] as [(Int, Int)])
  func `what is wrong is told in words, with both clocks`(columns: Int, rows: Int) throws {
    let stage = try stage(columns, rows)
    stage.press("g", "!")
    try Golden.check(stage.text, "problems-\(columns)x\(rows)")
  }

  @Test func `everything that is wrong is there, and nothing that is not`() throws {
    let stage = try stage()
    stage.press("g", "!")
    let problems = stage.shell.agents.problems.problems
    let subjects = problems.map { "\($0.subject.string) \($0.place.string)" }
    #expect(subjects.contains("opus Flaky suite"))
    #expect(subjects.contains("atlas Broken build"))
    #expect(subjects.contains("atlas Quota"))
    #expect(subjects.contains("bob Docs"))
    #expect(subjects.contains("relay wss://two"))
    #expect(problems.contains { $0.id.text.hasPrefix("machine refused") })
    // Who waits for an answer, and who works, is not in trouble.
    #expect(
      !subjects.contains {
        ["Retry policy", "Chunked upload", "Parked"].contains(
          $0.split(separator: " ", maxSplits: 1).last.map(String.init) ?? "")
      })
    #expect(!subjects.contains("relay wss://one"))
    #expect(stage.shell.agents.problems.nextChange != nil)
  }

  @Test func `what is wrong is dealt with where it stands`() throws {
    let stage = try stage()
    stage.press("g", "!")
    stage.shell.agents.select("card \(try card("Broken build", stage).rawValue)")
    stage.shell.chooseAgain(onlyCard: true)
    stage.press("t", "Enter")
    let order = try #require(try stage.orders().last)
    let payload = order.arguments["payload"] ?? order.arguments["post"]?["payload"] ?? .null
    #expect(payload["intent"]?.string == "retry")
    stage.press("Enter")
    #expect(stage.shell.focus == .card && stage.shell.card.card?.title == "Broken build")
    stage.press("Esc")
    #expect(stage.shell.focus == .agents && stage.shows("Problems"))
    stage.press("p")
    #expect(!stage.shell.agents.showsProblems && stage.shows("Retry policy"))
  }

  @Test func `while our own connection is down nobody else is accused`() throws {
    let stage = try stage()
    stage.shell.engineStatus = [
      "unlocked": true, "relays": [["state": "waiting", "url": "wss://one"]],
    ]
    stage.changed()
    stage.wait(.seconds(6))
    stage.press("g", "!")
    let problems = stage.shell.agents.problems.problems
    #expect(!problems.contains { $0.member != nil })
    #expect(!problems.contains { $0.place.string == "Quota" })
    #expect(problems.contains { $0.subject.string == "relay" })
  }

  @Test func `a problem is put aside for a while, or until it is another`() throws {
    let stage = try stage()
    stage.press("g", "!")
    let before = stage.shell.agents.problems.problems.count
    try choose("Broken build", stage)
    stage.press("s", "Enter")
    #expect(!stage.shows("Broken build  ") && stage.shows("\(before - 1) · 1 put aside"))
    stage.wait(.seconds(3_601))
    stage.changed()
    #expect(stage.shell.agents.problems.snoozed == 0)
    try choose("Broken build", stage)
    stage.press("s")
    stage.type("fine")
    stage.press("Enter")
    #expect(stage.shell.agents.problems.snoozed == 1)
    stage.press("u")
    #expect(stage.shell.agents.problems.snoozed == 0)
    stage.press("C-r")
    #expect(stage.shell.agents.problems.snoozed == 1)
    stage.press("u")
    #expect(stage.shell.agents.problems.snoozed == 0)
    try choose("Broken build", stage)
    stage.press("s")
    stage.type("fine")
    stage.press("Enter")
    stage.wait(.seconds(200_000))
    stage.changed()
    #expect(stage.shell.agents.problems.snoozed == 1)
    // It was given out again, and has failed again.
    let event = try stage.event(of: row("Broken build", stage))
    try stage.world.run(
      on: event, by: .atlas, ago: -500, id: String(repeating: "e", count: 32)
    ) {
      ($0.state, $0.outcome, $0.code) = (.done, "failed", "no_result")
    }
    stage.changed()
    #expect(stage.shell.agents.problems.snoozed == 0)
  }

  @Test func `a silence that is fine leaves the inbox too, and comes back with it`() throws {
    let stage = try stage()
    let silences = stage.shell.scene.silences.count
    #expect(silences > 0)
    stage.press("g", "!")
    let silent = try #require(stage.shell.agents.problems.problems.first { $0.member != nil })
    stage.shell.agents.select(silent.id.text)
    stage.press("s")
    stage.type("fine")
    stage.press("Enter")
    stage.changed()
    #expect(stage.shell.scene.silences.count == silences - 1)
    stage.press("u")
    stage.changed()
    #expect(stage.shell.scene.silences.count == silences)
  }

  @Test func `what is wrong with this machine and its agent's program stands there too`() throws {
    let (world, _) = try World.atWork()
    let ghost = ConnectionID.random { Array(repeating: 0x11, count: $0) }
    let card = try world.card("Anything", ago: 400)
    try world.step("hello", 1, of: 2, on: card, by: .bob, connection: ghost, ago: 60)
    let desk = try Desk(path: world.home.replicaFile)
    func verdict(_ name: String, _ failure: String?, chosen: Bool) -> AdapterVerdict {
      AdapterVerdict(
        name: name, isChosen: chosen, version: nil, failure: failure, at: World.now - 120)
    }
    try desk.keep([
      verdict("claude", "claude\u{1b}[2J: not found", chosen: true),
      verdict("codex", "codex: not found", chosen: false),
    ])
    let stage = try Stage(world, columns: 120, rows: 40, at: .board)
    stage.press("g", "!")
    #expect(stage.shows("adapter"))
    #expect(stage.shows("cannot be run, as looked at 2m ago: claude"))
    #expect(!stage.shows("codex"))
    #expect(stage.shows("1 connection") && stage.shows("nobody vouches for"))
    try desk.keep([verdict("claude", nil, chosen: true)])
    try world.post(
      .card(.agent(ghost, name: "ghost", createdBy: "x")), d: DTag.agent(connection: ghost.text),
      by: .bob, at: World.now)
    stage.changed()
    #expect(!stage.shows("cannot be run") && !stage.shows("vouches"))
  }

  @Test func `a command tells the same, and puts aside what it has told`() throws {
    let stage = try stage()
    let workspace = try Workspace(home: stage.world.home) { throw StudioError("test", "no") }
    func run(_ name: String, _ values: [String: String] = [:]) throws -> JSON {
      try workspace.begin(try #require(Verbs.named(name)), Arguments(values)).result
    }
    func failed(_ result: JSON) -> JSON? {
      result["problems"]?.array?.first { $0["title"] == "Broken build" }
    }
    let all = try run("problems")
    let problem = try #require(failed(all))
    #expect(problem["kind"] == "timed_out" && problem["code"] == "idle")
    #expect(problem["words"] == "nothing came for 15 minutes" && problem["name"] == "atlas")
    #expect(all["disk"]?["worktrees"] == 0)
    let id = try #require(problem["id"]?.string)
    #expect(throws: StudioError.self) {
      try run("problems snooze", ["id": id, "for": "reply"])
    }
    _ = try run("problems snooze", ["id": String(id.prefix(8)), "for": "change"])
    let rest = try run("problems")
    #expect(failed(rest) == nil && rest["snoozed"] == 1)
    stage.press("g", "!")
    #expect(stage.shell.agents.problems.snoozed == 1)
    #expect(failed(try run("problems", ["all": ""]))?["snoozed_until"] == "change")
    _ = try run("problems restore", ["id": id])
    #expect(failed(try run("problems")) != nil)
  }

  private func choose(_ title: String, _ stage: Stage) throws {
    stage.shell.agents.select("card \(try card(title, stage).rawValue)")
    stage.shell.chooseAgain(onlyCard: true)
    stage.draw()
  }

  private func row(_ title: String, _ stage: Stage) throws -> CardRow {
    let rows = try stage.world.replica.reader.cards(stage.world.room, CardFilter(), limit: 50)
    return try #require(rows.first { $0.title == title })
  }

  private func card(_ title: String, _ stage: Stage) throws -> ObjectID {
    try row(title, stage).id
  }
}
