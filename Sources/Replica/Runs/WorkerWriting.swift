package import Nostr

/// An order with the key by which it is handed in once, however often it is tried.
package struct KeyedOrder: Sendable, Hashable {
  package let key: String
  package let order: Order

  package init(_ key: String, _ order: Order) {
    self.key = key
    self.order = order
  }
}

// What the worker writes: its rows and the orders that follow from them, always in one transaction that is
// on the disk when the call returns. After a crash at any point either both are there or neither.
extension Desk {
  /// Takes up a card: the run and, with it, the orders that acknowledge it. `consent` is used up with it.
  ///
  /// - Returns: `false`, and nothing is written, when the cycle of the card has a run already.
  package func takeUp(
    _ run: WorkerRun, using consent: WorkerConsent? = nil, orders: [KeyedOrder], now: Int64
  ) throws -> Bool {
    try connection.transaction(.disk) { db in
      let inserted = try db.change(
        """
        INSERT INTO worker_run (run, profile, room, card, card_addr, cycle, card_event, author,
          content_hash, created_at, state, attempt, due_at, outcome, code, reason, adapter,
          active_s, segment, events, published_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', 1, 0, '', '', '', '', 0, 1, 0, 0)
        ON CONFLICT DO NOTHING
        """, run.run, run.profile, run.room, run.card, run.cardAddress.text, run.cycle,
        run.cardEvent, run.author, run.contentHash, run.createdAt)
      guard inserted > 0 else { return false }
      if let consent, consent.decision == .once {
        let used = try db.change(
          """
          UPDATE worker_consent SET used_by = ?
          WHERE profile = ? AND room = ? AND author = ? AND content_hash = ? AND used_by IS NULL
          """, run.run, consent.profile, consent.room, consent.author,
          consent.contentHash?.bytes ?? [])
        guard used > 0 else { throw ReplicaError(.constraint, "the consent was used already") }
      }
      try db.run(
        "DELETE FROM worker_skip WHERE profile = ? AND card_addr = ?", run.profile,
        run.cardAddress.text)
      try write(run)
      try submit(orders, now: now)
      return true
    }
  }

  /// Writes how far a run is, with what it asked or was answered and the orders that follow from it.
  ///
  /// - Parameter state: what it must stand in; when it does not, nothing is written.
  /// - Returns: whether it stood in `state`.
  @discardableResult
  package func save(
    _ run: WorkerRun, from state: WorkerRun.State, questions: [WorkerQuestion] = [],
    orders: [KeyedOrder] = [], now: Int64
  ) throws -> Bool {
    try connection.transaction(.disk) { db in
      guard
        try db.number(
          "SELECT EXISTS (SELECT 1 FROM worker_run WHERE run = ? AND state = ?)", run.run,
          state.rawValue) > 0
      else { return false }
      try write(run)
      for question in questions { try write(question) }
      try submit(orders, now: now)
      return true
    }
  }

  /// Gives a run back that has not begun: it may be taken up again when what stands against it is gone.
  ///
  /// - Returns: whether it was still queued.
  package func putBack(
    _ run: WorkerRun, for skip: WorkerSkip, orders: [KeyedOrder], now: Int64
  ) throws -> Bool {
    try connection.transaction(.disk) { db in
      guard
        try db.change("DELETE FROM worker_run WHERE run = ? AND state = 'queued'", run.run) > 0
      else { return false }
      // A consent that was for this run alone is good for the next one.
      try db.run("UPDATE worker_consent SET used_by = NULL WHERE used_by = ?", run.run)
      _ = try self.skip(skip, orders: orders, now: now)
      return true
    }
  }

  /// Notes that a card was passed over, with the orders that tell it.
  ///
  /// - Returns: `false`, and nothing is written, when that was told before.
  package func skip(_ skip: WorkerSkip, orders: [KeyedOrder], now: Int64) throws -> Bool {
    try connection.transaction(.disk) { db in
      let changed = try db.change(
        """
        INSERT INTO worker_skip (profile, card_addr, cycle, card, card_event, reason, at, budget_usd)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET reason = excluded.reason, at = excluded.at,
          card_event = excluded.card_event, budget_usd = excluded.budget_usd
        WHERE reason <> excluded.reason
        """, skip.profile, skip.cardAddress.text, skip.cycle, skip.card, skip.cardEvent,
        skip.reason, skip.at, skip.budgetUSD)
      guard changed > 0 else { return false }
      try submit(orders, now: now)
      return true
    }
  }

  /// Hands in an order by itself.
  package func submit(_ order: KeyedOrder, now: Int64) throws { try submit([order], now: now) }

  // MARK: The owner's word

  /// Keeps a decision about an author; it takes the place of the earlier ones.
  package func decide(_ consent: WorkerConsent) throws {
    try connection.transaction(.disk) { db in
      if consent.decision != .once {
        try db.run(
          "DELETE FROM worker_consent WHERE profile = ? AND room = ? AND author = ?",
          consent.profile, consent.room, consent.author)
      }
      try db.run(
        """
        INSERT OR REPLACE INTO worker_consent
          (profile, room, author, content_hash, decision, limits, at)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """, consent.profile, consent.room, consent.author, consent.contentHash?.bytes ?? [],
        consent.decision.rawValue, consent.limits, consent.at)
    }
  }

  /// Forgets what was decided about an author: their next card asks again.
  package func forgetConsent(_ profile: String, room: RoomID, author: PublicKey) throws {
    try connection.run(
      "DELETE FROM worker_consent WHERE profile = ? AND room = ? AND author = ?", profile, room,
      author)
  }

  /// Keeps whether the worker takes up work.
  package func setWorkerState(_ profile: String, _ state: WorkerState) throws {
    try connection.run(
      """
      INSERT INTO worker_state (profile, mode, reason, since, changed_at) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET mode = excluded.mode, reason = excluded.reason,
        changed_at = excluded.changed_at
      """, profile, state.mode.rawValue, state.reason, state.since, state.changedAt)
  }

  // MARK: Rows

  private func write(_ run: WorkerRun) throws {
    try connection.run(
      """
      UPDATE worker_run SET state = ?, attempt = ?, due_at = ?, started_at = ?, ended_at = ?,
        outcome = ?, code = ?, reason = ?, adapter = ?, session = ?, content_hash = ?,
        cost_usd = ?, active_s = ?, segment = ?, events = ?, published_at = ?, cost_before = ?,
        requests = ?, steers = ?, steers_before = ?, stuck = ?, place = ?, raised_usd = ?,
        raised_by = ?
      WHERE run = ?
      """, run.state.rawValue, run.attempt, run.dueAt, run.startedAt, run.endedAt, run.outcome,
      run.code, run.reason, run.adapter, run.session, run.contentHash, run.costUSD,
      run.activeSeconds, run.segment, run.events, run.publishedAt, run.costBefore,
      run.requests, run.steers, run.steersBefore, run.isStuck, run.place, run.raisedUSD,
      run.raisedBy, run.run)
  }

  private func submit(_ orders: [KeyedOrder], now: Int64) throws {
    for order in orders {
      _ = try submit(
        idem: order.key, verb: order.order.verb, arguments: order.order.arguments.text, now: now)
    }
  }
}
