private import CNcurses
private import Glibc

/// The user's terminal, taken over for as long as this lives and given back whole: raw mode, the
/// alternate screen, paste, focus and mouse reports, and standard error kept off the screen. Asks
/// the terminal what else it can do, and uses it when an answer comes.
///
/// Restored by `close`, `deinit`, `exit`, any fatal signal, and by a guard process after SIGKILL.
package final class TerminalSession: TerminalControl {
  /// What to take over, and how.
  package struct Options: Sendable {
    /// Standard error goes to this file while the session is open; to nowhere when nil.
    package var logPath: String?
    package var theme: Theme
    /// Clicks and the wheel come as events; the terminal's own selection then needs Shift.
    package var mouse: Bool
    /// nil asks the terminal.
    package var emoji: EmojiPolicy?
    /// Draws ASCII only, as where the locale has no UTF-8.
    package var isASCII = false
    package var depth: ColorDepth?
    /// A child process restores the terminal after SIGKILL.
    package var withGuard: Bool

    package init(
      logPath: String? = nil, theme: Theme = .terminal, mouse: Bool = true,
      emoji: EmojiPolicy? = nil, depth: ColorDepth? = nil, withGuard: Bool = true
    ) {
      self.logPath = logPath
      self.theme = theme
      self.mouse = mouse
      self.emoji = emoji
      self.depth = depth
      self.withGuard = withGuard
    }
  }

  /// Where frames go.
  package let screen: CursesScreen
  /// The terminal, non-blocking, for reading.
  package let input: Int32
  let signals: Int32

  /// The locale has no UTF-8, so that lines and signs are drawn in ASCII.
  package let isASCII: Bool
  /// What the terminal has told about itself.
  package private(set) var features = TerminalFeatures()
  /// The ground behind text has turned out to be dark or light.
  package var backgroundChanged: (Bool) -> Void = { _ in }

  private let saved: termios
  private let emoji: EmojiPolicy?
  private var modes: TerminalModes
  private var probe = Probe()
  private let savedErrors: Int32
  private let hasGuard: Bool
  private var isOpen = true

  /// Takes over the controlling terminal. Throws before anything is changed when standard input or
  /// output is not a terminal, `TERM` is unknown, or the terminal cannot place its cursor.
  package convenience init(
    _ options: Options = Options(), environment: [String: String]
  ) throws(TerminalError) {
    guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else { throw .notATerminal }
    try self.init(options, environment: environment, path: "/dev/tty")
  }

  /// Takes over the terminal at a path.
  init(_ options: Options, environment: [String: String], path: String) throws(TerminalError) {
    // Opened anew: non-blocking belongs to the open file, and the shell has the other one.
    let tty = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
    guard tty >= 0 else { throw .system(call: "open", code: errno) }
    var saved = termios()
    guard tcgetattr(tty, &saved) == 0 else {
      Glibc.close(tty)
      throw .notATerminal
    }
    let signals = try Signals.descriptor()
    isASCII = !Self.setLocale() || options.isASCII
    let type = environment["TERM"] ?? ""
    let screen: CursesScreen
    do throws(TerminalError) {
      guard !type.isEmpty else { throw TerminalError.unknownTerminal("") }
      screen = try CursesScreen(
        CursesScreen.Options(
          type: type, size: Self.size(of: tty), environment: environment,
          emoji: options.emoji ?? .reduced, depth: options.depth, isASCII: isASCII),
        theme: options.theme, output: tty)
    } catch {
      Glibc.close(tty)
      Glibc.close(signals)
      throw error
    }
    self.screen = screen
    input = tty
    self.signals = signals
    self.saved = saved
    emoji = options.emoji
    modes = TerminalModes(
      capability: { [screen] in screen.capability($0) }, mouse: options.mouse)
    hasGuard = options.withGuard
    savedErrors = Self.redirectErrors(to: options.logPath ?? "/dev/null")
    Rescue.arm(tty: tty, saved: saved, leave: modes.leave, withGuard: hasGuard)
    takeOver()
    ask()
  }

  private func ask() {
    guard modes.isModern else { return }
    let hasRoom = screen.size.rows > 1 && screen.size.columns > 8
    write(probe.ask(widths: hasRoom && !isASCII && emoji == nil, now: EventLoop.now))
  }

  /// Uses what the terminal has told; true when the screen is to be drawn anew.
  package func receive(_ reply: TerminalReply, now: Duration) -> Bool {
    var redraws = false
    for finding in probe.take(reply, now: now) {
      switch finding {
      case .synchronizes: (screen.synchronizes, features.synchronizes) = (true, true)
      case .widths(let policy, let wideSigns):
        (features.emoji, features.hasWideSigns) = (policy, wideSigns)
        screen.use(policy, wideSigns: wideSigns)
        redraws = true
      case .background(let isDark):
        guard features.isDark != isDark else { continue }
        features.isDark = isDark
        backgroundChanged(isDark)
        redraws = true
      case .schemeReports:
        modes.reportsScheme = true
        send(modes.switchScheme)
      case .keyboard(let keyboard):
        modes.keyboard = keyboard
        features.hasKittyKeyboard = keyboard == .kitty
        send(modes.switchKeyboard)
      case .version(let name): features.name = name
      case .notifies: features.notifies = true
      }
    }
    return redraws
  }

  /// Whether something was typed that nobody has taken yet.
  package var inputIsWaiting: Bool {
    var wait = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
    return poll(&wait, 1, 0) > 0
  }

  /// Everything that the terminal tells about itself within a time; what is typed meanwhile is lost.
  package func learn(within patience: Duration) -> TerminalFeatures {
    var decoder = KeyDecoder()
    let deadline = EventLoop.now + patience
    while !probe.isOver, EventLoop.now < deadline {
      var wait = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
      guard poll(&wait, 1, 50) >= 0 else { break }
      var buffer = [UInt8](repeating: 0, count: 4_096)
      let count = read(input, &buffer, buffer.count)
      guard count != 0 else { break }
      for case .reply(let reply) in decoder.feed(buffer.prefix(max(0, count)), now: EventLoop.now) {
        _ = receive(reply, now: EventLoop.now)
      }
    }
    return features
  }

  /// Whether clicks and the wheel come as events, or belong to the terminal.
  package var mouse: Bool {
    get { modes.mouse }
    set {
      guard newValue != modes.mouse else { return }
      modes.mouse = newValue
      send(modes.switchMouse)
    }
  }

  deinit { close() }

  /// Gives the terminal back. Once; more calls do nothing.
  package func close() {
    guard isOpen else { return }
    isOpen = false
    giveBack()
    Rescue.disarm()
    if hasGuard { Rescue.endGuard() }
    dup2(savedErrors, STDERR_FILENO)
    Glibc.close(savedErrors)
    Glibc.close(signals)
    Glibc.close(input)
  }

  /// The size of the terminal now; the screen learns it.
  package func measure() -> Size {
    let size = Self.size(of: input)
    if size != screen.size { screen.resize(to: size) }
    return size
  }

  /// Stops this job and waits for the shell to resume it. False when no shell could: then nothing
  /// happens.
  package func suspend() -> Bool {
    guard getpgrp() != getsid(0) else { return false }
    giveBack()
    // SIGTSTP would be discarded in an orphaned process group.
    kill(0, SIGSTOP)
    resume()
    return true
  }

  /// Lends the terminal to another program, an editor for instance, while `body` runs.
  package func lend<R>(_ body: () throws -> R) rethrows -> R {
    giveBack()
    dup2(savedErrors, STDERR_FILENO)
    defer { resume() }
    return try body()
  }

  /// Hands the terminal a sequence that draws nothing, behind the frame that is under way.
  package func send(_ sequence: [UInt8]) {
    while screen.isBusy {
      var wait = pollfd(fd: input, events: Int16(POLLOUT), revents: 0)
      guard poll(&wait, 1, 1_000) > 0, (try? screen.flush()) != nil else { return }
    }
    write(sequence)
  }

  private func resume() {
    takeOver()
    screen.discard()
    _ = measure()
  }

  private func takeOver() {
    var raw = saved
    cfmakeraw(&raw)
    tcsetattr(input, TCSADRAIN, &raw)
    write(modes.enter)
  }

  private func giveBack() {
    awaitAnswers()
    screen.discard()
    write(modes.leave)
    var saved = saved
    tcsetattr(input, TCSADRAIN, &saved)
  }

  /// All of it, waiting at most a second for a terminal that does not read.
  private func write(_ bytes: [UInt8]) {
    var writer = FrameWriter(descriptor: input)
    try? writer.send(bytes)
    while writer.isBusy {
      var wait = pollfd(fd: input, events: Int16(POLLOUT), revents: 0)
      guard poll(&wait, 1, 1_000) > 0 else { return }
      do { try writer.flush() } catch { return }
    }
  }

  /// Takes what the terminal still has to answer, for at most a quarter of a second, so that it
  /// does not come to the shell as something typed.
  private func awaitAnswers() {
    var decoder = KeyDecoder()
    let deadline = EventLoop.now + .milliseconds(250)
    while !probe.isOver, EventLoop.now < deadline {
      var wait = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
      guard poll(&wait, 1, 50) >= 0, wait.revents & Int16(POLLIN) != 0 || wait.revents == 0 else {
        return
      }
      var buffer = [UInt8](repeating: 0, count: 4_096)
      let count = read(input, &buffer, buffer.count)
      guard count != 0 else { return }
      for case .reply(let reply) in decoder.feed(buffer.prefix(max(0, count)), now: EventLoop.now) {
        _ = probe.take(reply, now: EventLoop.now)
      }
    }
    probe.giveUp()
  }

  private static func size(of tty: Int32) -> Size {
    var size = winsize()
    guard studio_window_size(tty, &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
      return Size(columns: 80, rows: 24)
    }
    return Size(columns: Int(size.ws_col), rows: Int(size.ws_row))
  }

  /// Whether ncurses will write UTF-8. Nearly every terminal shows it, whatever the locale says.
  static func setLocale() -> Bool {
    for name in ["", "C.UTF-8", "en_US.UTF-8"] where setlocale(LC_CTYPE, name) != nil {
      if wcwidth(0x2500) == 1 { return true }
    }
    return false
  }

  private static func redirectErrors(to path: String) -> Int32 {
    let saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
    let log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    if log >= 0 {
      dup2(log, STDERR_FILENO)
      Glibc.close(log)
    }
    return saved
  }
}
