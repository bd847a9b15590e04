/// Where something is fetched from: `https`, or `http` of this machine itself. Parsed strictly, for it may come from
/// anybody: what two readers could take for two places is refused.
package struct WebAddress: Sendable, Hashable {
  package let isSecure: Bool
  /// Lower-case, without brackets.
  package let host: String
  package let port: Int
  /// With its query; begins with a slash.
  package let path: String

  private static let longest = 2_048

  package init?(_ text: String) {
    guard text.utf8.count <= Self.longest,
      text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !"\"'<>\\^`{|}#".utf8.contains($0) })
    else { return nil }
    let schemes = [("https://", true), ("http://", false)]
    guard let (scheme, isSecure) = schemes.first(where: { text.lowercased().hasPrefix($0.0) })
    else { return nil }
    let rest = text.dropFirst(scheme.count)
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    guard !authority.contains("@"), let place = Self.place(authority, isSecure: isSecure) else {
      return nil
    }
    var path = String(rest.dropFirst(authority.count))
    if !path.hasPrefix("/") { path = "/" + path }
    guard Self.isPlain(path.prefix { $0 != "?" }) else { return nil }
    self.isSecure = isSecure
    (host, port) = place
    self.path = path
    guard isSecure || isLoopback else { return nil }
  }

  private static func place(_ text: Substring, isSecure: Bool) -> (host: String, port: Int)? {
    let usual = isSecure ? 443 : 80
    var host = text
    var port: Substring?
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { return nil }
      host = text[text.index(after: text.startIndex)..<end]
      guard !host.isEmpty, host.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else {
        return nil
      }
      let rest = text[text.index(after: end)...]
      guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
      port = rest.isEmpty ? nil : rest.dropFirst()
    } else {
      if let colon = text.firstIndex(of: ":") {
        host = text[..<colon]
        port = text[text.index(after: colon)...]
      }
      guard !host.isEmpty, host.utf8.count <= 253, !host.hasPrefix("."), !host.hasPrefix("-"),
        host.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "-") })
      else { return nil }
    }
    guard let port else { return (host.lowercased(), usual) }
    guard let number = Int(port), (1...65_535).contains(number), port.allSatisfy(\.isNumber) else {
      return nil
    }
    return (host.lowercased(), number)
  }

  /// Without steps upwards, in whatever spelling, and without empty ones.
  private static func isPlain(_ path: Substring) -> Bool {
    let lower = path.lowercased()
    guard !lower.contains("%2e"), !lower.contains("%2f"), !lower.contains("%5c"),
      !lower.contains("//")
    else { return false }
    return !lower.split(separator: "/").contains { $0 == "." || $0 == ".." }
  }

  private var isLoopback: Bool {
    host == "localhost" || host == "::1"
      || host.hasPrefix("127.") && host.split(separator: ".").count == 4
        && host.allSatisfy { $0.isNumber || $0 == "." }
  }

  /// What an HTTP request names.
  package var authority: String {
    let name = host.contains(":") ? "[\(host)]" : host
    return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
  }

  /// `https://host`, for people.
  package var origin: String { "\(isSecure ? "https" : "http")://\(authority)" }

  /// Whether another address lies at or below this one.
  package func holds(_ other: WebAddress) -> Bool {
    guard isSecure == other.isSecure, host == other.host, port == other.port else { return false }
    let prefix = path.hasSuffix("/") ? path : path + "/"
    let place = String(other.path.prefix { $0 != "?" })
    return place == path || place.hasPrefix(prefix)
  }
}
