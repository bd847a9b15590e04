import FourA
import Nostr
import Replica
import Studio
import TestKit

/// A seeded life of a room: more than 500 events, with everything that may go wrong in it.
struct RecordedSet {
  let room: Room
  private(set) var arrivals: [Arrival] = []
  private var random: SeededRandom
  private var versions: [Event] = []
  private var comments: [Event] = []
  private var questions: [Event] = []
  private static let members: [Person] = [.alice, .bob, .carol, .dave, .erin]
  private static let tracks = ["backend", "frontend", "docs", "nowhere"]

  init(seed: UInt64) throws {
    room = try Room()
    random = SeededRandom(seed)
    try rosters()
    try names()
    for index in 0..<70 { try card(index) }
    for index in 0..<150 { try comment(index) }
    for index in 0..<120 { try status(index) }
    for index in 0..<30 { try question(index) }
    for index in 0..<40 { try answer(index) }
    try strangersAndLateComers()
  }

  private mutating func pick<T>(_ items: [T]) -> T {
    items[Int.random(in: items.indices, using: &random)]
  }
  /// Seconds are few, so that many events share one.
  private mutating func time() -> Int64 { Int64.random(in: 200...700, using: &random) }
  private mutating func chance(_ percent: Int) -> Bool {
    Int.random(in: 0..<100, using: &random) < percent
  }
  /// The epoch that was in force at a time, or an older one.
  private mutating func epoch(_ time: Int64) -> Int {
    let current = time < 400 ? 1 : time < 600 ? 2 : 3
    return chance(90) ? current : 1
  }

  private mutating func add(_ payload: Payload, d: String, by author: Person, at time: Int64) throws
    -> Event
  {
    let event = try room.rumor(payload, d: d, by: author, at: time, epoch: epoch(time))
    arrivals.append(event.wrapped())
    return event
  }

  private mutating func rosters() throws {
    let all = Self.members
    arrivals += [
      try room.declaration(epoch: 1, members: [.alice], at: 100).open,
      try room.declaration(epoch: 1, members: all, at: 110).open,
      try room.declaration(epoch: 2, members: [.alice, .bob, .carol, .dave], at: 400).open,
      try room.declaration(epoch: 3, members: [.alice, .bob, .carol, .dave], at: 600).open,
      try room.declaration(
        epoch: 3, members: [.alice, .bob, .carol, .dave], at: 650,
        pending: [.init(key: Person.mallory.key, expiresAt: 90_000)]
      ).open,
    ]
    for epoch in 1...3 { arrivals.append(try room.grant(epoch: epoch, at: 100 + Int64(epoch))) }
  }

  private mutating func names() throws {
    for person in Self.members {
      for round in 0..<2 {
        _ = try add(
          Words.profile("\(person.rawValue) \(round)"), d: DTag.profile(person.key), by: person,
          at: time())
      }
    }
    _ = try add(Words.profile("bob 0"), d: DTag.profile(Person.bob.key), by: .dave, at: 690)
    for index in 0..<24 {
      let author = pick(Self.members)
      let name = pick(Array(Self.tracks.dropLast()))
      _ = try add(Words.track(name, title: "\(name) \(index)"), d: name, by: author, at: time())
    }
    for index in 0..<8 {
      let author: Person = chance(60) ? .alice : .bob
      _ = try add(
        Words.room(chance(80) ? "team" : "other", title: "Room \(index)"), d: "team", by: author,
        at: time())
    }
  }

  private mutating func card(_ index: Int) throws {
    let author = pick(Self.members)
    let d = "card-\(index)"
    var previous: [EventID] = []
    for round in 0..<Int.random(in: 1...4, using: &random) {
      var fabric: Fabric?
      if chance(60) {
        fabric = Fabric(type: "card", fields: ["note": .string("n\(round)")])
        for id in previous { fabric = fabric?.adding(previous: id) }
        // Some claim an id that is another card's.
        if chance(10), let other = versions.randomElement(using: &random) {
          fabric = fabric?.adding(previous: other.id)
        }
      }
      let status = pick([CardStatus.open, .inProgress, .done, .archived, .open, .open, .deleted])
      let event = try add(
        Words.card(
          "Card \(index) round \(round)", body: "body \(index)", track: pick(Self.tracks),
          status: round == 0 ? .open : status, to: chance(70) ? pick(Self.members) : nil,
          kind: chance(5) ? "_hidden" : "task", fabric: fabric), d: d, by: author, at: time())
      previous.append(event.id)
      versions.append(event)
    }
  }

  private mutating func comment(_ index: Int) throws {
    let author = pick(Self.members)
    let onComment = chance(20) ? comments.randomElement(using: &random) : nil
    let target = onComment ?? pick(versions)
    // Some name an event that nobody has, and an address that finds the card all the same.
    let id = chance(10) ? EventID(SHA256.hash("lost \(index)")) : target.id
    for round in 0..<(chance(25) ? 2 : 1) {
      comments.append(
        try add(
          Words.comment("comment \(index).\(round)", on: id, address: target.address),
          d: "comment-\(index)", by: author, at: time()))
    }
  }

  private mutating func status(_ index: Int) throws {
    let target = pick(versions)
    let status = pick([CardStatus.open, .inProgress, .done, .archived])
    let author = chance(50) ? Person.allCases.first { (try? $0.key) == target.pubkey } : nil
    _ = try add(
      Words.status(status, on: target.id, address: chance(50) ? target.address : nil),
      d: "status-change:\(index)", by: author ?? pick(Self.members), at: time())
  }

  private mutating func question(_ index: Int) throws {
    let card = chance(80) ? pick(versions) : nil
    questions.append(
      try add(
        Words.question("question \(index)", on: card), d: "question-\(index)",
        by: pick(Self.members), at: time()))
  }

  private mutating func answer(_ index: Int) throws {
    let target = chance(90) ? pick(questions) : pick(comments)
    _ = try add(
      Words.answer("answer \(index)", to: target.id), d: "answer-\(index)",
      by: pick(Self.members), at: time())
  }

  private mutating func strangersAndLateComers() throws {
    for index in 0..<10 {
      // A stranger, somebody after their removal, and people ahead of their time.
      _ = try add(Words.card("Forged"), d: "forged-\(index)", by: .mallory, at: time())
      _ = try add(
        Words.card("After removal"), d: "late-\(index)", by: .erin, at: 450 + Int64(index))
      let target = pick(versions)
      _ = try add(
        Words.status(.done, on: target.id), d: "future-\(index)", by: .alice,
        at: 20_000 + Int64(index))
      _ = try add(
        Words.card("From the future"), d: "card-\(index)", by: pick(Self.members),
        at: 20_000 + Int64(index))
    }
  }
}
