import Nostr
import Replica
import Studio
import Testing

@testable import Worker

/// How the worker stands in its rooms, and the limits that are not of one card.
@Suite struct StandingTests {
  private static let completed = RunEnding(outcome: "completed", text: "All done.")

  private func named() throws -> Yard {
    let yard = try Yard()
    yard.settings.owner = try Person.dana.key
    yard.restart()
    return yard
  }

  @Test func `a room knows the worker, its owner and what it has in hand, for one event`() throws {
    let yard = try named()
    for _ in 0..<3 {
      yard.restart()
      yard.now += 600
      _ = try yard.loop.introduce()
      try yard.step()
    }
    #expect(yard.signed.map(\.kind) == [30530])
    var load = try #require(try yard.reader.agentLoads(yard.room).first)
    let owner = try Person.dana.key
    #expect(load.name == "atlas" && load.owner == owner)
    #expect(load.parallel == 2 && load.program == "generic" && !load.isPaused && load.hasSlot)
    #expect(load.takes("task") && !load.takes("_agent"))
    let card = try yard.card("one")
    _ = try yard.card("two")
    try yard.step()
    load = try #require(try yard.reader.agentLoads(yard.room).first)
    #expect((load.work.running, load.work.queued) == (1, 1) && !load.hasSlot)
    // The owner whom the registry names may stop it.
    yard.now += 10
    try yard.control(.cancel, on: card, by: .dana)
    try yard.step()
    #expect(yard.driver.stopped[try yard.run(card).run] == "owner")
    for _ in 0..<2 {
      try yard.setMode(.paused)
      _ = try yard.loop.introduce()
      try yard.step()
      #expect(try yard.reader.agentLoads(yard.room).first?.isPaused == true)
      yard.now += 10
      try yard.setMode(.active)
      _ = try yard.loop.introduce()
      try yard.step()
      #expect(try yard.reader.agentLoads(yard.room).first?.isPaused == false)
      yard.now += 10
    }
  }

  @Test func `a run that has nothing to tell signs its life, within the budget`() throws {
    let yard = try Yard()
    let card = try yard.card()
    try yard.step()
    let signed = yard.signed.count
    var outlook = try yard.step()
    #expect(yard.signed.count == signed)
    for _ in 0..<300 {
      yard.now = max(yard.now + 60, outlook.wakeAt.map { min($0, yard.now + 60) } ?? 0)
      outlook = try yard.step()
    }
    let lives = yard.signed[signed...].count
    #expect((1...4).contains(lives), "\(lives)")
    let record = try #require(try yard.record(card))
    #expect(record.state == .running && record.heartbeatAt ?? 0 > 1_000_000 + 1_000)
    yard.driver.end(try yard.run(card).run, Self.completed)
    try yard.step()
    #expect(yard.signed.count + 1 <= 12)
  }

  @Test func `a silence is told once before the program is stopped for it`() throws {
    let yard = try Yard()
    yard.settings.idle = 900
    yard.restart()
    let card = try yard.card()
    try yard.step()
    let run = try yard.run(card).run
    func told() throws -> Int {
      try yard.reader.threadEnd(of: try yard.row(card).id, limit: 50).count {
        $0.body.hasPrefix("Nothing was heard")
      }
    }
    yard.driver.views[run]?.progressAt = yard.now
    yard.now += 599
    try yard.step()
    #expect(try told() == 0)
    yard.now += 1
    let outlook = try yard.step()
    #expect(try told() == 1 && (outlook.wakeAt ?? .max) > yard.now)
    for _ in 0..<3 {
      yard.now += 60
      yard.restart()
      try yard.step()
    }
    #expect(try told() == 1)
    // Heard again, and silent again; but never while it waits for an answer.
    yard.driver.views[run]?.progressAt = yard.now
    yard.driver.ask(run, ["op": "ask", "body": "Which?"])
    try yard.step()
    yard.now += 700
    try yard.step()
    #expect(try told() == 1)
  }

  @Test func `what a day may cost ends the day, and the next card waits for the next`() throws {
    let yard = try Yard()
    yard.settings.budgetPerDay = 5
    yard.settings.budgetUSD = 4
    yard.restart()
    for (name, cost, budget) in [("one", 3.0, 4.0), ("two", 2.0, 2.0)] {
      let card = try yard.card(name)
      try yard.step()
      let run = try yard.run(card).run
      #expect(yard.driver.jobs[run]?.budgetUSD == budget)
      yard.driver.views[run]?.digest.take(.cost(cost))
      try yard.step()
      yard.driver.end(run, Self.completed)
      try yard.step()
      yard.now += 60
    }
    let late = try yard.card("three")
    let outlook = try yard.step()
    #expect(try yard.record(late)?.code == "budget_zero")
    #expect(outlook.wakeAt != nil)
    yard.now += 86_400
    try yard.step()
    #expect(try yard.run(late).isOnMachine)
  }

  @Test func `whoever does the same again and again is told once, and then stopped`() throws {
    let yard = try Yard()
    yard.settings.needsSession = true
    yard.restart()
    let card = try yard.card()
    try yard.step()
    let run = try yard.run(card).run
    for segment in 1...2 {
      yard.driver.views[run]?.session = "s"
      for _ in 0..<WorkerLoop.mostRepeats - 1 {
        yard.driver.views[run]?.digest.take(.tool(name: "Bash", detail: "make"))
      }
      try yard.step()
      #expect(yard.driver.stopped[run] == nil)
      yard.driver.views[run]?.digest.take(.tool(name: "Bash", detail: "make"))
      try yard.step()
      #expect(yard.driver.stopped[run] == "stuck")
      yard.driver.stopped = [:]
      yard.driver.end(run, RunEnding(outcome: "cancelled", code: "stuck"))
      try yard.step()
      try yard.step()
      #expect(yard.driver.started["\(run)/2"] == 1, "\(segment)")
    }
    #expect(yard.driver.jobs[run]?.prompt.contains("the same thing again") == true)
    #expect(try yard.run(card).code == "stuck")
    #expect(try yard.row(card).isHeld)
  }

  @Test func `two machines with one key wait for one another before the first begins`() throws {
    for isFirst in [true, false] {
      let yard = try Yard()
      yard.settings.limits.parallel = 0
      yard.restart()
      let card = try yard.card()
      try yard.step()
      var foreign = RunRecord(
        card: card.id, address: card.address, run: String(repeating: "f", count: 32), state: .queued
      )
      foreign.host = "other"
      try yard.publish(
        .dispatch(foreign.intent(by: try Person.atlas.key, track: nil, milliseconds: 1)),
        d: DTag.run(card: card.id), by: .atlas, at: yard.now + (isFirst ? -5 : 5))
      yard.settings.limits.parallel = 2
      yard.restart()
      yard.now += 9
      let outlook = try yard.step()
      #expect(yard.driver.started.isEmpty)
      #expect(isFirst || outlook.wakeAt == yard.now + 1)
      yard.now += 1
      try yard.step()
      #expect(yard.driver.started.isEmpty == isFirst)
      #expect(try yard.run(card).state == (isFirst ? .done : .starting))
    }
  }

  @Test func `in a repository without working trees one run works at a time`() throws {
    let yard = try Yard()
    yard.settings.repositories = ["web": true]
    yard.restart()
    let web = Fabric(type: "card", fields: ["repo": "web"])
    let first = try yard.card("one", fabric: web)
    let second = try yard.card("two", by: .carol, fabric: web)
    let other = try yard.card("three", by: .dana)
    try yard.step()
    #expect(try yard.run(first).isOnMachine && yard.run(other).isOnMachine)
    #expect(try yard.run(second).state == .queued)
    yard.driver.end(try yard.run(other).run, Self.completed)
    try yard.step()
    #expect(try yard.run(second).state == .queued)
    yard.driver.end(try yard.run(first).run, Self.completed)
    try yard.step()
    try yard.step()
    #expect(try yard.run(second).isOnMachine)
  }

  @Test func `what cannot be fetched is named before anything is begun`() throws {
    let yard = try Yard()
    let file: JSONObject = ["type": "file", "filename": "../../etc/passwd", "sha256": "00"]
    let card = try yard.publish(
      .card(
        Card(
          kind: "task", track: "backend", title: "See the file", body: "See",
          blocks: [try #require(Block(file))], assignees: [try Person.atlas.key],
          createdBy: "x")), d: "file", by: .bob)
    try yard.step()
    #expect(try yard.record(card)?.code == "attachment_unavailable")
    #expect(yard.driver.started.isEmpty)
  }
}
