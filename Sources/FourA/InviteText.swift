/// An invite URL taken apart: what stands after `invite/`, and the parameters, percent-decoded. Of a longer text
/// the first word counts that is an invite.
struct InviteText {
  let path: [String]
  private let parameters: [(name: String, value: String)]

  init(_ text: String) throws(FourAError) {
    // People paste what the command printed, or the whole message that the invite came in.
    let words = text.utf8.split(whereSeparator: Self.isBlank)
    let found = words.first { (try? Self.steps($0)) != nil } ?? words.first
    let bare = (found ?? "".utf8[...]).prefix { $0 != UInt8(ascii: "#") }
    let halves = bare.split(
      separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
    let steps = try Self.steps(halves[0])
    var path: [String] = []
    for step in steps { path.append(try Self.decoded(step, field: "path")) }
    var parameters: [(name: String, value: String)] = []
    if halves.count == 2 {
      for pair in halves[1].split(separator: UInt8(ascii: "&")) {
        let sides = pair.split(
          separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        // A damaged parameter that nobody reads is nobody's fault.
        guard let name = PercentCoding.decode(sides[0]), Self.names.contains(name) else { continue }
        let value = sides.count == 2 ? try Self.decoded(sides[1], field: name) : ""
        parameters.append((name, value))
      }
    }
    self.path = path
    self.parameters = parameters
  }

  func first(_ name: String) -> String? { parameters.first { $0.name == name }?.value }

  func all(_ name: String) -> [String] { parameters.filter { $0.name == name }.map(\.value) }

  private static let names: Set = ["k", "priv", "address", "inviter", "relay"]

  private static func isBlank(_ byte: UInt8) -> Bool { byte <= 0x20 }

  private static func decoded(
    _ bytes: Substring.UTF8View, field: String
  ) throws(FourAError) -> String {
    guard let text = PercentCoding.decode(bytes) else {
      throw FourAError(.invalid, field, "holds a damaged percent-encoding")
    }
    return text
  }

  /// The parts after `invite/`; extra slashes are skipped.
  private static func steps(
    _ bytes: Substring.UTF8View
  ) throws(FourAError) -> [Substring.UTF8View] {
    let none = FourAError(
      .notAnInvite, "url", "expected s4a://invite/… or https://…/invite/…, found something else")
    let text = Substring(bytes)
    guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { throw none }
    let rest = text[text.utf8.index(after: colon)...]
    guard rest.utf8.starts(with: "//".utf8) else { throw none }
    var steps = rest.utf8.split(separator: UInt8(ascii: "/"))[...]
    switch text[..<colon].lowercased() {
    case "s4a", "4a": break
    case "http", "https":
      guard !steps.isEmpty else { throw none }
      steps = steps.dropFirst()
    default: throw none
    }
    guard let head = steps.first, Substring(head).lowercased() == "invite" else { throw none }
    return Array(steps.dropFirst())
  }
}

/// Percent-encoding of the parts of a URL (RFC 3986 2.1).
enum PercentCoding {
  /// Everything but unreserved characters, `:` and `/` is encoded; both may stand in a query.
  static func encode(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: ":"), UInt8(ascii: "/"):
        bytes.append(byte)
      default:
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// `nil` for a broken escape, or bytes that are not UTF-8.
  static func decode(_ text: Substring.UTF8View) -> String? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var rest = text
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit)
      else { return nil }
      bytes.append(high << 4 | low)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
