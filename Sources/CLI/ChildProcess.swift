import Glibc
import Home

/// This program run once more beside itself, in a session of its own, so that the terminal's signals reach the
/// parent alone.
struct ChildProcess {
  let pid: pid_t
  /// The child's standard input. When its last writer is gone, however that came, the child reads end of file.
  let input: Int32
  /// The child's standard output.
  let output: Int32

  /// POSIX_SPAWN_SETSID, which Glibc's overlay lacks.
  private static let setSession: Int16 = 0x80

  /// Starts the program with `arguments`; its standard error is appended to `log`.
  static func start(_ arguments: [String], log: String) throws(StudioError) -> ChildProcess {
    let toChild = try pipe()
    let fromChild = try pipe()
    defer {
      close(toChild.reading)
      close(fromChild.writing)
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, toChild.reading, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, fromChild.writing, STDOUT_FILENO)
    posix_spawn_file_actions_addopen(
      &actions, STDERR_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, setSession | Int16(POSIX_SPAWN_SETSIGMASK))

    var words: [UnsafeMutablePointer<CChar>?] = (["studio"] + arguments).map { strdup($0) } + [nil]
    defer { words.forEach { free($0) } }
    var child: pid_t = 0
    let outcome = posix_spawn(&child, "/proc/self/exe", &actions, &attributes, &words, environ)
    guard outcome == 0 else {
      close(toChild.writing)
      close(fromChild.reading)
      throw .system("starting a child process", errno: outcome)
    }
    return ChildProcess(pid: child, input: toChild.writing, output: fromChild.reading)
  }

  /// Both ends close on exec: a child that held another's writing end would keep it from its end of file.
  private static func pipe() throws(StudioError) -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    guard Glibc.pipe(&ends) == 0 else { throw .system("making a pipe", errno: errno) }
    // Above the standard descriptors, so that dup2 in the child never meets its own source.
    for index in ends.indices {
      let raised = fcntl(ends[index], F_DUPFD_CLOEXEC, 3)
      close(ends[index])
      ends[index] = raised
    }
    return (ends[0], ends[1])
  }

  /// The first line of its output, without the line's end; `nil` when it ended before.
  func firstLine() -> String? {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while true {
      let count = read(output, &byte, 1)
      if count < 0 && errno == EINTR { continue }
      guard count == 1 else { return nil }
      if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
      bytes.append(byte)
    }
  }

  /// Closes the child's input, tells it `signal` when one is given, and waits for its end; kills it after
  /// `milliseconds`.
  func end(_ signal: Int32? = nil, within milliseconds: Int64 = 10_000) {
    close(input)
    if let signal { kill(pid, signal) }
    let deadline = SystemCall.monotonicMilliseconds() + milliseconds
    // Its output ends when it does.
    var chunk = [UInt8](repeating: 0, count: 4096)
    var entry = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
    var isOver = false
    while !isOver {
      let left = deadline - SystemCall.monotonicMilliseconds()
      guard left > 0 else { break }
      if poll(&entry, 1, Int32(clamping: left)) > 0 {
        isOver = read(output, &chunk, chunk.count) <= 0
      }
    }
    if !isOver { kill(pid, SIGKILL) }
    close(output)
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
  }
}
