import FourA
import Glibc
import Home
import Nostr
import Replica
import Studio
import Testing

@testable import Worker

/// A run that was stopped or has ended, and the one that goes on where it was.
@Suite struct GoingOnTests {
  private static let failed = RunEnding(outcome: "failed", code: "nonzero_exit", words: "it broke")

  private func order(
    _ fields: JSONObject, on card: Event, in yard: Yard, by person: Person = .bob
  ) throws {
    yard.now += 60
    try yard.publish(
      .comment(
        .control(
          .retry, "mind the gap", card: card.id, address: card.address, fields: fields,
          createdBy: try person.key)), d: "retry-\(yard.now)", by: person)
  }

  /// A card whose run has failed in a session of its own.
  private func failedCard(_ yard: Yard, fabric: Fabric? = nil) throws -> (Event, String) {
    let card = try yard.card(fabric: fabric)
    try yard.step()
    let run = try yard.run(card).run
    yard.driver.views[run]?.session = "s-1"
    yard.driver.end(run, Self.failed)
    try yard.step()
    #expect(try yard.row(card).isHeld)
    return (card, run)
  }

  @Test func `a retry goes on in the session and in the place of the run before it`() throws {
    let yard = try Yard()
    let (card, first) = try failedCard(yard)
    try order(["mode": "resume", "from_run": .string(first)], on: card, in: yard)
    try yard.step()
    let run = try yard.run(card)
    #expect(run.run != first && run.cycle == 2)
    #expect(run.session == "s-1" && run.place == first)
    let job = try #require(yard.driver.jobs[run.run])
    #expect(job.isResumed && job.prompt.contains("mind the gap"))
    #expect(!job.prompt.contains("Rules:"), "its program knows them")
    // Of three the third works where the first did.
    yard.driver.end(run.run, Self.failed)
    try yard.step()
    yard.restart()
    try order([:], on: card, in: yard)
    try yard.step()
    #expect(try yard.run(card).place == first)
  }

  @Test func `a fresh retry knows nothing of the run before it`() throws {
    let yard = try Yard()
    let (card, first) = try failedCard(yard)
    try order(["mode": "fresh", "from_run": .string(first)], on: card, in: yard)
    try yard.step()
    let run = try yard.run(card)
    #expect(run.session == nil && run.place == nil)
    let job = try #require(yard.driver.jobs[run.run])
    #expect(!job.isResumed && job.prompt.contains("Rules:") && job.prompt.contains("mind the gap"))
  }

  @Test func `a retry of the author's raises the author's own limit, not the owner's`() throws {
    let yard = try Yard()
    yard.settings.budgetUSD = 5
    yard.settings.owner = try Person.dana.key
    yard.restart()
    let (card, _) = try failedCard(yard, fabric: Fabric(type: "card", fields: ["budget_usd": 1]))
    try order(["budget_usd": 8], on: card, in: yard)
    try yard.step()
    #expect(yard.driver.jobs[try yard.run(card).run]?.budgetUSD == 5)
  }

  // MARK: Money

  /// A card whose run has spent all that it may.
  private func spentCard(_ yard: Yard, fabric: Fabric? = nil) throws -> Event {
    yard.settings.owner = try Person.dana.key
    yard.restart()
    try yard.register(owner: .dana)
    let card = try yard.card(fabric: fabric)
    try yard.step()
    yard.now += 10
    let run = try yard.run(card).run
    var digest = RunDigest()
    digest.take(.cost(5.02))
    yard.driver.views[run]?.digest = digest
    var ending = RunEnding(
      outcome: "budget_exhausted", code: "budget_exhausted", words: "its budget is spent",
      text: "Half of it.")
    ending.isOutOfMoney = true
    yard.driver.end(run, ending)
    try yard.step()
    return card
  }

  private func answer(_ fields: JSONObject, _ yard: Yard, by person: Person) throws {
    let row = try #require(try yard.reader.questions(yard.room, openOnly: false).first)
    yard.now += 5
    try yard.publish(
      .answer(
        Answer(
          target: .init(row.eventID), body: "so", createdBy: "x",
          fabric: Fabric(type: "answer", fields: fields))), d: "a-\(yard.now)", by: person)
    try yard.step()
  }

  private func digest(_ yard: Yard) throws -> String {
    let row = try #require(try yard.reader.questions(yard.room, openOnly: false).first)
    let fabric = row.fabric.flatMap { try? JSON(parsing: $0) }
    return try #require(fabric?["action"]?["digest"]?.string)
  }

  @Test func `the owner of the limit is asked to raise it, and the run goes on`() throws {
    let yard = try Yard()
    yard.settings.budgetUSD = 5
    let card = try spentCard(yard)
    #expect(try yard.run(card).state == .waiting)
    #expect(try yard.row(card).status == "in_progress")
    let row = try #require(try yard.reader.questions(yard.room, openOnly: true).first)
    #expect(row.body == "It has spent $5.02 of $5.00 and is not done. Raise the budget to $10.00?")
    let digest = try digest(yard)
    // Not the author's to say.
    try answer(["decision": "allow_once", "digest": .string(digest)], yard, by: .bob)
    #expect(try yard.run(card).state == .waiting)
    yard.restart()
    try answer(["decision": "allow_once", "digest": .string(digest)], yard, by: .dana)
    try yard.step()
    let run = try yard.run(card)
    #expect(run.raisedUSD == 10 && run.segment == 2 && run.isOnMachine)
    let budget = try #require(yard.driver.jobs[run.run]?.budgetUSD)
    #expect(abs(budget - 4.98) < 0.001)
    yard.driver.end(run.run, RunEnding(outcome: "completed", text: "All of it."))
    try yard.step()
    #expect(try yard.row(card).status == "done")
    #expect(try yard.run(card).events + 1 <= 12)
  }

  @Test func `the author is asked about the author's own limit`() throws {
    let yard = try Yard()
    let card = try spentCard(yard, fabric: Fabric(type: "card", fields: ["budget_usd": 5]))
    try answer(["value": true], yard, by: .bob)
    try yard.step()
    let run = try yard.run(card)
    #expect(run.raisedUSD == 10 && run.segment == 2)
    #expect(try run.raisedBy == Person.bob.key)
  }

  @Test(arguments: ["no", "silence"])
  func `without more money it ends with what it has done`(by how: String) throws {
    let yard = try Yard()
    let card = try spentCard(yard, fabric: Fabric(type: "card", fields: ["budget_usd": 5]))
    if how == "no" { try answer(["value": false], yard, by: .bob) }
    yard.now += 25 * 3_600
    yard.restart()
    try yard.step()
    let run = try yard.run(card)
    #expect(run.state == .done && run.outcome == "budget_exhausted")
    #expect(try yard.row(card).isHeld)
    #expect(try yard.said("error").count == 1)
    #expect(yard.driver.started.count == 1)
  }

  // MARK: Going round in circles

  @Test func `the same error again and again is told once, then it is stopped`() throws {
    let yard = try Yard()
    let card = try yard.card()
    try yard.step()
    let run = try yard.run(card).run
    var digest = RunDigest()
    for _ in 0..<3 { digest.take([.tool(name: "Bash", detail: "make"), .failure("no rule")]) }
    digest.take(.tool(name: "Edit", detail: "Makefile"))
    for _ in 0..<3 { digest.take(.failure("no rule")) }
    yard.driver.views[run]?.digest = digest
    try yard.step()
    #expect(yard.driver.stopped[run] == nil, "something was written in between")
    digest.take(.failure("no rule"))
    yard.driver.views[run]?.digest = digest
    yard.driver.views[run]?.session = "s"
    try yard.step()
    #expect(yard.driver.stopped[run] == "stuck")
    let stuck = RunEnding(outcome: "cancelled", code: "stuck")
    yard.driver.end(run, stuck)
    try yard.step()
    try yard.step()
    #expect(yard.driver.jobs[run]?.prompt.contains("Think again") == true)
    yard.driver.end(run, stuck)
    try yard.step()
    let ended = try yard.run(card)
    #expect(ended.outcome == "failed" && ended.code == "stuck")
  }

  @Test func `a program's errors and its money's end are read from its output`() throws {
    var claude = ParserKind.claudeStream.parser()
    let lines = [
      #"{"type":"user","message":{"content":[{"type":"tool_result","is_error":true,"content":"Exit code 2"},{"type":"tool_result","content":"fine"}]}}"#,
      #"{"type":"result","subtype":"error_max_budget_usd","is_error":true,"total_cost_usd":5.1,"session_id":"s"}"#,
    ]
    let facts = claude.feed(Array((lines.joined(separator: "\n") + "\n").utf8))
    #expect(facts.contains(.failure("Exit code 2")))
    #expect(claude.end(RunEnd(exit: 1)).code == .budgetExhausted)
    var codex = ParserKind.codexJSONL.parser()
    let line =
      #"{"type":"item.completed","item":{"type":"command_execution","command":"make","aggregated_output":"no rule","exit_code":2}}"#
    #expect(codex.feed(Array((line + "\n").utf8)).contains(.failure("2 no rule")))
  }
}

/// What is left of runs, and what of it is taken away.
@Suite struct CleanerTests {
  private struct Left {
    let shop: DriverTests.Shop
    let cleaner: RunCleaner

    init(_ behaviour: String, _ change: (inout WorkerConfig) -> Void = { _ in }) throws {
      var config = WorkerConfig()
      change(&config)
      let card = config.repositories.first.map { _ in
        Fabric(type: "card", fields: ["repo": "web"])
      }
      shop = try DriverTests.Shop(behaviour, fabric: card, change)
      cleaner = RunCleaner(shop.home, config)
      shop.yard.driver.end(try shop.run.run, try shop.finish())
      try shop.yard.step()
      #expect(try shop.run.state == .done)
    }

    var path: String { get throws { try shop.directory.path } }

    func reason(after days: Int64) throws -> RunLeftover.Reason? {
      try cleaner.survey(shop.yard.reader, "atlas", now: shop.yard.now + days * 86_400).first?
        .reason
    }

    func clean(after days: Int64) throws -> Int {
      try cleaner.clean(shop.yard.reader, "atlas", now: shop.yard.now + days * 86_400).count
    }
  }

  @Test func `what was told whole goes after a week`() throws {
    let left = try Left("succeed")
    #expect(try left.reason(after: 6) == .recent)
    #expect(try left.clean(after: 6) == 1)
    #expect(try left.clean(after: 8) == 0)
    #expect(access(try left.path, F_OK) != 0)
  }

  @Test func `files that are here alone stay until their owner names the run`() throws {
    let left = try Left("succeed")
    try SystemCall.replace(
      "\(left.path)/out/big.bin", with: [UInt8](repeating: 7, count: 5_000), mode: 0o600)
    #expect(try left.reason(after: 30) == .undelivered)
    #expect(try left.clean(after: 30) == 1)
    let run = try left.shop.run.run
    #expect(throws: StudioError.self) {
      try left.cleaner.remove("ffff", left.shop.yard.reader, "atlas", now: left.shop.yard.now)
    }
    _ = try left.cleaner.remove(
      String(run.prefix(8)), left.shop.yard.reader, "atlas", now: left.shop.yard.now)
    #expect(access(try left.path, F_OK) != 0)
  }

  @Test func `a tree stays while its branch is not merged, or holds what no commit has`() throws {
    let repository = try Repository()
    let left = try Left("edit") {
      $0.sandbox = .none
      $0.repositories = [.init(alias: "web", path: repository.path, mode: .worktree)]
    }
    let run = try left.shop.run
    let tree = "\(left.shop.home.stateDirectory)/worktrees/\(run.run)"
    #expect(try left.reason(after: 30) == .unmerged)
    try repository.git("merge", "-q", "studio/one-\(run.run.prefix(8))")
    #expect(try left.reason(after: 30) == nil)
    try SystemCall.replace("\(tree)/c.txt", with: Array("more\n".utf8), mode: 0o600)
    #expect(try left.reason(after: 30) == .uncommitted)
    #expect(try left.clean(after: 30) == 1)
    unlink("\(tree)/c.txt")
    #expect(try left.clean(after: 30) == 0)
    #expect(access(tree, F_OK) != 0)
    try repository.git("rev-parse", "--verify", "studio/one-\(run.run.prefix(8))")
  }
}

/// A repository with a commit in it.
final class Repository {
  let path = "/tmp/studio-repo-\(UInt32.random(in: 0 ... .max))"

  init() throws {
    try SystemCall.makeDirectory(path)
    try SystemCall.replace("\(path)/a.txt", with: Array("one\n".utf8), mode: 0o644)
    try git("init", "-q")
    try git("add", "-A")
    try git("commit", "-qm", "first")
  }

  deinit { RunRig.remove(path) }

  @discardableResult
  func git(_ words: String...) throws -> String {
    let done = try CapturedProcess.run(
      ["git", "-c", "user.name=a", "-c", "user.email=a@b"] + words, directory: path,
      environment: ["PATH": "/usr/bin:/bin", "HOME": path])
    #expect(done.isSuccess, "\(String(decoding: done.errors, as: UTF8.self))")
    return done.text
  }
}
