/// Walks over JSON bytes without copying them. Strict: what is not JSON, is not UTF-8 or holds half
/// a surrogate pair is an error, never repaired.
struct JSONScanner {
  /// Where a string's raw bytes lie, between its quotes.
  struct Span {
    var start: Int
    var end: Int
    var isEscaped: Bool
    var count: Int { end - start }
  }

  private let input: UnsafeRawBufferPointer
  private(set) var position = 0

  init(_ input: UnsafeRawBufferPointer) { self.input = input }

  /// The next byte that is not white space, or `nil` at the end.
  mutating func peek() -> UInt8? {
    skipSpace()
    return position < input.count ? input[position] : nil
  }

  mutating func skipSpace() {
    while position < input.count {
      switch input[position] {
      case 0x20, 0x09, 0x0a, 0x0d: position &+= 1
      default: return
      }
    }
  }

  /// Steps over one byte, whatever it is.
  mutating func advance() {
    if position < input.count { position &+= 1 }
  }

  /// Steps over `byte` if it comes next.
  mutating func consume(_ byte: UInt8) -> Bool {
    guard peek() == byte else { return false }
    position &+= 1
    return true
  }

  mutating func expect(_ byte: UInt8, _ name: String, in field: String) throws(NostrError) {
    guard consume(byte) else { throw unexpected(name, in: field) }
  }

  /// Throws unless only white space is left.
  mutating func end() throws(NostrError) {
    guard peek() == nil else { throw unexpected("the end", in: "json") }
  }

  /// What was expected here, and what came.
  func unexpected(_ wanted: String, in field: String) -> NostrError {
    guard position < input.count else {
      return NostrError(.malformedJSON, field, "expected \(wanted), got the end of the text")
    }
    let byte = input[position]
    let what =
      (0x21..<0x7f).contains(byte)
      ? "\"\(Character(UnicodeScalar(byte)))\"" : "byte \(byte)"
    return NostrError(.malformedJSON, field, "expected \(wanted), got \(what) at byte \(position)")
  }

  /// The raw bytes of a span.
  func bytes(_ span: Span) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: input[span.start..<span.end])
  }

  /// The raw bytes of a range of the input.
  func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: input[range])
  }

  /// Steps over a string; its escapes and its UTF-8 are checked when its text is asked for.
  mutating func stringSpan(in field: String) throws(NostrError) -> Span {
    guard peek() == 0x22 else {
      let error = unexpected("a string", in: field)
      throw NostrError(.wrongType, field, error.message)
    }
    guard let base = input.baseAddress else { throw unexpected("a string", in: field) }
    position &+= 1
    let start = position
    var isEscaped = false
    while true {
      position = firstSpecial(base, from: position, end: input.count)
      guard position < input.count else { throw unexpected("a closing quote", in: field) }
      switch input[position] {
      case 0x22:
        position &+= 1
        return Span(start: start, end: position - 1, isEscaped: isEscaped)
      case 0x5c:
        isEscaped = true
        guard position + 2 <= input.count else { throw unexpected("an escape", in: field) }
        position &+= 2
        if position > input.count { position = input.count }
      default: throw unexpected("no raw control byte in a string", in: field)
      }
    }
  }

  /// The text of a span that `stringSpan` gave.
  func text(_ span: Span, in field: String) throws(NostrError) -> String {
    if span.isEscaped { return try unescaped(span, in: field) }
    guard let text = String(exactly: bytes(span)) else { throw JSONScanner.invalidUTF8(field) }
    return text
  }

  mutating func string(in field: String) throws(NostrError) -> String {
    try text(stringSpan(in: field), in: field)
  }

  private static func invalidUTF8(_ field: String) -> NostrError {
    NostrError(.invalidUTF8, field, "expected valid UTF-8")
  }

  private func unescaped(_ span: Span, in field: String) throws(NostrError) -> String {
    guard let base = input.baseAddress else { return "" }
    var out: [UInt8] = []
    out.reserveCapacity(span.count)
    var index = span.start
    while true {
      let stop = firstSpecial(base, from: index, end: span.end)
      out.append(contentsOf: input[index..<stop])
      guard stop < span.end else { break }
      // Only a backslash can stand inside a span.
      index = stop + 2
      switch input[stop + 1] {
      case 0x22: out.append(0x22)
      case 0x2f: out.append(0x2f)
      case 0x5c: out.append(0x5c)
      case 0x62: out.append(0x08)
      case 0x66: out.append(0x0c)
      case 0x6e: out.append(0x0a)
      case 0x72: out.append(0x0d)
      case 0x74: out.append(0x09)
      case 0x75: index = try unicode(at: index, end: span.end, into: &out, in: field)
      default:
        throw NostrError(.malformedJSON, field, "expected a JSON escape after a backslash")
      }
    }
    guard let text = out.withUnsafeBytes({ String(exactly: $0) }) else {
      throw JSONScanner.invalidUTF8(field)
    }
    return text
  }

  private func unicode(
    at index: Int, end: Int, into out: inout [UInt8], in field: String
  ) throws(NostrError) -> Int {
    var next = index
    var value = try unit(at: next, end: end, in: field)
    next += 4
    if (0xd800..<0xdc00).contains(value), next + 6 <= end, input[next] == 0x5c,
      input[next + 1] == 0x75
    {
      let low = try unit(at: next + 2, end: end, in: field)
      if (0xdc00..<0xe000).contains(low) {
        value = 0x10000 + ((value - 0xd800) << 10) + (low - 0xdc00)
        next += 6
      }
    }
    guard let scalar = UnicodeScalar(value) else {
      throw NostrError(.invalidUTF8, field, "expected a pair of surrogates, got half of one")
    }
    out.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
    return next
  }

  private func unit(at index: Int, end: Int, in field: String) throws(NostrError) -> UInt32 {
    var value: UInt32 = 0
    for offset in 0..<4 {
      guard index + offset < end, let digit = JSONScanner.hexValue(input[index + offset]) else {
        throw NostrError(.malformedJSON, field, "expected four hex digits after \\u")
      }
      value = value << 4 | digit
    }
    return value
  }

  private static func hexValue(_ byte: UInt8) -> UInt32? {
    switch byte {
    case 0x30...0x39: UInt32(byte - 0x30)
    case 0x41...0x46: UInt32(byte - 0x41 + 10)
    case 0x61...0x66: UInt32(byte - 0x61 + 10)
    default: nil
    }
  }

  /// A whole number in `range`, written without fraction, exponent or a needless zero.
  mutating func integer(
    in field: String, _ range: ClosedRange<Int64>
  ) throws(NostrError) -> Int64 {
    let lexeme = try number(in: field)
    guard lexeme.isInteger, let value = integerValue(lexeme.range) else {
      throw NostrError(
        lexeme.isInteger ? .outOfRange : .wrongType, field,
        "expected a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    guard range.contains(value) else {
      throw NostrError(
        .outOfRange, field,
        "expected \(range.lowerBound) to \(range.upperBound), got \(value)")
    }
    return value
  }

  /// The value of an integer lexeme, or `nil` when it does not fit.
  func integerValue(_ range: Range<Int>) -> Int64? {
    let isNegative = input[range.lowerBound] == 0x2d
    var value: Int64 = 0
    for index in (isNegative ? range.lowerBound + 1 : range.lowerBound)..<range.upperBound {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let digit = Int64(input[index] - 0x30)
      let (sum, carry) = product.addingReportingOverflow(isNegative ? -digit : digit)
      if overflow || carry { return nil }
      value = sum
    }
    return value
  }

  /// Steps over a number in JSON's grammar.
  mutating func number(
    in field: String
  ) throws(NostrError) -> (range: Range<Int>, isInteger: Bool) {
    skipSpace()
    let start = position
    _ = step(0x2d)
    guard position < input.count, (0x30...0x39).contains(input[position]) else {
      let error = unexpected("a number", in: field)
      throw NostrError(.wrongType, field, error.message)
    }
    if !step(0x30) { digits() }
    var isInteger = true
    if step(0x2e) {
      isInteger = false
      guard digits() > 0 else { throw unexpected("a digit", in: field) }
    }
    if step(0x65) || step(0x45) {
      isInteger = false
      _ = step(0x2b) || step(0x2d)
      guard digits() > 0 else { throw unexpected("a digit", in: field) }
    }
    if position < input.count, (0x30...0x39).contains(input[position]) {
      throw unexpected("no digit after a leading zero", in: field)
    }
    return (start..<position, isInteger)
  }

  private mutating func step(_ byte: UInt8) -> Bool {
    guard position < input.count, input[position] == byte else { return false }
    position &+= 1
    return true
  }

  @discardableResult
  private mutating func digits() -> Int {
    let start = position
    while position < input.count, (0x30...0x39).contains(input[position]) { position &+= 1 }
    return position - start
  }

  /// Steps over `true`, `false` or `null`.
  mutating func literal(in field: String) throws(NostrError) -> JSON {
    skipSpace()
    for (text, value) in JSONScanner.literals where matches(text) {
      position += text.utf8CodeUnitCount
      return value
    }
    throw unexpected("a JSON value", in: field)
  }

  private static let literals: [(StaticString, JSON)] = [
    ("true", .bool(true)), ("false", .bool(false)), ("null", .null),
  ]

  private func matches(_ text: StaticString) -> Bool {
    text.withUTF8Buffer { wanted in
      position + wanted.count <= input.count
        && input[position..<position + wanted.count].elementsEqual(wanted)
    }
  }

  /// Steps over any value, nested at most `depth` deep.
  mutating func skipValue(depth: Int, in field: String) throws(NostrError) {
    switch peek() {
    case 0x22: _ = try string(in: field)
    case 0x7b, 0x5b:
      guard depth > 0 else { throw JSONScanner.tooDeep(field) }
      try skipContainer(depth: depth, in: field)
    case 0x2d?, (0x30...0x39)?: _ = try number(in: field)
    default: _ = try literal(in: field)
    }
  }

  static func tooDeep(_ field: String) -> NostrError {
    NostrError(.tooDeep, field, "expected nesting of at most \(JSONLimits.depth)")
  }

  private mutating func skipContainer(depth: Int, in field: String) throws(NostrError) {
    let isObject = consume(0x7b)
    if !isObject { try expect(0x5b, "[", in: field) }
    let close: UInt8 = isObject ? 0x7d : 0x5d
    guard !consume(close) else { return }
    repeat {
      if isObject {
        _ = try string(in: field)
        try expect(0x3a, ":", in: field)
      }
      try skipValue(depth: depth - 1, in: field)
    } while consume(0x2c)
    try expect(close, isObject ? "} or ," : "] or ,", in: field)
  }
}
