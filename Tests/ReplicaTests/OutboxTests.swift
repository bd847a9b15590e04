import FourA
import Nostr
import Replica
import Testing

@Suite struct OutboxTests {
  private func wraps(_ event: Event, _ count: Int = 2) throws -> [OutgoingWrap] {
    try (0..<count).map { index in
      OutgoingWrap(
        id: EventID(SHA256.hash("\(event.id.hex) \(index)")),
        recipient: try Person.allCases[index].key, createdAt: 9_000,
        bytes: Array("wrap \(index)".utf8))
    }
  }

  private func accept(_ home: Home, _ event: Event, relays: [Int]) throws -> Accepted {
    try home.replica.accept(
      event, opened: home.keyring.open(rumor: event), wraps: wraps(event), relays: relays,
      keyring: home.keyring)
  }

  @Test func `what is accepted shows at once, is sent as frozen, and ends`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let relays = [try home.replica.relayID("wss://a"), try home.replica.relayID("wss://b")]
    let card = try room.rumor(Words.card(), d: "one", by: .alice, at: 200)
    #expect(try accept(home, card, relays: relays).isRepeated == false)
    #expect(try accept(home, card, relays: relays).isRepeated)
    #expect(try home.card(card)?.title == "Title")
    #expect(try home.reader.delivery(of: card.id)?.name == "queued")
    #expect(try home.replica.pendingCount() == 4)

    let due = try home.replica.nextDeliveries(relay: relays[0], limit: 10, now: 10_000)
    #expect(due.map(\.bytes) == [Array("wrap 0".utf8), Array("wrap 1".utf8)])
    #expect(due.allSatisfy { $0.eventID == card.id })
    try home.replica.markInFlight(due.map(\.wrap), relay: relays[0])
    #expect(try home.replica.nextDeliveries(relay: relays[0], limit: 10, now: 10_000).isEmpty)
    #expect(try home.replica.acknowledge(due[0].wrap, relay: relays[0]))
    #expect(try home.replica.acknowledge(due[0].wrap, relay: relays[0]) == false)
    try home.replica.retry(
      due[1].wrap, relay: relays[0], at: 10_050, error: "rate-limited", isAmbiguous: false)
    #expect(try home.replica.earliestRetry(relay: relays[0]) == 10_050)
    #expect(try home.replica.nextDeliveries(relay: relays[0], limit: 10, now: 10_050).count == 1)
    #expect(try home.reader.delivery(of: card.id)?.undelivered == 1)

    // The other relay refuses one for good and takes the other.
    let before = try home.reader.lastChange()
    try home.replica.refuse(due[0].wrap, relay: relays[1], error: "blocked")
    try home.replica.acknowledge(due[1].wrap, relay: relays[1])
    let state = try #require(try home.reader.delivery(of: card.id))
    #expect(state.isSent && state.recipients == 2 && state.complete == 0)
    #expect(state.relays.map(\.acked) == [1, 1] && state.relays[1].error == "blocked")
    let news = try home.reader.changes(since: before)
    #expect(news.map(\.type) == [.delivery] && news.first?.eventID == card.id)
    try home.replica.acknowledge(due[1].wrap, relay: relays[0])
    try home.replica.refuse(due[1].wrap, relay: relays[0], error: "a final outcome stays")
    #expect(try home.reader.delivery(of: card.id)?.complete == 1)
    #expect(try home.replica.pendingCount() == 0)
    #expect(try home.replica.earliestRetry() == nil)
    let bytes = try home.replica.connection.number(
      "SELECT count(*) FROM outbox_wrap WHERE raw IS NOT NULL")
    #expect(bytes == 0, "nobody needs the bytes any more")
  }

  @Test func `what was under way when the engine died is due again`() throws {
    let room = try Room()
    let folder = try TemporaryFolder()
    let keyring = Keyring()
    let card = try room.rumor(Words.card(), d: "one", by: .alice, at: 200)
    do {
      let replica = try Replica(path: folder.database, now: { 10_000 })
      try replica.follow(room.audience, relation: .founded, keyring: keyring)
      _ = try replica.ingest([try room.declaration().open, try room.grant()], keyring: keyring)
      let relay = try replica.relayID("wss://a")
      _ = try replica.accept(
        card, opened: keyring.open(rumor: card), wraps: wraps(card), relays: [relay],
        keyring: keyring)
      try replica.markInFlight(
        replica.nextDeliveries(relay: relay, limit: 1, now: 10_000).map(\.wrap), relay: relay)
    }
    let replica = try Replica(path: folder.database, now: { 200_000 })
    #expect(try replica.nextDeliveries(relay: 0, limit: 10, now: 200_000).count == 2)
    // The relay may have the first: it is never wrapped anew; the other one may be.
    let aged = try replica.rewrapCandidates(olderThan: 100_000, limit: 10)
    #expect(aged.count == 1 && aged[0].event == card.json && aged[0].relays == [0])
    try replica.replaceWrap(
      aged[0].wrap,
      with: OutgoingWrap(
        id: EventID(SHA256.hash("new")), recipient: aged[0].recipient, createdAt: 199_000,
        bytes: Array("new".utf8)), relays: [0])
    let due = try replica.nextDeliveries(relay: 0, limit: 10, now: 200_000)
    #expect(due.map(\.bytes) == [Array("wrap 0".utf8), Array("new".utf8)])
    for delivery in due { try replica.acknowledge(delivery.wrap, relay: 0) }
    #expect(try replica.reader.delivery(of: card.id)?.isSent == true)
  }

  @Test func `what the room would not take is refused and nothing is written`() throws {
    let room = try Room()
    let home = try Home(in: room)
    try home.take(room.declaration(members: [.alice], at: 150, closedAt: 160).open)
    let card = try room.rumor(Words.card(), d: "one", by: .alice, at: 200)
    do {
      _ = try accept(home, card, relays: [0])
      Issue.record("a closed room took a card")
    } catch let error as ReplicaError {
      #expect(.refused ~= error)
      #expect(error.message == "the room was closed before it was written")
    }
    #expect(try home.reader.knowsEvent(card.id) == false)
    #expect(try home.replica.pendingCount() == 0)
  }

  @Test func `a room is founded in one go`() throws {
    let room = try Room()
    let home = try Home()
    let id = try home.replica.follow(room.audience, relation: .founded, keyring: home.keyring)
    try home.replica.addEpochKey(
      room.epochSecret(1), sealed: "s", audience: room.audience, epoch: 1, keyring: home.keyring)
    let declaration = try room.declaration(members: [.alice])
    let title = try room.rumor(Words.room("team", title: "Team"), d: "team", by: .alice, at: 200)
    let (accepted, report) = try home.replica.accept(
      [
        Outgoing(declaration, opened: nil, wraps: [OutgoingWrap(publicEvent: declaration)]),
        Outgoing(title, opened: try home.keyring.open(rumor: title), wraps: try wraps(title, 1)),
      ], relays: [0], keyring: home.keyring)
    #expect(accepted.count == 2 && report.applied == 2)
    let row = try #require(try home.reader.room(id))
    #expect(row.title == "Team" && row.epoch == 1 && row.status == "active")
    #expect(
      try home.replica.lastCreatedAt(
        room: id, kind: 30520, author: room.secret.publicKey, d: "team") == 100)
  }

  @Test func `a relay that is added gets what is under way, one that goes is waited for no more`()
    throws
  {
    let room = try Room()
    let home = try Home(in: room)
    let card = try room.rumor(Words.card(), d: "one", by: .alice, at: 200)
    _ = try accept(home, card, relays: [0])
    try home.replica.addRelay(1)
    #expect(try home.replica.nextDeliveries(relay: 1, limit: 10, now: 10_000).count == 2)
    try home.replica.forgetRelay(0)
    #expect(try home.replica.nextDeliveries(relay: 0, limit: 10, now: 10_000).isEmpty)
    #expect(try home.replica.pendingCount() == 2)
  }

  @Test func `an intent handed in twice is one, and is answered once`() throws {
    let home = try Home()
    let desk = try Desk(path: home.folder.database)
    let reader = try Reader(path: home.folder.database)
    let id = try desk.submit(idem: "k", verb: "card.create", arguments: "{}", now: 5)
    #expect(try desk.submit(idem: "k", verb: "card.create", arguments: "{}", now: 6) == id)
    #expect(try home.replica.nextIntents().map(\.verb) == ["card.create"])
    try home.replica.finishIntent(id, result: #"{"ok":true}"#)
    try home.replica.failIntent(id, error: "{}")
    #expect(try home.replica.nextIntents().isEmpty)
    let intent = try #require(try reader.intent(idem: "k"))
    #expect(intent.state == .accepted && intent.error == nil)
    try desk.setDraft("a", "text", now: 5)
    #expect(try desk.draft("a") == "text")
    try desk.setDraft("a", nil, now: 6)
    #expect(try desk.draft("a") == nil)
  }

  @Test func `coverage grows together and keeps the older date`() throws {
    let home = try Home()
    let filter = SHA256.hash("filter")
    for (low, high, at) in [(0, 10, 100), (20, 30, 200), (11, 19, 300), (50, 60, 1)]
      as [(Int64, Int64, Int64)]
    {
      try home.replica.add(
        Coverage(low: low, high: high, verifiedAt: at), relay: 0, filter: filter)
    }
    #expect(
      try home.replica.coverage(relay: 0, filter: filter) == [
        Coverage(low: 0, high: 30, verifiedAt: 100), Coverage(low: 50, high: 60, verifiedAt: 1),
      ])
  }
}
