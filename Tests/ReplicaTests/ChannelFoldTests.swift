import FourA
import Nostr
import Replica
import Studio
import TestKit
import Testing

@Suite struct ChannelFoldTests {
  private func home(
    taking arrivals: [Arrival], of room: Room, seed: UInt64, following channels: [ChannelName] = []
  ) throws -> Home {
    var random = SeededRandom(seed)
    let home = try Home()
    try home.follow(room)
    let (desk, id) = (try Desk(path: home.folder.database), try home.room(room))
    for channel in channels {
      for owner in try Self.owners { try desk.subscribe(owner, to: channel, in: id) }
    }
    var rest = arrivals[...]
    while !rest.isEmpty {
      var batch = Array(rest.prefix(Int.random(in: 1...40, using: &random)))
      rest = rest.dropFirst(batch.count)
      for _ in 0..<3 {
        if let again = arrivals.randomElement(using: &random) { batch.append(again) }
      }
      _ = try home.replica.ingest(batch, keyring: home.keyring)
    }
    return home
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
  func `any order and any repetition of a life in channels folds to one digest`(seed: UInt64)
    throws
  {
    let recorded = try ChannelSet(seed: seed)
    let first = try home(taking: recorded.arrivals, of: recorded.room, seed: seed)
    let hash = try first.hash()
    let room = try first.room(recorded.room)
    let names = try first.reader.channels(room)
    #expect(names.count == 3)
    #expect(names.reduce(0) { $0 + $1.posts } > 20)
    #expect(try first.replica.verify(keyring: first.keyring).faults == [])
    for run in 1...8 {
      var random = SeededRandom(seed &* 100 &+ UInt64(run))
      let arrivals =
        run == 1 ? recorded.arrivals.reversed() : recorded.arrivals.shuffled(using: &random)
      let other = try home(taking: arrivals, of: recorded.room, seed: seed &+ UInt64(run))
      #expect(try other.hash() == hash, "permutation \(run) of seed \(seed)")
      let there = try other.room(recorded.room)
      for name in names {
        #expect(
          try other.reader.posts(name.name, in: there, limit: 500).map(\.eventID)
            == first.reader.posts(name.name, in: room, limit: 500).map(\.eventID))
        #expect(
          try other.reader.root(of: name.name, in: there)?.eventID
            == first.reader.root(of: name.name, in: room)?.eventID)
      }
    }
    try first.replica.rebuild(keyring: first.keyring)
    #expect(try first.hash() == hash, "a rebuild changes nothing")
  }

  private static var owners: [InboxOwner] {
    get throws {
      let key = try Person.alice.key
      return [InboxOwner(key), InboxOwner(key, .numbered(1))]
    }
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func `what a list of channels counts is what the whole inbox has, in any order`(seed: UInt64)
    throws
  {
    let recorded = try ChannelSet(seed: seed)
    let names = try home(taking: recorded.arrivals, of: recorded.room, seed: seed).reader
    let channels = try names.channels(RoomID(1)).map(\.name).dropLast()
    var first: [[ChannelName: [Int]]]?
    for run in 0..<5 {
      var random = SeededRandom(seed &* 1_000 &+ UInt64(run))
      let home = try home(
        taking: run == 0 ? recorded.arrivals : recorded.arrivals.shuffled(using: &random),
        of: recorded.room, seed: seed &+ UInt64(run), following: Array(channels))
      let id = try home.room(recorded.room)
      let desk = try Desk(path: home.folder.database)
      var counted: [[ChannelName: [Int]]] = []
      for owner in try Self.owners {
        let inbox = try home.reader.inbox(owner, limit: 10_000)
        #expect(!inbox.isEmpty)
        // Every third of what lies in both, whichever came first.
        let read = inbox.sorted { $0.eventID < $1.eventID }.enumerated().filter {
          $0.offset % 3 == 0
        }
        try desk.markSeen(read.map(\.element.id), by: owner, now: 1)
        let left = try home.reader.inbox(owner, limit: 10_000)
        #expect(left.count == inbox.count - read.count)
        var recount: [ChannelName: [Int]] = [:]
        for post in left {
          guard let channel = post.channel else { continue }
          let isMeant = post.mentions.contains {
            $0.pubkey == owner.me && ($0.connection == nil || $0.connection == owner.connection)
          }
          let before = recount[channel] ?? [0, 0]
          recount[channel] = [before[0] + 1, before[1] + (isMeant ? 1 : 0)]
        }
        var counts: [ChannelName: [Int]] = [:]
        for row in try home.reader.channelSummaries(id, of: owner) where row.unread > 0 {
          counts[row.name] = [row.unread, row.mentions]
        }
        #expect(counts == recount, "seed \(seed), run \(run)")
        for (channel, _) in recount {
          let oldest = left.first { $0.channel == channel }
          #expect(try home.reader.firstUnread(channel, in: id, of: owner)?.id == oldest?.id)
        }
        counted.append(counts)
      }
      first = first ?? counted
      #expect(counted == first, "seed \(seed), run \(run)")
    }
  }

  @Test func `channels and posts enter the digest`() throws {
    let room = try Room()
    let home = try Home(in: room)
    try home.take([try room.post("hello", in: .init(channel: .general), by: .bob, at: 200)])
    for damage in [
      "UPDATE post SET channel = 'other'", "UPDATE post SET reply_author = x'00'",
      "INSERT INTO mention (object, pubkey, conn, seq, room, news) SELECT object, x'00', '', 1, 1, 1 FROM post",
    ] {
      #expect(try home.replica.verify(keyring: home.keyring).isSound)
      try home.replica.connection.execute(damage)
      #expect(try !home.replica.verify(keyring: home.keyring).isSound, "\(damage)")
      try home.replica.rebuild(keyring: home.keyring)
    }
  }

  @Test func `roots of one name are one channel, and the earliest is canonical`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let id = try home.room(room)
    let name = try ChannelName.named("arc:x")
    let late = try room.root(name, by: .bob, at: 300, topic: "late")
    let early = try room.root(name, by: .carol, at: 200, topic: "early")
    try home.take([
      late, try room.post("one", in: .init(channel: name), by: .bob, at: 301, on: late),
    ])
    #expect(try home.reader.root(of: name, in: id)?.topic == "late")
    try home.take([
      early, try room.post("two", in: .init(channel: name), by: .dave, at: 302, on: early),
    ])
    #expect(try home.reader.root(of: name, in: id)?.eventID == early.id)
    #expect(try home.reader.posts(name, in: id).map(\.body) == ["two", "one"])

    // A new topic leaves the root where it was, and a root that is deleted gives way.
    let again = try room.root(name, by: .carol, at: 400, topic: "again")
    try home.take([again])
    #expect(try home.reader.root(of: name, in: id)?.topic == "again")
    let gone = try room.rumor(
      .card(Card.channelRoot(name, createdBy: "x").deleted()), d: name.d, by: .carol, at: 500)
    try home.take([gone])
    #expect(try home.reader.root(of: name, in: id)?.topic == "late")
    #expect(try home.reader.posts(name, in: id).count == 2)

    // Of one second the lower id is the canonical one.
    let twins = try [Person.bob, .carol].map { try room.root(.general, by: $0, at: 600) }
    try home.take(twins)
    #expect(
      try home.reader.root(of: .general, in: id)?.eventID == twins.map(\.id).min())
  }

  @Test func `a post finds its channel by name or by root, whichever comes first`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let id = try home.room(room)
    let name = try ChannelName.named("arc:x")
    let root = try room.root(name, by: .bob, at: 200)
    let plain = try room.rumor(Words.comment("plain", on: root.id), d: "p", by: .carol, at: 210)
    let nested = try room.rumor(Words.comment("nested", on: plain.id), d: "n", by: .dave, at: 220)
    try home.take([nested])
    try home.take([plain])
    #expect(try home.reader.channels(id).map(\.name) == [.general])
    try home.take([root])
    let posts = try home.reader.posts(name, in: id)
    #expect(posts.map(\.body) == ["nested", "plain"])
    #expect(posts.allSatisfy { $0.kind == "status" && $0.connection == nil })
    #expect(posts[0].replyTo == plain.id && posts[1].replyTo == nil)
    // A post that carries the name of a channel needs no root at all.
    try home.take([try room.post("free", in: .init(channel: .general), by: .bob, at: 230)])
    #expect(try home.reader.posts(.general, in: id).map(\.body) == ["free"])
    // An edit that is plain talk again leaves the channel.
    try home.take([
      try room.rumor(
        Words.comment("gone", on: EventID(SHA256.hash("x"))), d: "post-free", by: .bob, at: 240)
    ])
    #expect(try home.reader.posts(.general, in: id).isEmpty)
  }

  @Test func `a card that only claims to be a root moves nobody's posts`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let id = try home.room(room)
    let mine = try ChannelName.named("mine")
    let root = try room.root(mine, by: .bob, at: 200)
    let said = try room.rumor(Words.comment("here", on: root.id), d: "c", by: .carol, at: 210)
    // The same card under its old d with another name is no root any more: d binds the name.
    let stolen = try room.rumor(
      Words.root(try .named("theirs")), d: mine.d, by: .bob, at: 300)
    try home.take([root, said, stolen])
    #expect(try home.reader.channels(id).map(\.name) == [.general])
    #expect(try home.reader.cards(id).map(\.title) == ["#theirs"], "it is a card like any other")
  }

  @Test func `channel roots and registry cards are no work`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let id = try home.room(room)
    let root = try room.root(.general, by: .bob, at: 200)
    try home.take([
      root, try room.rumor(Words.card(), d: "one", by: .bob, at: 200),
      try room.rumor(
        Words.agent(.numbered(1), "Worker"), d: ConnectionID.numbered(1).d, by: .bob, at: 200),
      try room.post("findable", in: .init(channel: .general), by: .carol, at: 210, on: root),
    ])
    #expect(try home.reader.cards(id).map(\.title) == ["Title"])
    #expect(try home.reader.tracks(id).map(\.name) == ["backend"])
    #expect(try home.reader.search("findable").map(\.type) == ["comment"])
    #expect(try home.reader.search("general").isEmpty)
  }

  @Test func `a root whose block another client dropped stays the root`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let name = try ChannelName.named("arc:x")
    var stripped = Card.channelRoot(name, createdBy: "x")
    stripped.fabric = nil
    stripped.body = "edited elsewhere"
    try home.take([
      try room.root(name, by: .bob, at: 200),
      try room.rumor(.card(stripped), d: name.d, by: .bob, at: 300),
    ])
    let id = try home.room(room)
    #expect(try home.reader.root(of: name, in: id) != nil && home.reader.cards(id).isEmpty)
  }

  @Test func `who speaks is told by the signer's own cards, and a new name is told everywhere`()
    throws
  {
    let room = try Room()
    let home = try Home(in: room)
    let worker = ConnectionID.numbered(7)
    var mark = PostMark(channel: .general)
    let plain = try room.post("I am OpusDev #99d0513e", in: mark, by: .carol, at: 210)
    mark.connection = worker
    let early = try room.post("early", in: mark, by: .bob, at: 200)
    let stolen = try room.post("stolen", in: mark, by: .dave, at: 220)
    try home.take([early, plain, stolen])
    func speaker(_ event: Event) throws -> Speaker {
      try #require(try home.reader.post(home.object(event))).speaker
    }
    #expect(try speaker(early).isAttested == false)
    #expect(try speaker(early).name == nil && speaker(early).short == Person.bob.key.short)

    try home.take([
      try room.rumor(Words.agent(worker, "OpusDev"), d: worker.d, by: .bob, at: 300),
      try room.rumor(
        Words.profile("Carol"), d: DTag.profile(Person.carol.key), by: .carol, at: 300),
      try room.rumor(
        Words.profile("Dave"), d: DTag.profile(Person.dave.key), by: .dave, at: 300),
    ])
    #expect(
      try speaker(early)
        == Speaker(name: "OpusDev", short: worker.short(), isAttested: true, isAgent: true))
    #expect(
      try speaker(plain)
        == Speaker(
          name: "Carol", short: Person.carol.key.short, isAttested: true, isAgent: false))
    // Somebody else's connection: the true signer, and a mark.
    #expect(
      try speaker(stolen)
        == Speaker(name: "Dave", short: Person.dave.key.short, isAttested: false, isAgent: false))

    try home.take([
      try room.rumor(Words.agent(worker, "Renamed"), d: worker.d, by: .bob, at: 400),
      try room.rumor(
        Words.profile("Caroline"), d: DTag.profile(Person.carol.key), by: .carol, at: 400),
    ])
    #expect(try speaker(early).name == "Renamed" && speaker(plain).name == "Caroline")
  }

  @Test func `two connections that look alike show twelve digits`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let a = try #require(ConnectionID("7914462a-aaaa-4000-8000-000000000000"))
    let b = try #require(ConnectionID("7914462a-bbbb-4000-8000-000000000000"))
    try home.take([
      try room.rumor(Words.agent(a, "A"), d: a.d, by: .bob, at: 200),
      try room.rumor(Words.agent(b, "B"), d: b.d, by: .carol, at: 200),
    ])
    let id = try home.room(room)
    #expect(try home.reader.agents(id).map(\.short) == ["7914462aaaaa", "7914462abbbb"])
    // One that does not speak any more makes no difference.
    try home.take([try room.rumor(Words.agent(b, "B", retired: true), d: b.d, by: .carol, at: 300)])
    #expect(try home.reader.agents(id).map(\.short) == ["7914462a", "7914462a"])
  }

  @Test func `a reply that comes before what it answers finds its author later`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let first = try room.post("first", in: .init(channel: .general), by: .alice, at: 200)
    let reply = try room.post(
      "reply", in: .init(channel: .general, replyTo: first.id), by: .bob, at: 210)
    let me = InboxOwner(try Person.alice.key)
    try home.take([reply])
    #expect(try home.reader.inbox(me).isEmpty)
    try home.take([first])
    #expect(try home.reader.inbox(me).map(\.body) == ["reply"])
  }

  @Test func `heartbeats of one connection are one post that says when it was last heard`() throws {
    let room = try Room()
    let home = try Home(in: room)
    let id = try home.room(room)
    let mark = PostMark(channel: .general, kind: .heartbeat, connection: .numbered(1))
    for time in [200, 500, 350] as [Int64] {
      try home.take([
        try room.rumor(
          Words.post("alive \(time)", in: mark),
          d: DTag.heartbeat(connection: ConnectionID.numbered(1).text, channel: "general"),
          by: .bob, at: time)
      ])
    }
    let posts = try home.reader.posts(.general, in: id)
    #expect(posts.map(\.body) == ["alive 500"] && posts.map(\.at) == [500])
  }
}
