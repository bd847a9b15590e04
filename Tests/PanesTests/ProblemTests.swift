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
    #expect(problems.contains { $0.id == .system("refused") })
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

  private func card(_ title: String, _ stage: Stage) throws -> ObjectID {
    let rows = try stage.world.replica.reader.cards(stage.world.room, CardFilter(), limit: 50)
    return try #require(rows.first { $0.title == title }).id
  }
}
