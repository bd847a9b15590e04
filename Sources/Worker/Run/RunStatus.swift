package import Nostr

/// How a segment of a run ended: `status.json`, written whole at its end and never changed.
package struct RunStatus: Sendable, Equatable {
  /// What ended it.
  package enum Outcome: String, Sendable {
    /// The program ended by itself.
    case exited
    /// It was told to end, by ``RunStatus/reason`` or by a limit that is no time.
    case stopped
    case timedOut = "timed_out"
    /// The program could not be started; ``RunStatus/reason`` says why.
    case spawnFailed = "spawn_failed"
    /// What belongs to the card could not be fetched; ``RunStatus/reason`` says why.
    case attachmentUnavailable = "attachment_unavailable"
  }

  /// The limit that was reached.
  package enum Limit: String, Sendable {
    case firstOutput = "first_output"
    case idle, wall, total
    case cost, tokens, turns
    /// The result was there and the program did not end.
    case final
  }

  package var segment: Int64
  package var outcome: Outcome
  /// The exit status, unless a signal ended it.
  package var exit: Int64?
  package var signal: Int64?
  package var limit: Limit?
  package var reason: String?
  /// Unix milliseconds.
  package var startedAt: Int64
  package var endedAt: Int64
  /// Milliseconds of work, waiting for answers not counted.
  package var active: Int64
  /// All that the program printed, kept or not.
  package var outputBytes: Int64
  package var errorBytes: Int64
  /// Of these, what the two files do not hold.
  package var droppedBytes: Int64
  /// Processes that the program had left behind and that were ended.
  package var stragglers: Int64

  package init(
    segment: Int64, outcome: Outcome, exit: Int64? = nil, signal: Int64? = nil,
    limit: Limit? = nil, reason: String? = nil, startedAt: Int64, endedAt: Int64,
    active: Int64 = 0, outputBytes: Int64 = 0, errorBytes: Int64 = 0, droppedBytes: Int64 = 0,
    stragglers: Int64 = 0
  ) {
    self.segment = segment
    self.outcome = outcome
    self.exit = exit
    self.signal = signal
    self.limit = limit
    self.reason = reason
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.active = active
    self.outputBytes = outputBytes
    self.errorBytes = errorBytes
    self.droppedBytes = droppedBytes
    self.stragglers = stragglers
  }

  package var json: JSON {
    [
      "segment": .integer(segment), "outcome": .string(outcome.rawValue),
      "exit": exit.map { .integer($0) } ?? .null, "signal": signal.map { .integer($0) } ?? .null,
      "limit": limit.map { .string($0.rawValue) } ?? .null,
      "reason": reason.map { .string($0) } ?? .null, "started_at": .integer(startedAt),
      "ended_at": .integer(endedAt), "active_ms": .integer(active),
      "output_bytes": .integer(outputBytes), "error_bytes": .integer(errorBytes),
      "dropped_bytes": .integer(droppedBytes), "stragglers": .integer(stragglers),
    ]
  }

  /// `nil` for what no supervisor wrote.
  package init?(json: JSON) {
    guard let segment = json["segment"]?.integer,
      let outcome = json["outcome"]?.string.flatMap(Outcome.init)
    else { return nil }
    func count(_ field: String) -> Int64 { json[field]?.integer ?? 0 }
    self.init(
      segment: segment, outcome: outcome, exit: json["exit"]?.integer,
      signal: json["signal"]?.integer, limit: json["limit"]?.string.flatMap(Limit.init),
      reason: json["reason"]?.string, startedAt: count("started_at"), endedAt: count("ended_at"),
      active: count("active_ms"), outputBytes: count("output_bytes"),
      errorBytes: count("error_bytes"), droppedBytes: count("dropped_bytes"),
      stragglers: count("stragglers"))
  }
}

/// The processes of a segment while it runs: `live.json`.
package struct RunLive: Sendable, Equatable {
  package var segment: Int64
  package var supervisor: ProcessIdentity
  /// `nil` before it is started.
  package var child: ProcessIdentity?

  package init(segment: Int64, supervisor: ProcessIdentity, child: ProcessIdentity? = nil) {
    self.segment = segment
    self.supervisor = supervisor
    self.child = child
  }

  package var json: JSON {
    [
      "segment": .integer(segment), "supervisor": supervisor.json, "child": child?.json ?? .null,
    ]
  }

  package init?(json: JSON) {
    guard let segment = json["segment"]?.integer,
      let supervisor = json["supervisor"].flatMap(ProcessIdentity.init(json:))
    else { return nil }
    self.init(
      segment: segment, supervisor: supervisor,
      child: json["child"].flatMap(ProcessIdentity.init(json:)))
  }
}
