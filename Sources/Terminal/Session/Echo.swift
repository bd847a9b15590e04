private import CNcurses
private import Glibc

/// Typing without an echo, for a passphrase where there is no screen.
package enum Echo {
  /// Runs `body` while a terminal does not show what is typed; anything else than a terminal stays as it is.
  package static func hidden<T>(on descriptor: Int32, _ body: () throws -> T) rethrows -> T {
    var before = termios()
    guard tcgetattr(descriptor, &before) == 0 else { return try body() }
    var silent = before
    silent.c_lflag &= ~tcflag_t(ECHO)
    tcsetattr(descriptor, TCSAFLUSH, &silent)
    defer { tcsetattr(descriptor, TCSAFLUSH, &before) }
    return try body()
  }
}
