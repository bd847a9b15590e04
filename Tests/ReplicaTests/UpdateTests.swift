import FourA
import Nostr
import Replica
import Studio
import Testing

/// What is new: which rows there are, what they say, and what makes them go.
@Suite struct UpdateTests {
  private let room: Room
  private let home: Home
  private let id: RoomID
  private let desk: Desk
  private let me: InboxOwner

  init() throws {
    room = try Room()
    home = try Home(in: room)
    id = try home.room(room)
    desk = try Desk(path: home.folder.database)
    me = InboxOwner(try Person.alice.key)
  }

  /// Every row in a few words, the newest first.
  private func updates() throws -> [String] {
    try home.reader.updates(me, now: 10_000).map { row in
      let subject =
        switch row.subject {
        case .card(let card): card.title
        case .said(_, let card, let channel): channel.map { "#\($0.text)" } ?? card?.title ?? "-"
        case .channel(let name): "#\(name.text)"
        }
      return "\(subject) \(row.reason)"
    }
  }

  private var newest: Int64 {
    get throws { try #require(try home.reader.log(limit: 1).first?.seq) }
  }

  private func card(_ title: String, by author: Person = .alice, to assignee: Person? = nil) throws
    -> Event
  {
    let card = try room.rumor(
      Words.card(title, to: assignee), d: title, by: author, at: 200)
    try home.take([card])
    return card
  }

  @discardableResult
  private func say(
    _ body: String, on card: Event, by author: Person = .bob, intent: String? = nil,
    fabric: Fabric? = nil
  ) throws -> Event {
    let comment = Comment(
      target: TargetReference(card.id), body: body, intent: intent, createdBy: "x", fabric: fabric)
    let event = try room.rumor(.comment(comment), d: body, by: author, at: 210)
    try home.take([event])
    return event
  }

  @discardableResult
  private func post(
    _ body: String, in channel: ChannelName = .general, by author: Person = .bob,
    _ change: (inout PostMark) throws -> Void = { _ in }
  ) throws -> Event {
    var mark = PostMark(channel: channel)
    try change(&mark)
    let event = try room.post(body, in: mark, by: author, at: 220 + newest)
    try home.take([event])
    return event
  }

  @Test func `a card has one row, with the gravest of what is new on it`() throws {
    let one = try card("one")
    try say("a", on: one)
    try say("b", on: one)
    try say("mine", on: one, by: .alice)
    let two = try card("two")
    try say("step", on: two, intent: "progress")
    #expect(try updates() == ["one notes(2)"])
    try say("ready", on: two, intent: "result")
    #expect(try updates() == ["two result", "one notes(2)"])
    try say("broken", on: one, intent: "error")
    #expect(try updates() == ["one trouble", "two result"])
    try home.take([try room.rumor(Words.answer("no", to: one.id), d: "x", by: .carol, at: 240)])
    let row = try #require(try home.reader.updates(me, now: 1).first)
    #expect(try row.text == "broken" && row.author == Person.bob.key)
  }

  @Test func `a card that others finished or gave to me is a row, my own doing is not`() throws {
    let given = try card("given", by: .bob, to: .alice)
    #expect(try updates() == ["given assigned"])
    let agents = try card("agents", to: .bob)
    _ = try card("theirs", by: .bob)
    try home.take([
      try room.rumor(Words.status(.done, on: agents.id), d: "s", by: .bob, at: 300),
      try room.rumor(Words.status(.done, on: given.id), d: "s", by: .alice, at: 300),
      // Not his to say.
      try room.rumor(Words.status(.done, on: given.id), d: "s2", by: .carol, at: 310),
    ])
    #expect(try updates().first == "agents done")
    try desk.markRead(home.object(agents), through: newest)
    try desk.markRead(home.object(given), through: newest)
    #expect(try updates() == [])
  }

  @Test func `read it is gone, and new words bring it back`() throws {
    let one = try card("one")
    try say("a", on: one)
    try desk.markRead(home.object(one), through: newest)
    #expect(try updates() == [])
    try say("b", on: one)
    #expect(try updates() == ["one notes(1)"])
    let seq = try #require(try home.reader.updates(me, now: 1).first?.seq)
    try desk.markRead(home.object(one), through: newest)
    try desk.markUnread(home.object(one), from: seq)
    #expect(try updates() == ["one notes(1)"])
  }

  @Test func `what is said to me is a row of its own, wherever it was said`() throws {
    let one = try card("one", by: .bob)
    let mentions = Fabric(type: "comment").setting(
      "mentions", [["pubkey": .string(try Person.alice.key.hex)]])
    try say("look", on: one, fabric: mentions)
    let mine = try post("mine", by: .alice)
    try post("hello", { $0.mentions = [Mention(try Person.alice.key)] })
    try post("right", { $0.replyTo = mine.id })
    try post("carol", { $0.mentions = [Mention(try Person.carol.key)] })
    #expect(try updates() == ["#general reply", "#general mention", "one mention"])
    let badges = try home.reader.badges(me, now: 1)
    #expect(badges.mentions == 3 && badges.updates == 3)
    // What was read through the command line is read here, and the other way round.
    let inbox = try home.reader.inbox(me)
    #expect(inbox.map(\.body) == ["look", "hello", "right"])
    try desk.markSeen([try #require(inbox.last).id], by: me, now: 1)
    #expect(try updates() == ["#general mention", "one mention"])
    try desk.markRead(home.object(one), through: newest)
    #expect(try updates() == ["#general mention"])
    #expect(try home.reader.inbox(me).map(\.body) == ["hello"])
  }

  @Test func `a channel that is followed is a row, without heartbeats and what is said to me`()
    throws
  {
    try post("unheard")
    #expect(try updates() == [])
    try desk.subscribe(me, to: .general, in: id)
    try post("a", by: .carol)
    try post("alive", { $0.kind = .heartbeat })
    try post("you", { $0.mentions = [Mention(try Person.alice.key)] })
    try post("own", by: .alice)
    #expect(try updates() == ["#general mention", "#general posts(2)"])
    let row = try #require(try home.reader.updates(me, now: 1).last)
    try desk.mute(true, me, .general, in: id)
    #expect(try updates() == ["#general mention"])
    try desk.mute(false, me, .general, in: id)
    try desk.markSeen(.general, in: id, by: me, now: 1)
    #expect(try updates() == [])
    let place = EntryCursor(createdAt: row.at, eventID: row.eventID)
    try desk.markUnseen(.general, in: id, from: place, by: me)
    #expect(try updates() == ["#general mention", "#general posts(1)"])
  }

  @Test func `what one connection reads leaves the counts of others alone`() throws {
    let agent = InboxOwner(try Person.alice.key, .numbered(1))
    let both = try post("both", { $0.mentions = [Mention(try Person.alice.key)] })
    #expect(try home.reader.unreadCount(agent) == 1)
    try desk.markSeen([home.object(both)], by: agent, now: 1)
    #expect(try home.reader.unreadCount(agent) == 0)
    #expect(try home.reader.badges(me, now: 1).mentions == 1)
    try desk.markSeen([home.object(both)], by: me, now: 1)
    #expect(try home.reader.badges(me, now: 1).mentions == 0)
  }

  @Test func `all read is all read, and what is set aside comes back with news`() throws {
    let one = try card("one")
    try say("a", on: one)
    try desk.subscribe(me, to: .general, in: id)
    try post("b")
    try post("c", { $0.mentions = [Mention(try Person.alice.key)] })
    try desk.putAside(home.object(one), until: .news, through: newest)
    #expect(try updates() == ["#general mention", "#general posts(1)"])
    try say("d", on: one)
    #expect(try updates() == ["one notes(2)", "#general mention", "#general posts(1)"])
    try desk.markAllRead(me, through: newest, now: 1)
    #expect(try updates() == [])
    #expect(try home.reader.unreadCount(me) == 0)
    try post("e")
    #expect(try updates() == ["#general posts(1)"])
  }

  @Test func `pages by arrival hold every row once, the newest first`() throws {
    for index in 0..<7 {
      try say("note \(index)", on: try card("card \(index)"))
      try post("to me \(index)", { $0.mentions = [Mention(try Person.alice.key)] })
    }
    let all = try home.reader.updates(me, now: 1)
    #expect(all.count == 14 && all.map(\.seq) == all.map(\.seq).sorted(by: >))
    var paged: [UpdateRow] = []
    while let page = try? home.reader.updates(
      me, now: 1, before: paged.last?.seq ?? .max, limit: 4),
      !page.isEmpty
    { paged += page }
    #expect(paged == all)
  }

  @Test func `what is new is read by indexes, never through the log`() throws {
    func plan(_ sql: String) throws -> [String] {
      try home.replica.connection.rows("EXPLAIN QUERY PLAN " + sql) { $0.text(3) }
    }
    for sql in [
      "SELECT object FROM card c INDEXED BY card_news WHERE c.shown AND c.news < 9 ORDER BY c.news DESC LIMIT 5",
      """
      SELECT object FROM entry n INDEXED BY entry_root WHERE n.root = 1 AND n.to_status IS NULL
        AND n.news > 1 ORDER BY n.news DESC LIMIT 9
      """,
      """
      SELECT object FROM mention INDEXED BY mention_news WHERE pubkey = x'' AND conn = '' AND news AND seq < 9
      ORDER BY seq DESC LIMIT 5
      """,
      "SELECT object FROM post INDEXED BY post_answered WHERE reply_author = x'' AND reply_conn = '' AND news AND seq < 9 ORDER BY seq DESC",
    ] {
      let steps = try plan(sql)
      #expect(
        !steps.contains {
          $0.contains("TEMP B-TREE") || ($0.hasPrefix("SCAN") && !$0.contains("INDEX"))
        },
        "\(steps)")
    }
  }
}
