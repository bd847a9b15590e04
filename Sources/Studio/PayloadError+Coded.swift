import Nostr

extension PayloadError: CodedError {
  package var errorCode: String { code }
  package var errorField: String? { field }
  package var errorValue: String? { value.isEmpty ? nil : value }
  package var errorMessage: String { message }
}
