/// Standard base64 with padding, both ways by table; only the canonical spelling is read.
enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// Two characters for each twelve bits, the first in the low byte.
  private static let pairs: [UInt16] = (0..<4096).map {
    UInt16(alphabet[$0 >> 6]) | UInt16(alphabet[$0 & 63]) << 8
  }

  /// The value of each character, 64 and more for what is none.
  private static let values: [UInt8] = {
    var table = [UInt8](repeating: 255, count: 256)
    for (value, letter) in alphabet.enumerated() { table[Int(letter)] = UInt8(value) }
    return table
  }()

  /// For each of the four places in a group, the bits that a character gives to the three bytes,
  /// first byte lowest; the top byte is set for what is no character.
  private static let groups: [UInt32] = {
    var table = [UInt32](repeating: 0xff00_0000, count: 4 * 256)
    for (value, letter) in alphabet.enumerated() {
      let bits = UInt32(value)
      table[Int(letter)] = bits << 2
      table[256 + Int(letter)] = bits >> 4 | (bits & 15) << 12
      table[512 + Int(letter)] = (bits >> 2) << 8 | (bits & 3) << 22
      table[768 + Int(letter)] = bits << 16
    }
    return table
  }()

  /// Characters for `count` bytes.
  static func encodedCount(_ count: Int) -> Int { (count + 2) / 3 * 4 }

  /// Writes `encodedCount(input.count)` characters.
  static func encode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<UInt8>
  ) {
    guard let source = input.baseAddress, let target = output.baseAddress else { return }
    let out = UnsafeMutableRawPointer(target)
    let whole = input.count / 3
    pairs.withUnsafeBufferPointer { table in
      for group in 0..<whole {
        let at = 3 &* group
        let a = Int(source.load(fromByteOffset: at, as: UInt8.self))
        let b = Int(source.load(fromByteOffset: at &+ 1, as: UInt8.self))
        let c = Int(source.load(fromByteOffset: at &+ 2, as: UInt8.self))
        let first = table[a &<< 4 | b &>> 4]
        let second = table[(b & 15) &<< 8 | c]
        out.storeBytes(
          of: (UInt32(first) | UInt32(second) &<< 16).littleEndian,
          toByteOffset: 4 &* group, as: UInt32.self)
      }
    }
    let rest = input.count - 3 * whole
    guard rest > 0 else { return }
    let a = input[3 * whole]
    let b = rest == 2 ? input[3 * whole + 1] : 0
    output[4 * whole] = alphabet[Int(a >> 2)]
    output[4 * whole + 1] = alphabet[Int((a & 3) << 4 | b >> 4)]
    output[4 * whole + 2] = rest == 2 ? alphabet[Int((b & 15) << 2)] : 0x3d
    output[4 * whole + 3] = 0x3d
  }

  /// How many bytes the text decodes to, or `nil` when its length or padding is impossible.
  static func decodedCount(_ text: UnsafeBufferPointer<UInt8>) -> Int? {
    guard text.count > 0, text.count % 4 == 0 else { return nil }
    var padding = 0
    if text[text.count - 1] == 0x3d {
      padding = text[text.count - 2] == 0x3d ? 2 : 1
    }
    return text.count / 4 * 3 - padding
  }

  /// Decodes into exactly `decodedCount(text)` bytes; `false` for a foreign character, misplaced
  /// padding, or bits after the end that are not zero.
  static func decode(
    _ text: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableRawBufferPointer
  ) -> Bool {
    guard let source = text.baseAddress, let target = output.baseAddress,
      output.count == decodedCount(text)
    else { return false }
    guard decodeGroups(source, output.count / 3, into: target) else { return false }
    let whole = output.count / 3
    let rest = output.count - 3 * whole
    guard rest > 0 else { return true }
    let a = values[Int(source[4 * whole])]
    let b = values[Int(source[4 * whole + 1])]
    let c = rest == 2 ? values[Int(source[4 * whole + 2])] : 0
    guard a | b | c < 64, rest == 2 ? c & 3 == 0 : b & 15 == 0 else { return false }
    output[3 * whole] = a << 2 | b >> 4
    if rest == 2 { output[3 * whole + 1] = b << 4 | c >> 2 }
    return true
  }

  /// The bytes as text.
  static func string(_ bytes: UnsafeRawBufferPointer) -> String {
    String(unsafeUninitializedCapacity: encodedCount(bytes.count)) { text in
      encode(bytes, into: text)
      return encodedCount(bytes.count)
    }
  }

  private static func decodeGroups(
    _ source: UnsafePointer<UInt8>, _ count: Int, into target: UnsafeMutableRawPointer
  ) -> Bool {
    groups.withUnsafeBufferPointer { table in
      var seen: UInt32 = 0
      for group in 0..<count {
        let at = 4 &* group
        let word =
          table[Int(source[at])] | table[256 &+ Int(source[at &+ 1])]
          | table[512 &+ Int(source[at &+ 2])] | table[768 &+ Int(source[at &+ 3])]
        seen |= word
        let to = 3 &* group
        if group &+ 1 < count {
          // One byte too many, which the next group overwrites.
          target.storeBytes(of: word.littleEndian, toByteOffset: to, as: UInt32.self)
        } else {
          for place in 0..<3 {
            target.storeBytes(
              of: UInt8(truncatingIfNeeded: word &>> UInt32(8 &* place)),
              toByteOffset: to &+ place, as: UInt8.self)
          }
        }
      }
      return seen < 0x0100_0000
    }
  }
}
