import FourA
import Nostr
import Testing

struct ClaimTests {
  private let audience: Audience
  private let invite: SecretKey
  private let founder = SecretKey.random()
  private let joiner = SecretKey.random()
  private let join: Event

  init() throws {
    audience = try Published.audience
    invite = try Published.invite
    join = try Claim.join(
      audience: audience, epoch: 1, invite: invite, inviter: founder.publicKey,
      claimant: joiner.publicKey, note: "hello", nickname: "  Bob ", bio: " ", expiresAt: 500,
      createdAt: 100)
  }

  @Test func `a join is read back`() throws {
    let claim = try Claim(reading: join)
    #expect(claim.kind == .join(invite.publicKey))
    #expect(claim.inviteKey == invite.publicKey)
    #expect(claim.claimant == joiner.publicKey)
    #expect(claim.inviter == founder.publicKey)
    #expect(claim.nickname == "Bob")
    #expect(claim.bio == nil)
    #expect(claim.note == "hello")
    #expect(claim.expiresAt == 500)
    #expect(!join.content.contains("bio"))
  }

  @Test func `an empty profile is left out`() throws {
    let event = try Claim.join(
      audience: audience, epoch: 1, invite: invite, inviter: founder.publicKey,
      claimant: joiner.publicKey, nickname: "\t", bio: "", createdAt: 1)
    #expect(!event.content.contains("profile"))
  }

  @Test func `a nickname is cut to 200 units, between characters`() throws {
    let event = try Claim.join(
      audience: audience, epoch: 1, invite: invite, inviter: founder.publicKey,
      claimant: joiner.publicKey, nickname: "a" + String(repeating: "😀", count: 150),
      createdAt: 1)
    #expect(try Claim(reading: event).nickname?.utf16.count == 199)
  }

  @Test func `a leave is read back`() throws {
    let event = try Claim.leave(audience: audience, epoch: 2, member: joiner, createdAt: 9)
    let claim = try Claim(reading: event)
    #expect(claim.kind == .leave)
    #expect(claim.claimant == joiner.publicKey)
    #expect(event.firstTag("p") == nil)
    #expect(
      event.tags.map(\.name) == [
        "d", "fa:context", "alt", "a", "fa:epoch", "fa:claim-pubkey", "fa:status",
      ])
  }

  @Test func `nobody leaves for somebody else`() throws {
    let event = try Claim.leave(audience: audience, epoch: 2, member: joiner, createdAt: 9)
    let forged = try FourATests.event(30522, event.tags, event.content, by: founder)
    #expect(code { _ = try Claim(reading: forged) } == .wrongSigner)
    var tags = event.tags
    tags[0] = Tag("d", "team-design:2:left:\(founder.publicKey.hex)")
    let other = try FourATests.event(30522, tags, event.content, by: founder)
    #expect(code { _ = try Claim(reading: other) } == .wrongSigner)
  }

  @Test func `a claim not signed by its invite is refused`() throws {
    let forged = try FourATests.event(30522, join.tags, join.content, by: joiner)
    #expect(code { _ = try Claim(reading: forged) } == .wrongSigner)
  }

  @Test func `content that names another claimant is refused`() throws {
    let content = #"{"claimPubkey":"\#(founder.publicKey.hex)"}"#
    let event = try FourATests.event(30522, join.tags, content, by: invite)
    #expect(code { _ = try Claim(reading: event) } == .mismatch)
  }

  @Test func `content that is no JSON is a claim without a note`() throws {
    let event = try FourATests.event(30522, join.tags, "gone", by: invite)
    #expect(try Claim(reading: event).note == nil)
  }

  @Test func `d and the address must name one room`() throws {
    let other = try join.changing(
      "a", to: "30520:\(founder.publicKey.hex):elsewhere", by: invite)
    #expect(code { _ = try Claim(reading: other) } == .mismatch)
  }

  private func declaration(pending: [PendingInvite]) throws -> Declaration {
    Declaration(
      audience: audience, name: "x", epoch: 7, epochKey: try Published.epoch2.publicKey,
      members: [founder.publicKey], pending: pending)
  }

  @Test func `an invite outlives a rotation: the epoch of a claim is ignored`() throws {
    let open = PendingInvite(key: invite.publicKey, expiresAt: 400)
    let declaration = try declaration(pending: [open])
    let claim = try Claim(reading: join)
    #expect(claim.epoch == 1)
    #expect(declaration.judge(claim: claim, at: 399) == .admissible)
    let admitted = declaration.admitting([claim], rotatingTo: try Published.epoch1.publicKey)
    #expect(admitted.members == [founder.publicKey, joiner.publicKey])
    #expect(admitted.pending.isEmpty)
    #expect(admitted.epoch == 8)
    #expect(admitted.judge(claim: claim, at: 399) == .alreadyMember)
  }

  @Test func `an ended, unknown or foreign claim is refused`() throws {
    let claim = try Claim(reading: join)
    let open = PendingInvite(key: invite.publicKey, expiresAt: 4000)
    let verdicts = [
      try declaration(pending: [PendingInvite(key: invite.publicKey, expiresAt: 400)])
        .judge(claim: claim, at: 400),
      try declaration(pending: [open]).judge(claim: claim, at: 500),
      try declaration(pending: []).judge(claim: claim, at: 1),
    ]
    for verdict in verdicts {
      guard case .refused = verdict else {
        Issue.record("expected a refusal, found \(verdict)")
        continue
      }
    }
    var elsewhere = try declaration(pending: [open])
    elsewhere.audience = try #require(Audience(key: founder.publicKey, slug: "team-design"))
    guard case .refused = elsewhere.judge(claim: claim, at: 1) else {
      Issue.record("6-1-8: a room of the same slug took the claim")
      return
    }
  }
}
