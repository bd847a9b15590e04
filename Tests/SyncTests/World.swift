import FourA
import Glibc
import Home
import Nostr
import Replica
import Studio
@testable import Sync
import Testing
import Threads
import Workspace

// Testing has types of these names too.
typealias Tag = Nostr.Tag
typealias Comment = Studio.Comment

/// Something that must happen did not, in time.
struct Late: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// How long a test waits for what must happen.
let patienceOfTests: Int64 = 20_000

/// People and keys that are the same on every run.
enum Person: String {
  /// The engine under test is hers.
  case alice
  /// Founds the room.
  case bob
  case carol, dave
  /// Is never a member.
  case mallory

  var secret: SecretKey { get throws { try SecretKey(bytes: SHA256.hash("p:\(rawValue)").bytes) } }
  var key: PublicKey { get throws { try secret.publicKey } }
}

/// A room of bob's: its keys, and signed events for it. Times are seconds after a start in the past.
struct Room {
  let audience: Audience
  let secret: SecretKey
  let start = SystemCall.now() - 50_000

  init(_ slug: String = "team", seed: String = "audience") throws {
    secret = try SecretKey(bytes: SHA256.hash(seed).bytes)
    audience = try #require(Audience(key: secret.publicKey, slug: slug))
  }

  func epochSecret(_ epoch: Int) throws -> SecretKey {
    try SecretKey(bytes: SHA256.hash("\(audience.address):\(epoch)").bytes)
  }

  func declaration(
    epoch: Int = 1, _ members: [Person] = [.bob, .alice, .carol, .dave], at time: Int64 = 0,
    closedAt: Int64? = nil, pending: [PendingInvite] = [], by signer: SecretKey? = nil
  ) throws -> Event {
    try Declaration(
      audience: audience, name: "The team", epoch: epoch, epochKey: epochSecret(epoch).publicKey,
      members: members.map { try $0.key }, pending: pending,
      closedAt: closedAt.map { start + $0 }, createdAt: start + time
    ).event(signedBy: signer ?? secret, createdAt: start + time)
  }

  func grant(
    epoch: Int = 1, to person: Person = .alice, of key: SecretKey? = nil,
    by granter: SecretKey? = nil,
    at time: Int64 = 0
  ) throws -> Event {
    try KeyGrant.event(
      epochSecret: key ?? epochSecret(epoch), epoch: epoch, audience: audience, to: person.key,
      signedBy: granter ?? secret, createdAt: start + time)
  }

  /// A signed, encrypted event of the room.
  func rumor(
    _ payload: Payload, d: String, by author: Person = .bob, at time: Int64 = 10, epoch: Int = 1
  ) throws -> Event {
    try Message.rumor(
      kind: payload.kind, d: d, payload: payload.encoded(), audience: audience, epoch: epoch,
      epochKey: epochSecret(epoch).publicKey, members: [], alt: "x", extraTags: payload.extraTags,
      author: author.secret, createdAt: start + time)
  }

  func card(
    _ title: String, by author: Person = .bob, at time: Int64 = 10, epoch: Int = 1,
    status: CardStatus = .open, to assignee: Person? = nil, d: String? = nil
  ) throws -> Event {
    try rumor(
      .card(
        Card(
          kind: "task", track: "todo", title: title, body: title,
          assignees: try assignee.map { [try $0.key] } ?? [], status: status, createdBy: "x")),
      d: d ?? title, by: author, at: time, epoch: epoch)
  }
}

extension Event {
  /// Sealed by its author and wrapped for alice.
  func wrapped(
    by sealer: Person, to reader: Person = .alice, at time: Int64 = SystemCall.now() - 1000
  ) throws -> Event {
    let key = try ConversationKey(secret: sealer.secret, peer: reader.key)
    let seal = try GiftWrap.seal(
      self, from: sealer.secret, key: key, to: reader.key, createdAt: time)
    return try GiftWrap.wrap(seal, to: reader.key, createdAt: time)
  }

  /// The same with something about it changed, signed anew.
  func changed(by signer: Person? = nil, _ change: (inout UnsignedEvent) -> Void) throws -> Event {
    var copy = UnsignedEvent(
      pubkey: pubkey, createdAt: createdAt, kind: kind, tags: tags, content: content)
    change(&copy)
    guard let signer else { throw Late("who signs?") }
    return try copy.signed(by: signer.secret)
  }

  var text: String { String(decoding: json, as: UTF8.self) }
}

/// A home with a running engine, and a face.
final class Rig {
  let home: Home
  let workspace: Workspace
  private let directory: String
  private var engine: Worker?

  init(
    relays: [String], name: String = "Alice", passphrase: String? = nil, listen: String? = nil,
    patience: Patience = .short, starts: Bool = true
  ) throws {
    var template = Array("/tmp/studio-sync-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Late("no directory: \(errno)") }
    directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    home = Home(directory: directory)
    _ = try Setup.initialise(
      home, name: name, relays: relays.isEmpty ? ["ws://127.0.0.1:9"] : relays,
      secret: try Person.alice.secret.hexForTests, passphrase: passphrase)
    try Configuration(name: name, relays: relays, listen: listen).save(to: home)
    workspace = try Workspace(home: home, unlock: { passphrase ?? "" })
    if starts { try start(patience: patience) }
  }

  /// Starts the engine and waits until faces can talk to it.
  func start(patience: Patience = .short) throws {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw Late("no pipe") }
    let (home, ready) = (home, ends[1])
    engine = Worker("test engine") {
      do {
        _ = try Engine.serve(home: home, ready: ready, patience: patience)
      } catch {
        Issue.record("the engine ended with \(error)")
      }
    }
    var entry = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
    let count = poll(&entry, 1, Int32(patienceOfTests))
    close(ends[0])
    guard count == 1 else { throw Late("the engine does not start") }
  }

  func stop() {
    guard let engine else { return }
    do {
      let line = try #require(try ControlSocket.connect(to: home))
      try line.send(ControlRequest.stop.json)
      engine.join()
    } catch {
      Issue.record("the engine cannot be told to stop: \(error)")
    }
    self.engine = nil
  }

  deinit {
    stop()
    // Only what this rig made.
    for name in (try? names()) ?? [] { unlink("\(directory)/\(name)") }
    rmdir(directory)
  }

  private func names() throws -> [String] {
    guard let folder = opendir(directory) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      names.append(
        withUnsafeBytes(of: entry.pointee.d_name) {
          String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        })
    }
    return names.filter { $0 != "." && $0 != ".." }
  }

  var reader: Reader { workspace.reader }

  /// Checks now and whenever the engine says anything, until the condition holds.
  func wait(
    _ what: String, milliseconds: Int64 = patienceOfTests,
    until condition: () throws -> Bool
  ) throws {
    let deadline = SystemCall.monotonicMilliseconds() + milliseconds
    if try condition() { return }
    guard let line = try ControlSocket.connect(to: home) else { throw Late("no engine") }
    // A status is told unasked when a relay's state changes; ask for the first one.
    try line.send(ControlRequest.status.json)
    while line.waitReadable(until: deadline) {
      _ = try line.receiveAvailable()
      if try condition() { return }
    }
    let status = try? self.status().text
    throw Late("\(what): not in time; \(status ?? "")")
  }

  /// The engine's status now.
  func status() throws -> JSON {
    guard let line = try ControlSocket.connect(to: home) else { throw Late("no engine") }
    try line.send(ControlRequest.status.json)
    let deadline = SystemCall.monotonicMilliseconds() + patienceOfTests
    while line.waitReadable(until: deadline) {
      for json in try line.receiveAvailable() {
        if case .status(let status)? = ControlNotice(json: json) { return status }
      }
    }
    throw Late("no status")
  }

  /// What the status says of one relay.
  func relay(_ url: String) throws -> JSONObject {
    let rows = try status().object?["relays"]?.array?.compactMap(\.object) ?? []
    return try #require(rows.first { $0["url"]?.string == url })
  }

  /// Until every relay has been read to its end.
  func waitUntilCaughtUp() throws {
    try wait("catching up") {
      let rows = try status().object?["relays"]?.array?.compactMap(\.object) ?? []
      return !rows.isEmpty && rows.allSatisfy { $0["behind"]?.bool == false }
    }
  }

  /// Joins bob's room: claims an invite, then finds the declaration and the grant on the relay.
  func join(_ room: Room, on relay: LyingRelay) throws {
    let invite = Invite(
      audience: room.audience, epoch: 1, secret: SecretKey.random(), inviter: try Person.bob.key,
      relays: [relay.url])
    _ = try workspace.submit(.join(url: invite.url, note: nil))
    relay.publish(try room.declaration(), try room.grant())
    try wait("alice is a member") {
      try reader.room(room.audience)?.relation == .joined
    }
  }

  func titles(in room: Room) throws -> [String] {
    guard let id = try reader.room(room.audience)?.id else { return [] }
    return try reader.cards(id, limit: 20_000).map(\.title)
  }

  func has(_ event: Event) throws -> Bool { try reader.knowsEvent(event.id) }

  func verdict(_ event: Event) throws -> Verdict? { try reader.logEvent(event.id)?.verdict }

  /// Posts a card through the engine and gives its id.
  func post(_ title: String, in room: Room) throws -> EventID {
    let card = Card(
      kind: "task", track: "todo", title: title, body: title, createdBy: try Person.alice.key.hex)
    let result = try workspace.submit(
      .post(.init(room: room.audience, kind: 30530, d: title, payload: Payload.card(card).json)))
    return try #require(result.object?["event_id"]?.string.flatMap { EventID(hex: $0) })
  }
}

extension Patience {
  /// Short enough for a test, long enough for a slow machine to answer.
  static var short: Patience {
    var patience = Patience()
    patience.request = 1_500
    patience.reopen = 100
    patience.acknowledgement = 1_500
    patience.retry = 1_000
    return patience
  }
}

extension SecretKey {
  fileprivate var hexForTests: String {
    withBytes { bytes in
      bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
  }
}
