private import Glibc
package import Home
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
    let (keymap, problems) = try keymap(home)
    let options = TerminalSession.Options(
      logPath: "\(home.stateDirectory)/workspace.log", theme: try theme(home))
    let session: TerminalSession
    do {
      session = try TerminalSession(options, environment: environment)
    } catch {
      throw StudioError(
        "no_terminal", error.description, hint: "studio --help lists the commands")
    }
    let shell = Shell(workspace: workspace, keymap: keymap)
    if let first = problems.first {
      shell.say(SafeText(untrusted: first.summary), .toastWarning)
    }
    let loop = EventLoop(session)
    shell.attach(to: loop) { session.screen.discard() }
    defer {
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

  /// The person's `keys.conf`, or the shipped keymap. Every problem costs one line.
  package static func keymap(_ home: Home) throws(StudioError) -> (Keymap, [ConfigProblem]) {
    let path = "\(home.configDirectory)/keys.conf"
    let own = try SystemCall.read(path, limit: 1 << 20).map { String(decoding: $0, as: UTF8.self) }
    let (keymap, problems) = Keymap.parse(
      own ?? Keymap.shipped("default") ?? "", file: own == nil ? "default.keymap" : path,
      commands: PaneCommand.names, contexts: PaneCommand.contexts,
      guaranteed: PaneCommand.guaranteed)
    return (keymap, problems)
  }

  private static func theme(_ home: Home) throws(StudioError) -> Theme {
    let path = "\(home.configDirectory)/theme.conf"
    guard let own = try SystemCall.read(path, limit: 1 << 20) else { return .terminal }
    return Theme.parse(String(decoding: own, as: UTF8.self), file: path).theme
  }
}
