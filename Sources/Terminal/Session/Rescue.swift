// The only file that uses the rescue functions of the shim: their state is static in its header,
// one for each object file.
import CNcurses
import Glibc

/// Gives the terminal back after a crash, an early `exit` or SIGKILL.
enum Rescue {
  private static let fatal = [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT, SIGQUIT, SIGSYS]

  /// From now on `leave` is written to `tty` and `saved` restored when the process dies.
  /// `withGuard` starts a small child that does it even after SIGKILL.
  static func arm(tty: Int32, saved: termios, leave: [UInt8], withGuard: Bool) {
    var saved = saved
    leave.withUnsafeBytes {
      studio_arm(tty, &saved, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
    }
    installHandlers
    if withGuard { _ = studio_guard() }
  }

  /// The terminal was given back in good order, or is lent out for a while.
  static func disarm() {
    var none = termios()
    studio_arm(-1, &none, "", 0)
  }

  /// Lets the guard go.
  static func endGuard() { studio_guard_end() }

  /// Once in a process: handlers on a stack of their own, so that a stack overflow is survived.
  private static let installHandlers: Void = {
    let length = 1 << 16
    var stack = stack_t()
    stack.ss_sp = UnsafeMutableRawPointer.allocate(byteCount: length, alignment: 16)
    stack.ss_size = length
    sigaltstack(&stack, nil)
    for number in fatal {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = studio_crashed
      // SA_ONSTACK | SA_RESETHAND, whose macro is too wide for Swift.
      action.sa_flags = Int32(bitPattern: 0x0800_0000 | 0x8000_0000)
      sigaction(number, &action, nil)
    }
    atexit(studio_restore)
  }()
}
