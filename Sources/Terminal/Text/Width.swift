/// How many cells a scalar takes, by our own table, so that layout does not depend on the C library.
enum Width {
  /// 0, 1 or 2. Meaningful for scalars that `SafeText` lets through.
  static func of(_ scalar: Unicode.Scalar) -> Int {
    let value = scalar.value
    if value < 0x300 { return 1 }
    if contains(WidthTable.zero, value) { return 0 }
    if value < 0x1100 { return 1 }
    return contains(WidthTable.wide, value) ? 2 : 1
  }

  private static func contains(_ ranges: [UInt32], _ value: UInt32) -> Bool {
    var low = 0
    var high = ranges.count / 2
    while low < high {
      let middle = (low + high) / 2
      if value < ranges[2 * middle] {
        high = middle
      } else if value > ranges[2 * middle + 1] {
        low = middle + 1
      } else {
        return true
      }
    }
    return false
  }
}

extension Unicode.Scalar {
  /// A pictograph that may carry VS16, a skin tone or a joiner. Digits are not.
  var isPictograph: Bool { value > 0xA8 && properties.isEmoji && !isRegionalIndicator }
  var isRegionalIndicator: Bool { (0x1F1E6...0x1F1FF).contains(value) }
  var isSkinTone: Bool { (0x1F3FB...0x1F3FF).contains(value) }
  var isKeycapBase: Bool { (0x30...0x39).contains(value) || value == 0x23 || value == 0x2A }

  static let joiner: Unicode.Scalar = "\u{200D}"
  static let emojiStyle: Unicode.Scalar = "\u{FE0F}"
  static let textStyle: Unicode.Scalar = "\u{FE0E}"
  static let keycap: Unicode.Scalar = "\u{20E3}"
}
