package import Nostr
package import Replica
import Studio

/// Something that is not as it should be, with what says so. Nothing follows from it by itself.
package struct Problem: Sendable {
  package enum ID: Hashable, Sendable {
    case agent(PresenceRow.ID)
    case card(ObjectID)
    case machine(String)

    package var text: String {
      switch self {
      case .agent(let id):
        "\(id.pubkey.hex) \(id.connection?.text ?? "-") \(id.card?.rawValue ?? 0)"
      case .card(let id): "card \(id.rawValue)"
      case .machine(let name): "machine \(name)"
      }
    }
  }

  package enum Cause: Sendable {
    /// An agent that is silent, gone, speaks without getting anywhere, or whose clock is wrong.
    case agent(TeamMember)
    /// A run that is late, that nobody confirms to have stopped, that ended without success, or was never begun.
    case run(RunClocks, CardRow, cancelledAt: Int64?)
    case machine(MachineProblem)
  }

  package let cause: Cause
  /// Where it was found; `nil` for what is of no room.
  package let room: RoomID?
  /// Until when it is out of sight, if the person has put it there.
  package var aside: ProblemAside?

  init(_ cause: Cause, in room: RoomID?) {
    self.cause = cause
    self.room = room
  }

  package var id: ID {
    switch cause {
    case .agent(let member): .agent(member.id)
    case .run(_, let card, _): .card(card.id)
    case .machine(let machine): .machine(machine.name)
    }
  }

  /// By which it is put aside: the same on every reading of this home.
  var key: String { "\(room?.rawValue ?? 0) \(id.text)" }

  /// Short enough to be typed.
  package var short: String { String(SHA256.hash(key).hex.prefix(12)) }

  /// What it rests on: where that is another, it is news.
  package var mark: String {
    switch cause {
    case .agent(let member): "\(member.row.evidence.lifeAt ?? 0)"
    case .run(let clocks, _, let cancelledAt): "\(clocks.row.eventID.hex) \(cancelledAt ?? 0)"
    case .machine(let machine): machine.mark
    }
  }

  package var card: ObjectID? {
    switch id {
    case .agent(let id): id.card
    case .card(let id): id
    case .machine: nil
    }
  }

  /// Seconds after which a stop that nobody confirms is a problem.
  package static let patience: Int64 = 60

  /// `nil` for a run of which nothing is wrong.
  init?(_ clocks: RunClocks, on card: CardRow, cancelledAt: Int64? = nil, now: Int64) {
    if clocks.row.isLive {
      let isUnconfirmed = cancelledAt.map { now - $0 >= Self.patience } ?? false
      guard clocks.isLate(now: now) || isUnconfirmed else { return nil }
    }
    self.init(.run(clocks, card, cancelledAt: cancelledAt), in: card.room)
  }
}

/// What is wrong on this machine or in what it has heard: the engine, the relays, what could not be sent or read,
/// the worker.
package struct MachineProblem: Sendable {
  package enum Subject: Sendable, Hashable {
    case thing(String)
    case member(PublicKey)
  }

  /// `database`, `engine`, `relay`, `outbox`, `held`, `clock`, `worker`, `adapter`, `disk`, `unattested`, `refused`.
  package let kind: String
  package let subject: Subject
  /// Which one of its kind, and by whom it is told from others; may be empty.
  package var place = ""
  package let words: String
  package var mark = ""

  /// Its kind and which one of it.
  package var name: String {
    switch subject {
    case .member(let key): "\(kind) \(key.hex)"
    case .thing: place.isEmpty ? kind : "\(kind) \(place)"
    }
  }
}
