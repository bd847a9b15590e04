import Testing

@testable import Nostr

@Suite struct SecretKeyTests {
  @Test func `a secret shows nothing of itself`() throws {
    let secret = try SecretKey(bytes: [UInt8](repeating: 0xab, count: 32))
    let key = try ConversationKey(secret: secret, peer: People.bob.publicKey)
    var shown = ""
    dump(secret, to: &shown)
    dump(key, to: &shown)
    shown += "\(secret) \(key) \(String(reflecting: secret)) \(String(reflecting: key))"
    #expect(!shown.contains("abab") && !shown.contains("171"))
    #expect(!shown.contains(secret.publicKey.hex))
    #expect(shown.contains("redacted"))
    #expect(Mirror(reflecting: secret).children.isEmpty)
  }

  @Test func `bytes that are no key are refused`() {
    let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
    #expect(code { try SecretKey(hex: order) } == .invalidSecretKey)
    #expect(code { try SecretKey(hex: order.dropLast()) } == .invalidSecretKey)
    #expect(
      code { try SecretKey(hex: People.alice.publicKey.hex.uppercased()) } == .invalidSecretKey)
    #expect(code { try SecretKey(bytes: [UInt8](repeating: 0, count: 32)) } == .invalidSecretKey)
    #expect(code { try SecretKey(bytes: [1]) } == .invalidSecretKey)
  }

  @Test func `bytes come back as they went in, and random keys differ`() throws {
    let secret = SecretKey.random()
    let copy = try SecretKey(bytes: secret.withBytes { [UInt8]($0) })
    #expect(copy.publicKey == secret.publicKey)
    #expect(SecretKey.random().publicKey != secret.publicKey)
  }

  @Test func `hex orders as bytes do`() throws {
    let hexes = (0..<64).map { SHA256.hash("\($0)").hex }.sorted()
    let values = try hexes.map { try #require(EventID(hex: $0)) }
    #expect(values == values.sorted())
    #expect(values.map(\.hex) == hexes)
    #expect(values[0].short == String(hexes[0].prefix(8)))
  }

  @Test func `uniform numbers stay below their bound`() {
    var seen: Set<Int64> = []
    for _ in 0..<300 { seen.insert(RandomBytes.uniform(below: 5)) }
    #expect(seen == [0, 1, 2, 3, 4])
    #expect(RandomBytes.uniform(below: 0) == 0)
    #expect((0..<Int64.max).contains(RandomBytes.uniform(below: .max)))
  }

  @Test func `the digest of abc is the one of FIPS 180, in pieces too`() {
    let wanted = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    #expect(SHA256.hash("abc").hex == wanted)
    var pieces = SHA256()
    pieces.update(bytes("a"))
    pieces.update(bytes("bc"))
    #expect(pieces.finish().hex == wanted)
  }
}

@Suite struct NIP19Tests {
  @Test func `the published names are read and written`() throws {
    let key = try #require(
      PublicKey(hex: "7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e"))
    let npub = "npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg"
    #expect(key.npub == npub)
    #expect(PublicKey(npub: npub) == key)
    #expect(PublicKey(npub: npub.uppercased()) == key)
    let nsec = bytes("nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5")
    let secret = try SecretKey(nsec: nsec)
    #expect(
      secret.withBytes { Hex.string($0) }
        == "67dea2ed018072d675f5415ecfaed7d2597555e202d85b3d65ea4e58d2d92ffa")
    #expect(secret.nsec() == nsec)
    let text =
      "nprofile1qqsrhuxx8l9ex335q7he0f09aej04zpazpl0ne2cgukyawd24mayt8gpp4mhxue69uhhytnc9e3k7mg"
      + "pz4mhxue69uhkg6nzv9ejuumpv34kytnrdaksjlyr9p"
    let profile = NIP19.Profile(
      pubkey: try #require(
        PublicKey(hex: "3bf0c63fcb93463407af97a5e5ee64fa883d107ef9e558472c4eb9aaaefa459d")),
      relays: ["wss://r.x.com", "wss://djbas.sadkb.com"])
    #expect(try NIP19(parsing: text) == .profile(profile))
    #expect(NIP19.profile(profile).text == text)
  }

  @Test func `every kind of name survives a round, with nostr before it too`() throws {
    let owner = People.alice.publicKey
    let id = EventID(SHA256.hash("x"))
    let names: [NIP19] = [
      .pubkey(owner), .note(id), .profile(.init(pubkey: owner)),
      .event(.init(id: id, relays: ["wss://a.b"], author: owner, kind: 30_530)),
      .event(.init(id: id)),
      .address(
        .init(address: Address(kind: 30_530, pubkey: owner, d: "a:é"), relays: ["wss://a.b"])),
    ]
    for name in names {
      #expect(try NIP19(parsing: name.text) == name)
      #expect(try NIP19(parsing: "nostr:" + name.text) == name)
    }
  }

  @Test func `a secret key is not a name, and a name is not a secret key`() throws {
    let nsec = String(decoding: People.alice.nsec(), as: UTF8.self)
    #expect(code { try NIP19(parsing: nsec) } == .wrongPrefix)
    #expect(PublicKey(npub: nsec) == nil)
    #expect(code { try SecretKey(nsec: bytes(People.alice.publicKey.npub)) } == .wrongPrefix)
  }

  @Test func `broken parts inside a good checksum are refused`() {
    let author = People.alice.publicKey.bytes
    let cases: [(String, [UInt8], NostrError.Code)] = [
      ("npub", [1, 2], .invalidLength), ("nprofile", [0, 32, 1], .invalidLength),
      ("nprofile", [0], .invalidLength), ("nprofile", [1, 1, 0x61], .missingField),
      ("nprofile", [0, 1, 1], .invalidLength), ("naddr", [0, 1, 0xff], .invalidUTF8),
      ("naddr", [0, 1, 0x61], .missingField),
      ("naddr", [0, 1, 0x61, 2, 32] + author + [3, 4, 255, 255, 255, 255], .outOfRange),
      ("nevent", [0, 32] + author + [3, 1, 1], .outOfRange),
      ("nrelay", [0, 1, 0x61], .wrongPrefix),
    ]
    for (prefix, raw, wanted) in cases {
      let text = Bech32.encode(hrp: prefix, raw)
      #expect(code { try NIP19(parsing: text) } == wanted, "\(prefix) \(raw)")
    }
  }
}

@Suite struct Bech32Tests {
  @Test(arguments: [
    "A12UEL5L", "a12uel5l",
    "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
    "11qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqc8247j",
  ])
  func `the published strings are read and written`(text: String) throws {
    let (hrp, bytes) = try Bech32.decode(text)
    #expect(Bech32.encode(hrp: hrp, bytes) == text.lowercased())
  }

  @Test(arguments: [
    "", "1", "pzry9x0s0muk", "1pzry9x0s0muk", "x1b4n0q5v", "li1dgmt3", "A1G7SGD8", "10a06t8",
    "1qzzfhee", "a12UEL5L", "a12uel5m", "a\u{7f}12uel5l", "é12uel5l",
  ])
  func `broken strings are refused`(text: String) {
    #expect(code { try Bech32.decode(text) } == .invalidBech32)
  }

  @Test func `a string over the limit is refused before it is read`() {
    let text = Bech32.encode(hrp: "x", [UInt8](repeating: 1, count: 100))
    #expect(code { try Bech32.decode(text, limit: 90) } == .tooLarge)
  }
}

@Suite struct NIP49Tests {
  static let published =
    "ncryptsec1qgg9947rlpvqu76pj5ecreduf9jxhselq2nae2kghhvd5g7dgjtcxfqtd67p9m0w57lspw8gsq6yphnm8"
    + "623nsl8xn9j4jdzz84zm3frztj3z7s35vpzmqf6ksu8r89qk5z2zxfmu5gv8th8wclt0h4p"

  @Test func `the published key opens with its password`() throws {
    let secret = try NIP49.decrypt(Self.published, password: "nostr")
    #expect(
      secret.withBytes { Hex.string($0) }
        == "3501454135014541350145413501453fefb02227e449e57cf4d3a3ce05378683")
  }

  @Test func `a key comes back with its password and with no other`() throws {
    let text = try NIP49.encrypt(People.alice, password: "open", cost: 4)
    #expect(try NIP49.decrypt(text, password: "open").publicKey == People.alice.publicKey)
    #expect(code { try NIP49.decrypt(text, password: "opem") } == .wrongPassword)
    #expect(try NIP49.encrypt(People.alice, password: "open", cost: 4) != text)
  }

  @Test func `a password typed in another normal form is the same`() throws {
    let text = try NIP49.encrypt(
      People.alice, password: "\u{212b}\u{2126}\u{1e9b}\u{323}", cost: 4)
    let typed = "\u{c5}\u{3a9}\u{1e69}"
    #expect(try NIP49.decrypt(text, password: typed).publicKey == People.alice.publicKey)
  }

  @Test func `a key that asks for too much memory is refused untried`() throws {
    var (_, raw) = try Bech32.decode(Self.published)
    for cost in [UInt8(0), 21, 63, 255] {
      raw[1] = cost
      let text = Bech32.encode(hrp: "ncryptsec", raw)
      #expect(code { try NIP49.decrypt(text, password: "nostr") } == .tooExpensive)
    }
    #expect(code { try NIP49.encrypt(People.alice, password: "x", cost: 21) } == .outOfRange)
  }

  @Test func `another version, length or prefix is refused`() throws {
    let (_, raw) = try Bech32.decode(Self.published)
    let version = Bech32.encode(hrp: "ncryptsec", [1] + raw.dropFirst())
    #expect(code { try NIP49.decrypt(version, password: "nostr") } == .unknownVersion)
    let short = Bech32.encode(hrp: "ncryptsec", raw.dropLast())
    #expect(code { try NIP49.decrypt(short, password: "nostr") } == .invalidLength)
    let prefix = Bech32.encode(hrp: "nsec", raw)
    #expect(code { try NIP49.decrypt(prefix, password: "nostr") } == .wrongPrefix)
  }

  @Test func `the recorded handling cannot be changed`() throws {
    let text = try NIP49.encrypt(People.alice, password: "x", cost: 2, handling: .secure)
    var (_, raw) = try Bech32.decode(text)
    raw[42] = NIP49.Handling.insecure.rawValue
    let changed = Bech32.encode(hrp: "ncryptsec", raw)
    #expect(code { try NIP49.decrypt(changed, password: "x") } == .wrongPassword)
  }
}
