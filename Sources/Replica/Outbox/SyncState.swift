package import Nostr

/// A stretch of `created_at` that a relay was read over, and when.
package struct Coverage: Sendable, Hashable {
  package enum Method: Int, Sendable {
    case pages, sets
  }

  package var low: Int64
  package var high: Int64
  package var verifiedAt: Int64
  package var method: Method

  package init(low: Int64, high: Int64, verifiedAt: Int64, method: Method = .pages) {
    self.low = low
    self.high = high
    self.verifiedAt = verifiedAt
    self.method = method
  }
}

/// What sync remembers of each relay; save it in the transaction that holds the events it speaks of.
extension Replica {
  /// Intervals in order, none touching another.
  package func coverage(relay: Int, filter: Bytes32) throws -> [Coverage] {
    try connection.rows(
      """
      SELECT low, high, verified_at, method FROM coverage WHERE relay = ? AND filter = ?
      ORDER BY low
      """, relay, filter
    ) {
      Coverage(
        low: $0.int64(0), high: $0.int64(1), verifiedAt: $0.int64(2),
        method: Coverage.Method(rawValue: $0.int(3)) ?? .pages)
    }
  }

  /// Adds an interval; those that it touches grow together, as old as the oldest of them.
  package func add(_ new: Coverage, relay: Int, filter: Bytes32) throws {
    try transaction {
      var merged = new
      for old in try coverage(relay: relay, filter: filter)
      where old.low <= merged.high + 1 && merged.low <= old.high + 1 {
        // What the new reading covers wholly is as fresh as it.
        if old.low < new.low || old.high > new.high {
          merged.verifiedAt = min(merged.verifiedAt, old.verifiedAt)
        }
        merged.low = min(merged.low, old.low)
        merged.high = max(merged.high, old.high)
        try connection.run(
          "DELETE FROM coverage WHERE relay = ? AND filter = ? AND low = ?", relay, filter, old.low)
      }
      try connection.run(
        """
        INSERT INTO coverage (relay, filter, low, high, verified_at, method)
        VALUES (?, ?, ?, ?, ?, ?)
        """, relay, filter, merged.low, merged.high, merged.verifiedAt, merged.method.rawValue)
    }
  }

  /// What was learned about a relay, as a JSON object.
  package func quirks(relay: Int) throws -> String {
    try connection.first("SELECT quirks FROM relay WHERE id = ?", relay) { $0.text(0) } ?? "{}"
  }

  package func setQuirks(_ json: String, relay: Int) throws {
    try connection.run("UPDATE relay SET quirks = ? WHERE id = ?", json, relay)
  }

  /// Whether this wrap was judged before, whatever the outcome.
  package func knowsWrap(_ id: EventID) throws -> Bool { try reader.knowsWrap(id) }

  package func knowsEvent(_ id: EventID) throws -> Bool { try reader.knowsEvent(id) }

  /// The newest time at a coordinate: the next version must be later.
  package func lastCreatedAt(
    room: RoomID, kind: Int, author: PublicKey, d: String
  ) throws -> Int64? {
    try reader.lastCreatedAt(room: room, kind: kind, author: author, d: d)
  }
}
