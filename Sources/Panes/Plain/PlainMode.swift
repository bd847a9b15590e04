private import Glibc
package import Home
import Terminal
package import Workspace

/// Runs the workspace as lines over two descriptors: sleeps until a line is typed, the engine says something, an
/// answer is due or a signal comes.
package final class PlainMode {
  private let session: PlainSession
  private let workspace: Workspace
  private let clock = Clock.system
  private let input: Int32
  private let isScript: Bool
  private var buffer: [UInt8] = []
  private var isSkipping = false
  private var inputIsOpen = true

  /// Longest line that is read.
  private static let longest = 262_144

  private init(_ workspace: Workspace, input: Int32, output: Int32, isScript: Bool) {
    self.workspace = workspace
    self.input = input
    self.isScript = isScript
    session = PlainSession(workspace: workspace, clock: clock) { line in
      // A reader that went away has had what it wanted.
      try? SystemCall.write(Array("\(line)\n".utf8), to: output)
    }
  }

  /// Runs until the input ends, somebody quits or a signal comes.
  ///
  /// - Parameter isScript: a refused line is then told by the exit status.
  /// - Returns: the exit status: 0, 1 after a script of which a line was refused, or 128 and the signal's number.
  package static func run(
    _ workspace: Workspace, input: Int32 = 0, output: Int32 = 1, isScript: Bool = false,
    start: SetupForm.Start = .nothing
  ) throws -> Int32 {
    // Before the engine: its key may need a passphrase, which is asked for on the terminal.
    try workspace.engine.connect()
    let signals = try Signals.descriptor()
    defer { close(signals) }
    let mode = PlainMode(workspace, input: input, output: output, isScript: isScript)
    workspace.engine.nudge(.status)
    mode.session.begin()
    mode.session.begin(start)
    return try mode.loop(signals)
  }

  /// As `run` for a home that has no identity yet: a few questions first.
  ///
  /// - Parameter demo: opens the demo instead.
  package static func runFirst(
    _ home: Home, input: Int32 = 0, output: Int32 = 1, demo: () throws -> Int32
  ) throws -> Int32 {
    guard let (form, wantsDemo) = try SetupLines.ask(home: home, input: input, output: output)
    else { return 0 }
    if wantsDemo { return try demo() }
    let passphrase = form.passphrase
    let workspace = try Workspace(home: home, unlock: { passphrase ?? "" })
    return try run(workspace, input: input, output: output, start: form.start)
  }

  private func loop(_ signals: Int32) throws -> Int32 {
    while !session.isDone {
      var waits = [
        pollfd(fd: inputIsOpen ? input : -1, events: Int16(POLLIN), revents: 0),
        pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
        pollfd(fd: workspace.engine.descriptor ?? -1, events: Int16(POLLIN), revents: 0),
      ]
      guard poll(&waits, nfds_t(waits.count), timeout) >= 0 || errno == EINTR else {
        throw StudioError.system("waiting for a line", errno: errno)
      }
      if waits[1].revents != 0, let number = stopping(signals) {
        session.close()
        return 128 + number
      }
      if waits[2].revents != 0 { listen() }
      if waits[0].revents != 0 { readLines() }
      if let due = session.deadline, due <= clock.monotonic() { session.tick() }
    }
    return isScript && session.hasFailed ? 1 : 0
  }

  private var timeout: Int32 {
    guard let deadline = session.deadline else { return -1 }
    let left = deadline - clock.monotonic()
    guard left > .zero else { return 0 }
    let (seconds, fraction) = left.components
    return Int32(min(seconds, 86_400) * 1_000 + fraction / 1_000_000_000_000_000 + 1)
  }

  private func stopping(_ signals: Int32) -> Int32? {
    for number in Signals.read(signals) {
      switch number {
      case SIGTSTP: raise(SIGSTOP)
      case SIGWINCH, SIGCONT: break
      default: return number
      }
    }
    return nil
  }

  private func listen() {
    do {
      for notice in try workspace.engine.receive() { session.hear(notice) }
    } catch {
      // It may have been killed: another is started, and finds what was ordered.
      do {
        try workspace.engine.ask(.orders)
        workspace.engine.nudge(.status)
        session.hear(.changed(seq: 0))
      } catch {
        session.refuse(error)
        session.end()
      }
    }
  }

  private func readLines() {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    let count = read(input, &chunk, chunk.count)
    if count < 0, errno == EINTR || errno == EAGAIN { return }
    guard count > 0 else {
      inputIsOpen = false
      if !buffer.isEmpty { take(buffer) }
      session.end()
      return
    }
    for byte in chunk[..<count] {
      if byte == UInt8(ascii: "\n") {
        if !isSkipping { take(buffer) }
        (buffer, isSkipping) = ([], false)
      } else if buffer.count < Self.longest {
        buffer.append(byte)
      } else if !isSkipping {
        isSkipping = true
        session.refuse(
          StudioError("bad_usage", "a line is at most \(Self.longest) bytes; it was not done"))
      }
    }
  }

  private func take(_ bytes: [UInt8]) {
    let bytes = bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes[...]
    guard let line = String(validating: bytes, as: UTF8.self) else {
      return session.refuse(StudioError("bad_usage", "a line is not UTF-8; it was not done"))
    }
    session.receive(line)
  }
}
