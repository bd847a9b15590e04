import CWebSockets
import Threads

/// What the service thread can be told.
enum SocketCommand: Sendable {
  case open(RelayURL, LinkID)
  case found([String], LinkID)
  case send([UInt8], LinkID)
  /// Answered by `.reached` when everything queued before it has been handed to the system.
  case mark(UInt64, LinkID)
  case pause(LinkID)
  case resume(LinkID)
  case resumeAll
  case close(LinkID, code: UInt16, reason: String)
  case stop
}

/// What the service thread tells: the events of a link, and marks that were reached.
enum PipeEvent: Sendable {
  case link(LinkEvent)
  case reached(UInt64)
}

/// What a service is for.
struct ServiceRole: Sendable {
  struct Listening: Sendable {
    var host: String
    var port: Int
    /// PEM files of the certificate chain and its key, for `wss`.
    var certificate: (chain: String, key: String)?
    /// The NIP-11 document.
    var document: [UInt8]
  }

  var userAgent: String
  /// A PEM file with authorities that are trusted besides the system's.
  var extraAuthority: String?
  var listening: Listening?
}

/// One libwebsockets context and all that belongs to it. Made, used and destroyed on one thread.
final class Service {
  /// Answers whether reading from the link may go on.
  typealias Handler = @Sendable (LinkID, PipeEvent) -> Bool

  let limits: SocketLimits
  let role: ServiceRole
  let inbox: Inbox<SocketCommand>
  let handler: Handler

  private(set) var context: OpaquePointer?
  var pipes: [LinkID: Pipe] = [:]
  var nextServerID: UInt32 = 1
  var plainHost: OpaquePointer?
  var secureHost: OpaquePointer?
  var alarm: UnsafeMutablePointer<studio_lws_alarm>
  var alarmAt: Int64 = .max
  private var buffer: [UInt8] = []
  let inputBuffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: readSize)
  let protocols: UnsafeMutablePointer<lws_protocols>
  private let name: UnsafeMutablePointer<CChar>
  let policy: UnsafeMutablePointer<lws_retry_bo_t>

  /// Most bytes that are put together for one system call.
  static let writeSize = 65_536
  /// Longer than any message that is sent.
  private static let largestWrite = 16 << 20
  private static let readSize = 32_768

  init(
    limits: SocketLimits, role: ServiceRole, inbox: Inbox<SocketCommand>,
    handler: @escaping Handler
  ) throws(RelayError) {
    self.limits = limits
    self.role = role
    self.inbox = inbox
    self.handler = handler
    alarm = .allocate(capacity: 1)
    alarm.initialize(to: studio_lws_alarm())
    protocols = .allocate(capacity: 2)
    protocols.initialize(repeating: lws_protocols(), count: 2)
    policy = .allocate(capacity: 1)
    policy.initialize(to: lws_retry_bo_t())
    name = .allocate(capacity: 6)
    name.initialize(repeating: 0, count: 6)
    for (index, byte) in "nostr".utf8.enumerated() { name[index] = CChar(bitPattern: byte) }
    protocols[0].name = UnsafePointer(name)
    protocols[0].callback = socketCallback
    // Of one write it hands the system that much, and keeps the rest for later.
    protocols[0].tx_packet_size = Self.largestWrite
    lws_set_log_level(0, nil)

    var info = lws_context_creation_info()
    info.options =
      studio_lws_explicit | studio_lws_tls | studio_lws_server_options
    info.port = studio_lws_no_listen
    info.gid = -1
    info.uid = -1
    info.fd_limit_per_thread = UInt32(limits.connections + 16)
    info.pt_serv_buf_size = UInt32(Self.readSize)
    // A client connection holds the headers of its answer as long as it lives.
    info.max_http_header_pool2 = UInt32(limits.connections + 16)
    info.retry_and_idle_policy = UnsafePointer(policy)
    info.user = Unmanaged.passUnretained(self).toOpaque()
    context = lws_create_context(&info)
    guard context != nil else { throw .noContext("no context") }
    alarm.pointee.owner = Unmanaged.passUnretained(self).toOpaque()
    if let listening = role.listening {
      guard let host = makeHost(isSecure: listening.certificate != nil) else {
        throw .cannotListen(host: listening.host, port: listening.port)
      }
      plainHost = host
    }
    // Safe: lws_cancel_service may be called from any thread; the inbox is closed, and with it this
    // closure dropped under the inbox's lock, before the context is destroyed.
    let handle = ContextHandle(pointer: context)
    inbox.setWake { lws_cancel_service(handle.pointer) }
  }

  deinit {
    inbox.close()
    if let context { lws_context_destroy(context) }
    inputBuffer.deallocate()
    alarm.deallocate()
    protocols.deallocate()
    policy.deallocate()
    name.deallocate()
  }

  /// The port on which the server listens.
  var listeningPort: Int { plainHost.map { Int(lws_get_vhost_listen_port($0)) } ?? 0 }

  /// Serves until it is told to stop.
  func run() {
    while let context, lws_service(context, 0) >= 0 {
      guard obey() else { break }
    }
    inbox.close()
    for pipe in pipes.values { pipe.close = pipe.close ?? LinkClose(reason: "the program stopped") }
    if let context {
      lws_sul_cancel(&alarm.pointee.sul)
      lws_context_destroy(context)
    }
    context = nil
    for pipe in pipes.values { finish(pipe, "the program stopped") }
  }

  var now: Int64 { lws_now_usecs() }

  // MARK: Commands

  private func obey() -> Bool {
    for command in inbox.drain() {
      switch command {
      case .open(let url, let id): open(url, as: id)
      case .found(let addresses, let id): found(addresses, for: id)
      case .send(let bytes, let id): enqueue(.frame(bytes), on: id)
      case .mark(let mark, let id): enqueue(.mark(mark), on: id)
      case .pause(let id): pause(id)
      case .resume(let id): resume(id)
      case .resumeAll: for id in Array(pipes.keys) { resume(id) }
      case .close(let id, let code, let reason): close(id, code: code, reason: reason)
      case .stop: return false
      }
    }
    return true
  }

  private func enqueue(_ outgoing: Pipe.Outgoing, on id: LinkID) {
    guard let pipe = pipes[id], pipe.phase == .open, let wsi = pipe.wsi else { return }
    let fits = pipe.enqueue(outgoing, limit: limits.sendQueue)
    guard fits else {
      pipe.dropOutgoing()
      pipe.close = LinkClose(reason: "more than \(limits.sendQueue) bytes waited to be sent")
      pipe.phase = .closing
      studio_lws_kill(wsi)
      return
    }
    lws_callback_on_writable(wsi)
  }

  private func pause(_ id: LinkID) {
    guard let pipe = pipes[id], !pipe.isPaused else { return }
    pipe.isPaused = true
    if let wsi = pipe.wsi, pipe.phase == .open { readOrNot(pipe, wsi) }
  }

  private func resume(_ id: LinkID) {
    guard let pipe = pipes[id], pipe.isPaused else { return }
    pipe.isPaused = false
    pipe.lastHeard = now
    guard let wsi = pipe.wsi, pipe.phase == .open else { return }
    if pipe.url == nil {
      readOrNot(pipe, wsi)
    } else if pipe.hasUnread {
      lws_callback_on_writable(wsi)
    }
  }

  /// Reads a connection that came to us, or does not; a client reads when it wants to (`readable`).
  ///
  /// Who takes nothing is not listened to: it could not be answered, and if it then says that it is done,
  /// libwebsockets 4.1 tries for ever to end what still holds bytes (`socketCallback`).
  private func readOrNot(_ pipe: Pipe, _ wsi: OpaquePointer) {
    guard pipe.url == nil else { return }
    lws_rx_flow_control(wsi, pipe.isPaused || pipe.isChoked ? 0 : 1)
  }

  private func close(_ id: LinkID, code: UInt16, reason: String) {
    guard let pipe = pipes[id], pipe.phase != .closing else { return }
    pipe.close = pipe.close ?? LinkClose(reason: reason, code: code)
    guard let wsi = pipe.wsi else { return finish(pipe, reason) }
    if pipe.phase == .open {
      pipe.farewell = (code, reason)
      if pipe.isPaused { resume(id) }
      lws_callback_on_writable(wsi)
      // A peer that no longer reads would never let the farewell out.
      look(at: pipe, in: limits.closeTimeout)
    } else {
      studio_lws_kill(wsi)
    }
    pipe.phase = .closing
  }

  // MARK: Life of a pipe

  /// Tells the last event of `pipe` and forgets it.
  func finish(_ pipe: Pipe, _ reason: String) {
    guard pipes.removeValue(forKey: pipe.id) != nil else { return }
    if let wsi = pipe.wsi { lws_set_opaque_user_data(wsi, nil) }
    pipe.wsi = nil
    pipe.dropOutgoing()
    _ = handler(pipe.id, .link(.closed(pipe.close ?? LinkClose(reason: reason))))
  }

  func opened(_ pipe: Pipe) {
    pipe.phase = .open
    pipe.lastHeard = now
    look(at: pipe, in: limits.pingAfter)
    _ = handler(pipe.id, .link(.opened(serverDate: pipe.serverDate)))
    if pipe.isPaused, let wsi = pipe.wsi { readOrNot(pipe, wsi) }
  }

  /// A piece of a message.
  ///
  /// The callback must not end the connection from here: libwebsockets 4.1 goes on filling its buffer
  /// past the end when a receiver refuses in the middle of a frame. The farewell goes out when the
  /// socket is next writable.
  func received(_ pipe: Pipe, _ bytes: UnsafeRawBufferPointer, _ wsi: OpaquePointer) {
    pipe.lastHeard = now
    guard pipe.phase == .open else { return }
    let reception = pipe.receive(
      bytes, remaining: Int(lws_remaining_packet_payload(wsi)),
      isFirst: lws_is_first_fragment(wsi) != 0, isFinal: lws_is_final_fragment(wsi) != 0,
      isBinary: lws_frame_is_binary(wsi) != 0, limit: limits.inboundFrame)
    switch reception {
    case .partial: break
    case .whole(let message):
      if !handler(pipe.id, .link(.frame(message))) {
        pipe.isPaused = true
        readOrNot(pipe, wsi)
      }
    case .tooLong:
      refuse(pipe, wsi, 1009, "the message is longer than \(limits.inboundFrame) bytes")
    case .binary:
      refuse(pipe, wsi, 1003, "only text messages are understood")
    }
  }

  func refuse(_ pipe: Pipe, _ wsi: OpaquePointer, _ code: UInt16, _ reason: String) {
    pipe.close = LinkClose(reason: reason, code: code)
    pipe.phase = .closing
    pipe.dropOutgoing()
    pipe.farewell = (code, reason)
    lws_callback_on_writable(wsi)
    look(at: pipe, in: limits.closeTimeout)
  }

  private func setCloseReason(_ wsi: OpaquePointer, _ code: UInt16, _ reason: String) {
    var text = Array(reason.utf8.prefix(120))
    lws_close_reason(wsi, lws_close_status(UInt32(code)), &text, text.count)
  }

  /// The socket takes bytes. Answers whether the connection may live.
  func writable(_ pipe: Pipe, _ wsi: OpaquePointer) -> Bool {
    if pipe.url != nil { return writeFrames(pipe, wsi) }
    defer { heedChoke(pipe, wsi) }
    if pipe.wantsPing {
      pipe.wantsPing = false
      pipe.pingSentAt = now
      let isSent = write(on: wsi, as: LWS_WRITE_PING) { $0 += WireFrame.ping }
      lws_callback_on_writable(wsi)
      return isSent
    }
    guard pipe.hasOutgoing else {
      guard let farewell = pipe.farewell else { return true }
      setCloseReason(wsi, farewell.code, farewell.reason)
      return false
    }
    var marks: [UInt64] = []
    guard write(on: wsi, { marks = pipe.fill(&$0, room: Self.writeSize) }) else { return false }
    for mark in marks { _ = handler(pipe.id, .reached(mark)) }
    if pipe.hasOutgoing || pipe.farewell != nil {
      lws_callback_on_writable(wsi)
    } else if pipe.phase == .open {
      _ = handler(pipe.id, .link(.drained))
    }
    return true
  }

  private func heedChoke(_ pipe: Pipe, _ wsi: OpaquePointer) {
    let isChoked = lws_partial_buffered(wsi) != 0
    guard isChoked != pipe.isChoked else { return }
    pipe.isChoked = isChoked
    readOrNot(pipe, wsi)
    if isChoked { lws_callback_on_writable(wsi) }
  }

  /// Writes what `fill` appends: whole frames, which go out as they are, unless `kind` has libwebsockets make
  /// the frame. Answers whether the connection took it.
  func write(
    on wsi: OpaquePointer, as kind: lws_write_protocol = LWS_WRITE_HTTP,
    _ fill: (inout [UInt8]) -> Void
  ) -> Bool {
    let pre = Int(studio_lws_pre)
    buffer.removeAll(keepingCapacity: buffer.capacity <= 4 * Self.writeSize)
    buffer.append(contentsOf: repeatElement(0, count: pre))
    fill(&buffer)
    let count = buffer.count - pre
    guard count > 0 || kind == LWS_WRITE_PING else { return true }
    return buffer.withUnsafeMutableBufferPointer {
      lws_write(wsi, $0.baseAddress.map { $0 + pre }, count, kind) >= 0
    }
  }
}

// Safe: only `lws_cancel_service` is called on it outside the service thread.
private struct ContextHandle: @unchecked Sendable { let pointer: OpaquePointer? }
