import Glibc
import Home

/// The program of a run: started with a file for its input and two pipes for its output, in a group of its own.
final class RunProgram {
  let identity: ProcessIdentity
  /// Readable when it has ended.
  let handle: Int32
  let output: OutputFile
  let errors: OutputFile
  /// How it ended.
  private(set) var end: (exit: Int64?, signal: Int64?)?

  private let run: String
  private let isSandboxed: Bool
  private var pid: pid_t { identity.pid }

  /// - Throws: why it cannot be started.
  init(_ spec: RunSpec, _ directory: RunDirectory) throws(StudioError) {
    run = spec.run
    isSandboxed = spec.sandbox != .none
    var environment = spec.environment
    environment.merge(Spawn.environment(passing: spec.passes)) { given, _ in given }
    environment[RunProcesses.variable] = spec.run
    environment["STUDIO_RUN_DIR"] = directory.path
    environment["STUDIO"] = spec.studio
    var folder = stat()
    guard stat(spec.work, &folder) == 0, folder.st_mode & S_IFMT == S_IFDIR else {
      throw StudioError(
        "spawn_failed", "the directory to work in is not there", field: "work", value: spec.work)
    }
    let executable = try Self.find(spec.argv[0], path: environment["PATH"])
    output = try OutputFile(directory.outputFile, limit: spec.limits.outputBytes)
    errors = try OutputFile(directory.errorFile, limit: spec.limits.outputBytes)
    var spawn = Spawn(
      executable, spec.argv, environment: environment,
      descriptors: [
        .file(directory.promptFile, flags: O_RDONLY), .descriptor(output.writing),
        .descriptor(errors.writing),
      ])
    spawn.group = .own
    spawn.directory = spec.work
    let pid = try spawn.start()
    output.closeWriting()
    errors.closeWriting()
    identity =
      ProcessIdentity(pid) ?? ProcessIdentity(pid: pid, started: 0, boot: ProcessTable.bootID)
    handle = SystemCall.openProcess(pid)
  }

  deinit { if handle >= 0 { close(handle) } }

  /// The file of a program, as a shell finds it.
  static func find(_ name: String, path: String?) throws(StudioError) -> String {
    if name.contains("/") {
      guard access(name, X_OK) == 0 else {
        throw StudioError(
          "spawn_failed", "the program cannot be run: \(SystemCall.message(errno))",
          field: "argv", value: name)
      }
      return name
    }
    for folder in (path ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":") {
      let file = "\(folder)/\(name)"
      if access(file, X_OK) == 0 { return file }
    }
    throw StudioError(
      "spawn_failed", "there is no program of this name", field: "argv", value: name,
      hint: "its directory has to be in the worker's PATH")
  }

  /// Signals the whole group, as long as its leader has not been reaped: its number is nobody else's until then.
  ///
  /// The leader of a sandbox would end everything in it at once: what is asked politely, it does not hear.
  func signal(_ number: Int32) {
    guard end == nil else { return }
    guard isSandboxed, number != SIGKILL else {
      kill(-pid, number)
      return
    }
    for process in RunProcesses.all(run: run, below: getpid()) where process.pid != pid {
      kill(process.pid, number)
    }
  }

  /// Whether it has ended; its group is killed before its number is given up.
  func hasEnded() -> Bool {
    guard end == nil else { return true }
    var info = siginfo_t()
    guard waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0, info.si_signo != 0
    else { return false }
    kill(-pid, SIGKILL)
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    end =
      status & 0x7F == 0
      ? (Int64((status >> 8) & 0xFF), nil) : (nil, Int64(status & 0x7F))
    return true
  }

  /// Takes what is left of orphans that ended; never of the program itself.
  func reapOrphans() {
    while true {
      var info = siginfo_t()
      guard waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0, info.si_signo != 0 else {
        return
      }
      let ended = info._sifields._sigchld.si_pid
      guard ended != pid || end != nil else { return }
      waitpid(ended, nil, WNOHANG)
    }
  }
}

/// One stream of a program: read from a pipe, kept in a file up to a limit, and counted beyond.
final class OutputFile {
  /// To poll for reading; negative once it has ended.
  private(set) var reading: Int32
  private(set) var writing: Int32
  private(set) var bytes: Int64 = 0
  private(set) var dropped: Int64 = 0

  private let file: Int32
  private let limit: Int64
  private var kept: Int64
  private var chunk = [UInt8](repeating: 0, count: 1 << 16)

  init(_ path: String, limit: Int64) throws(StudioError) {
    self.limit = limit
    file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else { throw .system("opening", path: path, errno: errno) }
    var status = stat()
    fstat(file, &status)
    kept = Int64(status.st_size)
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      let code = errno
      close(file)
      throw .system("making a pipe", errno: code)
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    (reading, writing) = (ends[0], ends[1])
  }

  deinit {
    for one in [reading, writing, file] where one >= 0 { close(one) }
  }

  func closeWriting() {
    if writing >= 0 { close(writing) }
    writing = -1
  }

  /// Takes what the pipe holds, a mebibyte at most; `nil` when nothing came.
  func take() -> [UInt8]? {
    guard reading >= 0 else { return nil }
    var taken: [UInt8] = []
    while taken.count < 1 << 20 {
      let count = read(reading, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      if count == 0 {
        close(reading)
        reading = -1
      }
      guard count > 0 else { break }
      taken += chunk[..<count]
    }
    guard !taken.isEmpty else { return nil }
    keep(taken)
    return taken
  }

  private func keep(_ taken: [UInt8]) {
    bytes += Int64(taken.count)
    let room = Int(max(0, min(limit - kept, Int64(taken.count))))
    var written = 0
    while written < room {
      let count = taken[written..<room].withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      // A full disk costs the log, not the run.
      guard count > 0 else { break }
      written += count
    }
    kept += Int64(written)
    dropped += Int64(taken.count - written)
  }
}
