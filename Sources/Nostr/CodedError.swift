/// An error that every face can show in the same words: a stable code, the field that was wrong, a sentence.
package protocol CodedError: Error {
  /// A stable name for scripts, in snake case.
  var errorCode: String { get }
  /// What was wrong, when one thing was.
  var errorField: String? { get }
  /// What came there.
  var errorValue: String? { get }
  /// What was expected and what came.
  var errorMessage: String { get }
  /// What the person can do about it; `nil` where the message says all.
  var errorHint: String? { get }
}

extension CodedError {
  package var errorHint: String? { nil }
}

extension NostrError: CodedError {
  package var errorCode: String { snakeCased("\(code)") }
  package var errorField: String? { field }
  package var errorValue: String? { nil }
  package var errorMessage: String { message }
}

/// `payloadTooLarge` → `payload_too_large`: the names of cases in the form that scripts see.
package func snakeCased(_ name: String) -> String {
  var result = ""
  for character in name {
    if character.isUppercase { result += "_" }
    result += character.lowercased()
  }
  return result
}
