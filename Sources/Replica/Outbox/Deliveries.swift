package import Nostr

/// How far one wrap has come at one relay.
package enum DeliveryPhase: Int, Sendable {
  /// To be sent at its time.
  case due
  /// Sent, not answered.
  case inFlight
  /// The relay has it. Final.
  case acked
  /// The relay will never take it. Final.
  case refused
}

/// Something to send.
package struct Delivery: Sendable {
  package let wrap: Int64
  package let wrapID: EventID
  package let eventID: EventID
  package let attempts: Int
  /// The event's JSON, ready for an EVENT message.
  package let bytes: [UInt8]
}

/// A wrap that has aged before any relay took it, and may be made anew from the same event.
package struct RewrapCandidate: Sendable {
  package let wrap: Int64
  package let recipient: PublicKey
  /// The signed event inside.
  package let event: [UInt8]
  package let relays: [Int]
}

extension Replica {
  /// What is due at a relay, oldest event first; of one event the small ones first, in the order in
  /// which they were accepted.
  package func nextDeliveries(relay: Int, limit: Int, now: Int64) throws -> [Delivery] {
    try connection.rows(
      """
      SELECT d.wrap, w.id, e.id, d.attempts, w.raw FROM delivery d
      JOIN outbox_wrap w ON w.seq = d.wrap JOIN outbox_event e ON e.seq = w.event
      WHERE d.relay = ? AND d.state = 0 AND d.next_at <= ? AND w.raw IS NOT NULL
      ORDER BY d.next_at, d.wrap LIMIT ?
      """, relay, now, limit
    ) { row in
      Delivery(
        wrap: row.int64(0), wrapID: try row.eventID(1), eventID: try row.eventID(2),
        attempts: row.int(3), bytes: row.bytes(4))
    }
  }

  /// Written before the bytes leave, so that a crash leaves no doubt that they may have.
  package func markInFlight(_ wraps: [Int64], relay: Int) throws {
    try transaction {
      for wrap in wraps {
        try connection.run(
          """
          UPDATE delivery SET state = 1, attempts = attempts + 1
          WHERE wrap = ? AND relay = ? AND state = 0
          """, wrap, relay)
      }
    }
  }

  /// The relay has it, or had it before. True the first time.
  @discardableResult
  package func acknowledge(_ wrap: Int64, relay: Int) throws -> Bool {
    try finish(wrap, relay: relay, .acked, error: nil)
  }

  /// The relay will never take it.
  package func refuse(_ wrap: Int64, relay: Int, error: String) throws {
    try finish(wrap, relay: relay, .refused, error: error)
  }

  /// To be tried again at `time`. `isAmbiguous`: the relay may have taken it.
  package func retry(
    _ wrap: Int64, relay: Int, at time: Int64, error: String, isAmbiguous: Bool
  ) throws {
    try connection.run(
      """
      UPDATE delivery SET state = 0, next_at = ?, error = ?, ambiguous = ambiguous OR ?
      WHERE wrap = ? AND relay = ? AND state < 2
      """, time, error, isAmbiguous, wrap, relay)
  }

  /// The connection is gone: whatever was under way may have arrived, and is due again.
  package func release(relay: Int) throws {
    try connection.run(
      "UPDATE delivery SET state = 0, ambiguous = 1 WHERE relay = ? AND state = 1", relay)
  }

  /// After a start nothing is under way.
  package func recoverDeliveries() throws {
    try connection.run("UPDATE delivery SET state = 0, ambiguous = 1 WHERE state = 1")
  }

  /// When something is due next, in Unix seconds.
  package func earliestRetry(relay: Int? = nil) throws -> Int64? {
    if let relay {
      return try connection.first(
        "SELECT min(next_at) FROM delivery WHERE relay = ? AND state = 0", relay
      ) { $0.optionalInt64(0) } ?? nil
    }
    return try connection.first("SELECT min(next_at) FROM delivery WHERE state = 0") {
      $0.optionalInt64(0)
    } ?? nil
  }

  /// Wraps that still owe a relay something.
  package func pendingCount() throws -> Int {
    Int(try connection.number("SELECT count(*) FROM delivery WHERE state IN (0, 1)"))
  }

  @discardableResult
  private func finish(
    _ wrap: Int64, relay: Int, _ phase: DeliveryPhase, error: String?
  ) throws -> Bool {
    try transaction {
      // A final outcome never changes.
      let changed = try connection.change(
        "UPDATE delivery SET state = ?, error = ? WHERE wrap = ? AND relay = ? AND state < 2",
        phase.rawValue, error, wrap, relay)
      guard changed > 0 else { return false }
      try settle(wrap, acked: phase == .acked ? 1 : 0)
      return true
    }
  }

  /// Counts a final outcome; the bytes go when there is nobody left to send them to.
  private func settle(_ wrap: Int64, acked: Int) throws {
    let row = try connection.first(
      """
      UPDATE outbox_wrap SET pending = pending - 1, acked = acked + ?1,
        raw = CASE WHEN pending <= 1 THEN NULL ELSE raw END
      WHERE seq = ?2 RETURNING event, acked, replaced
      """, acked, wrap
    ) { (event: $0.int64(0), acked: $0.int(1), isReplaced: $0.bool(2)) }
    guard let row, acked == 1, row.acked == 1, !row.isReplaced else { return }
    try connection.run(
      "UPDATE outbox_event SET undelivered = undelivered - 1 WHERE seq = ?", row.event)
    try connection.run(
      """
      INSERT INTO change (at, type, room, object, event)
      SELECT ?1, ?2, o.room, e.object, e.seq FROM outbox_event o
      LEFT JOIN event e ON e.id = o.id WHERE o.seq = ?3 AND o.undelivered = 0
      """, now(), ChangeType.delivery.rawValue, row.event)
  }

  // MARK: Later relays, aged wraps

  /// Sends what is still under way to one relay more.
  package func addRelay(_ relay: Int) throws {
    try transaction {
      let wraps = try connection.rows(
        "SELECT seq FROM outbox_wrap WHERE pending > 0 AND raw IS NOT NULL"
      ) { $0.int64(0) }
      for wrap in wraps {
        let added = try connection.change(
          "INSERT OR IGNORE INTO delivery (wrap, relay, state, next_at) VALUES (?, ?, 0, ?)", wrap,
          relay, now())
        guard added > 0 else { continue }
        try connection.run("UPDATE outbox_wrap SET pending = pending + 1 WHERE seq = ?", wrap)
      }
    }
  }

  /// Sends nothing to a relay any more.
  package func forgetRelay(_ relay: Int) throws {
    try transaction {
      let wraps = try connection.rows(
        "SELECT wrap FROM delivery WHERE relay = ? AND state < 2", relay
      ) { $0.int64(0) }
      for wrap in wraps { try finish(wrap, relay: relay, .refused, error: "not a relay of ours") }
    }
  }

  /// Wraps created before `time` that no relay has and none may have: their frozen time makes them
  /// harder to find every day (sync 2.8).
  package func rewrapCandidates(olderThan time: Int64, limit: Int) throws -> [RewrapCandidate] {
    try connection.rows(
      """
      SELECT w.seq, w.recipient, e.raw,
        (SELECT group_concat(relay) FROM delivery WHERE wrap = w.seq AND state < 2)
      FROM outbox_wrap w JOIN outbox_event e ON e.seq = w.event
      WHERE w.pending > 0 AND w.acked = 0 AND w.created_at < ? AND w.recipient IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.wrap = w.seq AND (d.ambiguous OR d.state = 1))
      ORDER BY w.created_at LIMIT ?
      """, time, limit
    ) { row in
      RewrapCandidate(
        wrap: row.int64(0), recipient: try row.publicKey(1), event: row.bytes(2),
        relays: row.text(3).split(separator: ",").compactMap { Int($0) })
    }
  }

  /// One wrap of an event of ours that is older than `time`, with the relays that still owe an outcome; `nil`
  /// for a younger one, and for a public event.
  package func rewrapCandidate(_ wrap: Int64, olderThan time: Int64) throws -> RewrapCandidate? {
    try connection.first(
      """
      SELECT w.recipient, e.raw,
        (SELECT group_concat(relay) FROM delivery WHERE wrap = w.seq AND state < 2)
      FROM outbox_wrap w JOIN outbox_event e ON e.seq = w.event
      WHERE w.seq = ? AND w.pending > 0 AND w.created_at < ? AND w.recipient IS NOT NULL
      """, wrap, time
    ) { row in
      RewrapCandidate(
        wrap: wrap, recipient: try row.publicKey(0), event: row.bytes(1),
        relays: row.text(2).split(separator: ",").compactMap { Int($0) })
    }
  }

  /// Puts a new wrap of the same event in the place of an aged one. The old id stays known, so that
  /// its echo is recognised.
  package func replaceWrap(_ wrap: Int64, with new: OutgoingWrap, relays: [Int]) throws {
    try transaction(.disk) {
      let event = try connection.first(
        """
        UPDATE outbox_wrap SET replaced = 1, pending = 0, raw = NULL WHERE seq = ?
        RETURNING event, acked
        """, wrap
      ) { (row: $0.int64(0), acked: $0.int(1)) }
      guard let event else { throw ReplicaError(.notFound, "no wrap \(wrap) in the outbox") }
      try connection.run("DELETE FROM delivery WHERE wrap = ? AND state < 2", wrap)
      try enqueue(new, event: event.row, relays: relays, now: now())
      // The recipient was counted when a relay took the old one.
      try connection.run(
        "UPDATE outbox_wrap SET acked = ? WHERE seq = ?", event.acked, connection.lastRow)
    }
  }
}

/// How far an event of ours has come.
package struct DeliveryState: Sendable, Hashable {
  package struct Relay: Sendable, Hashable {
    package let url: String
    package let acked: Int
    package let refused: Int
    package let pending: Int
    /// What the relay last said against it.
    package let error: String?
  }

  /// At least one relay has every recipient's wrap.
  package let isSent: Bool
  /// Recipients whose wrap no relay has yet.
  package let undelivered: Int
  package let recipients: Int
  package let relays: [Relay]
  /// Relays that have every wrap.
  package var complete: Int { relays.count { $0.acked > 0 && $0.pending + $0.refused == 0 } }
  /// `sent` or `queued`, as the command line says it.
  package var name: String { isSent ? "sent" : "queued" }
}

extension Reader {
  /// How far an event of ours has come; `nil` for one that is not of ours.
  package func delivery(of event: EventID) throws -> DeliveryState? {
    let row = try db.first("SELECT seq, wraps, undelivered FROM outbox_event WHERE id = ?", event) {
      (seq: $0.int64(0), wraps: $0.int(1), undelivered: $0.int(2))
    }
    guard let row else { return nil }
    let relays = try db.rows(
      """
      SELECT r.url, sum(d.state = 2), sum(d.state = 3), sum(d.state < 2), max(d.error)
      FROM outbox_wrap w JOIN delivery d ON d.wrap = w.seq JOIN relay r ON r.id = d.relay
      WHERE w.event = ? GROUP BY r.id ORDER BY r.id
      """, row.seq
    ) {
      DeliveryState.Relay(
        url: $0.text(0), acked: $0.int(1), refused: $0.int(2), pending: $0.int(3),
        error: $0.optionalText(4))
    }
    return DeliveryState(
      isSent: row.undelivered == 0, undelivered: row.undelivered, recipients: row.wraps,
      relays: relays)
  }
}
