import FourA
import Nostr
import Replica
import Studio
import TestKit
import Testing

/// What people and agents write in channels.
extension Words {
  static func root(_ name: ChannelName, topic: String = "") -> Payload {
    .card(.channelRoot(name, topic: topic, createdBy: "x"))
  }

  static func post(
    _ body: String, in mark: PostMark, on target: EventID = EventID(SHA256.hash("no root"))
  ) -> Payload {
    .comment(
      Comment(
        target: TargetReference(target), body: body, intent: mark.kind.rawValue, createdBy: "x",
        fabric: mark.fabric))
  }

  static func agent(_ connection: ConnectionID, _ name: String, retired: Bool = false) -> Payload {
    var card = Card.agent(connection, name: name, createdBy: "x")
    if retired { card.fabric = card.fabric?.setting("state", "retired") }
    return .card(card)
  }
}

extension ChannelName {
  static func named(_ text: String) throws -> ChannelName { try #require(ChannelName(text)) }
  var d: String { DTag.channel(name: text) }
}

extension ConnectionID {
  /// The same on every run.
  static func numbered(_ number: UInt8) -> ConnectionID {
    .random { Array(repeating: number, count: $0) }
  }
  var d: String { DTag.agent(connection: text) }
}

extension Room {
  func root(_ name: ChannelName, by author: Person, at time: Int64, topic: String = "") throws
    -> Event
  {
    try rumor(Words.root(name, topic: topic), d: name.d, by: author, at: time)
  }

  func post(
    _ body: String, in mark: PostMark, by author: Person, at time: Int64, on target: Event? = nil
  ) throws -> Event {
    try rumor(
      Words.post(body, in: mark, on: target?.id ?? EventID(SHA256.hash("no root"))),
      d: "post-\(body)", by: author, at: time)
  }
}

/// A seeded life of channels, with roots that race, posts before their roots, and everything that
/// may be wrong with either.
struct ChannelSet {
  let room: Room
  private(set) var arrivals: [Arrival] = []
  private var random: SeededRandom
  private var names: [ChannelName] = []
  private var roots: [Event] = []
  private var said: [Event] = []
  private var cards: [Event] = []
  private static let members: [Person] = [.alice, .bob, .carol, .dave, .erin]
  private let connections = (1...4).map { ConnectionID.numbered($0) }

  init(seed: UInt64) throws {
    room = try Room()
    random = SeededRandom(seed)
    let all = Self.members
    arrivals = [
      try room.declaration(epoch: 1, members: all, at: 100).open,
      // Erin goes: what she says afterwards is taken out again.
      try room.declaration(epoch: 2, members: [.alice, .bob, .carol, .dave], at: 400).open,
      try room.grant(epoch: 1, at: 101), try room.grant(epoch: 2, at: 401),
    ]
    names = try ["general", "arc:x", "arc:y"].map { try .named($0) }
    for index in 0..<6 { try card(index) }
    for index in 0..<14 { try root(index) }
    for index in 0..<14 { try registration(index) }
    for index in 0..<120 { try word(index) }
  }

  private mutating func pick<T>(_ items: [T]) -> T {
    items[Int.random(in: items.indices, using: &random)]
  }
  private mutating func chance(_ percent: Int) -> Bool {
    Int.random(in: 0..<100, using: &random) < percent
  }
  /// Seconds are few, so that many events share one.
  private mutating func time() -> Int64 { Int64.random(in: 200...600, using: &random) }

  private mutating func add(_ payload: Payload, d: String, by author: Person) throws -> Event {
    let time = time()
    let event = try room.rumor(
      payload, d: d, by: author, at: time, epoch: time < 400 || chance(10) ? 1 : 2)
    arrivals.append(event.wrapped())
    return event
  }

  private mutating func card(_ index: Int) throws {
    cards.append(
      try add(
        Words.card("Card \(index)", to: pick(Self.members)), d: "card-\(index)",
        by: pick(Self.members)))
  }

  /// Several people open one channel; some open it again with another topic, close it, pretend it
  /// is another one, or lose our block in a client that does not know it.
  private mutating func root(_ index: Int) throws {
    let name = pick(names)
    let author = pick(Self.members)
    var card = Card.channelRoot(name, topic: "topic \(index)", createdBy: "x")
    if chance(10) { card = card.deleted() }
    if chance(10) { card.fabric = nil }
    if chance(10) { card.kind = "note" }
    roots.append(
      try add(.card(card), d: chance(10) ? pick(names).d : name.d, by: author))
  }

  private mutating func registration(_ index: Int) throws {
    let connection = pick(connections)
    var payload = Words.agent(connection, "Agent \(index)", retired: chance(20))
    if chance(10), case .card(let card) = payload { payload = .card(card.deleted()) }
    _ = try add(
      payload, d: chance(10) ? pick(connections).d : connection.d, by: pick(Self.members))
  }

  private mutating func word(_ index: Int) throws {
    let author: Person = chance(4) ? .mallory : pick(Self.members)
    // Some say it again elsewhere, or as plain talk: an edit.
    for round in 0..<(chance(25) ? 2 : 1) {
      said.append(
        try add(try payload("word \(index).\(round)"), d: "word-\(index % 60)", by: author))
    }
  }

  private mutating func payload(_ body: String) throws -> Payload {
    let target = chance(50) ? pick(roots) : (said.randomElement(using: &random) ?? pick(cards))
    let id = chance(15) ? EventID(SHA256.hash("lost \(body)")) : target.id
    switch Int.random(in: 0..<10, using: &random) {
    case 0...3:
      var mark = PostMark(channel: pick(names), kind: pick(PostKind.allCases))
      if chance(40) { mark.connection = pick(connections) }
      if chance(40) { mark.root = pick(roots).address }
      if chance(40), let earlier = said.randomElement(using: &random) { mark.replyTo = earlier.id }
      if chance(10) { mark.replyTo = EventID(SHA256.hash("lost reply")) }
      while chance(30) {
        mark.mentions.append(
          Mention(try pick(Self.members).key, chance(50) ? pick(connections) : nil))
      }
      if chance(20) {
        return .question(
          Question(body: body, track: "channels", createdBy: "x", fabric: mark.fabric))
      }
      return Words.post(body, in: mark, on: id)
    case 4: return Words.question(body, on: chance(50) ? pick(cards) : pick(roots))
    case 5: return Words.answer(body, to: id)
    case 6: return Words.status(.done, on: pick(roots).id, address: nil)
    // By address a path can run in a circle.
    default:
      return Words.comment(
        body, on: id,
        address: chance(30) ? said.randomElement(using: &random)?.address : target.address)
    }
  }
}
