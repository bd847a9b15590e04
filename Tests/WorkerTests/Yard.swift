import FourA
import Foundation
import Nostr
import Replica
import Studio
import Testing
import Worker

// Testing has types of these names too.
typealias Comment = Studio.Comment

/// People and keys that are the same on every run. The worker is atlas's; the machine is dana's.
enum Person: String, CaseIterable {
  case atlas, bob, carol, dana

  var secret: SecretKey {
    get throws { try SecretKey(bytes: SHA256.hash("person:\(rawValue)").bytes) }
  }

  var key: PublicKey { get throws { try secret.publicKey } }
}

/// A program that does what the test says; what it knows outlasts the loop, as a disk would.
final class FakeDriver: RunDriver {
  struct Broken: Error {}

  /// How often each segment was begun.
  var started: [String: Int] = [:]
  var jobs: [String: RunJob] = [:]
  var views: [String: RunView] = [:]
  var stopped: [String: String] = [:]
  /// The next start fails like this.
  var breaks = false
  /// A start has no effect: its process died with the worker.
  var loses = false

  func start(_ job: RunJob) throws {
    jobs[job.run.run] = job
    if breaks { throw Broken() }
    if loses { return }
    started["\(job.run.run)/\(job.run.segment)", default: 0] += 1
    views[job.run.run] = RunView(.alive)
  }

  func look(at run: WorkerRun) throws -> RunView { views[run.run] ?? RunView(.absent) }

  /// What programs ask, and what they were told.
  var asked: [String: [JSON]] = [:]
  var told: [String: [Int64: JSON]] = [:]

  /// - Returns: the number of the request.
  @discardableResult
  func ask(_ run: String, _ request: JSONObject) -> Int64 {
    let number = Int64((asked[run]?.count ?? 0) + 1)
    var request = request
    request["n"] = .integer(number)
    asked[run, default: []].append(.object(request))
    return number
  }

  func requests(of run: WorkerRun, after number: Int64) throws -> [JSON] {
    (asked[run.run] ?? []).filter { ($0["n"]?.integer ?? 0) > number }
  }

  func answer(_ run: WorkerRun, _ number: Int64, _ answer: JSON) throws {
    if told[run.run]?[number] == nil { told[run.run, default: [:]][number] = answer }
  }

  func deliver(_ run: WorkerRun, _ words: String, files: [String]) throws -> RunDelivery {
    RunDelivery(text: words)
  }

  func redact(_ text: String) -> String { text.replacing("hunter2", with: "[redacted]") }

  func stop(_ run: WorkerRun, reason: String) throws { stopped[run.run] = reason }

  func forget(_ run: WorkerRun) { views[run.run] = nil }

  func end(_ run: String, _ ending: RunEnding) {
    var view = views[run] ?? RunView(.absent)
    view.life = .ended(ending)
    views[run] = view
  }
}

/// A room, the replica of atlas's home, and a worker on it. Orders are signed when the test says so.
final class Yard {
  let folder: String
  let replica: Replica
  let keyring = Keyring()
  let audience: Audience
  let room: RoomID
  let driver = FakeDriver()
  var settings: WorkerSettings
  private(set) var loop: WorkerLoop
  private let clock = Clock()
  private let founder: SecretKey
  private let desk: Desk
  private var numbers: UInt8 = 0
  /// No two yards have a run of the same name: a supervisor ends all that goes by it.
  private let salt = (0..<15).map { _ in UInt8.random(in: 0...255) }
  /// Every event that atlas has signed, in order.
  private(set) var signed: [Event] = []
  private var published: [Event] = []

  final class Clock {
    var now: Int64 = 1_000_000
  }

  var now: Int64 {
    get { clock.now }
    set { clock.now = newValue }
  }

  var reader: Reader { replica.reader }

  init(consent: Bool = true) throws {
    folder = NSTemporaryDirectory() + "worker-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let clock = self.clock
    replica = try Replica(path: "\(folder)/replica.db", now: { clock.now })
    founder = try SecretKey(bytes: SHA256.hash("audience").bytes)
    audience = try #require(Audience(key: founder.publicKey, slug: "team"))
    try replica.follow(audience, relation: .joined, keyring: keyring)
    desk = try Desk(path: "\(folder)/replica.db")
    settings = WorkerSettings(profile: "atlas", host: "build-3", adapter: "generic")
    settings.isResumable = true
    let epochKey = try SecretKey(bytes: SHA256.hash("epoch").bytes)
    let members = try Person.allCases.map { try $0.key }
    let declaration = try Declaration(
      audience: audience, name: "Team", epoch: 1, epochKey: epochKey.publicKey, members: members,
      pending: [], closedAt: nil, createdAt: 100
    ).event(signedBy: founder, createdAt: 100)
    let grant = try KeyGrant.event(
      epochSecret: epochKey, epoch: 1, audience: audience, to: Person.atlas.key, signedBy: founder,
      createdAt: 101)
    let opened = try KeyGrant(reading: grant)
    let secret = try opened.open(with: Person.atlas.secret)
    _ = try replica.ingest(
      [
        .publicEvent(declaration, grant: nil, relay: 0),
        .publicEvent(grant, grant: OpenedGrant(opened, secret: secret, sealed: "s"), relay: 0),
      ], keyring: keyring)
    room = try #require(try replica.room(audience))
    loop = WorkerLoop(
      reader: replica.reader, desk: desk, me: try Person.atlas.key, settings: settings,
      driver: driver)
    restart()
    if consent { for person in [Person.bob, .carol, .dana] { try decide(.always, person) } }
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Another worker process: it knows what is on the disk and nothing else.
  func restart() {
    let clock = self.clock
    // Safe to force here: the key is made from a constant.
    guard let me = try? Person.atlas.key else { return }
    loop = WorkerLoop(
      reader: replica.reader, desk: desk, me: me, settings: settings, driver: driver,
      clock: { clock.now },
      random: { [weak self] in
        self?.numbers += 1
        return [self?.numbers ?? 0] + (self?.salt ?? [])
      })
  }

  func decide(
    _ decision: WorkerConsent.Decision, _ person: Person, hash: Bytes32? = nil
  ) throws {
    var consent = WorkerConsent(
      profile: "atlas", room: room, author: try person.key, decision: decision, at: now)
    consent.contentHash = hash
    try desk.decide(consent)
  }

  func setMode(_ mode: WorkerState.Mode) throws {
    var state = WorkerState(since: now)
    state.mode = mode
    try desk.setWorkerState("atlas", state)
  }

  // MARK: Events

  @discardableResult
  func publish(_ payload: Payload, d: String, by person: Person, at time: Int64? = nil) throws
    -> Event
  {
    let epochKey = try SecretKey(bytes: SHA256.hash("epoch").bytes)
    let bytes = try payload.encoded()
    let event = try Message.rumor(
      kind: payload.kind, d: d, payload: bytes, audience: audience, epoch: 1,
      epochKey: epochKey.publicKey, members: [], alt: "x", extraTags: payload.extraTags,
      author: person.secret, createdAt: time ?? now,
      nonce: SHA256.hash(bytes + Array("\(person) \(d) \(time ?? now)".utf8)).bytes)
    try take(event)
    return event
  }

  private func take(_ event: Event) throws {
    published.append(event)
    _ = try replica.ingest(
      [
        .wrap(
          id: EventID(SHA256.hash("wrap of \(event.id.hex)")), createdAt: event.createdAt,
          relay: 0, .rumor(Rumor(event, opened: nil)))
      ], keyring: keyring)
  }

  /// What another home makes of the same events, come in another order.
  func replayed(_ order: ([Event]) -> [Event]) throws -> Bytes32 {
    let other = try Yard()
    other.now = now
    for event in order(published) { try other.take(event) }
    return try other.reader.stateHash(room: nil).digest
  }

  /// Atlas says whose machine it runs on.
  func register(owner: Person) throws {
    let connection = try #require(ConnectionID("7914462a-0000-4000-8000-000000000001"))
    try publish(
      .card(
        .agent(connection, name: "Atlas", role: "worker", owner: try owner.key, createdBy: "x")),
      d: DTag.agent(connection: connection.text), by: .atlas)
  }

  func card(
    _ d: String = "one", by person: Person = .bob, to assignee: Person? = .atlas,
    body: String = "Do it", tags: [String] = [], fabric: Fabric? = nil
  ) throws -> Event {
    try publish(
      .card(
        Card(
          kind: "task", track: "backend", title: "Card \(d)", body: body,
          assignees: try assignee.map { [try $0.key] } ?? [], tags: tags, createdBy: "x",
          fabric: fabric)), d: d, by: person)
  }

  func control(_ effect: CardEffect, on card: Event, by person: Person) throws {
    try publish(
      .comment(
        .control(
          effect, "please", card: card.id, address: card.address, createdBy: try person.key)),
      d: "\(effect)-\(now)", by: person)
  }

  func row(_ card: Event) throws -> CardRow {
    guard case .one(let found) = try reader.resolveObject(card.id.hex) else {
      throw ReplicaError(.notFound, "no card")
    }
    return try #require(try reader.card(found.id))
  }

  func runs(_ card: Event) throws -> [WorkerRun] { try reader.workerRuns(on: row(card).id) }

  func run(_ card: Event) throws -> WorkerRun { try #require(try runs(card).first) }

  /// The records of runs on a card, newest first.
  func record(_ card: Event) throws -> RunRecord? {
    try reader.runRecords(on: row(card).id).first?.record
  }

  // MARK: The engine

  /// Signs what waits, as the engine would.
  func sign() throws {
    for intent in try replica.nextIntents() {
      guard
        case .posts(let posts)? = Order(
          verb: intent.verb, arguments: try JSON(parsing: intent.arguments))
      else { continue }
      var ids: [EventID] = []
      for post in posts {
        let last = try replica.lastCreatedAt(
          room: room, kind: post.kind, author: Person.atlas.key, d: post.d)
        var payload = try Payload(kind: post.kind, parsing: post.payload.bytes)
        if let place = post.of { payload = payload.speaking(of: ids[place]) }
        signed.append(
          try publish(
            payload, d: post.d, by: .atlas, at: max(now, (last ?? 0) + 1, post.after + 1)))
        if let last = signed.last { ids.append(last.id) }
      }
      try replica.finishIntent(intent.id, result: "{}")
    }
  }

  /// A step of the worker, and of the engine after it.
  @discardableResult
  func step() throws -> WorkerLoop.Outlook {
    let outlook = try loop.step()
    try sign()
    return outlook
  }

  /// Signed comments of one intent.
  func said(_ intent: String) throws -> [Event] {
    try signed.filter {
      guard $0.kind == 30533, let payload = try reader.payload($0.id),
        case .comment(let comment) = try Payload(kind: 30533, parsing: payload)
      else { return false }
      return comment.intent == intent
    }
  }
}
