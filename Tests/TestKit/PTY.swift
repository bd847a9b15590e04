import Glibc
import Testing

/// A pair of pseudo-terminal ends.
package final class PTY {
  package let outer: Int32
  package let inner: Int32
  package let path: String

  package init(columns: Int = 80, rows: Int = 24) throws {
    outer = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    // TIOCSPTLCK and TIOCGPTN, whose macros do not reach Swift.
    var unlock: Int32 = 0
    var number: Int32 = 0
    try #require(outer >= 0)
    try #require(ioctl(outer, 0x4004_5431, &unlock) == 0)
    try #require(ioctl(outer, 0x8004_5430, &number) == 0)
    path = "/dev/pts/\(number)"
    inner = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK)
    try #require(inner >= 0)
    _ = fcntl(outer, F_SETFL, O_NONBLOCK)
    var mode = termios()
    tcgetattr(inner, &mode)
    cfmakeraw(&mode)
    tcsetattr(inner, TCSANOW, &mode)
    resize(columns: columns, rows: rows)
  }

  deinit {
    close(inner)
    close(outer)
  }

  package func resize(columns: Int, rows: Int) {
    var size = winsize()
    size.ws_col = UInt16(columns)
    size.ws_row = UInt16(rows)
    _ = ioctl(outer, UInt(TIOCSWINSZ), &size)
  }

  /// What was written to the terminal and not read yet.
  package func take() -> [UInt8] {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(outer, &buffer, buffer.count)
      guard count > 0 else { return all }
      all += buffer[..<count]
    }
  }

  package func type(_ text: String) {
    let bytes = Array(text.utf8)
    _ = write(outer, bytes, bytes.count)
  }
}
