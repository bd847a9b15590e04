/// What a terminal answers when it is asked, and what it reports by itself. Never a key. Foreign
/// bytes: every field is bounded.
package enum TerminalReply: Hashable, Sendable {
  /// DA1. Every terminal answers it, so it ends a batch of questions.
  case attributes
  /// XTVERSION: the terminal's name and version, printable ASCII.
  case version(String)
  /// DECRPM: whether the terminal knows a private mode.
  case mode(Int, isKnown: Bool)
  /// OSC 11: the colour behind text, `0xRRGGBB`.
  case background(UInt32)
  /// Mode 2031: the person has changed to a dark or a light scheme.
  case scheme(isDark: Bool)
  /// The kitty keyboard protocol is there, with these flags on.
  case keyboard(Int)
  /// CPR: where the cursor stands, counted from 0.
  case cursor(Point)
  /// OSC 99: the terminal shows notifications.
  case notifications
}

extension ControlSequence {
  /// The answer in a CSI sequence; nil for a key or anything else.
  var reply: TerminalReply? {
    guard parameters.first == UInt8(ascii: "?") else {
      // A place in the first line reads as F3 with what is held: no question is asked from there.
      guard final == UInt8(ascii: "R"), let place = Self.pair(parameters[...]), place.0 > 1,
        place.1 > 0
      else { return nil }
      return .cursor(Point(x: place.1 - 1, y: place.0 - 1))
    }
    let rest = parameters.dropFirst()
    switch final {
    case UInt8(ascii: "c"): return .attributes
    case UInt8(ascii: "u"): return Self.numbers(Array(rest)).first.map { .keyboard($0) }
    case UInt8(ascii: "n"):
      guard let (report, value) = Self.pair(rest), report == 997, (1...2).contains(value) else {
        return nil
      }
      return .scheme(isDark: value == 1)
    case UInt8(ascii: "y") where rest.last == UInt8(ascii: "$"):
      guard let (mode, state) = Self.pair(rest.dropLast()) else { return nil }
      return .mode(mode, isKnown: (1...3).contains(state))
    default: return nil
    }
  }

  private static func pair(_ bytes: ArraySlice<UInt8>) -> (Int, Int)? {
    guard bytes.allSatisfy({ (0x30...0x3B).contains($0) }) else { return nil }
    let numbers = numbers(Array(bytes))
    return numbers.count == 2 ? (numbers[0], numbers[1]) : nil
  }
}

/// A whole OSC, DCS or APC from the terminal.
struct StringSequence {
  /// Bytes kept of one; a longer one says nothing.
  static let limit = 512

  /// `]`, `P` or `_`.
  let introducer: UInt8
  let body: ArraySlice<UInt8>

  var reply: TerminalReply? {
    guard body.count <= Self.limit, body.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      return nil
    }
    let text = String(decoding: body, as: UTF8.self)
    switch introducer {
    case UInt8(ascii: "P"):
      guard text.hasPrefix(">|") else { return nil }
      return .version(String(text.dropFirst(2).prefix(64)))
    case UInt8(ascii: "]"):
      if text.hasPrefix("11;") { return Self.color(text.dropFirst(3)).map { .background($0) } }
      return text.hasPrefix("99;i=\(NotificationChannel.id):p=?") ? .notifications : nil
    default: return nil
    }
  }

  /// `rgb:RRRR/GGGG/BBBB`, one to four digits each, with or without an alpha.
  private static func color(_ text: Substring) -> UInt32? {
    guard let colon = text.firstIndex(of: ":"), ["rgb", "rgba"].contains(text[..<colon]) else {
      return nil
    }
    let fields = text[text.index(after: colon)...].split(
      separator: "/", omittingEmptySubsequences: false)
    guard fields.count == 3 || fields.count == 4 else { return nil }
    var rgb: UInt32 = 0
    for field in fields.prefix(3) {
      guard (1...4).contains(field.utf8.count), field.utf8.first != UInt8(ascii: "+"),
        let value = UInt32(field, radix: 16)
      else { return nil }
      let highest = (UInt32(1) << (4 * UInt32(field.utf8.count))) - 1
      rgb = rgb << 8 | (value * 255 + highest / 2) / highest
    }
    return rgb
  }
}
