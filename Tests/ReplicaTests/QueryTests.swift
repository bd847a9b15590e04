import FourA
import Nostr
import Replica
import Studio
import Testing

@Suite struct QueryTests {
  @Test func `pages of cards meet without a gap, also within one second`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let id = try home.room(room)
    try home.take(
      (0..<25).map {
        try room.rumor(
          Words.card("Card \($0)", to: $0 % 2 == 0 ? .carol : nil), d: "d\($0)", by: .bob,
          at: 200 + Int64($0 / 10))
      })
    var seen: [ObjectID] = []
    var cursor: CardCursor?
    while true {
      let page = try home.reader.cards(id, after: cursor, limit: 7)
      seen += page.map(\.id)
      guard let last = page.last else { break }
      cursor = last.cursor()
    }
    #expect(seen.count == 25 && Set(seen).count == 25)
    #expect(try seen == home.reader.cards(id, limit: 100).map(\.id))
    let carols = try home.reader.cards(id, .init(assignee: Person.carol.key), limit: 100)
    #expect(carols.count == 13)
    #expect(try home.reader.cards(id, .init(track: "backend", status: "done")).isEmpty)
    let two = try #require(SearchTerm("card 2", isBeginning: false))
    #expect(try home.reader.cards(id, .init(matching: .words(two))).count == 1)
    let elsewhere = CardCondition.all([.author(try Person.carol.key), .kind("task")])
    #expect(try home.reader.cards(id, .init(matching: elsewhere)).isEmpty)
  }

  @Test func `the queries of the panes go by an index and never sort`() throws {
    let home = try Home()
    var queries: [String] = []
    queries += [
      "SELECT body FROM entry n JOIN words w ON w.object = n.object WHERE n.root = 1 "
        + "AND (n.created_at, n.event_id) > (1, x'') "
        + "ORDER BY n.created_at, n.event_id LIMIT 50",
      "SELECT body FROM entry n JOIN words w ON w.object = n.object WHERE n.room = 1 "
        + "AND n.kind = 30534 AND n.answers = 0 "
        + "AND (n.created_at, n.event_id) < (9, x'') ORDER BY n.created_at DESC, n.event_id DESC LIMIT 50",
      "SELECT id FROM event e WHERE e.seq < 9 AND e.room = 1 ORDER BY e.seq DESC LIMIT 50",
      "SELECT seq FROM change c WHERE c.seq > 5 ORDER BY c.seq LIMIT 50",
      "SELECT wrap FROM delivery d WHERE d.relay = 1 AND d.state = 0 AND d.next_at <= 5 "
        + "ORDER BY d.next_at, d.wrap LIMIT 50",
    ]
    for query in queries {
      let plan = try home.replica.connection.rows("EXPLAIN QUERY PLAN " + query) { $0.text(3) }
      #expect(
        !plan.contains { $0.contains("TEMP B-TREE") || $0.hasPrefix("SCAN") }, "\(query): \(plan)")
    }
  }

  @Test func `common filters of cards go by an index and never sort`() throws {
    let home = try Home()
    let key = try Person.bob.key
    let after = CardCursor(key: .time(9), id: ObjectID(9))
    let filters: [(filter: CardFilter, index: String)] = [
      (.init(), "card_room"),
      (.init(track: "a"), "card_track"),
      (.init(status: "open"), "card_status"),
      (.init(track: "a", status: "open"), "card_track_status"),
      (.init(assignee: key), "card_assignee"),
      (.init(track: "a", matching: .all([.status("open"), .label("x")])), "card_track_status"),
      (.init(matching: .all([.assignee(key), .not(.status("done"))])), "card_assignee"),
      (.init(matching: .not(.label("x"))), "card_room"),
      (.init(matching: .author(key)), "card_room"),
      (.init(matching: .unread(.greater, 0)), "card_room"),
      (.init(matching: .updated(.greater, 5)), "card_room"),
      (.init(order: .init(.updated, descending: false)), "card_room"),
    ]
    for (filter, index) in filters {
      for cursor in [nil, after] {
        let (sql, values) = Reader.cardList(
          "c.title", RoomID(1), filter, after: cursor, limit: 50, me: key)
        let plan = try home.replica.connection.rows(
          "EXPLAIN QUERY PLAN " + sql, binding: values
        ) { $0.text(3) }
        #expect(plan.first?.contains("INDEX \(index) ") == true, "\(sql): \(plan)")
        #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(sql): \(plan)")
      }
    }
    // What is sought by words or by open questions begins there, and sorts what it has found.
    let word = try #require(SearchTerm("retry", isBeginning: true))
    for condition in [CardCondition.words(word), .waiting] {
      let (sql, values) = Reader.cardList(
        "c.title", RoomID(1), .init(matching: condition), after: nil, limit: 50, me: key)
      let plan = try home.replica.connection.rows(
        "EXPLAIN QUERY PLAN " + sql, binding: values
      ) { $0.text(3) }
      #expect(!plan.contains { $0.hasPrefix("SCAN c") }, "\(sql): \(plan)")
    }
  }

  @Test func `search finds words without their accents, and parts of the last one`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let card = try room.rumor(
      Words.card("Café menu", body: "Résumé of the week"), d: "one", by: .bob, at: 200)
    try home.take([
      card,
      try room.rumor(Words.comment("espresso here", on: card.id), d: "c", by: .carol, at: 210),
      try room.rumor(Words.question("Which espresso?", on: card), d: "q", by: .carol, at: 220),
    ])
    func found(_ terms: String..., isBeginning: Bool = false) throws -> [String] {
      try home.reader.search(
        terms.compactMap { SearchTerm($0, isBeginning: isBeginning) }
      ).map(\.type)
    }
    #expect(try found("cafe") == ["card"])
    #expect(try found("resume", "week") == ["card"])
    #expect(try found("esp", isBeginning: true) == ["question", "comment"])
    #expect(try found("esp") == [], "a finished word is a whole word")
    #expect(try found("menu cafe") == [])
    #expect(try found("café menu") == ["card"])
    #expect(try found("AND OR NOT ( \" *") == [])
    #expect(SearchTerm("( \" *", isBeginning: false) == nil)
    #expect(try found() == [])
    let word = try #require(SearchTerm("espresso", isBeginning: false))
    func typed(_ condition: CardCondition) throws -> [String] {
      try home.reader.search([word], where: condition).map(\.type)
    }
    #expect(try typed(.author(Person.carol.key)) == ["question", "comment"])
    #expect(try typed(.track("backend")) == ["question", "comment"], "of the card it hangs on")
    #expect(try typed(.not(.track("backend"))) == [])
    #expect(try typed(.created(.greater, 210)) == ["question"])
    let hit = try #require(try home.reader.search("week").first)
    #expect(hit.snippet == "Résumé of the \u{2}week\u{3}" && hit.title == "Café menu")
    #expect(try home.reader.search("espresso", limit: 1).count == 1)
    // What the card loses, the thread under it loses, too.
    try home.take([try room.rumor(Words.card(status: .deleted), d: "one", by: .bob, at: 300)])
    #expect(try found("espresso") == [])
    #expect(try found("cafe") == [])
  }

  @Test func `an object goes by id, prefix, address or d, and an ambiguous name says so`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let id = try home.room(room)
    let mine = try room.rumor(Words.card(), d: "same", by: .bob, at: 200)
    let other = try room.rumor(Words.card(), d: "same", by: .carol, at: 200)
    let edited = try room.rumor(Words.card("New"), d: "same", by: .bob, at: 300)
    try home.take([mine, other, edited])
    let ref = try #require(try home.reader.object(home.object(mine)))
    let names = [
      mine.id.hex, edited.id.hex, String(mine.id.hex.prefix(8)), "30530:\(mine.pubkey.hex):same",
    ]
    for name in names { #expect(try home.reader.resolveObject(name) == .one(ref), "\(name)") }
    guard case .ambiguous(let found) = try home.reader.resolveObject("same", in: id) else {
      Issue.record("two cards are called so")
      return
    }
    #expect(found.count == 2)
    #expect(try home.reader.resolveObject(String(mine.id.hex.prefix(7))) == .none)
    #expect(try home.reader.resolveObject(mine.id.hex, kinds: [30534]) == .none)
  }

  @Test func `somebody goes by name, beginning, name and short key, or key`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let id = try home.room(room)
    for (person, name) in [(Person.bob, "Sam"), (.carol, "Sam"), (.dave, "Samantha")] {
      try home.take([
        try room.rumor(Words.profile(name), d: DTag.profile(person.key), by: person, at: 200)
      ])
    }
    let bob = try Person.bob.key
    func resolve(_ who: String) throws -> PublicKey? {
      if case .one(let row) = try home.reader.resolveMember(who, in: id) { row.pubkey } else { nil }
    }
    #expect(try resolve("Sam") == nil)
    #expect(try resolve("Sam#\(bob.short)") == bob)
    #expect(try resolve("sama") == Person.dave.key)
    #expect(try resolve(String(bob.hex.prefix(10))) == bob)
    #expect(try resolve(bob.npub) == bob)
    #expect(try resolve("nobody") == nil)
    let members = try home.reader.members(id)
    #expect(members.map(\.role) == ["founder", "member", "member", "member"])
    #expect(members.map(\.name) == [nil, "Sam", "Sam", "Samantha"])
  }

  @Test func `read marks make things read, and unread counts what others wrote`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let id = try home.room(room)
    let desk = try Desk(path: home.folder.database)
    let card = try room.rumor(Words.card(), d: "one", by: .bob, at: 200)
    let own = try room.rumor(Words.card(), d: "two", by: .alice, at: 200)
    try home.take([card, own])
    func unread() throws -> [Int?] { [try home.card(card)?.unread, try home.card(own)?.unread] }
    #expect(try unread() == [1, 0])
    let seen = try #require(try home.reader.log(limit: 1).first?.seq)
    try desk.markRead(home.object(card), through: seen)
    #expect(try unread() == [0, 0])
    try home.take([
      try room.rumor(Words.comment(on: card.id), d: "c", by: .carol, at: 210),
      try room.rumor(Words.comment(on: own.id), d: "c2", by: .carol, at: 210),
      try room.rumor(Words.comment(on: card.id), d: "c", by: .alice, at: 210),
    ])
    #expect(try unread() == [1, 1])
    try desk.markRead(room: id, through: 1_000)
    #expect(try unread() == [0, 0])
    try desk.markUnread(home.object(card), from: seen)
    #expect(try unread() == [1, 0], "a card can be unread below the floor")
    try desk.markRead(room: id, through: 1_000)
    #expect(try unread() == [0, 0])
  }

  @Test func `an agent's steps raise no unread`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let card = try room.rumor(Words.card(), d: "one", by: .alice, at: 200)
    try home.take([card])
    for (index, intent) in ["progress", "result", nil].enumerated() {
      let comment = Comment(
        target: TargetReference(card.id), body: "said \(index)", intent: intent, createdBy: "x")
      try home.take([
        try room.rumor(.comment(comment), d: "c\(index)", by: .bob, at: 210 + Int64(index))
      ])
    }
    #expect(try home.card(card)?.unread == 2 && home.card(card)?.comments == 3)
    let alice = try Person.alice.key
    let first = try #require(try home.reader.firstUnread(of: home.object(card), me: alice))
    #expect(try home.reader.entry(first)?.body == "said 1")
  }

  @Test func `every change is in the feed once, in order`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let start = try home.reader.lastChange()
    let card = try room.rumor(Words.card(), d: "one", by: .bob, at: 200)
    let report = try home.take([
      card, try room.rumor(Words.comment(on: card.id), d: "c", by: .carol, at: 210),
      try room.rumor(Words.card(), d: "x", by: .mallory, at: 210), card,
    ])
    let changes = try home.reader.changes(since: start)
    #expect(changes.map(\.type) == [.card, .comment, .refused])
    #expect(report.changes == (start + 1)...(start + 3))
    #expect(try home.reader.changes(since: start, limit: 2).count == 2)
    #expect(try home.reader.changes(since: report.changes?.upperBound ?? 0).isEmpty)
  }

  @Test func `claims that can still be admitted are listed once for each claimant`() throws {
    let room = try Room()
    let home = try Home()
    try home.follow(room)
    let invite = try SecretKey(bytes: SHA256.hash("invite").bytes)
    let declaration = try room.declaration(
      pending: [.init(key: invite.publicKey, expiresAt: 20_000)])
    let claim = try Claim.join(
      audience: room.audience, epoch: 1, invite: invite, inviter: Person.alice.key,
      claimant: Person.erin.key, note: "hello", createdAt: 300)
    let stray = try Claim.join(
      audience: room.audience, epoch: 1, invite: Person.mallory.secret,
      inviter: Person.alice.key, claimant: Person.erin.key, createdAt: 300)
    let report = try home.take(declaration.open, claim.open, claim.open, stray.open)
    #expect(try report.claims == [home.room(room)] && report.rejected == 1)
    let pending = try home.reader.pendingClaims(home.room(room), now: 10_000)
    #expect(try pending.map(\.claimant) == [Person.erin.key] && pending.first?.note == "hello")
    #expect(try home.reader.pendingClaims(home.room(room), now: 30_000).isEmpty)
  }
}
