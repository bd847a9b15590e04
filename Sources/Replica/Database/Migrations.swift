/// Numbered SQL files, applied in order; `PRAGMA user_version` counts how many have run.
package struct Migrations: Sendable {
  /// `PRAGMA application_id`: whose file this is.
  package let application: Int32
  /// The files' contents, oldest first.
  package let scripts: [[UInt8]]

  package init(application: Int32, scripts: [[UInt8]]) {
    self.application = application
    self.scripts = scripts
  }

  /// Brings the database up to date, each step in a transaction of its own.
  ///
  /// Throws `.newerSchema` for a database that a later program has written, `.foreignSchema` for
  /// one that is somebody else's; neither is touched.
  package func apply(to connection: Connection) throws {
    guard try version(of: connection) < scripts.count else { return }
    for number in scripts.indices {
      try connection.transaction { db in
        // Asked again under the lock: another process may have been faster.
        guard try version(of: db) == number else { return }
        try db.execute("PRAGMA application_id = \(application)")
        try db.execute(String(decoding: scripts[number], as: UTF8.self))
        try db.execute("PRAGMA user_version = \(number + 1)")
      }
    }
  }

  /// Refuses a database that this program cannot read as it is.
  package func check(_ connection: Connection) throws {
    let found = try version(of: connection)
    guard found == scripts.count else {
      throw ReplicaError(
        .olderSchema, "\(connection.path) has schema \(found), this program needs \(scripts.count)")
    }
  }

  private func version(of connection: Connection) throws -> Int {
    let found = Int(try connection.number("PRAGMA user_version"))
    let owner = Int32(truncatingIfNeeded: try connection.number("PRAGMA application_id"))
    guard found == 0 || owner == application else {
      throw ReplicaError(.foreignSchema, "\(connection.path) belongs to another program")
    }
    guard found <= scripts.count else {
      throw ReplicaError(
        .newerSchema,
        "\(connection.path) has schema \(found), this program knows \(scripts.count)")
    }
    return found
  }
}
