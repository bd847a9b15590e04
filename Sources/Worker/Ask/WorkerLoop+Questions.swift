import FourA
import Home
import Nostr
import Replica
import Studio
import Workspace

// A question from the time it is asked until its program knows the answer.
extension WorkerLoop {
  // MARK: Asking

  /// Publishes a question, once; what it repeats of what was decided before is answered from that.
  func ask(
    _ request: JSON, _ number: Int64, _ run: inout WorkerRun, _ card: CardRow, _ now: Int64
  ) throws {
    let question = try RunQuestion(request, now: now, redact: driver.redact)
    let earlier = try reader.workerQuestions(run.run)
    if let digest = question.action?.digest, let settled = decided(digest, earlier, run) {
      var used = settled
      if settled.segment < run.segment, !isForRun(settled) { used.state = .used }
      try see(to: number, &run, questions: [used], now: now)
      return try driver.answer(run, number, Self.json(settled))
    }
    guard question.kind != .approval || settings.owner != nil else {
      throw StudioError(
        "no_owner", "nobody can approve this: the worker of this machine names no owner",
        hint: "“owner NPUB” in worker.conf says who decides")
    }
    let pace = pace(run, now)
    guard pace.left > Coalescer.ending, let orders = try orders(card, now) else {
      throw StudioError(
        "too_many_questions", "this run has asked all that it may: go on with what you know")
    }
    var row = WorkerQuestion(
      run: run.run, number: number, d: RunOrders.questionName(run, number, question.body),
      segment: run.segment, asked: question.text, isBlocking: question.isBlocking,
      digest: question.action?.digest, askedAt: now, expiresAt: question.expiresAt)
    if request["via"] == nil { row.hearing = .unknown }
    var posts = [try orders.question(run, question, d: row.d)]
    if pace.left - 1 > Coalescer.ending { posts.append(try orders.mirror(run, question)) }
    let isFirst = !earlier.contains { $0.state == .open && $0.isBlocking }
    if question.isBlocking, isFirst, pace.left - posts.count > Coalescer.reserve {
      var waiting = run
      waiting.state = .waiting
      waiting.reason = RunOrders.cut("waits for an answer: \(question.body)", to: 300)
      posts.append(try orders.record(waiting, view: try driver.look(at: run), question: 0))
    }
    try see(to: number, &run, posts, questions: [row], now: now)
    wake(at: question.expiresAt)
  }

  /// An earlier decision about the very same input: for the whole run, or for one time that was not made use of
  /// because the program had ended by then.
  private func decided(
    _ digest: String, _ earlier: [WorkerQuestion], _ run: WorkerRun
  ) -> WorkerQuestion? {
    earlier.last { question in
      guard question.state == .answered, let own = question.digest, sameBytes(own, digest) else {
        return false
      }
      return isForRun(question)
        || question.segment < run.segment
          && sameBytes(Self.json(question)["decision"]?.string ?? "", "allow_once")
    }
  }

  private func isForRun(_ question: WorkerQuestion) -> Bool {
    sameBytes(Self.json(question)["decision"]?.string ?? "", "allow_run")
  }

  private static func json(_ question: WorkerQuestion) -> JSON {
    question.answer.flatMap { try? JSON(parsing: $0) } ?? .null
  }

  // MARK: Settling

  /// Takes the answers that have come and settles what nobody has answered in time.
  ///
  /// - Returns: what is still open of what the run waits for.
  func tendQuestions(
    _ run: inout WorkerRun, _ card: CardRow, _ now: Int64
  ) throws -> [WorkerQuestion] {
    var open: [WorkerQuestion] = []
    for question in try reader.workerQuestions(run.run) {
      guard question.state == .open else {
        // Written again, for the process may have ended between the two.
        if question.answer != nil { try driver.answer(run, question.number, Self.json(question)) }
        continue
      }
      guard let asked = RunQuestion(question.asked) else { continue }
      if let settled = try settle(question, asked, &run, card, now) {
        FaultPoint.workerSettled.pass()
        try driver.answer(run, settled.number, Self.json(settled))
      } else {
        wake(at: question.expiresAt)
        if question.isBlocking { open.append(question) }
      }
    }
    return open
  }

  private func settle(
    _ question: WorkerQuestion, _ asked: RunQuestion, _ run: inout WorkerRun, _ card: CardRow,
    _ now: Int64
  ) throws -> WorkerQuestion? {
    let address = Address(kind: 30534, pubkey: me, d: question.d)
    var event: EventID?
    if case .one(let object) = try reader.resolveObject(
      address.text, in: card.room, kinds: [30534])
    {
      event = try reader.entry(object.id)?.eventID
      if let entry = try reader.settlement(of: object.id), isAcceptable(entry, asked) {
        var settled = question
        let name = RunPrompt.name(entry.author, try reader.names(in: card.room))
        settled.state = .answered
        settled.answer = asked.answer(entry, by: name).json.text
        settled.answeredBy = entry.author
        settled.answerEvent = entry.eventID
        settled.settledAt = now
        try save(&run, from: run.state, "", [], questions: [settled], now)
        return settled
      }
    }
    guard question.expiresAt <= now else { return nil }
    var settled = question
    settled.state = .timedOut
    settled.answer = asked.unanswered.json.text
    settled.settledAt = now
    var posts: [Order.Post] = []
    // Everybody sees it as settled, and by what.
    if let event, let orders = try orders(card, now) {
      posts.append(try orders.unanswered(run, asked, question: event))
    }
    try save(
      &run, from: run.state, "timeout-\(question.number)", posts, questions: [settled], now)
    return settled
  }

  /// What runs on this machine its owner decides, whatever a card of the registry says; nobody here answers their
  /// own question.
  private func isAcceptable(_ entry: EntryRow, _ asked: RunQuestion) -> Bool {
    if entry.author == me { return false }
    return asked.kind != .approval || entry.author == settings.owner
  }

  // MARK: Parking

  /// Whether the program can end and be begun again with an answer.
  var canPark: Bool { settings.isResumable }

  func canResume(_ run: WorkerRun) -> Bool {
    settings.isResumable && (run.session != nil || !settings.needsSession)
  }

  /// Its program has ended to wait: the slot is free, the run goes on when what it asked is settled.
  func park(_ run: inout WorkerRun, _ card: CardRow, _ view: RunView, _ now: Int64) throws {
    let state = run.state
    driver.forget(run)
    run.activeSeconds += view.activeSeconds
    run.state = .waiting
    run.reason = "waits for an answer"
    pacing[run.run] = nil
    try save(&run, from: state, "", [], now)
    FaultPoint.workerParked.pass()
  }

  /// A parked run goes on once nothing that it waits for is open.
  func tendParked(_ run: inout WorkerRun, _ card: CardRow, _ now: Int64) throws {
    guard try tendQuestions(&run, card, now).isEmpty else { return }
    if let failed = try unansweredFailure(of: run) {
      return try finish(&run, card, failed, nil, now)
    }
    if try isRaised(&run) == false {
      // What it has done so far is where it ended.
      let view = try driver.look(at: run)
      var ending = RunEnding(
        outcome: "budget_exhausted", code: "budget_exhausted", words: "its budget is spent")
      if case .ended(let told) = view.life { ending = told }
      return try finish(&run, card, ending, nil, now)
    }
    try goOn(&run, from: .waiting, now)
  }

  /// Whether an answer has come that its program went without: it was told to wait no longer, or ended without a
  /// result and may never have looked.
  func hasMissedAnswer(_ run: WorkerRun, _ ending: RunEnding) throws -> Bool {
    try reader.workerQuestions(run.run).contains { question in
      guard question.isBlocking, question.answer != nil else { return false }
      switch question.hearing {
      case .missed: return true
      case .unknown:
        return question.segment == run.segment && sameBytes(ending.code, "no_result")
      case .told: return false
      }
    }
  }

  /// Has the next segment begin when a slot is free; it is told all that was settled.
  func goOn(_ run: inout WorkerRun, from state: WorkerRun.State, _ now: Int64) throws {
    run.state = .queued
    run.segment += 1
    run.costBefore = run.costUSD ?? 0
    run.dueAt = now
    run.reason = ""
    pacing[run.run] = nil
    let told = try reader.workerQuestions(run.run).filter { $0.answer != nil }
    try save(&run, from: state, "", [], questions: told.map { $0.setting(.told) }, now)
    FaultPoint.workerContinued.pass()
    wake(at: now)
  }

  /// The end of a run that could not go on without an answer.
  func unansweredFailure(of run: WorkerRun) throws -> RunEnding? {
    let missed = try reader.workerQuestions(run.run).last {
      $0.state == .timedOut && RunQuestion($0.asked)?.timeout == .fail
    }
    guard let asked = missed.flatMap({ RunQuestion($0.asked) }) else { return nil }
    return RunEnding(
      outcome: "timed_out", code: "question",
      words: RunOrders.cut("nobody has answered in time: \(asked.body)", to: 400))
  }

  /// What the next segment is told of what was asked before.
  func settledAnswers(of run: WorkerRun, isResumed: Bool) throws -> [RunPrompt.Settled] {
    try reader.workerQuestions(run.run).compactMap { question in
      guard question.answer != nil, let asked = RunQuestion(question.asked),
        !isResumed || question.segment >= run.segment - 1
      else { return nil }
      let answer = Self.json(question)
      var words = answer["text"]?.string ?? ""
      let labels = (answer["choice"]?.array ?? []).compactMap(\.string).map(asked.label)
      if !labels.isEmpty { words = labels.joined(separator: ", ") }
      if let decision = answer["decision"]?.string { words = "\(decision): \(words)" }
      return RunPrompt.Settled(
        question: asked.body, answer: words, by: answer["by"]?.string ?? "nobody")
    }
  }
}
