import FourA
import Glibc
import Home
import Nostr
import Replica
import Studio
import Terminal

/// B5: from a key in one workspace to the screen of another: two homes, two engines, one relay. B8: what both
/// cost when nothing happens.
enum LiveBench {
  /// What the reference took, after its call had returned, where the goals were set.
  private static let peer = 908.0

  static func run(rounds: Int = 200, in scene: BenchScene) throws -> [Figure] {
    let pair = try Pair("live", in: scene)
    defer { pair.close() }
    var times: [Double] = []
    for number in 0..<rounds {
      let mark = mark(number)
      let began = Measure.now()
      try pair.one.type("r")
      pair.one.drain(for: 0.02)
      try pair.one.type("said " + mark)
      try pair.one.read(mark)
      let start = Measure.now()
      try pair.one.type("\r")
      times.append(try pair.other.read(mark).at - start)
      // Of one author's remarks each is dated a second after the one before: faster than that they run ahead of
      // the clock, and after a minute a new one stands among old ones, out of sight.
      pair.one.drain(for: 0.1)
      pair.other.drain(for: max(0.1, began + 1 - Measure.now()))
    }
    let floor = try echo(at: pair.relay.url)
    let sorted = times.sorted()
    return [
      Figure(
        id: "B5", name: "key here to screen there, median", value: Measure.median(times) * 1e3,
        unit: "ms", floor: floor * 1e3, ratio: Measure.median(times) / floor, goal: "≤ 15 ms"),
      Figure(
        id: "B5", name: "key here to screen there, 99 of 100",
        value: sorted[sorted.count * 99 / 100] * 1e3, unit: "ms", floor: floor * 1e3,
        goal: "≤ 50 ms"),
      Figure(id: "B5", name: "the reference, after its call returned", value: peer, unit: "ms"),
    ]
  }

  static func idle(seconds: Int = 60, in scene: BenchScene) throws -> [Figure] {
    let pair = try Pair("idle", in: scene)
    defer { pair.close() }
    pair.one.drain(for: 3)
    pair.other.drain(for: 1)
    let all = [pair.one.pid, pair.engine]
    func used() throws -> (ticks: Double, wakes: Double) {
      let usages = try all.map { try ProcessUsage(of: $0) }
      return (usages.map(\.processorTime).reduce(0, +), usages.map(\.wakes).reduce(0, +))
    }
    let before = try used()
    pair.one.drain(for: Double(seconds))
    let after = try used()
    return [
      Figure(
        id: "B8", name: "ticks of workspace and engine in \(seconds) s",
        value: ((after.ticks - before.ticks) * 100).rounded(), unit: "ticks", goal: "0"),
      Figure(
        id: "B8", name: "wake-ups of both in \(seconds) s", value: after.wakes - before.wakes,
        unit: ""),
    ]
  }

  /// The letter by which a text is known on a screen: a frame holds only what has changed, and what is typed may
  /// take several.
  private static func mark(_ number: Int) -> String {
    UnicodeScalar(0x410 + number % 64).map { String($0) } ?? ""
  }

  /// What the relay alone takes to hand a wrap on, in seconds.
  private static func echo(at url: String) throws -> Double {
    let room = try BenchRoom(members: 2, founded: SystemCall.now() - 86_400)
    let letters = try room.letters(0..<200)
    let client = try BenchClient(url, connections: 2)
    defer { client.stop() }
    client.send(
      [
        ClientMessage.req(
          "s", [Filter(kinds: [1059], tags: ["p": [room.reader.publicKey.hex]], limit: 0)]
        ).bytes
      ], on: 1)
    try client.wait(forFrames: 1)
    var times: [Double] = []
    for letter in letters {
      client.forgetFrames()
      times.append(
        try Measure.seconds {
          client.send([ClientMessage.event(letter.wrap).bytes], on: 0)
          try client.wait(forFrames: 2)
        })
    }
    return Measure.median(times)
  }

  /// Two members who look at the same card.
  private final class Pair {
    let relay: (url: String, pid: pid_t)
    let one: BenchTerminal
    let other: BenchTerminal
    /// The first member's engine.
    let engine: pid_t
    private let homes: [Home]
    private let scene: BenchScene

    init(_ name: String, in scene: BenchScene) throws {
      self.scene = scene
      relay = try scene.relay(database: scene.path("\(name).sqlite"))
      let room = try BenchRoom(members: 2, founded: SystemCall.now() - 86_400)
      let card = try room.rumor(
        .card(
          Card(
            kind: "task", track: "bench", title: "Card of both", body: "Said live.",
            assignees: [room.reader.publicKey], createdBy: room.senders[0].publicKey.hex)),
        d: DTag.card(title: "Card of both"), by: room.senders[0], at: SystemCall.now() - 60)
      var homes: [Home] = []
      var engines: [pid_t] = []
      for (index, member) in [room.reader, room.senders[0]].enumerated() {
        let home = try scene.home(
          "\(name)-\(index)", member, room: room.audience, relay: relay.url)
        try scene.identify(home, as: member)
        let replica = try Replica(path: home.replicaFile, now: SystemCall.now)
        let keyring = Keyring()
        try room.teach(replica, keyring, member: member)
        _ = try replica.ingest([card.arrival(in: room)], keyring: keyring)
        let engine = try scene.engine(of: home)
        engines.append(
          try scene.process(of: engine) { status in
            status["relays"]?.array?.contains { $0["state"]?.string == "live" } ?? false
          })
        homes.append(home)
      }
      self.homes = homes
      engine = engines[0]
      let terminals = try homes.map { try BenchTerminal($0, Size(columns: 120, rows: 40)) }
      one = terminals[0]
      other = terminals[1]
      for terminal in terminals {
        try terminal.read("Inbox")
        terminal.drain(for: 0.5)
        try terminal.type("gb\r")
        terminal.drain(for: 0.5)
      }
    }

    func close() {
      one.close()
      other.close()
      for home in homes { scene.stopEngine(of: home) }
      scene.stop(relay: relay.pid)
    }
  }
}
