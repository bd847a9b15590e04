extension JSON {
  static func parse(
    _ input: UnsafeRawBufferPointer, _ limits: JSONLimits
  ) throws(NostrError) -> JSON {
    guard input.count <= limits.bytes else {
      throw NostrError(
        .tooLarge, "json", "expected at most \(limits.bytes) bytes, got \(input.count)")
    }
    var scanner = JSONScanner(input)
    let value = try scanner.value(depth: JSONLimits.depth)
    try scanner.end()
    return value
  }

  /// Compact JSON, escaped as JavaScript does.
  package var bytes: [UInt8] {
    var out: [UInt8] = []
    append(to: &out)
    return out
  }

  /// Compact JSON, escaped as JavaScript does.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  func append(to out: inout [UInt8]) {
    switch self {
    case .null: out.append(ascii: "null")
    case .bool(let value): out.append(ascii: value ? "true" : "false")
    case .integer(let value): out.append(decimal: value)
    // JSON has no word for what is not finite; JavaScript writes null too.
    case .number(let value):
      out.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
    case .string(let value): out.append(jsonString: value)
    case .array(let values):
      out.append(0x5b)
      for (index, value) in values.enumerated() {
        if index > 0 { out.append(0x2c) }
        value.append(to: &out)
      }
      out.append(0x5d)
    case .object(let object): object.append(to: &out)
    }
  }
}

extension JSONObject {
  /// Compact JSON, escaped as JavaScript does.
  package var bytes: [UInt8] { JSON.object(self).bytes }
  /// Compact JSON, escaped as JavaScript does.
  package var text: String { JSON.object(self).text }

  fileprivate func append(to out: inout [UInt8]) {
    out.append(0x7b)
    var isFirst = true
    for (key, value) in self {
      if !isFirst { out.append(0x2c) }
      isFirst = false
      out.append(jsonString: key)
      out.append(0x3a)
      value.append(to: &out)
    }
    out.append(0x7d)
  }
}

extension JSONScanner {
  /// Any value, nested at most `depth` deep.
  mutating func value(depth: Int) throws(NostrError) -> JSON {
    switch peek() {
    case 0x22: return .string(try string(in: "json"))
    case 0x7b:
      guard depth > 0 else { throw JSONScanner.tooDeep("json") }
      return .object(try object(depth: depth))
    case 0x5b:
      guard depth > 0 else { throw JSONScanner.tooDeep("json") }
      return .array(try array(depth: depth))
    case 0x2d?, (0x30...0x39)?: return try numeral()
    default: return try literal(in: "json")
    }
  }

  private mutating func object(depth: Int) throws(NostrError) -> JSONObject {
    try expect(0x7b, "{", in: "json")
    var object = JSONObject()
    guard !consume(0x7d) else { return object }
    repeat {
      let key = try string(in: "json")
      try expect(0x3a, ":", in: "json")
      guard object.insert(key, try value(depth: depth - 1)) else {
        throw NostrError(.duplicateKey, key, "expected this key once, got it again")
      }
    } while consume(0x2c)
    try expect(0x7d, "} or ,", in: "json")
    return object
  }

  private mutating func array(depth: Int) throws(NostrError) -> [JSON] {
    try expect(0x5b, "[", in: "json")
    var values: [JSON] = []
    guard !consume(0x5d) else { return values }
    repeat {
      values.append(try value(depth: depth - 1))
    } while consume(0x2c)
    try expect(0x5d, "] or ,", in: "json")
    return values
  }

  private mutating func numeral() throws(NostrError) -> JSON {
    let lexeme = try number(in: "json")
    if lexeme.isInteger, let value = integerValue(lexeme.range) { return .integer(value) }
    // No double needs more digits; a longer numeral is only work.
    guard lexeme.range.count <= 800,
      let value = Double(String(decoding: bytes(lexeme.range), as: UTF8.self)), value.isFinite
    else { throw NostrError(.outOfRange, "json", "expected a number that a double can hold") }
    return .number(value)
  }
}
