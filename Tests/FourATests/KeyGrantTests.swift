import FourA
import Nostr
import Testing

struct KeyGrantTests {
  private let audience: Audience
  private let room: SecretKey
  private let epochKey: SecretKey
  private let me = SecretKey.random()
  private let grant: Event

  init() throws {
    audience = try Published.audience
    room = try Published.room
    epochKey = try Published.epoch1
    grant = try KeyGrant.event(
      epochSecret: epochKey, epoch: 1, audience: audience, to: me.publicKey, signedBy: room,
      createdAt: 50)
  }

  @Test func `a grant is read and opened by its recipient`() throws {
    let read = try KeyGrant(reading: grant)
    #expect(read.audience == audience)
    #expect(read.epoch == 1)
    #expect(read.recipient == me.publicKey)
    #expect(read.granter == room.publicKey)
    #expect(try read.open(with: me).publicKey == epochKey.publicKey)
    #expect(grant.tags.map(\.name) == ["d", "fa:context", "alt", "a", "fa:epoch", "p"])
    #expect(grant.content.utf8.count == 132)
  }

  @Test func `a member's grant is read too`() throws {
    let member = SecretKey.random()
    let event = try KeyGrant.event(
      epochSecret: epochKey, epoch: 1, audience: audience, to: me.publicKey, signedBy: member,
      createdAt: 50)
    let read = try KeyGrant(reading: event)
    #expect(read.granter == member.publicKey)
    #expect(try read.open(with: me).publicKey == epochKey.publicKey)
  }

  @Test func `a missing epoch tag is read from d`() throws {
    let event = try grant.changing("fa:epoch", to: nil, by: room)
    #expect(try KeyGrant(reading: event).epoch == 1)
  }

  @Test func `it opens for nobody else`() throws {
    let read = try KeyGrant(reading: grant)
    #expect(code { _ = try read.open(with: SecretKey.random()) } == .notForMe)
  }

  @Test(arguments: [
    ("d", "team-design:1", "d"), ("d", "other:1:ME", "d"), ("d", "team-design:2:ME", "fa:epoch"),
    ("d", "team-design:0:ME", "d"), ("fa:epoch", "x", "fa:epoch"), ("p", "short", "p"),
    ("p", "ROOM", "p"), ("p", nil, "p"), ("a", nil, "a"), ("a", "30521:ROOM:team-design", "a"),
  ])
  func `what disagrees or is missing is named`(
    tag: String, value: String?, expected: String
  ) throws {
    let value = value?.replacing("ME", with: me.publicKey.hex)
      .replacing("ROOM", with: room.publicKey.hex)
    let event = try grant.changing(tag, to: value, by: room)
    #expect(field { _ = try KeyGrant(reading: event) } == expected)
  }

  @Test func `two recipients are one too many`() throws {
    let tags = grant.tags + [Tag("p", room.publicKey.hex)]
    let event = try FourATests.event(30521, tags, grant.content, by: room)
    #expect(field { _ = try KeyGrant(reading: event) } == "p")
  }

  private func carrying(_ bytes: [UInt8]) throws -> KeyGrant {
    let key = try ConversationKey(secret: room, peer: me.publicKey)
    let content = try NIP44.encrypt(bytes, with: key)
    return try KeyGrant(
      reading: FourATests.event(30521, grant.tags, content, by: room))
  }

  @Test func `anything but 32 bytes of a valid secret is refused`() throws {
    let short = try carrying([UInt8](repeating: 1, count: 31))
    #expect(code { _ = try short.open(with: me) } == .invalid)
    let zero = try carrying([UInt8](repeating: 0, count: 32))
    #expect(code { _ = try zero.open(with: me) } == .invalid)
    let order = try carrying([UInt8](repeating: 0xff, count: 32))
    #expect(code { _ = try order.open(with: me) } == .invalid)
  }

  @Test func `content that does not decrypt, or is too large, is refused`() throws {
    let noise = try KeyGrant(
      reading: FourATests.event(
        30521, grant.tags, String(repeating: "A", count: 132), by: room))
    #expect(code { _ = try noise.open(with: me) } == .undecryptable)
    let large = try FourATests.event(
      30521, grant.tags, String(repeating: "A", count: 5000), by: room)
    #expect(code { _ = try KeyGrant(reading: large) } == .tooLarge)
  }
}
