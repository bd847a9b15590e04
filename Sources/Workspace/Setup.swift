import Glibc
package import Home
package import Nostr
import Replica

/// Making an identity: the first thing a home needs.
package enum Setup {
  /// Makes the home, its key and its configuration.
  ///
  /// - Parameters:
  ///   - relays: none means the engine's own embedded relay, on a free port of loopback.
  ///   - secret: an `nsec` or 64 hex digits; `nil` makes a new key.
  ///   - passphrase: `nil` keeps the key in a file that only its owner can read.
  /// - Returns: the object of `studio init`.
  package static func initialise(
    _ home: Home, name: String, relays: [String], secret: String?, passphrase: String?
  ) throws -> JSON {
    let name = try Check.line(name, field: "name", limit: 200)
    for relay in relays {
      guard relay.hasPrefix("ws://") || relay.hasPrefix("wss://"), relay.utf8.count <= 512,
        !relay.contains(where: \.isWhitespace)
      else {
        throw StudioError(
          "invalid_argument", "a relay's address begins with wss:// or ws://", field: "relay",
          value: relay)
      }
    }
    let key = try secret.map(parse) ?? SecretKey.random()
    try Identity.create(key, in: home, passphrase: passphrase)
    let configuration = Configuration(
      name: name, relays: relays, listen: relays.isEmpty ? "127.0.0.1:\(try freePort())" : nil)
    try configuration.save(to: home)
    _ = try Replica(path: home.replicaFile, now: SystemCall.now)
    try Desk(path: home.replicaFile).setSetting(Workspace.identitySetting, key.publicKey.hex)
    return [
      "pubkey": .string(key.publicKey.hex), "npub": .string(key.publicKey.npub),
      "name": .string(name), "short": .string(key.publicKey.short),
      "relays": .array(configuration.effectiveRelays.map { .string($0) }),
    ]
  }

  private static func parse(_ text: String) throws -> SecretKey {
    do {
      let text = text.filter { !$0.isWhitespace }
      return text.hasPrefix("nsec1")
        ? try SecretKey(nsec: Array(text.utf8)) : try SecretKey(hex: text)
    } catch {
      // The value stays out of the message: it may be nearly a key.
      throw StudioError(
        "invalid_key", "the secret is neither an nsec nor 64 hex digits of a valid key",
        field: "secret")
    }
  }

  /// A port of loopback that nothing listens on now; the embedded relay keeps it from then on.
  private static func freePort() throws(StudioError) -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let outcome = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 ? getsockname(descriptor, $0, &size) : -1
      }
    }
    guard outcome == 0 else { throw .system("finding a free port", errno: errno) }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
