import Testing

@testable import Nostr

@Suite struct GiftWrapTests {
  let alice = People.alice
  let bob = People.bob
  let cache = ConversationKeyCache()

  private func key() throws -> ConversationKey {
    try ConversationKey(secret: alice, peer: bob.publicKey)
  }

  private func rumor(_ content: String = "secret") throws -> Event {
    try note(kind: 30_530, tags: [Tag("d", "x")], content)
  }

  private func wrapped(_ rumor: Event) throws -> Event {
    let seal = try GiftWrap.seal(
      rumor, from: alice, key: key(), to: bob.publicKey, createdAt: 1_700_000_001)
    return try GiftWrap.wrap(seal, to: bob.publicKey, createdAt: 1_700_000_002)
  }

  /// A wrap around any text in place of the rumor.
  private func wrapped(
    text: String, sealKind: Int = 13, sealTags: [Tag] = [], by sealer: SecretKey = People.alice
  ) throws -> Event {
    let key = try ConversationKey(secret: sealer, peer: bob.publicKey)
    let seal = try note(
      by: sealer, kind: sealKind, tags: sealTags, NIP44.encrypt(bytes(text), with: key))
    return try GiftWrap.wrap(seal, to: bob.publicKey, createdAt: 1)
  }

  private func text(_ event: Event) -> String { String(decoding: event.json, as: UTF8.self) }

  @Test func `a wrapped rumor is opened by its reader, whole`() throws {
    let rumor = try rumor()
    let wrap = try wrapped(rumor)
    #expect(wrap.kind == 1059)
    #expect(wrap.tags == [Tag("p", bob.publicKey.hex)])
    #expect(wrap.pubkey != alice.publicKey)
    let opened = try GiftWrap.open(Event(parsing: wrap.json), with: bob, cache: cache)
    #expect(opened.rumor == rumor)
    #expect(opened.author == alice.publicKey)
    #expect(cache.count == 1, "the sender's key is kept, the wrap's is not")
  }

  @Test func `every wrap has a key of its own`() throws {
    let rumor = try rumor()
    #expect(try wrapped(rumor).pubkey != wrapped(rumor).pubkey)
  }

  @Test func `nobody else opens it`() throws {
    let wrap = try wrapped(rumor())
    #expect(code { try GiftWrap.open(wrap, with: People.carol, cache: cache) } == .wrongTags)
    let redirected = try note(
      by: alice, kind: 1059, tags: [Tag("p", People.carol.publicKey.hex)], wrap.content)
    #expect(code { try GiftWrap.open(redirected, with: People.carol, cache: cache) } == .badMAC)
  }

  @Test func `a wrap with more or other tags, or of another kind, is refused`() throws {
    let wrap = try wrapped(rumor())
    let reader = Tag("p", bob.publicKey.hex)
    for tags in [[], [reader, reader], [reader, Tag("e", "x")], [Tag("q", bob.publicKey.hex)]] {
      let changed = try note(kind: 1059, tags: tags, wrap.content)
      #expect(code { try GiftWrap.open(changed, with: bob, cache: cache) } == .wrongTags)
    }
    let other = try note(kind: 1060, tags: [reader], wrap.content)
    #expect(code { try GiftWrap.open(other, with: bob, cache: cache) } == .wrongKind)
  }

  @Test func `a forged copy first, twice, then the good one: the good one opens`() throws {
    let wrap = try wrapped(rumor())
    let forged = Event(
      id: wrap.id, pubkey: wrap.pubkey, createdAt: wrap.createdAt, kind: wrap.kind,
      tags: wrap.tags, content: wrap.content, sig: try rumor().sig)
    #expect(code { try GiftWrap.open(forged, with: bob, cache: cache) } == .badSignature)
    #expect(code { try GiftWrap.open(forged, with: bob, cache: cache) } == .badSignature)
    let renamed = Event(
      id: EventID(SHA256.hash("x")), pubkey: wrap.pubkey, createdAt: wrap.createdAt,
      kind: wrap.kind, tags: wrap.tags, content: wrap.content, sig: wrap.sig)
    #expect(code { try GiftWrap.open(renamed, with: bob, cache: cache) } == .idMismatch)
    _ = try GiftWrap.open(wrap, with: bob, cache: cache)
  }

  @Test func `a seal of another kind or with tags is refused`() throws {
    let inner = text(try rumor())
    let kind = try wrapped(text: inner, sealKind: 14)
    #expect(code { try GiftWrap.open(kind, with: bob, cache: cache) } == .wrongKind)
    let tags = try wrapped(text: inner, sealTags: [Tag("p", bob.publicKey.hex)])
    #expect(code { try GiftWrap.open(tags, with: bob, cache: cache) } == .wrongTags)
  }

  @Test func `a forged seal is refused`() throws {
    let key = try key()
    let seal = try GiftWrap.seal(
      rumor(), from: alice, key: key, to: bob.publicKey, createdAt: 1)
    let forged = Event(
      id: seal.id, pubkey: seal.pubkey, createdAt: seal.createdAt, kind: seal.kind, tags: [],
      content: seal.content, sig: try rumor().sig)
    for held in [false, true] {
      if held { _ = try cache.key(secret: bob, peer: alice.publicKey) }
      let wrap = try GiftWrap.wrap(forged, to: bob.publicKey, createdAt: 1)
      #expect(code { try GiftWrap.open(wrap, with: bob, cache: cache) } == .badSignature)
    }
  }

  @Test func `a rumor of another author than the seal is refused`() throws {
    let wrap = try wrapped(text: text(rumor()), by: People.carol)
    #expect(code { try GiftWrap.open(wrap, with: bob, cache: cache) } == .authorMismatch)
  }

  @Test func `a rumor with a wrong id is refused, one without is given its own`() throws {
    let rumor = try rumor()
    let wrong = text(rumor).replacing(rumor.id.hex, with: SHA256.hash("x").hex)
    let wrongID = try wrapped(text: wrong)
    #expect(code { try GiftWrap.open(wrongID, with: bob, cache: cache) } == .idMismatch)
    let missing = text(rumor).replacing("\"id\":\"\(rumor.id.hex)\",", with: "")
    let opened = try GiftWrap.open(wrapped(text: missing), with: bob, cache: cache)
    #expect(opened.rumor == rumor)
  }

  @Test func `an unsigned rumor, as plain NIP-17 clients send, is refused by that name`() throws {
    let rumor = try rumor()
    let absent = text(rumor).replacing(",\"sig\":\"\(rumor.sig.hex)\"", with: "")
    let empty = text(rumor).replacing(rumor.sig.hex, with: "")
    for inner in [absent, empty] {
      let wrap = try wrapped(text: inner)
      #expect(code { try GiftWrap.open(wrap, with: bob, cache: cache) } == .unsignedRumor)
    }
  }

  @Test func `a rumor with another's signature is refused`() throws {
    let rumor = try rumor()
    let other = try People.carol.sign(rumor.id)
    let wrap = try wrapped(text: text(rumor).replacing(rumor.sig.hex, with: other.hex))
    #expect(code { try GiftWrap.open(wrap, with: bob, cache: cache) } == .badSignature)
  }

  @Test func `a rumor that is no event is refused`() throws {
    for inner in ["{}", "null", "[]", "x", "{\"sig\":1}"] {
      let wrap = try wrapped(text: inner)
      #expect(throws: NostrError.self) { try GiftWrap.open(wrap, with: bob, cache: cache) }
    }
  }

  @Test func `an inner event that is held already stops the work`() throws {
    let rumor = try rumor()
    let wrap = try wrapped(rumor)
    var asked: [EventID] = []
    let found = code {
      try GiftWrap.open(wrap, with: bob, cache: cache) { id in
        asked.append(id)
        return true
      }
    }
    #expect(found == .alreadyKnown)
    #expect(asked == [rumor.id])
  }

  @Test func `a layer too large for deployed readers is not written`() throws {
    let rumor = try rumor(String(repeating: "a", count: NIP44.authorLimit))
    #expect(code { try wrapped(rumor) } == .tooLarge)
  }

  @Test func `a seal for one reader is not made with the key of another`() throws {
    let key = try key()
    #expect(
      code {
        try GiftWrap.seal(
          rumor(), from: alice, key: key, to: People.carol.publicKey, createdAt: 1)
      } == .authorMismatch)
  }

  @Test func `jitter goes into the past, never the future, and covers its spread`() {
    var seen: Set<Int64> = []
    for _ in 0..<500 {
      let time = GiftWrap.jitteredPast(from: 1_000, spread: 3)
      #expect((997...1_000).contains(time))
      seen.insert(time)
    }
    #expect(seen.count == 4)
    #expect(GiftWrap.jitteredPast(from: 0) == 0)
  }
}
