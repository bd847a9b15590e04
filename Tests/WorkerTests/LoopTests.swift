import Nostr
import Replica
import Studio
import Testing
import Worker

@Suite struct LoopTests {
  private static let completed = RunEnding(outcome: "completed", text: "All done.")

  @Test func `a card is acknowledged, worked on, reported and done, for few events`() throws {
    let yard = try Yard()
    let card = try yard.card()
    try yard.loop.step()
    let waiting = try yard.replica.nextIntents().map(\.idem)
    #expect(waiting.first?.hasPrefix("record:") == true, "the acknowledgement goes first")
    try yard.sign()
    #expect(try yard.row(card).status == "in_progress")
    #expect(try yard.record(card)?.state == .starting)
    let run = try yard.run(card).run
    #expect(yard.driver.started == ["\(run)/1": 1])
    #expect(yard.driver.jobs[run]?.prompt.contains("Do it") == true)

    for minute in 0..<90 {
      yard.now += 60
      yard.driver.views[run]?.digest.take(.text("Doing step \(minute) now."))
      try yard.step()
    }
    yard.driver.end(run, Self.completed)
    try yard.step()
    #expect(try yard.row(card).status == "done")
    #expect(try yard.record(card)?.outcome == "completed")
    #expect(try yard.said("result").count == 1)
    #expect(try !yard.said("progress").isEmpty)
    #expect(yard.signed.count + 1 <= 12, "\(yard.signed.count) events and the card")
    for event in yard.signed {
      #expect(try yard.reader.logEvent(event.id)?.verdict != .refused, "\(event.d)")
    }
    let events = yard.signed.count
    yard.restart()
    yard.now += 600
    let outlook = try yard.step()
    #expect(yard.signed.count == events && outlook.live == 0)
  }

  @Test func `a run that waited for its slot says that it runs once it does`() throws {
    let yard = try Yard()
    let first = try yard.card("first")
    yard.now += 1
    let second = try yard.card("second")
    try yard.step()
    #expect(try yard.record(second)?.state == .queued)
    yard.driver.end(try yard.run(first).run, Self.completed)
    // Its program is begun, and not seen yet.
    try yard.step()
    #expect(try yard.run(second).state == .starting)
    #expect(try yard.record(second)?.state == .queued)
    yard.restart()
    yard.now += 1
    for _ in 0..<2 { try yard.step() }
    let record = try #require(try yard.record(second))
    #expect(record.state == .running && record.startedAt == yard.now - 1)
    #expect(try yard.run(second).events == 3, "the acknowledgement, in progress, and this")
  }

  @Test func `whenever the worker dies, a card is begun once and reported once`() throws {
    for crash in 0..<6 {
      let yard = try Yard()
      let card = try yard.card()
      /// Everything is done a second time by a worker that remembers nothing.
      func again(_ place: Int) throws {
        if crash == place { yard.restart() }
        try yard.loop.step()
      }
      if crash == 0 { yard.driver.breaks = false }
      yard.driver.loses = crash == 1
      try yard.loop.step()
      yard.driver.loses = false
      try again(0)
      try again(1)
      try yard.sign()
      try again(2)
      let run = try yard.run(card).run
      try again(3)
      yard.driver.end(run, Self.completed)
      try again(4)
      // The engine had not seen the last orders.
      try again(5)
      try yard.sign()
      try yard.step()
      #expect(yard.driver.started == ["\(run)/1": 1], "place \(crash)")
      #expect(try yard.runs(card).count == 1, "place \(crash)")
      #expect(try yard.said("result").count == 1, "place \(crash)")
      #expect(try yard.row(card).status == "done", "place \(crash)")
    }
  }

  @Test func `a cancel ends the run, holds the card, and a retry is another cycle`() throws {
    let yard = try Yard()
    let card = try yard.card()
    try yard.step()
    let run = try yard.run(card).run
    yard.now += 10
    try yard.control(.cancel, on: card, by: .carol)
    try yard.step()
    #expect(yard.driver.stopped.isEmpty, "a stranger's word")
    try yard.control(.cancel, on: card, by: .bob)
    try yard.step()
    #expect(yard.driver.stopped == [run: "author"])
    #expect(try yard.run(card).state == .cancelling)
    yard.driver.end(run, RunEnding(outcome: "failed", code: "nonzero_exit"))
    yard.now += 5
    try yard.step()
    let row = try yard.row(card)
    #expect((row.status, row.isHeld) == ("open", true))
    #expect(try yard.record(card)?.outcome == "cancelled")
    #expect(try yard.record(card)?.code == "author")
    yard.now += 600
    try yard.step()
    #expect(yard.driver.started.count == 1, "a failure cannot loop")
    yard.now += 10
    try yard.control(.retry, on: card, by: .bob)
    try yard.step()
    #expect(try yard.runs(card).map(\.cycle) == [2, 1])
    #expect(yard.driver.started.count == 2)
    #expect(try yard.row(card).status == "in_progress")
  }

  @Test func `archiving, unassigning and deleting stop a run too`() throws {
    for (code, change) in [
      (
        "archived",
        { yard, card in
          try yard.publish(
            .comment(
              .statusChange(
                card: card.id, address: card.address, from: .inProgress, to: .archived,
                createdBy: "x")), d: "s", by: .bob)
        }
      ),
      ("unassigned", { yard, _ in try yard.card(to: .carol) }),
      ("unassigned", { yard, _ in try yard.card(to: nil) }),
    ] as [(String, (Yard, Event) throws -> Event)] {
      let yard = try Yard()
      let card = try yard.card()
      try yard.step()
      let run = try yard.run(card).run
      yard.now += 10
      _ = try change(yard, card)
      try yard.step()
      #expect(yard.driver.stopped[run] == code)
      yard.driver.end(run, RunEnding(outcome: "failed"))
      try yard.step()
      #expect(try yard.run(card).outcome == "cancelled")
      #expect(try yard.row(card).status != "open" || code == "unassigned")
    }
  }

  @Test func `nobody's card runs before the owner said so, and that is told once`() throws {
    let yard = try Yard(consent: false)
    let card = try yard.card()
    for _ in 0..<3 {
      try yard.step()
      yard.now += 60
    }
    #expect(yard.driver.started.isEmpty)
    #expect(yard.signed.count == 1)
    #expect(try yard.record(card)?.code == "needs_consent")
    try yard.decide(.once, .bob, hash: yard.row(card).contentHash)
    try yard.step()
    #expect(yard.driver.started.count == 1)
    let other = try yard.card("two")
    try yard.step()
    #expect(try yard.record(other)?.code == "needs_consent", "once was for one")
  }

  @Test func `an edited card that waits for once asks again`() throws {
    let yard = try Yard(consent: false)
    yard.settings.limits.parallel = 0
    yard.restart()
    let card = try yard.card()
    try yard.decide(.once, .bob, hash: yard.row(card).contentHash)
    try yard.step()
    #expect(try yard.run(card).state == .queued)
    #expect(try yard.record(card)?.queuePosition == 1)
    yard.now += 10
    _ = try yard.card(body: "Do something else")
    yard.settings.limits.parallel = 1
    yard.restart()
    try yard.step()
    #expect(yard.driver.started.isEmpty)
    #expect(try yard.runs(card).isEmpty)
    #expect(try yard.record(card)?.code == "needs_consent")
  }

  @Test func `no more run at once than may, of nobody more than their share, urgent ones first`()
    throws
  {
    let yard = try Yard()
    let first = try yard.card("one")
    try yard.step()
    yard.now += 1
    let same = try yard.card("two")
    let other = try yard.card("three", by: .carol)
    let late = try yard.card("four", by: .dana)
    let urgent = try yard.card("five", by: .dana, tags: ["p0"])
    try yard.step()
    let begun = try yard.reader.liveRuns("atlas").filter(\.isOnMachine).map(\.card)
    #expect(try Set(begun) == [yard.row(first).id, yard.row(urgent).id])
    #expect(try yard.record(same)?.state == .queued)
    yard.driver.end(try yard.run(urgent).run, Self.completed)
    yard.now += 60
    try yard.step()
    #expect(try yard.run(other).isOnMachine)
    #expect(try yard.run(late).state == .queued)
    #expect(try yard.run(same).state == .queued)
  }

  @Test func `what could not be begun is tried again, and then given up and held`() throws {
    let yard = try Yard()
    yard.driver.breaks = true
    let card = try yard.card()
    for _ in 0..<4 {
      let outlook = try yard.step()
      if let wake = outlook.wakeAt { yard.now = max(yard.now, wake) }
    }
    let run = try yard.run(card)
    #expect((run.attempt, run.outcome, run.code) == (3, "failed", "spawn_failed"))
    #expect(try yard.row(card).isHeld)
    #expect(try yard.said("error").count == 1)
    #expect(yard.signed.count + 1 <= 12)
  }

  @Test func `five failures within an hour pause the worker, and a restart does not forget it`()
    throws
  {
    let yard = try Yard()
    for index in 0..<6 {
      let card = try yard.card("card-\(index)")
      try yard.step()
      yard.now += 60
      guard let run = try yard.runs(card).first else { continue }
      yard.driver.end(run.run, RunEnding(outcome: "failed", code: "agent_failed", words: "no"))
      try yard.step()
    }
    #expect(yard.driver.started.count == 5)
    #expect(try yard.reader.workerState("atlas")?.reason == "breaker")
    yard.restart()
    try yard.step()
    #expect(yard.driver.started.count == 5)
    try yard.setMode(.active)
    try yard.step()
    #expect(yard.driver.started.count == 6)
  }

  @Test func `stop ends everything, drain lets what runs come to its end`() throws {
    let yard = try Yard()
    let running = try yard.card("one")
    try yard.step()
    let queued = try yard.card("two")
    try yard.step()
    try yard.setMode(.draining)
    #expect(try !yard.step().isOver)
    let name = try yard.run(running).run
    yard.driver.end(name, Self.completed)
    #expect(try yard.step().isOver)
    #expect(try yard.row(running).status == "done")
    #expect(try yard.run(queued).state == .queued)

    try yard.setMode(.active)
    try yard.step()
    let second = try yard.run(queued).run
    try yard.setMode(.stopping)
    #expect(try !yard.step().isOver)
    #expect(yard.driver.stopped[second] == "owner")
    yard.driver.end(second, RunEnding(outcome: "failed"))
    #expect(try yard.step().isOver)
    #expect(try yard.run(queued).outcome == "cancelled")
    #expect(try yard.reader.workerState("atlas")?.mode == .paused)
  }

  @Test func `of two machines with one key the later one gives way without a word`() throws {
    for isFirst in [true, false] {
      let yard = try Yard()
      let card = try yard.card()
      yard.now += 10
      var foreign = RunRecord(
        card: card.id, address: card.address, run: String(repeating: "f", count: 32),
        state: .starting)
      foreign.host = "other"
      let record = Payload.dispatch(
        foreign.intent(by: try Person.atlas.key, track: nil, milliseconds: 1))
      try yard.step()
      try yard.publish(
        record, d: DTag.run(card: card.id), by: .atlas, at: yard.now + (isFirst ? -5 : 5))
      let signed = yard.signed.count
      yard.now += 10
      try yard.step()
      let run = try yard.run(card)
      #expect(yard.driver.stopped[run.run] == (isFirst ? "duplicate_worker" : nil))
      if isFirst {
        yard.driver.end(run.run, RunEnding(outcome: "failed"))
        try yard.step()
        #expect(yard.signed.count == signed, "what it said would hide what the other says")
        #expect(try yard.run(card).outcome == "skipped")
      }
    }
  }

  @Test func `a card of its own making is refused, however it came`() throws {
    let yard = try Yard()
    let own = try yard.card("own", by: .atlas)
    let root = try yard.card("root", by: .bob, to: .carol)
    let child = try yard.card(
      "child", by: .atlas, to: .carol,
      fabric: Fabric(type: "card", fields: ["parent": .string(root.address.text)]))
    // It leaves atlas out of its chain; that its parent was signed by atlas cannot be left out.
    let back = try yard.card(
      "back", by: .carol,
      fabric: Fabric(type: "card", fields: ["parent": .string(child.address.text)]))
    let named = try yard.card(
      "named", by: .carol,
      fabric: Fabric(
        type: "card", fields: ["chain": .array([.string(try Person.atlas.key.hex)])]))
    try yard.step()
    #expect(yard.driver.started.isEmpty)
    for card in [own, back, named] {
      #expect(try yard.record(card)?.code == "recursion", "\(card.d)")
    }
  }

  @Test func `a card that waits for another begins when that one is done`() throws {
    let yard = try Yard()
    let first = try yard.card("first", to: .carol)
    let second = try yard.card(
      "second",
      fabric: Fabric(type: "card", fields: ["deps": .array([.string(first.address.text)])]))
    try yard.step()
    #expect(try yard.record(second)?.code == "deps_blocked")
    yard.now += 10
    try yard.publish(
      .comment(
        .statusChange(
          card: first.id, address: first.address, from: .open, to: .done, createdBy: "x")), d: "s",
      by: .bob)
    try yard.step()
    #expect(yard.driver.started.count == 1)
  }
}
