import FourA
import Nostr
import Replica
import Studio
import Testing

/// The queue of questions: what is in it, in which order, and what takes it out.
@Suite struct NeedTests {
  private let room: Room
  private let home: Home
  private let desk: Desk
  private let me: InboxOwner

  init() throws {
    room = try Room()
    home = try Home(in: room)
    desk = try Desk(path: home.folder.database)
    me = InboxOwner(try Person.alice.key)
  }

  private func needs(now: Int64 = 10_000) throws -> [String] {
    let rows = try home.reader.needs(me, now: now)
    #expect(try home.reader.needCount(me, now: now) == rows.count)
    return rows.map(\.question.body)
  }

  private func card(_ d: String = "one", by author: Person = .bob) throws -> Event {
    let card = try room.rumor(Words.card(), d: d, by: author, at: 200)
    try home.take([card])
    return card
  }

  @discardableResult
  private func ask(
    _ body: String, on card: Event, by author: Person = .bob, at time: Int64 = 210,
    _ fields: JSONObject = [:], tags: [String] = []
  ) throws -> Event {
    var fabric = Question.fabric(card: card.id, address: card.address)
    for (key, value) in fields { fabric = fabric.setting(key, value) }
    let event = try room.rumor(
      .question(Question(body: body, tags: tags, createdBy: "x", fabric: fabric)), d: body,
      by: author, at: time)
    try home.take([event])
    return event
  }

  private func mention(_ person: Person) throws -> JSON {
    [["pubkey": .string(try person.key.hex)]]
  }

  @Test func `what costs the most comes first, then what has waited longest`() throws {
    let card = try card()
    try ask("plain, new", on: card, at: 240)
    try ask("plain, old", on: card, at: 210)
    try ask("blocking", on: card, at: 250, ["blocking": true])
    try ask("blocking by its tag", on: card, at: 260, ["blocking": false], tags: ["blocking"])
    try ask("approval", on: card, at: 290, ["kind": "approval"])
    let order = ["approval", "blocking", "blocking by its tag", "plain, old", "plain, new"]
    #expect(try needs() == order)
    var paged: [String] = []
    var cursor: NeedCursor?
    repeat {
      let page = try home.reader.needs(me, now: 10_000, after: cursor, limit: 2)
      paged += page.map(\.question.body)
      cursor = page.count == 2 ? page.last?.cursor : nil
    } while cursor != nil
    #expect(paged == order)
  }

  @Test func `an answer takes a question out, and a withdrawn answer brings it back`() throws {
    let card = try card()
    let question = try ask("go?", on: card)
    try home.take([
      try room.rumor(Words.answer("yes", to: question.id), d: "a", by: .dave, at: 500)
    ])
    #expect(try needs() == [])
    try home.take(room.declaration(epoch: 2, members: [.alice, .bob, .carol], at: 400).open)
    #expect(try needs() == ["go?"], "dave was no member any more")
  }

  @Test func `a question on a deleted card waits for nobody, whatever came first`() throws {
    let alice = try Person.alice.key
    let card = try card(by: .bob)
    try ask("first", on: card)
    #expect(try needs() == ["first"])
    guard case .card(let body) = try Words.card() else { return }
    let deleted = try room.rumor(.card(body.deleted()), d: "one", by: .bob, at: 300)
    try home.take([deleted])
    try ask("second", on: card, at: 310)
    #expect(try needs() == [])
    let id = try home.room(room)
    #expect(try home.reader.questions(id, openOnly: true).isEmpty)
    #expect(try home.reader.questions(id, openOnly: false).count == 2)
    // The other way round, and on one that is made anew.
    let other = try Home(in: room)
    try other.take([try ask("third", on: card, at: 320), deleted, card])
    #expect(try other.reader.needs(InboxOwner(alice), now: 1).isEmpty)
    let hash = try home.hash()
    try home.replica.rebuild(keyring: home.keyring)
    #expect(try home.hash() == hash && needs() == [])
    try home.take([try room.rumor(Words.card(), d: "one", by: .bob, at: 400)])
    #expect(try needs() == ["first", "second", "third"])
  }

  @Test func `own questions do not wait for oneself, those of one's agents do`() throws {
    let card = try card()
    try ask("mine", on: card, by: .alice)
    try ask("my agent's", on: card, by: .alice, ["conn": .string(ConnectionID.numbered(1).text)])
    #expect(try needs() == ["my agent's"])
  }

  @Test func `who is mentioned is meant, and nobody else`() throws {
    let card = try card()
    try ask("for carol", on: card, ["mentions": try mention(.carol)])
    try ask("for me", on: card, ["mentions": try mention(.alice)])
    try ask("for all", on: card)
    #expect(try Set(needs()) == ["for me", "for all"])
  }

  @Test func `what a run asks waits for those whose answer settles it`() throws {
    let policy: JSON = ["approvers": .array([.string(try Person.dave.key.hex)])]
    let card = try room.rumor(
      Words.card(to: .carol, fabric: Fabric(type: "card", fields: ["policy": policy])), d: "one",
      by: .bob, at: 200)
    let worker = ConnectionID.numbered(7)
    try home.take([
      card,
      try room.rumor(
        .card(
          .agent(worker, name: "W", role: "worker", owner: try Person.alice.key, createdBy: "x")),
        d: DTag.agent(connection: worker.text), by: .carol, at: 201),
    ])
    let run: JSON = .string(String(repeating: "a", count: 32))
    let which = try ask("which?", on: card, by: .carol, at: 210, ["run": run, "blocking": true])
    try ask("may I?", on: card, by: .carol, at: 211, ["run": run, "kind": "approval"])
    try ask("no run of theirs", on: card, by: .dave, at: 212, ["run": run, "blocking": true])
    func asked(_ person: Person) throws -> Set<String> {
      Set(
        try home.reader.needs(InboxOwner(try person.key), now: 10_000).map(\.question.body))
    }
    #expect(try asked(.alice) == ["which?", "may I?", "no run of theirs"], "the owner's")
    #expect(try asked(.bob) == ["which?", "no run of theirs"], "the author's")
    #expect(try asked(.dave) == ["which?"], "an approver's")
    #expect(try asked(.erin) == ["no run of theirs"])
    let id = try home.object(which)
    let settling = try Person.allCases.filter { try home.reader.mayAnswer(id, $0.key) }
    #expect(settling == [.alice, .bob, .dave], "what others say is a suggestion")
    try ask(
      "erin?", on: card, by: .carol, at: 213,
      ["run": run, "blocking": true, "mentions": try mention(.erin)])
    #expect(try asked(.erin) == ["no run of theirs", "erin?"])
    #expect(try needs() == ["may I?", "which?", "no run of theirs"])
  }

  @Test func `a question in a channel waits for those who follow it`() throws {
    let mark = PostMark(channel: .general, kind: .question)
    let id = try home.room(room)
    func ask(_ body: String, _ mark: PostMark) throws {
      let question = Question(
        body: body, track: "channels", createdBy: "x", fabric: mark.fabric)
      try home.take([try room.rumor(.question(question), d: body, by: .bob, at: 210)])
    }
    try ask("anybody?", mark)
    var mine = mark
    mine.mentions = [Mention(try Person.alice.key)]
    try ask("you?", mine)
    #expect(try needs() == ["you?"])
    try desk.subscribe(me, to: .general, in: id)
    #expect(try Set(needs()) == ["you?", "anybody?"])
    #expect(try home.reader.needs(me, now: 1).first?.channel == .general)
    #expect(try home.reader.updates(me, now: 1).isEmpty, "it is there once")
  }

  @Test func `snoozed it is away until its time, or until the one who asked writes again`() throws {
    let card = try card()
    let timed = try ask("timed", on: card)
    let spoken = try ask("spoken", on: card, at: 220)
    let newest = try #require(try home.reader.log(limit: 1).first?.seq)
    try desk.putAside(home.object(timed), until: .at(5_000), through: newest)
    try desk.putAside(
      home.object(spoken), until: .spoken(Person.bob.key), through: newest)
    #expect(try needs(now: 4_999) == [])
    #expect(try home.reader.nextReturn(after: 4_999) == 5_000)
    #expect(try needs(now: 5_000) == ["timed"])
    #expect(try home.reader.nextReturn(after: 5_000) == nil)
    try home.take([
      try room.rumor(Words.comment("not him", on: card.id), d: "c", by: .carol, at: 300),
      try room.rumor(
        .comment(
          Comment(
            target: TargetReference(card.id), body: "step", intent: "progress", createdBy: "x")),
        d: "p", by: .bob, at: 300),
    ])
    #expect(try needs(now: 4_999) == [])
    try home.take([try room.rumor(Words.comment("hello?", on: card.id), d: "c2", by: .bob, at: 310)]
    )
    #expect(try needs(now: 4_999) == ["spoken"])
    try desk.bringBack(home.object(timed))
    #expect(try needs(now: 4_999) == ["timed", "spoken"])
  }

  @Test func `done it is away until somebody else writes, or it is asked anew`() throws {
    let card = try card()
    let question = try ask("done?", on: card)
    let object = try home.object(question)
    func newest() throws -> Int64 { try home.reader.log(limit: 1).first?.seq ?? 0 }
    try desk.putAside(object, until: .news, through: newest())
    try home.take([try room.rumor(Words.comment("mine", on: card.id), d: "m", by: .alice, at: 220)])
    #expect(try needs() == [])
    try home.take([try room.rumor(Words.comment("new", on: card.id), d: "n", by: .carol, at: 230)])
    #expect(try needs() == ["done?"])
    try desk.putAside(object, until: .news, through: newest())
    #expect(try needs() == [])
    let fabric = Question.fabric(card: card.id, address: card.address)
    try home.take([
      try room.rumor(
        .question(Question(body: "done now?", createdBy: "x", fabric: fabric)), d: "done?",
        by: .bob, at: 400)
    ])
    #expect(try needs() == ["done now?"])
  }

  @Test func `the queue is read by its index`() throws {
    let plan = try home.replica.connection.rows(
      """
      EXPLAIN QUERY PLAN SELECT object FROM entry INDEXED BY question_urgency
      WHERE kind = 30534 AND answers = 0 AND NOT gone AND (urgency, created_at, event_id) > (1, 2, x'')
      ORDER BY urgency, created_at, event_id LIMIT 9
      """
    ) { $0.text(3) }
    #expect(!plan.contains { $0.contains("TEMP B-TREE") || $0.hasPrefix("SCAN") }, "\(plan)")
  }
}
