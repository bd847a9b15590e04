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

  /// POSIX_SPAWN_SETSID, which Glibc's overlay lacks.
  private static let setSession: Int16 = 0x80

  /// What an engine may see of the environment; nothing else of the face's reaches it.
  private static let passedVariables = [
    "HOME", "PATH", "LANG", "LC_ALL", "TZ", "STUDIO_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
    "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "SSL_CERT_FILE", "SSL_CERT_DIR",
  ]

  /// Starts a detached process in a session of its own, and does not wait for it: standard input from nowhere,
  /// output to the engine's log, every other descriptor closed.
  package static func start(
    _ home: Home, arguments: [String], executable: String = "/proc/self/exe"
  ) throws(StudioError) -> EngineLaunch {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw .system("making a pipe", errno: errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[1]) }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(
      &actions, 1, home.logFile, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    // dup2 onto itself would keep close-on-exec, so the pipe takes the long way round.
    posix_spawn_file_actions_adddup2(&actions, ends[1], 200)
    posix_spawn_file_actions_adddup2(&actions, 200, readyDescriptor)
    posix_spawn_file_actions_addclose(&actions, 200)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, setSession | Int16(POSIX_SPAWN_SETSIGMASK))

    var words: [UnsafeMutablePointer<CChar>?] = (["studio"] + arguments).map { strdup($0) } + [nil]
    defer { words.forEach { free($0) } }
    var environment: [UnsafeMutablePointer<CChar>?] =
      passedVariables.compactMap { name in
        SystemCall.environment(name).map { strdup("\(name)=\($0)") }
      } + [nil]
    defer { environment.forEach { free($0) } }
    var child: pid_t = 0
    let outcome = posix_spawn(&child, executable, &actions, &attributes, &words, &environment)
    guard outcome == 0 else {
      close(ends[0])
      throw .system("starting the engine", path: executable, errno: outcome)
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
