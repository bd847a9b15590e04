import FourA
import Foundation
import Home
import Nostr
import Replica
import Studio
import TestKit
import Testing
import Workspace

// Testing has types of these names too.
typealias Tag = Nostr.Tag
typealias Comment = Studio.Comment

/// People and keys that are the same on every run; alice looks at the screen.
enum Person: String, CaseIterable {
  case alice, bob, atlas
  /// Is a member without a name.
  case nameless
  /// Is never a member.
  case mallory

  var secret: SecretKey {
    get throws { try SecretKey(bytes: SHA256.hash("person:\(rawValue)").bytes) }
  }

  var key: PublicKey { get throws { try secret.publicKey } }

  static let members: [Person] = [.alice, .bob, .atlas, .nameless]
}

/// Alice's home with one room, filled through the same doors as everybody's, and without an engine:
/// a test plays the engine where it needs one.
final class World {
  let folder: String
  let home: Home
  let replica: Replica
  let keyring = Keyring()
  let audience: Audience
  let room: RoomID
  private let audienceSecret: SecretKey
  /// Friday, 2 January 2026, 14:03 UTC.
  static let now: Int64 = 1_767_362_580
  private var wraps = 0

  init(founded: Bool = false) throws {
    folder = NSTemporaryDirectory() + "panes-" + UUID().uuidString
    home = Home(directory: folder)
    _ = try Setup.initialise(
      home, name: "alice", relays: ["ws://127.0.0.1:1"],
      secret: Person.alice.secret.withBytes { Data($0) }.map { String(format: "%02x", $0) }
        .joined(),
      passphrase: nil)
    replica = try Replica(path: home.replicaFile, now: { World.now })
    audienceSecret = try SecretKey(bytes: SHA256.hash("audience").bytes)
    audience = try #require(Audience(key: audienceSecret.publicKey, slug: "team"))
    room = try replica.follow(
      audience, relation: founded ? .founded : .joined, keyring: keyring)
    try declare(audience, as: "Web team", signedBy: audienceSecret)
    for (index, person) in Person.members.enumerated() where person != .nameless {
      try post(
        .card(
          Card(
            kind: "_profile", track: "inbox", title: person.rawValue, body: "profile",
            createdBy: "x")), d: DTag.profile(person.key), by: person, at: 200 + Int64(index))
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private var epochSecret: SecretKey {
    get throws { try SecretKey(bytes: SHA256.hash("epoch").bytes) }
  }

  /// Another room of the same people, in which nothing has happened.
  func otherRoom(_ title: String) throws {
    let secret = try SecretKey(bytes: SHA256.hash("audience \(title)").bytes)
    let audience = try #require(Audience(key: secret.publicKey, slug: title.lowercased()))
    _ = try replica.follow(audience, relation: .joined, keyring: keyring)
    try declare(audience, as: title, signedBy: secret)
  }

  private func declare(
    _ audience: Audience, as title: String, signedBy audienceSecret: SecretKey
  ) throws {
    let declaration = try Declaration(
      audience: audience, name: title, epoch: 1, epochKey: epochSecret.publicKey,
      members: Person.members.map { try $0.key }, createdAt: 100
    ).event(signedBy: audienceSecret, createdAt: 100)
    let granted = try KeyGrant.event(
      epochSecret: epochSecret, epoch: 1, audience: audience, to: Person.alice.key,
      signedBy: audienceSecret, createdAt: 101)
    let grant = try KeyGrant(reading: granted)
    let secret = try grant.open(with: Person.alice.secret)
    _ = try replica.ingest(
      [
        .publicEvent(declaration, grant: nil, relay: 0),
        .publicEvent(
          granted, grant: OpenedGrant(grant, secret: secret, sealed: "sealed"), relay: 0),
      ], keyring: keyring)
  }

  /// Somebody says something; it arrives at once. Times are seconds before 14:03, or small absolute
  /// ones.
  @discardableResult
  func post(_ payload: Payload, d: String, by author: Person, at time: Int64) throws -> Event {
    let event = try rumor(payload, d: d, by: author, at: time)
    wraps += 1
    let wrap = Arrival.wrap(
      id: EventID(SHA256.hash("wrap \(wraps)")), createdAt: time - 10, relay: 0,
      .rumor(Rumor(event, opened: nil)))
    _ = try replica.ingest([wrap], keyring: keyring)
    return event
  }

  /// What alice says here: it is believed at once and owed to two relays.
  func accept(_ payload: Payload, d: String, ago: Int64) throws -> Event {
    let event = try rumor(payload, d: d, by: .alice, at: World.now - ago)
    _ = try replica.accept(
      event, opened: keyring.open(rumor: event),
      wraps: [
        OutgoingWrap(
          id: EventID(SHA256.hash("own \(event.id.hex)")), recipient: try Person.bob.key,
          createdAt: World.now - ago, bytes: Array("wrap".utf8))
      ], relays: try relays, keyring: keyring)
    return event
  }

  var relays: [Int] {
    get throws { [try replica.relayID("wss://a"), try replica.relayID("wss://b")] }
  }

  private func rumor(_ payload: Payload, d: String, by author: Person, at time: Int64) throws
    -> Event
  {
    let bytes = try payload.encoded()
    let nonce = SHA256.hash(bytes + Array("\(author) \(d) \(time)".utf8)).bytes
    return try Message.rumor(
      kind: payload.kind, d: d, payload: bytes, audience: audience, epoch: 1,
      epochKey: epochSecret.publicKey, members: [], alt: "x", extraTags: payload.extraTags,
      author: author.secret, createdAt: time, nonce: nonce)
  }

  @discardableResult
  func card(
    _ title: String, body: String = "What is to be done.", on track: String = "storage",
    by author: Person = .alice, to assignee: Person? = nil, status: CardStatus = .open,
    ago: Int64 = 600, d: String? = nil
  ) throws -> Event {
    try post(
      .card(
        Card(
          kind: "task", track: track, title: title, body: body,
          assignees: try assignee.map { [try $0.key] } ?? [], status: status, createdBy: "x")),
      d: d ?? "card-\(wraps)", by: author, at: World.now - ago)
  }

  /// Alice's own agent has passed over a card for want of her consent.
  func passOver(_ card: Event, ago: Int64 = 0) throws {
    let skip = WorkerSkip(
      profile: "default", card: try object(card), cardAddress: card.address,
      cardEvent: card.id, cycle: 1, reason: "needs_consent", at: World.now - ago)
    _ = try Desk(path: home.replicaFile).skip(skip, orders: [], now: World.now)
  }

  @discardableResult
  func comment(
    _ body: String, on card: Event, by author: Person, ago: Int64, intent: String? = nil
  ) throws -> Event {
    try post(
      .comment(
        Comment(target: TargetReference(card.id), body: body, intent: intent, createdBy: "x")),
      d: "comment-\(wraps)", by: author, at: World.now - ago)
  }

  @discardableResult
  func status(
    _ status: CardStatus, from: CardStatus = .open, on card: Event, by author: Person, ago: Int64
  ) throws -> Event {
    try post(
      .comment(
        .statusChange(card: card.id, address: card.address, from: from, to: status, createdBy: "x")),
      d: "status-\(wraps)", by: author, at: World.now - ago)
  }

  @discardableResult
  func question(
    _ body: String, options: [String] = [], on card: Event, by author: Person, ago: Int64,
    fields: JSONObject = [:]
  ) throws -> Event {
    var fabric = Question.fabric(card: card.id, address: card.address)
    for (key, value) in fields { fabric = fabric.setting(key, value) }
    if !options.isEmpty {
      fabric = fabric.setting(
        "options",
        .array(
          options.enumerated().map {
            ["id": .string("\($0.offset + 1)"), "label": .string($0.element)]
          }))
    }
    return try post(
      .question(Question(body: body, createdBy: "x", fabric: fabric)), d: "question-\(wraps)",
      by: author, at: World.now - ago)
  }

  /// A post in #release that means alice.
  @discardableResult
  func postMention(_ body: String, by author: Person, ago: Int64) throws -> Event {
    let channel = try #require(ChannelName("release"))
    let mark = PostMark(channel: channel, mentions: [Mention(try Person.alice.key)])
    let root = try post(
      .card(.channelRoot(channel, createdBy: "x")), d: DTag.channel(name: "release"), by: author,
      at: 400)
    return try post(
      .comment(
        Comment(
          target: TargetReference(root.id), body: body, intent: "status", createdBy: "x",
          fabric: mark.fabric)), d: "post-\(wraps)", by: author, at: World.now - ago)
  }

  static func answer(_ body: String, to question: Event) -> Payload {
    .answer(Answer(target: TargetReference(question.id), body: body, createdBy: "x"))
  }

  func object(_ event: Event) throws -> ObjectID {
    guard case .one(let found) = try replica.reader.resolveObject(event.id.hex) else {
      throw ReplicaError(.notFound, "no object for \(event.id)")
    }
    return found.id
  }

  /// A team at work.
  static func team(founded: Bool = false) throws -> World {
    let world = try World(founded: founded)
    for (name, title) in [("storage", "Storage"), ("web", "Web"), ("ops", "Operations")] {
      try world.post(
        .track(Track(name: name, title: title, layout: .column, createdBy: "x")), d: name,
        by: .alice, at: 300)
    }
    try world.card("Garbage collect chunks", ago: 200_000)
    let empty = try world.card("Empty state", on: "web", by: .bob, to: .bob, ago: 90_000)
    try world.status(.inProgress, on: empty, by: .bob, ago: 80_000)
    try world.status(.done, from: .inProgress, on: empty, by: .bob, ago: 7_200)
    try world.card("Flaky integration suite", on: "ops", by: .bob, ago: 50_000)
    let upload = try world.card(
      "Retry policy for the uploader",
      body: "Stop the uploader from giving up on the first timeout.\nKeep the old route.",
      to: .atlas, ago: 7_900)
    try world.status(.inProgress, on: upload, by: .atlas, ago: 3_000)
    try world.comment(
      "Found 3 call sites that swallow URLError.timedOut.", on: upload, by: .atlas, ago: 300)
    try world.status(.archived, from: .inProgress, on: upload, by: .nameless, ago: 290)
    try world.question(
      "Uploads fail about 2% of the time on flaky links. Which policy should I use?",
      options: [
        "Exponential backoff, at most 5 tries", "Fixed 3 s delay, at most 3 tries",
        "No retry, surface the error",
      ], on: upload, by: .atlas, ago: 240)
    try world.comment("I would take 1, but cap the total.", on: upload, by: .bob, ago: 60)
    return world
  }
}

extension World {
  /// Atlas waits on one card and works on another, an agent of bob's is silent on a third, and
  /// bob himself is idle.
  static func atWork() throws -> (World, opus: ConnectionID) {
    let world = try World()
    let opus = ConnectionID.random { Array(repeating: 0x7a, count: $0) }
    try world.post(
      .card(.agent(opus, name: "opus", createdBy: "x")), d: DTag.agent(connection: opus.text),
      by: .bob, at: World.now - 9_000)
    let retry = try world.card("Retry policy", to: .atlas, status: .inProgress, ago: 3_600)
    try world.question("Which policy?", options: ["1", "2"], on: retry, by: .atlas, ago: 240)
    let chunks = try world.card("Chunked upload", to: .atlas, status: .inProgress, ago: 7_800)
    try world.step("writing tests for resume()", 31, of: 40, on: chunks, by: .atlas, ago: 8)
    let flaky = try world.card("Flaky suite", to: .bob, status: .inProgress, ago: 7_000)
    try world.step(
      "running tests", 43, of: 120, on: flaky, by: .bob, connection: opus, ago: 720)
    return (world, opus)
  }

  @discardableResult
  func step(
    _ words: String, _ done: Int, of total: Int, on card: Event, by author: Person,
    connection: ConnectionID? = nil, ago: Int64
  ) throws -> Event {
    let todo: [JSON] = (0..<total).map { ["done": .bool($0 < done)] }
    return try post(
      .comment(
        Comment(
          target: TargetReference(card.id), body: words, intent: "progress", createdBy: "x",
          fabric: Fabric(
            type: "run_update", connection: connection?.text, fields: ["todo": .array(todo)]))),
      d: "step-\(words)-\(ago)", by: author, at: World.now - ago)
  }
}

extension World {
  static let runID = String(repeating: "a", count: 32)

  /// What an agent says of its run on a card.
  @discardableResult
  func run(
    on card: Event, by author: Person, ago: Int64, id: String = runID,
    _ change: (inout RunRecord) -> Void = { _ in }
  ) throws -> Event {
    var record = RunRecord(card: card.id, address: card.address, run: id, state: .running)
    record.adapter = "claude"
    record.startedAt = World.now - ago - 600
    record.heartbeatAt = World.now - ago
    record.interval = 900
    change(&record)
    return try post(
      .dispatch(
        record.intent(by: author.key, track: "storage", milliseconds: (World.now - ago) * 1_000)),
      d: DTag.run(card: card.id), by: author, at: World.now - ago)
  }

  /// An agent's question, and bob's answer to it, who may only suggest.
  static func suggested() throws -> (world: World, question: Event, answer: Event) {
    let world = try World()
    let card = try world.card("Uploader", to: .atlas, status: .inProgress, ago: 600)
    try world.run(on: card, by: .atlas, ago: 400) { $0.state = .waiting }
    let question = try world.question(
      "Which?", options: ["one", "two"], on: card, by: .atlas, ago: 300,
      fields: ["run": .string(World.runID), "blocking": true])
    let answer = try world.post(
      .answer(
        Answer(
          target: TargetReference(question.id), body: "two", createdBy: "x",
          fabric: Fabric(type: "answer", fields: ["choice": ["2"]]))),
      d: "suggestion", by: .bob, at: World.now - 200)
    return (world, question, answer)
  }

  /// A run has ended without success: the card is given back, on hold.
  @discardableResult
  func hold(_ card: Event, by author: Person, ago: Int64) throws -> Event {
    try post(
      .comment(
        .statusChange(
          card: card.id, address: card.address, from: .inProgress, to: .open, createdBy: "x",
          hold: true, run: Self.runID)),
      d: "hold-\(ago)", by: author, at: World.now - ago)
  }
}
