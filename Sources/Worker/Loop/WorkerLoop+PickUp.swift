import FourA
import Home
import Nostr
import Replica
import Studio

// From a card that is assigned to a run that has begun.
extension WorkerLoop {
  // MARK: Taking up

  func takeUpCards(_ state: WorkerState, _ now: Int64) throws {
    for room in try reader.rooms() {
      for card in try reader.work(room.id, for: me) {
        do {
          try takeUp(card, in: room, state, now)
        } catch let error as PayloadError {
          complain("\(card.address): \(error)")
        }
      }
    }
  }

  private func takeUp(
    _ card: CardRow, in room: RoomRow, _ state: WorkerState, _ now: Int64
  ) throws {
    guard let address = Address(card.address) else { return }
    let cycle = try cycle(of: card)
    guard try reader.workerRun(settings.profile, address, cycle: cycle) == nil else { return }
    let (candidate, consent) = try candidate(card, in: room, now)
    guard let orders = try orders(card, now) else { return }
    if try !foreignRecords(on: card.id, cycle: cycle).isEmpty {
      return try passOver(card, address, cycle, .duplicateWorker, orders, now)
    }
    if let reason = candidate.skip() {
      if reason == .budgetZero { wake(at: now + 3_600) }
      if reason == .roomRate, let opens = candidate.history.roomOpensAt(settings.limits, now: now) {
        wake(at: opens)
      }
      return try passOver(card, address, cycle, reason, orders, now)
    }
    var run = WorkerRun(
      run: marker(),
      profile: settings.profile, room: card.room, card: card.id, cardAddress: address,
      cycle: cycle, cardEvent: card.eventID, author: card.author, contentHash: card.contentHash,
      createdAt: now, adapter: settings.adapter)
    // One that has a slot at once is not said to be waiting: that would cost an event more.
    let live = try reader.liveRuns(settings.profile)
    let place =
      hasSlot(for: card.author, live, orPromised: true)
      ? 0 : 1 + live.count { $0.state == .queued }
    if place > 0 { run.reason = Self.queued }
    var told = run
    if place == 0 { told.state = .starting }
    let acknowledgement = try orders.record(told, queuePosition: place)
    run.events = 1
    run.publishedAt = now
    FaultPoint.workerOffered.pass()
    _ = try desk.takeUp(
      run, using: consent, orders: [KeyedOrder("record:\(run.run)", .posts([acknowledgement]))],
      now: now)
    FaultPoint.workerTaken.pass()
  }

  /// 1, and one more for every time that the card was given out again.
  func cycle(of card: CardRow) throws -> Int {
    card.cycle + (settings.rerunsOnEdit ? try reader.versions(of: card.id).count - 1 : 0)
  }

  func passOver(
    _ card: CardRow, _ address: Address, _ cycle: Int, _ reason: SkipReason, _ orders: RunOrders,
    _ now: Int64
  ) throws {
    guard reason != .notOpen, reason != .notAssigned else { return }
    let skip = WorkerSkip(
      profile: settings.profile, card: card.id, cardAddress: address, cardEvent: card.eventID,
      cycle: cycle, reason: reason.rawValue, at: now)
    _ = try desk.skip(skip, orders: try telling(reason, card, cycle, orders), now: now)
  }

  /// What the others are told of a card that is passed over.
  private func telling(
    _ reason: SkipReason, _ card: CardRow, _ cycle: Int, _ orders: RunOrders
  ) throws -> [KeyedOrder] {
    guard reason.isTold else { return [] }
    return [
      KeyedOrder(
        "skip:\(card.eventID.hex):\(cycle):\(reason.rawValue)",
        .posts([try orders.skipped(reason, cycle: cycle)]))
    ]
  }

  /// All that decides about a card, and the consent that would be used up.
  func candidate(
    _ card: CardRow, in room: RoomRow, _ now: Int64
  ) throws -> (Candidate, WorkerConsent?) {
    var candidate = Candidate(me: me, author: card.author, assignee: card.assignees.first)
    candidate.kind = card.kind
    candidate.status = card.status
    candidate.isHeld = card.isHeld
    candidate.isRetried = card.isRetried
    candidate.contentHash = card.contentHash
    // A retry does not change the card.
    candidate.touchedAt = card.isRetried ? now : card.updatedAt
    (candidate.chain, candidate.depth) = try reader.chain(of: card)
    candidate.isBlocked = try reader.isBlocked(card)
    candidate.hasAttachments = !card.needsAttachments
    candidate.hasRepository = card.repository.map { settings.repositories[$0] != nil } ?? true
    candidate.budgetUSD = try budget(of: card, now)
    candidate.room =
      switch room.status {
      case "active":
        try reader.members(room.id).contains { $0.pubkey == me } ? .open : .notAMember
      case "pending": .noEpochKey
      case "closed": .closed
      default: .notAMember
      }
    candidate.roomSwitch = settings.roomSwitch(room)
    let kept = try reader.consents(settings.profile, room: room.id).filter {
      $0.author == card.author
    }
    candidate.consents = kept.map { row in
      var consent = Consent(Consent.Decision(rawValue: row.decision.rawValue) ?? .never)
      consent.limits = Consent.Limits((try? JSON(parsing: row.limits)) ?? .null)
      consent.contentHash = row.contentHash
      consent.isUsed = row.usedBy != nil
      return consent
    }
    candidate.now = now
    candidate.acceptedKinds = settings.acceptedKinds
    candidate.maximumAge = settings.maximumAge
    candidate.hasAdapter = settings.hasAdapter
    candidate.hasSandbox = settings.hasSandbox
    candidate.limits = settings.limits
    candidate.history = RunHistory(
      try reader.runs(settings.profile, since: now - 2 * 86_400).map {
        .init(
          room: $0.room.rawValue, author: $0.author, takenUpAt: $0.createdAt,
          isWaiting: $0.state == .queued)
      }, room: room.id.rawValue)
    // `always` goes before `once`, which is then kept for later.
    let once = kept.first {
      $0.decision == .once && $0.usedBy == nil && $0.contentHash == card.contentHash
    }
    var without = candidate
    without.consents.removeAll { $0.decision == .once }
    return (candidate, without.skip() == nil ? nil : once)
  }

  // MARK: Beginning

  /// What is said of a run that has to wait for its slot.
  private static let queued = "waits for a slot"

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
    run.reason = "running \(run.adapter), attempt \(run.attempt)"
    var posts: [Order.Post] = []
    if let status = try orders.status(.inProgress, run: run) { posts.append(status) }
    // The acknowledgement told that it begins, unless it had to wait.
    let isNews =
      run.segment > 1
      ? pace(run, now).allows(.p3) : queued.reason == Self.queued || run.createdAt < now
    if isNews || run.attempt > 1 { posts.append(try orders.record(run)) }
    run.steersBefore = run.steers
    run.steers = try steers(of: run, card).count
    guard
      try save(&run, from: .queued, "begin-\(run.attempt)-\(run.segment)", posts, now)
    else { return }
    FaultPoint.workerBegun.pass()
    try start(run, card, room, now)
  }

  /// A card that changed while its run waited is judged anew, as it is now.
  private func reconsider(
    _ run: WorkerRun, _ card: CardRow, _ orders: RunOrders, _ now: Int64
  ) throws {
    guard let room = try reader.room(card.room) else { return }
    let (candidate, _) = try candidate(card, in: room, now)
    let reason = candidate.skip() ?? .notOpen
    let cycle = try cycle(of: card)
    let skip = WorkerSkip(
      profile: settings.profile, card: card.id, cardAddress: run.cardAddress,
      cardEvent: card.eventID, cycle: cycle, reason: reason.rawValue, at: now)
    _ = try desk.putBack(
      run, for: skip, orders: try telling(reason, card, cycle, orders), now: now)
    wake(at: now)
  }

  /// Has the supervisor of a run that is `starting` begin; also after a crash between the two.
  func start(_ run: WorkerRun, _ card: CardRow, _ room: RoomRow, _ now: Int64) throws {
    let isResumed = (run.attempt > 1 || run.segment > 1) && canResume(run)
    let budget = try budget(of: card, now).map { max(0, $0 - run.costBefore) }
    var prompt = Prompt(
      run: run, card: card, room: room, me: me, names: try reader.names(in: card.room),
      thread: try reader.threadEnd(of: card.id, limit: 500).reversed(),
      isResumed: isResumed && run.session != nil)
    prompt.budgetUSD = budget
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
      let lasting = ["no_adapter", "sandbox_unavailable", "repo_unknown", "worktree_failed"]
      let code = (error as? StudioError)?.code ?? ""
      let ending = RunEnding(
        outcome: "failed", code: lasting.contains(code) ? code : "spawn_failed",
        words: "the program could not be started: \(error)")
      try finish(&failed, card, ending, nil, now)
      return
    }
    wake(at: now + 1)
  }

  /// What a run of a card may cost: the least that its author, the owner and the owner's consent allow.
  func budget(of card: CardRow, _ now: Int64) throws -> Double? {
    let consents = try reader.consents(settings.profile, room: card.room).filter {
      $0.author == card.author && $0.decision == .always
    }
    let allowed = consents.compactMap {
      (try? JSON(parsing: $0.limits)).flatMap { Consent.Limits($0).budgetUSD }
    }
    var left: [Double] = []
    if let perDay = settings.budgetPerDay {
      let runs = try reader.runs(settings.profile, since: now - 86_400)
      let spent = runs.filter { $0.card != card.id }.reduce(0) { $0 + ($1.costUSD ?? 0) }
      left = [max(0, perDay - spent)]
    }
    return ([card.budgetUSD, settings.budgetUSD].compactMap(\.self) + allowed + left).min()
  }

  private func marker() -> String {
    random().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}
