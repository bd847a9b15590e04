// RFC 6455, 5.2: the frame around a message.
// https://www.rfc-editor.org/rfc/rfc6455#section-5.2

/// Whole frames, written one after the other into a buffer so that one system call sends many.
enum WireFrame {
  /// Most bytes that stand before a payload: two, an eight-byte length, a four-byte mask.
  static let longestHeader = 14

  enum Opcode: UInt8 { case text = 1, close = 8, ping, pong }

  /// The payload of our pings: libwebsockets' server does not tell of an empty pong.
  static let ping: [UInt8] = [0]

  /// What of `reason` fits into a close frame, in whole characters.
  static func closeText(_ reason: String) -> [UInt8] {
    var text = reason[...]
    while text.utf8.count > 123 { text.removeLast() }
    return Array(text.utf8)
  }

  /// Appends `payload` as one unfragmented frame; clients mask, servers do not.
  static func append(
    _ payload: [UInt8], opcode: Opcode = .text, masked: Bool, to buffer: inout [UInt8]
  ) {
    let bit: UInt8 = masked ? 0x80 : 0
    buffer.append(0x80 | opcode.rawValue)
    switch payload.count {
    case ..<126:
      buffer.append(bit | UInt8(payload.count))
    case ..<65_536:
      buffer.append(bit | 126)
      buffer.append(UInt8(payload.count >> 8))
      buffer.append(UInt8(payload.count & 0xff))
    default:
      buffer.append(bit | 127)
      for shift in stride(from: 56, through: 0, by: -8) {
        buffer.append(UInt8(truncatingIfNeeded: payload.count >> shift))
      }
    }
    guard masked else {
      buffer.append(contentsOf: payload)
      return
    }
    let key = UInt32.random(in: .min ... .max)
    withUnsafeBytes(of: key) { buffer.append(contentsOf: $0) }
    let start = buffer.count
    buffer.append(contentsOf: payload)
    buffer.withUnsafeMutableBytes { apply(key, to: $0, from: start) }
  }

  private static func apply(_ key: UInt32, to bytes: UnsafeMutableRawBufferPointer, from start: Int)
  {
    let wide = UInt64(key) | UInt64(key) << 32
    var index = start
    while index + 8 <= bytes.count {
      let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      bytes.storeBytes(of: word ^ wide, toByteOffset: index, as: UInt64.self)
      index += 8
    }
    withUnsafeBytes(of: key) { key in
      for (offset, at) in (index..<bytes.count).enumerated() { bytes[at] ^= key[offset & 3] }
    }
  }
}
