import FourA
import Home
import Nostr
import Replica
import Studio
import Workspace

// From a card that is assigned to a run that waits for its slot.
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
    // The run of an earlier cycle is stopped first: two would work in one place, and speak with one voice.
    let others = try reader.liveRuns(settings.profile).filter { $0.card == card.id }
    guard others.allSatisfy({ $0.startedAt == nil }) else { return }
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
    try heedRetry(&run, card)
    // One that has a slot at once is not said to be waiting: that would cost an event more.
    let live = try reader.liveRuns(settings.profile)
    let place =
      hasSlot(for: card.author, live, orPromised: true)
      ? 0 : 1 + live.count { $0.state == .queued }
    if place > 0 { run.reason = Self.queued }
    var told = run
    if place == 0 {
      told.state = .starting
      told.startedAt = now
    }
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
    var skip = WorkerSkip(
      profile: settings.profile, card: card.id, cardAddress: address, cardEvent: card.eventID,
      cycle: cycle, reason: reason.rawValue, at: now)
    skip.budgetUSD = try allowance(of: card, nil, now).usd
    _ = try desk.skip(skip, orders: try telling(reason, card, cycle, orders), now: now)
  }

  /// What the others are told of a card that is passed over.
  func telling(
    _ reason: SkipReason, _ card: CardRow, _ cycle: Int, _ orders: RunOrders
  ) throws -> [KeyedOrder] {
    guard reason.isTold else { return [] }
    return [
      KeyedOrder(
        "skip:\(card.eventID.hex):\(cycle):\(reason.rawValue)",
        .posts([try orders.skipped(reason, reason.words(settings.attachments, card), cycle: cycle)])
      )
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
    if case .refused = settings.attachments.judge(card) { candidate.hasAttachments = false }
    candidate.hasRepository = card.repository.map { settings.repositories[$0] != nil } ?? true
    candidate.budgetUSD = try allowance(of: card, nil, now).usd
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
}
