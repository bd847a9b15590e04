import FourA
import Foundation
import Nostr
import TestKit
import Testing

/// The ten published events of 4A v0.5.
@Suite(.enabled(if: Vectors.present))
struct PublishedEventsTests {
  private static let names = [
    "01-declaration-v1", "02-keygrant-epoch1-evan", "03-declaration-v1-pending",
    "04-claim-from-invite", "05-declaration-v2", "06-keygrant-epoch2-evan",
    "07-keygrant-epoch2-allison", "08-encrypted-observation", "09-giftwrap-to-evan",
    "10-giftwrap-to-allison",
  ]

  @Test(arguments: names) func `its id and signature verify`(name: String) throws {
    try Vectors.event(name).verify()
  }

  @Test(arguments: ["01-declaration-v1", "03-declaration-v1-pending", "05-declaration-v2"])
  func `a declaration that is read and written again has its id`(name: String) throws {
    let event = try Vectors.event(name)
    let declaration = try Declaration(reading: event)
    let again = try declaration.event(signedBy: Published.room, createdAt: event.createdAt)
    #expect(again.id == event.id)
    try again.verify()
  }

  @Test func `the declarations say what was published`() throws {
    let first = try Declaration(reading: Vectors.event("03-declaration-v1-pending"))
    #expect(first.audience == (try Published.audience))
    #expect(first.name == "team-design")
    #expect(first.description == "Design notes shared with Allison.")
    #expect(first.epochKey == (try Published.epoch1.publicKey))
    #expect(first.founder == (try Published.evan.publicKey))
    #expect(
      first.pending == [
        PendingInvite(key: try Published.invite.publicKey, expiresAt: 1_893_456_000)
      ])
    #expect(!first.isClosed)
    let second = try Declaration(reading: Vectors.event("05-declaration-v2"))
    #expect(second.epoch == 2)
    #expect(
      second.members == [try Published.evan.publicKey, try Published.allison.publicKey])
  }

  @Test func `a claim written from its parts has the published id`() throws {
    let event = try Vectors.event("04-claim-from-invite")
    let claim = try Claim(reading: event)
    #expect(claim.kind == .join(try Published.invite.publicKey))
    #expect(claim.claimant == (try Published.allison.publicKey))
    #expect(claim.note == "claimed via claim.4a4.ai")
    let again = try Claim.join(
      audience: claim.audience, epoch: claim.epoch, invite: Published.invite,
      inviter: Published.evan.publicKey, claimant: claim.claimant, note: claim.note,
      expiresAt: claim.expiresAt, createdAt: event.createdAt)
    #expect(again.id == event.id)
  }

  @Test(arguments: [
    ("02-keygrant-epoch1-evan", "evan@github 12345", "aud_epoch_1 team-design"),
    ("06-keygrant-epoch2-evan", "evan@github 12345", "aud_epoch_2 team-design"),
    ("07-keygrant-epoch2-allison", "allison@github 67890", "aud_epoch_2 team-design"),
  ])
  func `a grant opens to the epoch key and is written again with its id`(
    name: String, member: String, epoch: String
  ) throws {
    let event = try Vectors.event(name)
    let grant = try KeyGrant(reading: event)
    let secret = try grant.open(with: Published.secret(member))
    #expect(secret.publicKey == (try Published.secret(epoch).publicKey))
    let nonce = try #require(Data(base64Encoded: event.content))[1..<33]
    let again = try KeyGrant.event(
      epochSecret: secret, epoch: grant.epoch, audience: grant.audience, to: grant.recipient,
      signedBy: Published.room, createdAt: event.createdAt, nonce: [UInt8](nonce))
    #expect(again.id == event.id)
  }

  @Test func `the observation decrypts, and its BLAKE3 tag is ours`() throws {
    let event = try Vectors.event("08-encrypted-observation")
    #expect(event.firstTag("blake3") == BLAKE3.tag(event.content))
    let ring = Keyring()
    ring.add(epochSecret: try Published.epoch2, audience: try Published.audience, epoch: 2)
    let opened = try ring.open(rumor: event)
    #expect(opened.epoch == 2)
    let payload = try #require(try JSON(parsing: opened.payload).object)
    #expect(payload["@type"]?.string == "Observation")
    let nonce = try #require(Data(base64Encoded: event.content))[1..<33]
    let key = try ConversationKey(secret: Published.evan, peer: Published.epoch2.publicKey)
    #expect(
      try NIP44.encrypt(opened.payload, with: key, nonce: [UInt8](nonce)) == event.content)
  }

  @Test(arguments: [
    ("09-giftwrap-to-evan", "evan@github 12345"),
    ("10-giftwrap-to-allison", "allison@github 67890"),
  ])
  func `a wrap opens to the observation`(name: String, member: String) throws {
    let opened = try GiftWrap.open(
      Vectors.event(name), with: Published.secret(member), cache: ConversationKeyCache())
    #expect(opened.rumor == (try Vectors.event("08-encrypted-observation")))
    #expect(opened.author == (try Published.evan.publicKey))
  }
}
