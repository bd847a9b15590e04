package import Nostr

/// A room of this replica; local, never on the wire.
package struct RoomID: Hashable, Sendable, Comparable, Bindable {
  package let rawValue: Int64
  package init(_ rawValue: Int64) { self.rawValue = rawValue }
  package static func < (a: RoomID, b: RoomID) -> Bool { a.rawValue < b.rawValue }
  package func bind(to statement: Statement, at index: Int32) throws {
    try statement.bind(rawValue, at: index)
  }
}

/// A card, comment, question, answer or other replaceable thing of this replica; local, and the
/// same for all its versions. Survives a rebuild.
package struct ObjectID: Hashable, Sendable, Comparable, Bindable {
  package let rawValue: Int64
  package init(_ rawValue: Int64) { self.rawValue = rawValue }
  package static func < (a: ObjectID, b: ObjectID) -> Bool { a.rawValue < b.rawValue }
  package func bind(to statement: Statement, at index: Int32) throws {
    try statement.bind(rawValue, at: index)
  }
}

extension Bytes32: Bindable {
  package func bind(to statement: Statement, at index: Int32) throws {
    try withUnsafeBytes { try statement.bind($0, at: index) }
  }
}
extension EventID: Bindable {
  package func bind(to statement: Statement, at index: Int32) throws {
    try bytes32.bind(to: statement, at: index)
  }
}
extension PublicKey: Bindable {
  package func bind(to statement: Statement, at index: Int32) throws {
    try bytes32.bind(to: statement, at: index)
  }
}

extension Statement {
  /// A column that holds 32 bytes; `.corrupt` when it does not.
  package func bytes32(_ column: Int32) throws -> Bytes32 {
    guard let value = withBytes(column, { Bytes32($0) }) else {
      throw ReplicaError(.corrupt, "column \(column) should hold 32 bytes")
    }
    return value
  }

  package func eventID(_ column: Int32) throws -> EventID { EventID(try bytes32(column)) }
  package func publicKey(_ column: Int32) throws -> PublicKey { PublicKey(try bytes32(column)) }
  package func room(_ column: Int32) -> RoomID { RoomID(int64(column)) }
  package func object(_ column: Int32) -> ObjectID { ObjectID(int64(column)) }

  /// An event as the log keeps it.
  package func event(_ column: Int32) throws -> Event {
    try withBytes(column) { try Event(logged: $0) }
  }

  /// Public keys stored one after the other.
  package func publicKeys(_ column: Int32) -> [PublicKey] {
    withBytes(column) { bytes in
      stride(from: 0, to: bytes.count - bytes.count % 32, by: 32).compactMap {
        PublicKey(UnsafeRawBufferPointer(rebasing: bytes[$0..<$0 + 32]))
      }
    }
  }
}

extension Event {
  /// An event as the log keeps it. Throws `.corrupt` when it is none.
  init(logged bytes: UnsafeRawBufferPointer) throws(ReplicaError) {
    guard let event = Event(packed: bytes) else {
      throw ReplicaError(.corrupt, "an event in the log is not readable any more")
    }
    self = event
  }

  init(logged bytes: [UInt8]) throws {
    self = try bytes.withUnsafeBytes { try Event(logged: $0) }
  }
}

extension [PublicKey] {
  /// The keys one after the other, as `Statement.publicKeys` reads them.
  var joinedBytes: [UInt8] { flatMap(\.bytes) }
}
