import Foundation
import Nostr
import Testing

@testable import Relay

/// A relay on a free port with a store of either kind, and clients that speak Nostr.
final class RelayRig: Sendable {
  static let now: Int64 = 1_000_000
  let relay: EmbeddedRelay

  init(
    _ kind: StoreKind = .sqlite, requireAuth: Bool = false, protectWraps: Bool = false,
    certificate: (chain: String, key: String)? = nil,
    _ change: (inout RelayLimits) -> Void = { _ in }
  ) throws {
    var limits = RelayLimits()
    change(&limits)
    var configuration = EmbeddedRelay.Configuration(
      requireAuth: requireAuth, protectWraps: protectWraps, limits: limits)
    configuration.clock = { Self.now }
    configuration.certificate = certificate
    relay = try EmbeddedRelay(configuration: configuration, store: try kind.make())
  }

  deinit { relay.stop() }

  func client() throws -> Peer { try Peer(relay.url, keeping: self) }

  /// What an HTTP client gets: the whole answer, headers and body.
  func http(_ request: String) throws -> String {
    try rawExchange(port: relay.port, request)
  }
}

extension Peer {
  func send(_ message: ClientMessage) { sockets.send(message.bytes, on: link) }

  func reply() throws -> RelayMessage { try RelayMessage(parsing: Array(message().utf8)) }

  /// Publishes and gives the relay's answer.
  func publish(_ event: Event) throws -> (accepted: Bool, reason: Reason) {
    send(.event(event))
    return try verdict(on: event.id)
  }

  /// The next OK for `id`, with AUTH passed over.
  func verdict(on id: EventID) throws -> (accepted: Bool, reason: Reason) {
    while true {
      switch try reply() {
      case .ok(let of, let accepted, let reason) where of == id: return (accepted, reason)
      case .auth: continue
      case let other: throw Late(description: "no OK: \(other)")
      }
    }
  }

  /// Asks, and gives the stored events up to EOSE.
  func stored(_ filters: Filter..., id: String = "s") throws -> [EventID] {
    send(.req(id, filters))
    return try untilEOSE(id)
  }

  func untilEOSE(_ id: String) throws -> [EventID] {
    var found: [EventID] = []
    while true {
      switch try reply() {
      case .event(id, let event): found.append(event.id)
      case .eose(id): return found
      case let other: throw Late(description: "no EOSE: \(other)")
      }
    }
  }

  func challenge() throws -> String {
    guard case .auth(let challenge) = try reply() else { throw Late(description: "no AUTH") }
    return challenge
  }

  func authenticate(
    _ key: SecretKey, _ challenge: String, to relay: String, at time: Int64 = RelayRig.now
  ) throws -> (accepted: Bool, reason: Reason) {
    let answer = try event(
      by: key, kind: EventKind.clientAuth, at: time,
      tags: [["relay", relay], ["challenge", challenge]])
    send(.auth(answer))
    return try verdict(on: answer.id)
  }
}

/// Sends `bytes` over a plain socket and reads until the other side closes.
func rawExchange(port: Int, _ text: String) throws -> String {
  let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(socket) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = in_port_t(UInt16(port).bigEndian)
  address.sin_addr.s_addr = inet_addr("127.0.0.1")
  let status = withUnsafePointer(to: address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
  guard status == 0 else { throw Late(description: "cannot connect: \(errno)") }
  var patience = timeval(tv_sec: 20, tv_usec: 0)
  setsockopt(
    socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  let sent = Array(text.utf8).withUnsafeBytes { write(socket, $0.baseAddress, $0.count) }
  guard sent == text.utf8.count else { throw Late(description: "cannot write") }
  var answer: [UInt8] = []
  var piece = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = read(socket, &piece, piece.count)
    guard count > 0 else { return String(decoding: answer, as: UTF8.self) }
    answer.append(contentsOf: piece[..<count])
  }
}
