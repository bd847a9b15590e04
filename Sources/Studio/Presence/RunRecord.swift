package import Nostr

/// What a dispatch record says of a run that works on a card (agents 2.11). Everything but the card
/// may be missing or damaged: a record is read as far as it goes.
package struct RunRecord: Sendable, Hashable {
  package enum State: String, Sendable {
    case queued, starting, running, waiting, cancelling, done
  }

  /// What a record is about, before the id of the card.
  package static let prefix = "studio-auto-run:"

  /// The card, by the version that the run took up.
  package let card: EventID
  package let state: State
  /// `completed`, `failed` and so on; `dispatch` while it runs.
  package let outcome: String
  package let connection: ConnectionID?
  package let host: String?
  package let startedAt: Int64?
  /// By the clock of the one who runs it, as all times here.
  package let progressAt: Int64?
  /// Seconds within which the next sign of life is promised.
  package let interval: Int64?
  package let step: WorkStep?

  /// `nil` for a record that is about no run.
  package init?(_ record: DispatchIntent) {
    guard record.eventID.hasPrefix(Self.prefix),
      let card = EventID(hex: String(record.eventID.dropFirst(Self.prefix.count)))
    else { return nil }
    self.card = card
    let signals = record.signals
    outcome = record.chosen
    let stated = signals["state"]?.string.flatMap { State(rawValue: $0) }
    switch outcome {
    case "dispatch": state = stated ?? .running
    case "waiting": state = .waiting
    default: state = .done
    }
    connection = signals["conn"]?.string.flatMap { ConnectionID($0) }
    host = signals["host"]?.string.flatMap { (1...64).contains($0.utf16.count) ? $0 : nil }
    startedAt = WireTime.seconds(signals["started_at"])
    progressAt = WireTime.seconds(signals["progress_at"])
    interval = signals["interval_s"]?.integer.flatMap(Heartbeat.promise)
    step = WorkStep(done: signals["step"]?.integer, total: signals["steps"]?.integer)
  }

  /// Whether somebody works on it.
  package var isUnderWay: Bool { [.starting, .running, .cancelling].contains(state) }
}
