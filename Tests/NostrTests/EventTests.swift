import Testing

@testable import Nostr

@Suite struct EventTests {
  let key = "f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9"

  @Test func `an id is the one that JavaScript computes`() throws {
    let content = "line\nquote\" back\\ tab\t cr\r bs\u{8} ff\u{c} slash/ é 😀 \u{2028}"
    let event = UnsignedEvent(
      pubkey: try #require(PublicKey(hex: key)), createdAt: 1_700_000_000, kind: 1,
      tags: [Tag("t", "x"), Tag("d")], content: content)
    #expect(
      event.id().hex == "7469b9dba1827c38c3694675c40c071859e94e51ee6b856312f9a3d35809fa5b")
  }

  @Test func `control bytes and DEL in a foreign event hash in the JavaScript form`() throws {
    let content = "line\nquote\" back\\ tab\t cr\r bs\u{8} ff\u{c} slash/ é 😀 \u{2028}\u{7f}"
    let event = UnsignedEvent(
      pubkey: try #require(PublicKey(hex: key)), createdAt: 1_700_000_000, kind: 1,
      tags: [Tag("e", "\u{1}"), Tag("t", "a\u{1f}b")], content: content)
    #expect(
      event.id().hex == "c62ea293f250debd180bed6c10c31c8787019e0c547035383784ac7ef2d1b7a7")
  }

  @Test func `the public key of the scalar three is that of BIP-340's first vector`() {
    #expect(People.alice.publicKey.hex == key)
  }

  @Test func `a signed event verifies and survives its own JSON`() throws {
    let event = try note(tags: [Tag("p", key), Tag("t", "naïve", "")], "a/b \"c\"\n")
    try event.verify()
    let again = try Event(parsing: event.json)
    #expect(again == event)
    #expect(again.json == event.json)
  }

  @Test(arguments: ["\u{0}", "\u{1}", "\u{b}", "\u{1f}", "\u{7f}"])
  func `text without one portable form is not authored`(text: String) {
    #expect(code { try note("a\(text)") } == .unportableText)
    #expect(code { try note(tags: [Tag("t", text)]) } == .unportableText)
  }

  @Test func `an event outside the limits is not authored`() {
    #expect(code { try note(kind: 65_536) } == .outOfRange)
    #expect(code { try note(at: -1) } == .outOfRange)
    #expect(code { try note(at: 1 << 53 + 1) } == .outOfRange)
    #expect(code { try note(tags: [Tag(fields: [])]) } == .wrongType)
    let tags = [Tag](repeating: Tag("t"), count: EventLimits.tags + 1)
    #expect(code { try note(tags: tags) } == .tooLarge)
    #expect(code { try note(String(repeating: "a", count: EventLimits.eventBytes)) } == .tooLarge)
  }

  @Test func `an event of another's key is not signed`() {
    let event = UnsignedEvent(pubkey: People.bob.publicKey, createdAt: 1, kind: 1)
    #expect(code { try event.signed(by: People.alice) } == .authorMismatch)
  }

  @Test func `the later event wins, and at equal times the lowest id`() throws {
    let old = try note(at: 10)
    let new = try note(at: 11)
    #expect(Event.precedes(newer: new, old) && !Event.precedes(newer: old, new))
    let other = try note(at: 10, "other")
    let (low, high) = old.id < other.id ? (old, other) : (other, old)
    #expect(Event.precedes(newer: low, high) && !Event.precedes(newer: high, low))
    #expect(!Event.precedes(newer: low, low))
  }

  @Test(arguments: [
    (0, true, false, false), (1, false, false, false), (3, true, false, false),
    (10_000, true, false, false), (19_999, true, false, false), (20_000, false, false, true),
    (29_999, false, false, true), (30_000, false, true, false), (39_999, false, true, false),
    (40_000, false, false, false),
  ])
  func `a kind tells how it is stored`(
    kind: Int, replaceable: Bool, addressable: Bool, ephemeral: Bool
  ) throws {
    let event = try note(kind: kind)
    #expect(event.isReplaceable == replaceable)
    #expect(event.isAddressable == addressable)
    #expect(event.isEphemeral == ephemeral)
  }

  @Test func `composed and decomposed names are different tags and addresses`() throws {
    let composed = "\u{e9}"
    let decomposed = "e\u{301}"
    #expect(composed == decomposed, "Swift's own equality, which we must not use")
    #expect(!sameBytes(composed, decomposed))
    #expect(Tag("d", composed) != Tag("d", decomposed))
    let owner = People.alice.publicKey
    let one = Address(kind: 30_530, pubkey: owner, d: composed)
    let two = Address(kind: 30_530, pubkey: owner, d: decomposed)
    #expect(one != two)
    #expect(Set([one, two]).count == 2)
    #expect(JSON.string(composed) != JSON.string(decomposed))
  }

  @Test func `an address keeps the colons of its d`() throws {
    let text = "30530:\(key):a:b:"
    let address = try #require(Address(text))
    #expect(address.d == "a:b:")
    #expect(address.text == text)
    for wrong in ["30530:\(key)", "030530:\(key):a", "-1:\(key):a", "65536:\(key):", "x:\(key):"] {
      #expect(Address(wrong) == nil, "\(wrong)")
    }
    #expect(Address("30530:\(key.uppercased()):a") == nil)
  }

  @Test func `tags are found by name`() throws {
    let event = try note(
      kind: 30_530, tags: [Tag("d"), Tag("d", "x"), Tag("p", "1"), Tag("p", "2")])
    #expect(event.d == "x")
    #expect(event.tagValues("p") == ["1", "2"])
    #expect(event.firstTag("q") == nil)
    #expect(event.address.text == "30530:\(key):x")
  }
}
