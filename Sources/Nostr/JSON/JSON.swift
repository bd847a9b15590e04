/// A JSON value. Strings compare by bytes, objects keep the order of their keys, and a numeral
/// with a fraction or an exponent stays apart from a whole one.
package enum JSON: Hashable, Sendable {
  case null
  case bool(Bool)
  /// A numeral without fraction and exponent that fits 64 bits.
  case integer(Int64)
  /// Every other numeral.
  case number(Double)
  case string(String)
  case array([JSON])
  case object(JSONObject)

  /// Reads one value strictly: UTF-8, no duplicate keys, no lone surrogates, nothing after it.
  package init(parsing bytes: [UInt8], limits: JSONLimits = .init()) throws(NostrError) {
    self = try bytes.withUnsafeBufferPointer { input throws(NostrError) in
      try JSON.parse(UnsafeRawBufferPointer(input), limits)
    }
  }

  /// Reads one value strictly; see `init(parsing: [UInt8], limits:)`.
  package init(
    parsing bytes: UnsafeRawBufferPointer, limits: JSONLimits = .init()
  ) throws(NostrError) {
    self = try JSON.parse(bytes, limits)
  }

  /// Reads one value strictly; see `init(parsing: [UInt8], limits:)`.
  package init(parsing text: String, limits: JSONLimits = .init()) throws(NostrError) {
    self = try text.withBytes { input throws(NostrError) in
      try JSON.parse(UnsafeRawBufferPointer(input), limits)
    }
  }

  /// The text of a string.
  package var string: String? { if case .string(let value) = self { value } else { nil } }
  /// The value of a whole number.
  package var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
  /// The value of any number.
  package var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
  /// The value of `true` or `false`.
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  /// The elements of an array.
  package var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
  /// The members of an object.
  package var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
  /// Whether this is `null`.
  package var isNull: Bool { if case .null = self { true } else { false } }

  /// The member of an object; `nil` when this is no object or has no such key.
  package subscript(key: String) -> JSON? { object?[key] }

  package static func == (a: JSON, b: JSON) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.bool(let x), .bool(let y)): x == y
    case (.integer(let x), .integer(let y)): x == y
    case (.number(let x), .number(let y)): x == y
    case (.string(let x), .string(let y)): sameBytes(x, y)
    case (.array(let x), .array(let y)): x == y
    case (.object(let x), .object(let y)): x == y
    default: false
    }
  }

  package func hash(into hasher: inout Hasher) {
    switch self {
    case .null: hasher.combine(0)
    case .bool(let value): hasher.combine(value)
    case .integer(let value): hasher.combine(value)
    case .number(let value): hasher.combine(value)
    case .string(let value): value.hashBytes(into: &hasher)
    case .array(let value): hasher.combine(value)
    case .object(let value): hasher.combine(value)
    }
  }
}

/// How much JSON is read before it is refused.
package struct JSONLimits: Sendable {
  /// Nesting of arrays and objects, everywhere.
  package static let depth = 64
  /// Bytes of the whole text.
  package var bytes: Int

  /// Limits; one mebibyte unless said otherwise.
  package init(bytes: Int = 1 << 20) { self.bytes = bytes }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral, ExpressibleByStringInterpolation
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(floatLiteral value: Double) { self = .number(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(nilLiteral: ()) { self = .null }
  package init(arrayLiteral elements: JSON...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(JSONObject(elements.map { ($0.0, $0.1) }))
  }
}
