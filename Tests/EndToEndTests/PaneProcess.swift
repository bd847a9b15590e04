import Glibc
import Synchronization
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
    for descriptor in [pty.inner, pty.outer] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // The first terminal that the leader of a new session opens is that session's.
    posix_spawn_file_actions_addopen(&actions, 0, pty.path, O_RDWR, 0)
    posix_spawn_file_actions_adddup2(&actions, 0, 1)
    posix_spawn_file_actions_adddup2(&actions, 0, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    let newSession: Int32 = 0x80
    posix_spawnattr_setflags(
      &attributes, Int16(newSession | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    let variables = [
      "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TERM": "xterm-256color", "HOME": "/dev/null",
    ].merging(environment) { $1 }
    var arguments = words.map { strdup($0) } + [nil]
    var settings = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { (arguments + settings).forEach { free($0) } }
    var child: pid_t = 0
    let outcome = posix_spawn(&child, words[0], &actions, &attributes, &arguments, &settings)
    guard outcome == 0 else {
      throw Process.Failure(
        description: "starting \(words[0]) failed: \(String(cString: strerror(outcome)))")
    }
    pid = child
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
