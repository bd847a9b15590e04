/// When to draw. Pure: a key draws at once, data at most every 33 ms, nothing new never.
struct FrameClock {
  static let interval = Duration.milliseconds(33)

  private var wantsNow = false
  private var wantsSoon = false
  private var last: Duration?

  /// The user did something: draw in this turn.
  mutating func noteInput() { wantsNow = true }

  /// Something else changed what is shown.
  mutating func noteChange() { wantsSoon = true }

  /// When to draw; nil when there is nothing to draw.
  var deadline: Duration? {
    if wantsNow { return .zero }
    guard wantsSoon else { return nil }
    return last.map { $0 + Self.interval } ?? .zero
  }

  /// Whether to draw now.
  func isDue(at now: Duration) -> Bool { deadline.map { $0 <= now } ?? false }

  /// A frame was drawn.
  mutating func drew(at now: Duration) {
    wantsNow = false
    wantsSoon = false
    last = now
  }
}
