import Home
import Nostr
import Replica
import Studio
import Terminal
import Testing

@testable import Panes

/// What is read, and when: what is shown, what has come, and keys before either.
@Suite struct ReadingTests {
  @Test func `what comes is read where it is shown, and elsewhere once that is opened`() throws {
    let stage = try Stage(World.talk(), columns: 120, rows: 40, at: .inbox)
    try stage.world.card("Hidden one", ago: 5)
    try stage.world.say("said meanwhile", by: .bob, ago: 4)
    stage.changed()
    #expect(stage.shell.board.rows.isEmpty)
    #expect(stage.shell.posts.posts.isEmpty)
    stage.press("g", "b")
    #expect(stage.shows("Hidden one"))
    stage.press("g", "c")
    #expect(stage.shows("said meanwhile"))
    let posts = stage.shell.posts.posts.count
    stage.press("g", "b")
    try stage.world.say("said unseen", by: .bob, ago: 3)
    try stage.world.card("Boarded", ago: 2)
    stage.changed()
    #expect(stage.shows("Boarded"))
    #expect(stage.shell.posts.posts.count == posts)
    stage.press("g", "c")
    #expect(stage.shows("said unseen"))
  }

  @Test(arguments: [
    (
      "DROP TABLE entry; PRAGMA user_version = 99", "schema_newer", "has schema 99",
      "update this program"
    ),
    (
      "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 99999 WHERE name = 'card'; PRAGMA schema_version = 7777",
      "database_damaged", "the database is damaged", "studio verify"
    ),
  ])
  func `what the database says is shown as the command line says it, until it can be read`(
    damage: String, code: String, words: String, hint: String
  ) throws {
    let world = try World.team()
    let card = try world.card("Talk", ago: 9)
    let stage = try Stage(world, columns: 120, rows: 40)
    try world.comment("said on the card", on: card, by: .bob, ago: 5)
    try world.replica.connection.execute("PRAGMA foreign_keys = OFF; \(damage)")
    stage.changed()
    for place in ["b", "i", "a", "k"] {
      stage.press("g", place)
      let fault = try #require(stage.shell.scene.fault)
      #expect(fault.code == code)
      #expect(fault.hint?.contains(hint) == true)
      #expect(stage.shows(words))
    }
    #expect(!stage.shows("reading was stopped"))
    #expect(!stage.shows("nobody waits"))
    // The command line: the same error, from a home that is opened anew.
    do {
      _ = try Reader(path: world.home.replicaFile).snapshot {
        try $0.cards(world.room, CardFilter(), limit: 1, me: Person.alice.key)
      }
      Issue.record("it was read")
    } catch { #expect(StudioError(describing: error).code == code) }
  }

  @Test func `what was stopped for its cost names no fault`() throws {
    let stage = try Stage(World.team())
    stage.shell.scene.note(ReplicaError(.interrupted, "interrupted"))
    #expect(stage.shell.scene.fault == nil)
    #expect(stage.shell.scene.stopped == "reading was stopped")
  }

  @Test func `the first frame shows the list, and the next all the rest`() throws {
    let world = try World.talk()
    let whole = try Stage(world, columns: 120, rows: 40, at: .inbox)
    let staged = try Stage(world, columns: 120, rows: 40, at: .inbox, isStaged: true)
    let rows = whole.shell.inbox.attention.map(\.id)
    #expect(!rows.isEmpty)
    #expect(staged.shell.inbox.attention.map(\.id) == rows)
    #expect(!whole.shell.scene.channels.isEmpty)
    #expect(staged.shell.scene.channels.isEmpty)
    staged.wait(.zero)
    #expect(staged.text == whole.text)
  }

  @Test func `a change to what is shown is on the next frame`() throws {
    let world = try World()
    let card = try world.card("Talk", ago: 9_000)
    let stage = try Stage(world, columns: 120, rows: 40)
    try world.comment("said on the card", on: card, by: .bob, ago: 20)
    stage.changed()
    #expect(stage.shows("said on the card"))
    try world.say(
      "hello", in: "general", by: .bob, ago: 10, mentions: [Mention(try Person.alice.key)])
    stage.changed()
    #expect(stage.row(0).contains("@1"))
    stage.press("g", "c")
    #expect(stage.shows("hello"))
    try world.say("and more", in: "general", by: .bob, ago: 5)
    stage.changed()
    #expect(stage.shows("and more"))
    stage.press("g", "i")
    try world.asks("Which of them?", options: ["this", "that"], by: .bob, ago: 2)
    try world.follow("general")
    stage.changed()
    #expect(stage.shows("Which of them?"))
  }

  @Test func `what has come waits for the frame that answers a key`() throws {
    let stage = try Stage(World.team(), columns: 120, rows: 40)
    try stage.world.card("Keyed", ago: 5)
    stage.shell.receive(.key(Key(.character("j"))))
    stage.shell.hear(.changed(seq: 0))
    #expect(!stage.shell.tick(now: stage.shell.clock.monotonic()))
    stage.draw()
    #expect(!stage.shows("Keyed"))
    #expect(stage.shell.tick(now: stage.shell.clock.monotonic()))
    stage.draw()
    #expect(stage.shows("Keyed"))
  }

  @Test func `while keys come, what has come is read a part at a time, and all of it in the end`()
    throws
  {
    let world = try World.talk()
    let stage = try Stage(world, columns: 120, rows: 40)
    // Something is typed in the middle of every second reading.
    var asked = 0
    stage.shell.inputIsWaiting = {
      asked += 1
      return asked % 7 > 3
    }
    try world.card("Among", ago: 5)
    stage.shell.hear(.changed(seq: 0))
    var rounds = 0
    while let due = stage.shell.reading.newsAt, due <= stage.shell.clock.monotonic(), rounds < 100 {
      _ = stage.shell.tick(now: due)
      rounds += 1
    }
    #expect(rounds > 3 && rounds < 100)
    stage.draw()
    #expect(stage.shows("Among"))
    #expect(stage.shell.reading.stale.isDisjoint(with: [.board, .card, .inbox, .team, .tracks]))
    #expect(!stage.shows("reading was stopped"))
    #expect(try stage.text == Stage(world, columns: 120, rows: 40).text)
  }

  /// A card of the board is done, and something is typed once the database was asked so often meanwhile.
  private func interrupted(after patience: Int) throws -> (asked: Int, gaveWay: Bool) {
    let stage = try Stage(World.team(), columns: 120, rows: 40)
    let card = try #require(stage.shell.card.card)
    let before = stage.shell.board.rows.map(\.id)
    try stage.world.status(.done, from: .inProgress, on: stage.event(of: card), by: .alice, ago: 0)
    var asked = 0
    stage.shell.inputIsWaiting = {
      asked += 1
      return asked > patience
    }
    stage.shell.hear(.changed(seq: 0))
    _ = stage.shell.tick(now: stage.shell.clock.monotonic())
    let gaveWay = stage.shell.reading.gaveWay[.board] != nil
    let midst = stage.shell.board.rows
    #expect(Set(midst.map(\.id)) == Set(before) && midst.count == before.count)
    if gaveWay { #expect(midst.first { $0.id == card.id }?.status == "in_progress") }
    stage.shell.inputIsWaiting = { false }
    for _ in 0..<20 {
      guard let due = stage.shell.reading.newsAt else { break }
      stage.wait(max(.zero, due - stage.shell.clock.monotonic()))
    }
    #expect(!stage.shows("reading was stopped"))
    #expect(stage.shell.board.rows.first { $0.id == card.id }?.status == "done")
    return (asked, gaveWay)
  }

  @Test func `a board that gives way to a key in the midst of its reading stays whole`() throws {
    let all = try interrupted(after: .max).asked
    let times = try (max(0, all - 24)..<all).count { try interrupted(after: $0).gaveWay }
    #expect(times > 3, "it was interrupted at several places")
  }

  @Test func `a reading gives way at once, and the next one is whole`() throws {
    let world = try World.talk()
    let reader = world.replica.reader
    var seen = 0
    #expect(reader.givingWay(when: { true }) { seen = (try? reader.rooms().count) ?? -1 })
    #expect(seen == -1)
    #expect(!reader.gaveWay)
    #expect(!reader.givingWay(when: { false }) { seen = (try? reader.rooms().count) ?? -1 })
    #expect(try seen == reader.rooms().count)
  }

  @Test func `words on another card leave the card that is shown alone`() throws {
    let world = try World()
    let here = try world.card("Here", ago: 9_000)
    let there = try world.card("There", ago: 8_000)
    let reader = world.replica.reader
    let (one, other) = (
      try #require(try reader.object(of: here)), try #require(try reader.object(of: there))
    )
    let before = try reader.lastChange()
    try world.comment("elsewhere", on: there, by: .bob, ago: 20)
    let news = try reader.news(since: before)
    #expect(news.topics == .words && news.cards == [other] && news.channels == [])
    #expect(news.through == (try reader.lastChange()))
    #expect(!Parts(news, card: one, channel: nil).contains(.card))
    #expect(Parts(news, card: other, channel: nil).isSuperset(of: [.card, .board, .inbox]))
    #expect(Parts(news, card: one, channel: nil).isDisjoint(with: [.posts, .channels, .rooms]))
    try world.say("posted", in: "deploys", by: .bob, ago: 10)
    let posted = try reader.news(since: news.through)
    #expect(posted.channels == [World.channel("deploys")])
    #expect(Parts(posted, card: one, channel: World.channel("deploys")).contains(.posts))
    #expect(!Parts(posted, card: one, channel: World.channel("general")).contains(.posts))
    // Too many to name: everything may have changed.
    #expect(try reader.news(since: 0, limit: 3) == .everything(through: reader.lastChange()))
    #expect(Parts(.everything(through: 1), card: nil, channel: nil) == .all)
  }
}

extension Reader {
  /// What an event is a version of.
  func object(of event: Event) throws -> ObjectID? {
    guard case .one(let found) = try resolveObject(event.id.hex) else { return nil }
    return found.id
  }
}
