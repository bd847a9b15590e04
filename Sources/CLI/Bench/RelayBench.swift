import Home
import Nostr
import Relay
import Synchronization
import Threads

/// B10: the embedded relay in a process of its own, from this one's connections.
enum RelayBench {
  static let subscribers = 50
  /// What rust-nostr's LocalRelay did on the machine where the goals were set, in memory.
  private static let peerAccepted = 9_750.0
  private static let peerServed = 20_700.0

  static func run(count: Int, in scene: BenchScene) throws -> [Figure] {
    let relay = try scene.relay(database: scene.path("served.sqlite"))
    defer { scene.stop(relay: relay.pid) }
    let accepted = try accept(count, at: relay.url)
    let served = try fanOut(max(1, count / 10), at: relay.url)
    return [
      Figure(
        id: "B10", name: "relay accepts, durable", value: accepted, unit: "events/s",
        floor: peerAccepted, ratio: accepted / peerAccepted, goal: "≥ 1"),
      Figure(
        id: "B10", name: "relay serves \(subscribers) subscribers", value: served, unit: "events/s",
        floor: peerServed, ratio: served / peerServed, goal: "≥ 1"),
    ]
  }

  /// Notes signed by one key, each another.
  private static func notes(_ count: Int, _ text: String) throws -> [Event] {
    let secret = SecretKey.random()
    let share = (count + SystemCall.processors - 1) / SystemCall.processors
    let now = SystemCall.now()
    return try Measure.onAllProcessors { index in
      try (min(index * share, count)..<min((index + 1) * share, count)).map { number in
        try UnsignedEvent(
          pubkey: secret.publicKey, createdAt: now, kind: 1,
          content: "\(text) \(number): what people say to each other in a line or two."
        ).signed(by: secret)
      }
    }.flatMap { $0 }
  }

  /// Events accepted in a second, from the first byte sent to the last OK.
  private static func accept(_ count: Int, at url: String) throws -> Double {
    let events = try notes(count, "accepted")
    let frames = events.map { ClientMessage.event($0).bytes }
    let client = try BenchClient(url, connections: 1)
    defer { client.stop() }
    let seconds = try Measure.seconds {
      client.send(frames, on: 0)
      try client.wait(forFrames: count)
    }
    var accepted: Set<EventID> = []
    for frame in client.frames(of: 0) {
      if case .ok(let id?, true, _) = try RelayMessage(parsing: frame) { accepted.insert(id) }
    }
    guard accepted == Set(events.map(\.id)) else {
      throw BenchError.wrong("\(accepted.count) of \(count) events were accepted")
    }
    return Double(count) / seconds
  }

  /// Events told in a second to all subscribers together.
  private static func fanOut(_ count: Int, at url: String) throws -> Double {
    let events = try notes(count, "served")
    let frames = events.map { ClientMessage.event($0).bytes }
    let client = try BenchClient(url, connections: subscribers + 1)
    defer { client.stop() }
    let request = ClientMessage.req("s", [Filter(kinds: [1], limit: 0)]).bytes
    for index in 1...subscribers { client.send([request], on: index) }
    // The end of stored events, from each.
    try client.wait(forFrames: subscribers)
    client.forgetFrames()
    let seconds = try Measure.seconds {
      client.send(frames, on: 0)
      try client.wait(forFrames: count * (subscribers + 1))
    }
    let expected = Set(events.map(\.id))
    for index in 1...subscribers {
      let told = client.frames(of: index).compactMap { FrameScan.eventID(in: $0)?.1 }
      guard told.count == count, Set(told) == expected else {
        throw BenchError.wrong("a subscriber was told \(told.count) of \(count) events")
      }
    }
    return Double(count * subscribers) / seconds
  }
}

/// Connections to one relay that keep what they are told.
final class BenchClient: Sendable {
  private struct State {
    var frames: [[[UInt8]]]
    var total = 0
    var wanted = Int.max
    var opened = 0
    var lost: String?
  }

  private final class Shared: Sendable {
    let state: Mutex<State>
    let bell = Inbox<Void>()

    init(connections: Int) {
      state = Mutex(State(frames: Array(repeating: [], count: connections), wanted: 0))
    }

    func take(_ link: LinkID, _ event: LinkEvent) {
      let rings = state.withLock { state in
        switch event {
        case .opened:
          state.opened += 1
          return state.opened == state.frames.count
        case .frame(let frame):
          state.frames[Int(link.raw)].append(frame)
          state.total += 1
          return state.total == state.wanted
        case .closed(let close):
          state.lost = close.reason
          return true
        case .drained: return false
        }
      }
      if rings { bell.post(()) }
    }
  }

  private let shared: Shared
  private let sockets: Sockets

  /// Returns once all connections are open.
  init(_ url: String, connections: Int) throws {
    let shared = Shared(connections: connections)
    self.shared = shared
    sockets = try Sockets { shared.take($0, $1) }
    let address = try RelayURL(url)
    for index in 0..<connections { sockets.open(address, as: LinkID(raw: UInt32(index))) }
    try wait { $0.opened == connections }
  }

  func send(_ frames: [[UInt8]], on index: Int) {
    sockets.send(frames, on: LinkID(raw: UInt32(index)))
  }

  /// Sleeps until `count` frames have come since the last time they were forgotten.
  func wait(forFrames count: Int) throws {
    shared.state.withLock { $0.wanted = count }
    try wait { $0.total >= count }
  }

  func frames(of index: Int) -> [[UInt8]] { shared.state.withLock { $0.frames[index] } }

  func forgetFrames() {
    shared.state.withLock { state in
      state.frames = Array(repeating: [], count: state.frames.count)
      state.total = 0
    }
  }

  func stop() { sockets.stop() }

  private func wait(_ isReady: (borrowing State) -> Bool) throws {
    while true {
      let (isDone, lost) = shared.state.withLock { (isReady($0), $0.lost) }
      if isDone { return }
      if let lost { throw BenchError.wrong("the relay hung up: \(lost)") }
      guard !shared.bell.wait(until: .now + .seconds(120), limit: 1).isEmpty else {
        throw BenchError.wrong("the relay has not answered within two minutes")
      }
    }
  }
}
