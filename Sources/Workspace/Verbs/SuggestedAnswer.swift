package import Nostr
package import Replica
import Studio

/// What somebody who may not answer a question suggests as its answer.
package struct SuggestedAnswer: Sendable {
  /// From 1; none for words.
  package let options: [Int]
  /// What it would decide about an approval.
  package let decision: String?

  package init(_ suggestion: EntryRow, to question: EntryRow) {
    let machine = suggestion.fabric.flatMap { try? JSON(parsing: $0) }
    let ids = (machine?["choice"]?.array ?? []).compactMap(\.string)
    let found = question.choices.indices.filter { index in
      ids.contains { sameBytes($0, question.choices[index].id) }
    }.map { $0 + 1 }
    options = found.count < 2 || question.takesSeveral ? found : []
    decision = question.isApproval ? machine?["decision"]?.string : nil
  }

  /// Whether it may let something happen: not words alone, and not what denies.
  package var lets: Bool { !options.isEmpty || decision?.hasPrefix("allow") ?? false }
}

extension Reader {
  /// Whether an answer of this key would settle a question, and not be a suggestion alone.
  package func mayAnswer(_ question: EntryRow, _ key: PublicKey) throws -> Bool {
    let owners = try owners(of: question.author, in: question.room)
    if owners.contains(key) || question.isApproval { return owners.contains(key) }
    guard let card = try question.root.flatMap({ try card($0) }) else { return false }
    return key != question.author && (card.author == key || card.approvers.contains(key))
  }
}

extension EntryRow {
  /// Whether a live process waits for leave to go on.
  package var isApproval: Bool {
    guard kind == .question, let object = fabric.flatMap({ try? JSON(parsing: $0) }) else {
      return false
    }
    return sameBytes(object["kind"]?.string ?? "", "approval")
  }
}
