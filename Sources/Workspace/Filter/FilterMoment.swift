import Glibc

/// A length of time, such as `10m`, `36h`, `2d`.
struct FilterDuration: Sendable, Hashable {
  let seconds: Int64

  /// Up to six digits and one of `s`, `m`, `h`, `d`, `w`, `y` (365 days).
  init?(_ text: String) {
    let units: [Character: Int64] = [
      "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 7 * 86_400, "y": 365 * 86_400,
    ]
    guard let last = text.last, let unit = units[last] else { return nil }
    let digits = text.dropLast()
    guard (1...6).contains(digits.utf8.count),
      digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int64(digits)
    else { return nil }
    seconds = count * unit
  }
}

/// A day of the calendar, such as `2026-01-31`.
struct FilterDay: Sendable, Hashable {
  let year: Int32
  let month: Int32
  let day: Int32

  init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [4, 2, 2],
      parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
      let year = Int32(parts[0]), let month = Int32(parts[1]), let day = Int32(parts[2]),
      (1970...9998).contains(year), (1...12).contains(month), day >= 1
    else { return nil }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let days: [Int32] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard day <= days[Int(month) - 1] else { return nil }
    (self.year, self.month, self.day) = (year, month, day)
  }

  /// Unix seconds of its first moment and of the next day's.
  func bounds(isUTC: Bool) -> (start: Int64, end: Int64) {
    (midnight(day, isUTC: isUTC), midnight(day + 1, isUTC: isUTC))
  }

  private func midnight(_ day: Int32, isUTC: Bool) -> Int64 {
    var time = tm()
    (time.tm_year, time.tm_mon, time.tm_mday) = (year - 1900, month - 1, day)
    time.tm_isdst = -1
    return Int64(isUTC ? timegm(&time) : mktime(&time))
  }
}
