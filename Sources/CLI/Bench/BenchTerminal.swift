import Glibc
import Home
import Terminal

/// The workspace of a home on a terminal of its own, as a person would have it before them.
final class BenchTerminal {
  let pid: pid_t
  private let outer: Int32
  private var isOver = false

  /// Opens `studio --home …` on a terminal of this size.
  init(_ home: Home, _ size: Size) throws {
    // TIOCSPTLCK and TIOCGPTN, whose macros do not reach Swift.
    let unlock: UInt = 0x4004_5431
    let getNumber: UInt = 0x8004_5430
    outer = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var zero: Int32 = 0
    var number: Int32 = 0
    guard outer >= 0, ioctl(outer, unlock, &zero) == 0, ioctl(outer, getNumber, &number) == 0 else {
      throw StudioError.system("opening a terminal", path: "/dev/ptmx", errno: errno)
    }
    var window = winsize()
    window.ws_col = UInt16(size.columns)
    window.ws_row = UInt16(size.rows)
    _ = ioctl(outer, UInt(TIOCSWINSZ), &window)
    let side = Spawn.Source.file("/dev/pts/\(number)", flags: O_RDWR)
    var environment = Spawn.environment(passing: Spawn.studioVariables)
    environment["TERM"] = "xterm-256color"
    environment["LANG"] = "C.UTF-8"
    let spawn = Spawn(
      Spawn.ourselves, ["studio"] + home.option, environment: environment,
      descriptors: [side, side, side])
    pid = try spawn.start()
  }

  func type(_ text: String) throws { try SystemCall.write(Array(text.utf8), to: outer) }

  /// What it writes until `what` is in it, or until `isDone` says so of all of it, and when that was.
  @discardableResult
  func read(
    _ what: String, within seconds: Double = 30, until isDone: ((borrowing [UInt8]) -> Bool)? = nil
  ) throws -> (bytes: [UInt8], at: Double) {
    let deadline = Measure.now() + seconds
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      var entry = pollfd(fd: outer, events: Int16(POLLIN), revents: 0)
      let left = deadline - Measure.now()
      guard left > 0, poll(&entry, 1, Int32(left * 1_000) + 1) >= 0 else { break }
      guard entry.revents != 0 else { continue }
      let count = Glibc.read(outer, &chunk, chunk.count)
      guard count > 0 else { break }
      bytes += chunk[..<count]
      if isDone?(bytes) ?? bytes.holds(what) { return (bytes, Measure.now()) }
    }
    throw BenchError.wrong("the workspace did not show “\(what)” within \(Int(seconds)) s")
  }

  /// Takes what has come, without waiting for more than `seconds`.
  func drain(for seconds: Double) {
    _ = try? read("", within: seconds) { _ in false }
  }

  /// Takes what comes until nothing has for `seconds`.
  ///
  /// - Returns: when the last of it came; `nil` when nothing did.
  func settle(for seconds: Double) -> Double? {
    var last: Double?
    while let part = try? read("", within: seconds, until: { !$0.isEmpty }) { last = part.at }
    return last
  }

  /// Ends the workspace and waits for it.
  func close() {
    guard !isOver else { return }
    isOver = true
    kill(pid, SIGTERM)
    drain(for: 2)
    Glibc.close(outer)
    kill(pid, SIGKILL)
    while waitpid(pid, nil, 0) < 0 && errno == EINTR {}
  }

  deinit { close() }
}

extension [UInt8] {
  /// Whether a text occurs in it, as UTF-8.
  func holds(_ text: String) -> Bool { firstRange(of: Array(text.utf8)) != nil }
}
