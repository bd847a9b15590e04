import FourA
import Nostr
import Replica
import Studio
import Terminal
import Testing
import Workspace

@testable import Panes

@Suite struct ChatScreenTests {
  @Test func `the chat as a screen: channels and posts`() throws {
    for (columns, rows) in [(80, 24), (120, 40), (200, 60)] {
      let stage = try Stage(World.talk(), columns: columns, rows: rows, at: .chat)
      stage.press("Enter")
      try Golden.check(stage.text, "talk-\(columns)x\(rows)")
    }
  }

  @Test func `a post, a search and what it finds, on the screen`() throws {
    let stage = try Stage(World.talk(), at: .chat)
    stage.press("Enter", "m")
    stage.type("Three is enough, @bob.")
    try Golden.check(stage.text, "talk-post-80x24")
    stage.press("Esc", "g", "s")
    stage.type("uploader")
    try Golden.check(stage.text, "talk-search-80x24")
  }

  @Test func `a channel begins with its name, and its first post makes it`() throws {
    let stage = try Stage(World.talk(), at: .chat)
    stage.press("n")
    stage.type("#arc:wiki")
    stage.press("Enter")
    #expect(stage.shows("Post in #arc:wiki · status"))
    stage.type("hello")
    stage.press("Enter")
    let order = try #require(stage.orders().first)
    #expect(order.arguments.text.contains("arc:wiki") && order.arguments.text.contains("hello"))
    #expect(stage.shows("# arc:wiki") && stage.shows("queued: the engine has not taken it yet"))
  }

  @Test func `following, muting and reading are keys, and survive the next reading`() throws {
    let stage = try Stage(World.talk(), at: .chat)
    #expect(stage.shows("@2 •6"))
    stage.press("M")
    #expect(stage.shows("general muted") && stage.shows("@2 •2"))
    stage.press("M", "x")
    #expect(!stage.shows("@2") && stage.shows("•1"))
    stage.press("X")
    stage.wait(.seconds(5))
    #expect(stage.shell.scene.channels.allSatisfy { $0.unread == 0 })
    stage.press("S")
    stage.wait(.seconds(5))
    #expect(stage.status.contains("S follow"))
    stage.press("M")
    #expect(stage.shows("not followed"))
  }
}

@Suite struct PostComposerTests {
  private func payload(_ stage: Stage, _ index: Int = 0) throws -> JSON {
    let posts = try #require(stage.orders().dropFirst(index).first).arguments["posts"]?.array
    return try #require(posts?.last?["payload"])
  }

  @Test func `whom and what the words name goes with the post, and Enter sends`() throws {
    let world = try World.talk()
    let stage = try Stage(world, at: .chat)
    let card = try #require(try world.replica.reader.cards(world.room, limit: 1).first)
    stage.press("Enter", "m")
    stage.type("see #\(card.eventID.short), @bob and @OpusDev#2a2a2a2a; not `@nobody`")
    stage.press("C-j")
    stage.type("second line")
    stage.press("Enter")
    let payload = try payload(stage)
    let fabric = try #require(payload["fabric"])
    #expect(payload["body"]?.string?.hasSuffix("\nsecond line") == true)
    #expect(fabric["refs"]?["card"]?.array == [.string(card.address)])
    #expect(
      fabric["mentions"]?.array?.compactMap { $0["pubkey"]?.string }
        == [try Person.bob.key.hex, try Person.atlas.key.hex])
    #expect(stage.shows("queued: the engine has not taken it yet"))
    #expect(try world.replica.reader.drafts().isEmpty)
  }

  @Test func `what is not there is refused where it is typed, and nothing is written or lost`()
    throws
  {
    let world = try World.talk()
    let stage = try Stage(world, at: .chat)
    stage.press("Enter")
    for (words, field) in [
      ("ask @Nobody.", "mention: Nobody"), ("see #00000000", "refs.card: 00000000"),
      ("as post-00000000 says", "refs.post: post-00000000"),
    ] {
      let events = try world.replica.reader.counts().events
      stage.press("m")
      stage.type(words)
      stage.press("Enter")
      #expect(stage.shows("reference_not_found \(field)"), "\(words)")
      #expect(stage.shows(words), "it still stands in the field")
      #expect(try stage.orders().isEmpty)
      #expect(try world.replica.reader.counts().events == events)
      stage.press("Esc", "m")
      #expect(stage.shows(words), "and is a draft")
      stage.press("C-u", "Esc")
    }
  }

  @Test func `a reply carries what it answers, a kind is picked, and each has its own draft`()
    throws
  {
    let world = try World.talk()
    let stage = try Stage(world, at: .chat)
    stage.press("Enter", "G", "k", "r")
    #expect(stage.shows("Reply to bob: Five is too many"))
    stage.type("for the reply")
    stage.press("Esc", "m")
    #expect(!stage.shows("for the reply"))
    stage.type("for the channel")
    stage.press("Esc", "r")
    #expect(stage.shows("for the reply"))
    stage.press("A-t")
    stage.type("claim")
    stage.press("Enter")
    #expect(stage.shows("· claim"))
    stage.press("Esc", "r")
    #expect(stage.shows("for the reply") && stage.shows("· claim"))
    stage.press("Enter")
    let fabric = try #require(try payload(stage)["fabric"])
    let five = try #require(
      try world.replica.reader.posts(.general, in: world.room).first { $0.body.hasPrefix("Five") })
    #expect(fabric["reply_to"]?.string == five.eventID.hex && fabric["kind"]?.string == "claim")
    #expect(try world.replica.reader.drafts().map(\.text) == ["for the channel"])
    // From the list of drafts it goes back to its field.
    stage.press("g", "d", "Enter")
    #expect(stage.shows("Post in #general · status") && stage.shows("for the channel"))
  }

  @Test func `pasted lines never send, and too much is counted before it is sent`() throws {
    let stage = try Stage(World.talk(), at: .chat)
    stage.press("Enter", "m")
    stage.shell.receive(.paste("one\ntwo\r\n"))
    stage.draw()
    #expect(try stage.orders().isEmpty && stage.shows("one"))
    stage.shell.receive(.paste(String(repeating: "x", count: 4_100)))
    stage.draw()
    #expect(stage.shows("/4000"))
    stage.press("Enter")
    #expect(try stage.orders().isEmpty && stage.shows("too long"))
  }

  @Test func `Tab completes people, agents, cards and channels`() throws {
    let stage = try Stage(World.talk(), at: .chat)
    stage.press("Enter", "m")
    stage.type("@Opus")
    stage.press("Tab")
    #expect(stage.shows("@OpusDev#2a2a2a2a"))
    stage.type("#relea")
    stage.press("Tab")
    #expect(stage.shows("#release"))
  }

  @Test func `words name whom and what they name, and no more`() {
    func words(_ text: String) -> ([String], [String]) {
      let words = PostWords(text, known: ["Ann", "Ann Lee", "OpusDev#2a2a2a2a", "OpusDev"])
      return (words.mentions, words.references)
    }
    #expect(words("@ann lee, and @OPUSDEV!") == (["ann lee", "OPUSDEV"], []))
    #expect(words("(@Ann) “@Bob”, @Ann") == (["Ann", "Bob"], []))
    #expect(words("@OpusDev#2a2a2a2a.").0 == ["OpusDev#2a2a2a2a"])
    #expect(words("mail ann@example.org @ 5, `@Ann` x`@Ann`") == ([], []))
    #expect(words("@Anna @AnnLee") == (["Anna", "AnnLee"], []))
    #expect(words("#12345678 #general #1234567 a#12345678") == ([], ["card=12345678"]))
    #expect(
      words("post-12345678 #post-abcdef01, repost-12345678").1
        == ["post=post-12345678", "post=post-abcdef01"])
    #expect(words("a ` @Ann").0 == ["Ann"])
    #expect(words(String(repeating: "@", count: 5_000)) == ([], []))
  }
}

@Suite struct ChatActionTests {
  @Test func `a digit answers the chosen question, held until it goes`() throws {
    let stage = try Stage(World.talk(), at: .chat)
    stage.press("Enter", "G")
    stage.wait(.seconds(1))
    stage.press("2")
    #expect(stage.shows("you: Back to three · goes in 5 s"))
    stage.press("u")
    #expect(try stage.orders().isEmpty && !stage.shows("goes in"))
    stage.press("1")
    stage.wait(.seconds(6))
    #expect(try stage.orders().first?.arguments.text.contains("Keep five") == true)
    #expect(stage.shows("question, being answered") && stage.shows("Keep five · queued"))
  }

  @Test func `a question that has just come to its place is not answered by mistake`() throws {
    let world = try World.talk()
    let stage = try Stage(world, at: .chat)
    stage.press("Enter", "G")
    stage.wait(.seconds(1))
    try world.asks("Delete all?", options: ["Yes", "No"], by: .atlas, ago: 1)
    stage.changed()
    stage.press("1")
    #expect(!stage.shows("goes in") && stage.shows("nothing was answered"))
  }

  @Test func `Enter goes to what a post refers to, and back is where one was`() throws {
    let stage = try Stage(World.talk(), at: .chat)
    stage.press("Enter", "g", "g", "Enter")
    #expect(stage.shell.place == .card && stage.shows("Retry the uploader"))
    stage.press("C-o")
    #expect(stage.shell.place == .chat && stage.shell.focus == .posts)
    #expect(stage.shell.posts.post?.kind == "brief")
    stage.press("j", "Enter")
    #expect(stage.shell.posts.post?.kind == "brief", "a reply leads to what it answers")
  }

  @Test func `read is what was in sight at the end for a while, with the focus of the terminal`()
    throws
  {
    let world = try World.talk()
    let stage = try Stage(world, at: .chat)
    func unread() throws -> Int {
      try world.replica.reader.channelSummaries(world.room, of: InboxOwner(Person.alice.key))[0]
        .unread
    }
    stage.wait(.seconds(3))
    #expect(try unread() == 6, "the list has the focus")
    stage.press("Enter", "G")
    stage.wait(.seconds(1))
    #expect(try unread() == 6)
    stage.shell.receive(.focus(false))
    stage.wait(.seconds(3))
    #expect(try unread() == 6, "nobody looks")
    stage.shell.receive(.focus(true))
    stage.draw()
    stage.wait(.milliseconds(1_500))
    #expect(try unread() == 0)
    stage.press("g", "g")
    #expect(stage.shows("─ unread ─"), "the mark stays while it is open")
    try world.say("more", by: .bob, ago: 1)
    stage.changed()
    stage.wait(.seconds(3))
    #expect(try unread() == 1, "the end is not in sight")
  }

  @Test func `when posts count as read is the person's to choose`() throws {
    for (trigger, left) in [
      (ReadTrigger.focused, 6), (.visible, 0), (.scrollback, 6), (.message, 6),
    ] {
      let world = try World.talk()
      let stage = try Stage(world, columns: 120, rows: 60, at: .chat)
      stage.shell.readTrigger = trigger
      stage.draw()
      stage.wait(.seconds(2))
      #expect(stage.shell.chat.channel?.unread == left, "\(trigger) with the list focused")
      stage.press("Tab")
      stage.wait(.seconds(2))
      #expect(stage.shell.chat.channel?.unread == (trigger == .message ? 6 : 0), "\(trigger)")
      guard trigger == .message else { continue }
      stage.press("m")
      stage.type("seen")
      stage.press("Enter")
      #expect(stage.shell.chat.channel?.unread == 0)
    }
  }

  @Test func `an old word is found in a channel and in a card, older first, and stands out`() throws
  {
    let world = try World.talk()
    for number in 0..<300 {
      try world.say(
        number == 7 ? "the ANCHOVY decision" : "word \(number)", in: "release", by: .bob,
        ago: Int64(80_000 - number * 10))
    }
    let stage = try Stage(world, at: .chat)
    stage.press("j", "Enter", "/")
    stage.type("anchovy")
    stage.press("Enter")
    #expect(stage.shows("the ANCHOVY decision") && stage.shell.posts.hasNewer)
    stage.press("n")
    #expect(stage.shows("from the newest again"))
    let card = try world.card("Old talk", ago: 70_000)
    for number in 0..<300 {
      try world.comment(
        number == 150 ? "about anchovies" : "remark \(number)", on: card, by: .bob,
        ago: Int64(60_000 - number * 10))
    }
    stage.changed()
    stage.shell.go(to: .card(try world.object(card)))
    stage.draw()
    #expect(!stage.shows("about anchovies"))
    stage.press("/", "C-u")
    stage.type("anchov")
    stage.press("Enter")
    #expect(stage.shows("about anchovies"))
    stage.press("/")
    stage.type("zzz")
    stage.press("Enter")
    #expect(stage.shows("is not in this thread"))
  }

  @Test func `a search over everything leads to a card, a comment and a post in their places`()
    throws
  {
    let world = try World.talk()
    let stage = try Stage(world)
    for (words, place, shown) in [
      ("swallow", Place.card, "Found 3 call sites"), ("garbage", .card, "Garbage collect chunks"),
      ("lunch", .chat, "lunch?"),
    ] {
      stage.press("g", "s")
      stage.type(words)
      stage.press("Enter")
      #expect(stage.shell.place == place && stage.shows(shown), "\(words)")
      #expect(stage.shell.overlays.isEmpty)
    }
    #expect(stage.shell.scene.channel?.text == "kitchen")
    stage.press("g", "s")
    stage.type("is:")
    #expect(stage.shell.overlays.count == 1)
    stage.press("Esc")
    #expect(stage.shell.overlays.isEmpty)
  }
}
