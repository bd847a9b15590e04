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

  /// What waits for consent on the card that a line names, and what the line decides about it, if anything.
  package func consent(_ arguments: Arguments, now: Int64) throws -> (
    need: ConsentNeed, decision: WorkerConsent.Decision?, limits: WorkerConsent.Limits
  ) {
    let id = try arguments.required("id")
    let found = try object(id, kinds: [30530], in: nil, field: "id")
    let needs = try reader.consentNeeds(inboxOwner, now: now)
    guard let need = needs.first(where: { $0.card.id == found.id }) else {
      throw StudioError(
        "not_possible", "nothing about this card waits for consent", field: "id", value: id,
        hint: "inbox needs tells what does")
    }
    var limits = WorkerConsent.Limits()
    limits.perDay = try arguments.number("per-day", in: 0...10_000)
    limits.expiresAt = try arguments.number("days", in: 1...3_650).map {
      now + Int64($0) * 86_400
    }
    if arguments.flag("kind") { limits.kinds = [need.card.kind] }
    return (need, arguments.text("decision").flatMap { .init(rawValue: $0) }, limits)
  }

  /// Forgets what was decided about whoever wrote a card.
  package func forgetDecision(about need: ConsentNeed) throws {
    try desk.forgetConsent(need.profile, room: need.card.room, author: need.card.author)
    try WorkerBell.ring(home)
  }
}
