import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// Something that a digit decides.
struct Decision {
  let id: String
  let label: SafeText
}

extension EntryRow {
  /// What there is to decide about an approval that names no choices of its own.
  var decisions: [Decision] {
    guard isApproval, choices.isEmpty else { return [] }
    return [
      Decision(id: "allow_once", label: "allow it once"),
      Decision(id: "allow_run", label: "allow the like for this run"),
      Decision(id: "deny", label: "deny it"),
      Decision(id: "reason", label: "deny it, and say why"),
    ]
  }

  /// Exactly what an approval lets happen, with nothing hidden.
  var input: (text: SafeText, hidden: Int)? {
    guard isApproval, let object = fabric.flatMap({ try? JSON(parsing: $0) }),
      let preview = object["action"]?["preview"]?.string, !preview.isEmpty
    else { return nil }
    return SafeText.revealing(preview)
  }
}

extension InboxRow {
  /// What there is to decide about a row that asks no question.
  func decisions(of me: PublicKey) -> [Decision] {
    switch self {
    case .consent:
      return [
        Decision(id: "once", label: "once: this text, and one run of it"),
        Decision(id: "always", label: "always…, within limits that you choose"),
        Decision(id: "never", label: "never"),
      ]
    case .failure(let need):
      let again = [
        Decision(id: "resume", label: "go on where it stopped"),
        Decision(id: "fresh", label: "begin anew"),
      ]
      guard need.card.author == me else { return again }
      return again + [
        Decision(id: "assign", label: "give it to somebody else…"),
        Decision(id: "archive", label: "put it away"),
      ]
    case .need, .silence, .update: return []
    }
  }
}
