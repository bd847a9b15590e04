import Nostr

/// What the embedded relay grants a connection. All of it is announced in NIP-11 as far as NIP-11 has a
/// word for it.
package struct RelayLimits: Hashable, Sendable {
  /// Longest event as JSON, in bytes.
  package var eventBytes = 131_072
  /// Longest message, in bytes; a longer one closes the connection with 1009.
  package var frameBytes = 262_144
  /// Connections at a time; more are answered with HTTP 503.
  package var connections = 256
  /// Open subscriptions of one connection.
  package var subscriptions = 64
  /// Filters of one REQ or COUNT.
  package var filters = 10
  /// Characters of a subscription id.
  package var subscriptionID = MessageLimits.subscription
  /// Most stored events that one filter gives.
  package var limit = 1_000
  /// Stored events that a filter without a limit gives.
  package var defaultLimit = 500
  /// How far `created_at` may lie ahead of our clock, in seconds.
  package var future: Int64 = 900
  /// Bytes that may wait for one connection; more close it.
  package var pendingOutput = 32 * 1_048_576
  /// Events a second from one connection, with a burst of ten seconds' worth.
  package var eventsPerSecond = 50_000
  /// Requests (REQ, COUNT, CLOSE, AUTH) a second from one connection, with a burst of ten seconds' worth.
  package var requestsPerSecond = 1_000
  /// Keys that one connection may authenticate.
  package var identities = 16
  /// How old a NIP-42 answer may be, in seconds.
  package var authAge: Int64 = 600

  /// For this machine alone.
  package static let loopback = RelayLimits()

  /// For a relay that others reach.
  package static let shared: RelayLimits = {
    var limits = RelayLimits()
    limits.eventsPerSecond = 200
    limits.requestsPerSecond = 50
    return limits
  }()

  package init() {}
}

extension EmbeddedRelay.Configuration {
  var wantsAuthentication: Bool { requireAuth || protectWraps }

  // NIP-11: the relay's description
  // https://github.com/nostr-protocol/nips/blob/master/11.md
  func document(_ limits: RelayLimits) -> [UInt8] {
    let limitation: JSON = [
      "max_message_length": .integer(Int64(limits.frameBytes)),
      "max_subscriptions": .integer(Int64(limits.subscriptions)),
      "max_filters": .integer(Int64(limits.filters)),
      "max_limit": .integer(Int64(limits.limit)),
      "default_limit": .integer(Int64(limits.defaultLimit)),
      "max_subid_length": .integer(Int64(limits.subscriptionID)),
      "max_event_tags": .integer(Int64(EventLimits.tags)),
      "max_content_length": .integer(Int64(limits.eventBytes)),
      "max_event_length": .integer(Int64(limits.eventBytes)),
      "created_at_upper_limit": .integer(limits.future),
      "min_pow_difficulty": 0,
      "auth_required": .bool(requireAuth),
      "payment_required": false,
      "restricted_writes": .bool(requireAuth),
    ]
    let document: JSON = [
      "name": .string(name),
      "description": "A relay inside Studio: one machine or one office.",
      "software": "studio",
      "supported_nips": [1, 11, 40, 42, 45, 59],
      "limitation": limitation,
    ]
    return document.bytes
  }
}
