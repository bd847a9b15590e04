import FourA
import Nostr
import Testing

struct MessageTests {
  private let audience: Audience
  private let epochKey: SecretKey
  private let author = SecretKey.random()
  private let other = SecretKey.random().publicKey
  private let payload = Array(#"{"@type":"Card"}"#.utf8)

  init() throws {
    audience = try Published.audience
    epochKey = try Published.epoch1
  }

  private func rumor(epoch: Int = 1, extra: [Tag] = [], to key: PublicKey? = nil) throws -> Event {
    try Message.rumor(
      kind: 30530, d: "card-1", payload: payload, audience: audience, epoch: epoch,
      epochKey: key ?? epochKey.publicKey, members: [author.publicKey, other],
      alt: "Studio card in team-design", extraTags: extra, author: author, createdAt: 123)
  }

  @Test func `a rumor is signed and has the deployed tags in order, ours after them`() throws {
    let event = try rumor(extra: [Tag("e", other.hex), Tag("a", "30530:\(other.hex):x")])
    try event.verify()
    #expect(
      event.tags.map(\.name) == [
        "d", "a", "fa:context", "fa:epoch", "alt", "blake3", "p", "p", "e", "a",
      ])
    #expect(event.firstTag("a") == audience.address)
    #expect(event.firstTag("fa:context") == "https://4a4.ai/ns/v0")
    #expect(event.firstTag("blake3") == BLAKE3.tag(event.content))
    #expect(event.tagValues("p") == [author.publicKey.hex, other.hex])
    #expect(event.createdAt == 123)
  }

  @Test func `what is sealed to an epoch opens with its key`() throws {
    let ring = Keyring()
    #expect(ring.add(epochSecret: epochKey, audience: audience, epoch: 1))
    let opened = try ring.open(rumor: rumor())
    #expect(opened.payload == payload)
    #expect(opened.audience == audience)
    #expect(opened.epoch == 1)
    #expect(opened.epochKey == epochKey.publicKey)
    #expect(opened.isProven)
  }

  @Test func `a message of an epoch not held waits for its key`() throws {
    let ring = Keyring()
    #expect(code { _ = try ring.open(rumor: rumor()) } == .noEpochKey)
    ring.add(epochSecret: epochKey, audience: audience, epoch: 1)
    #expect(code { _ = try ring.open(rumor: rumor(epoch: 2)) } == .noEpochKey)
    let namesake = try #require(Audience(key: other, slug: audience.slug))
    let elsewhere = Keyring()
    elsewhere.add(epochSecret: epochKey, audience: namesake, epoch: 1)
    #expect(code { _ = try elsewhere.open(rumor: rumor()) } == .noEpochKey)
  }

  @Test func `6-1-3 a proven key is never overwritten`() throws {
    let forged = SecretKey.random()
    var secrets = EpochSecrets()
    let taken1 = secrets.add(epochKey, audience: audience, epoch: 1)
    #expect(taken1)
    let taken2 = secrets.add(forged, audience: audience, epoch: 1)
    #expect(!taken2)
    let taken3 = secrets.add(candidate: forged, audience: audience, epoch: 1)
    #expect(!taken3)
    let taken4 = secrets.add(epochKey, audience: audience, epoch: 1)
    #expect(taken4)
    #expect(secrets.proven(audience, epoch: 1)?.publicKey == epochKey.publicKey)
    #expect(secrets.secrets(audience, epoch: 1).count == 1)
  }

  @Test func `a forged candidate does not keep the right one out`() throws {
    var secrets = EpochSecrets()
    let taken5 = secrets.add(candidate: SecretKey.random(), audience: audience, epoch: 1)
    #expect(taken5)
    let early = Keyring(secrets)
    #expect(code { _ = try early.open(rumor: rumor()) } == .noEpochKey)
    let taken6 = secrets.add(candidate: epochKey, audience: audience, epoch: 1)
    #expect(taken6)
    let opened = try Keyring(secrets).open(rumor: rumor())
    #expect(!opened.isProven)
    #expect(opened.epochKey == epochKey.publicKey)
    let taken7 = secrets.add(epochKey, audience: audience, epoch: 1)
    #expect(taken7)
    #expect(secrets.secrets(audience, epoch: 1).count == 1)
  }

  @Test func `candidates are bounded, and a room can be forgotten`() throws {
    var secrets = EpochSecrets()
    for _ in 0..<EpochSecrets.maximumCandidates {
      let taken8 = secrets.add(candidate: SecretKey.random(), audience: audience, epoch: 1)
      #expect(taken8)
    }
    let taken9 = secrets.add(candidate: SecretKey.random(), audience: audience, epoch: 1)
    #expect(!taken9)
    secrets.remove(audience)
    #expect(secrets.secrets(audience, epoch: 1).isEmpty)
  }

  @Test func `content that the proven key does not open is undecryptable`() throws {
    let ring = Keyring()
    ring.add(epochSecret: epochKey, audience: audience, epoch: 1)
    let event = try rumor(to: other)
    #expect(code { _ = try ring.open(rumor: event) } == .undecryptable)
  }

  @Test(arguments: ["blake3", "alt", "fa:context", "p"])
  func `a message without a tag that carries nothing is read`(tag: String) throws {
    let ring = Keyring()
    ring.add(epochSecret: epochKey, audience: audience, epoch: 1)
    let event = try rumor().changing(tag, to: nil, by: author)
    #expect(try ring.open(rumor: event).payload == payload)
  }

  @Test func `kinds that are no messages are refused`() throws {
    for kind in [1, 30520, 30529, 30537, 30540] {
      let event = try event(kind, rumor().tags, by: author)
      #expect(code { _ = try Envelope(reading: event) } == .wrongKind)
    }
  }

  @Test func `an address other than an audience's is refused`() throws {
    for address in ["30520:\(other.hex)", "30520:\(other.hex):a:b", "30520:\(other.hex):a b", ""] {
      let event = try rumor().changing("a", to: address, by: author)
      #expect(field { _ = try Envelope(reading: event) } == "a")
    }
  }
}
