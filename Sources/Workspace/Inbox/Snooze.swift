private import Glibc
package import Home

/// For how long something stays out of an inbox.
package enum Snooze: Sendable, Hashable {
  case seconds(Int64)
  /// Until eight o'clock in the morning.
  case tomorrow
  /// Until the one who wrote it writes again.
  case reply

  /// `1h`, `90m`, `2d`, `tomorrow` or `reply`.
  package init(parsing text: String) throws(StudioError) {
    switch text {
    case "tomorrow": self = .tomorrow
    case "reply": self = .reply
    default:
      guard let length = FilterDuration(text), length.seconds > 0 else {
        throw StudioError(
          "invalid_argument", "for takes a time such as 1h or 2d, or tomorrow, or reply",
          field: "for", value: text)
      }
      self = .seconds(length.seconds)
    }
  }

  /// When it ends; `nil` for an end that has no time.
  package func end(now: Int64, isUTC: Bool = false) -> Int64? {
    switch self {
    case .seconds(let seconds): return now + seconds
    case .reply: return nil
    case .tomorrow:
      var time = time_t(now)
      var parts = tm()
      if isUTC { gmtime_r(&time, &parts) } else { localtime_r(&time, &parts) }
      (parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec) = (parts.tm_mday + 1, 8, 0, 0)
      parts.tm_isdst = -1
      return Int64(isUTC ? timegm(&parts) : mktime(&parts))
    }
  }
}
