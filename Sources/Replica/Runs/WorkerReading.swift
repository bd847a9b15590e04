package import Nostr

extension Reader {
  private static let runColumns = """
    run, profile, room, card, card_addr, cycle, card_event, author, content_hash, created_at, state,
    attempt, due_at, started_at, ended_at, outcome, code, reason, adapter, session,
    cost_usd, active_s, segment, events, published_at, cost_before,
    requests, steers, steers_before, stuck, place, raised_usd, raised_by
    """

  /// Runs that are not over, in the order in which they were taken up.
  package func liveRuns(_ profile: String) throws -> [WorkerRun] {
    try runs("profile = ? AND state <> 'done' ORDER BY created_at, run", profile)
  }

  /// Runs of the profile, the newest first.
  package func runs(_ profile: String, limit: Int = 50) throws -> [WorkerRun] {
    try runs("profile = ? ORDER BY created_at DESC, run LIMIT ?", profile, limit)
  }

  /// Runs that were taken up since `time`, the oldest first.
  package func runs(_ profile: String, since time: Int64) throws -> [WorkerRun] {
    try runs("profile = ? AND created_at >= ? ORDER BY created_at, run", profile, time)
  }

  /// Runs on a card, the newest first.
  package func workerRuns(on card: ObjectID) throws -> [WorkerRun] {
    try runs("card = ? ORDER BY created_at DESC, run", card)
  }

  package func workerRun(_ run: String) throws -> WorkerRun? { try runs("run = ?", run).first }

  /// The run of a cycle of a card, if it was ever taken up.
  package func workerRun(
    _ profile: String, _ card: Address, cycle: Int
  ) throws -> WorkerRun? {
    try runs("profile = ? AND card_addr = ? AND cycle = ?", profile, card.text, cycle).first
  }

  private func runs(_ condition: String, _ values: any Bindable...) throws -> [WorkerRun] {
    try db.rows(
      "SELECT \(Self.runColumns) FROM worker_run WHERE \(condition)", binding: values
    ) { row in
      guard let address = Address(row.text(4)), let state = WorkerRun.State(rawValue: row.text(10))
      else { throw ReplicaError(.corrupt, "the run \(row.text(0)) cannot be read") }
      var run = WorkerRun(
        run: row.text(0), profile: row.text(1), room: row.room(2), card: row.object(3),
        cardAddress: address, cycle: row.int(5), cardEvent: try row.eventID(6),
        author: try row.publicKey(7), contentHash: try row.bytes32(8), createdAt: row.int64(9),
        adapter: row.text(18))
      run.state = state
      run.attempt = row.int(11)
      run.dueAt = row.int64(12)
      run.startedAt = row.optionalInt64(13)
      run.endedAt = row.optionalInt64(14)
      run.outcome = row.text(15)
      run.code = row.text(16)
      run.reason = row.text(17)
      run.session = row.optionalText(19)
      run.costUSD = row.isNull(20) ? nil : row.double(20)
      run.activeSeconds = row.int64(21)
      run.segment = row.int(22)
      run.events = row.int(23)
      run.publishedAt = row.int64(24)
      run.costBefore = row.double(25)
      run.requests = row.int64(26)
      run.steers = row.int(27)
      run.steersBefore = row.int(28)
      run.isStuck = row.bool(29)
      run.place = row.optionalText(30)
      run.raisedUSD = row.isNull(31) ? nil : row.double(31)
      run.raisedBy = row.isNull(32) ? nil : try row.publicKey(32)
      return run
    }
  }

  /// Cards that were passed over, the newest first.
  package func skips(_ profile: String, limit: Int = 100) throws -> [WorkerSkip] {
    try skips("profile = ? ORDER BY at DESC, card LIMIT ?", profile, limit)
  }

  package func skip(_ profile: String, _ card: Address, cycle: Int) throws -> WorkerSkip? {
    try skips("profile = ? AND card_addr = ? AND cycle = ?", profile, card.text, cycle).first
  }

  private func skips(_ condition: String, _ values: any Bindable...) throws -> [WorkerSkip] {
    try db.rows(
      """
      SELECT profile, card, card_addr, card_event, cycle, reason, at FROM worker_skip
      WHERE \(condition)
      """, binding: values
    ) { row in
      guard let address = Address(row.text(2)) else {
        throw ReplicaError(.corrupt, "a card that was passed over has no address")
      }
      return WorkerSkip(
        profile: row.text(0), card: row.object(1), cardAddress: address,
        cardEvent: try row.eventID(3), cycle: row.int(4), reason: row.text(5), at: row.int64(6))
    }
  }

  /// What was decided about authors, of one room or of all.
  package func consents(_ profile: String, room: RoomID? = nil) throws -> [WorkerConsent] {
    try db.rows(
      """
      SELECT profile, room, author, content_hash, decision, limits, at, used_by FROM worker_consent
      WHERE profile = ?1 AND (?2 IS NULL OR room = ?2) ORDER BY at DESC, author, content_hash
      """, profile, room
    ) { row in
      var consent = WorkerConsent(
        profile: row.text(0), room: row.room(1), author: try row.publicKey(2),
        // What cannot be read is a no.
        decision: WorkerConsent.Decision(rawValue: row.text(4)) ?? .never, at: row.int64(6))
      consent.limits = row.text(5)
      consent.contentHash = row.bytes(3).isEmpty ? nil : try row.bytes32(3)
      consent.usedBy = row.optionalText(7)
      return consent
    }
  }

  /// Whether the worker takes up work; `nil` before it ran first.
  package func workerState(_ profile: String) throws -> WorkerState? {
    try workerStates().first { sameBytes($0.profile, profile) }?.state
  }

  /// Whether the workers of this home take up work, by profile: they are few.
  package func workerStates() throws -> [(profile: String, state: WorkerState)] {
    try db.rows(
      "SELECT profile, mode, reason, since, changed_at FROM worker_state ORDER BY profile"
    ) { row in
      var state = WorkerState(since: row.int64(3))
      state.mode = WorkerState.Mode(rawValue: row.text(1)) ?? .paused
      state.reason = row.text(2)
      state.changedAt = row.int64(4)
      return (row.text(0), state)
    }
  }

  /// The number of the newest order that any face has handed in.
  package func lastIntent() throws -> Int64 {
    try db.number("SELECT coalesce(max(id), 0) FROM intent")
  }
}
