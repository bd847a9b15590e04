import Studio

/// When this identity last commented on or answered something, by what it was: two remarks within one second must
/// read in the order in which they were made, and clocks on the wire tick in seconds.
struct RemarkTimes {
  private static let most = 4_096

  private var times: [String: Int64] = [:]

  /// The time after which the next remark on `target` is to be dated; 0 for any time. A burst that has reached its
  /// bound stays there: it never steps back before what was said.
  func last(on target: String, now: Int64) -> Int64 {
    // What is beyond the bound was dated by a clock that has been put back since.
    guard let last = times[target], last <= now + Limits.reach else { return 0 }
    return min(last, now + Limits.reach - 1)
  }

  mutating func note(_ target: String, at time: Int64) {
    if times.count >= Self.most { times.removeAll() }
    times[target] = time
  }
}
