/// What is wrong with a 4A event, grant, invite or room key, and where.
package struct FourAError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The class of a fault; stable, for programs.
  package enum Code: String, Sendable {
    /// The event has another kind than the one expected.
    case wrongKind = "wrong_kind"
    /// A tag or field that must be there is not.
    case missing
    /// A tag or field is there but not of the form it must have.
    case invalid
    /// Two places that must agree do not.
    case mismatch
    /// The key that signed is not the one that may.
    case wrongSigner = "wrong_signer"
    /// The event is addressed to somebody else.
    case notForMe = "not_for_me"
    /// The key of the epoch that the event names is not held.
    case noEpochKey = "no_epoch_key"
    /// The content does not decrypt with the key held.
    case undecryptable
    /// More bytes than the limit.
    case tooLarge = "too_large"
    /// The text is not an invite at all.
    case notAnInvite = "not_an_invite"
  }

  /// The class of the fault.
  package var code: Code
  /// The tag, field or parameter that is at fault.
  package var field: String
  /// What was expected and what came, in plain words.
  package var message: String

  /// An error of the class `code` about `field`.
  package init(_ code: Code, _ field: String, _ message: String) {
    self.code = code
    self.field = field
    self.message = message
  }

  package var description: String { "\(field): \(message)" }
}
