import FourA
import Foundation
import Glibc
import Home
import Nostr
import Replica
import Sync
import Synchronization
import Threads

/// A throw-away directory with what a benchmark needs in it, and the processes it has started.
final class BenchScene: Sendable {
  private struct State {
    var children: [ChildProcess] = []
    var homes: [Home] = []
    var isClosed = false
  }

  private let directory: TemporaryDirectory
  private let state = Mutex(State())

  init() throws { directory = try TemporaryDirectory(name: "studio-bench") }

  /// Runs `body` with a scene, which is gone afterwards, also when a signal ends the program.
  static func with<T>(_ body: (BenchScene) throws -> T) throws -> T {
    let scene = try BenchScene()
    Worker.detach("signals") {
      ControlServer.waitForStopSignal()
      scene.close()
      _exit(130)
    }
    defer { scene.close() }
    return try body(scene)
  }

  func path(_ name: String) -> String { "\(directory.path)/\(name)" }

  /// Starts a relay on a free port in a process of its own, over the database at `path`.
  func relay(database: String) throws -> (url: String, pid: pid_t) {
    let child = try ChildProcess.start(
      ["--home", path("relay"), "relay", "--listen", "127.0.0.1:0", "--db", database],
      log: path("relay.log"))
    state.withLock { $0.children.append(child) }
    guard let url = child.firstLine() else { throw BenchError.wrong("the relay did not start") }
    return (url, child.pid)
  }

  /// A home whose identity is `secret`, and which knows of `room` and no more.
  func home(_ name: String, _ secret: SecretKey, room: Audience, relay: String) throws -> Home {
    let home = Home(directory: path(name))
    try Identity.create(secret, in: home, passphrase: nil)
    try Configuration(relays: [relay]).save(to: home)
    let replica = try Replica(path: home.replicaFile, now: SystemCall.now)
    try replica.follow(room, relation: .joined, relays: [relay], keyring: Keyring())
    return home
  }

  /// Starts the engine of a home, in a process of its own that ends with this one.
  func engine(of home: Home) throws -> ControlSocket {
    state.withLock { $0.homes.append(home) }
    let socket = try EngineProcess.reach(
      home, arguments: home.option + ["engine", "run", "--detached"])
    try socket.send(ControlRequest.leaveWithLastFace.json)
    return socket
  }

  /// The process of an engine, once its status satisfies `isReady`.
  func process(
    of engine: ControlSocket, when isReady: (JSONObject) -> Bool = { _ in true }
  ) throws -> pid_t {
    try engine.send(ControlRequest.status.json)
    let deadline = SystemCall.monotonicMilliseconds() + 3_600_000
    while engine.waitReadable(until: deadline) {
      for case .status(let status) in try engine.receiveAvailable().compactMap(
        ControlNotice.init(json:))
      {
        if let status = status.object, isReady(status), let pid = status["pid"]?.integer {
          return pid_t(pid)
        }
      }
    }
    throw BenchError.wrong("the engine did not get there within an hour")
  }

  func stopEngine(of home: Home) { DemoStage.stopEngine(of: home) }

  /// Ends a relay.
  func stop(relay pid: pid_t) {
    let child = state.withLock { state in
      state.children.firstIndex { $0.pid == pid }.map { state.children.remove(at: $0) }
    }
    child?.end(SIGTERM)
  }

  func close() {
    let (children, homes) = state.withLock { state in
      defer { state = State(isClosed: true) }
      return (state.children, state.homes)
    }
    for home in homes { stopEngine(of: home) }
    for child in children { child.end(SIGTERM) }
    directory.remove()
  }
}

/// What the system tells of a process.
struct ProcessUsage {
  /// The most memory it ever held, in MiB.
  let peakMemory: Double
  /// The time that processors have spent on it, in seconds.
  let processorTime: Double
  /// How often its threads have slept and been woken.
  let wakes: Double

  init(of pid: pid_t) throws {
    peakMemory = try Self.field("VmHWM", of: "\(pid)") / 1024
    let tasks = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")
    wakes = try tasks.map { try Self.field("voluntary_ctxt_switches", of: "\(pid)/task/\($0)") }
      .reduce(0, +)
    // After the name, which may hold blanks: utime and stime are the 12th and 13th field.
    let stat = try Self.text("/proc/\(pid)/stat")
    let fields = stat.drop { $0 != ")" }.split(separator: " ")
    let ticks = fields.count > 13 ? (Double(fields[12]) ?? 0) + (Double(fields[13]) ?? 0) : 0
    processorTime = ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  /// The number of a line of its status.
  private static func field(_ name: String, of process: String) throws -> Double {
    try text("/proc/\(process)/status").split(separator: "\n")
      .first { $0.hasPrefix("\(name):") }
      .flatMap { $0.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first }
      .flatMap { Double($0) } ?? 0
  }

  private static func text(_ path: String) throws -> String {
    String(decoding: try SystemCall.read(path, limit: 65_536) ?? [], as: UTF8.self)
  }
}
