/// What a face wants done, and what became of it.
package struct Intent: Sendable, Hashable {
  package enum State: Int, Sendable {
    case queued, accepted, failed
  }

  package let id: Int64
  /// Chosen by the face: the same intent handed in twice is one.
  package let idem: String
  package let verb: String
  /// JSON.
  package let arguments: String
  package let createdAt: Int64
  package let state: State
  /// JSON, once accepted.
  package let result: String?
  /// JSON, once failed.
  package let error: String?
}

extension Reader {
  static let intentColumns = "id, idem, verb, arguments, created_at, state, result, error"

  static func intent(_ row: Statement) -> Intent {
    Intent(
      id: row.int64(0), idem: row.text(1), verb: row.text(2), arguments: row.text(3),
      createdAt: row.int64(4), state: Intent.State(rawValue: row.int(5)) ?? .failed,
      result: row.optionalText(6), error: row.optionalText(7))
  }

  package func intent(_ id: Int64) throws -> Intent? {
    try db.first(
      "SELECT \(Self.intentColumns) FROM intent WHERE id = ?", id, read: Self.intent)
  }

  package func intent(idem: String) throws -> Intent? {
    try db.first(
      "SELECT \(Self.intentColumns) FROM intent WHERE idem = ?", idem, read: Self.intent)
  }
}

extension Replica {
  /// The intents that nobody has answered, in the order in which they came.
  package func nextIntents(limit: Int = 100) throws -> [Intent] {
    try connection.rows(
      """
      SELECT \(Reader.intentColumns) FROM intent INDEXED BY intent_queued
      WHERE state = 0 ORDER BY id LIMIT ?
      """, limit, read: Reader.intent)
  }

  /// Answers an intent; to be called in the transaction that does what it asked for.
  package func finishIntent(_ id: Int64, result: String) throws {
    try answer(id, .accepted, result: result, error: nil)
  }

  /// Answers an intent that was refused.
  package func failIntent(_ id: Int64, error: String) throws {
    try answer(id, .failed, result: nil, error: error)
  }

  private func answer(
    _ id: Int64, _ state: Intent.State, result: String?, error: String?
  ) throws {
    try transaction {
      try connection.run(
        """
        UPDATE intent SET state = ?, result = ?, error = ?,
          arguments = CASE WHEN verb = 'join' THEN '{}' ELSE arguments END
        WHERE id = ? AND state = 0
        """, state.rawValue, result, error, id)
      try connection.run(
        "INSERT INTO change (at, type) VALUES (?, ?)", now(), ChangeType.intent.rawValue)
    }
  }

  /// Forgets what nobody will ask for any more: the answers of a month ago, and invites that the face that
  /// asked for them never took away; they hold a secret.
  package func tidyIntents(now: Int64) throws {
    try transaction {
      try connection.run(
        "DELETE FROM intent WHERE state <> 0 AND created_at < ?", now - 30 * 86_400)
      try connection.run(
        """
        UPDATE intent SET result = '{}'
        WHERE verb = 'invite' AND state = 1 AND result <> '{}' AND created_at < ?
        """, now - 600)
    }
  }

  /// A value for the faces or for the engine's next start.
  package func setSetting(_ name: String, _ value: String?) throws {
    try connection.set("setting", name, value)
  }
}

/// The small rows that a face writes itself. Not `Sendable`.
package final class Desk {
  private let db: Connection
  /// For the rows of other files.
  var connection: Connection { db }

  /// Opens the database at `path`, which must be there and of this program's schema.
  package init(path: String) throws {
    db = try Connection(path: path, mode: .guest, cacheKiB: 512)
    try Migrations.replica.check(db)
  }

  /// All that `body` writes here, or nothing of it.
  package func together<T>(_ body: () throws -> T) throws -> T {
    try db.transaction(.disk) { _ in try body() }
  }

  /// Hands in an intent, on the disk when this returns, and gives its number. The same `idem` again
  /// gives the number of the first.
  package func submit(
    idem: String, verb: String, arguments: String, now: Int64
  ) throws -> Int64 {
    try db.transaction(.disk) { db in
      try db.run(
        """
        INSERT INTO intent (idem, verb, arguments, created_at) VALUES (?, ?, ?, ?)
        ON CONFLICT (idem) DO NOTHING
        """, idem, verb, arguments, now)
      return try db.number("SELECT id FROM intent WHERE idem = ?", idem)
    }
  }

  /// Takes the answer out of an intent once it was read: an invite is a secret.
  package func forgetResult(_ id: Int64) throws {
    try db.run("UPDATE intent SET result = '{}' WHERE id = ? AND state = 1", id)
  }

  /// Keeps a setting; `nil` forgets it.
  package func setSetting(_ name: String, _ value: String?) throws {
    try db.set("setting", name, value)
  }

  /// Keeps what was typed and not sent by now; `nil` forgets it.
  package func setDraft(_ name: String, _ value: String?, now: Int64) throws {
    guard let value else {
      return try db.run("DELETE FROM draft WHERE name = ?", name)
    }
    try db.run(
      """
      INSERT INTO draft (name, value, at) VALUES (?, ?, ?)
      ON CONFLICT DO UPDATE SET value = excluded.value, at = excluded.at
      """, name, value, now)
  }

  package func draft(_ name: String) throws -> String? {
    try db.first("SELECT value FROM draft WHERE name = ?", name) { $0.text(0) }
  }
}

extension Connection {
  /// Writes or removes a row of a (name, value) table.
  fileprivate func set(_ table: String, _ name: String, _ value: String?) throws {
    if let value {
      try run(
        """
        INSERT INTO \(table) (name, value) VALUES (?, ?)
        ON CONFLICT DO UPDATE SET value = excluded.value
        """, name, value)
    } else {
      try run("DELETE FROM \(table) WHERE name = ?", name)
    }
  }
}
