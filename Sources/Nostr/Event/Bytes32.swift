/// Thirty-two bytes: an id, a key or a hash. Ordered as its bytes, which is as its hex.
package struct Bytes32: Hashable, Sendable, Comparable {
  // In memory order, so that a pointer to the value is a pointer to the bytes.
  private var a: UInt64 = 0
  private var b: UInt64 = 0
  private var c: UInt64 = 0
  private var d: UInt64 = 0

  /// All zero.
  package init() {}

  /// `nil` unless there are exactly 32 bytes.
  package init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == 32 else { return nil }
    withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
  }

  /// `nil` unless the text is exactly 64 lower-case hexadecimal digits.
  package init?(hex: some StringProtocol) {
    let fast = hex.utf8.withContiguousStorageIfAvailable { Bytes32(hexBytes: .init($0)) }
    guard let value = fast ?? Array(hex.utf8).withUnsafeBytes({ Bytes32(hexBytes: $0) })
    else { return nil }
    self = value
  }

  /// `nil` unless the bytes are exactly 64 lower-case hexadecimal digits.
  package init?(hexBytes text: UnsafeRawBufferPointer) {
    guard text.count == 64 else { return nil }
    guard withUnsafeMutableBytes({ Hex.decode(text, into: $0) }) else { return nil }
  }

  /// The bytes as an array.
  package var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

  /// 64 lower-case hexadecimal digits.
  package var hex: String { withUnsafeBytes(Hex.string) }

  /// Calls `body` with the 32 bytes in place.
  package func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try Swift.withUnsafeBytes(of: self, body)
  }

  mutating func withUnsafeMutableBytes<R>(
    _ body: (UnsafeMutableRawBufferPointer) throws -> R
  ) rethrows -> R {
    try Swift.withUnsafeMutableBytes(of: &self, body)
  }

  package static func < (x: Bytes32, y: Bytes32) -> Bool {
    if x.a != y.a { return UInt64(bigEndian: x.a) < UInt64(bigEndian: y.a) }
    if x.b != y.b { return UInt64(bigEndian: x.b) < UInt64(bigEndian: y.b) }
    if x.c != y.c { return UInt64(bigEndian: x.c) < UInt64(bigEndian: y.c) }
    return UInt64(bigEndian: x.d) < UInt64(bigEndian: y.d)
  }
}

/// A value that is thirty-two bytes with a meaning, written as lower-case hex.
package protocol Hex32: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The bytes themselves.
  var bytes32: Bytes32 { get }
  /// The bytes, given their meaning.
  init(_ bytes32: Bytes32)
}

extension Hex32 {
  /// `nil` unless the text is exactly 64 lower-case hexadecimal digits.
  package init?(hex: some StringProtocol) {
    guard let bytes32 = Bytes32(hex: hex) else { return nil }
    self.init(bytes32)
  }

  /// `nil` unless there are exactly 32 bytes.
  package init?(_ bytes: some Collection<UInt8>) {
    guard let bytes32 = Bytes32(bytes) else { return nil }
    self.init(bytes32)
  }

  /// 64 lower-case hexadecimal digits.
  package var hex: String { bytes32.hex }
  /// The bytes as an array.
  package var bytes: [UInt8] { bytes32.bytes }
  /// The first eight hexadecimal digits, for people.
  package var short: String { String(hex.prefix(8)) }
  package var description: String { hex }

  package static func < (a: Self, b: Self) -> Bool { a.bytes32 < b.bytes32 }
}

/// The SHA-256 of an event's serialisation (NIP-01).
package struct EventID: Hex32 {
  package let bytes32: Bytes32
  package init(_ bytes32: Bytes32) { self.bytes32 = bytes32 }
}

/// An x-only public key (BIP-340). It need not be on the curve until it is used.
package struct PublicKey: Hex32 {
  package let bytes32: Bytes32
  package init(_ bytes32: Bytes32) { self.bytes32 = bytes32 }
}

/// A BIP-340 signature: 64 bytes, written as 128 lower-case hexadecimal digits.
package struct Signature: Hashable, Sendable, CustomStringConvertible {
  private var r = Bytes32()
  private var s = Bytes32()

  init() {}

  /// `nil` unless there are exactly 64 bytes.
  package init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == 64 else { return nil }
    withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
  }

  /// `nil` unless the text is exactly 128 lower-case hexadecimal digits.
  package init?(hex: some StringProtocol) {
    let text = Array(hex.utf8)
    guard let value = text.withUnsafeBytes({ Signature(hexBytes: $0) }) else { return nil }
    self = value
  }

  init?(hexBytes text: UnsafeRawBufferPointer) {
    guard text.count == 128 else { return nil }
    guard withUnsafeMutableBytes({ Hex.decode(text, into: $0) }) else { return nil }
  }

  /// The bytes as an array.
  package var bytes: [UInt8] { withUnsafeBytes { Array($0) } }
  /// 128 lower-case hexadecimal digits.
  package var hex: String { withUnsafeBytes(Hex.string) }
  package var description: String { hex }

  /// Calls `body` with the 64 bytes in place.
  package func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try Swift.withUnsafeBytes(of: self, body)
  }

  mutating func withUnsafeMutableBytes<R>(
    _ body: (UnsafeMutableRawBufferPointer) throws -> R
  ) rethrows -> R {
    try Swift.withUnsafeMutableBytes(of: &self, body)
  }
}
