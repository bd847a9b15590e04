/// Dates as HTTP writes them (RFC 9110, 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Unix seconds, or `nil` when `text` is not of the form above.
  static func seconds(_ text: String) -> Int64? {
    let parts = text.utf8.split(whereSeparator: { $0 == 0x20 || $0 == 0x3a || $0 == 0x2c })
      .map { String(decoding: $0, as: UTF8.self) }
    guard parts.count == 8, parts[7].utf8.elementsEqual("GMT".utf8),
      let month = months.firstIndex(where: { $0.utf8.elementsEqual(parts[2].utf8) }),
      let day = Int64(parts[1]), (1...31).contains(day),
      let year = Int64(parts[3]), (1970...9999).contains(year),
      let hour = Int64(parts[4]), (0...23).contains(hour),
      let minute = Int64(parts[5]), (0...59).contains(minute),
      let second = Int64(parts[6]), (0...60).contains(second)
    else { return nil }
    return days(year, Int64(month) + 1, day) * 86_400 + hour * 3600 + minute * 60 + second
  }

  /// The seconds to wait that a `Retry-After` header asks for: a number, or a date less `now`.
  static func retryAfter(_ text: String, now: Int64?) -> Int64? {
    if let seconds = Int64(text) { return seconds >= 0 ? seconds : nil }
    guard let date = seconds(text), let now else { return nil }
    return max(0, date - now)
  }

  // Days since 1970 of a Gregorian date, counted in years that begin in March.
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shifted = month > 2 ? month - 3 : month + 9
    let y = month > 2 ? year : year - 1
    let dayOfYear = (153 * shifted + 2) / 5 + day - 1
    return y * 365 + y / 4 - y / 100 + y / 400 + dayOfYear - 719_468
  }
}
