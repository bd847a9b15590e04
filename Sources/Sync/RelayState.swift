import Home
import Nostr
import Relay

/// One relay as the engine sees it: its connection, what is under way there, and how it has behaved.
struct RelayState {
  let url: RelayURL
  /// The relay's number in the replica.
  var number: Int
  var link: LinkID?
  var session: RelaySession?
  var backoff = Backoff()
  /// When to dial, in monotonic milliseconds; `nil` while connected or connecting.
  var dialAt: Int64?
  /// Wraps sent and not yet answered, by event id.
  var inFlight: [EventID: Flight] = [:]
  /// EVENTs that may wait for their OK at once; one, for a relay that does not name what it refuses.
  var window = 64
  var rate = SendRate()
  /// When the rate lets the next event go, in monotonic milliseconds.
  var rateWait: Int64 = 0
  /// Why nothing is published here for now.
  var parkedUntil: Int64 = 0
  var lastError: String?
  /// How long an answer took when the faces were last told.
  var toldRoundTrip: Int64?
  /// Messages that broke the protocol since the connection opened.
  var faults = 0
  var isOpen = false
  /// The relay's clock minus ours when the connection opened, in seconds.
  var clockSkew: Int64?
  /// Until when AUTH is not tried again here, in monotonic milliseconds.
  var authParkedUntil: Int64?

  /// A wrap on its way.
  struct Flight {
    var wrap: Int64
    var deadline: Int64
    var attempts: Int
    /// When it was sent, for one whose answer measures the way: the first of what went at once.
    var sentAt: Int64?
  }

  init(url: RelayURL, number: Int, dialAt: Int64) {
    self.url = url
    self.number = number
    self.dialAt = dialAt
  }
}
