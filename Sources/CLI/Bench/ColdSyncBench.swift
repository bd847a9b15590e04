import FourA
import Glibc
import Home
import Nostr
import Replica

/// B3: an engine with an empty replica catches up with a relay, both in processes of their own.
enum ColdSyncBench {
  /// Letters made at a time, so that memory stays bounded.
  private static let chunk = 4_000

  static func run(count: Int, in scene: BenchScene) throws -> [Figure] {
    let room = try BenchRoom(founded: SystemCall.now() - 30 * 86_400)
    let expected = try fill(scene.path("relay.sqlite"), count: count, of: room, scene)
    let relay = try scene.relay(database: scene.path("relay.sqlite"))
    defer { scene.stop(relay: relay.pid) }
    let home = try scene.home("cold", room.reader, room: room.audience, relay: relay.url)

    let before = try CurveCosts.measure().opening
    let start = Measure.now()
    let engine = try scene.engine(of: home)
    // Its one relay has nothing more for it, and all is committed.
    let pid = try scene.process(of: engine) { status in
      let relays = status["relays"]?.array ?? []
      return !relays.isEmpty && relays.allSatisfy { $0["state"]?.string == "live" }
    }
    let seconds = Measure.now() - start
    let usage = try ProcessUsage(of: pid)
    let relayUsage = try ProcessUsage(of: relay.pid)
    let after = try CurveCosts.measure().opening
    scene.stopEngine(of: home)

    let state = try Reader(path: home.replicaFile).stateHash()
    guard state.events == count, state.digest == expected else {
      throw BenchError.wrong(
        "\(state.events) of \(count) events were folded, to \(state.digest.hex), not \(expected.hex)"
      )
    }
    let rate = Double(count) / seconds
    let floor = Double(SystemCall.processors) * 2 / (before + after)
    return [
      Figure(
        id: "B3", name: "cold sync of \(count) wraps", value: rate, unit: "wraps/s", floor: floor,
        ratio: rate / floor, goal: "≥ 0.6"),
      Figure(
        id: "B3", name: "peak memory of the engine", value: usage.peakMemory, unit: "MiB",
        goal: "≤ 150"),
      Figure(
        id: "B3", name: "processor time of the engine for a wrap",
        value: usage.processorTime / Double(count) * 1e6, unit: "µs",
        floor: (before + after) / 2 * 1e6),
      Figure(
        id: "B3", name: "processor time of the relay for a wrap",
        value: relayUsage.processorTime / Double(count) * 1e6, unit: "µs"),
    ]
  }

  /// Writes a relay's database, and folds the same events here to know what must come of them.
  private static func fill(
    _ database: String, count: Int, of room: BenchRoom, _ scene: BenchScene
  ) throws -> Bytes32 {
    let archive = try RelayArchive(path: database, clock: SystemCall.now)
    let replica = try Replica(path: scene.path("expected.sqlite"), now: SystemCall.now)
    let keyring = Keyring()
    try replica.follow(room.audience, relation: .joined, keyring: keyring)
    let declaration = try room.declaration()
    let grant = try room.grant()
    _ = try archive.save([declaration, grant].map { ($0, $0.json) })
    _ = try replica.ingest(
      [
        .publicEvent(declaration, grant: nil, relay: 0),
        .publicEvent(
          grant,
          grant: OpenedGrant(
            try KeyGrant(reading: grant), secret: room.epochSecret, sealed: "never read"),
          relay: 0),
      ], keyring: keyring)
    for first in stride(from: 0, to: count, by: chunk) {
      let letters = try room.allLetters(first..<min(first + chunk, count))
      let outcomes = try archive.save(letters.map { ($0.wrap, $0.json) })
      guard outcomes.allSatisfy({ $0 == nil }) else {
        throw BenchError.wrong("the relay's store refused a wrap")
      }
      _ = try replica.ingest(
        letters.map { letter in
          let opened = Keyring.Opened(
            audience: room.audience, epoch: 1, payload: letter.payload,
            epochKey: room.epochSecret.publicKey, isProven: true)
          return .wrap(
            id: letter.wrap.id, createdAt: letter.wrap.createdAt, relay: 0,
            .rumor(Rumor(letter.rumor, opened: opened)))
        }, keyring: keyring)
    }
    return try replica.stateHash().digest
  }
}
