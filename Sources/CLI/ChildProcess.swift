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

  /// Starts the program with `arguments`; its standard error is appended to `log`.
  static func start(_ arguments: [String], log: String) throws(StudioError) -> ChildProcess {
    let toChild = try pipe()
    let fromChild = try pipe()
    defer {
      close(toChild.reading)
      close(fromChild.writing)
    }
    let spawn = Spawn(
      Spawn.ourselves, ["studio"] + arguments,
      environment: Spawn.environment(passing: Spawn.studioVariables),
      descriptors: [
        .descriptor(toChild.reading), .descriptor(fromChild.writing),
        .file(log, flags: O_WRONLY | O_CREAT | O_APPEND),
      ])
    let child: pid_t
    do {
      child = try spawn.start()
    } catch {
      close(toChild.writing)
      close(fromChild.reading)
      throw error
    }
    return ChildProcess(pid: child, input: toChild.writing, output: fromChild.reading)
  }

  /// Both ends close on exec: a child that held another's writing end would keep it from its end of file.
  private static func pipe() throws(StudioError) -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    guard Glibc.pipe(&ends) == 0 else { throw .system("making a pipe", errno: errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
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
