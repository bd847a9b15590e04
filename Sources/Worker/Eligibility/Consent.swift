package import Nostr
package import Replica

/// A decision of the machine's owner about an author in a room.
package struct Consent: Sendable, Hashable {
  package enum Decision: String, Sendable { case once, always, never }

  package typealias Limits = WorkerConsent.Limits

  package var decision: Decision
  package var limits = Limits()
  /// Of the one card that `once` is for.
  package var contentHash: Bytes32?
  package var isUsed = false

  package init(_ decision: Decision) { self.decision = decision }
}

extension Candidate {
  enum ConsentVerdict: Hashable {
    case allowed
    case refused(SkipReason)
  }

  /// Nobody's cards run unless the owner has said so; trust is never taken over from anything else.
  var consent: ConsentVerdict {
    if roomSwitch == .off { return .refused(.roomOff) }
    if consents.contains(where: { $0.decision == .never }) { return .refused(.blockedAuthor) }
    if roomSwitch == .on { return .allowed }
    let holds = consents.contains { consent in
      switch consent.decision {
      case .never: false
      case .once: !consent.isUsed && consent.contentHash == contentHash
      case .always: covers(consent.limits)
      }
    }
    return holds ? .allowed : .refused(.needsConsent)
  }

  private func covers(_ limits: Consent.Limits) -> Bool {
    if let end = limits.expiresAt, end <= now { return false }
    if !limits.kinds.isEmpty, !limits.kinds.contains(where: { sameBytes($0, kind) }) {
      return false
    }
    if let most = limits.perDay, history.today(of: author, now: now) >= most { return false }
    if let most = limits.budgetUSD, let budgetUSD, budgetUSD > most { return false }
    return true
  }
}
