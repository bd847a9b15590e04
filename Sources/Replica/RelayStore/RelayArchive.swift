package import Nostr

/// The embedded relay's store: verified events in a SQLite file of their own. Used on one thread only.
///
/// It has the shape of the relay's `EventStore` and knows nothing of the relay.
package final class RelayArchive {
  private static let migrations = Migrations(
    application: 0x5354_5259, scripts: [PackageResources.relay_001_sql])

  /// Events between two sweeps of what has expired.
  private static let sweepEvery = 4_096
  /// Values of one tag letter and of each list that are indexed or asked for at a time.
  private static let sweepBatch = 1_000

  let db: Connection
  private let clock: () -> Int64
  private var savedSinceSweep = 0

  /// Opens the file at `path` (0600), or makes it; `:memory:` for one that is gone with the archive.
  /// `clock` gives Unix seconds. What has expired is removed at once.
  package init(path: String, clock: @escaping () -> Int64) throws {
    db = try Connection(path: path, mode: .writer, cacheKiB: 16_384)
    self.clock = clock
    try Self.migrations.apply(to: db)
    try db.transaction { _ in
      while try sweep() == Self.sweepBatch {}
    }
  }

  /// Keeps `events` with the JSON to serve for each, in one transaction that is on the disk when this
  /// returns. Answers, in order, `nil` for an event that is now stored, or why it is not: `.duplicate`
  /// for one that was there, `.replaced` for one older than what is there.
  package func save(_ events: [(event: Event, json: [UInt8])]) throws -> [Reason?] {
    guard !events.isEmpty else { return [] }
    return try db.transaction(.disk) { _ in
      savedSinceSweep += events.count
      if savedSinceSweep >= Self.sweepEvery {
        savedSinceSweep = 0
        _ = try sweep()
      }
      return try events.map { try save($0.event, $0.json) }
    }
  }

  private func save(_ event: Event, _ json: [UInt8]) throws -> Reason? {
    let d: String? = event.isReplaceable ? "" : event.isAddressable ? event.d : nil
    if let d, let held = try current(event, d) {
      guard held.id != event.id else { return Self.duplicate }
      guard
        Event.precedes(
          newer: (event.createdAt, event.id), (held.createdAt, held.id))
      else { return Reason(.replaced, "a newer version is here") }
      try remove(held.seq)
    }
    let expiry = event.firstTag("expiration").flatMap { Int64($0) }
    let inserted = try db.with(
      """
      INSERT INTO event (id, pubkey, kind, created_at, d, expires_at, json)
      VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING RETURNING seq
      """
    ) { statement -> Int64? in
      try event.id.bytes32.withUnsafeBytes { try statement.bind($0, at: 1) }
      try event.pubkey.bytes32.withUnsafeBytes { try statement.bind($0, at: 2) }
      try statement.bind(Int64(event.kind), at: 3)
      try statement.bind(event.createdAt, at: 4)
      try d.bind(to: statement, at: 5)
      try expiry.bind(to: statement, at: 6)
      try json.withUnsafeBytes { try statement.bind($0, at: 7) }
      guard try statement.step() else { return nil }
      let seq = statement.int64(0)
      // RETURNING tells its row before the statement is done.
      while try statement.step() {}
      return seq
    }
    guard let inserted else { return Self.duplicate }
    for tag in event.tags {
      guard let letter = Self.letter(tag) else { continue }
      try db.with(
        "INSERT OR IGNORE INTO tag (name, value, created_at, id, kind, seq) VALUES (?,?,?,?,?,?)"
      ) { statement in
        try statement.bind(letter, at: 1)
        try statement.bind(tag.fields[1], at: 2)
        try statement.bind(event.createdAt, at: 3)
        try event.id.bytes32.withUnsafeBytes { try statement.bind($0, at: 4) }
        try statement.bind(Int64(event.kind), at: 5)
        try statement.bind(inserted, at: 6)
        _ = try statement.step()
      }
    }
    return nil
  }

  private static let duplicate = Reason(.duplicate, "already have this event")

  /// The name of a tag that filters can ask for.
  private static func letter(_ tag: Tag) -> String? {
    guard tag.fields.count > 1, tag.fields[0].utf8.count == 1,
      let byte = tag.fields[0].utf8.first,
      (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    else { return nil }
    return tag.fields[0]
  }

  private func current(
    _ event: Event, _ d: String
  ) throws -> (seq: Int64, createdAt: Int64, id: EventID)? {
    try db.first(
      "SELECT seq, created_at, id FROM event WHERE pubkey = ? AND kind = ? AND d = ?",
      event.pubkey.bytes, event.kind, d
    ) { row in
      (row.int64(0), row.int64(1), try Self.id(row, 2))
    }
  }

  /// Removes one event and its tags, which stand in its own JSON.
  private func remove(_ seq: Int64) throws {
    let json = try db.first("SELECT json FROM event WHERE seq = ?", seq) { $0.bytes(0) }
    if let json, let event = try? Event(parsing: json) {
      for tag in event.tags {
        guard let letter = Self.letter(tag) else { continue }
        try db.run(
          "DELETE FROM tag WHERE name = ? AND value = ? AND created_at = ? AND id = ?",
          letter, tag.fields[1], event.createdAt, event.id.bytes)
      }
    }
    try db.run("DELETE FROM event WHERE seq = ?", seq)
  }

  /// Removes a batch of what has expired, and says how many there were.
  private func sweep() throws -> Int {
    let gone = try db.rows(
      "SELECT seq FROM event WHERE expires_at <= ? LIMIT \(Self.sweepBatch)", clock()
    ) { $0.int64(0) }
    for seq in gone { try remove(seq) }
    return gone.count
  }

  static func id(_ row: Statement, _ column: Int32) throws -> EventID {
    guard let id = row.withBytes(column, { EventID(Array($0)) }) else {
      throw ReplicaError(.corrupt, "an event id in the relay's file is not 32 bytes long")
    }
    return id
  }
}
