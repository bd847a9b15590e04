import Glibc
import Home
import Nostr
import Panes
import Terminal
import Workspace

/// Standard output and standard error: JSON by contract, or sanitised text for people.
enum Output {
  static func line(_ text: String) { text_(text + "\n") }
  static func text(_ text: String) { text_(text) }

  /// One JSON object on a line of its own.
  static func json(_ value: JSON) { line(value.text) }

  static func result(_ value: JSON, of command: String, json asJSON: Bool) {
    _ = deliver(value, json: asJSON)
  }

  /// As `result`; whether all of it was written.
  ///
  /// - Parameter names: of members by key; asked for when people read the result.
  static func deliver(
    _ value: JSON, json asJSON: Bool, names: () -> [String: String] = { [:] }
  ) -> Bool {
    let text = asJSON ? value.text + "\n" : Rendering(names: names()).text(of: value)
    return (try? SystemCall.write(Array(text.utf8), to: STDOUT_FILENO)) != nil
  }

  /// A result that says it was not done in time ends with 3.
  static func exitStatus(of result: JSON) -> Int32 {
    result.object?[Verb.timedOut]?.bool == true ? 3 : 0
  }

  /// Reports an error on standard error and answers its exit status.
  static func fail(_ error: any Error, json asJSON: Bool) -> Int32 {
    let problem = StudioError(describing: error)
    if asJSON {
      var object = JSONObject()
      object["error"] = problem.json
      write(JSON.object(object).text + "\n", to: STDERR_FILENO)
    } else {
      var text = "studio: \(problem.message)\n"
      if let hint = problem.hint { text += "        \(hint)\n" }
      write(SafeText(untrustedMultiline: text).string, to: STDERR_FILENO)
    }
    return problem.exitCode
  }

  private static func text_(_ text: String) { write(text, to: STDOUT_FILENO) }

  private static func write(_ text: String, to descriptor: Int32) {
    // A reader that went away has had what it wanted.
    try? SystemCall.write(Array(text.utf8), to: descriptor)
  }
}
