import CSQLite

/// A value that SQLite can hold.
package protocol Bindable {
  /// Hands itself to `statement` as parameter `index`, counted from 1.
  func bind(to statement: Statement, at index: Int32) throws
}

/// A prepared statement: finalised when nobody holds it any more. Also the row it stands on.
package final class Statement {
  let raw: OpaquePointer
  private let connection: OpaquePointer
  private let sql: String
  /// In use by somebody further up.
  var isLent = false

  init(_ sql: String, on connection: OpaquePointer) throws {
    var raw: OpaquePointer?
    var sql = sql
    let code = sql.withUTF8 { utf8 in
      utf8.withMemoryRebound(to: CChar.self) {
        sqlite3_prepare_v3(
          connection, $0.baseAddress, Int32($0.count), UInt32(SQLITE_PREPARE_PERSISTENT), &raw, nil)
      }
    }
    guard code == SQLITE_OK, let raw else {
      throw ReplicaError(
        .init(rawValue: code), String(cString: sqlite3_errmsg(connection)), sql: sql)
    }
    self.raw = raw
    self.connection = connection
    self.sql = sql
  }

  deinit { sqlite3_finalize(raw) }

  /// Moves to the next row; `false` when there is none.
  package func step() throws -> Bool {
    switch sqlite3_step(raw) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code: throw failure(code)
    }
  }

  /// Ready for another run; the bound values are forgotten.
  package func reset() {
    sqlite3_reset(raw)
    sqlite3_clear_bindings(raw)
  }

  func failure(_ code: Int32) -> ReplicaError {
    ReplicaError(.init(rawValue: code), String(cString: sqlite3_errmsg(connection)), sql: sql)
  }

  func check(_ code: Int32) throws {
    guard code == SQLITE_OK else { throw failure(code) }
  }

  // MARK: Parameters, counted from 1

  package func bind(_ values: [any Bindable]) throws {
    var index: Int32 = 1
    for value in values {
      try value.bind(to: self, at: index)
      index += 1
    }
  }

  package func bind(null index: Int32) throws { try check(sqlite3_bind_null(raw, index)) }

  package func bind(_ value: Int64, at index: Int32) throws {
    try check(sqlite3_bind_int64(raw, index, value))
  }

  package func bind(_ value: Double, at index: Int32) throws {
    try check(sqlite3_bind_double(raw, index, value))
  }

  package func bind(_ text: String, at index: Int32) throws {
    var text = text
    let code = text.withUTF8 { utf8 in
      // An empty string has no address, and no address would mean NULL.
      guard let base = utf8.baseAddress else { return studio_sqlite_bind_text(raw, index, "", 0) }
      return base.withMemoryRebound(to: CChar.self, capacity: utf8.count) {
        studio_sqlite_bind_text(raw, index, $0, Int32(utf8.count))
      }
    }
    try check(code)
  }

  package func bind(_ bytes: UnsafeRawBufferPointer, at index: Int32) throws {
    guard let base = bytes.baseAddress, !bytes.isEmpty else {
      try check(sqlite3_bind_zeroblob(raw, index, 0))
      return
    }
    try check(studio_sqlite_bind_blob(raw, index, base, Int32(bytes.count)))
  }

  // MARK: Columns, counted from 0

  package func isNull(_ column: Int32) -> Bool {
    sqlite3_column_type(raw, column) == SQLITE_NULL
  }

  package func int64(_ column: Int32) -> Int64 { sqlite3_column_int64(raw, column) }
  package func double(_ column: Int32) -> Double { sqlite3_column_double(raw, column) }
  package func int(_ column: Int32) -> Int { Int(sqlite3_column_int64(raw, column)) }
  package func bool(_ column: Int32) -> Bool { sqlite3_column_int64(raw, column) != 0 }
  package func optionalInt64(_ column: Int32) -> Int64? { isNull(column) ? nil : int64(column) }
  package func optionalInt(_ column: Int32) -> Int? { isNull(column) ? nil : int(column) }

  package func text(_ column: Int32) -> String {
    guard let bytes = sqlite3_column_text(raw, column) else { return "" }
    let count = Int(sqlite3_column_bytes(raw, column))
    return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
  }

  package func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

  package func bytes(_ column: Int32) -> [UInt8] { withBytes(column) { Array($0) } }
  package func optionalBytes(_ column: Int32) -> [UInt8]? { isNull(column) ? nil : bytes(column) }

  /// The blob itself, valid inside `body` only.
  package func withBytes<R>(
    _ column: Int32, _ body: (UnsafeRawBufferPointer) throws -> R
  ) rethrows -> R {
    let base = sqlite3_column_blob(raw, column)
    let count = Int(sqlite3_column_bytes(raw, column))
    return try body(UnsafeRawBufferPointer(start: base, count: base == nil ? 0 : count))
  }
}

extension Int64: Bindable {
  package func bind(to statement: Statement, at index: Int32) throws {
    try statement.bind(self, at: index)
  }
}
extension Int: Bindable {
  package func bind(to statement: Statement, at index: Int32) throws {
    try statement.bind(Int64(self), at: index)
  }
}
extension Double: Bindable {
  package func bind(to statement: Statement, at index: Int32) throws {
    try statement.bind(self, at: index)
  }
}
extension Bool: Bindable {
  package func bind(to statement: Statement, at index: Int32) throws {
    try statement.bind(Int64(self ? 1 : 0), at: index)
  }
}
extension String: Bindable {
  package func bind(to statement: Statement, at index: Int32) throws {
    try statement.bind(self, at: index)
  }
}
extension [UInt8]: Bindable {
  package func bind(to statement: Statement, at index: Int32) throws {
    try withUnsafeBytes { try statement.bind($0, at: index) }
  }
}
extension Optional: Bindable where Wrapped: Bindable {
  package func bind(to statement: Statement, at index: Int32) throws {
    if let value = self {
      try value.bind(to: statement, at: index)
    } else {
      try statement.bind(null: index)
    }
  }
}
