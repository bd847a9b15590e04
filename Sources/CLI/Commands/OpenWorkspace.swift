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
    var environment: [String: String] = [:]
    for name in ["TERM", "COLORTERM", "NO_COLOR"] {
      environment[name] = SystemCall.environment(name)
    }
    return try WorkspaceScreen.run(workspace, environment: environment)
  }
}
