import CSQLite

/// What the database said, and what we were asking it.
package struct ReplicaError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A SQLite result code, or one of ours (negative).
  package struct Code: RawRepresentable, Hashable, Sendable {
    package let rawValue: Int32
    package init(rawValue: Int32) { self.rawValue = rawValue }

    /// Another process holds the lock longer than we are willing to wait.
    package static let busy = Code(rawValue: SQLITE_BUSY)
    /// The query was stopped because its budget ran out.
    package static let interrupted = Code(rawValue: SQLITE_INTERRUPT)
    /// The disk is full.
    package static let full = Code(rawValue: SQLITE_FULL)
    /// Reading or writing the file failed.
    package static let inputOutput = Code(rawValue: SQLITE_IOERR)
    /// The file is damaged.
    package static let corrupt = Code(rawValue: SQLITE_CORRUPT)
    /// The file is something else than a database.
    package static let notADatabase = Code(rawValue: SQLITE_NOTADB)
    /// The file cannot be opened.
    package static let cannotOpen = Code(rawValue: SQLITE_CANTOPEN)
    /// A write through a connection that may only read.
    package static let readOnly = Code(rawValue: SQLITE_READONLY)
    /// A uniqueness, foreign key or check rule refused a row.
    package static let constraint = Code(rawValue: SQLITE_CONSTRAINT)
    /// A statement or a bind that can only be a mistake of ours.
    package static let misuse = Code(rawValue: SQLITE_MISUSE)
    /// The database was written by a later version of this program.
    package static let newerSchema = Code(rawValue: -1)
    /// The database is older than this program and nobody has migrated it yet.
    package static let olderSchema = Code(rawValue: -2)
    /// The database belongs to another kind of program, or to another part of this one.
    package static let foreignSchema = Code(rawValue: -3)
    /// The object that was named is not there.
    package static let notFound = Code(rawValue: -4)
    /// An event of our own that the room would not take.
    package static let refused = Code(rawValue: -5)
  }

  package var code: Code
  package var message: String
  /// The statement that failed; its arguments are never kept, they may be private.
  package var sql: String?

  package init(_ code: Code, _ message: String, sql: String? = nil) {
    self.code = code
    self.message = message
    self.sql = sql
  }

  /// Whether the same call may succeed later: a full or failing disk, a lock held by another process.
  package var isOfTheDisk: Bool {
    [.busy, .full, .inputOutput, .readOnly, .cannotOpen].contains { $0 ~= self }
  }

  package var description: String {
    "database: \(message) (\(code.rawValue))" + (sql.map { " in “\($0)”" } ?? "")
  }

  /// Extended codes match their primary: `.constraint` catches a foreign-key failure.
  package static func ~= (pattern: Code, error: ReplicaError) -> Bool {
    let code = error.code.rawValue
    return pattern.rawValue == code || (code > 0 && pattern.rawValue == code & 0xff)
  }
}
