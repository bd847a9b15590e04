package import Nostr

/// What went wrong, in the words that every face shows: a pane, the command line and `--json` alike.
package struct StudioError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A stable name for scripts, such as `reference_not_found`.
  package var code: String
  /// The argument or payload field that was wrong, when one was.
  package var field: String?
  /// What came in that field, cut to 200 characters.
  package var value: String?
  /// What was expected and what came.
  package var message: String
  /// What the person can do about it.
  package var hint: String?

  package init(
    _ code: String, _ message: String, field: String? = nil, value: String? = nil,
    hint: String? = nil
  ) {
    self.code = code
    self.message = message
    self.field = field
    self.value = value.map { String($0.prefix(200)) }
    self.hint = hint
  }

  /// Reads back what ``json`` wrote, as an engine's answer carries it.
  package init?(json: JSON) {
    guard let object = json.object, let code = object["code"]?.string,
      let message = object["message"]?.string
    else { return nil }
    self.init(
      code, message, field: object["field"]?.string, value: object["value"]?.string,
      hint: object["hint"]?.string)
  }

  /// The object under `error` in the command line's contract: always its five keys.
  package var json: JSON {
    [
      "code": .string(code), "field": field.map { .string($0) } ?? .null,
      "value": value.map { .string($0) } ?? .null, "message": .string(message),
      "hint": hint.map { .string($0) } ?? .null,
    ]
  }

  /// The exit status of a command that ends with this error: 2 for bad usage, 3 for a time-out, 130 for an
  /// interruption, else 1.
  package var exitCode: Int32 {
    switch code {
    case "bad_usage", "unknown_command", "unknown_option", "missing_argument", "invalid_argument",
      "invalid_kind":
      2
    case "interrupted": 130
    case "not_reachable", "engine_unreachable", "timeout": 3
    default: 1
    }
  }

  package var description: String { hint.map { "\(message) (\($0))" } ?? message }

  /// A system call that failed, with the system's own words.
  package static func system(_ doing: String, path: String? = nil, errno code: Int32) -> StudioError
  {
    StudioError(
      "system_error", "\(doing) failed: \(SystemCall.message(code))",
      field: path == nil ? nil : "path",
      value: path)
  }
}
