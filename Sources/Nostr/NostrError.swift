/// Why something was refused: which rule, in which field, and what was expected and came.
package struct NostrError: Error, Sendable, Equatable {
  /// The rule that was broken.
  package enum Code: String, Sendable {
    case malformedJSON, duplicateKey, invalidUTF8, tooLarge, tooDeep
    case missingField, unknownField, wrongType, invalidHex, outOfRange, unknownVerb
    /// Text that implementations hash differently, so we do not author it.
    case unportableText
    case idMismatch, badSignature, invalidPublicKey, invalidSecretKey
    case invalidBase64, unknownVersion, invalidLength, badMAC, badPadding
    case wrongKind, wrongTags, authorMismatch
    /// A NIP-59 rumor without a signature, as plain NIP-17 clients send; 4A requires one.
    case unsignedRumor
    /// The caller already holds this inner event, so the work stopped.
    case alreadyKnown
    case invalidBech32, wrongPrefix
    /// A wrong password, or a changed ciphertext: the two cannot be told apart.
    case wrongPassword
    /// A stored key that asks for more memory than we allow.
    case tooExpensive
  }

  /// The rule that was broken.
  package var code: Code
  /// The field, layer or format concerned, as its specification names it.
  package var field: String
  /// What was expected and what came, in plain words; never secret content.
  package var message: String

  /// An error; `message` says what was expected and what came.
  package init(_ code: Code, _ field: String, _ message: String) {
    self.code = code
    self.field = field
    self.message = message
  }

  package static func == (a: NostrError, b: NostrError) -> Bool {
    a.code == b.code && sameBytes(a.field, b.field) && sameBytes(a.message, b.message)
  }
}

extension NostrError: CustomStringConvertible {
  package var description: String { "\(field): \(message)" }
}
