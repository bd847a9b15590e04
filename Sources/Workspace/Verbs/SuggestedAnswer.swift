import Nostr
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

extension EntryRow {
  /// Whether a live process waits for leave to go on.
  package var isApproval: Bool {
    guard kind == .question, let object = fabric.flatMap({ try? JSON(parsing: $0) }) else {
      return false
    }
    return sameBytes(object["kind"]?.string ?? "", "approval")
  }
}
