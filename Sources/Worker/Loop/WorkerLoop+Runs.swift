import FourA
import Home
import Nostr
import Replica
import Studio

// A run while its program works.
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
        let posts = try begun(&run, card, view, now)
        try save(&run, from: .starting, "begun-\(run.attempt)-\(run.segment)", posts, now)
        FaultPoint.workerRunning.pass()
      }
      if run.state == .cancelling {
        try driver.stop(run, reason: run.code)
      } else {
        try tendRequests(&run, card, room, now)
        _ = try tendQuestions(&run, card, now)
        if try unansweredFailure(of: run) != nil {
          try driver.stop(run, reason: "question")
        } else if view.digest.repeats >= Self.mostRepeats
          || view.digest.failures >= Self.mostFailures
        {
          try driver.stop(run, reason: "stuck")
        } else {
          try warnOfSilence(&run, card, view, now)
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
  static let mostRepeats = 5
  /// The same error, with nothing written in between.
  static let mostFailures = 4

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
    if try askForMore(&run, card, ending, view, now) { return }
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

  /// Nothing was heard for two thirds of the time after which a program is stopped: that is told, once for each
  /// silence. Whoever waits for an answer is not silent.
  private func warnOfSilence(
    _ run: inout WorkerRun, _ card: CardRow, _ view: RunView, _ now: Int64
  ) throws {
    guard settings.idle > 0, let heard = view.progressAt ?? run.startedAt else { return }
    let due = heard + settings.idle * 2 / 3
    guard due <= now else { return wake(at: due) }
    let key = "silent-\(heard)"
    guard try reader.intent(idem: "\(key):\(run.run)") == nil, pace(run, now).allows(.p1),
      try !reader.workerQuestions(run.run).contains(where: { $0.state == .open }),
      let orders = try orders(card, now)
    else { return }
    let silent = RunDigest.duration(now - heard)
    let end = RunDigest.duration(settings.idle)
    let words = "Nothing was heard from the program for \(silent). After \(end) it is stopped."
    try save(
      &run, from: .running, key, [try orders.remark(run, words, number: heard)], now)
  }

  /// Where nothing else was said for as long as was promised, the record says that it is still there.
  private func signLife(
    _ run: WorkerRun, _ card: CardRow, _ view: RunView, _ pace: Coalescer, _ now: Int64
  ) throws {
    guard pace.allows(.p3), let orders = try orders(card, now) else { return }
    let due = max(run.publishedAt, run.startedAt ?? 0) + settings.promise
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
}
