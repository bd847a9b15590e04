import CSodium

/// Bytes that never reach swap or a core dump, between guard pages, wiped when let go. Written
/// once, read-only from then on.
// Safe: the memory is written only inside init, then made read-only until deinit.
final class LockedBytes: @unchecked Sendable {
  private let memory: UnsafeMutableRawPointer
  private let count: Int

  /// Whether libsodium is ready; it must be asked before anything else of it is used.
  static let isReady: Bool = sodium_init() >= 0

  /// Memory for `count` bytes, filled by `fill`. It stops the program when there is none left.
  init<E: Error>(
    count: Int, fill: (UnsafeMutableRawBufferPointer) throws(E) -> Void
  ) throws(E) {
    guard LockedBytes.isReady, let memory = sodium_malloc(count) else {
      fatalError("no memory left that can hold a secret")
    }
    self.memory = memory
    self.count = count
    // A class that throws after its last property is set still runs deinit.
    try fill(UnsafeMutableRawBufferPointer(start: memory, count: count))
    sodium_mprotect_readonly(memory)
  }

  deinit { sodium_free(memory) }

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: count) }
}

/// Overwrites memory in a way that the compiler does not drop.
func wipe(_ bytes: UnsafeMutableRawBufferPointer) {
  guard let base = bytes.baseAddress else { return }
  sodium_memzero(base, bytes.count)
}

extension [UInt8] {
  /// Overwrites the bytes with zero in place; for secrets that are no longer needed.
  package mutating func wipe() {
    withUnsafeMutableBytes { Nostr.wipe($0) }
  }
}
