/// When to dial a relay again: full jitter over a wait that doubles, from 1 s to 5 min.
///
/// The wait falls back to its base only after a connection that lived for 60 s and brought at least one
/// useful message: relays that accept and then hang up would otherwise be dialled for ever.
/// All times are on a monotonic clock that the caller reads.
package struct Backoff: Hashable, Sendable {
  /// The wait before jitter after the first failure.
  package static let base: Duration = .seconds(1)
  /// The longest wait before jitter.
  package static let cap: Duration = .seconds(300)
  /// How long a connection must live before its failures are forgotten.
  package static let stable: Duration = .seconds(60)

  /// Failures since the last connection that proved itself.
  package private(set) var failures = 0
  private var openedAt: Duration?
  private var wasUseful = false

  package init() {}

  /// The connection stands since `now`.
  package mutating func opened(at now: Duration) {
    openedAt = now
    wasUseful = false
  }

  /// A message came that served a purpose: an event, an end of stored events, an OK.
  package mutating func useful() {
    wasUseful = true
  }

  /// The attempt failed or the connection ended: how long to wait before the next one.
  /// `unit` is the jitter, uniform in 0..<1. Statuses 429 and 503 wait for what `Retry-After` says
  /// (at most a day), or for 5 min when it is not there.
  package mutating func lost(at now: Duration, close: LinkClose? = nil, unit: Double) -> Duration {
    if let openedAt, wasUseful, now - openedAt >= Self.stable { failures = 0 }
    openedAt = nil
    wasUseful = false
    let ceiling = min(Self.cap, Self.base * (1 << min(failures, 9)))
    failures = min(failures + 1, 1_000_000)
    let wait = ceiling * min(max(unit, 0), 1)
    guard let status = close?.httpStatus, status == 429 || status == 503 else { return wait }
    if let asked = close?.retryAfter { return .seconds(min(asked, 86_400)) + wait }
    return Self.cap + wait
  }
}
