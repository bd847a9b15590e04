import Glibc
import Home

/// How far long work has come, on the last line of a terminal that shows errors; nothing anywhere else.
final class Progress {
  /// How often it changes, in milliseconds.
  private static let pace: Int64 = 100

  private let total: Int?
  private let words: String
  private let isShown = isatty(STDERR_FILENO) == 1
  private var next = SystemCall.monotonicMilliseconds() + pace
  private var hasShown = false

  init(of total: Int?, _ words: String) {
    (self.total, self.words) = (total, words)
  }

  func show(_ count: Int) {
    guard isShown, SystemCall.monotonicMilliseconds() >= next else { return }
    next = SystemCall.monotonicMilliseconds() + Self.pace
    hasShown = true
    write("\r\(count)\(total.map { " of \($0)" } ?? "") \(words)")
  }

  /// The line is as it was.
  func end() { if hasShown { write("\r\u{1B}[K") } }

  private func write(_ text: String) {
    try? SystemCall.write(Array(text.utf8), to: STDERR_FILENO)
  }
}
