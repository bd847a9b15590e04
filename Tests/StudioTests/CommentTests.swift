import Nostr
import Studio
import Testing

struct CommentTests {
  private static let address = Address(kind: 30530, pubkey: Known.alice, d: "wire-up-1a2b3c4d")
  private var address: Address { Self.address }

  @Test func `a status change has the deployed body, intent and states`() throws {
    let change = Comment.statusChange(
      card: Known.event, address: address, from: .open, to: .inProgress,
      createdBy: Known.bob.hex, reason: "started", hold: true, run: "r1")
    let bytes = try Payload.comment(change).encoded()
    let json = try #require(try JSON(parsing: bytes).object)
    #expect(json["body"]?.string == "status: open → in_progress")
    #expect(json["intent"]?.string == "status_change")
    #expect(json["to_status"]?.string == "in_progress")
    #expect(json["from_status"]?.string == "open")
    #expect(json["target"]?["@id"]?.string == Known.event.hex)
    let fabric = try #require(change.fabric)
    #expect(fabric.address == address)
    #expect(fabric.reason == "started")
    #expect(fabric.hold)
    #expect(fabric.run == "r1")
    #expect(
      Payload.comment(change).extraTags == [
        Tag("e", Known.event.hex), Tag("a", address.text), Tag("t", "studio:status_change"),
      ])
    #expect(change.requestedStatus == .inProgress)
    #expect(try readComment(String(decoding: bytes, as: UTF8.self)) == change)
  }

  @Test(arguments: [
    ("status_change", #""done""#, CardStatus.done), ("status_change", #""active""#, .open),
    ("status_change", #""deleted""#, nil), ("status_change", #""blocked""#, nil),
    ("status_change", "5", nil), ("status_change", nil, nil), ("note", #""done""#, nil),
  ])
  func `6-1-5 only a lifecycle state is asked for by a comment`(
    intent: String, to: String?, expected: CardStatus?
  ) throws {
    let text = try Sample.changing(
      Sample.changing(Sample.comment, "intent", "\"\(intent)\""), "to_status", to)
    #expect(try readComment(text)?.requestedStatus == expected)
  }

  @Test func `other fields of the target are kept`() throws {
    let target = #"{"@id":"\#(Known.event.hex)","@type":"Card"}"#
    let comment = try #require(
      try readComment(Sample.changing(Sample.comment, "target", target)))
    #expect(comment.target.resolved == .event(Known.event))
    let text = String(decoding: try Payload.comment(comment).encoded(), as: UTF8.self)
    #expect(text.contains(target))
  }

  @Test func `an answer and a question name what they are about in tags`() {
    let answer = Answer(target: TargetReference(Known.event), body: "Yes", createdBy: "x")
    #expect(Payload.answer(answer).extraTags == [Tag("e", Known.event.hex)])
    let question = Question(
      body: "Which?", createdBy: "x",
      fabric: Question.fabric(card: Known.event, address: address, blocking: true))
    #expect(
      Payload.question(question).extraTags == [
        Tag("e", Known.event.hex), Tag("a", address.text), Tag("t", "studio:question"),
      ])
  }

  @Test func `an address with a colon or underscore in its name is no target on the wire`() throws {
    for d in ["profile:x", "a_b", ""] {
      let reference = TargetReference(id: "30530:\(Known.alice.hex):\(d)")
      let comment = Comment(target: reference, body: "B", createdBy: "x")
      #expect(problem { _ = try Payload.comment(comment).encoded() }?.field == "target.@id")
    }
    let comment = Comment(target: TargetReference(id: address.text), body: "B", createdBy: "x")
    #expect(problem { _ = try Payload.comment(comment).encoded() } == nil)
    #expect(Payload.comment(comment).extraTags == [Tag("a", address.text)])
  }
}

struct TargetTests {
  private static let address = Address(kind: 30530, pubkey: Known.alice, d: "x-1")

  @Test(arguments: [
    Known.event.hex, Known.event.hex.uppercased(), "nostr:\(Known.event.hex)",
    "NOSTR:\(Known.event.hex)", "nostr:\(Known.event.note)", Known.event.note,
    "nostr:" + NIP19.event(.init(id: Known.event, relays: ["wss://a"])).text,
  ])
  func `every form of an event is read`(text: String) {
    #expect(Target.read(text) == .event(Known.event))
  }

  @Test(arguments: [
    address.text, "nostr:\(address.text)", NIP19.address(.init(address: address)).text,
    "nostr:" + NIP19.address(.init(address: address)).text,
  ])
  func `every form of an address is read`(text: String) {
    #expect(Target.read(text) == .address(Self.address))
  }

  @Test func `the name in an address may hold a colon`() {
    let address = Address(kind: 30530, pubkey: Known.alice, d: "profile:x")
    #expect(Target.read(address.text) == .address(address))
  }

  @Test(arguments: [
    "", "nostr:", "hello", "30530:beef:x", ":::", "nostr:\(Known.alice.npub)",
    "99999:\(Known.alice.hex):x", String(repeating: "a", count: 5000),
  ])
  func `what names nothing is no target`(text: String) {
    #expect(Target.read(text) == nil)
  }
}

struct StatusRuleTests {
  /// Who may set what, in this order: the author, the assignee, the founder, another member.
  @Test(arguments: [
    (CardStatus.open, [true, true, false, false]), (.inProgress, [true, true, false, false]),
    (.done, [true, true, false, false]), (.archived, [true, false, true, false]),
    (.deleted, [false, false, false, false]),
    (CardStatus(rawValue: "blocked"), [false, false, false, false]),
  ])
  func `6-1-5 a state is set by those who may`(status: CardStatus, expected: [Bool]) {
    let people = [Known.alice, Known.bob, Known.carol, Known.dave]
    let found = people.map {
      StatusRule.allows(
        status, by: $0, author: Known.alice, assignees: [Known.bob, Known.dave],
        founder: Known.carol)
    }
    #expect(found == expected)
  }

  @Test func `without assignee or founder only the author may`() {
    for status in CardStatus.lifecycle {
      let allowed = StatusRule.allows(
        status, by: Known.bob, author: Known.alice, assignees: [], founder: nil)
      #expect(!allowed)
    }
  }
}
