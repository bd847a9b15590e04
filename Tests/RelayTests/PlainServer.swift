import Foundation
import Nostr
import Synchronization
import Threads

@testable import Relay

/// A server in a few lines of plain sockets, which can misbehave byte by byte.
final class PlainServer: Sendable {
  struct Wire: Sendable {
    let file: Int32

    /// The bytes of the next frame's payload, unmasked, with its opcode.
    func readFrame() -> (opcode: UInt8, payload: [UInt8])? {
      guard let head = readExactly(2) else { return nil }
      var length = Int(head[1] & 0x7f)
      if length == 126 {
        guard let long = readExactly(2) else { return nil }
        length = Int(long[0]) << 8 | Int(long[1])
      }
      guard head[1] & 0x80 != 0, length < 127 || head[1] & 0x7f == 126, let key = readExactly(4),
        let masked = readExactly(length)
      else { return nil }
      return (head[0] & 0x0f, masked.enumerated().map { $1 ^ key[$0 & 3] })
    }

    /// Whether something waits to be read.
    var hasMore: Bool {
      var byte: UInt8 = 0
      return recv(file, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0
    }

    private func readExactly(_ count: Int) -> [UInt8]? {
      var bytes = [UInt8](repeating: 0, count: count)
      let got = recv(file, &bytes, count, Int32(MSG_WAITALL))
      return count == 0 || got == count ? bytes : nil
    }

    func write(_ bytes: [UInt8]) {
      _ = bytes.withUnsafeBytes { send(file, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    /// Says that nothing more will come.
    func end() { shutdown(file, Int32(SHUT_WR)) }

    /// Breaks the connection off, as the machine of a program that was killed does.
    func reset() {
      var nobody = sockaddr()
      nobody.sa_family = sa_family_t(AF_UNSPEC)
      connect(file, &nobody, socklen_t(MemoryLayout<sockaddr>.size))
    }
  }

  /// The requests that came.
  let requests = Inbox<String>()
  let port: Int
  private let listening: Int32
  private let worker = Mutex<Worker?>(nil)

  var url: String { "ws://127.0.0.1:\(port)" }

  /// Answers every request with `answer`, or never when it is `nil`.
  init(answer: String?) throws {
    (listening, port) = try Self.listen()
    serve { wire, _ in
      if let answer { wire.write(Array(answer.utf8)) }
    }
  }

  /// Upgrades every request, with `headers` beside the answer to its key and the bytes `glued` to it, and
  /// then does as `script` says.
  init(
    headers: String = "Upgrade: websocket\r\nConnection: Upgrade", glued: [UInt8] = [],
    script: @escaping @Sendable (Wire) -> Void
  ) throws {
    (listening, port) = try Self.listen()
    serve { wire, request in
      let marker = "sec-websocket-key: "
      let line = request.components(separatedBy: "\r\n").first {
        $0.lowercased().hasPrefix(marker)
      }
      let key = line.map { String($0.dropFirst(marker.count)) } ?? ""
      let hash = Self.sha1(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
      wire.write(
        Array(
          ("HTTP/1.1 101 Switching Protocols\r\n\(headers)\r\n"
            + "Sec-WebSocket-Accept: \(hash)\r\n\r\n").utf8) + glued)
      script(wire)
    }
  }

  deinit {
    shutdown(listening, Int32(SHUT_RDWR))
    worker.withLock { $0 }?.join()
    close(listening)
  }

  private func serve(_ answer: @escaping @Sendable (Wire, String) -> Void) {
    let listening = listening
    let requests = requests
    let files = Inbox<Int32>()
    let started = Worker("plain") {
      while true {
        let file = accept(listening, nil, nil)
        guard file >= 0 else { break }
        files.post(file)
        var request: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4_096)
        while !request.suffix(4).elementsEqual("\r\n\r\n".utf8) {
          let count = read(file, &piece, piece.count)
          guard count > 0 else { break }
          request.append(contentsOf: piece[..<count])
        }
        let text = String(decoding: request, as: UTF8.self)
        requests.post(text)
        answer(Wire(file: file), text)
      }
      for file in files.drain() { close(file) }
    }
    worker.withLock { $0 = started }
  }

  private static func listen() throws -> (Int32, Int) {
    let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(file, $0, size) == 0 && Glibc.listen(file, 16) == 0
          && getsockname(file, $0, &size) == 0
      }
    }
    guard status else { throw Late(description: "cannot listen") }
    return (file, Int(UInt16(bigEndian: address.sin_port)))
  }

  // The upgrade is the one place where SHA-1 is still spoken.
  private static func sha1(_ text: String) -> String {
    var message = Array(text.utf8)
    let bits = UInt64(message.count * 8)
    message.append(0x80)
    while message.count % 64 != 56 { message.append(0) }
    for shift in stride(from: 56, through: 0, by: -8) {
      message.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
    }
    var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
    for start in stride(from: 0, to: message.count, by: 64) {
      var words = (0..<16).map { index in
        message[(start + index * 4)..<(start + index * 4 + 4)].reduce(UInt32(0)) {
          $0 << 8 | UInt32($1)
        }
      }
      for index in 16..<80 {
        words.append(
          rotate(words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16], 1))
      }
      var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
      for index in 0..<80 {
        let (mix, constant): (UInt32, UInt32) =
          switch index {
          case ..<20: ((b & c) | (~b & d), 0x5a82_7999)
          case ..<40: (b ^ c ^ d, 0x6ed9_eba1)
          case ..<60: ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc)
          default: (b ^ c ^ d, 0xca62_c1d6)
          }
        let next = rotate(a, 5) &+ mix &+ e &+ constant &+ words[index]
        (e, d, c, b, a) = (d, c, rotate(b, 30), a, next)
      }
      for (index, value) in [a, b, c, d, e].enumerated() { state[index] &+= value }
    }
    let bytes = state.flatMap { word in (0..<4).map { UInt8(word >> UInt32(24 - $0 * 8) & 0xff) } }
    return Data(bytes).base64EncodedString()
  }

  private static func rotate(_ value: UInt32, _ count: UInt32) -> UInt32 {
    value << count | value >> (32 - count)
  }
}
