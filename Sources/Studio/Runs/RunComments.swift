package import Nostr

// Comments that a program reads as well as people: what a run reports, and what is asked of it (agents 2.13).

/// What a comment does to the card it is on, when its signer may.
package enum CardEffect: Int, Sendable, CaseIterable {
  /// It only says something.
  case none
  /// A change of the card's state.
  case status
  /// Orders to a run.
  case cancel, retry, steer
  /// Something that a run tells of itself.
  case report

  /// The word of an order to a run, as its intent names it; `nil` for what is none.
  package var control: String? {
    switch self {
    case .cancel, .retry, .steer: "\(self)"
    case .none, .status, .report: nil
    }
  }
}

extension Comment {
  /// The intents by which a run reports.
  package static let reportIntents = ["progress", "result", "deliverable", "error"]

  /// The intent of a copy of a run's question, for readers that show no questions.
  package static let mirrorIntent = "question_mirror"

  /// What it would do to the card that it is on.
  package var effect: CardEffect {
    guard let intent else { return .none }
    if sameBytes(intent, Self.statusChangeIntent) { return toStatus == nil ? .none : .status }
    if Self.reportIntents.contains(where: { sameBytes($0, intent) }) { return .report }
    return [CardEffect.cancel, .retry, .steer].first {
      $0.control.map { sameBytes($0, intent) } ?? false
    } ?? .none
  }

  /// What a run reports: `progress`, `result`, `deliverable` or `error`.
  ///
  /// - Parameters:
  ///   - card: the newest version of the card, which readers hang the comment on.
  ///   - fields: what else the extension object says: `seg`, `todo`, `last`, `final`, `outcome` and so on.
  package static func report(
    _ intent: String, _ body: String, card: EventID, address: Address, run: String,
    blocks: [Block] = [], fields: JSONObject = [:], createdBy: PublicKey,
    connection: String? = nil
  ) -> Comment {
    var fields = fields
    fields["run"] = .string(run)
    fields["addr"] = .string(address.text)
    return Comment(
      target: TargetReference(card), body: body, intent: intent, blocks: blocks,
      createdBy: createdBy.hex,
      fabric: Fabric(type: "run_update", connection: connection, fields: fields))
  }

  /// An order to the run on a card: to stop, to begin again, or a word for its next turn.
  ///
  /// - Parameter run: the run that is meant; without one, whichever is on the card.
  package static func control(
    _ effect: CardEffect, _ body: String, card: EventID, address: Address, run: String? = nil,
    fields: JSONObject = [:], createdBy: PublicKey
  ) -> Comment {
    var fields = fields
    fields["op"] = effect.control.map { .string($0) }
    fields[effect == .retry ? "from_run" : "run"] = run.map { .string($0) }
    fields["addr"] = .string(address.text)
    return Comment(
      target: TargetReference(card), body: body, intent: effect.control,
      createdBy: createdBy.hex, fabric: Fabric(type: "control", fields: fields))
  }
}

extension Fabric {
  /// `from_run`: the run that is to be done again.
  package var retriedRun: String? { self["from_run"]?.string }

  /// `policy.approvers`: who else may tell the run on a card what to do.
  package var approvers: [PublicKey] {
    self["policy"]?["approvers"]?.array?.prefix(16).compactMap {
      $0.string.flatMap { PublicKey(hex: $0) }
    } ?? []
  }
}
