/// What is wrong with a payload: which field, what was expected and what came.
package struct PayloadError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The class of the fault, for programs: `not_json`, `unknown_kind`, `missing_field`,
  /// `invalid_field` or `payload_too_large`.
  package var code: String
  /// The field, as a path: `title`, `blocks[2].type`, `target.@id`.
  package var field: String
  /// What came, shortened; empty when nothing did.
  package var value: String
  /// What was expected and what came, in plain words.
  package var message: String

  /// An error of the class `code` about `field`.
  package init(code: String, field: String, value: String = "", message: String) {
    self.code = code
    self.field = field
    self.value = value
    self.message = message
  }

  package var description: String { "\(field): \(message)" }

  static func missing(_ field: String, _ expected: String) -> PayloadError {
    PayloadError(
      code: "missing_field", field: field, message: "expected \(expected), found nothing")
  }

  static func invalid(_ field: String, _ expected: String, _ value: String) -> PayloadError {
    let short =
      value.utf16.count <= 80 ? value : "\(value.prefix(40))… (\(value.utf16.count) units)"
    return PayloadError(
      code: "invalid_field", field: field, value: short,
      message: "expected \(expected), found \(short.isEmpty ? "an empty text" : short)")
  }
}
