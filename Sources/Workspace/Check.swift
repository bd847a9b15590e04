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

  /// 1 to `limit` UTF-16 units, without control characters that have no portable event id.
  package static func text(_ text: String, field: String, limit: Int) throws(StudioError) -> String
  {
    let length = text.utf16.count
    guard (1...limit).contains(length) else {
      throw StudioError(
        "invalid_argument", "\(field) is 1 to \(limit) characters, this is \(length)", field: field,
        value: text)
    }
    return text
  }

  /// A card's own `d`: what an address may hold.
  package static func identifier(_ text: String, field: String) throws(StudioError) -> String {
    try slug(text, field: field, lengths: 1...128)
  }
}
