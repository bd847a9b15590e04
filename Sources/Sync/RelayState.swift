import Home
import Nostr
import Relay

/// One relay as the engine sees it: its connection, what is under way there, and how it has behaved.
struct RelayState {
  let url: RelayURL
  /// The relay's number in the replica.
  let number: Int
  var link: LinkID?
  var session: RelaySession?
  var backoff = Backoff()
  /// When to dial, in monotonic milliseconds; `nil` while connected or connecting.
  var dialAt: Int64?
  /// Wraps sent and not yet answered, by event id.
  var inFlight: [EventID: (wrap: Int64, deadline: Int64)] = [:]
  var rate = SendRate()
  /// When the rate lets the next event go, in monotonic milliseconds.
  var rateWait: Int64 = 0
  /// Why nothing is published here for now.
  var parkedUntil: Int64 = 0
  var lastError: String?
  /// Messages that broke the protocol since the connection opened.
  var faults = 0
  /// What the relay is told to hold back until AUTH is done.
  var isOpen = false

  /// EVENTs that may wait for their OK at once.
  static let window = 64
  /// After that long without OK the same bytes are sent again.
  static let okTimeout: Int64 = 25_000

  init(url: RelayURL, number: Int, dialAt: Int64) {
    self.url = url
    self.number = number
    self.dialAt = dialAt
  }
}
