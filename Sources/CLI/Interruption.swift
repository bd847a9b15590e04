import Glibc
import Home

/// What ^C does: a command ends with 130, and a prompt puts the terminal back first.
///
/// Services and the workspace block the signal and wait for it instead, so this never reaches them.
enum Interruption {
  static let exitStatus: Int32 = 130

  /// Ends this process with 130 at SIGINT, unless whoever started it said to ignore that.
  static func install() {
    var action = sigaction()
    sigaction(SIGINT, nil, &action)
    // The default action is the null pointer.
    guard action.__sigaction_handler.sa_handler == nil else { return }
    action.__sigaction_handler.sa_handler = { _ in _exit(Interruption.exitStatus) }
    sigaction(SIGINT, &action, nil)
  }

  /// Runs a reading that SIGINT breaks off instead of ending the process.
  ///
  /// - Throws: `interrupted`, when the reading was cut short.
  static func breaking<T>(_ reading: () throws -> T) throws -> T {
    var before = sigaction()
    var action = sigaction()
    // Not restarted: the read that waits returns.
    action.__sigaction_handler.sa_handler = { _ in }
    sigaction(SIGINT, &action, &before)
    defer { sigaction(SIGINT, &before, nil) }
    errno = 0
    let value = try reading()
    guard errno != EINTR else { throw StudioError("interrupted", "interrupted") }
    return value
  }
}
