import Nostr

extension FourAError: CodedError {
  package var errorCode: String { snakeCased(code.rawValue) }
  package var errorField: String? { field }
  package var errorValue: String? { nil }
  package var errorMessage: String { message }
}
