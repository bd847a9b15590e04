import Glibc
import Home
import Panes
import Workspace

extension Command {
  /// What `studio` without a command does.
  static let openWorkspace = Command("", "open the workspace") { invocation, _ in
    let workspace = try invocation.workspace()
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
