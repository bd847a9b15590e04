private import CNcurses
private import Glibc

/// The signals a workspace reads from a descriptor instead of being interrupted by them.
package enum Signals {
  static let watched = [SIGWINCH, SIGTSTP, SIGCONT, SIGINT, SIGTERM, SIGHUP]

  private static var mask: sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for number in watched { sigaddset(&set, number) }
    return set
  }

  /// Blocks them in this thread and those it starts. Call it before any other thread exists, so
  /// that none is left that a signal could interrupt. Children inherit the mask: whoever spawns
  /// one gives it an empty mask.
  package static func block() {
    var set = mask
    pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// A descriptor that becomes readable when one arrives.
  package static func descriptor() throws(TerminalError) -> Int32 {
    block()
    var set = mask
    let descriptor = signalfd(-1, &set, Int32(SFD_NONBLOCK | SFD_CLOEXEC))
    guard descriptor >= 0 else { throw .system(call: "signalfd", code: errno) }
    return descriptor
  }

  /// The numbers of those that wait.
  package static func read(_ descriptor: Int32) -> [Int32] {
    var numbers: [Int32] = []
    var info = signalfd_siginfo()
    let length = MemoryLayout<signalfd_siginfo>.size
    while Glibc.read(descriptor, &info, length) == length { numbers.append(Int32(info.ssi_signo)) }
    return numbers
  }
}
