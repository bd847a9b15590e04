private import Glibc

/// What the kernel says of watched folders, read from an inotify descriptor (inotify(7)).
package enum Inotify {
  package struct Event {
    /// The number that `inotify_add_watch` gave.
    package let watch: Int32
    /// `IN_…` bits.
    package let mask: UInt32
    /// The file inside the folder; empty when the event is about the folder itself.
    package let name: String

    /// Events were lost: look yourself. `watch` says nothing then.
    package var isOverflow: Bool { has(IN_Q_OVERFLOW) }
    /// The folder is watched no longer.
    package var isEnd: Bool { has(IN_IGNORED) }

    private func has(_ bit: some BinaryInteger) -> Bool {
      mask & UInt32(truncatingIfNeeded: bit) != 0
    }
  }

  private static let headerBytes = 16

  /// Everything that has come since; `descriptor` must not block.
  package static func take(from descriptor: Int32) -> [Event] {
    var events: [Event] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      guard count > 0 else { return events }
      buffer.withUnsafeBytes { bytes in
        var offset = 0
        while offset + headerBytes <= count {
          let length = Int(bytes.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self))
          let end = min(count, offset + headerBytes + length)
          let name = bytes[min(end, offset + headerBytes)..<end].prefix { $0 != 0 }
          events.append(
            Event(
              watch: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self),
              mask: bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self),
              name: String(decoding: name, as: UTF8.self)))
          offset += headerBytes + length
        }
      }
    }
  }
}
