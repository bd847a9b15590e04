import FourA
package import Home
package import Nostr
package import Replica
import Studio

/// An order that was handed in and is not answered yet.
package struct PendingOrder: Sendable, Hashable {
  let id: Int64
}

/// The open home, as every face sees it: reads from the replica, writes by asking the engine.
///
/// Confined to the thread that made it.
package final class Workspace {
  package let home: Home
  package let reader: Reader
  package let desk: Desk
  /// This identity's key.
  package let me: PublicKey
  /// The line to the engine; opened when first needed.
  package let engine: EngineLine
  /// The orders handed in by the verb that `start` runs; `nil` otherwise.
  private var started: [PendingOrder]?
  /// Whether a verb may wait for the engine: not inside `start`.
  var canWait: Bool { started == nil }
  /// What is to be done once the verb's result has been written out.
  var afterwards: (() throws -> Void)?

  /// Opens the home.
  ///
  /// - Parameter unlock: asks the person for the passphrase, when the engine turns out to be locked.
  /// - Throws: `not_initialised` when there is no identity.
  package init(home: Home, unlock: @escaping () throws -> String) throws {
    guard home.isInitialised else { throw Identity.notInitialised(home) }
    self.home = home
    engine = EngineLine(home: home, unlock: unlock)
    do {
      reader = try Reader(path: home.replicaFile)
    } catch let error as ReplicaError where error.code == .olderSchema {
      try engine.renew()
      reader = try Reader(path: home.replicaFile)
    }
    desk = try Desk(path: home.replicaFile)
    guard let hex = try reader.setting(Self.identitySetting), let me = PublicKey(hex: hex) else {
      throw Identity.notInitialised(home)
    }
    self.me = me
  }

  /// The setting that holds the identity's public key.
  package static let identitySetting = "identity"
  static let roomSetting = "room"

  /// Hands an order to the engine and waits for its answer; inside `start` it does not wait.
  ///
  /// The engine is reached and unlocked first: without it nothing is written. Then the order is durable before
  /// the engine is asked: if no answer comes in time it stays queued, is done later,
  /// and the error says so.
  package func submit(_ order: Order, within seconds: Int = 10) throws -> JSON {
    if started == nil { try engine.connect() }
    let pending = PendingOrder(
      id: try desk.submit(
        idem: hex(RandomBytes.bytes(16)), verb: order.verb, arguments: order.arguments.text,
        now: SystemCall.now()))
    if started != nil {
      started?.append(pending)
      return ["delivery": "queued"]
    }
    try engine.ask(.orders)
    let deadline = SystemCall.monotonicMilliseconds() + Int64(seconds) * 1000
    repeat {
      if let outcome = try outcome(of: pending) { return try outcome.get() }
    } while try engine.waitForNews(until: deadline)
    throw StudioError(
      "timeout", "the engine has not answered within \(seconds) s; what was asked stays queued",
      hint: "studio engine status tells what it is doing")
  }

  /// Runs a verb without waiting for the engine: its checks are made and its order is durable when this returns.
  /// In the same transaction the drafts of what it says are forgotten, so that nothing is said twice.
  ///
  /// - Returns: what to ask `outcome` about when the engine says that something changed; `nil` for a verb that
  ///   asks nothing of the engine.
  /// - Throws: what the verb throws before anything is written.
  package func start(
    _ verb: Verb, _ arguments: Arguments, instead drafts: [String] = []
  ) throws -> PendingOrder? {
    try begin(verb, arguments, instead: drafts).order
  }

  /// As `start`, with what the verb says itself: the whole result, when there is no order to wait for.
  package func begin(
    _ verb: Verb, _ arguments: Arguments, instead drafts: [String] = []
  ) throws -> (result: JSON, order: PendingOrder?) {
    started = []
    defer { started = nil }
    let result = try desk.together {
      let result = try verb.run(self, arguments)
      for draft in drafts { try desk.setDraft(draft, nil, now: SystemCall.now()) }
      return result
    }
    if started?.isEmpty == false { engine.nudge(.orders) }
    return (result, started?.last)
  }

  /// To be called once the result of a verb has been written out: only then is what an inbox
  /// returned read.
  package func resultWasWritten() throws {
    defer { afterwards = nil }
    try afterwards?()
  }

  /// The engine's answer to an order; `nil` while there is none. An invite is given out once: it is a secret.
  package func outcome(of order: PendingOrder) throws -> Result<JSON, StudioError>? {
    guard let intent = try reader.intent(order.id) else { return nil }
    switch intent.state {
    case .queued: return nil
    case .accepted:
      if intent.verb == "invite" { try desk.forgetResult(order.id) }
      return .success((intent.result.flatMap { try? JSON(parsing: $0) }) ?? .object([:]))
    case .failed:
      let error = intent.error.flatMap { try? JSON(parsing: $0) }.flatMap(StudioError.init(json:))
      return .failure(
        error ?? StudioError("internal_error", "the engine refused without saying why"))
    }
  }

  /// Waits until at least one relay has taken every recipient's wrap.
  ///
  /// - Returns: `false` when the time is up; the event stays queued.
  func waitForDelivery(of event: EventID, seconds: Int) throws -> Bool {
    let deadline = SystemCall.monotonicMilliseconds() + Int64(seconds) * 1000
    repeat {
      if try reader.delivery(of: event)?.isSent == true { return true }
    } while try engine.waitForNews(until: deadline)
    return false
  }

  /// The room that a command means: `--room`, else the one in use, else the only one.
  package func room(_ slug: String? = nil) throws -> RoomRow {
    if let slug {
      if let audience = Audience(address: slug), let room = try reader.room(audience) {
        return room
      }
      let rooms = try reader.rooms(slug: slug)
      guard rooms.count < 2 else {
        throw StudioError(
          "ambiguous", "more than one room is called “\(slug)”", field: "room", value: slug,
          hint: "name it by its address: \(rooms.map(\.audience.address).joined(separator: " or "))"
        )
      }
      guard let room = rooms.first else {
        throw StudioError(
          "room_not_found", "this home is in no room “\(slug)”", field: "room", value: slug,
          hint: "studio room list shows the rooms")
      }
      return room
    }
    if let address = try reader.setting(Self.roomSetting),
      let audience = Audience(address: address),
      let room = try reader.room(audience)
    {
      return room
    }
    let rooms = try reader.rooms()
    guard rooms.count == 1, let room = rooms.first else {
      throw StudioError(
        rooms.isEmpty ? "no_room" : "which_room",
        rooms.isEmpty ? "this home is in no room yet" : "there are several rooms", field: "room",
        hint: rooms.isEmpty
          ? "studio room create SLUG --title T founds one, studio room join URL joins one"
          : "studio use SLUG chooses one, or give --room SLUG")
    }
    return room
  }

  /// Names by key (hex) of everybody in any room of this home; a name that two of them bear is followed by
  /// the key's first digits.
  package func memberNames() throws -> [String: String] {
    var names: [String: String] = [:]
    for room in try reader.rooms() {
      for member in try reader.members(room.id) {
        if let name = member.name { names[member.pubkey.hex] = name }
      }
    }
    let bearers = Dictionary(grouping: names, by: \.value)
    for (name, same) in bearers where same.count > 1 {
      for (key, _) in same { names[key] = "\(name)#\(key.prefix(8))" }
    }
    return names
  }

  /// The member that WHO means: a name, a unique prefix of one, `name#short`, an npub or a hex prefix.
  package func member(_ who: String, in room: RoomRow, field: String) throws -> PublicKey {
    switch try reader.resolveMember(who, in: room.id) {
    case .one(let member): return member.pubkey
    case .ambiguous(let members):
      throw ambiguous(
        who, members.map { "\($0.name ?? "")#\($0.pubkey.short)" }, field: field)
    case .none:
      throw StudioError(
        "reference_not_found", "no member of “\(room.slug)” is “\(who.prefix(80))”", field: field,
        value: who, hint: "studio room show lists the members")
    }
  }

  /// The object that ID means: an event id or a prefix of 8 or more, an address, or a `d`; in the given room,
  /// or else in any.
  package func object(_ id: String, kinds: Set<Int>, in room: RoomRow?, field: String) throws
    -> ObjectRef
  {
    switch try reader.resolveObject(id, in: room?.id, kinds: kinds) {
    case .one(let object): return object
    case .ambiguous(let objects): throw ambiguous(id, objects.map(\.address), field: field)
    case .none:
      throw StudioError(
        "reference_not_found", "there is nothing here with the id “\(id.prefix(80))”", field: field,
        value: id,
        hint: "an id is an event id or 8 or more of its first characters, an address, or a d")
    }
  }

  func ambiguous(_ what: String, _ candidates: [String], field: String) -> StudioError {
    StudioError(
      "ambiguous", "“\(what.prefix(80))” could be any of \(candidates.count)", field: field,
      value: what,
      hint: candidates.prefix(8).joined(separator: ", "))
  }

  private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}
