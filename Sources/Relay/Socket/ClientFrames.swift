import CWebSockets
import Glibc

/// The frames of a client connection, which libwebsockets takes for the endless body of an HTTP answer: its
/// own parser looks at every byte of a payload, this one at none.
extension Service {
  /// The connection has something to read. Answers whether it may live.
  ///
  /// libwebsockets says so once, until `lws_http_client_read` is called: a paused pipe just does not. Its own
  /// flow control would stop a plain request from sending, too.
  func readable(_ pipe: Pipe, _ wsi: OpaquePointer) -> Bool {
    guard !pipe.isPaused else {
      pipe.hasUnread = true
      return true
    }
    pipe.hasUnread = false
    pipe.heardNothing = true
    let status = inputBuffer.withMemoryRebound(to: CChar.self) { buffer in
      var start = buffer.baseAddress
      var count = Int32(buffer.count)
      // Calls `receivedFrames`.
      return lws_http_client_read(wsi, &start, &count)
    }
    guard status >= 0, !pipe.isOver else { return false }
    // The end of the stream is nothing to libwebsockets, which would say again and again that there is something.
    if pipe.heardNothing, hasEnded(wsi) { return false }
    // While there is something to read, libwebsockets never says that the socket takes bytes.
    guard pipe.wantsWriting else { return true }
    guard lws_send_pipe_choked(wsi) == 0 else {
      lws_callback_on_writable(wsi)
      return true
    }
    return writable(pipe, wsi)
  }

  func receivedFrames(_ pipe: Pipe, _ bytes: UnsafeRawBufferPointer, _ wsi: OpaquePointer) {
    pipe.lastHeard = now
    if !bytes.isEmpty { pipe.heardNothing = false }
    guard pipe.phase == .open || pipe.phase == .closing, !pipe.hasFailed else { return }
    do throws(FrameFault) {
      try pipe.reader?.read(bytes) { take($0, from: pipe, wsi) }
    } catch {
      pipe.hasFailed = true
      guard pipe.phase == .open else { return }
      refuse(pipe, wsi, error.code, error.reason)
    }
  }

  private func take(_ received: Received, from pipe: Pipe, _ wsi: OpaquePointer) {
    switch received {
    case .message(let message):
      guard pipe.phase == .open else { return }
      if !handler(pipe.id, .link(.frame(message))) { pipe.isPaused = true }
    case .ping(let payload):
      // Of several pings the last alone wants an answer.
      pipe.pong = payload
      lws_callback_on_writable(wsi)
    case .pong:
      break
    case .close(let code, let reason):
      closes(pipe, code, reason, wsi)
    }
  }

  // Whoever was asked to close answers and hangs up; whoever asked hangs up on the answer.
  private func closes(_ pipe: Pipe, _ code: UInt16?, _ reason: String, _ wsi: OpaquePointer) {
    pipe.hasFailed = true
    if pipe.saidFarewell {
      pipe.isOver = true
      return
    }
    pipe.close =
      pipe.close
      ?? LinkClose(
        reason: reason.isEmpty ? "the other side closed the connection" : reason, code: code)
    pipe.phase = .closing
    pipe.dropOutgoing()
    pipe.farewell = pipe.farewell ?? (code ?? 1000, "")
    lws_callback_on_writable(wsi)
    look(at: pipe, in: limits.closeTimeout)
  }

  /// Sends what waits on a client connection, control frames first. Answers whether the connection may live.
  func writeFrames(_ pipe: Pipe, _ wsi: OpaquePointer) -> Bool {
    if pipe.hasUnread, !pipe.isPaused { return readable(pipe, wsi) }
    // After the farewell nothing is sent; the other side has the word, unless its words were refused.
    if pipe.saidFarewell { return !pipe.hasFailed }
    var marks: [UInt64] = []
    let isSent = write(on: wsi) { buffer in
      if let payload = pipe.pong.take() {
        WireFrame.append(payload, opcode: .pong, masked: true, to: &buffer)
      }
      if pipe.wantsPing {
        pipe.wantsPing = false
        pipe.pingSentAt = now
        WireFrame.append(WireFrame.ping, opcode: .ping, masked: true, to: &buffer)
      }
      marks = pipe.fill(&buffer, room: Self.writeSize)
      if !pipe.hasOutgoing, let (code, reason) = pipe.farewell {
        let payload = [UInt8(code >> 8), UInt8(code & 0xff)] + WireFrame.closeText(reason)
        WireFrame.append(payload, opcode: .close, masked: true, to: &buffer)
        pipe.saidFarewell = true
      }
    }
    guard isSent else { return false }
    for mark in marks { _ = handler(pipe.id, .reached(mark)) }
    if pipe.hasOutgoing || (pipe.saidFarewell && pipe.hasFailed) {
      lws_callback_on_writable(wsi)
    } else if pipe.phase == .open, !pipe.hasOutgoing {
      _ = handler(pipe.id, .link(.drained))
    }
    return true
  }
}

/// Whether the other side of a connection sends no more: it closed its end, or the connection broke.
func hasEnded(_ wsi: OpaquePointer) -> Bool {
  var byte: UInt8 = 0
  let flags = Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)
  let count = recv(lws_get_socket_fd(wsi), &byte, 1, flags)
  return count == 0 || count < 0 && ![EAGAIN, EWOULDBLOCK, EINTR].contains(errno)
}
