import FourA
import Home
import Nostr
import Replica
import Studio

// From a run that has begun to its end.
extension WorkerLoop {
  /// Looks after every run that is not over.
  func tendRuns(_ state: WorkerState, _ now: Int64) throws {
    for run in try reader.liveRuns(settings.profile) {
      guard let card = try reader.card(run.card), let room = try reader.room(run.room) else {
        continue
      }
      do {
        try tend(run, card, room, state, now)
      } catch let error as PayloadError {
        complain("\(run.run): \(error)")
      } catch let error as StudioError {
        // Of this machine, and perhaps not for long.
        complain("\(run.run): \(error)")
        wake(at: now + 30)
      }
    }
  }

  private func tend(
    _ run: WorkerRun, _ card: CardRow, _ room: RoomRow, _ state: WorkerState, _ now: Int64
  ) throws {
    var run = run
    if run.state != .cancelling, let cause = try cancellation(of: run, card, room, state) {
      return try cancel(&run, card, cause, now)
    }
    switch run.state {
    case .queued, .done: return
    case .waiting: return try tendParked(&run, card, now)
    case .starting, .running, .cancelling: break
    }
    let view = try driver.look(at: run)
    note(view, in: &run)
    switch view.life {
    case .absent:
      if run.state == .starting { return try start(run, card, room, now) }
      let words = "its processes are gone, and nothing tells how it ended"
      let ending = RunEnding(
        outcome: run.state == .cancelling ? "cancelled" : "lost",
        code: run.state == .cancelling ? run.code : "lost", words: words)
      try finish(&run, card, ending, view, now)
    case .alive:
      if run.state == .starting {
        run.state = .running
        try save(&run, from: .starting, "", [], now)
        FaultPoint.workerRunning.pass()
      }
      if run.state == .cancelling {
        try driver.stop(run, reason: run.code)
      } else {
        try tendRequests(&run, card, room, now)
        _ = try tendQuestions(&run, card, now)
        if try unansweredFailure(of: run) != nil {
          try driver.stop(run, reason: "question")
        } else if view.digest.repeats >= Self.mostRepeats {
          try driver.stop(run, reason: "stuck")
        } else {
          try tell(&run, card, view, now)
        }
      }
      wake(at: now + 300)
    case .ended(let ending):
      FaultPoint.workerEnded.pass()
      try end(&run, card, room, ending, view, now)
    }
  }

  /// The same tool with the same words, one time after the other.
  static let mostRepeats = 8

  /// A segment has ended by itself or was ended: the run waits, goes on, or is over.
  private func end(
    _ run: inout WorkerRun, _ card: CardRow, _ room: RoomRow, _ ending: RunEnding, _ view: RunView,
    _ now: Int64
  ) throws {
    var ending = ending
    if run.state == .cancelling {
      ending.outcome = "cancelled"
      ending.code = run.code
      ending.words = "stopped: \(run.reason)"
      return try finish(&run, card, ending, view, now)
    }
    if run.state == .starting {
      run.state = .running
      try save(&run, from: .starting, "", [], now)
    }
    try tendRequests(&run, card, room, now)
    let open = try tendQuestions(&run, card, now)
    if let failed = try unansweredFailure(of: run) {
      (ending.outcome, ending.code) = (failed.outcome, failed.code)
      (ending.words, ending.text) = (failed.words, failed.words)
      return try finish(&run, card, ending, view, now)
    }
    if sameBytes(ending.code, "stuck") {
      // Once it is told so; a program that cannot be told, or does not heed it, is at its end.
      if run.session != nil, canResume(run), !run.isStuck {
        run.isStuck = true
        driver.forget(run)
        run.activeSeconds += view.activeSeconds
        return try goOn(&run, from: .running, now)
      }
      (ending.outcome, ending.words) = ("failed", "it did the same thing again and again")
      ending.text = ending.words
      return try finish(&run, card, ending, view, now)
    }
    let isCalm =
      sameBytes(ending.outcome, "completed") || sameBytes(ending.code, "no_result")
    guard isCalm, canResume(run) else { return try finish(&run, card, ending, view, now) }
    if !open.isEmpty { return try park(&run, card, view, now) }
    if try hasMissedAnswer(run, ending) || steers(of: run, card).count > run.steers {
      driver.forget(run)
      run.activeSeconds += view.activeSeconds
      return try goOn(&run, from: .running, now)
    }
    try finish(&run, card, ending, view, now)
  }

  /// Takes what is worth keeping over a restart.
  private func note(_ view: RunView, in run: inout WorkerRun) {
    run.session = view.session ?? view.digest.session ?? run.session
    run.costUSD =
      view.digest.cost.map { max(run.costBefore + $0, run.costUSD ?? 0) } ?? run.costUSD
  }

  // MARK: Progress

  private func tell(_ run: inout WorkerRun, _ card: CardRow, _ view: RunView, _ now: Int64) throws {
    var pace = pace(run, now)
    pacing[run.run] = pace
    guard let due = pace.progressDue(view.digest) else {
      return try signLife(run, card, view, pace, now)
    }
    guard due <= now * 1_000 else { return wake(at: (due + 999) / 1_000) }
    guard let orders = try orders(card, now) else { return }
    let post = try orders.progress(run, view)
    let events = run.events
    try save(&run, from: .running, "progress-\(events + 1)", [post], now)
    FaultPoint.workerTold.pass()
    pace.publishedProgress(view.digest, at: now * 1_000)
    pacing[run.run] = pace
    if let next = pace.progressDue(view.digest) { wake(at: (next + 999) / 1_000) }
  }

  /// Where nothing else was said for as long as was promised, the record says that it is still there.
  private func signLife(
    _ run: WorkerRun, _ card: CardRow, _ view: RunView, _ pace: Coalescer, _ now: Int64
  ) throws {
    guard pace.allows(.p3), let orders = try orders(card, now) else { return }
    let due = max(run.publishedAt, run.startedAt ?? 0) + RunOrders.promise
    guard due <= now else { return wake(at: due) }
    var run = run
    try save(
      &run, from: .running, "life-\(run.events + 1)", [try orders.record(run, view: view)], now)
  }

  /// How the events of a run are paced; after a restart from what is kept of it.
  func pace(_ run: WorkerRun, _ now: Int64) -> Coalescer {
    // The card is one event too.
    pacing[run.run] ?? Coalescer(start: (run.startedAt ?? now) * 1_000, spent: run.events + 1)
  }

  // MARK: The end

  /// A segment is over: the run is done, or tried again.
  func finish(
    _ run: inout WorkerRun, _ card: CardRow, _ ending: RunEnding, _ view: RunView?, _ now: Int64
  ) throws {
    let state = run.state
    driver.forget(run)
    run.activeSeconds += view?.activeSeconds ?? 0
    guard let orders = try orders(card, now) else { return }
    if let again = retry(run, ending, now) {
      run.state = .queued
      run.attempt += 1
      run.segment += 1
      run.costBefore = run.costUSD ?? 0
      run.dueAt = again
      run.code = ending.code
      run.reason = "\(ending.words); tried again later"
      wake(at: again)
      try save(
        &run, from: state, "retry-\(run.attempt)",
        [try orders.record(run, view: view, end: ending)], now)
      return FaultPoint.workerRetrying.pass()
    }
    run.state = .done
    run.outcome = ending.outcome
    let isDuplicate = sameBytes(run.code, SkipReason.duplicateWorker.rawValue)
    if isDuplicate { run.outcome = "skipped" }
    run.code = ending.code
    run.endedAt = now
    run.reason = RunOrders.cut(ending.words.isEmpty ? ending.outcome : ending.words, to: 500)
    pacing[run.run] = nil
    let seconds = max(run.activeSeconds, now - (run.startedAt ?? now))
    let isDone = sameBytes(ending.outcome, "completed")
    var posts: [Order.Post] = []
    // Of what was never begun the record tells enough; and where we are not the assignee any more there is
    // nothing left to say on the card.
    if !isDuplicate, run.startedAt != nil, card.assignees.first == me {
      posts.append(try orders.result(run, ending, seconds: seconds))
      if let status = try orders.status(
        isDone ? .done : .open, hold: !isDone, reason: isDone ? nil : run.reason, run: run)
      {
        posts.append(status)
      }
    }
    // What we would say takes the place of what the other machine says.
    if !isDuplicate { posts.append(try orders.record(run, view: view, end: ending)) }
    let left = try reader.workerQuestions(run.run).filter { $0.state == .open }.map { question in
      var question = question
      question.state = .withdrawn
      question.settledAt = now
      return question
    }
    guard try save(&run, from: state, "result", posts, questions: left, now) else { return }
    FaultPoint.workerFinished.pass()
    try guardAgainstFailures(run, now)
  }

  /// When it is tried again by itself; `nil` when it is not.
  private func retry(_ run: WorkerRun, _ ending: RunEnding, _ now: Int64) -> Int64? {
    guard run.state != .cancelling, ending.isTransient,
      run.attempt <= settings.retryDelays.count
    else { return nil }
    if sameBytes(ending.code, "lost"), !(settings.isResumable && run.session != nil) { return nil }
    return max(now + settings.retryDelays[run.attempt - 1], ending.retryAt ?? 0)
  }

  /// Too many failures pause the profile: somebody has to look first.
  private func guardAgainstFailures(_ run: WorkerRun, _ now: Int64) throws {
    func isFailure(_ run: WorkerRun) -> Bool {
      run.state == .done && ["failed", "timed_out", "lost"].contains(run.outcome)
    }
    guard isFailure(run) else { return }
    let onCard = try reader.workerRuns(on: run.card).prefix(settings.limits.cardFailures)
    let lately = try reader.runs(settings.profile, since: now - 86_400).filter {
      isFailure($0) && $0.endedAt ?? 0 > now - 3_600
    }
    guard
      onCard.count == settings.limits.cardFailures && onCard.allSatisfy(isFailure)
        || lately.count >= settings.limits.profileFailures,
      try reader.workerState(settings.profile)?.mode == .active
    else { return }
    try change(to: .paused, "breaker", now)
  }

  // MARK: Stopping

  struct Cancellation: Hashable {
    let code: String
    let words: String
  }

  /// Why a run is to end before its time.
  private func cancellation(
    of run: WorkerRun, _ card: CardRow, _ room: RoomRow, _ state: WorkerState
  ) throws -> Cancellation? {
    if state.mode == .stopping {
      return .init(code: "owner", words: "its owner has stopped everything")
    }
    if card.assignees.first != me {
      return .init(code: "unassigned", words: "the card is not assigned to this agent any more")
    }
    if sameBytes(card.status, "archived") || !card.isShown {
      return .init(code: "archived", words: "the card was put away")
    }
    switch room.status {
    case "closed": return .init(code: "room_closed", words: "the room was closed")
    case "left": return .init(code: "membership_lost", words: "this agent has left the room")
    default: break
    }
    if !(try reader.members(room.id).contains { $0.pubkey == me }), room.epoch > 0 {
      return .init(code: "membership_lost", words: "this agent is not a member any more")
    }
    // One that has begun already finds its card as it left it: in progress.
    if run.state == .queued, run.startedAt == nil, !card.isRetried, !sameBytes(card.status, "open")
    {
      return .init(code: "author", words: "the card is “\(card.status)”")
    }
    for control in try reader.controls(on: card.id, since: run.createdAt)
    where sameBytes(control.intent ?? "", "cancel") {
      let object = control.fabric.flatMap { try? JSON(parsing: $0) }.flatMap { Fabric($0) }
      if let named = object?.run, !sameBytes(named, run.run) { continue }
      return .init(
        code: control.author == card.author ? "author" : "owner",
        words: RunOrders.cut(control.body, to: 200))
    }
    if try isDuplicate(run) {
      return .init(
        code: SkipReason.duplicateWorker.rawValue, words: SkipReason.duplicateWorker.words)
    }
    return nil
  }

  private func cancel(
    _ run: inout WorkerRun, _ card: CardRow, _ cause: Cancellation, _ now: Int64
  ) throws {
    let state = run.state
    run.code = cause.code
    run.reason = cause.words
    guard run.isOnMachine else {
      run.state = .cancelling
      // Never begun, or parked: there is nothing to wait for.
      try desk.save(run, from: state, now: now)
      return try finish(
        &run, card,
        RunEnding(outcome: "cancelled", code: cause.code, words: "stopped: \(cause.words)"), nil,
        now)
    }
    run.state = .cancelling
    try save(&run, from: state, "", [], now)
    FaultPoint.workerCancelling.pass()
    try driver.stop(run, reason: cause.code)
    FaultPoint.workerStopped.pass()
    wake(at: now + 1)
  }

  /// Whether another machine with this key was first to take up the same cycle of the card.
  private func isDuplicate(_ run: WorkerRun) throws -> Bool {
    let foreign = try foreignRecords(on: run.card, cycle: run.cycle)
    guard !foreign.isEmpty,
      let own = try reader.runRecords(on: run.card, signedBy: me).first(where: {
        $0.record.run == run.run
      })
    else { return false }
    return foreign.contains { ($0.signedAt, $0.eventID) < (own.signedAt, own.eventID) }
  }

  /// Records of runs of a cycle of a card that this key has signed elsewhere.
  func foreignRecords(on card: ObjectID, cycle: Int) throws -> [RunRecordRow] {
    try reader.runRecords(on: card, signedBy: me).filter { row in
      guard let run = row.record.run, row.record.cycle == cycle else { return false }
      return try reader.workerRun(run) == nil
    }
  }
}
