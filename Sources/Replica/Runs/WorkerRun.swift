package import Nostr

/// One piece of work that this identity's agent has taken up: a card, the cycle of it, and how far it is.
///
/// A run is never begun again once it is `done`; a further attempt at the same cycle keeps the run, a further
/// cycle of the card is another run.
package struct WorkerRun: Sendable, Hashable {
  package enum State: String, Sendable, CaseIterable {
    /// Taken up; waits for a slot, or for its next attempt.
    case queued
    /// It has a slot; its supervisor is being started.
    case starting
    case running
    /// Parked: its program has ended, a question is open.
    case waiting
    /// Told to stop, not gone yet.
    case cancelling
    case done
  }

  /// 32 hex digits.
  package let run: String
  package let profile: String
  package let room: RoomID
  package let card: ObjectID
  package let cardAddress: Address
  package let cycle: Int
  /// The version that was taken up.
  package let cardEvent: EventID
  package let author: PublicKey
  /// Of what the card said then.
  package var contentHash: Bytes32
  package let createdAt: Int64

  package var state = State.queued
  package var attempt = 1
  /// Not before this time.
  package var dueAt: Int64
  package var startedAt: Int64?
  package var endedAt: Int64?
  /// `dispatch` until it has ended, then as in its record.
  package var outcome = "dispatch"
  package var code = ""
  package var reason = ""
  package var adapter: String
  package var session: String?
  package var costUSD: Double?
  /// Of that, what its earlier segments cost.
  package var costBefore: Double = 0
  /// Seconds of work of earlier attempts.
  package var activeSeconds: Int64 = 0
  /// The last of its program's requests that was seen to.
  package var requests: Int64 = 0
  /// How many words to it were handed to its program, and of these, to earlier segments.
  package var steers = 0
  package var steersBefore = 0
  /// It was stopped for doing the same again and again, and told so.
  package var isStuck = false
  /// Of the progress comment.
  package var segment = 1
  /// The earlier run of the card in whose place it works, when it goes on where that stopped.
  package var place: String?
  /// What it may cost, as somebody has said who may, and who.
  package var raisedUSD: Double?
  package var raisedBy: PublicKey?
  /// Events that it has cost so far.
  package var events = 0
  /// When the last of them was published.
  package var publishedAt: Int64 = 0

  package init(
    run: String, profile: String, room: RoomID, card: ObjectID, cardAddress: Address, cycle: Int,
    cardEvent: EventID, author: PublicKey, contentHash: Bytes32, createdAt: Int64, adapter: String
  ) {
    self.run = run
    self.profile = profile
    self.room = room
    self.card = card
    self.cardAddress = cardAddress
    self.cycle = cycle
    self.cardEvent = cardEvent
    self.author = author
    self.contentHash = contentHash
    self.createdAt = createdAt
    self.adapter = adapter
    dueAt = createdAt
  }

  /// Whether a process of its may be there.
  package var isOnMachine: Bool { [.starting, .running, .cancelling].contains(state) }
}

/// Whether the worker takes up work, as its owner has said; survives a restart.
package struct WorkerState: Sendable, Hashable {
  package enum Mode: String, Sendable, CaseIterable {
    case active
    /// Takes up and begins nothing; what runs goes on.
    case paused
    /// As paused, and the worker ends when the last run has.
    case draining
    /// Everything is to be stopped.
    case stopping
  }

  package var mode = Mode.active
  /// Why it is not active: `owner`, or `breaker`.
  package var reason = ""
  /// When this home worked first: nothing from before its reach is ever begun.
  package var since: Int64
  package var changedAt: Int64

  package init(since: Int64) {
    self.since = since
    changedAt = since
  }
}

/// A card that was passed over.
package struct WorkerSkip: Sendable, Hashable {
  package let profile: String
  package let card: ObjectID
  package let cardAddress: Address
  package let cardEvent: EventID
  package let cycle: Int
  package let reason: String
  package let at: Int64
  /// What a run of it could have cost.
  package var budgetUSD: Double?

  package init(
    profile: String, card: ObjectID, cardAddress: Address, cardEvent: EventID, cycle: Int,
    reason: String, at: Int64
  ) {
    self.profile = profile
    self.card = card
    self.cardAddress = cardAddress
    self.cardEvent = cardEvent
    self.cycle = cycle
    self.reason = reason
    self.at = at
  }
}

/// What the owner of the machine has decided about somebody's cards in a room.
package struct WorkerConsent: Sendable, Hashable {
  package enum Decision: String, Sendable, CaseIterable { case once, always, never }

  package let profile: String
  package let room: RoomID
  package let author: PublicKey
  package let decision: Decision
  /// What may be done on the strength of it: JSON.
  package var limits = "{}"
  /// Of the one card that `once` is for.
  package var contentHash: Bytes32?
  package let at: Int64
  /// The run that has used it up.
  package var usedBy: String?

  package init(
    profile: String, room: RoomID, author: PublicKey, decision: Decision, at: Int64
  ) {
    self.profile = profile
    self.room = room
    self.author = author
    self.decision = decision
    self.at = at
  }
}
