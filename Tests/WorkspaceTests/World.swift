import FourA
import Foundation
import Nostr
import Replica
import Studio
import TestKit
import Testing
import Workspace

// Testing has types of these names too.
typealias Tag = Nostr.Tag
typealias Comment = Studio.Comment

/// A room with cards made by chance, in a replica, and the same cards as plain values.
final class World {
  enum Person: String, CaseIterable {
    /// Reads.
    case alice
    case bob, atlas

    var secret: SecretKey {
      get throws { try SecretKey(bytes: SHA256.hash("person:\(rawValue)").bytes) }
    }
    var key: PublicKey { get throws { try secret.publicKey } }
  }

  /// A card as the test knows it.
  struct Model {
    let event: Event
    var title: String
    var body: String
    var track: String
    var kind: String
    var status: String
    var labels: [String]
    var author: Person
    var assignee: Person?
    var thread: [String] = []
    var openQuestions = 0
    var questions = 0
    var hasDraft = false
    /// As the list of all cards shows it.
    var row: CardRow?
  }

  static let now: Int64 = 1_767_362_580
  static let words = ["retry", "retries", "upload", "uploader", "flaky", "link", "ab", "cache"]
  static let tracks = ["ops", "web", "two-words"]
  static let labels = ["ci", "chore", "x:y"]
  let folder: String
  let replica: Replica
  let room: RoomID
  private(set) var models: [Model] = []
  private let keyring = Keyring()
  private let audience: Audience
  private let epoch: SecretKey
  private var count = 0

  init(seed: UInt64, cards: Int) throws {
    folder = NSTemporaryDirectory() + "filter-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    replica = try Replica(path: "\(folder)/replica.sqlite", now: { World.now })
    let secret = try SecretKey(bytes: SHA256.hash("audience").bytes)
    epoch = try SecretKey(bytes: SHA256.hash("epoch").bytes)
    audience = try #require(Audience(key: secret.publicKey, slug: "team"))
    room = try replica.follow(audience, relation: .joined, keyring: keyring)
    let declaration = try Declaration(
      audience: audience, name: "Team", epoch: 1, epochKey: epoch.publicKey,
      members: Person.allCases.map { try $0.key }, createdAt: 100
    ).event(signedBy: secret, createdAt: 100)
    let granted = try KeyGrant.event(
      epochSecret: epoch, epoch: 1, audience: audience, to: Person.alice.key,
      signedBy: secret, createdAt: 101)
    let grant = try KeyGrant(reading: granted)
    _ = try replica.ingest(
      [
        .publicEvent(declaration, grant: nil, relay: 0),
        .publicEvent(
          granted,
          grant: OpenedGrant(
            grant, secret: try grant.open(with: Person.alice.secret), sealed: "sealed"), relay: 0),
      ], keyring: keyring)
    var random = SeededRandom(seed)
    try fill(cards, &random)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func rumor(_ payload: Payload, d: String, by author: Person, at time: Int64) throws
    -> Event
  {
    let bytes = try payload.encoded()
    return try Message.rumor(
      kind: payload.kind, d: d, payload: bytes, audience: audience, epoch: 1,
      epochKey: epoch.publicKey, members: [], alt: "x", extraTags: payload.extraTags,
      author: author.secret, createdAt: time,
      nonce: SHA256.hash(bytes + Array("\(author) \(d) \(time)".utf8)).bytes)
  }

  private func take(_ events: [Event]) throws {
    let wraps = events.map { event in
      count += 1
      return Arrival.wrap(
        id: EventID(SHA256.hash("wrap \(count)")), createdAt: event.createdAt - 10, relay: 0,
        .rumor(Rumor(event, opened: nil)))
    }
    _ = try replica.ingest(wraps, keyring: keyring)
  }

  private func fill(_ cards: Int, _ random: inout SeededRandom) throws {
    func pick<T>(_ all: [T]) -> T { all[Int.random(in: all.indices, using: &random)] }
    func chance(_ of: Int) -> Bool { Int.random(in: 0..<of, using: &random) == 0 }
    func sentence() -> String {
      (0...Int.random(in: 0...3, using: &random)).map { _ in pick(Self.words) }.joined(
        separator: " ")
    }
    var events: [Event] = []
    for (index, person) in Person.allCases.enumerated() {
      events.append(
        try rumor(
          .card(
            Card(
              kind: "_profile", track: "inbox", title: person.rawValue, body: "profile",
              createdBy: "x")), d: DTag.profile(person.key), by: person, at: 200 + Int64(index)))
    }
    // No card of the room need lie on each of them.
    for track in Self.tracks {
      events.append(
        try rumor(
          .track(Track(name: track, title: track, createdBy: "x")), d: track, by: .alice, at: 300))
    }
    for index in 0..<cards {
      // Coarse, so that many share a second.
      let age = Int64(Int.random(in: 1...40, using: &random)) * 21_600
      let author = pick(Person.allCases)
      let assignee = chance(3) ? nil : Optional(pick(Person.allCases))
      let labels = Self.labels.filter { _ in chance(3) }
      var model = Model(
        event: try rumor(
          .card(
            Card(
              kind: pick(["task", "task", "note"]), track: pick(Self.tracks), title: sentence(),
              body: sentence(), assignees: try assignee.map { [try $0.key] } ?? [],
              status: pick([.open, .open, .inProgress, .done, .archived]), tags: labels,
              createdBy: "x")), d: "card-\(index)", by: author, at: Self.now - age),
        title: "", body: "", track: "", kind: "", status: "", labels: labels, author: author,
        assignee: assignee)
      events.append(model.event)
      for _ in 0..<(chance(2) ? Int.random(in: 1...4, using: &random) : 0) {
        let at = Self.now - Int64.random(in: 0...age, using: &random)
        let writer = pick(Person.allCases)
        count += 1
        let text = sentence()
        model.thread.append(text)
        if chance(3) {
          let question = try rumor(
            .question(
              Question(
                body: text, createdBy: "x",
                fabric: Question.fabric(card: model.event.id, address: model.event.address))),
            d: "question-\(count)", by: writer, at: at)
          events.append(question)
          model.questions += 1
          if chance(2) {
            let answer = sentence()
            model.thread.append(answer)
            events.append(
              try rumor(
                .answer(
                  Answer(target: TargetReference(question.id), body: answer, createdBy: "x")),
                d: "answer-\(count)", by: pick(Person.allCases), at: at + 1))
          } else {
            model.openQuestions += 1
          }
        } else {
          events.append(
            try rumor(
              .comment(
                Comment(target: TargetReference(model.event.id), body: text, createdBy: "x")),
              d: "comment-\(count)", by: writer, at: at))
        }
      }
      models.append(model)
    }
    try take(events)
    try look(&random)
  }

  /// Reads some cards, begins drafts on some, and takes down what the list says.
  private func look(_ random: inout SeededRandom) throws {
    let me = try Person.alice.key
    let desk = try Desk(path: "\(folder)/replica.sqlite")
    let newest = try #require(try replica.reader.log(limit: 1).first?.seq)
    for index in models.indices {
      let event = models[index].event
      guard case .one(let object) = try replica.reader.resolveObject(event.id.hex) else {
        throw ReplicaError(.notFound, "no card")
      }
      if Int.random(in: 0..<3, using: &random) == 0 {
        try desk.markRead(
          object.id, through: Int64.random(in: 1...newest, using: &random))
      }
      if Int.random(in: 0..<10, using: &random) == 0 {
        try desk.setDraft("comment:\(object.address)", "half", now: 1)
        models[index].hasDraft = true
      }
      let row = try #require(try replica.reader.card(object.id, me: me))
      models[index].row = row
      (models[index].title, models[index].body) = (row.title, row.body)
      (models[index].track, models[index].kind) = (row.track, row.kind)
      models[index].status = row.status
    }
  }
}
