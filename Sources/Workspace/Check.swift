package import Home
import Nostr

/// Checks on what a person gives, before anything is written; each names the field.
package enum Check {
  /// Letters, digits and dashes.
  package static func slug(_ text: String, field: String, lengths: ClosedRange<Int>)
    throws(StudioError) -> String
  {
    let isWord = text.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0)
        || $0 == 0x2d
    }
    guard isWord, lengths.contains(text.utf8.count) else {
      throw StudioError(
        "invalid_argument",
        "\(field) is \(lengths.lowerBound) to \(lengths.upperBound) letters, digits and dashes",
        field: field,
        value: text)
    }
    return text
  }

  /// 1 to `limit` UTF-16 units, without control characters other than tabs and line ends.
  package static func text(_ text: String, field: String, limit: Int) throws(StudioError) -> String
  {
    guard text.unicodeScalars.allSatisfy(isPortable) else {
      throw StudioError(
        "invalid_argument", "\(field) holds a control character", field: field, value: text)
    }
    let length = text.utf16.count
    guard (1...limit).contains(length) else {
      throw StudioError(
        "invalid_argument", "\(field) is 1 to \(limit) characters, this is \(length)", field: field,
        value: text)
    }
    return text
  }

  /// A name: one line of text.
  package static func line(_ text: String, field: String, limit: Int) throws(StudioError) -> String
  {
    let text = try Check.text(text, field: field, limit: limit)
    guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !lineEnds.contains($0.value) })
    else {
      throw StudioError(
        "invalid_argument", "\(field) is one line", field: field, value: text)
    }
    return text
  }

  private static let lineEnds: Set<UInt32> = [0x85, 0x2028, 0x2029]

  private static func isPortable(_ scalar: Unicode.Scalar) -> Bool {
    [0x09, 0x0a, 0x0d].contains(scalar.value)
      || (scalar.value >= 0x20 && !(0x7f...0x9f).contains(scalar.value))
  }

  /// A card's own `d`: what an address may hold.
  package static func identifier(_ text: String, field: String) throws(StudioError) -> String {
    try slug(text, field: field, lengths: 1...128)
  }
}
