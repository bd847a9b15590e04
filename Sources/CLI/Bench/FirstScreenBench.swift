import Home
import Nostr
import Replica
import Terminal
import Workspace

/// B6: from the start of the program to its first screen, over a replica with months of work in it.
enum FirstScreenBench {
  static let events = 100_000
  /// tig on 100,000 commits, where the goals were set.
  private static let peer = 325.0

  static func run(events: Int?, rounds: Int = 9, in scene: BenchScene) throws -> [Figure] {
    let events = events ?? Self.events
    let home = try scene.team("first", events: events)
    var times: [Double] = []
    var wholes: [Double] = []
    var memory: [Double] = []
    for _ in 0..<rounds {
      let start = Measure.now()
      let terminal = try BenchTerminal(home, Size(columns: 120, rows: 40))
      defer { terminal.close() }
      let shown = try terminal.read("Card ").at
      times.append(shown - start)
      // The clock in the header turns at most once meanwhile.
      wholes.append((terminal.settle(for: 0.15) ?? shown) - start)
      memory.append(try ProcessUsage(of: terminal.pid).peakMemory)
    }
    scene.stopEngine(of: home)
    return [
      Figure(
        id: "B6", name: "first screen, \(events) events", value: Measure.median(times) * 1e3,
        unit: "ms", floor: peer, ratio: Measure.median(times) * 1e3 / peer, goal: "≤ 30 ms"),
      Figure(
        id: "B6", name: "with every count beside it", value: Measure.median(wholes) * 1e3,
        unit: "ms"),
      Figure(
        id: "B6", name: "peak memory of the workspace", value: Measure.median(memory), unit: "MiB",
        goal: "≤ 40"),
    ]
  }
}

extension BenchScene {
  /// A home whose replica holds a team's work of `events` events, and which knows of a relay that is not there
  /// unless one is given.
  func team(_ name: String, events: Int, relay: String = "ws://127.0.0.1:1") throws -> Home {
    try team(name, of: BenchTeam(count: events, now: SystemCall.now()), relay: relay)
  }

  func team(_ name: String, of team: BenchTeam, relay: String) throws -> Home {
    let home = try home(name, team.room.reader, room: team.room.audience, relay: relay)
    try identify(home, as: team.room.reader)
    try team.fill(try Replica(path: home.replicaFile, now: SystemCall.now))
    return home
  }

  /// Says whose the replica of a home is, which the workspace asks.
  func identify(_ home: Home, as secret: SecretKey) throws {
    try Desk(path: home.replicaFile).setSetting(Workspace.identitySetting, secret.publicKey.hex)
  }
}
