import FourA
import Home
import Nostr
import Replica
import Studio
import Workspace

// From a run that waits for its slot to a program that runs.
extension WorkerLoop {
  /// What is said of a run that has to wait for its slot.
  static let queued = "waits for a slot"

  /// - Parameter orPromised: those count too that were taken up and are about to begin.
  func hasSlot(for author: PublicKey, _ live: [WorkerRun], orPromised: Bool = false) -> Bool {
    let busy = live.filter { $0.isOnMachine || orPromised && $0.state == .queued }
    return busy.count < settings.limits.parallel
      && busy.count { $0.author == author } < settings.limits.perAuthor
  }

  /// Gives free slots to the runs that wait, the urgent ones first, then in the order in which they came.
  func beginRuns(_ state: WorkerState, _ now: Int64) throws {
    guard state.mode == .active else { return }
    var waiting: [(run: WorkerRun, card: CardRow)] = []
    for run in try reader.liveRuns(settings.profile) where run.state == .queued {
      guard run.dueAt <= now else {
        wake(at: run.dueAt)
        continue
      }
      guard let card = try reader.card(run.card) else { continue }
      waiting.append((run, card))
    }
    waiting.sort {
      ($0.card.urgency, $0.run.createdAt, $0.run.run)
        < ($1.card.urgency, $1.run.createdAt, $1.run.run)
    }
    for (run, card) in waiting {
      let live = try reader.liveRuns(settings.profile)
      guard hasSlot(for: run.author, live), try isFree(card.repository, live),
        try hasPrecedence(run, now)
      else { continue }
      try begin(run, card, now)
    }
  }

  /// A repository without working trees is one run's at a time.
  private func isFree(_ repository: String?, _ live: [WorkerRun]) throws -> Bool {
    guard let repository, settings.repositories[repository] ?? false else { return true }
    return try !live.contains { run in
      guard run.isOnMachine, let card = try reader.card(run.card) else { return false }
      return card.repository.map { sameBytes($0, repository) } ?? false
    }
  }

  /// Where another machine with this key has taken up the same card, both wait until each has seen what the
  /// other said; then the later one gives way.
  private func hasPrecedence(_ run: WorkerRun, _ now: Int64) throws -> Bool {
    guard try !foreignRecords(on: run.card, cycle: run.cycle).isEmpty else { return true }
    let own = try reader.runRecords(on: run.card, signedBy: me).first {
      $0.record.run.map { sameBytes($0, run.run) } ?? false
    }
    let since = max(own?.receivedAt ?? now, own?.signedAt ?? now)
    guard own == nil || now < since + Self.duplicateWait else { return true }
    wake(at: since + Self.duplicateWait)
    return false
  }

  private static let duplicateWait: Int64 = 10

  private func begin(_ queued: WorkerRun, _ card: CardRow, _ now: Int64) throws {
    guard let orders = try orders(card, now), let room = try reader.room(card.room) else { return }
    var run = queued
    if run.attempt == 1, run.segment == 1 {
      // Much may have happened since it was taken up: what it was taken up for must still stand.
      guard card.contentHash == run.contentHash, try cycle(of: card) == run.cycle else {
        return try reconsider(run, card, orders, now)
      }
    }
    run.state = .starting
    run.startedAt = run.startedAt ?? now
    // The acknowledgement told that it begins, unless it had to wait: then ``begun`` tells that it has.
    if run.segment == 1, queued.reason != Self.queued, run.createdAt == now {
      run.reason = Self.working(run)
    }
    var posts: [Order.Post] = []
    if let status = try orders.status(.inProgress, run: run) { posts.append(status) }
    run.steersBefore = run.steers
    run.steers = try steers(of: run, card).count
    guard
      try save(&run, from: .queued, "begin-\(run.attempt)-\(run.segment)", posts, now)
    else { return }
    FaultPoint.workerBegun.pass()
    try start(run, card, room, now)
  }

  /// What is said of a run whose program works.
  private static func working(_ run: WorkerRun) -> String {
    "running \(run.adapter), attempt \(run.attempt)"
  }

  /// What is told once the program of a run is there: nothing where its acknowledgement said that it begins, for
  /// readers take whatever is said on the card afterwards for its work.
  func begun(_ run: inout WorkerRun, _ card: CardRow, _ view: RunView, _ now: Int64) throws
    -> [Order.Post]
  {
    let words = Self.working(run)
    guard !sameBytes(run.reason, words) else { return [] }
    run.reason = words
    guard run.segment == 1 || run.attempt > 1 || pace(run, now).allows(.p3),
      let orders = try orders(card, now)
    else { return [] }
    return [try orders.record(run, view: view)]
  }

  /// A card that changed while its run waited is judged anew, as it is now.
  private func reconsider(
    _ run: WorkerRun, _ card: CardRow, _ orders: RunOrders, _ now: Int64
  ) throws {
    guard let room = try reader.room(card.room) else { return }
    let (candidate, _) = try candidate(card, in: room, now)
    let reason = candidate.skip() ?? .notOpen
    let cycle = try cycle(of: card)
    var skip = WorkerSkip(
      profile: settings.profile, card: card.id, cardAddress: run.cardAddress,
      cardEvent: card.eventID, cycle: cycle, reason: reason.rawValue, at: now)
    skip.budgetUSD = try allowance(of: card, nil, now).usd
    _ = try desk.putBack(
      run, for: skip, orders: try telling(reason, card, cycle, orders), now: now)
    wake(at: now)
  }

  /// Has the supervisor of a run that is `starting` begin; also after a crash between the two.
  func start(_ run: WorkerRun, _ card: CardRow, _ room: RoomRow, _ now: Int64) throws {
    let goesOn = run.attempt > 1 || run.segment > 1 || run.place != nil
    let isResumed = goesOn && canResume(run)
    let budget = try allowance(of: card, run, now).usd.map { max(0, $0 - run.costBefore) }
    var prompt = RunPrompt(
      card: card, room: room, me: me, names: try reader.names(in: card.room),
      thread: try reader.threadEnd(of: card.id, limit: RunPrompt.entries).reversed())
    prompt.isResumed = isResumed && run.session != nil
    prompt.isContinued = goesOn
    prompt.isStuck = run.isStuck
    prompt.budgetUSD = budget
    if card.isRetried, run.segment == 1 { prompt.again = try reader.retry(of: card) }
    prompt.answers = try settledAnswers(of: run, isResumed: prompt.isResumed)
    prompt.steers = Array(
      try steers(of: run, card).prefix(run.steers).dropFirst(
        prompt.isResumed ? run.steersBefore : 0))
    let job = RunJob(
      run: run, card: card, room: room, prompt: prompt.text(marker: marker()),
      isResumed: isResumed, repository: card.repository, budgetUSD: budget)
    do {
      try driver.start(job)
    } catch {
      var failed = run
      let lasting = [
        "no_adapter", "sandbox_unavailable", "repo_unknown", "worktree_failed",
        "attachment_unavailable",
      ]
      let code = (error as? StudioError)?.code ?? ""
      let ending = RunEnding(
        outcome: "failed", code: lasting.contains(code) ? code : "spawn_failed",
        words: "the program could not be started: \(error)")
      try finish(&failed, card, ending, nil, now)
      return
    }
    wake(at: now + 1)
  }

  func marker() -> String {
    random().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}
