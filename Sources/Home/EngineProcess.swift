import Glibc

/// Finding and starting the engine's process, in the manner of ssh-agent.
package enum EngineProcess {
  /// Connects to the engine of this home, starting one when there is none.
  ///
  /// - Parameters:
  ///   - executable: the program to run as `PROGRAM --home … engine run`; `/proc/self/exe` by default.
  ///   - milliseconds: how long to wait for a started engine to listen.
  /// - Throws: `engine_unreachable` when none answers in time, naming its log.
  package static func reach(
    _ home: Home, arguments: [String], executable: String = "/proc/self/exe",
    within milliseconds: Int64 = 10_000
  ) throws(StudioError) -> ControlSocket {
    if let socket = try ControlSocket.connect(to: home) { return socket }
    let deadline = SystemCall.monotonicMilliseconds() + milliseconds
    let launch = try start(home, arguments: arguments, executable: executable)
    // The started engine closes this pipe when it listens, or when it ends: no polling either way.
    var entry = pollfd(fd: launch.ready, events: Int16(POLLIN), revents: 0)
    while poll(&entry, 1, Int32(clamping: max(0, deadline - SystemCall.monotonicMilliseconds())))
      < 0,
      errno == EINTR
    {}
    // Another face may have won the race to start one; that engine may still be opening.
    while true {
      if let socket = try ControlSocket.connect(to: home) { return socket }
      guard SystemCall.monotonicMilliseconds() < deadline else { break }
      usleep(10_000)
    }
    throw StudioError(
      "engine_unreachable", "the engine of this home did not start",
      hint: "its log is \(home.logFile)")
  }

  /// The descriptor that a starting engine closes when it is ready to be connected to.
  package static let readyDescriptor: Int32 = 3

  /// Starts a detached process in a session of its own, and does not wait for it: standard input from nowhere,
  /// output to the engine's log, every other descriptor closed.
  package static func start(
    _ home: Home, arguments: [String], executable: String = "/proc/self/exe"
  ) throws(StudioError) -> EngineLaunch {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw .system("making a pipe", errno: errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[1]) }
    let log = Spawn.Source.file(home.logFile, flags: O_WRONLY | O_CREAT | O_APPEND)
    let spawn = Spawn(
      executable, ["studio"] + arguments,
      environment: Spawn.environment(passing: Spawn.studioVariables),
      descriptors: [.nowhere, log, log, .descriptor(ends[1])])
    let child: pid_t
    do {
      child = try spawn.start()
    } catch {
      close(ends[0])
      throw error
    }
    return EngineLaunch(ready: ends[0], process: child)
  }
}

/// An engine that was started and may not listen yet.
package final class EngineLaunch {
  /// Readable once the engine listens, or has ended.
  package let ready: Int32
  private let process: pid_t
  private var ended = false

  init(ready: Int32, process: pid_t) {
    self.ready = ready
    self.process = process
  }

  deinit {
    _ = hasEnded
    close(ready)
  }

  /// Whether its process is gone; takes what is left of it, so that no zombie stays while a face lives on.
  package var hasEnded: Bool {
    if !ended { ended = waitpid(process, nil, WNOHANG) != 0 }
    return ended
  }

  /// Whether it listens, or has ended.
  package var isReady: Bool {
    var entry = pollfd(fd: ready, events: Int16(POLLIN), revents: 0)
    return poll(&entry, 1, 0) > 0
  }
}
