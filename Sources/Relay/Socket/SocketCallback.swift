import CWebSockets

/// What libwebsockets calls, always on the service thread. A result other than 0 ends the connection.
func socketCallback(
  _ wsi: OpaquePointer?, _ reason: lws_callback_reasons, _ user: UnsafeMutableRawPointer?,
  _ input: UnsafeMutableRawPointer?, _ length: Int
) -> Int32 {
  guard let wsi, let context = lws_get_context(wsi), let owner = lws_context_user(context) else {
    return 0
  }
  let service = Unmanaged<Service>.fromOpaque(owner).takeUnretainedValue()
  switch reason {
  case LWS_CALLBACK_RECEIVE_CLIENT_HTTP:
    guard let pipe = Pipe.of(wsi) else { return -1 }
    return service.readable(pipe, wsi) ? 0 : end(wsi)
  case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
    guard let pipe = Pipe.of(wsi) else { return -1 }
    service.receivedFrames(pipe, UnsafeRawBufferPointer(start: input, count: length), wsi)
  case LWS_CALLBACK_RECEIVE:
    guard let pipe = Pipe.of(wsi) else { break }
    service.received(pipe, UnsafeRawBufferPointer(start: input, count: length), wsi)
  case LWS_CALLBACK_CLIENT_HTTP_WRITEABLE, LWS_CALLBACK_SERVER_WRITEABLE:
    guard let pipe = Pipe.of(wsi) else { return -1 }
    return service.writable(pipe, wsi) ? 0 : end(wsi)
  case LWS_CALLBACK_RECEIVE_PONG:
    Pipe.of(wsi)?.lastHeard = service.now
  case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
    return service.appendHeaders(wsi, input, length)
  case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH:
    guard let pipe = Pipe.of(wsi) else { return -1 }
    return service.judgeAnswer(pipe, wsi)
  case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
    guard let pipe = Pipe.of(wsi), pipe.phase != .closing else { return -1 }
    pipe.wsi = wsi
    pipe.reader = FrameReader(limit: service.limits.inboundFrame)
    service.opened(pipe)
  case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
    return -1
  case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    if let pipe = Pipe.of(wsi) { service.failed(pipe, socketError(input, length), wsi) }
  case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
    if let pipe = Pipe.of(wsi) { service.peerCloses(pipe, input, length) }
  case LWS_CALLBACK_CLOSED_CLIENT_HTTP, LWS_CALLBACK_CLOSED, LWS_CALLBACK_WSI_DESTROY:
    if let pipe = Pipe.of(wsi) { service.finish(pipe, "the connection was lost") }
  case LWS_CALLBACK_ESTABLISHED:
    return service.accepted(wsi)
  case LWS_CALLBACK_HTTP:
    return service.answer(wsi)
  case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
    return service.mayUpgrade(wsi)
  default:
    break
  }
  return 0
}

/// Ends a connection out of its own callback.
///
/// Told by the result to end one that still holds bytes of ours, libwebsockets 4.1 waits for them to leave without
/// ever looking at the socket again: it calls back for the same event for ever, and serves nobody else. Such a one
/// is killed from its list of timers.
private func end(_ wsi: OpaquePointer) -> Int32 {
  guard lws_partial_buffered(wsi) != 0 else { return -1 }
  studio_lws_kill(wsi)
  return 0
}

/// What libwebsockets says of a connection that could not be made.
func socketError(_ input: UnsafeMutableRawPointer?, _ length: Int) -> String {
  let bytes = UnsafeRawBufferPointer(start: input, count: input == nil ? 0 : min(length, 200))
  let words = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  return words.isEmpty ? "the connection could not be made" : words
}

extension Service {
  fileprivate func peerCloses(
    _ pipe: Pipe, _ input: UnsafeMutableRawPointer?, _ length: Int
  ) {
    guard pipe.close == nil else { return }
    let bytes = UnsafeRawBufferPointer(start: input, count: min(length, 125))
    guard bytes.count >= 2 else {
      pipe.close = LinkClose(reason: "the other side closed the connection")
      return
    }
    let said = String(decoding: bytes.dropFirst(2), as: UTF8.self)
    pipe.close = LinkClose(
      reason: said.isEmpty ? "the other side closed the connection" : said,
      code: UInt16(bytes[0]) << 8 | UInt16(bytes[1]))
  }
}
