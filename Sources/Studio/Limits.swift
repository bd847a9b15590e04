import FourA

/// Bounds of payloads. Lengths of texts are UTF-16 code units, as every reader counts them (4A 1.8).
package enum Limits {
  /// The largest payload that is written, in UTF-8 bytes: the largest whose wrap stays within the
  /// 64 KiB that relays take (agents 0, G13).
  package static let payloadBytes = 16_384
  /// The largest payload that is read: all that NIP-44 can carry.
  package static let readBytes = 65_535
  /// Titles of cards, tracks and rooms.
  package static let title = 200
  /// The body of a card.
  package static let cardBody = 10_000
  /// The body of a comment, question or answer.
  package static let body = 4_000
  /// Descriptions of tracks and rooms, and the reason of a dispatch.
  package static let description = 2_000
  /// Short words: card kinds, states, intents.
  package static let word = 200
  /// The `fabric` object, in bytes of compact JSON.
  package static let fabricBytes = 8_192
  /// Entries of `signals`.
  package static let signals = 32
  /// How far ahead of the clock what is written may be dated, in seconds, to stand after what it follows. Less than
  /// readers take, so that those whose clock is some minutes behind take it too.
  package static let reach: Int64 = 600
  /// The largest integer that every reader takes: 2^53 - 1.
  package static let integer: Int64 = (1 << 53) - 1
}

/// The rules that fields obey, in the reader and in the writer.
enum Check {
  static func text(
    _ value: String, _ field: String, _ range: ClosedRange<Int>
  ) throws(PayloadError) {
    let units = value.utf16.count
    guard range.contains(units) else {
      if units == 0 { throw .missing(field, "\(range.lowerBound) to \(range.upperBound) units") }
      throw .invalid(
        field, "\(range.lowerBound) to \(range.upperBound) UTF-16 units, not \(units)", value)
    }
  }

  static func slug(_ value: String, _ field: String) throws(PayloadError) {
    guard Slug.isValid(value) else {
      throw .invalid(field, "letters, digits and dashes", value)
    }
  }

  static func words(_ values: [String], _ field: String) throws(PayloadError) {
    for (index, value) in values.enumerated() where value.isEmpty {
      throw .invalid("\(field)[\(index)]", "a text that is not empty", value)
    }
  }
}
