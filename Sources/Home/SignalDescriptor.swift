import Glibc

/// Signals to read when it suits, instead of being interrupted by them. Before the first thread starts.
package final class SignalDescriptor {
  /// To poll for reading.
  package let descriptor: Int32

  /// Blocks these signals for this process.
  package init(_ signals: [Int32]) throws(StudioError) {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals { sigaddset(&set, signal) }
    pthread_sigmask(SIG_BLOCK, &set, nil)
    descriptor = signalDescriptor(&set)
    guard descriptor >= 0 else { throw .system("making a signal descriptor", errno: errno) }
  }

  deinit { close(descriptor) }

  /// Those that have come since, each once.
  package func take() -> Set<Int32> {
    // struct signalfd_siginfo: 128 bytes, the number of the signal first.
    var taken: Set<Int32> = []
    var bytes = [UInt8](repeating: 0, count: 128 * 16)
    while true {
      let count = read(descriptor, &bytes, bytes.count)
      guard count >= 128 else { return taken }
      for start in stride(from: 0, to: count, by: 128) {
        taken.insert(
          Int32(bytes[start]) | Int32(bytes[start + 1]) << 8 | Int32(bytes[start + 2]) << 16)
      }
    }
  }
}
