// BIP-173: bech32, as NIP-19, NIP-49 and 4A use it
// https://github.com/bitcoin/bips/blob/master/bip-0173.mediawiki

/// Bech32 text with its checksum, for any prefix and beyond 90 characters.
package enum Bech32 {
  private static let alphabet = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)

  private static let values: [UInt8] = {
    var table = [UInt8](repeating: 255, count: 256)
    for (value, letter) in alphabet.enumerated() { table[Int(letter)] = UInt8(value) }
    return table
  }()

  /// Lower-case bech32 of the bytes under a prefix, which must be lower-case ASCII.
  package static func encode(hrp: String, _ bytes: [UInt8]) -> String {
    String(decoding: encodedBytes(hrp: hrp, bytes), as: UTF8.self)
  }

  /// The same as bytes, for a secret that will be wiped after use.
  package static func encodedBytes(hrp: String, _ bytes: [UInt8]) -> [UInt8] {
    let prefix = Array(hrp.utf8)
    var data = fives(bytes)
    var check = expanded(prefix) + data + [0, 0, 0, 0, 0, 0]
    let sum = polymod(check) ^ 1
    var out: [UInt8] = []
    out.reserveCapacity(prefix.count + data.count + 7)
    out.append(contentsOf: prefix)
    out.append(0x31)
    for value in data { out.append(alphabet[Int(value)]) }
    for index in 0..<6 { out.append(alphabet[Int(sum >> UInt32(5 * (5 - index)) & 31)]) }
    data.wipe()
    check.wipe()
    return out
  }

  private static func fives(_ bytes: [UInt8]) -> [UInt8] {
    var data: [UInt8] = []
    data.reserveCapacity(bytes.count * 8 / 5 + 1)
    var buffer: UInt32 = 0
    var bits = 0
    for byte in bytes {
      buffer = (buffer << 8 | UInt32(byte)) & 0xffff
      bits += 8
      while bits >= 5 {
        bits -= 5
        data.append(UInt8(buffer >> UInt32(bits) & 31))
      }
    }
    if bits > 0 { data.append(UInt8(buffer << UInt32(5 - bits) & 31)) }
    return data
  }

  /// The prefix, in lower case, and the bytes. `limit` bounds the characters that are read.
  /// Throws `.invalidBech32` for mixed case, a bad character, checksum or padding, and `.tooLarge`.
  package static func decode(
    _ text: String, limit: Int = 5_000
  ) throws(NostrError) -> (hrp: String, bytes: [UInt8]) {
    try decode(ascii: text.utf8, limit: limit)
  }

  /// The same from bytes, for a secret that is never made a string.
  package static func decode(
    ascii text: some Collection<UInt8>, limit: Int = 5_000
  ) throws(NostrError) -> (hrp: String, bytes: [UInt8]) {
    guard text.count <= limit else {
      throw NostrError(
        .tooLarge, "bech32", "expected at most \(limit) characters, got \(text.count)")
    }
    var letters = Array(text)
    defer { letters.wipe() }
    try fold(&letters)
    guard let mark = letters.lastIndex(of: 0x31), mark > 0, letters.count - mark > 6 else {
      throw invalid("a prefix, 1, and at least six characters")
    }
    var data: [UInt8] = []
    defer { data.wipe() }
    data.reserveCapacity(letters.count - mark)
    for letter in letters[(mark + 1)...] {
      let value = values[Int(letter)]
      guard value < 32 else { throw invalid("only bech32 characters after the prefix") }
      data.append(value)
    }
    var check = expanded(letters[..<mark])
    defer { check.wipe() }
    check.append(contentsOf: data)
    guard polymod(check) == 1 else { throw invalid("a checksum that fits; is a character wrong?") }
    return (
      String(decoding: letters[..<mark], as: UTF8.self), try bytes(of: data.dropLast(6))
    )
  }

  private static func invalid(_ wanted: String) -> NostrError {
    NostrError(.invalidBech32, "bech32", "expected \(wanted)")
  }

  // Upper case is allowed when all of it is; the checksum is over lower case.
  private static func fold(_ letters: inout [UInt8]) throws(NostrError) {
    var hasLower = false
    var hasUpper = false
    for index in letters.indices {
      switch letters[index] {
      case 0x41...0x5a:
        hasUpper = true
        letters[index] |= 0x20
      case 0x61...0x7a: hasLower = true
      case 0x21...0x7e: break
      default: throw invalid("printable ASCII")
      }
    }
    guard !(hasLower && hasUpper) else { throw invalid("one case throughout") }
  }

  private static func bytes(of data: ArraySlice<UInt8>) throws(NostrError) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(data.count * 5 / 8)
    var buffer: UInt32 = 0
    var bits = 0
    for value in data {
      buffer = (buffer << 5 | UInt32(value)) & 0xfff
      bits += 5
      if bits >= 8 {
        bits -= 8
        out.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
      }
    }
    guard bits < 5, buffer & ((1 << UInt32(bits)) - 1) == 0 else {
      throw invalid("no more than four zero bits of padding")
    }
    return out
  }

  private static func expanded(_ prefix: some Collection<UInt8>) -> [UInt8] {
    prefix.map { $0 >> 5 } + [0] + prefix.map { $0 & 31 }
  }

  private static func polymod(_ values: [UInt8]) -> UInt32 {
    let generator: [UInt32] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3]
    var sum: UInt32 = 1
    for value in values {
      let top = sum >> 25
      sum = (sum & 0x1ff_ffff) << 5 ^ UInt32(value)
      for bit in 0..<5 where top >> UInt32(bit) & 1 == 1 { sum ^= generator[bit] }
    }
    return sum
  }
}
