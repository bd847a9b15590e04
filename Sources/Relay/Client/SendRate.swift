/// How fast events may go to one relay: at full speed until it first says `rate-limited`, from then on
/// a token bucket whose rate halves with every such word and grows with every acceptance (AIMD).
/// Times are on a monotonic clock that the caller reads.
package struct SendRate: Hashable, Sendable {
  /// The rate, in events a second, after the first complaint.
  package static let start = 1.0
  /// Events that may go at once after a rest.
  package static let burst = 5.0
  /// The slowest rate: one event a minute.
  package static let floor = 1.0 / 60
  /// The fastest rate that is grown back to.
  package static let ceiling = 200.0

  /// Events a second; `nil` while the relay has never complained.
  package private(set) var perSecond: Double?
  private var tokens = SendRate.burst
  private var filledAt: Duration = .zero
  private var halvedAt: Duration?

  /// `announced` is a rate that the relay itself has published, in events a second.
  package init(announced: Double? = nil) {
    perSecond = announced.map { min(max($0, Self.floor), Self.ceiling) }
  }

  /// Takes the right to send one event now, or answers how long to wait before asking again.
  package mutating func take(at now: Duration) -> Duration? {
    guard let perSecond else { return nil }
    fill(at: now, perSecond)
    guard tokens < 1 else {
      tokens -= 1
      return nil
    }
    return .seconds((1 - tokens) / perSecond)
  }

  /// The relay said `rate-limited`, or answered with HTTP 429. Complaints within the same second count
  /// once: they are about one burst.
  package mutating func limited(at now: Duration) {
    if let halvedAt, now - halvedAt < .seconds(1) { return }
    halvedAt = now
    if let perSecond { fill(at: now, perSecond) }
    perSecond = perSecond.map { max($0 / 2, Self.floor) } ?? Self.start
    tokens = 0
    filledAt = now
  }

  /// The relay took an event.
  package mutating func accepted(at now: Duration) {
    guard let perSecond else { return }
    fill(at: now, perSecond)
    self.perSecond = min(perSecond + 0.1, Self.ceiling)
  }

  private mutating func fill(at now: Duration, _ perSecond: Double) {
    let passed = max(.zero, now - filledAt) / .seconds(1)
    tokens = min(Self.burst, tokens + passed * perSecond)
    filledAt = max(filledAt, now)
  }
}
