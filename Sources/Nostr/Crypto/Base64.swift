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
    let whole = output.count / 3
    return values.withUnsafeBufferPointer { table in
      var seen: UInt8 = 0
      for group in 0..<whole {
        let at = 4 &* group
        let a = table[Int(source[at])]
        let b = table[Int(source[at &+ 1])]
        let c = table[Int(source[at &+ 2])]
        let d = table[Int(source[at &+ 3])]
        seen |= a | b | c | d
        let to = 3 &* group
        target.storeBytes(of: a &<< 2 | b &>> 4, toByteOffset: to, as: UInt8.self)
        target.storeBytes(of: b &<< 4 | c &>> 2, toByteOffset: to &+ 1, as: UInt8.self)
        target.storeBytes(of: c &<< 6 | d, toByteOffset: to &+ 2, as: UInt8.self)
      }
      guard seen < 64 else { return false }
      let rest = output.count - 3 * whole
      guard rest > 0 else { return true }
      let a = table[Int(source[4 * whole])]
      let b = table[Int(source[4 * whole + 1])]
      let c = rest == 2 ? table[Int(source[4 * whole + 2])] : 0
      guard a | b | c < 64, rest == 2 ? c & 3 == 0 : b & 15 == 0 else { return false }
      output[3 * whole] = a << 2 | b >> 4
      if rest == 2 { output[3 * whole + 1] = b << 4 | c >> 2 }
      return true
    }
  }
}
