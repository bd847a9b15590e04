/// Why a relay refused or closed: a word that machines read, and the text for people.
package struct Reason: Sendable, Hashable, CustomStringConvertible {
  /// The machine-readable words of NIP-01, NIP-42 and of relays in use.
  package enum Prefix: String, Sendable, CaseIterable {
    case authRequired = "auth-required"
    case restricted
    case rateLimited = "rate-limited"
    case duplicate
    case invalid
    case blocked
    case pow
    case replaced
    case deleted
    case mute
    case unsupported
    case error
  }

  /// The word, when one was found.
  package let prefix: Prefix?
  /// The whole text as it came or will go, at most `Reason.limit` bytes; untrusted.
  package let text: String

  /// Longest text that is kept, in bytes.
  package static let limit = 1_024

  /// No reason given.
  package static let none = Reason(reading: "")

  /// A reason to send: the word, a colon and the detail.
  package init(_ prefix: Prefix, _ detail: String) {
    self.prefix = prefix
    self.text = "\(prefix.rawValue): \(detail)"
  }

  /// Reads what relays really send: any case, `ERROR:` before the word (strfry), `Write error:`,
  /// or the word somewhere inside the text.
  package init(reading text: String) {
    self.text = Reason.cut(text)
    prefix = Reason.prefix(of: Array(self.text.utf8))
  }

  package var description: String { text }

  package static func == (a: Reason, b: Reason) -> Bool {
    a.prefix == b.prefix && sameBytes(a.text, b.text)
  }

  package func hash(into hasher: inout Hasher) { text.hashBytes(into: &hasher) }

  /// The text, or its longest start within the limit that ends between two characters.
  static func cut(_ text: String) -> String {
    guard text.utf8.count > limit else { return text }
    var end = text.utf8.index(text.startIndex, offsetBy: limit)
    while end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
    return String(text[..<end])
  }

  private static func prefix(of raw: [UInt8]) -> Prefix? {
    let text = raw.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
    var rest = text[...]
    var isError = false
    while let colon = rest.firstIndex(of: 0x3a) {
      let word = trimmed(rest[..<colon])
      guard word.elementsEqual("error".utf8) || word.elementsEqual("write error".utf8) else {
        if let named = Prefix(bytes: word) { return named }
        break
      }
      isError = true
      rest = rest[(colon + 1)...]
    }
    return earliest(in: rest, withColon: true) ?? earliest(in: rest, withColon: false)
      ?? (isError ? .error : nil)
  }

  private static func trimmed(_ word: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
    guard let last = word.lastIndex(where: { !isSpace($0) }) else { return [] }
    return word.prefix(through: last).drop(while: isSpace)
  }

  /// The known word that stands first in the text, as a word of its own.
  private static func earliest(in text: ArraySlice<UInt8>, withColon: Bool) -> Prefix? {
    var start = text.startIndex
    while start < text.endIndex {
      guard isWord(text[start]) else {
        start += 1
        continue
      }
      let end = text[start...].firstIndex { !isWord($0) } ?? text.endIndex
      if let found = Prefix(bytes: text[start..<end]),
        !withColon || (end < text.endIndex && text[end] == 0x3a)
      {
        return found
      }
      start = end
    }
    return nil
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    (0x61...0x7a).contains(byte) || byte == 0x2d
  }
}

extension Reason.Prefix {
  fileprivate init?(bytes: some Collection<UInt8>) {
    guard let found = Self.allCases.first(where: { $0.rawValue.utf8.elementsEqual(bytes) })
    else { return nil }
    self = found
  }
}
