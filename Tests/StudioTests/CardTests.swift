import Nostr
import Studio
import Testing

struct CardTests {
  @Test func `the legacy summary is the body, and is written as body`() throws {
    let text = try Sample.changing(
      Sample.changing(Sample.card, "body", nil), "summary", #""old""#)
    let card = try #require(try readCard(text))
    #expect(card.body == "old")
    let json = try #require(Payload.card(card).json.object)
    #expect(json["body"]?.string == "old")
    #expect(json["summary"] == nil)
  }

  @Test func `summary beside an equal body is no fault`() throws {
    #expect(try readCard(Sample.changing(Sample.card, "summary", #""B""#))?.body == "B")
  }

  @Test(arguments: [nil, #""active""#, "7", "null", #""open""#])
  func `a status that is absent, legacy or no text means open`(value: String?) throws {
    #expect(try readCard(Sample.changing(Sample.card, "status", value))?.status == .open)
  }

  @Test func `a status that we do not know is kept`() throws {
    let text = try Sample.changing(Sample.card, "status", #""blocked""#)
    let card = try #require(try readCard(text))
    #expect(card.status.rawValue == "blocked")
    #expect(!card.status.isLifecycle)
    #expect(Payload.card(card).json.object?["status"]?.string == "blocked")
  }

  @Test func `the agent-fabric form is read as a task in the inbox`() throws {
    let text =
      #"{"@type":"StudioCard","title":"Scrape","prompt":"Do it","assignee":"\#(Known.bob.hex)"}"#
    let card = try #require(try readCard(text))
    #expect(card.title == "Scrape")
    #expect(card.body == "Do it")
    #expect(card.assignee == Known.bob)
    #expect(card.kind == "task")
    #expect(card.track == "inbox")
    #expect(card.status == .open)
  }

  @Test func `the assignee of an old rumor is read from its tag`() throws {
    let text = #"{"@type":"StudioCard","title":"Scrape","prompt":"Do it"}"#
    let tags = [Tag("fa:assignee", Known.carol.hex)]
    #expect(try readCard(text, tags: tags)?.assignee == Known.carol)
    let stated = try Sample.changing(Sample.card, "assignees", "[]")
    #expect(try readCard(stated, tags: tags)?.assignee == nil)
  }

  @Test(arguments: [
    ("null", nil), ("[]", nil), ("5", nil), (#"["x","BOB"]"#, nil), (#"["BOB"]"#, Known.bob),
    (#"["UPPER"]"#, Known.bob), (#"["BOB","CAROL"]"#, Known.bob), (#"[1,"BOB"]"#, nil),
  ])
  func `only the first assignee counts`(value: String, expected: PublicKey?) throws {
    let value = value.replacing("BOB", with: Known.bob.hex)
      .replacing("UPPER", with: Known.bob.hex.uppercased())
      .replacing("CAROL", with: Known.carol.hex)
    let text = try Sample.changing(Sample.card, "assignees", value)
    #expect(try readCard(text)?.assignee == expected)
  }

  @Test func `an assigned card also carries the agent-fabric names and tag`() throws {
    let payload = Payload.card(card(body: "Do it", assignees: [Known.bob]))
    let json = try #require(try JSON(parsing: payload.encoded()).object)
    #expect(json["body"]?.string == "Do it")
    #expect(json["prompt"]?.string == "Do it")
    #expect(json["assignee"]?.string == Known.bob.hex)
    #expect(json["assignees"]?.array == [.string(Known.bob.hex)])
    #expect(payload.extraTags == [Tag("fa:assignee", Known.bob.hex)])
    #expect(try Payload(kind: 30530, parsing: payload.encoded()) == payload)
  }

  @Test func `a card of nobody's has none of them`() throws {
    let payload = Payload.card(card())
    let json = try #require(payload.json.object)
    #expect(json["prompt"] == nil)
    #expect(json["assignee"] == nil)
    #expect(json["assignees"]?.array?.isEmpty == true)
    #expect(payload.extraTags.isEmpty)
  }

  @Test func `the copy of a long body is left out where it does not fit`() throws {
    let long = String(repeating: "b", count: 9_000)
    let bytes = try Payload.card(card(body: long, assignees: [Known.bob])).encoded()
    let json = try #require(try JSON(parsing: bytes).object)
    #expect(json["body"]?.string == long)
    #expect(json["prompt"] == nil)
    #expect(json["assignee"]?.string == Known.bob.hex)
  }

  @Test(arguments: [
    ("_profile", "profile:ALICE", true), ("_profile2", "profile:ALICE", false),
    ("_profile", "profile:BOB", false), ("_profile", "anything", false),
    ("profile", "profile:ALICE", false), ("_profile", "profile:UPPER", false),
  ])
  func `6-1-9 only the author's own card of exactly that kind and name is a profile`(
    kind: String, d: String, expected: Bool
  ) {
    let d = d.replacing("ALICE", with: Known.alice.hex).replacing("BOB", with: Known.bob.hex)
      .replacing("UPPER", with: Known.alice.hex.uppercased())
    #expect(card(kind: kind).isProfile(author: Known.alice, d: d) == expected)
  }

  @Test func `the profile that we write is one, and is hidden`() throws {
    let profile = Card.profile(name: "Alice", of: Known.alice)
    #expect(profile.isProfile(author: Known.alice, d: DTag.profile(Known.alice)))
    #expect(profile.isHidden)
    #expect(profile.track == "inbox")
    #expect(problem { _ = try Payload.card(profile).encoded() } == nil)
  }

  @Test func `every kind that begins with an underscore is hidden`() {
    #expect(card(kind: "_agent").isHidden)
    #expect(card(kind: "_").isHidden)
    #expect(!card(kind: "task").isHidden)
    #expect(!card(kind: "a_b").isHidden)
  }
}
