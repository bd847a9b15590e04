import Glibc
import Home
import Terminal
import TestKit

/// A program on a terminal of its own: what it shows, and keys typed to it.
final class PaneProcess {
  let pid: pid_t
  private let pty: PTY
  private var screen: VirtualTerminal
  private var status: Int32?

  /// Starts a program with nothing of this process's environment but what is given.
  init(
    _ words: [String], columns: Int = 80, rows: Int = 24, environment: [String: String] = [:]
  ) throws {
    pty = try PTY(columns: columns, rows: rows)
    screen = VirtualTerminal(Size(columns: columns, rows: rows))
    let variables = [
      "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TERM": "xterm-256color", "HOME": "/dev/null",
    ].merging(environment) { $1 }
    // The first terminal that the leader of a new session opens is that session's.
    let side = Spawn.Source.file(pty.path, flags: O_RDWR)
    pid = try Spawn(
      words[0], words, environment: variables, descriptors: [side, side, side]
    ).start()
  }

  deinit { end(SIGKILL) }

  /// What the screen shows now.
  var text: String {
    screen.feed(pty.take())
    return screen.text
  }

  /// The modes that are on in the terminal now.
  var modes: Set<String> {
    screen.feed(pty.take())
    return screen.modes
  }

  func type(_ text: String) { pty.type(text) }

  /// Gives the terminal another size, which its programs are told.
  func resize(columns: Int, rows: Int) {
    screen.feed(pty.take())
    screen.resize(to: Size(columns: columns, rows: rows))
    pty.resize(columns: columns, rows: rows)
  }

  /// Waits for output until the screen shows what is wanted.
  @discardableResult
  func wait(
    for what: String, seconds: Int = 60, _ wanted: ((String) -> Bool)? = nil
  ) throws -> String {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while true {
      let shown = text
      if wanted?(shown) ?? shown.contains(what) { return shown }
      let left = deadline - ContinuousClock.now
      guard left > .zero else {
        throw Process.Failure(
          description: "waited in vain for \(what); the screen shows:\n\(shown)")
      }
      var entry = pollfd(fd: pty.outer, events: Int16(POLLIN), revents: 0)
      _ = poll(&entry, 1, Int32(clamping: Int(left / .milliseconds(1)) + 1))
    }
  }

  /// Ends it by a signal and waits until it has ended: its status, or 128 and the signal that ended it.
  @discardableResult
  func end(_ signal: Int32) -> Int32 {
    if let status { return status }
    kill(pid, signal)
    var raw: Int32 = 0
    // What it still has to say must not hold it up.
    while waitpid(pid, &raw, WNOHANG) == 0 {
      screen.feed(pty.take())
      var entry = pollfd(fd: pty.outer, events: Int16(POLLIN), revents: 0)
      _ = poll(&entry, 1, 5)
    }
    let code = raw & 0x7f == 0 ? (raw >> 8) & 0xff : 128 + (raw & 0x7f)
    status = code
    return code
  }
}
