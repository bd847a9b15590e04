/// A token bucket: so many a second, ten seconds' worth at once.
struct Allowance {
  private let perSecond: Double
  private var tokens: Double
  private var filledAt: ContinuousClock.Instant

  init(perSecond: Int, at now: ContinuousClock.Instant) {
    self.perSecond = Double(perSecond)
    tokens = Double(perSecond) * 10
    filledAt = now
  }

  mutating func take(at now: ContinuousClock.Instant) -> Bool {
    if tokens < 1 || now - filledAt > .seconds(1) {
      let passed = (now - filledAt) / .seconds(1)
      tokens = min(perSecond * 10, tokens + max(0, passed) * perSecond)
      filledAt = now
    }
    guard tokens >= 1 else { return false }
    tokens -= 1
    return true
  }
}
