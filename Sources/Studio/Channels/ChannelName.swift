import Nostr

/// The exact name of a channel, such as `general` or `arc:wiki-schema-v44`. Names compare by bytes;
/// `arc:` and `branch:` are conventions that nothing enforces (agents 2.4).
package struct ChannelName: Sendable, Hashable, CustomStringConvertible {
  /// The most Unicode scalars in a name.
  package static let limit = 80
  /// Exists in every room, before anybody has posted in it.
  package static let general = ChannelName(unchecked: "general")

  /// The name itself, without the `#` that people see before it.
  package let text: String

  private init(unchecked text: String) { self.text = text }

  /// `nil` unless `text` is 1 to 80 scalars that can be seen, with single spaces at most between
  /// them and no `#` before them. Control, format (bidi, zero width), unassigned and private
  /// scalars are refused: a name that looks like another one is a trap.
  package init?(_ text: String) {
    let scalars = text.unicodeScalars
    guard (1...Self.limit).contains(scalars.count), scalars.first != "#",
      scalars.first != " ", scalars.last != " ", scalars.allSatisfy(Self.isPrintable)
    else { return nil }
    self.text = text
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      false
    case .spaceSeparator: scalar == " "
    default: true
    }
  }

  package var description: String { "#\(text)" }

  package static func == (left: Self, right: Self) -> Bool { sameBytes(left.text, right.text) }

  package func hash(into hasher: inout Hasher) {
    for byte in text.utf8 { hasher.combine(byte) }
  }
}

/// The identifier of a connection: a UUID in lower case. One key may speak through several
/// connections, one for each agent of its owner; the signature proves the key, and the key's own
/// registry card says which connections are its (agents 2.3).
package struct ConnectionID: Sendable, Hashable, CustomStringConvertible {
  /// 36 characters: hex in groups of 8, 4, 4, 4 and 12.
  package let text: String

  /// `nil` unless `text` is a UUID; upper case becomes lower case.
  package init?(_ text: String) {
    guard text.utf8.count == 36 else { return nil }
    let lower = text.lowercased()
    for (place, byte) in lower.utf8.enumerated() {
      switch (place, byte) {
      case (8, UInt8(ascii: "-")), (13, UInt8(ascii: "-")), (18, UInt8(ascii: "-")),
        (23, UInt8(ascii: "-")):
        continue
      case (8, _), (13, _), (18, _), (23, _): return nil
      case (_, UInt8(ascii: "0")...UInt8(ascii: "9")), (_, UInt8(ascii: "a")...UInt8(ascii: "f")):
        continue
      default: return nil
      }
    }
    guard lower.utf8.count == 36 else { return nil }
    self.text = lower
  }

  /// A new random one (RFC 9562, version 4).
  package static func random(_ random: DTag.Random = RandomBytes.bytes) -> ConnectionID {
    var bytes = random(16)
    bytes[6] = bytes[6] & 0x0f | 0x40
    bytes[8] = bytes[8] & 0x3f | 0x80
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for (place, byte) in bytes.enumerated() {
      if [4, 6, 8, 10].contains(place) { text.append(UInt8(ascii: "-")) }
      text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
    return ConnectionID(unchecked: String(decoding: text, as: UTF8.self))
  }

  private init(unchecked text: String) { self.text = text }

  /// The first 8 hex digits, for people; 12 where two would look alike.
  package func short(_ digits: Int = 8) -> String {
    String(text.filter { $0 != "-" }.prefix(digits))
  }

  package var description: String { text }
}
