import FourA
import Nostr
import Replica
import Studio
import Testing

@Suite struct InboxTests {
  private let room: Room
  private let home: Home
  private let id: RoomID
  private let desk: Desk
  private let me: InboxOwner
  private let agent: InboxOwner

  init() throws {
    room = try Room()
    home = try Home(in: room)
    id = try home.room(room)
    desk = try Desk(path: home.folder.database)
    me = InboxOwner(try Person.alice.key)
    agent = InboxOwner(try Person.alice.key, .numbered(1))
  }

  private func inbox(_ owner: InboxOwner, _ filter: InboxFilter = .init()) throws -> [String] {
    try home.reader.inbox(owner, filter).map(\.body)
  }

  private func say(
    _ body: String, _ change: (inout PostMark) -> Void = { _ in }, by author: Person = .bob,
    at time: Int64 = 200
  ) throws -> Event {
    var mark = PostMark(channel: .general)
    change(&mark)
    let event = try room.post(body, in: mark, by: author, at: time)
    try home.take([event])
    return event
  }

  @Test func `a mention of the key means every connection, one of a connection that one alone`()
    throws
  {
    let key = try Person.alice.key
    _ = try say("all", { $0.mentions = [Mention(key)] }, at: 200)
    _ = try say("one", { $0.mentions = [Mention(key, .numbered(1))] }, at: 210)
    _ = try say("other", { $0.mentions = [Mention(key, .numbered(2))] }, at: 220)
    let bob = try Person.bob.key
    _ = try say("bob", { $0.mentions = [Mention(bob)] }, by: .carol, at: 230)
    _ = try say("own", { $0.mentions = [Mention(key)] }, by: .alice, at: 240)
    #expect(try inbox(me) == ["all"])
    #expect(try inbox(agent) == ["all", "one", "own"], "the owner is somebody else to an agent")
  }

  @Test func `a mention in a comment on a card is in the inbox, with the card`() throws {
    let card = try room.rumor(Words.card(), d: "one", by: .bob, at: 200)
    let fabric = Fabric(type: "comment").setting(
      "mentions", [["pubkey": .string(try Person.alice.key.hex)]])
    let comment = Comment(
      target: TargetReference(card.id), body: "look", createdBy: "x", fabric: fabric)
    try home.take([
      card, try room.rumor(.comment(comment), d: "c", by: .carol, at: 210),
      try room.rumor(Words.comment("no mention", on: card.id), d: "c2", by: .carol, at: 220),
    ])
    let found = try home.reader.inbox(me)
    #expect(found.map(\.body) == ["look"])
    #expect(found.first?.card == card.id && found.first?.kind == "comment")
    #expect(found.first?.channel == nil)
  }

  @Test func `a subscription starts with the last twenty posts and ends when it is ended`() throws {
    for index in 0..<25 {
      _ = try say("old \(index)", at: 200 + Int64(index))
    }
    #expect(try inbox(me).isEmpty)
    try desk.subscribe(me, to: .general, in: id)
    #expect(try home.reader.unreadCount(me) == 20)
    #expect(try home.reader.inbox(me, limit: 1).first?.body == "old 5")
    let first = try say("new", at: 300)
    #expect(try home.reader.unreadCount(me) == 21)
    #expect(try home.reader.unreadCount(agent) == 0, "each connection has its own")
    try desk.subscribe(me, to: .general, in: id)
    #expect(try home.reader.unreadCount(me) == 21, "a second time changes nothing")
    try desk.markSeen([home.object(first)], by: me, now: 1)
    #expect(try home.reader.unreadCount(me) == 20)
    #expect(try home.reader.isSubscribed(me, to: .general, in: id))
    try desk.unsubscribe(me, from: .general, in: id)
    #expect(try home.reader.unreadCount(me) == 0)
    #expect(try !home.reader.isSubscribed(me, to: .general, in: id))
  }

  @Test func `what one has posted is never unread to the one who posted it`() throws {
    for owner in [me, agent] { try desk.subscribe(owner, to: .general, in: id) }
    _ = try say("mine", by: .alice, at: 200)
    _ = try say("my agent's", { $0.connection = .numbered(1) }, by: .alice, at: 210)
    #expect(try inbox(me) == ["my agent's"])
    #expect(try inbox(agent) == ["mine"])
  }

  @Test func `replies come to the connection that is answered, plain ones too`() throws {
    let mine = try say("mine", by: .alice, at: 200)
    let agents = try say("agent's", { $0.connection = .numbered(1) }, by: .alice, at: 210)
    _ = try say("to me", { $0.replyTo = mine.id }, at: 220)
    _ = try say("to the agent", { $0.replyTo = agents.id }, at: 230)
    try home.take([
      try room.rumor(Words.comment("plain", on: mine.id), d: "plain", by: .carol, at: 240)
    ])
    #expect(try inbox(me) == ["to me", "plain"])
    #expect(try inbox(agent) == ["to the agent"])
  }

  @Test func `questions and answers on my cards come to me, comments do not`() throws {
    let mine = try room.rumor(Words.card(), d: "mine", by: .alice, at: 200)
    let given = try room.rumor(Words.card(to: .alice), d: "given", by: .bob, at: 200)
    let others = try room.rumor(Words.card(), d: "others", by: .bob, at: 200)
    let asked = try room.rumor(Words.question("on mine", on: mine), d: "q1", by: .bob, at: 210)
    let own = try room.rumor(Words.question("my own", on: others), d: "q4", by: .alice, at: 210)
    try home.take([
      mine, given, others, asked, own,
      try room.rumor(Words.question("on given", on: given), d: "q2", by: .bob, at: 220),
      try room.rumor(Words.question("on others", on: others), d: "q3", by: .bob, at: 230),
      try room.rumor(Words.answer("answered", to: asked.id), d: "a1", by: .carol, at: 240),
      try room.rumor(Words.answer("answered me", to: own.id), d: "a2", by: .carol, at: 250),
      try room.rumor(Words.comment("just talk", on: mine.id), d: "c", by: .carol, at: 260),
    ])
    #expect(try inbox(me) == ["on mine", "on given", "answered", "answered me"])
    #expect(try inbox(agent).isEmpty)
    #expect(try inbox(me, .init(kinds: ["answer"])) == ["answered", "answered me"])
  }

  @Test func `the unread count is the same whatever the filter, and reading lowers it once`() throws
  {
    let key = try Person.alice.key
    let other = try ChannelName.named("arc:x")
    try desk.subscribe(me, to: .general, in: id)
    let first = try say("brief", { $0.kind = .brief }, at: 200)
    _ = try say("status", at: 210)
    _ = try say(
      "elsewhere",
      {
        $0.channel = other
        $0.mentions = [Mention(key)]
      }, at: 220)
    #expect(try inbox(me, .init(channels: [other])) == ["elsewhere"])
    #expect(try inbox(me, .init(kinds: ["brief", "status"])) == ["brief", "status", "elsewhere"])
    #expect(try inbox(me, .init(channels: [.general], kinds: ["brief"])) == ["brief"])
    #expect(try inbox(me, .init(channels: [.general, other])).count == 3)
    #expect(try home.reader.unreadCount(me) == 3)
    let counts = try home.reader.inboxCounts(me)
    #expect(counts.first { $0.channel == .general }?.unread == 2)
    #expect(counts.first { $0.channel == other }?.unread == 1)
    for _ in 0..<2 { try desk.markSeen([home.object(first)], by: me, now: 1) }
    #expect(try home.reader.unreadCount(me) == 2)
    // An edit of what was read stays read, and a rebuild forgets nothing.
    try home.take([
      try room.rumor(
        Words.post("brief again", in: .init(channel: .general, kind: .brief)), d: "post-brief",
        by: .bob, at: 300)
    ])
    try home.replica.rebuild(keyring: home.keyring)
    #expect(try inbox(me) == ["status", "elsewhere"])
  }

  @Test func `an inbox spans rooms, and channels of one name in two rooms are two`() throws {
    let other = try Room("other", seed: "other audience")
    try home.follow(other)
    try home.take(other.declaration().open, other.grant())
    let there = try home.room(other)
    try desk.subscribe(me, to: .general, in: there)
    _ = try say("here", at: 200)
    try home.take([try other.post("there", in: .init(channel: .general), by: .bob, at: 210)])
    #expect(try inbox(me) == ["there"])
    try desk.subscribe(me, to: .general, in: id)
    #expect(try inbox(me) == ["here", "there"])
    #expect(try home.reader.unreadCount(me) == 2)
    #expect(try home.reader.posts(.general, in: id).map(\.body) == ["here"])
  }

  @Test func `a channel is read by an index and the inbox scans no log`() throws {
    func plan(_ sql: String) throws -> [String] {
      try home.replica.connection.rows("EXPLAIN QUERY PLAN " + sql) { $0.text(3) }
    }
    let page = try plan(
      "SELECT w.body FROM post p JOIN words w ON w.object = p.object WHERE p.room = 1 "
        + "AND p.channel = 'a' AND (p.at, p.id) < (9, x'') ORDER BY p.at DESC, p.id DESC LIMIT 50")
    #expect(!page.contains { $0.contains("TEMP B-TREE") || $0.hasPrefix("SCAN") }, "\(page)")
    for owner in [me, agent] {
      let inbox = try plan(Reader.unreadStatement(owner) + " SELECT count(*) FROM unread")
      // What the parts have found, and own cards.
      let scans = inbox.filter { $0.hasPrefix("SCAN") && !$0.contains("INDEX") }
      #expect(Set(scans).isSubset(of: ["SCAN unread", "SCAN c"]), "\(inbox)")
    }
  }

  @Test func `a status change or a removed member's post is not in the inbox`() throws {
    let key = try Person.alice.key
    _ = try say("from dave", { $0.mentions = [Mention(key)] }, by: .dave, at: 500)
    #expect(try inbox(me) == ["from dave"])
    try home.take(
      room.declaration(epoch: 2, members: [.alice, .bob, .carol], at: 400).open)
    #expect(try inbox(me).isEmpty)
  }

  @Test func `a mention is resolved by name, short or beginning, and two of a name are ambiguous`()
    throws
  {
    let worker = ConnectionID.numbered(7)
    try home.take([
      try room.rumor(Words.agent(worker, "OpusDev-Worker"), d: worker.d, by: .bob, at: 200),
      try room.rumor(
        Words.agent(.numbered(8), "Old", retired: true), d: ConnectionID.numbered(8).d, by: .bob,
        at: 200),
      try room.rumor(
        Words.profile("Carol"), d: DTag.profile(Person.carol.key), by: .carol, at: 200),
      try room.rumor(Words.profile("Opus"), d: DTag.profile(Person.dave.key), by: .dave, at: 200),
    ])
    let bot = Mention(try Person.bob.key, worker)
    func resolve(_ who: String) throws -> Mention? {
      if case .one(let found) = try home.reader.resolveAddressee(who, in: id) { found } else { nil }
    }
    for who in [
      "OpusDev-Worker", "opusdev", "OpusDev-Worker#\(worker.short())", "#\(worker.short())",
      "OpusDev-Worker #\(worker.short())", worker.text,
    ] { #expect(try resolve(who) == bot, "\(who)") }
    #expect(try resolve("Opus") == Mention(Person.dave.key), "a whole name goes first")
    #expect(try resolve("opu") == nil, "two begin like that")
    #expect(try resolve("Carol") == Mention(Person.carol.key))
    #expect(try resolve(Person.carol.key.npub) == Mention(Person.carol.key))
    #expect(try resolve("Old") == nil && resolve("nobody") == nil && resolve("") == nil)
  }

  @Test func `a connection's name leads to one identifier, whoever asks first`() throws {
    let first = try desk.connection(named: "Worker", now: 1)
    #expect(try Desk(path: home.folder.database).connection(named: "Worker", now: 2) == first)
    #expect(try home.reader.connection(named: "Worker") == first)
    #expect(try home.reader.connectionName(first) == "Worker")
    #expect(try desk.connection(named: "Other", now: 3) != first)
  }

  @Test func `a post goes by its id, a beginning of it or its short form`() throws {
    let post = try say("here")
    let card = try room.rumor(Words.card(), d: "one", by: .bob, at: 200)
    try home.take([card])
    for name in [post.id.hex, "post-\(post.id.hex.prefix(12))", String(post.id.hex.prefix(8))] {
      guard case .one(let row) = try home.reader.resolvePost(name, in: id) else {
        Issue.record("\(name) is nothing")
        continue
      }
      #expect(row.eventID == post.id)
    }
    for name in [card.id.hex, "post-", "post-1234567", "post-\(String(repeating: "0", count: 12))"]
    {
      guard case .none = try home.reader.resolvePost(name, in: id) else {
        Issue.record("\(name) is a post")
        continue
      }
    }
  }
}
