import FourA
import Nostr
import Replica
import Studio
import TestKit
import Testing

@Suite struct PresenceFoldTests {
  /// What a row says, without the local numbers of objects.
  private struct Seen: Hashable {
    let who: PublicKey
    let connection: ConnectionID?
    let card: EventID?
    let evidence: PresenceEvidence
    let words: String?
    let step: String?
    let activity: [Int]

    init(_ row: PresenceRow) {
      who = row.id.pubkey
      connection = row.id.connection
      card = row.card?.eventID
      evidence = row.evidence
      words = row.words
      step = row.step?.text
      activity = row.activity
    }
  }

  private func seen(_ home: Home, _ room: Room, now: Int64? = nil) throws -> Set<Seen> {
    Set(try home.reader.presence(home.room(room), now: now ?? home.clock.now).map(Seen.init))
  }

  private func row(
    _ home: Home, _ room: Room, _ who: Person, _ connection: ConnectionID? = nil
  ) throws -> PresenceRow? {
    try home.reader.presence(home.room(room), now: home.clock.now).first {
      try $0.id.pubkey == who.key && $0.id.connection == connection
    }
  }

  private func step(
    _ words: String, on card: Event, done: Int, of total: Int
  ) -> Payload {
    .comment(
      Comment(
        target: TargetReference(card.id), body: words, intent: "progress", createdBy: "x",
        fabric: Fabric(
          type: "run_update",
          fields: ["todo": .array((0..<total).map { ["done": .bool($0 < done)] })])))
  }

  private func beat(
    _ state: Heartbeat.State, by connection: ConnectionID, since: Int64, progress: Int64? = nil
  ) -> Payload {
    Words.post(
      "still here",
      in: PostMark(
        channel: .general, kind: .heartbeat, connection: connection,
        heartbeat: Heartbeat(state: state, since: since, progressAt: progress)))
  }

  @Test func `signs of life and progress are two clocks`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let card = try room.rumor(
      Words.card(status: .inProgress, to: .bob), d: "card-1", by: .alice, at: 9_000)
    home.clock.now = 9_000
    try home.take([card])
    home.clock.now = 9_100
    try home.take([
      room.rumor(step("tests", on: card, done: 3, of: 9), d: "p-1", by: .bob, at: 9_095)
    ])
    home.clock.now = 9_500
    let connection = ConnectionID.numbered(7)
    try home.take([
      room.rumor(Words.comment("unrelated", on: card.id), d: "c-1", by: .carol, at: 9_499),
      room.rumor(
        Words.post("hb", in: PostMark(channel: .general, kind: .heartbeat)), d: "hb", by: .bob,
        at: 9_490),
    ])
    let bob = try #require(try row(home, room, .bob))
    #expect(bob.evidence.lifeAt == 9_500)
    #expect(bob.evidence.progressAt == 9_100)
    #expect(bob.evidence.workSince == 9_000)
    #expect(bob.evidence.isAgent)
    #expect(bob.words == "tests")
    #expect(bob.step?.text == "3/9")
    #expect(bob.card?.eventID == card.id)
    #expect(bob.activity.reduce(0, +) == 2)
    // Of a connection nobody has registered there is nothing to show.
    #expect(try row(home, room, .bob, connection) == nil)
  }

  @Test func `a heartbeat says how its connection is, until something newer is said`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let connection = ConnectionID.numbered(7)
    try home.take([
      room.rumor(Words.agent(connection, "Opus"), d: connection.d, by: .bob, at: 9_700),
      room.rumor(
        beat(.working, by: connection, since: 9_500, progress: 9_600), d: "hb", by: .bob, at: 9_900),
    ])
    var opus = try #require(try row(home, room, .bob, connection))
    #expect(opus.name == "Opus" && opus.short == connection.short())
    #expect(opus.evidence.promise == 300)
    #expect(opus.evidence.word == .working)
    #expect(opus.evidence.lifeAt == home.clock.now)
    // 300 s before it spoke; the card that registers it came late.
    #expect(opus.evidence.progressAt == 9_700)
    #expect(opus.evidence.workSince == home.clock.now - 400)
    home.clock.now = 10_400
    try home.take([
      room.rumor(beat(.stopping, by: connection, since: 10_399), d: "hb", by: .bob, at: 10_399)
    ])
    opus = try #require(try row(home, room, .bob, connection))
    #expect(opus.evidence.word == .stopped)
    #expect(opus.evidence.promise == nil)
    #expect(Presence(opus.evidence, now: home.clock.now).state == .gone)
    try home.take([
      room.post(
        "back", in: PostMark(channel: .general, connection: connection), by: .bob, at: 10_400)
    ])
    opus = try #require(try row(home, room, .bob, connection))
    #expect(opus.evidence.word == nil)
    #expect(opus.words == "back")
  }

  @Test func `what arrives late is as old as it says, and what is dated ahead is not younger`()
    throws
  {
    let room = try Room()
    let home = try Home(in: room)
    let card = try room.rumor(Words.card(), d: "card-1", by: .alice, at: 1_000)
    try home.take([
      card, room.rumor(Words.comment("late", on: card.id), d: "c-1", by: .bob, at: 4_000),
      room.rumor(Words.comment("early", on: card.id), d: "c-2", by: .carol, at: 10_500),
    ])
    #expect(try row(home, room, .bob)?.evidence.lifeAt == 4_000)
    #expect(try row(home, room, .carol)?.evidence.lifeAt == 10_000)
    #expect(try row(home, room, .carol)?.clockSkew == 500)
    #expect(try row(home, room, .bob)?.clockSkew == nil)
  }

  @Test func `a question waits until it is answered, has run out, or did not hold up its author`()
    throws
  {
    let room = try Room()
    let home = try Home(in: room)
    let card = try room.rumor(
      Words.card(status: .inProgress, to: .bob), d: "card-1", by: .alice, at: 9_000)
    func question(_ d: String, at time: Int64, _ fields: JSONObject) throws -> Event {
      var fabric = Question.fabric(card: card.id, address: card.address)
      for (key, value) in fields { fabric = fabric.setting(key, value) }
      return try room.rumor(
        .question(Question(body: d, createdBy: "x", fabric: fabric)), d: d, by: .bob, at: time)
    }
    let open = try question("open", at: 9_800, [:])
    try home.take([card, try question("late", at: 9_700, ["expires_at": 9_900]), open])
    #expect(try row(home, room, .bob)?.question?.body == "open")
    #expect(try row(home, room, .bob)?.evidence.askedAt == 9_800)
    try home.take([
      room.rumor(Words.answer(to: open.id), d: "answer", by: .alice, at: 9_850)
    ])
    #expect(try row(home, room, .bob)?.evidence.askedAt == nil)
    try home.take([try question("by the way", at: 9_860, ["blocking": false])])
    #expect(try row(home, room, .bob)?.question?.body == "by the way")
    home.clock.now = 10_200
    try home.take([
      room.rumor(Words.comment("went on", on: card.id), d: "c", by: .bob, at: 10_190)
    ])
    #expect(try row(home, room, .bob)?.evidence.askedAt == nil)
  }

  @Test func `a run's record counts for its own author alone`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let card = try room.rumor(
      Words.card(status: .inProgress, to: .bob), d: "card-1", by: .alice, at: 9_000)
    func record(by who: Person, step: Int64) throws -> Event {
      try room.rumor(
        .dispatch(
          DispatchIntent(
            eventID: "studio-auto-run:\(card.id.hex)", candidates: ["dispatch"],
            chosen: "dispatch", reason: "running",
            signals: [
              "state": "running", "interval_s": 300, "step": .integer(step), "steps": 40,
              "progress_at": 9_650, "host": "build-3",
            ], createdAtMilliseconds: 1, createdBy: "x")), d: DTag.run(card: card.id), by: who,
        at: 9_950)
    }
    try home.take([card, try record(by: .bob, step: 31), try record(by: .carol, step: 1)])
    let bob = try #require(try row(home, room, .bob))
    #expect((bob.step?.text, bob.host, bob.evidence.promise) == ("31/40", "build-3", 300))
    #expect(bob.evidence.progressAt == home.clock.now - 300)
    #expect(try row(home, room, .alice)?.step == nil)
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `in whatever order and batches events come, everybody is as present`(seed: UInt64) throws {
    var random = SeededRandom(seed)
    let room = try Room()
    let connection = ConnectionID.numbered(9)
    let cards = try (0..<4).map {
      try room.rumor(
        Words.card(status: .inProgress, to: [.bob, .carol][$0 % 2]), d: "card-\($0)", by: .alice,
        at: 5_000 + Int64($0))
    }
    var events = cards
    events.append(
      try room.rumor(Words.agent(connection, "Opus"), d: connection.d, by: .dave, at: 6_000))
    for number in 0..<60 {
      let time = Int64.random(in: 6_000...10_100, using: &random)
      let who = [Person.bob, .carol].randomElement(using: &random) ?? .bob
      switch Int.random(in: 0..<4, using: &random) {
      case 0:
        let states = Heartbeat.State.allCases
        events.append(
          try room.rumor(
            beat(
              states.randomElement(using: &random) ?? .idle, by: connection, since: time - 60,
              progress: time - 30), d: "hb", by: .dave, at: time))
      case 1:
        events.append(
          try room.rumor(
            Words.question("q\(number)", on: cards.randomElement(using: &random)),
            d: "q-\(number)", by: who, at: time))
      default:
        let card = cards.randomElement(using: &random) ?? cards[0]
        events.append(
          try room.rumor(
            step("s\(number)", on: card, done: number % 7, of: 7), d: "p-\(number % 20)", by: who,
            at: time))
      }
    }
    let first = try Home(in: room)
    try first.take(events)
    let expected = try seen(first, room)
    #expect(expected.count >= 6)
    #expect(expected.contains { $0.activity.contains { $0 > 0 } })
    for _ in 0..<6 {
      let other = try Home(in: room)
      var rest = events.shuffled(using: &random)[...]
      while !rest.isEmpty {
        let batch = Array(rest.prefix(Int.random(in: 1...12, using: &random)))
        rest = rest.dropFirst(batch.count)
        try other.take(batch)
      }
      #expect(try seen(other, room) == expected)
    }
    try first.replica.rebuild(keyring: first.keyring)
    #expect(try seen(first, room) == expected)
  }

  @Test func `a silence that was put aside is kept apart by the life it began with`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let desk = try Desk(path: home.folder.database)
    let bob = try Person.bob.key
    try desk.putAside(silenceOf: bob, nil, since: 9_000, in: home.room(room))
    let aside = try home.reader.silencesPutAside(home.room(room))
    #expect(aside == [PutAside(pubkey: bob, connection: nil, lifeAt: 9_000)])
  }
}
