import Home
import Nostr
package import Replica
import Studio

/// What an answer decides about an approval (agents 2.13).
enum Approval: String, CaseIterable {
  case allowOnce = "allow_once"
  case allowRun = "allow_run"
  case deny

  /// What the answer says where nothing else is said.
  var words: String {
    switch self {
    case .allowOnce: "allowed once"
    case .allowRun: "allowed for this run"
    case .deny: "denied"
    }
  }

  /// What somebody who answers in words may mean by them.
  fileprivate init?(word text: String) {
    let word = text.lowercased().prefix { $0.isLetter }
    switch word {
    case "y", "yes", "allow", "allowed", "approve", "approved", "ok": self = .allowOnce
    case "n", "no", "deny", "denied", "reject", "rejected": self = .deny
    default: return nil
    }
  }

  /// The decision of an answer, bound to what was asked for.
  struct Bound {
    let decision: Approval
    /// Of the exact input that it is about.
    let digest: String?
  }

  /// - Returns: `nil` for a question that asks for no leave, and for words that decide nothing.
  /// - Throws: `invalid_argument` for a decision about what asks for no leave.
  static func decided(
    _ question: EntryRow, _ stated: Approval?, choice: EntryRow.Choice?, _ text: String
  ) throws(StudioError) -> Bound? {
    let object = question.fabric.flatMap { try? JSON(parsing: $0) }
    guard sameBytes(object?["kind"]?.string ?? "", "approval") else {
      guard let stated else { return nil }
      throw StudioError(
        "invalid_argument", "the question asks for no leave", field: "decision",
        value: stated.rawValue, hint: "answer it with TEXT or --option N")
    }
    let chosen = choice.flatMap { Approval(rawValue: $0.id) ?? Approval(word: $0.label) }
    guard let decision = stated ?? chosen ?? (choice == nil ? Approval(word: text) : nil) else {
      return nil
    }
    return Bound(decision: decision, digest: object?["action"]?["digest"]?.string)
  }
}

extension EntryRow {
  /// What an answer in such words decides about an approval; `nil` for words that decide nothing.
  package func decision(saying words: String) -> String? { Approval(word: words)?.rawValue }
}
