import CWebSockets

// RFC 6455, 4: how a client asks for a WebSocket, and what it accepts for an answer.
// https://www.rfc-editor.org/rfc/rfc6455#section-4

/// One upgrade: the key that goes out and the answer that must come back.
struct Handshake {
  let key: String
  let accept: String

  init() {
    var generator = SystemRandomNumberGenerator()
    self.init(nonce: (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
  }

  init(nonce: [UInt8]) {
    key = Self.base64(nonce)
    let text = Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)
    var digest = [UInt8](repeating: 0, count: 20)
    _ = lws_SHA1(text, text.count, &digest)
    accept = Self.base64(digest)
  }

  /// The headers of the request.
  var request: String {
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: \(key)\r\n"
      + "Sec-WebSocket-Version: 13\r\n"
  }

  /// The headers of an answer with status 101 that matter.
  struct Answer {
    var upgrade: String?
    var connection: String?
    var accept: String?
    var hasExtensions = false
    var hasProtocol = false
    /// A body has no place here, and libwebsockets would take the frames for it.
    var hasBody = false
  }

  /// Why `answer` opens no WebSocket; `nil` when it does.
  func refusal(of answer: Answer) -> String? {
    if !Self.names("websocket", answer.upgrade) || !Self.names("upgrade", answer.connection) {
      return "the host answered the upgrade without upgrading"
    }
    if answer.accept != accept { return "the host answered the upgrade with the wrong key" }
    if answer.hasExtensions { return "the host answered with an extension nobody asked for" }
    if answer.hasProtocol { return "the host answered with a subprotocol nobody asked for" }
    if answer.hasBody { return "the host answered the upgrade with a body" }
    return nil
  }

  private static func names(_ token: String, _ list: String?) -> Bool {
    list?.split(separator: ",").contains { part in
      part.drop { $0 == " " || $0 == "\t" }.lowercased().split(separator: " ").first ?? "" == token
    } ?? false
  }

  private static func base64(_ bytes: [UInt8]) -> String {
    var text = [CChar](repeating: 0, count: bytes.count * 2 + 4)
    let count = bytes.withUnsafeBytes {
      lws_b64_encode_string(
        $0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), &text,
        Int32(text.count))
    }
    return String(
      decoding: text.prefix(Int(max(0, count))).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

extension Service {
  /// Appends our headers to the request at `input`, a pointer to the place in a buffer with `room` bytes left.
  /// Answers 0, or -1 when there is no room.
  func appendHeaders(_ wsi: OpaquePointer, _ input: UnsafeMutableRawPointer?, _ room: Int) -> Int32
  {
    guard let pipe = Pipe.of(wsi), let input else { return -1 }
    if pipe.phase == .connecting {
      pipe.phase = .upgrading
      look(at: pipe, in: limits.upgradeTimeout)
    }
    let handshake = Handshake()
    pipe.handshake = handshake
    let place = input.assumingMemoryBound(to: UnsafeMutablePointer<UInt8>.self)
    // libwebsockets takes this for a plain request, and says that the connection is to be closed after it.
    let unwanted = Array("connection: close\r\n".utf8)
    let last = UnsafeBufferPointer(start: place.pointee - unwanted.count, count: unwanted.count)
    if last.elementsEqual(unwanted) { place.pointee -= unwanted.count }
    let ours = Array((handshake.request + "User-Agent: \(role.userAgent)\r\n").utf8)
    guard ours.count <= room else { return -1 }
    for byte in ours {
      place.pointee.pointee = byte
      place.pointee += 1
    }
    return 0
  }

  /// The answer to the upgrade has come. Answers 0 when it opens a WebSocket, else -1, which ends in `failed`.
  func judgeAnswer(_ pipe: Pipe, _ wsi: OpaquePointer) -> Int32 {
    pipe.serverDate = header(WSI_TOKEN_HTTP_DATE, of: wsi).flatMap(HTTPDate.seconds)
    guard lws_http_client_http_response(wsi) == 101, let handshake = pipe.handshake else {
      return -1
    }
    func has(_ token: lws_token_indexes) -> Bool { lws_hdr_total_length(wsi, token) > 0 }
    let answer = Handshake.Answer(
      upgrade: header(WSI_TOKEN_UPGRADE, of: wsi),
      connection: header(WSI_TOKEN_CONNECTION, of: wsi),
      accept: header(WSI_TOKEN_ACCEPT, of: wsi), hasExtensions: has(WSI_TOKEN_EXTENSIONS),
      hasProtocol: has(WSI_TOKEN_PROTOCOL),
      hasBody: has(WSI_TOKEN_HTTP_CONTENT_LENGTH) || has(WSI_TOKEN_HTTP_TRANSFER_ENCODING))
    pipe.refusal = handshake.refusal(of: answer)
    return pipe.refusal == nil ? 0 : -1
  }
}
