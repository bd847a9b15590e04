// RFC 6455, 5: the frames that a server sends.
// https://www.rfc-editor.org/rfc/rfc6455#section-5

/// What the frames of a server say.
enum Received: Hashable, Sendable {
  /// A whole text message, in UTF-8.
  case message([UInt8])
  case ping([UInt8])
  case pong
  case close(code: UInt16?, reason: String)
}

/// Why a server's bytes are refused; the connection fails with `code`.
struct FrameFault: Error, Hashable, Sendable {
  let code: UInt16
  let reason: String

  static let reserved = Self(code: 1002, reason: "a frame with reserved bits")
  static let opcode = Self(code: 1002, reason: "a frame of an unknown kind")
  static let masked = Self(code: 1002, reason: "a masked frame from a server")
  static let length = Self(code: 1002, reason: "the length of a frame is not written as it must be")
  static let control = Self(code: 1002, reason: "a control frame too long or in fragments")
  static let continuation = Self(code: 1002, reason: "a continuation of nothing")
  static let interrupted = Self(code: 1002, reason: "a message begins within another")
  static let close = Self(code: 1002, reason: "a close frame with no valid code")
  static let binary = Self(code: 1003, reason: "only text messages are understood")
  static let text = Self(code: 1007, reason: "a text that is not UTF-8")

  static func tooLong(_ limit: Int) -> Self {
    Self(code: 1009, reason: "the message is longer than \(limit) bytes")
  }
}

/// Puts the messages of a server together from pieces of any size. Payloads are copied and
/// checked in bulk.
struct FrameReader {
  /// Longest message, in bytes.
  let limit: Int

  private enum Opcode: UInt8 { case more, text, binary, close = 8, ping, pong }

  // The frame under way: its header while that is not whole, then what its payload still lacks.
  private var header: [UInt8] = []
  private var opcode = Opcode.more
  private var isFinal = false
  private var remaining = 0
  private var isInPayload = false
  private var control: [UInt8] = []
  // The message under way; other frames may stand between its fragments.
  private var message: [UInt8] = []
  private var isInMessage = false

  /// Room that is made for a message on its first bytes, whatever length it claims.
  private static let firstRoom = 65_536

  init(limit: Int) {
    self.limit = limit
  }

  /// Takes `bytes`, and tells everything that they complete. After a fault it must not be used any more.
  mutating func read(_ bytes: UnsafeRawBufferPointer, tell: (Received) -> Void) throws(FrameFault) {
    var at = 0
    while at < bytes.count || (isInPayload && remaining == 0) {
      if !isInPayload {
        at += try takeHeader(bytes[at...])
        continue
      }
      let count = min(remaining, bytes.count - at)
      let piece = UnsafeRawBufferPointer(rebasing: bytes[at..<at + count])
      at += count
      remaining -= count
      switch opcode {
      case .more, .text, .binary:
        if let whole = takePayload(piece) { tell(.message(try checked(whole))) }
      case .close, .ping, .pong:
        control.append(contentsOf: piece)
        if remaining == 0 { tell(try controlled()) }
      }
      isInPayload = remaining > 0
    }
  }

  // MARK: Headers

  /// Takes what belongs to the header, and answers how many bytes those were.
  private mutating func takeHeader(_ bytes: Slice<UnsafeRawBufferPointer>) throws(FrameFault) -> Int
  {
    var taken = 0
    for byte in bytes {
      header.append(byte)
      taken += 1
      if header.count == 1 { try checkFirst(byte) }
      if header.count == 2, byte & 0x80 != 0 { throw .masked }
      guard header.count >= 2, header.count == Self.size(of: header[1]) else { continue }
      try begin(length: try length())
      header.removeAll(keepingCapacity: true)
      break
    }
    return taken
  }

  /// The size of an unmasked header whose second byte is `byte`.
  private static func size(of byte: UInt8) -> Int {
    switch byte & 0x7f {
    case 126: 4
    case 127: 10
    default: 2
    }
  }

  private mutating func checkFirst(_ byte: UInt8) throws(FrameFault) {
    guard byte & 0x70 == 0 else { throw .reserved }
    guard let opcode = Opcode(rawValue: byte & 0x0f) else { throw .opcode }
    self.opcode = opcode
    isFinal = byte & 0x80 != 0
    switch opcode {
    case .binary: throw .binary
    case .text: if isInMessage { throw .interrupted }
    case .more: if !isInMessage { throw .continuation }
    case .close, .ping, .pong: if !isFinal { throw .control }
    }
  }

  private func length() throws(FrameFault) -> Int {
    let short = Int(header[1])
    guard short >= 126 else { return short }
    let long = header.dropFirst(2).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard long >= (short == 126 ? 126 : 65_536), let length = Int(exactly: long) else {
      throw .length
    }
    return length
  }

  private mutating func begin(length: Int) throws(FrameFault) {
    remaining = length
    isInPayload = true
    guard opcode == .text || opcode == .more else {
      guard length <= 125 else { throw .control }
      return control.removeAll(keepingCapacity: true)
    }
    guard length <= limit - message.count else { throw .tooLong(limit) }
    isInMessage = true
  }

  // MARK: Payloads

  /// Takes a piece of a message, and answers the message when it is whole.
  private mutating func takePayload(_ piece: UnsafeRawBufferPointer) -> [UInt8]? {
    let isWhole = isFinal && remaining == 0
    if isWhole {
      isInMessage = false
      if message.isEmpty { return Array(piece) }
    } else if message.isEmpty {
      message.reserveCapacity(min(piece.count + remaining, max(piece.count, Self.firstRoom)))
    }
    message.append(contentsOf: piece)
    guard isWhole else { return nil }
    defer { message = [] }
    return message
  }

  private func checked(_ message: [UInt8]) throws(FrameFault) -> [UInt8] {
    guard UTF8Check.isValid(message) else { throw .text }
    return message
  }

  private func controlled() throws(FrameFault) -> Received {
    switch opcode {
    case .ping: return .ping(control)
    case .pong: return .pong
    default: break
    }
    guard !control.isEmpty else { return .close(code: nil, reason: "") }
    guard control.count >= 2 else { throw .close }
    let code = UInt16(control[0]) << 8 | UInt16(control[1])
    // RFC 6455, 7.4: what is never sent, and what nobody may define.
    guard (1000...4999).contains(code), !(1016...2999).contains(code),
      ![1004, 1005, 1006, 1015].contains(code)
    else { throw .close }
    guard let reason = String(validating: control.dropFirst(2), as: UTF8.self) else { throw .text }
    return .close(code: code, reason: reason)
  }
}

/// Whether bytes are UTF-8: eight at a time as long as they are ASCII.
enum UTF8Check {
  static func isValid(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { bytes in
      let ascii = asciiPrefix(of: bytes)
      return ascii == bytes.count
        || String(validating: bytes[ascii...], as: UTF8.self) != nil
    }
  }

  /// A number of leading bytes that are all ASCII: all of them, or fewer than 64 short of the first that is not.
  private static func asciiPrefix(of bytes: UnsafeRawBufferPointer) -> Int {
    var at = 0
    while at + 64 <= bytes.count {
      var all: UInt64 = 0
      for offset in stride(from: at, to: at + 64, by: 8) {
        all |= bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      }
      guard all & 0x8080_8080_8080_8080 == 0 else { return at }
      at += 64
    }
    while at < bytes.count, bytes[at] < 0x80 { at += 1 }
    return at
  }
}
