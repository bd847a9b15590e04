import CSodium

/// Random numbers from the kernel, through libsodium.
package enum RandomBytes {
  /// `n` random bytes.
  package static func bytes(_ n: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: n) { buffer, count in
      fill(UnsafeMutableRawBufferPointer(buffer))
      count = n
    }
  }

  /// A number from 0 up to but not including `bound`, each as likely; 0 when `bound` is below 2.
  package static func uniform(below bound: Int64) -> Int64 {
    guard bound > 1 else { return 0 }
    let width = UInt64(bound)
    // Draws from the uneven rest at the top are thrown away.
    let limit = UInt64.max - UInt64.max % width
    var value = UInt64.max
    repeat {
      withUnsafeMutableBytes(of: &value) { fill($0) }
    } while value >= limit
    return Int64(value % width)
  }

  static func fill(_ buffer: UnsafeMutableRawBufferPointer) {
    precondition(LockedBytes.isReady, "libsodium did not start")
    guard let base = buffer.baseAddress, buffer.count > 0 else { return }
    randombytes_buf(base, buffer.count)
  }
}
