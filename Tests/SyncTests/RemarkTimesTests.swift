import Studio
import Testing

@testable import Sync

@Suite struct RemarkTimesTests {
  /// Dates a remark as the engine does.
  private func date(_ times: inout RemarkTimes, now: Int64) -> Int64 {
    let date = max(now, times.last(on: "a", now: now) + 1)
    times.note("a", at: date)
    return date
  }

  @Test func `a burst is dated a second apart, and at its bound never earlier than before`() {
    var times = RemarkTimes()
    let dates = (0..<1_000).map { date(&times, now: 5_000 + $0 / 100) }
    #expect(Array(dates.prefix(600)) == Array(5_000..<5_600))
    #expect(zip(dates, dates.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(dates.last == 5_009 + Limits.reach)
    #expect(date(&times, now: 9_000) == 9_000, "the burst is over")
  }

  @Test func `what was said elsewhere, and by a clock that was put back, moves nothing`() {
    var times = RemarkTimes()
    times.note("b", at: 5_100)
    #expect(times.last(on: "a", now: 5_000) == 0)
    #expect(times.last(on: "b", now: 5_000) == 5_100)
    #expect(times.last(on: "b", now: 4_000) == 0)
  }
}
