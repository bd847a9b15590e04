package import Nostr

extension RelayArchive {
  /// Tells the events that match, newest first and the lowest id first within a second, until `each`
  /// answers `false`. `limit` is not looked at.
  ///
  /// - Parameters:
  ///   - now: Unix seconds; what has expired by then is not told.
  ///   - readers: when not `nil`, kind 1059 is told only when one of these keys is in its `p` tags.
  ///   - after: only what comes later in the order than this place.
  package func query(
    _ filter: Filter, at now: Int64, wrapsFor readers: [PublicKey]?,
    after: (createdAt: Int64, id: EventID)?,
    _ each: (_ createdAt: Int64, _ id: EventID, _ json: [UInt8]) throws -> Bool
  ) throws {
    try places(filter, readers: readers, after: after) { place in
      let json = try db.first(
        "SELECT json FROM event WHERE seq = ? AND (expires_at IS NULL OR expires_at > ?)",
        place.seq, now
      ) { $0.bytes(0) }
      guard let json else { return true }
      return try each(place.createdAt, place.id, json)
    }
  }

  /// How many events match at least one of `filters`, under the conditions of `query`.
  package func count(
    _ filters: [Filter], at now: Int64, wrapsFor readers: [PublicKey]?
  ) throws -> Int {
    var seen: Set<Int64> = []
    var number = 0
    for filter in filters {
      try places(filter, readers: readers, after: nil) { place in
        guard filters.count == 1 || seen.insert(place.seq).inserted else { return true }
        let hasExpired = try db.number(
          "SELECT count(*) FROM event WHERE seq = ? AND expires_at <= ?", place.seq, now)
        if hasExpired == 0 { number += 1 }
        return true
      }
    }
    return number
  }

  private struct Place {
    var createdAt: Int64
    var id: EventID
    var seq: Int64
  }

  /// The places of what matches, in order, read from the indexes alone.
  private func places(
    _ filter: Filter, readers: [PublicKey]?, after: (createdAt: Int64, id: EventID)?,
    _ each: (Place) throws -> Bool
  ) throws {
    guard let query = RelaySelect(filter, after: after) else { return }
    try db.with(query.sql) { statement in
      try statement.bind(query.values)
      var last: EventID?
      while try statement.step() {
        let id = try Self.id(statement, 1)
        // An event with two of the wanted tag values comes twice, one after the other.
        guard id != last else { continue }
        last = id
        let place = Place(createdAt: statement.int64(0), id: id, seq: statement.int64(2))
        if let readers, statement.int(3) == EventKind.giftWrap {
          guard try isFor(readers, place) else { continue }
        }
        guard try each(place) else { return }
      }
    }
  }

  private func isFor(_ readers: [PublicKey], _ place: Place) throws -> Bool {
    for reader in readers {
      let found = try db.number(
        """
        SELECT count(*) FROM tag WHERE name = 'p' AND value = ? AND created_at = ? AND id = ?
        """, reader.hex, place.createdAt, place.id.bytes)
      if found > 0 { return true }
    }
    return false
  }
}

/// A filter as SQL. One index drives: ids, else the tag with the fewest values, else authors, else
/// kinds, else time; the other conditions are checked on its rows. Lists are padded to powers of two,
/// so that few texts are ever prepared.
private struct RelaySelect {
  private(set) var sql = ""
  private(set) var values: [any Bindable] = []

  /// `nil` when nothing can match.
  init?(_ filter: Filter, after: (createdAt: Int64, id: EventID)?) {
    let lists = [
      filter.ids?.isEmpty, filter.authors?.isEmpty, filter.kinds?.isEmpty,
    ]
    guard !lists.contains(true), filter.tags.values.allSatisfy({ !$0.isEmpty }) else { return nil }
    var tags = filter.tags.sorted { ($0.value.count, $0.key) < ($1.value.count, $1.key) }
    if filter.ids == nil, !tags.isEmpty {
      let driver = tags.removeFirst()
      sql = "SELECT x.created_at, x.id, x.seq, x.kind FROM tag x WHERE x.name = ?"
      values.append(String(driver.key))
      require("x.value", in: driver.value)
      if let kinds = filter.kinds { require("x.kind", in: kinds) }
      if let authors = filter.authors {
        sql += " AND EXISTS (SELECT 1 FROM event e WHERE e.seq = x.seq"
        require("e.pubkey", in: authors.map(\.bytes))
        sql += ")"
      }
    } else {
      let index =
        if filter.ids != nil {
          "sqlite_autoindex_event_1"
        } else if filter.authors != nil {
          "event_by_author"
        } else if filter.kinds != nil {
          "event_by_kind"
        } else {
          "event_by_time"
        }
      sql = "SELECT x.created_at, x.id, x.seq, x.kind FROM event x INDEXED BY \(index) WHERE 1"
      if let ids = filter.ids { require("x.id", in: ids.map(\.bytes)) }
      if let authors = filter.authors { require("x.pubkey", in: authors.map(\.bytes)) }
      if let kinds = filter.kinds { require("x.kind", in: kinds) }
    }
    for (letter, wanted) in tags {
      sql += " AND EXISTS (SELECT 1 FROM tag y WHERE y.name = ?"
      values.append(String(letter))
      require("y.value", in: wanted)
      sql += " AND y.created_at = x.created_at AND y.id = x.id)"
    }
    sql += " AND x.created_at >= ? AND x.created_at <= ?"
    values.append(filter.since ?? 0)
    let until = filter.until ?? .max
    values.append(min(until, after?.createdAt ?? .max))
    if let after {
      sql += " AND (x.created_at < ? OR x.id > ?)"
      values.append(after.createdAt)
      values.append(after.id.bytes)
    }
    sql += " ORDER BY x.created_at DESC, x.id"
  }

  private mutating func require(_ column: String, in wanted: [some Bindable]) {
    var size = 1
    while size < wanted.count { size *= 2 }
    sql += " AND \(column) IN (" + Array(repeating: "?", count: size).joined(separator: ",") + ")"
    for index in 0..<size { values.append(wanted[min(index, wanted.count - 1)]) }
  }
}
