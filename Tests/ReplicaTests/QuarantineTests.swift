import FourA
import Nostr
import Replica
import Testing

@Suite struct QuarantineTests {
  @Test func `6-2-25: what waits for its key survives a restart and is applied with the key`()
    throws
  {
    let room = try Room()
    let folder = try TemporaryFolder()
    let keyring = Keyring()
    var card: Event?
    do {
      let replica = try Replica(path: folder.database, now: { 1000 })
      try replica.follow(room.audience, relation: .claimed, keyring: keyring)
      let event = try room.rumor(Words.card(), d: "one", by: .bob, at: 200)
      let report = try replica.ingest(
        [try room.declaration().open, event.wrapped()], keyring: keyring)
      #expect(report.held == 1 && report.applied == 1)
      #expect(try replica.reader.logEvent(event.id)?.reason == "the key of epoch 1 is missing")
      card = event
    }
    let replica = try Replica(path: folder.database, now: { 1000 })
    let report = try replica.ingest([try room.grant()], keyring: keyring)
    #expect(report.newKeys.count == 1 && report.applied == 2)
    let event = try #require(card)
    #expect(try replica.reader.logEvent(event.id)?.verdict == .applied)
    #expect(try replica.reader.counts().held == 0)
    #expect(try replica.reader.payload(event.id) != nil)
  }

  @Test func `what waits for its declaration is applied with it`() throws {
    let room = try Room()
    let home = try Home(in: room)
    try home.take(room.grant(epoch: 2))
    let card = try room.rumor(Words.card(), d: "one", by: .erin, at: 500, epoch: 2)
    let report = try home.take([card])
    #expect(report.held == 1)
    try home.take(room.declaration(epoch: 2, members: [.alice, .erin], at: 400).open)
    #expect(try home.card(card)?.title == "Title")
    #expect(try home.reader.counts().held == 0)
  }

  @Test func `a key of our own making drains what waited for it`() throws {
    let room = try Room()
    let home = try Home()
    try home.follow(room)
    let card = try room.rumor(Words.card(), d: "one", by: .bob, at: 200)
    try home.take(room.declaration().open, card.wrapped())
    #expect(try home.card(card) == nil)
    let report = try home.replica.addEpochKey(
      room.epochSecret(1), sealed: "sealed", audience: room.audience, epoch: 1,
      keyring: home.keyring)
    #expect(report.applied == 1)
    #expect(try home.card(card) != nil)
  }

  @Test func `what names a room that we join later waits for it`() throws {
    let room = try Room()
    let home = try Home()
    let card = try room.rumor(Words.card(), d: "one", by: .bob, at: 200)
    let report = try home.take([card])
    #expect(report.held == 1)
    try home.follow(room)
    try home.take(room.declaration().open, room.grant())
    #expect(try home.card(card) != nil)
  }

  @Test func `somebody added at the same epoch is heard from then on, also what came before`()
    throws
  {
    let room = try Room()
    let home = try Home(in: room)
    let card = try room.rumor(Words.card(), d: "one", by: .erin, at: 200)
    try home.take([card])
    #expect(try home.verdict(card) == .refused)
    try home.take(room.declaration(members: [.alice, .bob, .erin], at: 300).open)
    #expect(try home.verdict(card) == .applied)
  }

  @Test func `one sender fills no more than their share, the oldest goes first`() throws {
    let room = try Room()
    var limits = QuarantineLimits()
    limits.rowsPerSender = 5
    let home = try Home(limits: limits)
    try home.follow(room)
    try home.take(room.declaration().open)
    let events = try (0..<8).map { try room.rumor(Words.card(), d: "\($0)", by: .bob, at: 200) }
    let other = try room.rumor(Words.card(), d: "x", by: .carol, at: 200)
    try home.take([other] + events)
    #expect(try home.reader.counts().held == 6)
    #expect(try home.reader.knowsEvent(events[2].id) == false)
    #expect(try home.reader.knowsEvent(events[3].id))
    // When the key comes, the relays have to be read again for what was dropped.
    let report = try home.take(room.grant())
    #expect(report.refetch)
    try home.take(events)
    #expect(try home.reader.cards(home.room(room)).count == 9)
  }

  @Test func `strangers together fill no more than their share`() throws {
    var limits = QuarantineLimits()
    limits.unknownBytes = 6_000
    let home = try Home(limits: limits)
    let unknown = try Room("elsewhere", seed: "unknown")
    for index in 0..<20 {
      let author = Person.allCases[index % Person.allCases.count]
      try home.take([try unknown.rumor(Words.card(), d: "\(index)", by: author, at: 200)])
    }
    let bytes = try home.replica.connection.number("SELECT sum(bytes) FROM held")
    #expect(bytes > 3_000 && bytes <= 6_000)
  }

  @Test func `the same event in many wraps from many relays is one event`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let one = try home.replica.relayID("wss://one.example")
    let two = try home.replica.relayID("wss://two.example")
    let card = try room.rumor(Words.card(), d: "one", by: .bob, at: 200)
    let wrap = card.wrapped(relay: one)
    guard case .wrap(let id, let at, _, _) = wrap else { return }
    let report = try home.take(
      wrap, wrap, card.wrapped(relay: one, copy: 1), .known(wrap: id, relay: two),
      .wrap(id: EventID(SHA256.hash("w")), createdAt: at, relay: two, .duplicate(of: card.id)))
    #expect(report.applied == 1 && report.duplicates == 4)
    #expect(
      try home.reader.logEvent(card.id)?.relays == ["wss://one.example", "wss://two.example"])
    #expect(try home.reader.knowsWrap(id))
    #expect(try home.reader.wrapTime(id) == at)
    let seen = try home.replica.connection.number(
      "SELECT count(*) FROM wrap WHERE relays & ? <> 0", Int64(1) << Int64(two))
    #expect(seen == 2)
  }

  @Test func `a wrap that was not verified is not remembered, one that is forever closed is`()
    throws
  {
    let home = try Home()
    let (bad, closed) = (EventID(SHA256.hash("bad")), EventID(SHA256.hash("closed")))
    let report = try home.take(
      .wrap(id: bad, createdAt: 1, relay: 0, .rejected("signature", remember: false)),
      .wrap(id: closed, createdAt: 1, relay: 0, .rejected("not for me", remember: true)))
    #expect(report.rejected == 2)
    #expect(try home.reader.knowsWrap(bad) == false)
    #expect(try home.reader.knowsWrap(closed))
  }

  @Test func `a payload that nobody can use is refused with the reason`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let bad = try room.rumor(kind: 30530, Array("{}".utf8), d: "one", by: .bob, at: 200)
    let unknown = try room.rumor(kind: 30510, Array("{}".utf8), d: "one", by: .bob, at: 200)
    try home.take([bad, unknown])
    #expect(try home.verdict(bad) == .refused)
    #expect(try home.reader.logEvent(bad.id)?.reason?.isEmpty == false)
    #expect(try home.verdict(unknown) == .refused)
  }
}
