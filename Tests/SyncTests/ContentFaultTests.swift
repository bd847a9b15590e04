import FourA
import Home
import Nostr
import Replica
import Studio
import Testing
import Threads

@testable import Sync

/// Events as relays and strangers may make them (sync.md 3, content faults).
@Suite(.serialized) struct ContentFaultTests {
  private let now = SystemCall.now()

  @Test
  func `1: one wrap from two relays, twice in a page, and one event in two wraps is one event`()
    throws
  {
    let room = try Room()
    let (one, two) = (try LyingRelay { $0.sendsTwice = true }, try LyingRelay())
    let rig = try Rig(relays: [one.url, two.url])
    try rig.join(room, on: one)
    let card = try room.card("once")
    let (first, second) = (try card.wrapped(by: .bob), try card.wrapped(by: .bob))
    one.publish(first, first, second)
    two.publish(second, first)
    try rig.wait("the card") { try rig.has(card) }
    // Read from the beginning once more, on both.
    rig.stop()
    try rig.start()
    try rig.waitUntilCaughtUp()
    let marker = try room.card("after")
    one.publish(try marker.wrapped(by: .bob))
    try rig.wait("what comes after") { try rig.has(marker) }
    #expect(try rig.titles(in: room).sorted() == ["after", "once"])
    let changes = try rig.reader.changes(since: 0, limit: 1_000).filter { $0.eventID == card.id }
    #expect(changes.count == 1, "and it is told once")
  }

  @Test func `2: versions in the wrong order, and of one second`() throws {
    let room = try Room()
    let relay = try LyingRelay()
    let rig = try Rig(relays: [relay.url])
    try rig.join(room, on: relay)
    let old = try room.card("old", at: 10, d: "x")
    let new = try room.card("new", at: 11, d: "x")
    let twins = [try room.card("left", at: 12, d: "y"), try room.card("right", at: 12, d: "y")]
    relay.publish(try new.wrapped(by: .bob), try old.wrapped(by: .bob))
    relay.publish(try twins.map { try $0.wrapped(by: .bob) })
    try rig.wait("all of it") { try (twins + [old, new]).allSatisfy { try rig.has($0) } }
    let winner = try #require(twins.min { $0.id < $1.id })
    #expect(
      try rig.titles(in: room).sorted()
        == ["new", winner.id == twins[0].id ? "left" : "right"].sorted())
  }

  @Test func `3: back-dated wraps live, while disconnected, and on another relay alone`() throws {
    let room = try Room()
    let (one, two) = (try LyingRelay(), try LyingRelay())
    let rig = try Rig(relays: [one.url, two.url])
    try rig.join(room, on: one)
    try rig.waitUntilCaughtUp()
    let ages: [Int64] = [0, 47 * 3600, 7 * 86_400, 60 * 86_400]
    for age in ages {
      let card = try room.card("live \(age)")
      one.publish(try card.wrapped(by: .bob, at: now - age))
      try rig.wait("live, \(age) s back-dated") { try rig.has(card) }
    }
    // Stored while nobody listens; back-dated by as much as NIP-59 allows.
    rig.stop()
    let missed = try room.card("missed")
    one.store([try missed.wrapped(by: .bob, at: now - 47 * 3600)])
    try rig.start()
    try rig.wait("what was stored meanwhile") { try rig.has(missed) }
    // On a relay that is read to its end already.
    let elsewhere = try room.card("elsewhere")
    two.publish(try elsewhere.wrapped(by: .bob, at: now - 60 * 86_400))
    try rig.wait("the other relay's") { try rig.has(elsewhere) }
  }

  @Test func `4: a wrap from the future moves no cursor, and no number that is none is taken`()
    throws
  {
    let room = try Room()
    let relay = try LyingRelay()
    let rig = try Rig(relays: [relay.url])
    try rig.join(room, on: relay)
    let future = try [3_600, 86_400, 4_102_444_800 - now, (1 << 53) - 1 - now].map { ahead in
      try room.card("ahead \(ahead)").wrapped(by: .bob, at: now + ahead)
    }
    relay.publish(future)
    let good = try room.card("good")
    let wrap = try good.wrapped(by: .bob)
    for time in ["-1", "1.5", "1e9", "\"\(now)\"", "9007199254740993", "null"] {
      relay.push(
        wrap.text.replacing("\"created_at\":\(wrap.createdAt)", with: "\"created_at\":\(time)"))
    }
    rig.stop()
    let missed = try room.card("missed")
    relay.store([try missed.wrapped(by: .bob)])
    try rig.start()
    try rig.wait("what is dated now") { try rig.has(missed) }
    #expect(try !rig.has(good), "its wraps had no time that is one")
    relay.publish(wrap)
    try rig.wait("the same with its own time") { try rig.has(good) }
  }

  @Test func `5: a forged copy that comes first does not keep the good one out`() throws {
    let room = try Room()
    let (liar, honest) = (try LyingRelay(), try LyingRelay())
    let rig = try Rig(relays: [liar.url, honest.url])
    try rig.join(room, on: honest)
    let card = try room.card("true")
    let wrap = try card.wrapped(by: .bob)
    let other = try room.card("other").wrapped(by: .bob)
    let badSignature = wrap.text.replacing(wrap.sig.hex, with: other.sig.hex)
    let badID = wrap.text.replacing(wrap.id.hex, with: other.id.hex)
    let badBody = wrap.text.replacing(wrap.content, with: other.content)
    for _ in 0..<2 { for text in [badSignature, badID, badBody] { liar.push(text) } }
    let marker = try room.card("marker")
    liar.publish(try marker.wrapped(by: .bob))
    try rig.wait("what the liar says last") { try rig.has(marker) }
    #expect(try !rig.has(card))
    #expect(try !rig.reader.knowsWrap(wrap.id))
    honest.publish(wrap)
    try rig.wait("the good copy") { try rig.has(card) }
  }

  @Test func `6: a broken seal or rumor is refused, and leaves the next one be`() throws {
    let room = try Room()
    let relay = try LyingRelay()
    let rig = try Rig(relays: [relay.url])
    try rig.join(room, on: relay)
    let card = try room.card("broken")
    let bob = try Person.bob.secret
    let alice = try Person.alice.key
    let key = try ConversationKey(secret: bob, peer: alice)

    func sealed(_ json: [UInt8], kind: Int = 13, tags: [Tag] = []) throws -> Event {
      try UnsignedEvent(
        pubkey: bob.publicKey, createdAt: now, kind: kind, tags: tags,
        content: try NIP44.encrypt(json, with: key)
      ).signed(by: bob)
    }
    func text(_ from: String, _ to: String) -> [UInt8] {
      Array(card.text.replacing(from, with: to).utf8)
    }
    let others = try room.card("broken", by: .carol)
    let seals = [
      try sealed(card.json, kind: 14), try sealed(card.json, tags: [Tag("p", alice.hex)]),
      try sealed(others.json), try sealed(text(card.id.hex, others.id.hex)),
      try sealed(text(",\"sig\":\"\(card.sig.hex)\"", "")),
      try sealed(text(card.sig.hex, others.sig.hex)), try sealed(Array("{}".utf8)),
      try sealed(Array("nonsense".utf8)),
    ]
    let good = try room.card("good")
    relay.publish(try seals.map { try GiftWrap.wrap($0, to: alice, createdAt: now - 5) })
    relay.publish(try good.wrapped(by: .bob))
    try rig.wait("the good one") { try rig.has(good) }
    #expect(try rig.titles(in: room) == ["good"])
    #expect(try rig.status().object?["pending"]?.integer == 0)
  }

  @Test func `7: ciphertext that is none is refused, whatever is wrong with it`() throws {
    let room = try Room()
    let relay = try LyingRelay()
    let rig = try Rig(relays: [relay.url])
    try rig.join(room, on: relay)
    let content = try room.card("x").wrapped(by: .bob).content
    let heads = ["A", "AQ", "Aw", "#"]
    var damaged: [String] = heads.map { $0 + String(content.dropFirst($0.utf8.count)) }
    damaged += [4, 5, 6].map { String(content.dropLast($0)) }
    damaged += ["====", "\n", "!"].map { content + $0 }
    damaged += ["", "#", String(content.prefix(131)), String(content.dropLast(6)) + "AAAAAA"]
    damaged.append(content.replacing("A", with: "-"))
    for text in damaged {
      let event = try UnsignedEvent(
        pubkey: Person.mallory.key, createdAt: now - 7, kind: 1059,
        tags: [Tag("p", Person.alice.key.hex)], content: text
      ).signed(by: Person.mallory.secret)
      relay.publish(event)
    }
    let good = try room.card("good")
    relay.publish(try good.wrapped(by: .bob))
    try rig.wait("the good one") { try rig.has(good) }
    #expect(try rig.titles(in: room) == ["good"])
  }

  @Test func `8: frames that are no messages are passed over, a monstrous one ends the connection`()
    throws
  {
    let room = try Room()
    let relay = try LyingRelay()
    let rig = try Rig(relays: [relay.url])
    try rig.join(room, on: relay)
    let card = try room.card("x").wrapped(by: .bob)
    let id = card.id.hex
    let frames: [String] = [
      "", "{}", "[]", "nonsense", "[\"EVENT\"]", "[\"LIMITS\",{}]", "[\"EOSE\",7]",
      "[\"EVENT\",\"tail-1\",{\"id\":\"\(id)\",\"id\":\"\(id)\"}]",
      "[\"NOTICE\",\"\u{1b}[2J\u{202e}hello\"]", "[\"OK\",\"\",false,\"\"]",
      String(repeating: "[", count: 100_000),
    ]
    for text in frames { relay.say(text) }
    let tags = String(repeating: "[\"a\"],", count: 5_000)
    relay.say("[\"EVENT\",\"x\",{\"tags\":[" + tags + "[\"a\"]]}]")
    relay.push(card.text.replacing("\"content\":\"", with: "\"content\":\"\\ud800"))
    relay.sendBytes([0x81, 0x03, 0x22, 0xff, 0xfe])  // Not UTF-8.
    relay.sendBytes([0x82, 0x02, 0x01, 0x02])  // Binary.
    relay.sendBytes([0x09 | 0x80, 0x01, 0x41])  // A ping.
    let good = try room.card("good")
    relay.publish(try good.wrapped(by: .bob))
    try rig.wait("the good one") { try rig.has(good) }
    let before = relay.opened
    // A text frame of 20 MB.
    let head: [UInt8] = [0x81, 127, 0, 0, 0, 0, 0x01, 0x31, 0x2d, 0x00]
    relay.sendBytes(head)
    relay.sendBytes([UInt8](repeating: 0x20, count: 20_000_000))
    try rig.wait("a new connection") { relay.opened > before }
    let after = try room.card("after")
    relay.publish(try after.wrapped(by: .bob))
    relay.store([])
    try rig.wait("what comes after") { try rig.has(after) }
  }

  @Test func `8: two d tags that look the same are two cards`() throws {
    let room = try Room()
    let relay = try LyingRelay()
    let rig = try Rig(relays: [relay.url])
    try rig.join(room, on: relay)
    let cards = try ["\u{e9}", "e\u{301}", "a\nb", "a\r\nb"].enumerated().map { index, d in
      try room.card("card \(index)", d: d)
    }
    relay.publish(try cards.map { try $0.wrapped(by: .bob) })
    try rig.wait("all of them") { try cards.allSatisfy { try rig.has($0) } }
    #expect(try rig.titles(in: room).count == 4)
  }

  @Test func `9: a second that holds 1,200 wraps is read to its end`() throws {
    let room = try Room()
    let relay = try LyingRelay()
    relay.store(try (0..<1_200).map { try room.card("c\($0)").wrapped(by: .bob, at: now - 9_000) })
    relay.store([try room.card("older").wrapped(by: .bob, at: now - 9_001)])
    let rig = try Rig(relays: [relay.url])
    try rig.join(room, on: relay)
    try rig.wait("all of them", milliseconds: 60_000) { try rig.titles(in: room).count == 1_201 }
  }

  @Test func `11: other people's wraps and kinds that nobody asked for are no events`() throws {
    let room = try Room()
    let relay = try LyingRelay()
    let rig = try Rig(relays: [relay.url])
    try rig.join(room, on: relay)
    let other = try room.card("for carol").wrapped(by: .bob, to: .carol)
    let note = try UnsignedEvent(
      pubkey: Person.bob.key, createdAt: now, kind: 1, content: "hello"
    ).signed(by: Person.bob.secret)
    let twoReaders = try UnsignedEvent(
      pubkey: Person.mallory.key, createdAt: now, kind: 1059,
      tags: [Tag("p", Person.alice.key.hex), Tag("p", Person.carol.key.hex)],
      content: other.content
    ).signed(by: Person.mallory.secret)
    for event in [other, note, twoReaders] { relay.push(event.text) }
    relay.lie { $0.stuffing = [other, note, twoReaders] }
    let good = try room.card("good")
    relay.publish(try good.wrapped(by: .bob))
    try rig.wait("the good one") { try rig.has(good) }
    #expect(try rig.titles(in: room) == ["good"])
    #expect(try !rig.reader.knowsWrap(other.id))
  }
}
