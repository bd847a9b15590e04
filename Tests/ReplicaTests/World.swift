import FourA
import Foundation
import Nostr
import Replica
import Studio
import TestKit
import Testing

// Testing has types of these names too.
typealias Tag = Nostr.Tag
typealias Comment = Studio.Comment

/// A folder that goes with the last one who holds it.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "replica-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var database: String { path + "/replica.db" }
}

/// People and keys that are the same on every run.
enum Person: String, CaseIterable {
  /// Founds the room; the replica is hers.
  case alice
  case bob, carol, dave, erin
  /// Is never a member.
  case mallory

  var secret: SecretKey {
    get throws { try SecretKey(bytes: SHA256.hash("person:\(rawValue)").bytes) }
  }

  var key: PublicKey { get throws { try secret.publicKey } }
}

/// One room's keys, and signed events for it.
struct Room {
  let slug: String
  let audience: Audience
  let secret: SecretKey

  init(_ slug: String = "team", seed: String = "audience") throws {
    self.slug = slug
    secret = try SecretKey(bytes: SHA256.hash(seed).bytes)
    audience = try #require(Audience(key: secret.publicKey, slug: slug))
  }

  func epochSecret(_ epoch: Int) throws -> SecretKey {
    try SecretKey(bytes: SHA256.hash("\(audience.address):\(epoch)").bytes)
  }

  func declaration(
    epoch: Int = 1, members: [Person] = [.alice, .bob, .carol, .dave], at time: Int64 = 100,
    closedAt: Int64? = nil, pending: [PendingInvite] = []
  ) throws -> Event {
    try Declaration(
      audience: audience, name: "Declared \(slug)", epoch: epoch,
      epochKey: epochSecret(epoch).publicKey, members: members.map { try $0.key },
      pending: pending, closedAt: closedAt, createdAt: time
    ).event(signedBy: secret, createdAt: time)
  }

  /// A grant to alice, with the key of `epoch` or another one.
  func grant(
    epoch: Int = 1, at time: Int64 = 101, by granter: SecretKey? = nil, of key: SecretKey? = nil
  ) throws -> Arrival {
    let event = try KeyGrant.event(
      epochSecret: key ?? epochSecret(epoch), epoch: epoch, audience: audience,
      to: Person.alice.key, signedBy: granter ?? secret, createdAt: time)
    let grant = try KeyGrant(reading: event)
    let secret = try grant.open(with: Person.alice.secret)
    return .publicEvent(
      event, grant: OpenedGrant(grant, secret: secret, sealed: "sealed \(secret.publicKey.hex)"),
      relay: 0)
  }

  /// A signed, encrypted rumor. The nonce comes from its text, so that a run can be repeated.
  func rumor(
    _ payload: Payload, d: String, by author: Person, at time: Int64, epoch: Int = 1
  ) throws -> Event {
    try rumor(
      kind: payload.kind, payload.encoded(), d: d, by: author, at: time, epoch: epoch,
      tags: payload.extraTags)
  }

  func rumor(
    kind: Int, _ payload: [UInt8], d: String, by author: Person, at time: Int64, epoch: Int = 1,
    tags: [Tag] = []
  ) throws -> Event {
    let nonce = SHA256.hash(payload + Array("\(author) \(d) \(time) \(epoch)".utf8)).bytes
    return try Message.rumor(
      kind: kind, d: d, payload: payload, audience: audience, epoch: epoch,
      epochKey: epochSecret(epoch).publicKey, members: [], alt: "x", extraTags: tags,
      author: author.secret, createdAt: time, nonce: nonce)
  }
}

/// What people write.
enum Words {
  static func card(
    _ title: String = "Title", body: String = "Body", track: String = "backend",
    status: CardStatus = .open, to assignee: Person? = nil, kind: String = "task",
    fabric: Fabric? = nil
  ) throws -> Payload {
    .card(
      Card(
        kind: kind, track: track, title: title, body: body,
        assignees: try assignee.map { [try $0.key] } ?? [], status: status, createdBy: "x",
        fabric: fabric))
  }

  static func comment(
    _ body: String = "Comment", on target: EventID, address: Address? = nil
  ) -> Payload {
    .comment(
      Comment(
        target: TargetReference(target), body: body, createdBy: "x",
        fabric: address.map { Fabric(type: "comment", fields: ["addr": .string($0.text)]) }))
  }

  static func status(_ status: CardStatus, on card: EventID, address: Address? = nil) -> Payload {
    .comment(
      .statusChange(card: card, address: address, from: .open, to: status, createdBy: "x"))
  }

  static func question(_ body: String = "Question?", on card: Event? = nil) -> Payload {
    .question(
      Question(
        body: body, createdBy: "x",
        fabric: card.map { Question.fabric(card: $0.id, address: $0.address) }))
  }

  static func answer(_ body: String = "Answer.", to question: EventID) -> Payload {
    .answer(Answer(target: TargetReference(question), body: body, createdBy: "x"))
  }

  static func track(_ name: String, title: String) -> Payload {
    .track(Track(name: name, title: title, createdBy: "x"))
  }

  static func room(_ slug: String, title: String) -> Payload {
    .room(
      Studio.Room(
        slug: slug, title: title, project: "p", defaultTracks: [], createdBy: "x"))
  }

  static func profile(_ name: String, kind: String = "_profile") throws -> Payload {
    try card(name, body: "profile", track: "inbox", kind: kind)
  }
}

extension Event {
  /// In a wrap of its own, unopened: the replica has the keys.
  func wrapped(relay: Int = 0, copy: Int = 0) -> Arrival {
    .wrap(
      id: EventID(SHA256.hash("wrap \(copy) of \(id.hex)")), createdAt: createdAt - 1000,
      relay: relay, .rumor(Rumor(self, opened: nil)))
  }

  var open: Arrival { .publicEvent(self, grant: nil, relay: 0) }
}

/// A replica of alice's, with a hand-cranked clock.
final class Home {
  let folder: TemporaryFolder
  let replica: Replica
  let keyring = Keyring()
  let clock: Clock
  var reader: Reader { replica.reader }

  final class Clock {
    var now: Int64 = 10_000
  }

  init(limits: QuarantineLimits = .init()) throws {
    let clock = Clock()
    self.clock = clock
    folder = try TemporaryFolder()
    replica = try Replica(path: folder.database, limits: limits, now: { clock.now })
  }

  /// A home that is in `room` already, with the key of epoch 1.
  convenience init(in room: Room, limits: QuarantineLimits = .init()) throws {
    try self.init(limits: limits)
    try follow(room)
    try take(room.declaration().open, room.grant())
  }

  @discardableResult
  func follow(_ room: Room) throws -> RoomID {
    try replica.follow(room.audience, relation: .joined, keyring: keyring)
  }

  @discardableResult
  func take(_ arrivals: Arrival...) throws -> IngestReport {
    try replica.ingest(arrivals, keyring: keyring)
  }

  @discardableResult
  func take(_ events: [Event]) throws -> IngestReport {
    try replica.ingest(events.map { $0.wrapped() }, keyring: keyring)
  }

  func room(_ room: Room) throws -> RoomID { try #require(try replica.room(room.audience)) }

  func hash() throws -> String { try replica.stateHash().digest.hex }

  /// The card that `event` is a version of.
  func card(_ event: Event) throws -> CardRow? {
    guard case .one(let found) = try reader.resolveObject(event.id.hex) else { return nil }
    return try reader.card(found.id, me: Person.alice.key)
  }

  func object(_ event: Event) throws -> ObjectID {
    guard case .one(let found) = try reader.resolveObject(event.id.hex) else {
      throw ReplicaError(.notFound, "no object for \(event.id)")
    }
    return found.id
  }

  func verdict(_ event: Event) throws -> Verdict? { try reader.logEvent(event.id)?.verdict }
}

extension Reader {
  /// Everything that holds these words.
  func search(_ words: String, limit: Int = 50) throws -> [SearchHit] {
    try search(
      words.split(separator: " ").compactMap { SearchTerm(String($0), isBeginning: false) },
      limit: limit)
  }
}
