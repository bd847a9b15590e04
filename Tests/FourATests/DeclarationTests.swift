import FourA
import Nostr
import Testing

struct DeclarationTests {
  private let room: SecretKey
  private let audience: Audience
  private let alice = SecretKey.random().publicKey
  private let bob = SecretKey.random().publicKey
  private let invite = SecretKey.random().publicKey
  private let base: Declaration

  init() throws {
    room = try Published.room
    audience = try Published.audience
    base = Declaration(
      audience: audience, name: "Design", epoch: 3, epochKey: try Published.epoch1.publicKey,
      members: [alice, bob])
  }

  private func signed(_ declaration: Declaration? = nil, at time: Int64 = 1000) throws -> Event {
    try (declaration ?? base).event(signedBy: room, createdAt: time)
  }

  @Test func `the first published declaration is rebuilt with its id`() throws {
    let declaration = Declaration(
      audience: audience, name: "team-design", description: "Design notes shared with Allison.",
      epochKey: try Published.epoch1.publicKey, members: [try Published.evan.publicKey])
    let event = try declaration.event(signedBy: room, createdAt: 1_777_344_000)
    #expect(event.id.hex == "5ff4c18324cdae0e5a530d5e25b9abe04f5e281b5a61f3ba88c596c9d74bc7bf")
  }

  @Test func `what is written is read back`() throws {
    var full = base.inviting(invite, expiresAt: 2000).closed(at: 900)
    full.description = "What we draw"
    full.expiresAt = 9000
    let event = try signed(full)
    var read = try Declaration(reading: event)
    #expect(read.eventID == event.id)
    read.eventID = nil
    full.createdAt = 1000
    #expect(read == full)
    #expect(
      event.tags.map(\.name) == [
        "d", "fa:context", "alt", "fa:epoch", "fa:epoch-pubkey", "fa:status", "fa:closed-at",
        "p", "p", "fa:pending", "expiration",
      ])
    #expect(
      event.firstTag("alt") == "Audience: team-design (2 members, epoch 3, closed)")
  }

  @Test func `an unknown status means active`() throws {
    var tags = try signed().tags
    tags.append(Tag("fa:status", "sleeping"))
    tags.append(Tag("fa:closed-at", "5"))
    let read = try Declaration(reading: event(30520, tags, signed().content, by: room))
    #expect(!read.isClosed)
    #expect(read.closedAt == nil)
  }

  @Test func `a room closed without a time is closed from the event on`() throws {
    var tags = try signed().tags
    tags.append(Tag("fa:status", "closed"))
    let read = try Declaration(reading: event(30520, tags, signed().content, by: room, at: 77))
    #expect(read.closedAt == 77)
  }

  @Test func `an ended invite is dropped and the declaration kept`() throws {
    let other = SecretKey.random().publicKey
    let declaration = base.inviting(invite, expiresAt: 2000).inviting(other, expiresAt: 3000)
    let read = try Declaration(reading: signed(declaration))
    #expect(read.pending.count == 2)
    #expect(read.droppingExpired(at: 2000).pending.map(\.key) == [other])
    #expect(read.droppingExpired(at: 1999).pending.count == 2)
  }

  @Test func `an ended invite is not published`() throws {
    let event = try signed(base.inviting(invite, expiresAt: 1000), at: 1000)
    #expect(event.firstTag("fa:pending") == nil)
  }

  @Test func `an invite key listed as a member is nobody`() throws {
    var declaration = base.inviting(invite, expiresAt: 2000)
    declaration.members = [invite, alice, alice, bob]
    let read = try Declaration(reading: signed(declaration))
    #expect(read.members == [alice, bob])
    #expect(read.founder == alice)
  }

  @Test func `a damaged member or invite is left out`() throws {
    var tags = try signed().tags
    tags += [
      Tag("p", "nobody"), Tag("p", alice.hex.uppercased()), Tag("fa:pending", "x:1"),
      Tag("fa:pending", "\(invite.hex):soon"), Tag("fa:pending", invite.hex),
    ]
    let read = try Declaration(reading: event(30520, tags, signed().content, by: room))
    #expect(read.members == [alice, bob])
    #expect(read.pending.isEmpty)
  }

  @Test func `a room without a title is called by its slug`() throws {
    let read = try Declaration(reading: event(30520, signed().tags, #"{"epoch":3}"#, by: room))
    #expect(read.name == "team-design")
  }

  @Test(arguments: [
    ("d", "no slug", "d"), ("d", nil, "d"), ("fa:epoch", "0", "fa:epoch"),
    ("fa:epoch", "03", "fa:epoch"), ("fa:epoch", "+3", "fa:epoch"),
    ("fa:epoch", "99999999999999999999", "fa:epoch"), ("fa:epoch", nil, "fa:epoch"),
    ("fa:epoch-pubkey", "beef", "fa:epoch-pubkey"), ("fa:epoch-pubkey", nil, "fa:epoch-pubkey"),
    ("fa:epoch", "4", "content.epoch"),
  ])
  func `a tag that is missing or broken is named`(
    tag: String, value: String?, expected: String
  ) throws {
    let event = try signed().changing(tag, to: value, by: room)
    #expect(field { _ = try Declaration(reading: event) } == expected)
  }

  @Test(arguments: ["", "[]", "{", #"{"epoch":"3"}"#, #"{"epoch":3.0}"#, "{}"])
  func `content that is no object with the epoch is refused`(content: String) throws {
    let event = try event(30520, signed().tags, content, by: room)
    #expect(throws: FourAError.self) { try Declaration(reading: event) }
  }

  @Test func `another kind is refused`() throws {
    let event = try event(30521, signed().tags, signed().content, by: room)
    #expect(code { _ = try Declaration(reading: event) } == .wrongKind)
  }

  @Test func `only the audience key signs`() throws {
    let stranger = SecretKey.random()
    #expect(
      code { _ = try base.event(signedBy: stranger, createdAt: 1) } == .wrongSigner)
  }

  @Test func `6-1-4 a declaration that a stranger copied and signed is another room's`() throws {
    let stranger = SecretKey.random()
    let copy = try event(30520, signed().tags, signed().content, by: stranger)
    #expect(try Declaration(reading: copy).audience.key == stranger.publicKey)
    var known = Authority(audience: audience)
    known.admit(try Declaration(reading: signed()))
    let before = known
    known.admit(try Declaration(reading: copy))
    #expect(known == before)
  }

  @Test func `6-2-22 a second invite keeps the first, through every later step`() throws {
    let second = SecretKey.random().publicKey
    let key = SecretKey.random().publicKey
    let both = base.inviting(invite, expiresAt: 2000).inviting(second, expiresAt: 3000)
    #expect(both.pending.map(\.key) == [invite, second])
    #expect(both.closed(at: 5).reopened().pending == both.pending)
    #expect(both.rotated(to: key).pending == both.pending)
    #expect(try both.removing(bob, rotatingTo: key).pending == both.pending)
    let read = try Declaration(reading: signed(both))
    #expect(read.inviting(key, expiresAt: 4000).pending.map(\.key) == [invite, second, key])
    #expect(both.withdrawingInvite(invite).pending.map(\.key) == [second])
  }

  @Test func `6-2-23 an invite or a rotation leaves a closed room closed`() throws {
    let key = SecretKey.random().publicKey
    let closed = base.closed(at: 5)
    #expect(closed.inviting(invite, expiresAt: 2000).isClosed)
    #expect(closed.rotated(to: key).closedAt == 5)
    #expect(closed.closed(at: 9).closedAt == 5)
  }

  @Test func `6-1-11 a removal rotates the key, and never removes the founder`() throws {
    let key = SecretKey.random().publicKey
    let without = try base.removing(bob, rotatingTo: key)
    #expect(without.members == [alice])
    #expect(without.epoch == 4)
    #expect(without.epochKey == key)
    #expect(throws: FourAError.self) { try base.removing(alice, rotatingTo: key) }
    #expect(throws: FourAError.self) { try base.removing(invite, rotatingTo: key) }
  }

  @Test func `a successor is later by a second at least`() {
    var declaration = base
    declaration.createdAt = 1000
    #expect(declaration.nextCreatedAt(now: 1000) == 1001)
    #expect(declaration.nextCreatedAt(now: 10) == 1001)
    #expect(declaration.nextCreatedAt(now: 5000) == 5000)
  }
}
