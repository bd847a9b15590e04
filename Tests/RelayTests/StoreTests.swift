import Nostr
import Replica
import Testing

@testable import Relay

/// Either store, by name, so that one suite holds for both.
enum StoreKind: String, CaseIterable, Sendable {
  case memory, sqlite

  func make(clock: @escaping @Sendable () -> Int64 = { 1_000_000 }) throws -> any EventStore {
    switch self {
    case .memory: MemoryStore()
    case .sqlite: try RelayArchive(path: ":memory:", clock: clock)
    }
  }
}

/// Made-up members; their keys are fixed so that a failure repeats.
enum Actor {
  static let alice = key(0x11)
  static let bob = key(0x22)
  static let carol = key(0x33)

  private static func key(_ byte: UInt8) -> SecretKey {
    guard let key = try? SecretKey(bytes: [UInt8](repeating: byte, count: 32)) else {
      fatalError("a fixed test key is valid")
    }
    return key
  }
}

func event(
  by author: SecretKey = Actor.alice, kind: Int = 1, at time: Int64 = 1_000_000,
  tags: [Nostr.Tag] = [],
  _ content: String = ""
) throws -> Event {
  try UnsignedEvent(
    pubkey: author.publicKey, createdAt: time, kind: kind, tags: tags, content: content
  ).signed(by: author)
}

extension EventStore {
  func save(_ event: Event) throws -> Reason? { try save([(event, event.json)])[0] }

  func all(
    _ filter: Filter, at now: Int64 = 1_000_000, readers: [PublicKey]? = nil,
    after: (createdAt: Int64, id: EventID)? = nil
  ) throws -> [EventID] {
    var found: [EventID] = []
    try query(filter, at: now, wrapsFor: readers, after: after) { _, id, json in
      let told = try Event(parsing: json)
      #expect(told.id == id)
      found.append(id)
      return true
    }
    return found
  }
}

@Suite struct StoreTests {
  @Test(arguments: StoreKind.allCases)
  func `saving twice keeps one`(kind: StoreKind) throws {
    let store = try kind.make()
    let one = try event()
    #expect(try store.save(one) == nil)
    #expect(try store.save(one)?.prefix == .duplicate)
    #expect(try store.all(Filter()) == [one.id])
  }

  @Test(arguments: StoreKind.allCases, [0, 10_002, 30_520])
  func `at equal times the lowest id stays, whichever came first`(kind: StoreKind, event: Int)
    throws
  {
    let rivals = try (0..<4).map { try RelayTests.event(kind: event, tags: [["d", "x"]], "\($0)") }
    let lowest = try #require(rivals.map(\.id).min())
    for first in rivals {
      let store = try kind.make()
      _ = try store.save(first)
      for rival in rivals { _ = try store.save(rival) }
      #expect(try store.all(Filter()) == [lowest])
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `a newer version takes the place of the old one and its tags`(kind: StoreKind) throws {
    let store = try kind.make()
    let old = try event(kind: 30_530, at: 10, tags: [["d", "x"], ["e", "old"]])
    let new = try event(kind: 30_530, at: 11, tags: [["d", "x"], ["e", "new"]])
    let other = try event(kind: 30_530, at: 9, tags: [["d", "y"], ["e", "old"]])
    #expect(try store.save(old) == nil)
    #expect(try store.save(new) == nil)
    #expect(try store.save(other) == nil)
    #expect(try store.save(old)?.prefix == .replaced)
    #expect(try store.all(Filter(tags: ["e": ["old"]])) == [other.id])
    #expect(try store.all(Filter(tags: ["d": ["x"]])) == [new.id])
  }

  @Test(arguments: StoreKind.allCases)
  func `d tags that look alike but differ in bytes are two`(kind: StoreKind) throws {
    let store = try kind.make()
    for d in ["e\u{301}", "\u{e9}", "a\r\n", "a\n"] {
      #expect(try store.save(event(kind: 30_530, tags: [["d", d]])) == nil)
    }
    #expect(try store.all(Filter()).count == 4)
    #expect(try store.all(Filter(tags: ["d": ["\u{e9}"]])).count == 1)
  }

  @Test(arguments: StoreKind.allCases)
  func `what has expired is not told`(kind: StoreKind) throws {
    let store = try kind.make()
    let passing = try event(tags: [["expiration", "1000100"]])
    #expect(try store.save(passing) == nil)
    #expect(try store.all(Filter(), at: 1_000_099) == [passing.id])
    #expect(try store.all(Filter(), at: 1_000_100) == [])
    #expect(try store.count([Filter()], at: 1_000_100, wrapsFor: nil) == 0)
  }

  @Test(arguments: StoreKind.allCases)
  func `a wrap is told to its recipient when the reader counts`(kind: StoreKind) throws {
    let store = try kind.make()
    let wrap = try event(kind: 1059, tags: [["p", Actor.bob.publicKey.hex]])
    let note = try event()
    _ = try store.save(wrap)
    _ = try store.save(note)
    #expect(try store.all(Filter(), readers: nil).count == 2)
    #expect(try store.all(Filter(), readers: []) == [note.id])
    #expect(try store.all(Filter(), readers: [Actor.carol.publicKey]) == [note.id])
    #expect(try store.all(Filter(kinds: [1059]), readers: [Actor.bob.publicKey]) == [wrap.id])
    #expect(try store.count([Filter()], at: 0, wrapsFor: [Actor.carol.publicKey]) == 1)
  }

  @Test func `both stores give the same answers in the same order`() throws {
    let memory = try StoreKind.memory.make()
    let sqlite = try StoreKind.sqlite.make()
    var random = Numbers(seed: 7)
    let authors = [Actor.alice, Actor.bob, Actor.carol]
    let letters: [Character] = ["e", "p", "d", "t"]
    for number in 0..<300 {
      var tags: [Nostr.Tag] = []
      for _ in 0..<random.below(4) {
        tags.append([String(letters[random.below(4)]), "v\(random.below(3))"])
      }
      let kind = [1, 7, 1059, 10_002, 30_530][random.below(5)]
      let one = try event(
        by: authors[random.below(3)], kind: kind, at: Int64(random.below(20)), tags: tags,
        "\(number)")
      let verdict = try memory.save(one)
      #expect(try sqlite.save(one) == verdict)
    }
    let everything = try memory.all(Filter())
    for round in 0..<400 {
      var filter = Filter()
      if random.below(4) == 0 {
        filter.ids = (0..<3).map { _ in everything[random.below(everything.count)] }
      }
      if random.below(3) == 0 {
        filter.authors = (0...random.below(3)).map { _ in authors[random.below(3)].publicKey }
      }
      if random.below(2) == 0 {
        filter.kinds = (0...random.below(3)).map { _ in
          [1, 7, 1059, 10_002, 30_530][random.below(5)]
        }
      }
      for letter in letters where random.below(5) == 0 {
        filter.tags[letter] = (0...random.below(3)).map { _ in "v\(random.below(4))" }
      }
      if random.below(3) == 0 { filter.since = Int64(random.below(20)) }
      if random.below(3) == 0 { filter.until = Int64(random.below(20)) }
      let readers = random.below(3) == 0 ? [Actor.bob.publicKey] : nil
      let expected = try memory.all(filter, readers: readers)
      #expect(try sqlite.all(filter, readers: readers) == expected, "round \(round), seed 7")
      #expect(try sqlite.count([filter], at: 0, wrapsFor: readers) == expected.count)
      guard expected.count > 1 else { continue }
      let place = expected[random.below(expected.count)]
      let json = try #require(try memory.json(of: place))
      let after = (createdAt: try Event(parsing: json).createdAt, id: place)
      let rest = try memory.all(filter, readers: readers, after: after)
      #expect(try sqlite.all(filter, readers: readers, after: after) == rest)
    }
  }

  @Test func `a closed archive is found again as it was`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/relay.sqlite"
      let one = try event()
      do {
        let archive = try RelayArchive(path: path) { 0 }
        #expect(try archive.save(one) == nil)
      }
      #expect(try RelayArchive(path: path) { 0 }.all(Filter()) == [one.id])
    }
  }
}

extension EventStore {
  func json(of id: EventID) throws -> [UInt8]? {
    var found: [UInt8]?
    try query(Filter(ids: [id]), at: 0, wrapsFor: nil, after: nil) { _, _, json in
      found = json
      return false
    }
    return found
  }
}

/// Numbers that look random and repeat with the seed.
struct Numbers {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func below(_ end: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(end))
  }
}
