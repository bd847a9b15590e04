import FourA
import Nostr
import Replica
import Studio
import Testing

/// The worker's rows: one run for each cycle of a card, and never a run without its order.
@Suite struct WorkerRunTests {
  private struct Table {
    let home: Home
    let desk: Desk
    let room: RoomID
    let audience: Audience
    let card: CardRow

    init() throws {
      let room = try Room()
      home = try Home(in: room)
      let event = try room.rumor(Words.card(to: .alice), d: "one", by: .bob, at: 200)
      try home.take([event])
      desk = try Desk(path: home.folder.database)
      self.room = try home.room(room)
      audience = room.audience
      card = try #require(try home.card(event))
    }

    func run(_ name: Character, cycle: Int = 1) throws -> WorkerRun {
      WorkerRun(
        run: String(repeating: name, count: 32), profile: "p", room: room, card: card.id,
        cardAddress: try #require(Address(card.address)), cycle: cycle, cardEvent: card.eventID,
        author: card.author, contentHash: SHA256.hash("content"), createdAt: 1_000,
        adapter: "generic")
    }

    func order(_ key: String) -> KeyedOrder { KeyedOrder(key, .rotate(audience)) }
  }

  @Test func `a cycle of a card is taken up once, and its order with it`() throws {
    let table = try Table()
    let reader = table.home.reader
    #expect(
      try table.desk.takeUp(table.run("a"), orders: [table.order("record:a")], now: 1_000))
    #expect(
      try !table.desk.takeUp(table.run("b"), orders: [table.order("record:b")], now: 1_001))
    #expect(try table.home.replica.nextIntents().map(\.idem) == ["record:a"])
    #expect(
      try table.desk.takeUp(
        table.run("c", cycle: 2), orders: [table.order("record:c")], now: 1_002))
    #expect(try reader.liveRuns("p").map(\.cycle) == [1, 2])
    #expect(try reader.liveRuns("other").isEmpty)
    let address = try #require(Address(table.card.address))
    let found = try #require(try reader.workerRun("p", address, cycle: 1))
    #expect(try found == table.run("a"))
  }

  @Test func `what a run becomes and what follows are written together or not at all`() throws {
    let table = try Table()
    var run = try table.run("a")
    #expect(try table.desk.takeUp(run, orders: [], now: 1_000))
    run.state = .done
    run.outcome = "completed"
    run.costUSD = 0.25
    run.endedAt = 1_100
    #expect(
      try !table.desk.save(run, from: .running, orders: [table.order("result:a")], now: 1_100))
    #expect(try table.home.replica.nextIntents().isEmpty)
    #expect(
      try table.desk.save(run, from: .queued, orders: [table.order("result:a")], now: 1_100))
    #expect(try table.home.replica.nextIntents().map(\.idem) == ["result:a"])
    #expect(
      try !table.desk.save(run, from: .queued, orders: [table.order("result:b")], now: 1_100))
    #expect(try table.home.reader.liveRuns("p").isEmpty)
    #expect(try table.home.reader.workerRun(run.run) == run)
  }

  @Test func `a consent for once is used up by one run and given back with it`() throws {
    let table = try Table()
    let bob = try Person.bob.key
    var consent = WorkerConsent(
      profile: "p", room: table.room, author: bob, decision: .once, at: 900)
    consent.contentHash = SHA256.hash("content")
    try table.desk.decide(consent)
    let run = try table.run("a")
    #expect(try table.desk.takeUp(run, using: consent, orders: [], now: 1_000))
    #expect(try table.home.reader.consents("p").map(\.usedBy) == [run.run])
    #expect(throws: ReplicaError.self) {
      try table.desk.takeUp(table.run("b", cycle: 2), using: consent, orders: [], now: 1_000)
    }
    #expect(try table.home.reader.liveRuns("p").count == 1, "nothing of it was written")
    let skip = WorkerSkip(
      profile: "p", card: table.card.id, cardAddress: run.cardAddress,
      cardEvent: table.card.eventID, cycle: 1, reason: "needs_consent", at: 1_010)
    #expect(try table.desk.putBack(run, for: skip, orders: [], now: 1_010))
    #expect(try table.home.reader.consents("p").map(\.usedBy) == [nil])
    #expect(try table.desk.takeUp(run, using: consent, orders: [], now: 1_020))
    #expect(try table.home.reader.skips("p").isEmpty)
    try table.desk.decide(
      WorkerConsent(profile: "p", room: table.room, author: bob, decision: .never, at: 950))
    #expect(try table.home.reader.consents("p").map(\.decision) == [.never])
  }

  @Test func `why a card is passed over is told once for each reason`() throws {
    let table = try Table()
    func skip(_ reason: String) throws -> Bool {
      try table.desk.skip(
        WorkerSkip(
          profile: "p", card: table.card.id,
          cardAddress: try #require(Address(table.card.address)), cardEvent: table.card.eventID,
          cycle: 1, reason: reason, at: 1_000), orders: [table.order("skip:\(reason)")], now: 1_000)
    }
    #expect(try skip("needs_consent"))
    #expect(try !skip("needs_consent"))
    #expect(try skip("daily_cap"))
    #expect(try table.home.replica.nextIntents().count == 2)
  }

  @Test func `a pause survives`() throws {
    let table = try Table()
    #expect(try table.home.reader.workerState("p") == nil)
    var state = WorkerState(since: 5)
    state.mode = .paused
    state.reason = "owner"
    try table.desk.setWorkerState("p", state)
    #expect(try table.home.reader.workerState("p") == state)
  }
}
