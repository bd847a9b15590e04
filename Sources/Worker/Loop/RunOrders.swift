import Nostr
import Replica
import Studio

/// The events of a run, as orders to the engine. Each has a key, so that it is published once; what belongs
/// together is one order, so that it is published whole or not at all.
struct RunOrders {
  let me: PublicKey
  let room: RoomRow
  let card: CardRow
  let host: String
  let now: Int64
  /// Seconds within which the next sign of life is promised.
  var promise: Int64 = 1_200

  /// Tells how a run stands.
  ///
  /// - Parameter question: the place of the question that it waits for, in the same order.
  func record(
    _ run: WorkerRun, queuePosition: Int = 0, view: RunView? = nil, end: RunEnding? = nil,
    question: Int? = nil
  ) throws -> Order.Post {
    var record = RunRecord(
      card: run.cardEvent, address: run.cardAddress, run: run.run, state: .queued)
    record.state = RunRecord.State(rawValue: run.state.rawValue) ?? .running
    record.outcome =
      switch run.state {
      case .waiting: "waiting"
      case .done: run.outcome
      default: "dispatch"
      }
    record.reason = run.reason
    record.attempt = run.attempt
    record.cycle = run.cycle
    record.host = host
    record.adapter = run.adapter
    record.model = view?.digest.model.map { Self.cut($0, to: 64) }
    record.queuePosition = queuePosition
    record.startedAt = run.startedAt
    record.heartbeatAt = now
    record.progressAt = view?.progressAt
    record.interval = run.state == .done ? nil : promise
    record.costUSD = run.costUSD
    record.budgetUSD = run.raisedUSD ?? card.budgetUSD
    if let digest = view?.digest {
      record.tokensIn = digest.tokensIn
      record.tokensOut = digest.tokensOut
      record.turns = digest.turns
      record.tools = digest.tools
      record.files = digest.files
      let done = Int64(digest.todo.count { $0.isDone })
      record.step = WorkStep(done: done, total: Int64(digest.todo.count))
    }
    record.exit = end?.exit
    record.code = run.code.isEmpty ? nil : run.code
    record.branch = end?.branch
    record.commit = end?.commit
    return try post(
      .dispatch(record.intent(by: me, track: card.track, milliseconds: now * 1_000)),
      d: DTag.run(card: run.cardEvent), of: question)
  }

  /// Tells why a card is not worked on.
  func skipped(_ reason: SkipReason, _ words: String, cycle: Int) throws -> Order.Post {
    var record = RunRecord(
      card: card.eventID, address: Address(card.address), run: "", state: .done)
    record.run = nil
    record.outcome = "skipped"
    record.reason = words
    record.code = reason.rawValue
    record.cycle = cycle
    record.host = host
    return try post(
      .dispatch(record.intent(by: me, track: card.track, milliseconds: now * 1_000)),
      d: DTag.run(card: card.eventID))
  }

  /// Moves the card; `nil` when we may not, or it is there already.
  func status(_ status: CardStatus, hold: Bool = false, reason: String? = nil, run: WorkerRun)
    throws -> Order.Post?
  {
    guard card.assignees.first == me, !sameBytes(card.status, "archived") else { return nil }
    // What its author has moved on meanwhile is not moved back.
    if hold, !["open", "in_progress"].contains(card.status) { return nil }
    if !hold, sameBytes(card.status, status.rawValue) { return nil }
    return try post(
      .comment(
        .statusChange(
          card: card.eventID, address: run.cardAddress, from: CardStatus(rawValue: card.status),
          to: status, createdBy: me.hex, reason: reason, hold: hold, run: run.run)),
      d: "\(DTag.statusChange(card: card.eventID).dropLast(8))\(Self.mark(run, status.rawValue))",
      after: card.updatedAt)
  }

  /// What the run has done so far; takes the place of what it said before.
  func progress(_ run: WorkerRun, _ view: RunView) throws -> Order.Post {
    let begun = run.startedAt ?? now
    return try report(
      "progress", view.digest.text(elapsed: max(0, now - begun)), run,
      fields: view.digest.fabric.setting("seg", Int64(run.segment)))
  }

  /// How it ended.
  func result(_ run: WorkerRun, _ end: RunEnding, seconds: Int64) throws -> Order.Post {
    let isError = !sameBytes(end.outcome, "completed")
    var fields = end.fields
    fields["final"] = true
    fields["outcome"] = .string(end.outcome)
    fields["duration_s"] = .integer(seconds)
    fields["cost_usd"] = run.costUSD.map { .number($0) }
    if isError {
      fields["code"] = .string(end.code.isEmpty ? end.outcome : end.code)
      fields["attempt"] = .integer(Int64(run.attempt))
      fields["retryable"] = .bool(end.isTransient)
    }
    let text = end.text.isEmpty ? end.words : end.text
    return try report(
      isError ? "error" : "result", text, run, blocks: end.blocks, fields: fields)
  }

  func report(
    _ intent: String, _ text: String, _ run: WorkerRun, blocks: [Block] = [],
    fields: JSONObject = [:], mark: String = "result"
  ) throws -> Order.Post {
    let end = text.lastIndex { !$0.isWhitespace }
    let words = end.map { String(text[...$0]) } ?? "(no words)"
    let text = Self.cut(words, to: Limits.body)
    let comment = Comment.report(
      intent, text, card: card.eventID, address: run.cardAddress, run: run.run, blocks: blocks,
      fields: fields, createdBy: me)
    let d =
      sameBytes(intent, "progress")
      ? DTag.progress(card: run.cardEvent, run: run.run, segment: run.segment)
      : "\(card.eventID.hex):\(Self.mark(run, mark))"
    return try post(.comment(comment), d: d)
  }

  func post(_ payload: Payload, d: String, after: Int64 = 0, of: Int? = nil) throws -> Order.Post {
    // The strict writer's checks run here, before anything is kept.
    _ = try payload.encoded()
    return .init(
      room: room.audience, kind: payload.kind, d: d, payload: payload.json, after: after, of: of)
  }

  /// 8 hex digits that are the same whenever the same is said of the same attempt.
  static func mark(_ run: WorkerRun, _ what: String) -> String {
    String(
      SHA256.hash(Array("\(run.run) \(run.attempt) \(run.segment) \(what)".utf8)).hex.prefix(8))
  }

  /// At most `limit` UTF-16 units, and a word that more was there.
  static func cut(_ text: String, to limit: Int) -> String {
    guard text.utf16.count > limit else { return text }
    let end = "\n\n\u{2026} (cut)"
    var kept = ""
    var count = end.utf16.count
    for character in text {
      count += character.utf16.count
      if count > limit { break }
      kept.append(character)
    }
    return kept + end
  }
}

extension JSONObject {
  func setting(_ key: String, _ value: Int64) -> JSONObject {
    var copy = self
    copy[key] = .integer(value)
    return copy
  }
}
