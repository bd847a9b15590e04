import Nostr
package import Studio

/// What it costs that a question waits; the costliest first.
package enum Urgency: Int, Sendable, CaseIterable {
  /// A live process waits for leave to go on.
  case approval
  /// Work waits.
  case blocking
  /// Nothing waits but the one who asks.
  case plain

  /// As its author marks it (agents 2.13).
  package init(of question: Question) {
    if sameBytes(question.fabric?["kind"]?.string ?? "", "approval") {
      self = .approval
    } else if question.fabric?["blocking"]?.bool ?? false
      || question.tags.contains(where: { sameBytes($0, "blocking") })
    {
      self = .blocking
    } else {
      self = .plain
    }
  }
}
