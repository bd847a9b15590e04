import CWebSockets

/// How a connection comes to the server, and what a browser or a NIP-11 reader is told.
extension Service {
  /// Before an upgrade: whether there is room for one more.
  func mayUpgrade(_ wsi: OpaquePointer) -> Int32 {
    guard role.listening != nil else { return -1 }
    guard pipes.count < limits.connections else {
      lws_return_http_status(wsi, 503, "this relay has no room for more connections")
      return 1
    }
    return 0
  }

  func accepted(_ wsi: OpaquePointer) -> Int32 {
    guard role.listening != nil, pipes.count < limits.connections else { return -1 }
    let pipe = Pipe(id: LinkID(raw: nextServerID), url: nil, phase: .open, due: .max)
    nextServerID &+= 1
    pipe.wsi = wsi
    pipes[pipe.id] = pipe
    lws_set_opaque_user_data(wsi, Unmanaged.passUnretained(pipe).toOpaque())
    opened(pipe)
    return 0
  }

  /// A plain HTTP request, whatever its path: the NIP-11 document for who asks for it, a line of text
  /// for a browser.
  func answer(_ wsi: OpaquePointer) -> Int32 {
    guard let listening = role.listening else { return -1 }
    let wantsDocument =
      header(WSI_TOKEN_HTTP_ACCEPT, of: wsi)?.utf8.split(separator: UInt8(ascii: ","))
      .contains { String(decoding: $0, as: UTF8.self).contains("application/nostr+json") } ?? false
    let type = wantsDocument ? "application/nostr+json" : "text/plain; charset=utf-8"
    let body = wantsDocument ? listening.document : Array("This is a Nostr relay.\n".utf8)
    let pre = Int(studio_lws_pre)
    var buffer = [UInt8](repeating: 0, count: pre + 1024)
    let sent = buffer.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress.map({ $0 + pre }) else { return false }
      var place: UnsafeMutablePointer<UInt8>? = start
      let end = start + 1000
      guard
        lws_add_http_common_headers(wsi, 200, type, UInt64(body.count), &place, end) == 0
      else { return false }
      for (name, value) in Self.crossOrigin {
        guard
          lws_add_http_header_by_name(wsi, name, value, Int32(value.utf8.count), &place, end) == 0
        else { return false }
      }
      return lws_finalize_write_http_header(wsi, start, &place, end) == 0
    }
    guard sent else { return -1 }
    var content = [UInt8](repeating: 0, count: pre) + body
    let status = content.withUnsafeMutableBufferPointer {
      lws_write(wsi, $0.baseAddress.map { $0 + pre }, body.count, LWS_WRITE_HTTP_FINAL)
    }
    guard status >= 0 else { return -1 }
    return lws_http_transaction_completed(wsi) == 0 ? 0 : -1
  }

  private static let crossOrigin = [
    ("access-control-allow-origin:", "*"),
    ("access-control-allow-headers:", "*"),
    ("access-control-allow-methods:", "GET, HEAD, OPTIONS"),
  ]
}
