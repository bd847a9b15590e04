import TestKit
import Testing

@testable import Nostr

/// SeededRandom mutations: each gives a value that survives its own text, or a `NostrError`.
@Suite struct FuzzTests {
  private func mutated(_ input: [UInt8], _ dice: inout SeededRandom) -> [UInt8] {
    var out = input
    for _ in 0..<Int.random(in: 1...3, using: &dice) {
      guard !out.isEmpty else { return out }
      let place = Int.random(in: 0..<out.count, using: &dice)
      switch Int.random(in: 0..<7, using: &dice) {
      case 0: out[place] = UInt8.random(in: 0...255, using: &dice)
      case 1: out[place] ^= 1 << UInt8.random(in: 0..<8, using: &dice)
      case 2: out.remove(at: place)
      case 3: out.insert(bytes("\"\\{}[],:0-e.u").randomElement(using: &dice) ?? 0, at: place)
      case 4: out.removeSubrange(place...)
      case 5: out.insert(contentsOf: out[place...].prefix(9), at: place)
      default: out.removeSubrange(place..<min(out.count, place + 5))
      }
    }
    return out
  }

  @Test func `a damaged event is refused or survives its own JSON`() throws {
    let seed = try note(tags: [Tag("d", "é"), Tag("p", "x", "\n")], "a\u{1f600}\"\\").json
    var dice = SeededRandom(1)
    for _ in 0..<2_000 {
      let text = mutated(seed, &dice)
      guard let event = try? Event(parsing: text) else { continue }
      #expect(try Event(parsing: event.json) == event)
    }
  }

  @Test func `damaged JSON is refused or survives its own text`() throws {
    let seed = bytes(
      #"{"a":[1,-2.5e3,null,true,{"b":"\ud83d\ude00\n\u0000"}],"é":{"c":[[]]},"d":0}"#)
    var dice = SeededRandom(2)
    for _ in 0..<2_000 {
      let text = mutated(seed, &dice)
      guard let value = try? JSON(parsing: text) else { continue }
      #expect(try JSON(parsing: value.bytes) == value)
    }
  }

  @Test func `a damaged payload is refused`() throws {
    let key = ConversationKey(bytes: SHA256.hash("fuzz"))
    let seed = bytes(try NIP44.encrypt(bytes("plaintext"), with: key))
    var dice = SeededRandom(3)
    for _ in 0..<1_000 {
      let text = String(decoding: mutated(seed, &dice), as: UTF8.self)
      guard !text.utf8.elementsEqual(seed) else { continue }
      #expect(throws: NostrError.self) { try NIP44.decrypt(text, with: key) }
    }
  }

  @Test func `a damaged name is refused or is written back as it was`() throws {
    let seed = bytes(
      NIP19.event(.init(id: EventID(SHA256.hash("x")), relays: ["wss://a"], kind: 1)).text)
    var dice = SeededRandom(4)
    for _ in 0..<1_000 {
      let text = String(decoding: mutated(seed, &dice), as: UTF8.self)
      _ = try? NIP19(parsing: text)
      guard let (hrp, raw) = try? Bech32.decode(text) else { continue }
      #expect(sameBytes(Bech32.encode(hrp: hrp, raw), text.lowercased()))
    }
  }

  @Test func `a damaged frame is refused or survives, and the light scan agrees`() throws {
    let event = try note(tags: [Tag("p", "x")])
    let seeds = [
      RelayMessage.event("s", event).bytes, RelayMessage.ok(event.id, true, .none).bytes,
      ClientMessage.req("s", [Filter(kinds: [1], tags: ["p": ["x"]], limit: 2)]).bytes,
      ClientMessage.event(event).bytes,
    ]
    var dice = SeededRandom(5)
    for index in 0..<2_000 {
      let text = mutated(seeds[index % seeds.count], &dice)
      if let message = try? ClientMessage(parsing: text) {
        #expect(try ClientMessage(parsing: message.bytes).bytes == message.bytes)
      }
      let scanned = FrameScan.eventID(in: text)
      guard let message = try? RelayMessage(parsing: text) else { continue }
      #expect(try RelayMessage(parsing: message.bytes).bytes == message.bytes)
      if case .event(let id, let event) = message, let scanned {
        #expect(scanned.id == event.id && sameBytes(scanned.subscription, id))
      }
    }
  }
}
