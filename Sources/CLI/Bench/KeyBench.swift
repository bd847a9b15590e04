import Glibc
import Home
import Nostr
import Replica
import Terminal
import Threads

/// B7: from a key to the frame that shows what it did, while events arrive.
enum KeyBench {
  static let events = 100_000
  static let arriving = 500
  /// neomutt, quiet, where the goals were set; tig took 0.2 ms.
  private static let peer = 0.9

  static func run(events: Int?, keys: Int = 400, in scene: BenchScene) throws -> [Figure] {
    let relay = try scene.relay(database: scene.path("keys.sqlite"))
    defer { scene.stop(relay: relay.pid) }
    let team = try BenchTeam(count: events ?? Self.events, now: SystemCall.now())
    let home = try scene.team("keys", of: team, relay: relay.url)
    let terminal = try BenchTerminal(home, Size(columns: 200, rows: 60))
    defer { terminal.close() }
    try terminal.read("Card ")
    let engine = try scene.engine(of: home)
    _ = try scene.process(of: engine) { status in
      status["relays"]?.array?.contains { $0["state"]?.string == "live" } ?? false
    }
    let before = try Reader(path: home.replicaFile).counts().events
    // Dated long ago: what is on the screen stays where it is, and is read anew all the same.
    let first = 0
    let letters = try team.room.allLetters(first..<(first + 20 * arriving))
    let feed = Feed(letters.map { ClientMessage.event($0.wrap).bytes }, to: relay.url)
    defer { feed.stop() }
    try terminal.type("gb")
    terminal.drain(for: 1)

    var times: [Double] = []
    var bytes: [Double] = []
    for number in 0..<keys {
      let start = Measure.now()
      try terminal.type(number % 2 == 0 ? "j" : "k")
      // What marks the chosen row is drawn anew in its new place.
      let frame = try terminal.read("▌")
      times.append(frame.at - start)
      bytes.append(Double(frame.bytes.count))
      terminal.drain(for: 0.02)
    }
    let arrived = try Reader(path: home.replicaFile).counts().events - before
    scene.stopEngine(of: home)
    guard arrived > keys else {
      throw BenchError.wrong("only \(arrived) events arrived while \(keys) keys were pressed")
    }
    let sorted = times.sorted()
    return [
      Figure(
        id: "B7", name: "key to frame at 200x60, median", value: Measure.median(times) * 1e3,
        unit: "ms", floor: peer, ratio: Measure.median(times) * 1e3 / peer, goal: "≤ 2 ms"),
      Figure(
        id: "B7", name: "key to frame, 99 of 100", value: sorted[sorted.count * 99 / 100] * 1e3,
        unit: "ms", goal: "≤ 8 ms"),
      Figure(id: "B7", name: "frame of a key", value: Measure.median(bytes), unit: "bytes"),
    ]
  }

  /// Hands frames to a relay at an even pace, from a thread of its own.
  private final class Feed: Sendable {
    private let worker: Worker
    private let over = Shared(false)

    init(_ frames: [[UInt8]], to url: String) {
      let over = over
      worker = Worker("bench.feed") {
        guard let client = try? BenchClient(url, connections: 1) else { return }
        defer { client.stop() }
        let share = arriving / 100
        for first in stride(from: 0, to: frames.count, by: share) where !over.value {
          client.send(Array(frames[first..<min(first + share, frames.count)]), on: 0)
          // The pace is what is wanted here.
          usleep(10_000)
        }
      }
    }

    func stop() {
      over.set(true)
      worker.join()
    }
  }
}
