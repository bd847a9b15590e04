/// Lower-case hexadecimal, both ways, over bytes.
enum Hex {
  private static let digits = Array("0123456789abcdef".utf8)

  /// The value of each ASCII digit, 255 for every byte that is none; upper case is none.
  private static let values: [UInt8] = {
    var table = [UInt8](repeating: 255, count: 256)
    for (value, digit) in digits.enumerated() { table[Int(digit)] = UInt8(value) }
    return table
  }()

  /// Decodes exactly `2 * output.count` digits; `false` when any is not lower-case hex.
  static func decode(
    _ text: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> Bool {
    guard text.count == output.count * 2 else { return false }
    return values.withUnsafeBufferPointer { table in
      var seen: UInt8 = 0
      for index in 0..<output.count {
        let high = table[Int(text[2 * index])]
        let low = table[Int(text[2 * index + 1])]
        seen |= high | low
        output[index] = (high << 4) | (low & 15)
      }
      return seen < 16
    }
  }

  /// Writes `2 * bytes.count` digits.
  static func encode(
    _ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<UInt8>
  ) {
    digits.withUnsafeBufferPointer { table in
      for index in 0..<bytes.count {
        output[2 * index] = table[Int(bytes[index] >> 4)]
        output[2 * index + 1] = table[Int(bytes[index] & 15)]
      }
    }
  }

  /// The digits as a string.
  static func string(_ bytes: UnsafeRawBufferPointer) -> String {
    String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
      encode(bytes, into: buffer)
      return bytes.count * 2
    }
  }
}

extension Array where Element == UInt8 {
  /// Lower-case hexadecimal.
  package var hex: String { withUnsafeBytes(Hex.string) }

  /// `nil` for anything but whole pairs of lower-case digits.
  package init?(hex: String) {
    guard hex.utf8.count.isMultiple(of: 2) else { return nil }
    var bytes = [UInt8](repeating: 0, count: hex.utf8.count / 2)
    let text = Array(hex.utf8)
    let isHex = text.withUnsafeBytes { text in
      bytes.withUnsafeMutableBytes { Hex.decode(text, into: $0) }
    }
    guard isHex else { return nil }
    self = bytes
  }
}
