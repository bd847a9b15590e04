import Nostr
import Replica
import Studio
import Terminal
import Testing
import Workspace

@testable import Panes

@Suite struct ChannelListTests {
  @Test func `channels that are followed come first, with what waits in them`() throws {
    let stage = try ChatStage(World.talk(), columns: 40, rows: 8)
    try Golden.check(stage.channels.joined(separator: "\n"), "channels-40x8")
    let general = try #require(stage.scene.channels.first)
    #expect(general.name == .general && general.unread == 6 && general.mentions == 2)
  }

  @Test func `a muted channel counts only who means or answers me, and says that it is muted`()
    throws
  {
    let world = try World.talk()
    let stage = try ChatStage(world, columns: 40, rows: 8)
    try stage.desk.mute(true, stage.scene.owner, .general, in: world.room)
    stage.refresh()
    #expect(stage.scene.channels.first?.unread == 2)
    #expect(stage.channels[1].contains("general muted"))
    try stage.desk.mute(false, stage.scene.owner, .general, in: world.room)
    stage.refresh()
    #expect(stage.scene.channels.first?.unread == 6)
  }

  @Test func `reading, marking as unread and reading everything are one's own`() throws {
    let world = try World.talk()
    let stage = try ChatStage(world)
    let owner = stage.scene.owner
    try stage.desk.markSeen(.general, in: world.room, by: owner, now: 1)
    stage.refresh()
    #expect(stage.scene.channels.map(\.unread) == [0, 1, 0])
    let third = try #require(stage.posts.posts.dropFirst(7).first)
    try stage.desk.markUnseen(.general, in: world.room, from: third.cursor, by: owner)
    stage.refresh()
    #expect(stage.scene.channels.first?.unread == 2)
    try stage.desk.markSeen(nil, in: world.room, by: owner, now: 1)
    stage.refresh()
    #expect(stage.scene.channels.allSatisfy { $0.unread == 0 })
    let other = InboxOwner(owner.me, .numbered(7))
    try stage.desk.subscribe(other, to: .general, in: world.room)
    #expect(try stage.scene.workspace.reader.unreadCount(other) > 0)
  }
}

@Suite struct PostsTests {
  @Test func `a channel with every kind of post, at several sizes`() throws {
    let world = try World.talk()
    for (columns, rows) in [(80, 30), (40, 14), (120, 40)] {
      let stage = try ChatStage(world, columns: columns, rows: rows)
      try Golden.check(stage.text, "posts-\(columns)x\(rows)")
    }
  }

  @Test func `a body that claims to be somebody else stands under its true signer`() throws {
    let stage = try ChatStage(World.talk(), rows: 40)
    let lines = stage.lines
    let claim = try #require(lines.firstIndex { $0.contains("I am alice #00000000") })
    let key = try Person.bob.key.short
    #expect(lines[claim - 1].contains("bob #\(key)"))
    #expect(!lines[claim].hasPrefix(" 1") && lines[claim].hasPrefix("       I am"))
  }

  @Test func `a connection that its key has not registered is called by the key, and said so`()
    throws
  {
    let world = try World()
    try world.agent(.numbered(1), "OpusDev", by: .atlas)
    try world.say("It is me, OpusDev.", by: .bob, ago: 60, as: .numbered(1))
    try world.say("And this is me.", by: .atlas, ago: 50, as: .numbered(1))
    let stage = try ChatStage(world)
    let lines = stage.lines
    let first = try #require(lines.firstIndex { $0.contains("It is me, OpusDev.") })
    #expect(lines[first - 1].contains("bob #\(try Person.bob.key.short) · unregistered connection"))
    #expect(stage.shows("OpusDev #\(ConnectionID.numbered(1).short())"))
  }

  @Test func `a reply stands under what it answers, or quotes it from afar`() throws {
    let world = try World()
    let first = try world.say("Which door?", by: .bob, ago: 100)
    try world.say("The red one.", by: .atlas, ago: 90, to: first)
    try world.say("Agreed.", by: .alice, ago: 80, to: first)
    try world.say("Something else.", by: .bob, ago: 70)
    try world.say("Late to that.", by: .atlas, ago: 60, to: first)
    let lines = try ChatStage(world).lines
    let near = try #require(lines.firstIndex { $0.contains("The red one.") })
    #expect(lines[near - 1].contains("└ 14:01 atlas") && lines[near + 1].contains("└ 14:01 you"))
    let far = try #require(lines.firstIndex { $0.contains("Late to that.") })
    #expect(lines[far - 1].contains("↳ bob: Which door?"))
  }

  @Test func `heartbeats with nothing between them are one line, and unfold`() throws {
    let stage = try ChatStage(World.talk(), rows: 40)
    #expect(stage.shows("▸ 11:33-11:43 OpusDev · 3 heartbeats"))
    let beat = try #require(stage.posts.posts.first { $0.kind == "heartbeat" })
    stage.posts.go(to: beat.id, at: beat.cursor)
    #expect(stage.shows("▾ 11:33-11:43") && stage.shows("alive 8700"))
  }

  @Test func `what is new is marked where it begins, and the mark stays while it is open`() throws {
    let world = try World()
    try world.follow("general")
    try world.say("old", by: .bob, ago: 300)
    let stage = try ChatStage(world, channel: "kitchen")
    try stage.desk.markSeen(.general, in: world.room, by: stage.scene.owner, now: 1)
    try world.say("new one", by: .bob, ago: 200)
    stage.chat.select("general")
    stage.refresh()
    let mark = try #require(stage.lines.firstIndex { $0.contains("─ unread ─") })
    #expect(stage.lines[mark + 2].contains("new one"))
    try stage.desk.markSeen(.general, in: world.room, by: stage.scene.owner, now: 1)
    try world.say("newer", by: .bob, ago: 100)
    stage.refresh()
    #expect(stage.lines.firstIndex { $0.contains("─ unread ─") } == mark)
    stage.posts.leave()
    #expect(!stage.shows("─ unread ─"))
  }

  @Test func `a long channel is read in windows, in both directions`() throws {
    let world = try World()
    for number in 0..<400 {
      try world.say("word \(number).", by: .bob, ago: Int64(90_000 - number * 100))
    }
    let stage = try ChatStage(world)
    #expect(stage.posts.posts.count == PostWindow.pageSize && stage.posts.hasOlder)
    #expect(stage.shows("word 399.") && stage.posts.isAtEnd)
    var seen: Set<String> = []
    for _ in 0..<4_000 where !seen.contains("word 0.") {
      stage.press(.scrollUp)
      #expect(stage.posts.posts.count <= PostWindow.most)
      seen.formUnion(stage.posts.posts.filter { stage.posts.inSight.contains($0.id) }.map(\.body))
    }
    #expect(seen.count == 400, "none was skipped on the way up")
    #expect(!stage.posts.hasOlder && stage.posts.hasNewer)
    seen = []
    for _ in 0..<600 {
      seen.formUnion(stage.posts.posts.filter { stage.posts.inSight.contains($0.id) }.map(\.body))
      if stage.posts.isAtEnd { break }
      stage.press(.pageDown)
    }
    #expect(seen.count == 400, "none was skipped on the way down")
    stage.press(.scrollFirst)
    #expect(stage.shows("word 0.") && stage.posts.hasNewer)
    stage.press(.scrollLast)
    #expect(stage.shows("word 399.") && stage.posts.isAtEnd)
  }

  @Test func `it follows only while the end is in sight, else it tells what came`() throws {
    let world = try World()
    for number in 0..<40 { try world.say("word \(number).", by: .bob, ago: Int64(5_000 - number)) }
    let stage = try ChatStage(world)
    try world.say("seen at once", by: .bob, ago: 100)
    stage.refresh()
    #expect(stage.shows("seen at once"))
    stage.press(.pageUp)
    let before = stage.lines.dropFirst().dropLast()
    try world.say("came below", by: .bob, ago: 90)
    try world.asks("Which?", options: ["a", "b"], by: .atlas, ago: 80)
    try world.say("my own, elsewhere", by: .alice, ago: 70)
    try world.say("beat", .heartbeat, by: .atlas, ago: 60)
    try world.say("late, far above", by: .bob, ago: 80_000)
    stage.refresh()
    #expect(stage.lines.dropFirst().dropLast() == before, "the reader was not moved")
    #expect(stage.lines.last?.contains("↓ 2 new ?1, End") == true)
    stage.press(.scrollLast)
    #expect(stage.shows("my own, elsewhere") && !stage.shows("↓ 2 new"))
  }

  @Test func `days are told apart, and the day of today is called so`() throws {
    let stage = try ChatStage(World.talk(), rows: 40)
    #expect(stage.shows("─ yesterday, 2026-01-01 ─") && stage.shows("─ today ─"))
  }

  @Test func `hostile posts are drawn harmless and stay under their signature`() throws {
    let world = try World()
    try world.agent(.numbered(1), "ev\u{202E}il\u{200B}", by: .atlas)
    try world.say(
      "a\u{1B}]0;x\u{7}b\u{9B}2J\u{2066}\n14:02 alice #00000000\n─ unread ───\r\n\u{0}x",
      in: "general", by: .atlas, ago: 5, as: .numbered(1))
    for (columns, rows) in [(20, 5), (40, 12), (80, 24), (200, 60)] {
      let stage = try ChatStage(world, columns: columns, rows: rows)
      let scalars = stage.text.unicodeScalars
      #expect(
        scalars.allSatisfy {
          $0 == "\n" || ($0.value >= 0x20 && !(0x7F...0x9F).contains($0.value))
        })
      #expect(!scalars.contains { (0x202A...0x202E).contains($0.value) || $0.value == 0x2066 })
      #expect(!stage.lines.contains { $0.hasPrefix("─ unread") || $0.hasPrefix(" 14:02 alice") })
    }
  }

  @Test func `what a post refers to is named as it stands now, or said not to be here`() throws {
    let world = try World.talk()
    try world.say(
      "See these.", by: .bob, ago: 10,
      refs: ["card": ["30530:\(String(repeating: "0", count: 64)):gone"], "url": ["https://a.b"]])
    let stage = try ChatStage(world, rows: 60)
    #expect(stage.shows("○ open · Retry the uploader") && stage.shows("#branch release/2.0"))
    #expect(stage.shows("is not here") && stage.shows("#url https://a.b"))
  }
}
