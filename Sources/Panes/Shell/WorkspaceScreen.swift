package import ConfigLines
private import Glibc
package import Home
private import Nostr
package import Terminal
package import Workspace

/// Opens the workspace on the person's terminal and gives the terminal back, however it ends.
package enum WorkspaceScreen {
  /// Runs until the person quits, a signal comes or the terminal goes away.
  ///
  /// - Parameter environment: of this process; `TERM`, `COLORTERM` and `NO_COLOR` are read.
  /// - Returns: the exit status: 0, or 128 and the signal's number.
  /// - Throws: `no_terminal` when there is none to open on.
  package static func run(_ workspace: Workspace, environment: [String: String]) throws -> Int32 {
    // Before any thread, so that no thread is left that a signal could interrupt.
    Signals.block()
    let home = workspace.home
    let settings = Settings.load(home)
    var options = TerminalSession.Options(
      logPath: "\(home.stateDirectory)/workspace.log", theme: settings.theme,
      mouse: settings.mouse, emoji: settings.emoji == .auto ? nil : EmojiPolicy.reduced)
    options.isASCII = settings.emoji == .ascii
    let session: TerminalSession
    do {
      session = try TerminalSession(options, environment: environment)
    } catch .notATerminal, .unknownTerminal, .noCursor {
      return try PlainMode.run(workspace)
    } catch {
      throw StudioError(
        "no_terminal", error.description, hint: "studio --help lists the commands")
    }
    let shell = Shell(workspace: workspace, keymap: settings.keymap)
    shell.readTrigger = settings.readTrigger
    if session.isASCII, settings.emoji != .ascii {
      shell.say("this locale has no UTF-8: signs are drawn in ASCII", .toastWarning)
    }
    if let trouble = settings.trouble { shell.say(trouble, .toastWarning) }
    let loop = EventLoop(session)
    shell.attach(to: loop) { session.screen.discard() }
    shell.lend = { session.lend($0) }
    shell.transmit = { session.send($0) }
    shell.useTheme = { session.screen.theme = $0 }
    shell.setMouse(settings.mouse)
    shell.useMouse = { session.mouse = $0 }
    let term = environment["TERM"] ?? ""
    shell.notify = { [unowned shell] text in
      tell(text, Settings.load(home).notify, session, term, inTmux: shell.variable("TMUX") != nil)
    }
    session.backgroundChanged = { [unowned shell] isDark in
      shell.isDark = isDark
      shell.revertTheme()
    }
    shell.offerKeymap()
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
      session.close()
    }
    do {
      switch try loop.run(shell) {
      case .stopped: return 0
      case .hangup: return 128 + SIGHUP
      case .signal(let number): return 128 + number
      }
    } catch {
      throw StudioError("terminal_failed", error.description)
    }
  }

  /// Tells the person something by the channel that they chose.
  private static func tell(
    _ text: SafeText, _ way: Settings.Notify, _ session: TerminalSession, _ term: String,
    inTmux: Bool
  ) {
    guard way.channel == .command else {
      return session.send(
        way.channel.sequence(text, features: session.features, term: term, inTmux: inTmux))
    }
    let notice: JSON = ["app": "studio", "title": .string(text.string)]
    _ = ChildProgram(way.program)?.feed(Array(notice.text.utf8), within: 1_000)
  }

  /// The keymap in force. Every problem costs one line.
  package static func keymap(_ home: Home) throws(StudioError) -> (Keymap, [ConfigProblem]) {
    let settings = Settings.load(home)
    return (settings.keymap, settings.problems)
  }
}
