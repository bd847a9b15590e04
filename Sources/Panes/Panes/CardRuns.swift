import Nostr
import Replica
import Studio
import Terminal

/// The runs on a card, as the agents that work on it tell them, and what this person may order.
struct CardRuns {
  /// The newest first.
  private(set) var records: [RunRecordRow] = []
  private var allowed: Set<CardEffect> = []
  private var obstacles: [CardEffect: RunObstacle] = [:]

  init() {}

  init(_ card: CardRow, _ reader: Reader, me: PublicKey) throws {
    records = try reader.runRecords(on: card.id)
    allowed = try reader.controls(of: me, on: card)
    for effect in allowed { obstacles[effect] = RunObstacle(to: effect, on: card, records) }
  }

  func ability(to effect: CardEffect) -> Ability {
    guard allowed.contains(effect) else {
      return .unable(because: SafeText(untrusted: ControlRule.refusal(effect)))
    }
    return obstacles[effect].map { .unable(because: SafeText(untrusted: $0.words)) } ?? .able
  }

  /// The run that is under way, or else the last one.
  var current: RunRecordRow? { records.first(where: \.isLive) ?? records.first }
}
