private import CNcurses
private import Glibc

/// The program behind a screen.
package protocol Program: AnyObject {
  /// Something came from the terminal. A frame follows in the same turn.
  func receive(_ event: InputEvent)
  /// The screen has another size; the next frame has it too.
  func resized(to size: Size)
  /// Draws everything, on blanks.
  func draw(on surface: inout Surface)
  /// What the terminal's window is called; nil leaves it as it is.
  var title: SafeText? { get }
  /// When what is shown changes by time alone; nil for never. Monotonic, as `EventLoop.now`.
  var deadline: Duration? { get }
  /// The deadline has come. True when what is shown changed.
  func tick(now: Duration) -> Bool
}

extension Program {
  package var title: SafeText? { nil }
}

/// What a loop asks of the terminal behind its screen.
package protocol TerminalControl: AnyObject {
  /// The size now; the screen has learnt it.
  func measure() -> Size
  /// Stops the job until the shell resumes it; false when that is not possible.
  func suspend() -> Bool
  /// The terminal has answered a question; true when the screen is to be drawn anew.
  func receive(_ reply: TerminalReply, now: Duration) -> Bool
}

/// The one loop of the one thread that draws: a `poll` over the terminal, the signals, whatever
/// descriptors the program watches, and the next deadline. Sleeps when nothing happens.
package final class EventLoop {
  /// Why a loop ended.
  package enum End: Hashable, Sendable {
    /// `stop` was called, or Ctrl-C was pressed twice within two seconds.
    case stopped
    /// SIGINT, SIGTERM or SIGHUP.
    case signal(Int32)
    /// The terminal went away.
    case hangup
  }

  private let screen: any Screen
  private let input: Int32
  private let signals: Int32?
  private let control: (any TerminalControl)?

  private var decoder = KeyDecoder()
  private var clock = FrameClock()
  private var watched: [(descriptor: Int32, ready: () -> Bool)] = []
  private var end: End?
  private var interrupted: Duration?
  /// Turns of the loop so far; an idle loop takes none.
  package private(set) var turns = 0
  /// What the last frames cost.
  package private(set) var frames = FrameLog()
  private var shown: Grid?

  /// A loop over the user's terminal.
  package convenience init(_ session: TerminalSession) {
    self.init(
      screen: session.screen, input: session.input, signals: session.signals, control: session)
  }

  /// A loop over any screen. `input` is a non-blocking descriptor.
  init(
    screen: any Screen, input: Int32, signals: Int32? = nil, control: (any TerminalControl)? = nil
  ) {
    self.screen = screen
    self.input = input
    self.signals = signals
    self.control = control
  }

  /// The monotonic clock of every deadline here.
  package static var now: Duration {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  /// Calls `ready` whenever the descriptor is readable or closed; it must read, or `unwatch`.
  /// It returns true when what is shown changed.
  package func watch(_ descriptor: Int32, ready: @escaping () -> Bool) {
    unwatch(descriptor)
    watched.append((descriptor, ready))
  }

  /// Watches a descriptor no longer. Call it before closing one.
  package func unwatch(_ descriptor: Int32) {
    watched.removeAll { $0.descriptor == descriptor }
  }

  /// Ends the loop after this turn.
  package func stop() { end = .stopped }

  /// Runs until the end. Draws the first frame at once.
  package func run(_ program: some Program) throws(TerminalError) -> End {
    end = nil
    program.resized(to: screen.size)
    clock.noteInput()
    while true {
      try drawIfDue(program)
      if let end { return end }
      try turn(program)
    }
  }

  private func drawIfDue(_ program: some Program) throws(TerminalError) {
    let now = Self.now
    guard clock.isDue(at: now), end == nil else { return }
    var surface = Surface(screen.size)
    program.draw(on: &surface)
    clock.drew(at: now)
    if let title = program.title { screen.title = title }
    do throws(TerminalError) {
      try screen.draw(surface.grid, cursor: surface.cursor)
    } catch .hangup {
      end = .hangup
    }
    let time = Self.now - now
    let cells = surface.grid.cells(otherThan: shown)
    shown = surface.grid
    frames.add(FrameLog.Frame(time: time, bytes: screen.lastFrameBytes, cells: cells))
  }

  private func turn(_ program: some Program) throws(TerminalError) {
    var waits = [pollfd(fd: input, events: Int16(POLLIN), revents: 0)]
    if screen.isBusy { waits[0].events |= Int16(POLLOUT) }
    waits.append(pollfd(fd: signals ?? -1, events: Int16(POLLIN), revents: 0))
    let descriptors = watched.map(\.descriptor)
    waits += descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    let count = poll(&waits, nfds_t(waits.count), milliseconds(until: nextDeadline(program)))
    guard count >= 0 || errno == EINTR else { throw .system(call: "poll", code: errno) }
    turns += 1
    let now = Self.now
    if count > 0 {
      if waits[1].revents != 0 { receiveSignals(program) }
      if waits[0].revents & Int16(POLLOUT) != 0 { try flush() }
      if waits[0].revents & ~Int16(POLLOUT) != 0 { receiveInput(program, now) }
      for (descriptor, wait) in zip(descriptors, waits[2...]) where wait.revents != 0 {
        guard let ready = watched.first(where: { $0.descriptor == descriptor })?.ready else {
          continue
        }
        if ready() { clock.noteChange() }
      }
    }
    if let due = decoder.deadline, due <= now { deliver(decoder.feed([], now: now), program, now) }
    if let due = program.deadline, due <= now, program.tick(now: now) { clock.noteChange() }
  }

  private func nextDeadline(_ program: some Program) -> Duration? {
    [decoder.deadline, clock.deadline, program.deadline].compactMap(\.self).min()
  }

  /// Rounded up, so that a deadline has passed when `poll` returns.
  private func milliseconds(until deadline: Duration?) -> Int32 {
    guard let deadline else { return -1 }
    let left = deadline - Self.now
    guard left > .zero else { return 0 }
    let (seconds, fraction) = left.components
    return Int32(
      min(seconds, 86_400) * 1_000 + (fraction + 999_999_999_999_999) / 1_000_000_000_000_000)
  }

  private func flush() throws(TerminalError) {
    do throws(TerminalError) { try screen.flush() } catch .hangup { end = .hangup }
  }

  private func receiveInput(_ program: some Program, _ now: Duration) {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(input, &buffer, buffer.count)
    if count > 0 {
      deliver(decoder.feed(buffer[..<count], now: now), program, now)
    } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
      end = .hangup
    }
  }

  private func deliver(_ events: [InputEvent], _ program: some Program, _ now: Duration) {
    for event in events where end == nil {
      if case .reply(let reply) = event {
        if control?.receive(reply, now: now) == true { clock.noteChange() }
        continue
      }
      if event == .key(Key(.character("z"), .control)), control != nil {
        suspend(program)
        continue
      }
      if event == .key(Key(.character("c"), .control)) {
        if let interrupted, now - interrupted < .seconds(2) { return stop() }
        interrupted = now
      } else if case .key = event {
        interrupted = nil
      }
      program.receive(event)
      clock.noteInput()
    }
  }

  private func receiveSignals(_ program: some Program) {
    guard let signals else { return }
    for number in Set(Signals.read(signals)).sorted() {
      switch number {
      case SIGWINCH, SIGCONT:
        if let control { program.resized(to: control.measure()) }
        clock.noteChange()
      case SIGTSTP: suspend(program)
      default: end = .signal(number)
      }
    }
  }

  private func suspend(_ program: some Program) {
    guard let control, control.suspend() else { return }
    program.resized(to: control.measure())
    clock.noteInput()
  }
}
