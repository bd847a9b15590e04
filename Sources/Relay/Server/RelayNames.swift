import Glibc

/// The addresses under which clients may know this relay. An answer to a challenge must name one of
/// them, or another relay could pass our challenge on and appear here as whoever answered.
struct RelayNames: Sendable {
  private let hosts: Set<String>
  private let port: Int
  private let published: Set<RelayURL>

  /// `published` are the addresses that the operator has given out, as behind a proxy.
  init(host: String, port: Int, published: [RelayURL]) {
    self.port = port
    self.published = Set(published)
    var hosts: Set<String> = ["localhost", "127.0.0.1", "::1", host.lowercased()]
    if host == "0.0.0.0" || host == "::" {
      hosts.formUnion(Self.ownAddresses())
      var name = [CChar](repeating: 0, count: 256)
      if gethostname(&name, 255) == 0 {
        let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        hosts.insert(String(decoding: bytes, as: UTF8.self).lowercased())
      }
    }
    self.hosts = hosts
  }

  func contain(_ text: String) -> Bool {
    guard let url = try? RelayURL(text) else { return false }
    return published.contains(url) || (url.port == port && hosts.contains(url.host))
  }

  private static func ownAddresses() -> [String] {
    var first: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&first) == 0 else { return [] }
    defer { freeifaddrs(first) }
    var found: [String] = []
    var next = first
    while let entry = next?.pointee {
      next = entry.ifa_next
      guard let address = entry.ifa_addr else { continue }
      let size: Int
      switch Int32(address.pointee.sa_family) {
      case AF_INET: size = MemoryLayout<sockaddr_in>.size
      case AF_INET6: size = MemoryLayout<sockaddr_in6>.size
      default: continue
      }
      var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      let status = getnameinfo(
        address, socklen_t(size), &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
      guard status == 0 else { continue }
      let bytes = text.prefix { $0 != 0 && $0 != CChar(UInt8(ascii: "%")) }
      found.append(String(decoding: bytes.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
    return found
  }
}
