import FourA
import Home
import Nostr
import Replica
import Studio

// The end of a run: told once, or tried again.
extension WorkerLoop {
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
      if try !isSuperseded(run, card),
        let status = try orders.status(
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
}
