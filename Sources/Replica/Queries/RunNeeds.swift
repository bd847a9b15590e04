import Nostr
import Studio

/// A card that this home's own agent would work on, if its owner allowed whose it is.
package struct ConsentNeed: Sendable, Hashable {
  package let profile: String
  package let card: CardRow
  package let brief: CardBrief
  package let speaker: Speaker
  /// When it was passed over.
  package let at: Int64
  /// What a run of it may cost, as its worker found.
  package let budgetUSD: Double?
}

/// A card whose work has ended without success, and which this person may have done again.
package struct FailureNeed: Sendable, Hashable {
  package let card: CardRow
  package let brief: CardBrief
  /// What its agent tells of the end.
  package let record: RunRecordRow?
  package let speaker: Speaker
  package let at: Int64
}

extension Reader {
  private static let mostRunNeeds = 100

  /// What waits for the consent of this home's owner, the longest first: not what was decided since, nor what
  /// they have put aside.
  package func consentNeeds(_ owner: InboxOwner, now: Int64) throws -> [ConsentNeed] {
    let waiting = try db.rows(
      """
      SELECT s.profile, s.card, s.at, s.budget_usd FROM worker_skip s JOIN card c ON c.object = s.card
      WHERE s.reason = 'needs_consent' AND c.shown AND c.status = 'open' AND c.assignee = ?1
        AND NOT (\(Self.isAside("c.object", root: "c.object", edited: "c.event")))
      ORDER BY s.at, s.card LIMIT ?4
      """, owner.me, owner.key, now, Self.mostRunNeeds
    ) {
      (
        profile: $0.text(0), card: $0.object(1), at: $0.int64(2),
        budget: $0.isNull(3) ? nil : $0.double(3)
      )
    }
    var speakers = Speakers(self)
    return try waiting.compactMap { waiting in
      guard let card = try card(waiting.card, me: owner.me), let brief = try brief(card.id) else {
        return nil
      }
      let hash = card.contentHash
      let isDecided = try consents(waiting.profile, room: card.room).contains { consent in
        guard consent.author == card.author else { return false }
        switch consent.decision {
        case .once: return consent.contentHash == hash
        case .always, .never: return consent.at >= waiting.at
        }
      }
      guard !isDecided else { return nil }
      return ConsentNeed(
        profile: waiting.profile, card: card, brief: brief,
        speaker: try speakers.speaker(card.author, nil, in: card.room), at: waiting.at,
        budgetUSD: waiting.budget)
    }
  }

  /// Cards on hold, the longest first, which this person may have done again; not those that they have stopped
  /// themselves or put aside.
  package func failureNeeds(_ owner: InboxOwner, now: Int64) throws -> [FailureNeed] {
    let held = try db.rows(
      """
      SELECT c.object FROM card c INDEXED BY card_held
      WHERE c.shown AND c.held AND c.status = 'open' AND c.assignee IS NOT NULL
        AND NOT (\(Self.isAside("c.object", root: "c.object", edited: "c.event")))
      ORDER BY c.updated_at, c.object LIMIT ?4
      """, owner.me, owner.key, now, Self.mostRunNeeds
    ) { $0.object(0) }
    var speakers = Speakers(self)
    return try held.compactMap { id in
      guard let card = try card(id, me: owner.me), let agent = card.assignees.first,
        try controls(of: owner.me, on: card).contains(.retry), let brief = try brief(id)
      else { return nil }
      let record = try runRecords(on: id).first { $0.author == agent }
      if sameBytes(record?.record.outcome ?? "", "cancelled") {
        let byAuthor = sameBytes(record?.record.code ?? "", "author")
        if byAuthor == (card.author == owner.me) { return nil }
      }
      return FailureNeed(
        card: card, brief: brief, record: record,
        speaker: try speakers.speaker(agent, nil, in: card.room),
        at: record.map { PresenceEvidence.heard(signed: $0.signedAt, received: $0.receivedAt) }
          ?? card.updatedAt)
    }
  }
}
