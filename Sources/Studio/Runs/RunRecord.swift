package import Nostr

/// What a dispatch record says of a run that works on a card (agents 2.11): its state, and its sign of
/// life. Everything but the card may be missing or damaged: a record is read as far as it goes.
package struct RunRecord: Sendable, Hashable {
  package enum State: String, Sendable, CaseIterable {
    case queued, starting, running, waiting, cancelling, done
  }

  /// What a record is about, before the id of the card.
  package static let prefix = "studio-auto-run:"
  /// What `outcome` can be: `dispatch` while it runs, `waiting` for an answer, or how it ended.
  package static let outcomes = [
    "dispatch", "waiting", "completed", "failed", "skipped", "cancelled", "timed_out", "lost",
    "budget_exhausted",
  ]

  /// The card, by the version that the run took up.
  package let card: EventID
  package var state: State
  /// One of `outcomes`.
  package var outcome: String
  /// Why, in a line.
  package var reason = ""
  /// The run: 32 hex digits; `nil` where the record does not say.
  package var run: String?
  package var attempt = 1
  /// Which time the card is worked on.
  package var cycle = 1
  package var connection: ConnectionID?
  package var host: String?
  package var adapter: String?
  package var model: String?
  /// How many wait before it.
  package var queuePosition = 0
  package var startedAt: Int64?
  package var heartbeatAt: Int64?
  /// By the clock of the one who runs it, as all times here.
  package var progressAt: Int64?
  /// Seconds within which the next sign of life is promised.
  package var interval: Int64?
  package var deadlineAt: Int64?
  package var costUSD: Double?
  package var budgetUSD: Double?
  package var tokensIn: Int64?
  package var tokensOut: Int64?
  package var turns: Int64?
  package var tools: Int64?
  package var files: Int64?
  /// The question that it waits for.
  package var question: EventID?
  package var exit: Int64?
  /// What went wrong or why it was not begun: `no_result`, `needs_consent`, `idle`, `author` and so on.
  package var code: String?
  package var branch: String?
  package var commit: String?
  package var step: WorkStep?
  /// The card by its address, which outlasts the version.
  package var address: Address?

  /// A record of a run that works on a version of a card.
  package init(card: EventID, address: Address?, run: String, state: State) {
    self.card = card
    self.address = address
    self.run = run
    self.state = state
    outcome = "dispatch"
  }

  /// `nil` for a record that is about no run.
  package init?(_ record: DispatchIntent) {
    guard record.eventID.hasPrefix(Self.prefix),
      let card = EventID(hex: String(record.eventID.dropFirst(Self.prefix.count)))
    else { return nil }
    self.card = card
    let signals = record.signals
    outcome = record.chosen
    reason = record.reason
    let stated = signals["state"]?.string.flatMap { State(rawValue: $0) }
    switch outcome {
    case "dispatch": state = stated ?? .running
    case "waiting": state = .waiting
    default: state = .done
    }
    func word(_ key: String, _ limit: Int = 64) -> String? {
      signals[key]?.string.flatMap { (1...limit).contains($0.utf16.count) ? $0 : nil }
    }
    func count(_ key: String) -> Int64? {
      signals[key]?.integer.flatMap { (0...Limits.integer).contains($0) ? $0 : nil }
    }
    func dollars(_ key: String) -> Double? {
      signals[key]?.number.flatMap { (0...1e9).contains($0) ? $0 : nil }
    }
    func small(_ key: String, least: Int64) -> Int? {
      count(key).flatMap { (least...1_000_000).contains($0) ? Int($0) : nil }
    }
    run = signals["run"]?.string.flatMap { Self.isRun($0) ? $0 : nil }
    attempt = small("attempt", least: 1) ?? 1
    cycle = small("cycle", least: 1) ?? 1
    connection = signals["conn"]?.string.flatMap { ConnectionID($0) }
    host = word("host")
    adapter = word("adapter")
    model = word("model")
    queuePosition = small("queue_pos", least: 0) ?? 0
    startedAt = WireTime.seconds(signals["started_at"])
    heartbeatAt = WireTime.seconds(signals["heartbeat_at"])
    progressAt = WireTime.seconds(signals["progress_at"])
    interval = signals["interval_s"]?.integer.flatMap(Heartbeat.promise)
    deadlineAt = WireTime.seconds(signals["deadline_at"])
    costUSD = dollars("cost_usd")
    budgetUSD = dollars("budget_usd")
    tokensIn = count("tokens_in")
    tokensOut = count("tokens_out")
    turns = count("turns")
    tools = count("tools")
    files = count("files")
    question = signals["question"]?.string.flatMap { EventID(hex: $0) }
    exit = signals["exit"]?.integer.flatMap { (0...255).contains($0) ? $0 : nil }
    code = word("code")
    branch = word("branch", 200)
    commit = word("commit")
    step = WorkStep(done: signals["step"]?.integer, total: signals["steps"]?.integer)
    address = record.fabric?.address
  }

  /// Whether somebody works on it.
  package var isUnderWay: Bool { [.starting, .running, .cancelling].contains(state) }

  /// Whether a text can be the name of a run: 32 hex digits.
  package static func isRun(_ text: String) -> Bool {
    text.utf8.count == 32
      && text.utf8.allSatisfy {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
          || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
      }
  }
}

extension RunRecord {
  /// The record as it is signed.
  ///
  /// - Parameters:
  ///   - track: of the card.
  ///   - milliseconds: the time now.
  package func intent(by author: PublicKey, track: String?, milliseconds: Int64) -> DispatchIntent {
    var fields: JSONObject = [:]
    if let address { fields["addr"] = .string(address.text) }
    let words = reason.isEmpty ? outcome : reason
    return DispatchIntent(
      eventID: Self.prefix + card.hex, candidates: Self.outcomes, chosen: outcome,
      reason: words.utf16.count <= Limits.description
        ? words : String(words.prefix(Limits.description / 4)),
      signals: signals, track: track, createdAtMilliseconds: milliseconds, createdBy: author.hex,
      fabric: Fabric(type: "run", fields: fields))
  }

  private var signals: JSONObject {
    var signals: JSONObject = ["v": 1]
    func set(_ key: String, _ value: String?) { signals[key] = value.map { .string($0) } }
    func set(_ key: String, _ value: Int64?) { signals[key] = value.map { .integer($0) } }
    func set(_ key: String, _ value: Double?) { signals[key] = value.map { .number($0) } }
    set("run", run)
    set("attempt", Int64(attempt))
    set("cycle", Int64(cycle))
    set("conn", connection?.text)
    set("host", host)
    set("adapter", adapter)
    set("model", model)
    set("state", state.rawValue)
    set("queue_pos", Int64(queuePosition))
    set("started_at", startedAt)
    set("heartbeat_at", heartbeatAt)
    set("progress_at", progressAt)
    set("interval_s", interval)
    set("deadline_at", deadlineAt)
    set("cost_usd", costUSD)
    set("budget_usd", budgetUSD)
    set("tokens_in", tokensIn)
    set("tokens_out", tokensOut)
    set("turns", turns)
    set("tools", tools)
    set("files", files)
    set("question", question?.hex)
    set("exit", exit)
    set("code", code)
    set("branch", branch)
    set("commit", commit)
    set("task_id", run)
    set("step", step.map { Int64($0.done) })
    set("steps", step?.total.map { Int64($0) })
    return signals
  }
}

extension Payload {
  /// The payload with the id of an event that was not signed when it was written: a copy of a question names it
  /// as `of`, a record as the question that its run waits for.
  package func speaking(of id: EventID) -> Payload {
    switch self {
    case .comment(var comment):
      comment.fabric = comment.fabric?.setting("of", .string(id.hex))
      return .comment(comment)
    case .dispatch(var intent):
      intent.signals["question"] = .string(id.hex)
      return .dispatch(intent)
    default: return self
    }
  }
}
