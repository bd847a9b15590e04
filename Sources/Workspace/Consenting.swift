import Home
import Nostr
package import Replica

extension Workspace {
  /// Keeps what the owner of this home's agent has decided about whoever wrote a card, and wakes its worker.
  ///
  /// - Parameters:
  ///   - decision: `once` is for what the card says now, and for one run.
  ///   - limits: of `always`.
  package func decide(
    _ decision: WorkerConsent.Decision, about need: ConsentNeed,
    limits: WorkerConsent.Limits = .init(), now: Int64
  ) throws {
    var consent = WorkerConsent(
      profile: need.profile, room: need.card.room, author: need.card.author, decision: decision,
      at: now)
    switch decision {
    case .once: consent.contentHash = need.card.contentHash
    case .always: consent.limits = limits.json.text
    case .never: break
    }
    try desk.decide(consent)
    try WorkerBell.ring(home)
  }

  /// Forgets what was decided about whoever wrote a card.
  package func forgetDecision(about need: ConsentNeed) throws {
    try desk.forgetConsent(need.profile, room: need.card.room, author: need.card.author)
    try WorkerBell.ring(home)
  }
}
