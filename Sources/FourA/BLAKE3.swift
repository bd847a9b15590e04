// BLAKE3, plain hashing of up to 2^64 bytes to 32.
// https://github.com/BLAKE3-team/BLAKE3-specs

package import Nostr

/// The hash that 4A puts on a rumor: BLAKE3 in its plain mode, cut to 32 bytes.
package enum BLAKE3 {
  /// BLAKE3-256 of `bytes`.
  package static func hash(_ bytes: UnsafeRawBufferPointer) -> Bytes32 {
    let words = node(bytes, counter: 0, flags: Flag.root)
    var digest: [UInt8] = []
    digest.reserveCapacity(32)
    for index in 0..<8 {
      let word = words[index]
      digest.append(UInt8(truncatingIfNeeded: word))
      digest.append(UInt8(truncatingIfNeeded: word >> 8))
      digest.append(UInt8(truncatingIfNeeded: word >> 16))
      digest.append(UInt8(truncatingIfNeeded: word >> 24))
    }
    guard let result = Bytes32(digest) else { preconditionFailure("eight words are 32 bytes") }
    return result
  }

  /// BLAKE3-256 of `bytes`.
  package static func hash(_ bytes: [UInt8]) -> Bytes32 {
    bytes.withUnsafeBytes { hash($0) }
  }

  /// The value of a `blake3` tag: `bk-` and the lower-case, unpadded base32 of the hash of the
  /// UTF-8 bytes of `content`; always 55 characters (4A 1.2).
  package static func tag(_ content: String) -> String {
    var content = content
    let digest = content.withUTF8 { hash(UnsafeRawBufferPointer($0)) }
    return "bk-" + base32(digest.bytes)
  }

  private enum Flag {
    static let chunkStart: UInt32 = 1
    static let chunkEnd: UInt32 = 2
    static let parent: UInt32 = 4
    static let root: UInt32 = 8
  }

  private static let chunkLength = 1024
  private static let blockLength = 64
  private static let initial = SIMD8<UInt32>(
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
    0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19)

  /// The chaining value of a whole subtree whose first chunk has number `counter`.
  private static func node(
    _ bytes: UnsafeRawBufferPointer, counter: UInt64, flags: UInt32
  ) -> SIMD8<UInt32> {
    guard bytes.count > chunkLength else { return chunk(bytes, counter: counter, flags: flags) }
    // The left subtree is complete: the largest power of two of chunks that leaves a right side.
    let chunks = (bytes.count - 1) / chunkLength
    let leftChunks = 1 << (Int.bitWidth - 1 - chunks.leadingZeroBitCount)
    let cut = leftChunks * chunkLength
    let left = node(
      UnsafeRawBufferPointer(rebasing: bytes[..<cut]), counter: counter, flags: 0)
    let right = node(
      UnsafeRawBufferPointer(rebasing: bytes[cut...]), counter: counter + UInt64(leftChunks),
      flags: 0)
    return compress(
      initial, SIMD16(lowHalf: left, highHalf: right), counter: 0, length: UInt32(blockLength),
      flags: Flag.parent | flags)
  }

  private static func chunk(
    _ bytes: UnsafeRawBufferPointer, counter: UInt64, flags: UInt32
  ) -> SIMD8<UInt32> {
    var chain = initial
    var start = 0
    var flag = Flag.chunkStart
    while bytes.count - start > blockLength {
      chain = compress(
        chain, block(bytes, at: start, count: blockLength), counter: counter,
        length: UInt32(blockLength), flags: flag)
      start += blockLength
      flag = 0
    }
    let rest = bytes.count - start
    return compress(
      chain, block(bytes, at: start, count: rest), counter: counter, length: UInt32(rest),
      flags: flag | Flag.chunkEnd | flags)
  }

  private static func block(
    _ bytes: UnsafeRawBufferPointer, at start: Int, count: Int
  ) -> SIMD16<UInt32> {
    var words = SIMD16<UInt32>()
    withUnsafeMutableBytes(of: &words) { target in
      guard count > 0 else { return }
      target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<(start + count)]))
    }
    // The words are little-endian, as are all machines that Studio is built for.
    return words
  }

  private static func compress(
    _ chain: SIMD8<UInt32>, _ message: SIMD16<UInt32>, counter: UInt64, length: UInt32,
    flags: UInt32
  ) -> SIMD8<UInt32> {
    var m = message
    var a = chain.lowHalf
    var b = chain.highHalf
    var c = initial.lowHalf
    var d = SIMD4(
      UInt32(truncatingIfNeeded: counter), UInt32(truncatingIfNeeded: counter >> 32), length, flags)
    for round in 0..<7 {
      let low = m.lowHalf
      let high = m.highHalf
      mix(&a, &b, &c, &d, low.evenHalf, low.oddHalf)
      b = SIMD4(b[1], b[2], b[3], b[0])
      c = SIMD4(c[2], c[3], c[0], c[1])
      d = SIMD4(d[3], d[0], d[1], d[2])
      mix(&a, &b, &c, &d, high.evenHalf, high.oddHalf)
      b = SIMD4(b[3], b[0], b[1], b[2])
      c = SIMD4(c[2], c[3], c[0], c[1])
      d = SIMD4(d[1], d[2], d[3], d[0])
      guard round < 6 else { break }
      m = SIMD16(
        m[2], m[6], m[3], m[10], m[7], m[0], m[4], m[13],
        m[1], m[11], m[12], m[5], m[9], m[14], m[15], m[8])
    }
    return SIMD8(lowHalf: a ^ c, highHalf: b ^ d)
  }

  @inline(__always)
  private static func mix(
    _ a: inout SIMD4<UInt32>, _ b: inout SIMD4<UInt32>, _ c: inout SIMD4<UInt32>,
    _ d: inout SIMD4<UInt32>, _ x: SIMD4<UInt32>, _ y: SIMD4<UInt32>
  ) {
    a = a &+ b &+ x
    d = rotate(d ^ a, by: 16)
    c = c &+ d
    b = rotate(b ^ c, by: 12)
    a = a &+ b &+ y
    d = rotate(d ^ a, by: 8)
    c = c &+ d
    b = rotate(b ^ c, by: 7)
  }

  @inline(__always)
  private static func rotate(_ value: SIMD4<UInt32>, by count: UInt32) -> SIMD4<UInt32> {
    (value &>> SIMD4(repeating: count)) | (value &<< SIMD4(repeating: 32 - count))
  }

  private static let base32Alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

  private static func base32(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count * 8 + 4) / 5)
    var buffer: UInt32 = 0
    var bits: UInt32 = 0
    for byte in bytes {
      buffer = buffer << 8 | UInt32(byte)
      bits += 8
      while bits >= 5 {
        bits -= 5
        text.append(base32Alphabet[Int(buffer >> bits & 31)])
      }
      buffer &= (1 << bits) - 1
    }
    if bits > 0 { text.append(base32Alphabet[Int(buffer << (5 - bits) & 31)]) }
    return String(decoding: text, as: UTF8.self)
  }
}
