/// The first index in `from..<end` of a byte that cannot stand plainly inside a JSON string: a
/// quote, a backslash or a control byte. `end` when there is none.
func firstSpecial(_ base: UnsafeRawPointer, from: Int, end: Int) -> Int {
  var index = from
  while index &+ 32 <= end {
    let marks =
      specialMarks(base, index) | specialMarks(base, index &+ 8)
      | specialMarks(base, index &+ 16) | specialMarks(base, index &+ 24)
    if marks != 0 { break }
    index &+= 32
  }
  while index &+ 8 <= end {
    let marks = specialMarks(base, index)
    if marks != 0 { return index &+ marks.trailingZeroBitCount / 8 }
    index &+= 8
  }
  while index < end {
    let byte = base.load(fromByteOffset: index, as: UInt8.self)
    if byte == 0x22 || byte == 0x5c || byte < 0x20 { return index }
    index &+= 1
  }
  return end
}

/// Looks at eight bytes at once: the lowest bit that is set stands in the first special byte. A
/// borrow can only mark bytes above a true hit, so the lowest mark is always true.
@inline(__always)
private func specialMarks(_ base: UnsafeRawPointer, _ index: Int) -> UInt64 {
  let ones: UInt64 = 0x0101_0101_0101_0101
  let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
  let quote = word ^ (ones &* 0x22)
  let slash = word ^ (ones &* 0x5c)
  let hits =
    ((quote &- ones) & ~quote) | ((slash &- ones) & ~slash) | ((word &- ones &* 0x20) & ~word)
  return hits & (ones &* 0x80)
}

extension [UInt8] {
  /// Appends ASCII text as it stands.
  mutating func append(ascii text: StaticString) {
    text.withUTF8Buffer { append(contentsOf: $0) }
  }

  /// Appends lower-case hexadecimal digits.
  mutating func append(hexOf bytes: UnsafeRawBufferPointer) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: bytes.count * 2) { buffer in
      Hex.encode(bytes, into: buffer)
      append(contentsOf: UnsafeBufferPointer(buffer))
    }
  }

  /// Appends 64 lower-case hexadecimal digits.
  mutating func append(hexOf value: Bytes32) {
    value.withUnsafeBytes { append(hexOf: $0) }
  }

  /// Appends a whole number.
  mutating func append(decimal value: Int64) {
    append(contentsOf: String(value).utf8)
  }

  /// Appends a quoted string, escaped as JavaScript's `JSON.stringify` does: quote, backslash and
  /// control bytes only, `/` and everything above 0x7e raw.
  mutating func append(jsonString text: String) {
    append(0x22)
    text.withBytes { append(escaping: $0) }
    append(0x22)
  }

  private mutating func append(escaping text: UnsafeBufferPointer<UInt8>) {
    guard let base = text.baseAddress else { return }
    var start = 0
    while true {
      let stop = firstSpecial(base, from: start, end: text.count)
      append(contentsOf: UnsafeBufferPointer(start: base + start, count: stop - start))
      guard stop < text.count else { return }
      append(escaped: text[stop])
      start = stop + 1
    }
  }

  private mutating func append(escaped byte: UInt8) {
    append(0x5c)
    switch byte {
    case 0x08: append(0x62)
    case 0x09: append(0x74)
    case 0x0a: append(0x6e)
    case 0x0c: append(0x66)
    case 0x0d: append(0x72)
    case 0x22, 0x5c: append(byte)
    default:
      append(ascii: "u00")
      Swift.withUnsafeBytes(of: byte) { append(hexOf: $0) }
    }
  }
}
