import Glibc
import Home
import Workspace

/// How the demo's processes wait: for an engine's news, for a time, or for the word to end.
enum Sleep {
  enum Woken { case news, late, ending }

  /// Sleeps until an engine says something, `ending` can be read, or the monotonic `deadline` (milliseconds) has
  /// come.
  static func on(_ lines: [EngineLine], or ending: Int32, until deadline: Int64) throws -> Woken {
    for line in lines { try line.connect() }
    let entries = [ending] + lines.compactMap(\.descriptor)
    var waiting = entries.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    while true {
      let left = max(0, deadline - SystemCall.monotonicMilliseconds())
      let count = poll(&waiting, nfds_t(waiting.count), Int32(clamping: left))
      if count < 0 && errno == EINTR { continue }
      if count == 0 && left > Int64(Int32.max) { continue }
      guard count > 0 else { return .late }
      break
    }
    if waiting[0].revents != 0 { return .ending }
    for line in lines {
      do {
        _ = try line.receive()
      } catch {
        // It may have been killed: another is started and goes on where it was.
        try line.ask(.orders)
      }
    }
    return .news
  }
}
