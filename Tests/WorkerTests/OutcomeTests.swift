import Glibc
import Home
import Nostr
import Replica
import Studio
import Testing

@testable import Worker

/// Whatever a program does and whatever a card says, it comes to an end that has a name.
@Suite struct OutcomeTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let behaviour: String
    let outcome: String
    let code: String
    let change: @Sendable (inout WorkerConfig) -> Void

    init(
      _ behaviour: String, _ outcome: String, _ code: String = "",
      _ change: @escaping @Sendable (inout WorkerConfig) -> Void = { _ in }
    ) {
      (self.behaviour, self.outcome, self.code, self.change) = (behaviour, outcome, code, change)
    }

    var testDescription: String { behaviour }
  }

  private static let cases = [
    Case("succeed", "completed"), Case("print-result", "completed"),
    Case("no-result", "failed", "no_result"), Case("read-input", "completed"),
    Case("fail", "failed", "nonzero_exit"), Case("die", "failed", "no_result"),
    Case("flood", "completed"), Case("half-character", "completed"),
    Case("leave-child", "completed"), Case("leave-nameless", "completed"),
    Case("hang", "timed_out", "first_output") { $0.firstOutput = 0.3 },
    Case("print-and-hang", "timed_out", "idle") { $0.idle = 0.3 },
    Case("ask-by-line", "timed_out", "total") { $0.total = 0.3 },
    Case("spend", "budget_exhausted", "budget_exhausted") { $0.budget = 5 },
    Case("succeed", "failed", "spawn_failed") { $0.command = ["/nowhere/to/be/found"] },
  ]

  @Test(arguments: cases)
  func `what a program does has a name`(_ given: Case) throws {
    let shop = try DriverTests.Shop(given.behaviour, given.change)
    let ending = try shop.finish()
    #expect(ending.outcome == given.outcome)
    #expect(ending.code == given.code)
    #expect(RunProcesses.all(run: try shop.run.run).isEmpty)
  }

  @Test func `the end of a supervisor is heard of, even when its files told it too early`() throws {
    let shop = try DriverTests.Shop("ignore-signals")
    let run = try shop.run
    try shop.driver.start(try #require(shop.yard.driver.jobs[run.run]))
    #expect(try shop.driver.look(at: run).life == .alive)
    let descriptor = try #require(shop.driver.descriptors.first)
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    #expect(poll(&entry, 1, 0) == 0)
    kill(try #require(try shop.directory.live()).supervisor.pid, SIGKILL)
    #expect(poll(&entry, 1, 10_000) == 1)
    let ending = try shop.finish()
    #expect((ending.outcome, ending.code) == ("lost", "lost"))
    #expect(shop.driver.descriptors.isEmpty)
    #expect(RunProcesses.all(run: run.run).isEmpty)
  }

  // MARK: Cards

  @Test func `a name that looks like a path is never one`() throws {
    let yard = try Yard()
    let name = "../../../../tmp/.studio/..%2f"
    let card = try yard.card(name)
    try yard.step()
    let run = try yard.run(card).run
    #expect(yard.driver.started == ["\(run)/1": 1])
    // Where it works and what is kept of it is named after the run.
    #expect(RunSpec.isRunID(run))
    let home = Home(directory: "\(yard.folder)/home")
    let directory = RunDirectory(home, run: run)
    #expect(directory.path == "\(home.stateDirectory)/runs/\(run)")
    let place = try WorkPlace(
      yard.run(card), alias: nil, config: WorkerConfig(), home: home, directory: directory)
    #expect(place.path == "\(directory.path)/work")
  }

  @Test func `an assignee who is named twice has one run`() throws {
    let yard = try Yard()
    let key = try Person.atlas.key
    let card = try yard.publish(
      .card(
        Card(
          kind: "task", track: "backlog", title: "Twice", body: "Do it", assignees: [key, key],
          createdBy: "x")), d: "twice", by: .bob)
    try yard.step()
    try yard.step()
    #expect(try yard.runs(card).count == 1)
    #expect(yard.driver.started.values.allSatisfy { $0 == 1 })
  }

  @Test func `a card from long before the worker is too old, and says so once`() throws {
    let yard = try Yard()
    let card = try yard.card()
    yard.now += 8 * 86_400
    try yard.step()
    try yard.step()
    #expect(try yard.runs(card).isEmpty)
    #expect(try yard.reader.skips("atlas").map(\.reason) == ["too_old"])
  }
}
