private import Glibc
import Terminal

/// Where the time comes from.
package struct Clock {
  /// Unix seconds.
  package let now: () -> Int64
  /// As `EventLoop.now`.
  package let monotonic: () -> Duration
  /// Times of day in UTC instead of the local zone.
  package let isUTC: Bool

  package init(now: @escaping () -> Int64, monotonic: @escaping () -> Duration, isUTC: Bool) {
    self.now = now
    self.monotonic = monotonic
    self.isUTC = isUTC
  }

  /// The machine's.
  package static var system: Clock {
    Clock(now: { Int64(time(nil)) }, monotonic: { EventLoop.now }, isUTC: false)
  }
}

/// Times in words, seen from one moment.
struct Moments: Equatable {
  let now: Int64
  let isUTC: Bool

  /// How long ago: `now`, `5m`, `3h`, `2d`, `7w`, `1y`. At most four cells.
  func age(of time: Int64) -> SafeText {
    let seconds = max(0, now - time)
    switch seconds {
    case ..<60: return "now"
    case ..<3_600: return "\(seconds / 60)m"
    case ..<86_400: return "\(seconds / 3_600)h"
    case ..<(14 * 86_400): return "\(seconds / 86_400)d"
    case ..<(365 * 86_400): return "\(seconds / (7 * 86_400))w"
    default: return "\(min(999, seconds / (365 * 86_400)))y"
    }
  }

  /// The same as a moment in the past: `just now`, `5m ago`.
  func ago(_ time: Int64) -> SafeText {
    now - time < 60 ? "just now" : "\(age(of: time)) ago"
  }

  /// The time of day, with the date when it is another day.
  func clock(of time: Int64) -> SafeText {
    let then = parts(time)
    let today = parts(now)
    let clock = self.time(then)
    if then.tm_year == today.tm_year, then.tm_yday == today.tm_yday { return clock }
    return "\(day(of: time)) \(clock)"
  }

  /// From one time to another: `13:21-13:27`, and the second's day only when it is another.
  func span(from start: Int64, to end: Int64) -> SafeText {
    let (first, last) = (parts(start), parts(end))
    if clock(of: start) == clock(of: end) { return clock(of: start) }
    let isSameDay = first.tm_year == last.tm_year && first.tm_yday == last.tm_yday
    return "\(clock(of: start))-\(isSameDay ? time(last) : clock(of: end))"
  }

  /// The time of day alone.
  func time(of time: Int64) -> SafeText { self.time(parts(time)) }

  /// The day alone, `2026-01-02`.
  func day(of time: Int64) -> SafeText {
    let then = parts(time)
    return "\(Int(then.tm_year) + 1900)-\(pad(then.tm_mon + 1))-\(pad(then.tm_mday))"
  }

  /// A day as a separator names it.
  func name(ofDay day: SafeText) -> SafeText {
    day == self.day(of: now)
      ? "today" : day == self.day(of: now - 86_400) ? "yesterday, \(day)" : day
  }

  /// The same day at its last full minute, so that what is written with it changes but seldom.
  var toTheMinute: Moments { Moments(now: now - now % 60, isUTC: isUTC) }

  private func time(_ parts: tm) -> SafeText { "\(pad(parts.tm_hour)):\(pad(parts.tm_min))" }

  private func parts(_ time: Int64) -> tm {
    // What a stranger may write as a time, as far as a calendar goes.
    var seconds = time_t(max(0, min(time, 253_402_300_799)))
    var parts = tm()
    if isUTC { gmtime_r(&seconds, &parts) } else { localtime_r(&seconds, &parts) }
    return parts
  }

  private func pad(_ number: Int32) -> SafeText { number < 10 ? "0\(number)" : "\(number)" }
}

extension SafeText {
  /// Filled with spaces on the left to `columns` cells, or truncated to them.
  func aligned(to columns: Int) -> SafeText {
    let cut = truncated(to: columns)
    return "\(SafeText("").padded(to: max(0, columns - cut.width)))\(cut)"
  }
}
