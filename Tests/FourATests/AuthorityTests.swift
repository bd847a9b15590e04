import FourA
import Nostr
import TestKit
import Testing

struct AuthorityTests {
  private static let people = (1...4).compactMap { byte in
    try? SecretKey(bytes: [UInt8](repeating: UInt8(byte), count: 32))
  }
  private let room: SecretKey
  private let audience: Audience
  private let founder = people[0]
  private let bob = people[1]
  private let carol = people[2]
  private let stranger = people[3]

  init() throws {
    room = try Published.room
    audience = try Published.audience
  }

  /// The key of an epoch, the same on every run.
  private func epochKey(_ epoch: Int) throws -> SecretKey {
    try SecretKey(bytes: [UInt8](repeating: UInt8(100 + epoch), count: 32))
  }

  private func declared(
    epoch: Int, at time: Int64, _ members: [SecretKey], closedAt: Int64? = nil
  ) throws -> Declaration {
    var declaration = Declaration(
      audience: audience, name: "x", epoch: epoch, epochKey: try epochKey(epoch).publicKey,
      members: members.map(\.publicKey), closedAt: closedAt, createdAt: time)
    declaration.eventID = EventID(
      SHA256.hash("\(epoch) \(time) \(members.count) \(closedAt ?? 0)"))
    return declaration
  }

  private func grant(
    epoch: Int, to member: SecretKey, by granter: SecretKey, key: SecretKey? = nil,
    in room: Audience? = nil
  ) throws -> KeyGrant {
    try KeyGrant(
      reading: KeyGrant.event(
        epochSecret: key ?? epochKey(epoch), epoch: epoch, audience: room ?? audience,
        to: member.publicKey, signedBy: granter, createdAt: 1))
  }

  private func authority(
    _ declarations: [Declaration], _ grants: [KeyGrant] = []
  ) -> Authority {
    var authority = Authority(audience: audience)
    for declaration in declarations { _ = authority.admit(declaration) }
    for grant in grants { _ = authority.admit(grant: grant) }
    return authority
  }

  @Test func `nothing is judged before a declaration has come`() throws {
    let empty = Authority(audience: audience)
    #expect(empty.judge(author: founder.publicKey, epoch: 1, createdAt: 5) == .awaitsDeclaration)
  }

  @Test func `6-1-1 a stranger with all that is public is refused`() throws {
    let known = authority([try declared(epoch: 2, at: 10, [founder, bob])])
    #expect(
      known.judge(author: stranger.publicKey, epoch: 2, createdAt: 11) == .refused(.notAMember))
    #expect(
      known.judge(author: stranger.publicKey, epoch: 1, createdAt: 1) == .refused(.notAMember))
    #expect(
      known.judge(author: room.publicKey, epoch: 2, createdAt: 11) == .refused(.notAMember))
    #expect(known.judge(author: bob.publicKey, epoch: 2, createdAt: 11) == .accepted)
  }

  @Test func `an epoch beyond the declared one waits`() throws {
    let known = authority([try declared(epoch: 2, at: 10, [founder])])
    #expect(
      known.judge(author: founder.publicKey, epoch: 3, createdAt: 11) == .awaitsDeclaration)
  }

  @Test func `6-1-11 a removed member is heard up to the removal and no further`() throws {
    let known = authority([
      try declared(epoch: 1, at: 10, [founder, bob]),
      try declared(epoch: 1, at: 100, [founder]), try declared(epoch: 2, at: 200, [founder]),
    ])
    #expect(known.removal(of: bob.publicKey) == 100)
    #expect(known.judge(author: bob.publicKey, epoch: 1, createdAt: 99) == .accepted)
    #expect(known.judge(author: bob.publicKey, epoch: 1, createdAt: 100) == .refused(.removed))
    #expect(known.judge(author: bob.publicKey, epoch: 2, createdAt: 50) == .refused(.notAMember))
  }

  @Test func `whoever came back may speak again`() throws {
    let known = authority([
      try declared(epoch: 1, at: 10, [founder, bob]), try declared(epoch: 2, at: 20, [founder]),
      try declared(epoch: 3, at: 30, [founder, bob, carol]),
    ])
    #expect(known.judge(author: bob.publicKey, epoch: 3, createdAt: 40) == .accepted)
    #expect(known.removal(of: bob.publicKey) == nil)
  }

  @Test func `a grant by the room shows a membership whose declaration is gone`() throws {
    let newest = try declared(epoch: 4, at: 400, [founder])
    let byRoom = authority([newest], [try grant(epoch: 2, to: bob, by: room)])
    #expect(byRoom.judge(author: bob.publicKey, epoch: 2, createdAt: 300) == .accepted)
    #expect(
      byRoom.judge(author: bob.publicKey, epoch: 2, createdAt: 400) == .refused(.removed))
    #expect(
      byRoom.judge(author: bob.publicKey, epoch: 3, createdAt: 300) == .refused(.notAMember))
    let byMember = authority([newest], [try grant(epoch: 2, to: bob, by: founder)])
    #expect(
      byMember.judge(author: bob.publicKey, epoch: 2, createdAt: 300) == .refused(.notAMember))
  }

  @Test func `nobody speaks after a room was closed, the founder included`() throws {
    let open = try declared(epoch: 1, at: 10, [founder, bob])
    let closed = try declared(epoch: 1, at: 50, [founder, bob], closedAt: 40)
    let known = authority([open, closed])
    for member in [founder, bob] {
      #expect(known.judge(author: member.publicKey, epoch: 1, createdAt: 40) == .accepted)
      #expect(
        known.judge(author: member.publicKey, epoch: 1, createdAt: 41) == .refused(.closed))
    }
    let reopened = authority([open, closed, try declared(epoch: 1, at: 60, [founder])])
    #expect(reopened.judge(author: founder.publicKey, epoch: 1, createdAt: 61) == .accepted)
  }

  @Test func `6-1-4 a declaration of another key or slug changes nothing`() throws {
    var known = authority([try declared(epoch: 1, at: 10, [founder])])
    let before = known
    var forged = try declared(epoch: 9, at: 999, [stranger])
    forged.audience = try #require(Audience(key: stranger.publicKey, slug: audience.slug))
    let taken1 = known.admit(forged)
    #expect(!taken1)
    forged.audience = try #require(Audience(key: audience.key, slug: "another"))
    let taken2 = known.admit(forged)
    #expect(!taken2)
    #expect(known == before)
  }

  @Test func `the epoch never goes back`() throws {
    let newer = try declared(epoch: 1, at: 500, [founder, bob])
    let rotated = try declared(epoch: 2, at: 20, [founder])
    #expect(authority([rotated, newer]).current == rotated)
    #expect(authority([newer, rotated]).current == rotated)
  }

  @Test func `of two declarations of one second the lowest id stands`() throws {
    var first = try declared(epoch: 1, at: 10, [founder])
    var second = try declared(epoch: 1, at: 10, [founder, bob])
    first.eventID = EventID(hex: String(repeating: "1", count: 64))
    second.eventID = EventID(hex: String(repeating: "2", count: 64))
    #expect(authority([first, second]).current == first)
    #expect(authority([second, first]).current == first)
  }

  @Test func `a repeated or unsigned declaration adds nothing`() throws {
    let declaration = try declared(epoch: 1, at: 10, [founder])
    var known = Authority(audience: audience)
    let taken3 = known.admit(declaration)
    #expect(taken3)
    let taken4 = known.admit(declaration)
    #expect(!taken4)
    var unsigned = try declared(epoch: 2, at: 20, [founder])
    unsigned.eventID = nil
    let taken5 = known.admit(unsigned)
    #expect(!taken5)
    #expect(known.knownEpochs == [1])
    #expect(known.epochKey(1) == (try epochKey(1).publicKey))
    #expect(known.epochKey(2) == nil)
  }

  @Test func `6-1-3 a grant of another key than the declared one is refused, whoever signed`()
    throws
  {
    let known = authority([try declared(epoch: 1, at: 10, [founder, bob])])
    let forged = SecretKey.random()
    for granter in [room, founder, bob] {
      let grant = try grant(epoch: 1, to: bob, by: granter, key: forged)
      #expect(
        known.judge(grant: grant, openedKey: forged.publicKey) == .refused(.otherKey))
    }
    let strangers = try grant(epoch: 1, to: bob, by: stranger)
    #expect(
      known.judge(grant: strangers, openedKey: try epochKey(1).publicKey)
        == .refused(.strangerGrant))
  }

  @Test func `a grant of the declared key is proven, from the room or a member`() throws {
    let known = authority([try declared(epoch: 1, at: 10, [founder, bob])])
    for granter in [room, founder, bob] {
      let grant = try grant(epoch: 1, to: bob, by: granter)
      #expect(known.judge(grant: grant, openedKey: try epochKey(1).publicKey) == .proven)
    }
  }

  @Test func `a grant ahead of its declaration waits`() throws {
    let early = try grant(epoch: 2, to: bob, by: room)
    let key = try epochKey(2).publicKey
    #expect(
      Authority(audience: audience).judge(grant: early, openedKey: key) == .awaitsDeclaration)
    let known = authority([try declared(epoch: 1, at: 10, [founder, bob])])
    #expect(known.judge(grant: early, openedKey: key) == .awaitsDeclaration)
  }

  @Test func `for an old epoch without a declaration the room's word counts, a member's may`()
    throws
  {
    let known = authority([try declared(epoch: 3, at: 30, [founder, bob])])
    let key = try epochKey(1).publicKey
    let byRoom = try grant(epoch: 1, to: bob, by: room)
    let byMember = try grant(epoch: 1, to: bob, by: founder)
    let byStranger = try grant(epoch: 1, to: bob, by: stranger)
    #expect(known.judge(grant: byRoom, openedKey: key) == .proven)
    #expect(known.judge(grant: byMember, openedKey: key) == .candidate)
    #expect(known.judge(grant: byStranger, openedKey: key) == .refused(.strangerGrant))
  }

  @Test func `6-1-8 a grant for a room of the same slug is no grant for this one`() throws {
    let known = authority([try declared(epoch: 1, at: 10, [founder, bob])])
    let namesake = try #require(Audience(key: stranger.publicKey, slug: audience.slug))
    let foreign = try grant(epoch: 1, to: bob, by: room, in: namesake)
    #expect(
      known.judge(grant: foreign, openedKey: try epochKey(1).publicKey) == .refused(.otherRoom))
    var copy = known
    let taken6 = copy.admit(grant: foreign)
    #expect(!taken6)
  }

  @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
  func `any order and repetition gives the same answers`(seed: UInt64) throws {
    let declarations = [
      try declared(epoch: 1, at: 10, [founder]), try declared(epoch: 1, at: 20, [founder, bob]),
      try declared(epoch: 2, at: 30, [founder, bob, carol]),
      try declared(epoch: 2, at: 40, [founder, carol]),
      try declared(epoch: 4, at: 35, [founder, bob]),
      try declared(epoch: 4, at: 60, [founder, bob], closedAt: 58),
    ]
    let grants = [
      try grant(epoch: 1, to: bob, by: room), try grant(epoch: 3, to: carol, by: room),
      try grant(epoch: 3, to: stranger, by: founder), try grant(epoch: 4, to: bob, by: room),
    ]
    let reference = authority(declarations, grants)
    var random = SeededRandom(seed)
    for _ in 0..<20 {
      var steps = Array(0..<(declarations.count + grants.count))
      steps += (0..<5).map { _ in Int.random(in: 0..<steps.count, using: &random) }
      steps.shuffle(using: &random)
      var folded = Authority(audience: audience)
      for step in steps {
        if step < declarations.count {
          _ = folded.admit(declarations[step])
        } else {
          _ = folded.admit(grant: grants[step - declarations.count])
        }
      }
      #expect(folded == reference, "seed \(seed)")
      for person in Self.people {
        for epoch in 1...5 {
          for time in stride(from: 5 as Int64, through: 65, by: 5) {
            let verdict = folded.judge(author: person.publicKey, epoch: epoch, createdAt: time)
            #expect(
              verdict
                == reference.judge(author: person.publicKey, epoch: epoch, createdAt: time))
          }
        }
      }
    }
  }
}
