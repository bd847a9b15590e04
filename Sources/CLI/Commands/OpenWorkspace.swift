import Glibc
import Home
import Panes
import Workspace

extension Command {
  /// What `studio` without a command does.
  static let openWorkspace = Command("", "open the workspace") { invocation, _ in
    let isTerminal = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
    let home = try invocation.home()
    if !home.isInitialised, invocation.script == nil, invocation.plain || isTerminal {
      let demo = { try Command.demo.run(invocation, Arguments()) }
      return invocation.plain
        ? try PlainMode.runFirst(home, demo: demo)
        : try WorkspaceScreen.runFirst(home, environment: environment, demo: demo)
    }
    let workspace = try invocation.workspace()
    if let script = invocation.script {
      let file = Glibc.open(script, O_RDONLY | O_CLOEXEC)
      guard file >= 0 else {
        throw StudioError.system("opening the script", path: script, errno: errno)
      }
      defer { close(file) }
      return try PlainMode.run(workspace, input: file, isScript: true)
    }
    return try open(workspace, invocation)
  }

  /// Shows an open home until the person leaves: on the screen, or as lines where there is none.
  ///
  /// - Returns: the exit status.
  static func open(_ workspace: Workspace, _ invocation: Invocation) throws -> Int32 {
    if invocation.plain || isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0 {
      return try PlainMode.run(workspace, isScript: isatty(STDIN_FILENO) == 0)
    }
    // A locked key asks for its passphrase before the screen is taken over.
    if access(workspace.home.encryptedKeyFile, F_OK) == 0 { try workspace.engine.connect() }
    return try WorkspaceScreen.run(workspace, environment: environment)
  }

  private static var environment: [String: String] {
    var environment: [String: String] = [:]
    for name in ["TERM", "COLORTERM", "NO_COLOR"] {
      environment[name] = SystemCall.environment(name)
    }
    return environment
  }
}
