import FourA
import Nostr
import Replica
import Studio

extension WorkerLoop {
  /// Has every room know that an agent works here, and for whom: its registry card, again only when what it says
  /// has changed.
  ///
  /// - Returns: whether there are new orders for the engine.
  func introduce() throws -> Bool {
    let now = clock()
    var hasOrders = false
    for room in try reader.rooms() where sameBytes(room.status, "active") {
      guard try reader.members(room.id).contains(where: { $0.pubkey == me }) else { continue }
      let name = try reader.names(in: room.id)[me] ?? settings.profile
      let card = Card.agent(
        connection, name: name, role: "worker", owner: settings.owner,
        fields: [
          "program": .string(settings.adapter), "host": .string(settings.host),
          "caps": .array(caps), "accepts": .object(try accepts()),
          "hb": .object(["interval": .integer(settings.promise)]),
        ], createdBy: me.hex)
      let d = DTag.agent(connection: connection.text)
      let known = try registered(d, in: room)
      guard let object = card.fabric?.object, JSON.object(object) != known?.fabric else { continue }
      let payload = Payload.card(card)
      let mark = SHA256.hash(try payload.encoded()).hex.prefix(16)
      // What was said before may be said again after something else was.
      try desk.submit(
        KeyedOrder(
          "agent:\(room.audience.address):\(known?.event.hex ?? ""):\(mark)",
          .posts([.init(room: room.audience, kind: 30530, d: d, payload: payload.json)])), now: now)
      hasOrders = true
    }
    return hasOrders
  }

  private var caps: [JSON] {
    [.string("run:\(settings.adapter)")]
      + settings.repositories.keys.sorted().map { .string("repo:\($0)") }
  }

  private func accepts() throws -> JSONObject {
    var accepts: JSONObject = ["max_parallel": .integer(Int64(settings.limits.parallel))]
    if !settings.acceptedKinds.isEmpty {
      accepts["card_kinds"] = .array(settings.acceptedKinds.sorted().map { .string($0) })
    }
    let mode = try reader.workerState(settings.profile)?.mode ?? .active
    if mode != .active { accepts["paused"] = true }
    return accepts
  }

  /// The same on every start: one for each profile of a key.
  private var connection: ConnectionID {
    .random { Array(SHA256.hash("worker \(settings.profile) of \(me.hex)").bytes.prefix($0)) }
  }

  private func registered(_ d: String, in room: RoomRow) throws -> (event: EventID, fabric: JSON?)?
  {
    guard
      case .one(let found) = try reader.resolveObject(
        "30530:\(me.hex):\(d)", in: room.id, kinds: [30530]),
      let row = try reader.card(found.id)
    else { return nil }
    return (row.eventID, row.fabric.flatMap { try? JSON(parsing: $0) })
  }
}
