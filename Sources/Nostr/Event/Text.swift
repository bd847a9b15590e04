import Glibc

/// Whether two strings hold the same UTF-8 bytes. Swift's `==` also unites canonically equivalent
/// strings, which are different `d` tags to every other program.
package func sameBytes(_ a: String, _ b: String) -> Bool {
  let fast = a.utf8.withContiguousStorageIfAvailable { left in
    b.utf8.withContiguousStorageIfAvailable { right in
      left.count == right.count && left.elementsEqual(right)
    }
  }
  return (fast ?? nil) ?? a.utf8.elementsEqual(b.utf8)
}

extension String {
  /// The text whose UTF-8 bytes these are; `nil` when they are not valid.
  init?(exactly bytes: UnsafeRawBufferPointer) {
    // A repair is what shows: it puts U+FFFD where the input has something else. Asking for validation instead
    // costs more than the validation, since the standard library looks up generic types for each string.
    self.init(decoding: bytes, as: UTF8.self)
    guard bytes.count > 0, let base = bytes.baseAddress else { return }
    guard
      withBytes({
        $0.count == bytes.count && $0.baseAddress.map { memcmp($0, base, bytes.count) } == 0
      })
    else { return nil }
  }

  /// Calls `body` with the UTF-8 bytes, copying only when the string is not contiguous.
  func withBytes<R, E: Error>(_ body: (UnsafeBufferPointer<UInt8>) throws(E) -> R) throws(E) -> R {
    let fast = utf8.withContiguousStorageIfAvailable { bytes -> Result<R, E> in
      do throws(E) { return .success(try body(bytes)) } catch { return .failure(error) }
    }
    if let fast { return try fast.get() }
    return try Array(utf8).withUnsafeBufferPointer(body)
  }

  /// Feeds the bytes, not the canonical form, to a hasher.
  func hashBytes(into hasher: inout Hasher) {
    withBytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    hasher.combine(UInt8(0xff))
  }

  /// Whether the text has one portable form in every event serialiser: no control byte except
  /// the named escapes, and no DEL (NIP-01 leaves the others undefined).
  var isPortable: Bool {
    withBytes { bytes in
      guard let base = bytes.baseAddress else { return true }
      var index = 0
      // Quotes and backslashes stop the scan too; they are portable, like the named escapes.
      while true {
        let stop = firstSpecial(base, from: index, end: bytes.count)
        guard stop < bytes.count else { break }
        switch bytes[stop] {
        case 0x08, 0x09, 0x0a, 0x0c, 0x0d, 0x22, 0x5c: index = stop + 1
        default: return false
        }
      }
      return memchr(base, 0x7f, bytes.count) == nil
    }
  }
}
