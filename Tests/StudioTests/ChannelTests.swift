import Nostr
import Studio
import Testing

@Suite struct ChannelTests {
  private static let uuid = "7914462a-0000-4000-8000-00000000abcd"

  @Test(arguments: ["general", "arc:wiki-schema-v44", "branch:a/b", "Küche 7", "日本語", "a#b"])
  func `a name that can be seen is a channel's`(text: String) {
    #expect(ChannelName(text)?.text == text)
  }

  @Test(arguments: [
    "", " a", "a ", "#a", "a\nb", "a\tb", "a\u{0}", "\u{1b}[2J", "a\u{202e}b", "a\u{200b}b",
    "a\u{2028}b", "a\u{a0}b", "\u{e000}", String(repeating: "x", count: 81),
  ])
  func `a name that hides something, or is none, is refused`(text: String) {
    #expect(ChannelName(text) == nil)
  }

  @Test func `names of eighty scalars pass, and two spellings of one letter are two channels`() {
    #expect(ChannelName(String(repeating: "😀", count: 80)) != nil)
    #expect(ChannelName("caf\u{e9}") != ChannelName("cafe\u{301}"))
  }

  @Test func `a post's extension object survives the wire`() throws {
    let connection = try #require(ConnectionID(Self.uuid))
    let mark = PostMark(
      channel: try #require(ChannelName("arc:x")), kind: .brief, connection: connection,
      root: Address("30530:\(Known.alice.hex):channel-arc-x-00000000"), replyTo: Known.event,
      mentions: [Mention(Known.bob), Mention(Known.carol, connection)],
      refs: ["post": [.string(Known.event.hex)]], hops: 3)
    let comment = Comment(
      target: TargetReference(Known.event), body: "B", intent: "brief", createdBy: "x",
      fabric: mark.fabric)
    let payload = Payload.comment(comment)
    let back = try read(30533, String(decoding: payload.encoded(), as: UTF8.self))
    #expect(PostMark(reading: back.fabric) == mark)
    #expect(payload.extraTags.contains(Tag("t", "studio:post")))
    #expect(payload.extraTags.contains(Tag("a", mark.root?.text ?? "")))
  }

  @Test func `an extension object of a later version, another type or without a name is none`() {
    let good = PostMark(channel: .general).fabric
    #expect(PostMark(reading: good) != nil)
    for bad in [
      good.setting("v", 2), good.setting("t", "comment"), good.setting("channel", nil),
      good.setting("channel", "a\nb"), good.setting("channel", 7),
    ] { #expect(PostMark(reading: bad) == nil) }
  }

  @Test func `what is damaged in a post is left out, and its kind falls back to status`() {
    let fabric = PostMark(channel: .general).fabric
      .setting("kind", "shout").setting("hops", -5).setting("reply_to", "xyz")
      .setting(
        "mentions",
        [
          ["pubkey": .string(Known.bob.hex)], ["pubkey": .string(Known.bob.hex)],
          ["pubkey": "no"], 7, ["pubkey": .string(Known.bob.hex), "conn": "me"],
        ])
    let mark = PostMark(reading: fabric)
    #expect(mark?.kind == .status && mark?.hops == 0 && mark?.replyTo == nil)
    #expect(mark?.mentions == [Mention(Known.bob)])
    let crowd = (0..<100).map {
      JSON.object(["pubkey": .string(PublicKey(SHA256.hash("\($0)")).hex)])
    }
    #expect(PostMark(reading: fabric.setting("mentions", .array(crowd)))?.mentions.count == 64)
    #expect(PostMark(reading: fabric.setting("hops", .integer(.max)))?.hops == 1_000_000)
  }

  @Test func `a channel root is bound to its name by its d`() throws {
    let name = try #require(ChannelName("arc:wiki"))
    let card = Card.channelRoot(name, topic: "t", createdBy: Known.alice.hex)
    let back = try #require(try readCard(Payload.card(card).json.text))
    #expect(back.channelName == name && back.title == "#arc:wiki" && back.track == "channels")
    #expect(Card.isChannelRoot(name, d: DTag.channel(name: "arc:wiki")))
    #expect(!Card.isChannelRoot(name, d: DTag.channel(name: "arc:wiki2")))
    #expect(plain(kind: "task", fabric: card.fabric).channelName == nil)
    #expect(plain(kind: "channel", fabric: nil).channelName == nil)
    let longest = try #require(ChannelName(String(repeating: "😀", count: 80)))
    _ = try Payload.card(.channelRoot(longest, createdBy: "x")).encoded()
  }

  @Test func `a registry card names a connection, and its d binds it`() throws {
    let connection = try #require(ConnectionID(Self.uuid.uppercased()))
    #expect(connection.text == Self.uuid && connection.short() == "7914462a")
    let card = Card.agent(connection, name: "Worker", createdBy: Known.alice.hex)
    let record = try #require(try readCard(Payload.card(card).json.text)?.agentRecord)
    #expect(record.name == "Worker" && !record.isRetired && card.isHidden)
    #expect(record.isRegistered(d: "agent-\(Self.uuid)"))
    #expect(!record.isRegistered(d: "agent-\(ConnectionID.random().text)"))
    var retired = card
    retired.fabric = card.fabric?.setting("state", "retired").setting("name", nil)
    #expect(retired.agentRecord?.isRetired == true && retired.agentRecord?.name == "Worker")
  }

  @Test func `connections are UUIDs, and a random one is of version 4`() {
    for bad in ["", "7914462a", Self.uuid + "0", "7914462a_0000-4000-8000-00000000abcd"] {
      #expect(ConnectionID(bad) == nil)
    }
    let id = ConnectionID.random { Array(repeating: 0xff, count: $0) }
    #expect(id.text == "ffffffff-ffff-4fff-bfff-ffffffffffff")
    #expect(ConnectionID(id.text) == id)
  }
}

/// The method's own `card` would hide the free function.
private func plain(kind: String, fabric: Fabric?) -> Card { card(kind: kind, fabric: fabric) }
