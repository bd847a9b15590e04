/// Where a relay listens: a `ws` or `wss` address, normalised so that equal addresses are equal text
/// (lower-case scheme and host, no default port, no fragment, no lone slash for a path).
package struct RelayURL: Hashable, Sendable, CustomStringConvertible {
  /// The normalised address, as it is dialled and as it stands in the `relay` tag of NIP-42.
  package let text: String
  /// Whether the connection is encrypted and the relay's certificate checked.
  package let isSecure: Bool
  /// The host name or address, lower case; an IPv6 address without its brackets.
  package let host: String
  /// The port, the scheme's own when the address names none.
  package let port: Int
  /// Path and query, at least "/".
  package let path: String

  package var description: String { text }

  /// Whether only programs on this machine can reach it.
  package var isLoopback: Bool {
    host == "localhost" || host == "::1" || host.hasPrefix("127.")
  }

  /// Longest address that is read, in bytes.
  static let maximumLength = 1024

  /// Reads an address of at most 1,024 bytes of printable ASCII. User names and passwords are refused.
  package init(_ text: String) throws(RelayError) {
    func refuse(_ why: String) -> RelayError { .badURL(String(text.prefix(200)), why) }
    let bytes = Array(text.utf8)
    guard bytes.count <= Self.maximumLength else { throw refuse("it is longer than 1,024 bytes") }
    guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
      throw refuse("it holds a space, a control character or a letter outside ASCII")
    }
    guard let mark = Self.firstRange(of: "://", in: bytes) else {
      throw refuse("it should begin with ws:// or wss://")
    }
    switch String(decoding: bytes[..<mark], as: UTF8.self).lowercased() {
    case "ws": isSecure = false
    case "wss": isSecure = true
    default: throw refuse("it should begin with ws:// or wss://")
    }
    let rest = bytes[(mark + 3)...].prefix { $0 != UInt8(ascii: "#") }
    let authority = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
    guard !authority.contains(UInt8(ascii: "@")) else {
      throw refuse("it should hold no user name or password")
    }
    guard let (host, port) = Self.hostAndPort(authority) else {
      throw refuse("it should name a host and, if any, a port between 1 and 65535")
    }
    let tail = String(decoding: rest[authority.endIndex...], as: UTF8.self)
    let isRoot = tail.isEmpty || tail.utf8.elementsEqual("/".utf8)
    let standard = isSecure ? 443 : 80
    self.host = host
    self.port = port ?? standard
    path = tail.utf8.first == UInt8(ascii: "/") ? tail : "/" + tail
    let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
    self.text =
      (isSecure ? "wss://" : "ws://") + name
      + (self.port == standard ? "" : ":\(self.port)")
      + (isRoot ? "" : path)
  }

  /// What stands in the `Host` header: the host, and the port when it is not the scheme's own.
  var authority: String {
    let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
    return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
  }

  private static func firstRange(of text: StaticString, in bytes: [UInt8]) -> Int? {
    let wanted = Array("\(text)".utf8)
    guard bytes.count >= wanted.count else { return nil }
    return (0...(bytes.count - wanted.count)).first { bytes[$0...].starts(with: wanted) }
  }

  private static func hostAndPort(_ authority: ArraySlice<UInt8>) -> (String, Int?)? {
    var host = authority
    var digits: ArraySlice<UInt8>?
    if authority.first == UInt8(ascii: "[") {
      guard let end = authority.firstIndex(of: UInt8(ascii: "]")) else { return nil }
      host = authority[(authority.startIndex + 1)..<end]
      let after = authority[(end + 1)...]
      guard host.contains(UInt8(ascii: ":")), host.allSatisfy(isAddressByte) else { return nil }
      if !after.isEmpty {
        guard after.first == UInt8(ascii: ":") else { return nil }
        digits = after.dropFirst()
      }
    } else {
      if let colon = authority.firstIndex(of: UInt8(ascii: ":")) {
        host = authority[..<colon]
        digits = authority[(colon + 1)...]
      }
      guard host.allSatisfy(isNameByte) else { return nil }
    }
    guard (1...253).contains(host.count) else { return nil }
    let name = String(decoding: host, as: UTF8.self).lowercased()
    guard let digits else { return (name, nil) }
    guard (1...5).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
      let port = Int(String(decoding: digits, as: UTF8.self)), (1...65535).contains(port)
    else { return nil }
    return (name, port)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"):
      true
    default: false
    }
  }

  private static func isAddressByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x46, 0x61...0x66, UInt8(ascii: ":"), UInt8(ascii: "."): true
    default: false
    }
  }
}
