import TestKit
import Testing

@testable import Nostr

@Suite struct PackingTests {
  static let contents = [
    "", "hello", "naïve 😀\n\"\\", "AAAA", "AAA=", "AA==", "AB==", "AAA", "A===", "====", "QUJD\n",
    String(repeating: "Zm9v", count: 300), String(repeating: "x", count: 7_001),
  ]

  @Test(arguments: contents)
  func `what is packed comes back byte for byte`(content: String) throws {
    let event = try note(
      at: 1_700_000_000, kind: 30533,
      tags: [
        Tag("d", "é"), Tag("e", People.bob.publicKey.hex, ""), Tag("x"),
        Tag("p", People.bob.publicKey.hex.uppercased(), People.bob.publicKey.hex + "0"),
      ], content)
    let again = try #require(Event(packed: event.packed))
    #expect(again == event)
    #expect(again.json == event.json)
    #expect(again.computedID() == event.id)
    try again.verify()
  }

  @Test func `a time before 1970 and the largest kind survive`() throws {
    let event = Event(
      id: EventID(SHA256.hash("id")), pubkey: People.bob.publicKey, createdAt: -5,
      kind: EventLimits.kind, tags: [], content: "x", sig: Signature())
    #expect(Event(packed: event.packed) == event)
  }

  @Test func `ciphertext takes two thirds of its JSON`() throws {
    let key = ConversationKey(bytes: SHA256.hash("pack"))
    let event = try note(
      tags: [Tag("d", "a card")], NIP44.encrypt([UInt8](repeating: 7, count: 1_200), with: key))
    #expect(event.packed.count * 3 < event.json.count * 2 + 300)
    #expect(try #require(Event(packed: event.packed)) == event)
  }

  @Test func `every cut of a packed event is refused or another event`() throws {
    let event = try note(tags: [Tag("d", "é"), Tag("e", People.bob.publicKey.hex)], "Zm9v")
    let packed = event.packed
    for end in 0..<packed.count {
      #expect(Event(packed: Array(packed[..<end])) != event)
    }
    var dice = SeededRandom(11)
    for _ in 0..<2_000 {
      var damaged = packed
      let place = Int.random(in: 0..<packed.count, using: &dice)
      damaged[place] ^= 1 << UInt8.random(in: 0..<8, using: &dice)
      guard let other = Event(packed: damaged) else { continue }
      #expect(other != event)
      #expect(Event(packed: other.packed) == other)
    }
  }
}
