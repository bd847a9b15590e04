package import Glibc
package import Home
package import Nostr

/// The worker's side of a supervisor: starting one, talking to it, and finding it again.
package enum RunProcess {
  /// What there is of a segment.
  package enum Presence: Sendable, Equatable {
    /// No supervisor has begun it.
    case notStarted
    case running(RunLive)
    case ended(RunStatus)
    /// Its supervisor was killed; ``RunProcesses/end(run:below:reap:)`` ends what it left.
    case lost
  }

  package static func presence(of directory: RunDirectory, segment: Int64) -> Presence {
    let live = directory.live()
    // Looked at before the status: one that ends in between has written it by then.
    let isAlive = live.map { $0.segment == segment && $0.supervisor.isAlive } ?? false
    if let status = directory.status(segment: segment) { return .ended(status) }
    if let live, isAlive { return .running(live) }
    return live?.segment == segment ? .lost : .notStarted
  }

  /// Starts the supervisor of a prepared run and waits until the program runs, or could not be started.
  ///
  /// - Parameter passes: the names of variables that the program gets from this process; their values stand in
  ///   the supervisor's environment, and nowhere on disk.
  /// - Returns: its process, which the caller reaps.
  package static func start(
    _ directory: RunDirectory, passes: [String], executable: String = Spawn.ourselves,
    within milliseconds: Int64 = 10_000
  ) throws(StudioError) -> pid_t {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw .system("making a pipe", errno: errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    let log = Spawn.Source.file(directory.supervisorLog, flags: O_WRONLY | O_CREAT | O_APPEND)
    let spawn = Spawn(
      executable, ["studio", "_run", directory.path, "--detached"],
      environment: Spawn.environment(passing: Spawn.studioVariables + passes),
      descriptors: [.nowhere, log, log, .descriptor(ends[1])])
    let started: pid_t
    do {
      started = try spawn.start()
      close(ends[1])
    } catch {
      close(ends[1])
      throw error
    }
    let deadline = SystemCall.monotonicMilliseconds() + milliseconds
    var entry = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
    while poll(&entry, 1, Int32(clamping: max(0, deadline - SystemCall.monotonicMilliseconds())))
      < 0,
      errno == EINTR
    {}
    return started
  }

  /// Sends one line to the supervisor of a run and waits for its answer.
  ///
  /// - Throws: `run_over` when none listens, `timeout` when it does not answer in time.
  package static func ask(
    _ directory: RunDirectory, _ request: JSONObject, within milliseconds: Int64 = 5_000
  ) throws(StudioError) -> JSON {
    guard
      let socket = try ControlSocket.connect(path: directory.socketFile, name: "the supervisor")
    else { throw over }
    let deadline = SystemCall.monotonicMilliseconds() + milliseconds
    do {
      try socket.send(.object(request))
      while socket.waitReadable(until: deadline) {
        if let answer = try socket.receiveAvailable().first { return answer }
      }
    } catch {
      throw over
    }
    throw StudioError("timeout", "the supervisor has not answered within \(milliseconds) ms")
  }

  /// Has a run stopped, all of it; `status.json` tells when it is.
  package static func stop(_ directory: RunDirectory, reason: String) throws(StudioError) {
    _ = try ask(directory, ["op": "stop", "reason": .string(reason)])
  }

  private static var over: StudioError {
    StudioError("run_over", "no supervisor runs this run", hint: "studio worker runs lists them")
  }
}
