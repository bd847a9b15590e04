import FourA
import Nostr
import Replica
import Studio
import TestKit
import Testing

/// Who may say what about the work on a card (agents 2.14), in any order of arrival.
@Suite struct RunFoldTests {
  private static let run = String(repeating: "a", count: 32)
  private static let agentConnection = ConnectionID.numbered(9)

  private func report(
    _ intent: String, on card: Event, run: String? = Self.run
  ) -> Payload {
    .comment(
      Comment(
        target: TargetReference(card.id), body: "said", intent: intent, createdBy: "x",
        fabric: Fabric(
          type: "run_update", fields: run.map { ["run": .string($0)] } ?? [:])))
  }

  private func control(_ effect: CardEffect, on card: Event) throws -> Payload {
    .comment(
      .control(
        effect, "please", card: card.id, address: card.address, run: Self.run,
        createdBy: try Person.alice.key))
  }

  private func record(
    on card: EventID, address: Address? = nil, by person: Person, outcome: String = "dispatch",
    run: String = Self.run
  ) throws -> Payload {
    var record = RunRecord(card: card, address: address, run: run, state: .running)
    record.outcome = outcome
    return .dispatch(record.intent(by: try person.key, track: "backend", milliseconds: 1))
  }

  private func hold(on card: Event) -> Payload {
    .comment(
      .statusChange(
        card: card.id, address: card.address, from: .inProgress, to: .open, createdBy: "x",
        hold: true, run: Self.run))
  }

  private func agentCard(of owner: Person?) throws -> Payload {
    .card(
      .agent(
        Self.agentConnection, name: "Worker", role: "worker", owner: try owner?.key,
        createdBy: "x"))
  }

  /// Every order of arrival that is tried ends in one state; gives the last home.
  private func converge(
    _ events: [Event], in room: Room, seeds: Int = 12, _ check: (Home) throws -> Void
  ) throws {
    var hash: String?
    for seed in 0..<seeds {
      var random = SeededRandom(UInt64(seed))
      let home = try Home(in: room)
      var rest = (seed == 0 ? events : events.shuffled(using: &random))[...]
      while !rest.isEmpty {
        let batch = Array(rest.prefix(Int.random(in: 1...3, using: &random)))
        rest = rest.dropFirst(batch.count)
        try home.take(batch)
      }
      try check(home)
      let now = try home.hash()
      #expect(hash == nil || hash == now, "order \(seed)")
      hash = now
      #expect(try home.replica.verify(keyring: home.keyring).faults == [], "order \(seed)")
    }
  }

  @Test func `only who is or was assigned reports on a card, whatever comes first`() throws {
    let room = try Room()
    let first = try room.rumor(Words.card(to: .carol), d: "one", by: .bob, at: 200)
    let second = try room.rumor(Words.card(to: .dave), d: "one", by: .bob, at: 300)
    let former = try room.rumor(report("result", on: first), d: "r1", by: .carol, at: 400)
    let current = try room.rumor(report("progress", on: second), d: "r2", by: .dave, at: 401)
    let stranger = try room.rumor(report("result", on: second), d: "r3", by: .alice, at: 402)
    let author = try room.rumor(report("error", on: second, run: nil), d: "r4", by: .bob, at: 403)
    let word = try room.rumor(Words.comment(on: second.id), d: "c", by: .alice, at: 404)
    try converge([first, second, former, current, stranger, author, word], in: room) {
      (home: Home) throws in
      #expect(try home.verdict(former) == .applied)
      #expect(try home.verdict(current) == .applied)
      #expect(try home.verdict(stranger) == .refused)
      #expect(try home.verdict(author) == .refused)
      #expect(try home.verdict(word) == .applied)
      #expect(try home.card(first)?.comments == 5, "what is refused stays as a comment")
      let reason = try home.reader.logEvent(stranger.id)?.reason
      #expect(reason?.contains("assigned") == true)
    }
  }

  @Test func `where nobody was ever assigned a result is a word like any other`() throws {
    let room = try Room()
    let card = try room.rumor(Words.card(), d: "one", by: .bob, at: 200)
    let said = try room.rumor(report("result", on: card, run: nil), d: "r1", by: .alice, at: 300)
    let claimed = try room.rumor(report("result", on: card), d: "r2", by: .alice, at: 301)
    try converge([card, said, claimed], in: room) { (home: Home) throws in
      #expect(try home.verdict(said) == .applied)
      #expect(try home.verdict(claimed) == .refused)
    }
  }

  @Test func `a run's record counts when its signer is or was assigned`() throws {
    let room = try Room()
    let card = try room.rumor(Words.card(to: .carol), d: "one", by: .bob, at: 200)
    let edited = try room.rumor(
      Words.card("Edited", to: .carol), d: "one", by: .bob, at: 250)
    let good = try room.rumor(record(on: card.id, by: .carol), d: "r", by: .carol, at: 300)
    let lost = EventID(SHA256.hash("lost"))
    let named = try room.rumor(
      record(on: lost, address: card.address, by: .carol, outcome: "completed"), d: "r2",
      by: .carol, at: 310)
    let forged = try room.rumor(record(on: card.id, by: .dave), d: "r", by: .dave, at: 320)
    try converge([card, edited, good, named, forged], in: room) { (home: Home) throws in
      #expect(try home.verdict(good) == .applied)
      #expect(try home.verdict(forged) == .refused)
      let records = try home.reader.runRecords(on: home.object(card))
      #expect(records.map(\.record.outcome) == ["completed", "dispatch"])
      #expect(try records.allSatisfy { try $0.author == Person.carol.key })
      #expect(records.last?.record.run == Self.run)
    }
    let home = try Home(in: room)
    try home.take([good])
    #expect(try home.reader.logEvent(good.id)?.reason == "its card has not come")
  }

  @Test func `what an earlier run asked is in no answer's way, however often the next is heard`()
    throws
  {
    let room = try Room()
    let later = String(repeating: "b", count: 32)
    let card = try room.rumor(Words.card(to: .carol), d: "one", by: .bob, at: 200)
    func ask(_ body: String, of run: String, at time: Int64) throws -> Event {
      let fabric = Question.fabric(card: card.id, address: card.address, blocking: true)
      return try room.rumor(
        .question(
          Question(body: body, createdBy: "x", fabric: fabric.setting("run", .string(run)))),
        d: body, by: .carol, at: time)
    }
    let old = try ask("old?", of: Self.run, at: 300)
    let new = try ask("new?", of: later, at: 410)
    let begun = try room.rumor(
      record(on: card.id, by: .carol, run: later), d: "r", by: .carol, at: 400)
    let reply = try room.rumor(Words.comment("blue", on: card.id), d: "c", by: .bob, at: 420)
    let heard = try room.rumor(
      record(on: card.id, by: .carol, run: later), d: "r", by: .carol, at: 900)
    try converge([card, old, new, begun, reply, heard], in: room) { (home: Home) throws in
      #expect(try home.reader.settlement(of: home.object(new))?.body == "blue")
      #expect(try home.reader.settlement(of: home.object(old)) == nil)
      #expect(try home.reader.questions(home.room(room), openOnly: true).isEmpty)
    }
    // Of one second, and by their names either may sort first.
    for body in ["a?", "b?", "c?", "d?"] {
      let other = try ask(body, of: Self.run, at: 410)
      try converge([card, other, new, heard], in: room) { (home: Home) throws in
        let open = try home.reader.questions(home.room(room), openOnly: true)
        #expect(open.map(\.eventID) == [new.id])
      }
    }
  }

  @Test func `an order to a run counts by who gives it`() throws {
    let room = try Room()
    let policy: JSON = ["approvers": .array([.string(try Person.alice.key.hex)])]
    let card = try room.rumor(
      Words.card(to: .carol, fabric: Fabric(type: "card", fields: ["policy": policy])), d: "one",
      by: .bob, at: 200)
    var events = [card]
    var expected: [(Event, Verdict)] = []
    func give(_ effect: CardEffect, by person: Person, _ verdict: Verdict) throws {
      let event = try room.rumor(
        control(effect, on: card), d: "\(effect)-\(person)", by: person,
        at: 300 + Int64(events.count))
      events.append(event)
      expected.append((event, verdict))
    }
    try give(.cancel, by: .bob, .applied)
    try give(.cancel, by: .carol, .applied)
    try give(.cancel, by: .dave, .applied)
    try give(.cancel, by: .alice, .refused)
    try give(.retry, by: .bob, .applied)
    try give(.retry, by: .dave, .applied)
    try give(.retry, by: .alice, .applied)
    try give(.retry, by: .carol, .refused)
    try give(.steer, by: .alice, .applied)
    try give(.steer, by: .carol, .refused)
    let owned = try room.rumor(
      agentCard(of: .dave), d: DTag.agent(connection: Self.agentConnection.text), by: .carol,
      at: 900)
    try converge(events + [owned], in: room) { (home: Home) throws in
      for (event, verdict) in expected {
        #expect(try home.verdict(event) == verdict, "\(event.d)")
      }
      #expect(try home.reader.controls(on: home.object(card)).count == 7)
    }
    let retired = try room.rumor(
      agentCard(of: nil), d: DTag.agent(connection: Self.agentConnection.text), by: .carol,
      at: 901)
    try converge(events + [owned, retired], in: room) { (home: Home) throws in
      for (event, _) in expected where try event.pubkey == Person.dave.key {
        #expect(try home.verdict(event) == .refused, "\(event.d): no owner any more")
      }
    }
  }

  @Test func `a failed card is held until somebody with the right gives it out again`() throws {
    let room = try Room()
    let card = try room.rumor(Words.card(to: .carol), d: "one", by: .bob, at: 200)
    let begun = try room.rumor(Words.status(.inProgress, on: card.id), d: "s1", by: .carol, at: 300)
    let held = try room.rumor(hold(on: card), d: "s2", by: .carol, at: 400)
    let forged = try room.rumor(control(.retry, on: card), d: "f", by: .dave, at: 450)
    try converge([card, begun, held, forged], in: room) { (home: Home) throws in
      let row = try #require(try home.card(card))
      #expect((row.status, row.isHeld, row.cycle, row.isRetried) == ("open", true, 1, false))
    }
    let retry = try room.rumor(control(.retry, on: card), d: "r", by: .bob, at: 500)
    try converge([card, begun, held, forged, retry], in: room) { (home: Home) throws in
      let row = try #require(try home.card(card))
      #expect((row.status, row.isHeld, row.cycle, row.isRetried) == ("open", false, 2, true))
      #expect(try home.reader.work(home.room(room), for: Person.carol.key).map(\.id) == [row.id])
    }
    let opened = try room.rumor(Words.status(.open, on: card.id), d: "o", by: .bob, at: 600)
    try converge([card, begun, held, retry, opened], in: room) { (home: Home) throws in
      let row = try #require(try home.card(card))
      #expect((row.isHeld, row.cycle, row.isRetried) == (false, 3, false))
    }
  }

  @Test func `a cycle begins with every assignment after the first`() throws {
    let room = try Room()
    let nobody = try room.rumor(Words.card(), d: "one", by: .bob, at: 200)
    let carol = try room.rumor(Words.card(to: .carol), d: "one", by: .bob, at: 210)
    let edited = try room.rumor(Words.card("Edited", to: .carol), d: "one", by: .bob, at: 220)
    let none = try room.rumor(Words.card("Edited"), d: "one", by: .bob, at: 230)
    let again = try room.rumor(Words.card("Edited", to: .carol), d: "one", by: .bob, at: 240)
    let dave = try room.rumor(Words.card("Edited", to: .dave), d: "one", by: .bob, at: 250)
    for (events, cycle) in [
      ([nobody], 1), ([nobody, carol, edited], 1), ([nobody, carol, edited, none, again], 2),
      ([nobody, carol, edited, none, again, dave], 3),
    ] {
      try converge(events, in: room, seeds: 4) { (home: Home) throws in
        #expect(try home.card(nobody)?.cycle == cycle)
      }
    }
  }
}
