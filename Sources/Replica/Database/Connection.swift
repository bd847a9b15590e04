import CSQLite
import Glibc

/// One SQLite connection. Not `Sendable`: whoever opens it keeps it.
package final class Connection {
  package enum Mode: Sendable {
    /// Creates the file (0600) when it is not there, and may write.
    case writer
    /// May write, never creates: for the small rows of a face.
    case guest
    /// Reads only; the file must be there.
    case reader
  }

  /// How hard a commit tries to survive a power cut. Either survives the end of the process.
  package enum Durability: Sendable {
    /// The tail may be lost with the power, never half of it (synchronous NORMAL): a commit is with the system,
    /// which outlives `kill -9` of any process, and on the disk from the next checkpoint on.
    case process
    /// On the disk before the call returns (synchronous FULL).
    case disk
  }

  private static let mostIdle = 256

  private let raw: OpaquePointer
  private var prepared: [StatementText: Statement] = [:]
  private let budget = Budget()
  private var depth = 0
  package let path: String
  package let mode: Mode

  /// - Parameters:
  ///   - path: the file; empty for a temporary one that is gone with the connection.
  ///   - busyTimeout: milliseconds to wait for another process's lock.
  ///   - cacheKiB: page cache, at most.
  package init(
    path: String, mode: Mode, busyTimeout: Int = 5_000, cacheKiB: Int = 8_192
  ) throws {
    _ = Self.library
    if mode == .writer, path != ":memory:", !path.isEmpty { try Self.prepareFile(path) }
    var raw: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
    let code = sqlite3_open_v2(path, &raw, flags, nil)
    guard code == SQLITE_OK, let raw else {
      let said = raw.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
      sqlite3_close_v2(raw)
      throw ReplicaError(.init(rawValue: code), "cannot open \(path): \(said)")
    }
    self.raw = raw
    self.path = path
    self.mode = mode
    sqlite3_busy_timeout(raw, Int32(busyTimeout))
    try execute(
      """
      PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;
      PRAGMA secure_delete = FAST;
      PRAGMA cache_size = -\(cacheKiB); PRAGMA temp_store = MEMORY;
      """)
    switch mode {
    case .writer:
      try execute(
        "PRAGMA page_size = \(Self.pageBytes); PRAGMA journal_mode = WAL; "
          + "PRAGMA journal_size_limit = \(Self.logLimit)")
      try execute(
        "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = \(Self.logLimit / Self.pageBytes)"
      )
    case .guest: try execute("PRAGMA synchronous = FULL")
    case .reader: try execute("PRAGMA query_only = ON")
    }
  }

  /// A page of a new database: large ones mean fewer writes for an event, whose rows lie together.
  private static let pageBytes = 16_384
  /// How long the write-ahead log may grow before what it holds is copied into the database.
  package static let logLimit = 64 << 20

  /// Set up once, before the first connection of the process.
  private static let library: Int32 = studio_sqlite_count_no_memory()

  deinit {
    prepared.removeAll()
    sqlite3_close_v2(raw)
    logPages?.deallocate()
  }

  // MARK: The write-ahead log

  /// Where SQLite notes how long the log is; `nil` while it makes its checkpoints by itself.
  private var logPages: UnsafeMutablePointer<Int32>?

  /// Leaves the checkpoints to the caller, who asks `logBytes` after commits.
  package func checkpointsAreOurs() {
    guard logPages == nil else { return }
    let pages = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    pages.initialize(to: 0)
    logPages = pages
    studio_sqlite_watch_log(raw, pages)
  }

  /// How long the log was after the last commit, once checkpoints are the caller's.
  package var logBytes: Int { Int(logPages?.pointee ?? 0) * Self.pageBytes }

  /// Copies what the log holds into the database, as far as no reader needs what it would replace, while others
  /// may read and write. Once all is copied, the next commit begins the log anew.
  package func checkpoint() throws {
    let code = sqlite3_wal_checkpoint_v2(raw, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
    guard code == SQLITE_OK || code & 0xff == SQLITE_BUSY else {
      throw ReplicaError(.init(rawValue: code), String(cString: sqlite3_errmsg(raw)))
    }
  }

  /// The write-ahead log and the shared memory take the mode of the database file.
  private static func prepareFile(_ path: String) throws {
    let created = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
    if created >= 0 {
      close(created)
    } else if errno == EEXIST {
      // By name: closing a descriptor of a file that SQLite has open would drop its locks.
      chmod(path, 0o600)
    } else {
      throw ReplicaError(.cannotOpen, "cannot create \(path): \(String(cString: strerror(errno)))")
    }
  }

  // MARK: Statements

  /// Runs one or more statements that take no values and whose rows nobody wants.
  package func execute(_ sql: String) throws {
    let code = sqlite3_exec(raw, sql, nil, nil, nil)
    guard code == SQLITE_OK else {
      throw ReplicaError(.init(rawValue: code), String(cString: sqlite3_errmsg(raw)), sql: sql)
    }
  }

  /// Lends a prepared statement, ready to be bound; prepared once per text.
  package func with<R>(_ sql: String, _ body: (Statement) throws -> R) throws -> R {
    if budget.givesWay() { throw ReplicaError(.interrupted, "something else is wanted first") }
    // One that is lent already, to a use around this one, is left alone: this use gets its own.
    let key = StatementText(sql)
    let statement: Statement
    if let held = prepared[key], !held.isLent {
      statement = held
    } else {
      statement = try Statement(sql, on: raw)
      if prepared.count >= Self.mostIdle { prepared.removeAll() }
      if prepared[key] == nil { prepared[key] = statement }
    }
    statement.isLent = true
    defer {
      statement.reset()
      statement.isLent = false
    }
    return try body(statement)
  }

  /// Runs one statement to its end.
  package func run(_ sql: String, _ values: any Bindable...) throws {
    try with(sql) { statement in
      try statement.bind(values)
      while try statement.step() {}
    }
  }

  /// Runs one statement and says how many rows it changed.
  @discardableResult
  package func change(_ sql: String, _ values: any Bindable...) throws -> Int {
    try with(sql) { statement in
      try statement.bind(values)
      while try statement.step() {}
    }
    return Int(sqlite3_changes(raw))
  }

  /// Every row, through `read`.
  package func rows<R>(
    _ sql: String, _ values: any Bindable..., read: (Statement) throws -> R
  ) throws -> [R] {
    try rows(sql, binding: values, read: read)
  }

  /// Every row, through `read`, with the values in an array.
  package func rows<R>(
    _ sql: String, binding values: [any Bindable], read: (Statement) throws -> R
  ) throws -> [R] {
    try with(sql) { statement in
      try statement.bind(values)
      var all: [R] = []
      while try statement.step() { all.append(try read(statement)) }
      return all
    }
  }

  /// The first row, through `read`; `nil` when there is none.
  package func first<R>(
    _ sql: String, _ values: any Bindable..., read: (Statement) throws -> R
  ) throws -> R? {
    try first(sql, binding: values, read: read)
  }

  /// The first row, through `read`, with the values in an array.
  package func first<R>(
    _ sql: String, binding values: [any Bindable], read: (Statement) throws -> R
  ) throws -> R? {
    try with(sql) { statement in
      try statement.bind(values)
      return try statement.step() ? read(statement) : nil
    }
  }

  /// The first column of the first row as an integer; 0 when there is none.
  package func number(_ sql: String, _ values: any Bindable...) throws -> Int64 {
    try with(sql) { statement in
      try statement.bind(values)
      return try statement.step() ? statement.int64(0) : 0
    }
  }

  /// The rowid of the newest row that this connection inserted.
  package var lastRow: Int64 { sqlite3_last_insert_rowid(raw) }

  // MARK: Transactions

  /// Return commits, throw rolls back. Writers queue at the start, so nobody fails half-way for a
  /// lock. A transaction inside another one is part of it.
  package func transaction<T>(
    _ durability: Durability = .process, _ body: (Connection) throws -> T
  ) throws -> T {
    if depth > 0 { return try body(self) }
    let forced = durability == .disk && mode == .writer
    if forced { try execute("PRAGMA synchronous = FULL") }
    defer { if forced { try? execute("PRAGMA synchronous = NORMAL") } }
    try run(mode == .reader ? "BEGIN" : "BEGIN IMMEDIATE")
    depth = 1
    defer { depth = 0 }
    do {
      let result = try body(self)
      try run("COMMIT")
      return result
    } catch {
      // SQLite rolls back by itself on a full disk; a second ROLLBACK would be an error.
      if sqlite3_get_autocommit(raw) == 0 { try? run("ROLLBACK") }
      throw error
    }
  }

  // MARK: Budget

  /// Stops whatever `body` asks of the database once `milliseconds` have gone, with `.interrupted`.
  package func limited<T>(toMilliseconds milliseconds: Int?, _ body: () throws -> T) throws -> T {
    guard let milliseconds else { return try body() }
    budget.deadline = Budget.now() + Int64(milliseconds) * 1_000_000
    let context = Unmanaged.passUnretained(budget).toOpaque()
    sqlite3_progress_handler(
      raw, 1_000,
      { context in
        guard let context else { return 0 }
        let budget = Unmanaged<Budget>.fromOpaque(context).takeUnretainedValue()
        return Budget.now() > budget.deadline || budget.givesWay() ? 1 : 0
      }, context)
    defer { sqlite3_progress_handler(raw, 0, nil, nil) }
    return try body()
  }

  /// Stops whatever `body` asks of the database with `.interrupted` as soon as `isWanted` says that there is
  /// something better to do: before any statement, and within long ones that are limited.
  ///
  /// - Returns: whether it was stopped so.
  package func givingWay(when isWanted: @escaping () -> Bool, _ body: () -> Void) -> Bool {
    (budget.isWanted, budget.gaveWay) = (isWanted, false)
    defer { budget.isWanted = nil }
    body()
    return budget.gaveWay
  }

  /// Whether what is being read was stopped by `givingWay`.
  package var gaveWay: Bool { budget.isWanted != nil && budget.gaveWay }

  private final class Budget {
    var deadline: Int64 = 0
    var isWanted: (() -> Bool)?
    var gaveWay = false

    func givesWay() -> Bool {
      guard let isWanted else { return false }
      if !gaveWay { gaveWay = isWanted() }
      return gaveWay
    }

    static func now() -> Int64 {
      var time = timespec()
      clock_gettime(CLOCK_MONOTONIC, &time)
      return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
  }
}

/// A statement's text as the key of the cache: hashed by a sample of its bytes, since hashing all of a long text
/// at every use costs more than running many a statement.
private struct StatementText: Hashable {
  let sql: String

  init(_ sql: String) { self.sql = sql }

  static func == (a: StatementText, b: StatementText) -> Bool { a.sql == b.sql }

  func hash(into hasher: inout Hasher) {
    var sample: UInt64 = 0xcbf2_9ce4_8422_2325
    var sql = sql
    sql.withUTF8 { bytes in
      sample = (sample ^ UInt64(bytes.count)) &* 0x100_0000_01b3
      for index in stride(from: 0, to: bytes.count, by: 11) {
        sample = (sample ^ UInt64(bytes[index])) &* 0x100_0000_01b3
      }
    }
    hasher.combine(sample)
  }
}
