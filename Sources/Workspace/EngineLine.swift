package import Home
package import Nostr

/// A face's line to the engine: starts the engine when there is none, unlocks it when the person can, hears what
/// it says.
package final class EngineLine {
  private let home: Home
  private let unlock: () throws -> String
  private var socket: ControlSocket?
  private var launch: EngineLaunch?
  /// The newest status the engine told.
  package private(set) var status: JSON?
  /// Called for every notice, whoever reads the line.
  package var onNotice: ((ControlNotice) -> Void)?

  init(home: Home, unlock: @escaping () throws -> String) {
    self.home = home
    self.unlock = unlock
  }

  /// To poll for reading, once connected.
  package var descriptor: Int32? { socket?.descriptor }

  /// Connects, starting the engine and unlocking it as needed.
  package func connect() throws {
    for _ in 0..<3 where socket == nil {
      do {
        try connectOnce()
      } catch let error as StudioError where error.code == "engine_unreachable" {
        // It ended just then; the next one is started.
        socket = nil
      }
    }
    if socket == nil { try connectOnce() }
  }

  private func connectOnce() throws {
    let line = try EngineProcess.reach(home, arguments: arguments)
    socket = line
    try line.send(ControlRequest.status.json)
    let answer = try wait(seconds: 10) { if case .status(let status) = $0 { status } else { nil } }
    guard answer.object?["unlocked"]?.bool == false else { return }
    do {
      try unlockEngine()
    } catch {
      socket = nil
      throw error
    }
  }

  /// Has an engine of this program bring the replica of an older one up to date. An engine of the older program
  /// that still runs ends first: it would hold the home, and knows nothing else.
  ///
  /// - Throws: `engine_unreachable` when that does not come to pass within ten minutes.
  func renew() throws(StudioError) {
    let deadline = SystemCall.monotonicMilliseconds() + 600_000
    if let running = try ControlSocket.connect(to: home) {
      try? running.send(ControlRequest.stop.json)
      // It hangs up when it has ended.
      while running.waitReadable(until: deadline), (try? running.receiveAvailable()) != nil {}
    }
    _ = try EngineProcess.reach(home, arguments: arguments, within: 600_000)
  }

  private var arguments: [String] { home.option + ["engine", "run", "--detached"] }

  /// How far a line is that must not wait.
  package enum Reach: Equatable, Sendable {
    case connected
    /// An engine is starting: try again when this descriptor is readable; after a while when there is none.
    case starting(ready: Int32?)
  }

  /// One step towards the engine, without ever waiting: connects, or starts an engine. Asks for the status and
  /// points to the orders that wait. A locked engine stays locked: the status says so.
  package func reach() throws(StudioError) -> Reach {
    if socket != nil { return .connected }
    if let line = try ControlSocket.connect(to: home) {
      try line.send(ControlRequest.status.json)
      try line.send(ControlRequest.orders.json)
      socket = line
      return .connected
    }
    if let launch, !launch.hasEnded { return .starting(ready: launch.isReady ? nil : launch.ready) }
    let launch = try EngineProcess.start(home, arguments: arguments)
    self.launch = launch
    return .starting(ready: launch.ready)
  }

  /// Sends a request if there is a line; the next `reach` points the engine to what it missed.
  package func nudge(_ request: ControlRequest) {
    try? socket?.send(request.json)
  }

  private func unlockEngine() throws {
    let passphrase = try unlock()
    try ask(.unlock(passphrase: passphrase))
    // scrypt takes its time on purpose.
    let error = try wait(seconds: 60) { notice -> StudioError?? in
      if case .unlocked(let error) = notice { .some(error) } else { nil }
    }
    if let error { throw error }
  }

  /// Sends a request, connecting first.
  package func ask(_ request: ControlRequest) throws {
    try connect()
    do {
      try socket?.send(request.json)
    } catch {
      // The engine went away between two requests: the next one is started, and nothing accepted is lost.
      socket = nil
      try connect()
      try socket?.send(request.json)
    }
  }

  /// Takes every notice that has arrived.
  ///
  /// - Throws: `engine_unreachable` when the engine has gone; the next request starts another.
  package func receive() throws -> [ControlNotice] {
    guard let socket else { return [] }
    do {
      let notices = try socket.receiveAvailable().compactMap(ControlNotice.init(json:))
      for notice in notices {
        if case .status(let status) = notice { self.status = status }
        onNotice?(notice)
      }
      return notices
    } catch {
      self.socket = nil
      throw error
    }
  }

  /// Sleeps until the engine says anything; `false` when the deadline (monotonic milliseconds) has passed.
  package func waitForNews(until deadline: Int64) throws -> Bool {
    guard let socket else {
      try connect()
      return SystemCall.monotonicMilliseconds() < deadline
    }
    guard socket.waitReadable(until: deadline) else { return false }
    do {
      _ = try receive()
    } catch {
      // It may have been killed: another is started, finds the order in the replica and does it.
      try ask(.orders)
    }
    return true
  }

  /// Waits for one kind of notice.
  ///
  /// - Throws: `timeout`.
  package func wait<T>(seconds: Int, _ pick: (ControlNotice) -> T?) throws -> T {
    let deadline = SystemCall.monotonicMilliseconds() + Int64(seconds) * 1000
    while let socket, socket.waitReadable(until: deadline) {
      for notice in try receive() { if let picked = pick(notice) { return picked } }
    }
    throw StudioError("timeout", "the engine has not answered within \(seconds) s")
  }
}
