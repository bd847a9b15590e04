package import ConfigLines
private import Glibc
package import Home
private import Nostr
package import Terminal
package import Workspace

/// Opens the workspace on the person's terminal and gives the terminal back, however it ends.
package enum WorkspaceScreen {
  /// Runs until the person quits, a signal comes or the terminal goes away; as lines where the terminal cannot
  /// place its cursor.
  ///
  /// - Parameter environment: of this process; `TERM`, `COLORTERM` and `NO_COLOR` are read.
  /// - Returns: the exit status: 0, or 128 and the signal's number.
  /// - Throws: `no_terminal` when there is none to open on.
  package static func run(_ workspace: Workspace, environment: [String: String]) throws -> Int32 {
    let settings = Settings.load(workspace.home)
    guard let session = try session(workspace.home, settings, environment) else {
      return try PlainMode.run(workspace)
    }
    defer { session.close() }
    return try show(workspace, settings, session, environment)
  }

  /// As `run` for a home that has no identity yet: a few questions first, in the same screen.
  ///
  /// - Parameter demo: opens the demo instead, once the terminal has been given back.
  package static func runFirst(
    _ home: Home, environment: [String: String], demo: () throws -> Int32
  ) throws -> Int32 {
    let settings = Settings.load(home)
    guard let session = try session(home, settings, environment) else {
      return try PlainMode.runFirst(home, demo: demo)
    }
    defer { session.close() }
    let loop = EventLoop(session)
    let setup = SetupScreen(home: home) { loop.stop() }
    let status = try run(setup, on: loop)
    switch setup.outcome {
    case nil: return status
    case .demo:
      session.close()
      return try demo()
    case .made(let form):
      let passphrase = form.passphrase
      let workspace = try Workspace(home: home, unlock: { passphrase ?? "" })
      // The passphrase is known now, and nowhere later.
      if passphrase != nil { try workspace.engine.connect() }
      return try show(workspace, Settings.load(home), session, environment, form.start)
    }
  }

  /// `nil` where the terminal can show lines alone.
  private static func session(
    _ home: Home, _ settings: Settings, _ environment: [String: String]
  ) throws -> TerminalSession? {
    // Before any thread, so that no thread is left that a signal could interrupt.
    Signals.block()
    let log = home.isInitialised ? "\(home.stateDirectory)/workspace.log" : nil
    var options = TerminalSession.Options(
      logPath: log, theme: settings.theme,
      mouse: settings.mouse, emoji: settings.emoji == .auto ? nil : EmojiPolicy.reduced)
    options.isASCII = settings.emoji == .ascii
    do {
      return try TerminalSession(options, environment: environment)
    } catch .notATerminal, .unknownTerminal, .noCursor {
      return nil
    } catch {
      throw StudioError(
        "no_terminal", error.description, hint: "studio --help lists the commands")
    }
  }

  private static func show(
    _ workspace: Workspace, _ settings: Settings, _ session: TerminalSession,
    _ environment: [String: String], _ start: SetupForm.Start = .nothing
  ) throws -> Int32 {
    let home = workspace.home
    let shell = Shell(workspace: workspace, keymap: settings.keymap, isStaged: true)
    shell.readTrigger = settings.readTrigger
    if session.isASCII, settings.emoji != .ascii {
      shell.say("this locale has no UTF-8: signs are drawn in ASCII", .toastWarning)
    }
    if let trouble = settings.trouble { shell.say(trouble, .toastWarning) }
    let loop = EventLoop(session)
    shell.inputIsWaiting = { session.inputIsWaiting }
    shell.attach(to: loop) { session.screen.discard() }
    shell.lend = { session.lend($0) }
    shell.transmit = { session.send($0) }
    shell.useTheme = { session.screen.theme = $0 }
    shell.setMouse(settings.mouse)
    shell.hasMotion = settings.motion
    shell.useMouse = { session.mouse = $0 }
    let term = environment["TERM"] ?? ""
    shell.notify = { [unowned shell] text in
      tell(
        text, Settings.load(home).notify, session.features, term,
        inTmux: shell.variable("TMUX") != nil, send: session.send)
    }
    session.backgroundChanged = { [unowned shell] isDark in
      shell.isDark = isDark
      shell.revertTheme()
    }
    if start == .nothing { shell.offerKeymap() }
    shell.begin(start)
    // Without it the configuration is read when the workspace is opened next.
    let watcher = try? ConfigWatcher(directory: home.configDirectory)
    if let watcher {
      loop.watch(watcher.descriptor) {
        guard watcher.changed() else { return false }
        let settings = Settings.load(home, isDark: shell.isDark)
        session.screen.theme = settings.theme
        shell.use(settings.keymap)
        shell.readTrigger = settings.readTrigger
        shell.setMouse(settings.mouse)
        shell.hasMotion = settings.motion
        if let trouble = settings.trouble {
          shell.say(trouble, .toastWarning)
        } else if !shell.isConfiguring {
          shell.say("the configuration was read again")
        }
        shell.isConfiguring = false
        return true
      }
    }
    defer {
      if let watcher { loop.unwatch(watcher.descriptor) }
      shell.close()
    }
    return try run(shell, on: loop)
  }

  private static func run(_ program: some Program, on loop: EventLoop) throws -> Int32 {
    do {
      switch try loop.run(program) {
      case .stopped: return 0
      case .hangup: return 128 + SIGHUP
      case .signal(let number): return 128 + number
      }
    } catch {
      throw StudioError("terminal_failed", error.description)
    }
  }

  /// Tells the person something by the channel that they chose.
  /// Tells the person something the way that studio.conf says.
  package static func tell(
    _ text: SafeText, _ way: Settings.Notify, _ features: TerminalFeatures, _ term: String,
    inTmux: Bool, send: ([UInt8]) -> Void
  ) {
    guard way.channel == .command else {
      return send(way.channel.sequence(text, features: features, term: term, inTmux: inTmux))
    }
    let notice: JSON = ["app": "studio", "title": .string(text.string)]
    _ = ChildProgram(way.program)?.feed(Array(notice.text.utf8), within: 1_000)
  }

  /// The commands of the panes and what they do, for the manual.
  package static var commands: [(name: String, help: String)] {
    PaneCommand.allCases.map { ($0.name, $0.help.string) }
  }

  /// The keymap in force. Every problem costs one line.
  package static func keymap(_ home: Home) throws(StudioError) -> (Keymap, [ConfigProblem]) {
    let settings = Settings.load(home)
    return (settings.keymap, settings.problems)
  }
}
