import Glibc
import Home
import Panes
import Workspace

extension Command {
  /// What `studio` without a command does.
  static let openWorkspace = Command("", "open the workspace") { invocation, _ in
    let workspace = try invocation.workspace()
    if let script = invocation.script {
      let file = Glibc.open(script, O_RDONLY | O_CLOEXEC)
      guard file >= 0 else {
        throw StudioError.system("opening the script", path: script, errno: errno)
      }
      defer { close(file) }
      return try PlainMode.run(workspace, input: file, isScript: true)
    }
    if invocation.plain || isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0 {
      return try PlainMode.run(workspace, isScript: isatty(STDIN_FILENO) == 0)
    }
    // A locked key asks for its passphrase before the screen is taken over.
    if access(workspace.home.encryptedKeyFile, F_OK) == 0 { try workspace.engine.connect() }
    return try open(workspace)
  }

  /// Shows an open home until the person leaves.
  ///
  /// - Returns: the exit status.
  static func open(_ workspace: Workspace) throws -> Int32 {
    var environment: [String: String] = [:]
    for name in ["TERM", "COLORTERM", "NO_COLOR"] {
      environment[name] = SystemCall.environment(name)
    }
    return try WorkspaceScreen.run(workspace, environment: environment)
  }
}
