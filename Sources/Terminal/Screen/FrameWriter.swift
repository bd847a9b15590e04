private import Glibc

/// Sends frames to a non-blocking descriptor, each whole and one after the other.
struct FrameWriter {
  let descriptor: Int32
  private var pending: [UInt8] = []
  private var sent = 0

  init(descriptor: Int32) { self.descriptor = descriptor }

  /// Part of a frame still waits.
  var isBusy: Bool { sent < pending.count }

  /// Forgets what waits.
  mutating func discard() {
    pending.removeAll(keepingCapacity: true)
    sent = 0
  }

  /// Takes a frame when not busy, and sends what the terminal takes now.
  mutating func send(_ frame: [UInt8]) throws(TerminalError) {
    pending = frame
    sent = 0
    try flush()
  }

  /// Sends more.
  mutating func flush() throws(TerminalError) {
    while isBusy {
      let count = pending[sent...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        sent += count
      } else if errno == EAGAIN {
        return
      } else if errno != EINTR {
        discard()
        throw errno == EIO || errno == EPIPE
          ? TerminalError.hangup : .system(call: "write", code: errno)
      }
    }
    discard()
  }
}
