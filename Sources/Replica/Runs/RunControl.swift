package import Nostr
package import Studio

extension CardRow {
  /// Who else may tell the run on it what to do, as its author says.
  package var approvers: [PublicKey] {
    extensionObject?.approvers ?? []
  }
}

extension RunRecordRow {
  /// It is not over.
  package var isLive: Bool { record.run != nil && record.state != .done }
}

extension Reader {
  /// Whose machine an agent runs on, as its registry cards say.
  package func owners(of agent: PublicKey, in room: RoomID) throws -> Set<PublicKey> {
    Set(
      try db.rows(
        "SELECT owner FROM agent WHERE room = ? AND pubkey = ? AND owner IS NOT NULL AND NOT retired",
        room, agent
      ) { try $0.publicKey(0) })
  }

  /// The orders of `signer` to the run on a card that would count.
  package func controls(of signer: PublicKey, on card: CardRow) throws -> Set<CardEffect> {
    let owners = try card.assignees.first.map { try self.owners(of: $0, in: card.room) } ?? []
    return Set(
      [CardEffect.cancel, .retry, .steer].filter {
        ControlRule.allows(
          $0, by: signer, author: card.author, assignees: card.assignees,
          approvers: card.approvers, owners: owners)
      })
  }
}

/// Why an order to a run would come to nothing.
package enum RunObstacle: String, Sendable, Hashable {
  case nobody = "no_assignee"
  case noRun = "no_run"
  case live = "run_live"
  case never = "never_run"

  /// What stands against an order to the run on a card, whoever gives it; `nil` when nothing does.
  ///
  /// - Parameter records: of the card.
  package init?(to effect: CardEffect, on card: CardRow, _ records: [RunRecordRow]) {
    guard let assignee = card.assignees.first else {
      self = .nobody
      return
    }
    let records = records.filter { $0.author == assignee }
    let isLive = records.contains(where: \.isLive)
    // Its first word may be on its way.
    let mayRun = isLive || records.isEmpty && sameBytes(card.status, "in_progress")
    switch effect {
    case .steer where !isLive: self = .noRun
    case .cancel where !mayRun: self = .noRun
    case .retry where isLive: self = .live
    case .retry where records.isEmpty: self = .never
    case .steer, .cancel, .retry, .none, .status, .report: return nil
    }
  }

  /// In a line, for people.
  package var words: String {
    switch self {
    case .nobody: "the card is assigned to nobody"
    case .noRun: "nobody is at work on it"
    case .live: "it is being worked on"
    case .never: "nobody has worked on it yet"
    }
  }

  /// What would help.
  package var hint: String {
    switch self {
    case .nobody: "card assign gives it to somebody"
    case .noRun: "card retry has it done again; card assign ID none takes it back"
    case .never: "an agent that has it begins by itself, when its owner allows"
    case .live: "card cancel stops it first; card steer says something to whoever is at it"
    }
  }
}
