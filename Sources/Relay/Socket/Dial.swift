import CWebSockets
import Glibc
import Threads

/// How a client connection comes to be: look the name up, try one address after the other, upgrade.
extension Service {
  func open(_ url: RelayURL, as id: LinkID) {
    let pipe = Pipe(id: id, url: url, phase: .resolving, due: .max)
    guard pipes[id] == nil, pipes.count < limits.connections else {
      let reason = pipes[id] == nil ? "too many connections" : "this link is open already"
      if pipes[id] == nil { _ = handler(id, .link(.closed(LinkClose(reason: reason)))) }
      return
    }
    pipes[id] = pipe
    look(at: pipe, in: limits.connectTimeout)
    if isNumeric(url.host) { return found([url.host], for: id) }
    // A lookup may hang for many seconds, and libwebsockets would do it on this thread.
    let inbox = inbox
    Worker.detach("lookup") { inbox.post(.found(lookUp(url.host), id)) }
  }

  func found(_ addresses: [String], for id: LinkID) {
    guard let pipe = pipes[id], pipe.phase == .resolving else { return }
    pipe.addresses = addresses[...]
    guard !addresses.isEmpty else {
      pipe.close = LinkClose(reason: "the host “\(pipe.url?.host ?? "")” has no address")
      return finish(pipe, "")
    }
    dial(pipe)
  }

  /// Tries the next address. A failure is told in `failed`, also from within this call.
  func dial(_ pipe: Pipe) {
    guard let url = pipe.url, let address = pipe.addresses.popFirst(), let context,
      let host = dialHost(isSecure: url.isSecure)
    else {
      return finish(pipe, "the certificates of the system could not be read")
    }
    pipe.phase = .connecting
    let wsi = address.withCString { address in
      url.authority.withCString { authority in
        url.path.withCString { path in
          var info = lws_client_connect_info()
          info.context = context
          info.vhost = host
          info.address = address
          info.port = Int32(url.port)
          info.host = authority
          info.path = path
          info.ietf_version_or_minus_one = -1
          info.ssl_connection = Int32(LCCSCF_HTTP_NO_FOLLOW_REDIRECT.rawValue)
          if url.isSecure { info.ssl_connection |= Int32(LCCSCF_USE_SSL.rawValue) }
          info.opaque_user_data = Unmanaged.passUnretained(pipe).toOpaque()
          // Names our callback; the relay is asked for no subprotocol.
          return "nostr".withCString { name in
            info.local_protocol_name = name
            return "http/1.1".withCString { alpn in
              info.alpn = alpn
              // A plain request for libwebsockets: the upgrade and the frames are ours.
              return "GET".withCString { method in
                info.method = method
                return lws_client_connect_via_info(&info)
              }
            }
          }
        }
      }
    }
    guard pipes[pipe.id] === pipe, pipe.phase == .connecting else { return }
    if let wsi {
      pipe.wsi = wsi
    } else if pipe.wsi == nil, pipe.addresses.isEmpty {
      finish(pipe, pipe.close?.reason ?? "the connection could not be made")
    } else if pipe.wsi == nil {
      dial(pipe)
    }
  }

  /// The attempt failed before the link was open.
  func failed(_ pipe: Pipe, _ reason: String, _ wsi: OpaquePointer) {
    lws_set_opaque_user_data(wsi, nil)
    pipe.wsi = nil
    if pipe.phase == .closing { return finish(pipe, reason) }
    var close = LinkClose(reason: reason)
    let status = Int(lws_http_client_http_response(wsi))
    if pipe.phase == .upgrading, status > 0, status != 101 {
      close.httpStatus = status
      close.serverDate = header(WSI_TOKEN_HTTP_DATE, of: wsi).flatMap(HTTPDate.seconds)
      close.retryAfter = header(WSI_TOKEN_HTTP_RETRY_AFTER, of: wsi).flatMap {
        HTTPDate.retryAfter($0, now: close.serverDate)
      }
      close.reason = "the host answered the upgrade with HTTP status \(status)"
    } else if let refusal = pipe.refusal {
      close.reason = refusal
    }
    if pipe.phase == .connecting, reason.contains("SSL") {
      close.reason = "no encrypted connection: the certificate is not to be believed (\(reason))"
    }
    pipe.close = close
    // Another address may do better, but not when this one has spoken.
    if pipe.phase == .connecting, !pipe.addresses.isEmpty {
      pipe.close = nil
      pipe.phase = .resolving
      inbox.post(.found(Array(pipe.addresses), pipe.id))
      return
    }
    finish(pipe, reason)
  }

  /// The value of a header of at most 255 bytes.
  func header(_ token: lws_token_indexes, of wsi: OpaquePointer) -> String? {
    var text = [CChar](repeating: 0, count: 256)
    let count = lws_hdr_copy(wsi, &text, 256, token)
    guard count > 0 else { return nil }
    return String(decoding: text.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private func isNumeric(_ host: String) -> Bool {
    var four = in_addr()
    var six = in6_addr()
    return inet_pton(AF_INET, host, &four) == 1 || inet_pton(AF_INET6, host, &six) == 1
  }
}

/// At most eight addresses of `host`, in the order in which the system would try them.
private func lookUp(_ host: String) -> [String] {
  var hints = addrinfo()
  hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
  hints.ai_flags = AI_ADDRCONFIG
  var first: UnsafeMutablePointer<addrinfo>?
  guard getaddrinfo(host, nil, &hints, &first) == 0 else {
    // This machine, even where no file or server says so (RFC 6761, 6.3).
    return host == "localhost" ? ["127.0.0.1"] : []
  }
  defer { freeaddrinfo(first) }
  var addresses: [String] = []
  var next = first
  while let entry = next?.pointee, addresses.count < 8 {
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    if getnameinfo(
      entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
    {
      let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      let address = String(decoding: bytes, as: UTF8.self)
      if !addresses.contains(address) { addresses.append(address) }
    }
    next = entry.ai_next
  }
  return addresses
}
