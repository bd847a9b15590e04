import FourA
import Home
import Nostr
import Replica
import Studio

/// B4: an engine in a process of its own signs, encrypts and wraps what it is asked to, into a durable outbox.
enum PublishBench {
  static let members = 20
  /// Where nothing listens: the wraps stay in the outbox, where they are checked.
  private static let nowhere = "ws://127.0.0.1:1"

  static func run(count: Int, rounds: Int = 3, in scene: BenchScene) throws -> [Figure] {
    let room = try BenchRoom(members: members - 1, founded: SystemCall.now() - 86_400)
    let home = try scene.home("publish", room.reader, room: room.audience, relay: nowhere)
    try room.teach(Replica(path: home.replicaFile, now: SystemCall.now), Keyring())
    let engine = try scene.engine(of: home)
    let pid = try scene.process(of: engine)
    let reader = try Reader(path: home.replicaFile)
    let desk = try Desk(path: home.replicaFile)
    var costs: [Double] = []
    var times: [Double] = []
    var floors: [Double] = []
    var intents: [Int64] = []
    for round in 0..<rounds {
      let orders = try (0..<count).map { try order(round * count + $0, in: room) }
      let ids = try orders.map { order in
        try desk.submit(
          idem: Bytes32(RandomBytes.bytes(32))?.hex ?? "", verb: order.verb,
          arguments: order.arguments.text, now: SystemCall.now())
      }
      let before = try CurveCosts.measure().publishing(to: members)
      let used = try ProcessUsage(of: pid).processorTime
      let start = Measure.now()
      try engine.send(ControlRequest.orders.json)
      try wait(for: ids.last ?? 0, engine, reader)
      let seconds = Measure.now() - start
      times.append((try ProcessUsage(of: pid).processorTime - used) / Double(count))
      let after = try CurveCosts.measure().publishing(to: members)
      costs.append(seconds / Double(count))
      floors.append((before + after) / 2)
      intents += ids
    }
    scene.stopEngine(of: home)
    try check(intents, room, home)
    return [
      Figure(
        id: "B4", name: "publish to \(members) members", value: Measure.median(costs) * 1e3,
        unit: "ms", floor: Measure.median(floors) * 1e3,
        ratio: Measure.median(zip(costs, floors).map { $0 / $1 }), goal: "≤ 1.3"),
      Figure(
        id: "B4", name: "processor time of the engine for an event",
        value: Measure.median(times) * 1e3, unit: "ms", floor: Measure.median(floors) * 1e3),
    ]
  }

  private static func order(_ number: Int, in room: BenchRoom) throws -> Order {
    let title = "Card \(number)"
    let filler = String(repeating: "A plain sentence of the middle length. ", count: 24)
    let card = Card(
      kind: "task", track: "bench", title: title, body: filler,
      createdBy: room.reader.publicKey.hex)
    return .post(
      .init(
        room: room.audience, kind: 30530, d: DTag.card(title: title),
        payload: Payload.card(card).json))
  }

  private static func wait(for intent: Int64, _ engine: ControlSocket, _ reader: Reader) throws {
    let deadline = SystemCall.monotonicMilliseconds() + 600_000
    while try reader.intent(intent)?.state == .queued {
      guard engine.waitReadable(until: deadline) else {
        throw BenchError.wrong("the engine has not done its orders within ten minutes")
      }
      _ = try engine.receiveAvailable()
    }
  }

  /// Every order was accepted, and every member can open its wrap of every event.
  private static func check(_ intents: [Int64], _ room: BenchRoom, _ home: Home) throws {
    let replica = try Replica(path: home.replicaFile, now: SystemCall.now)
    for id in intents {
      guard let intent = try replica.reader.intent(id), intent.state == .accepted else {
        throw BenchError.wrong("an order was not accepted")
      }
    }
    let secrets = Dictionary(
      uniqueKeysWithValues: ([room.reader] + room.senders).map { ($0.publicKey, $0) })
    let deliveries = try replica.nextDeliveries(
      relay: try replica.relayID(nowhere), limit: .max, now: .max)
    let cache = ConversationKeyCache(capacity: 512)
    var readers: [EventID: Set<PublicKey>] = [:]
    for delivery in deliveries {
      let wrap = try Event(parsing: delivery.bytes)
      guard let recipient = wrap.firstTag("p").flatMap({ PublicKey(hex: $0) }),
        let secret = secrets[recipient]
      else { throw BenchError.wrong("a wrap is for nobody") }
      let opened = try GiftWrap.open(wrap, with: secret, cache: cache)
      readers[opened.rumor.id, default: []].insert(recipient)
    }
    guard readers.count == intents.count, readers.values.allSatisfy({ $0.count == members }) else {
      throw BenchError.wrong(
        "\(deliveries.count) wraps are in the outbox, not \(intents.count * members)")
    }
  }
}
