import CWebSockets

// The virtual hosts of libwebsockets: one to listen or to dial in the clear, one with the authorities.
extension Service {
  /// The host through which to dial; the one with the authorities is made when it is first wanted.
  func dialHost(isSecure: Bool) -> OpaquePointer? {
    if isSecure {
      if secureHost == nil { secureHost = makeHost(isSecure: true) }
      return secureHost
    }
    if plainHost == nil { plainHost = makeHost(isSecure: false) }
    return plainHost
  }

  func makeHost(isSecure: Bool) -> OpaquePointer? {
    guard let context else { return nil }
    var info = lws_context_creation_info()
    info.protocols = UnsafePointer(protocols)
    info.options = studio_lws_server_options | (isSecure ? studio_lws_tls : 0)
    info.port = studio_lws_no_listen
    info.gid = -1
    info.uid = -1
    info.retry_and_idle_policy = UnsafePointer(policy)
    // Ours are shorter, and measure what they say.
    info.timeout_secs = 60
    info.connect_timeout_secs = 60
    // How long a connection may hold headers: a client's for ever.
    if role.listening == nil { info.timeout_secs_ah_idle = 1 << 30 }
    let strings = CStrings()
    info.alpn = strings.keep("http/1.1")
    info.vhost_name = strings.keep(isSecure ? "secure" : "plain")
    if let listening = role.listening {
      info.port = Int32(listening.port)
      info.timeout_secs = 10
      let isAny = listening.host == "0.0.0.0"
      if isAny || !listening.host.contains(":") { info.options |= studio_lws_no_ipv6 }
      if !isAny, listening.host != "::" { info.iface = strings.keep(listening.host) }
      if let certificate = listening.certificate {
        info.ssl_cert_filepath = strings.keep(certificate.chain)
        info.ssl_private_key_filepath = strings.keep(certificate.key)
      }
    }
    if let path = role.extraAuthority { info.client_ssl_ca_filepath = strings.keep(path) }
    guard let host = lws_create_vhost(context, &info) else { return nil }
    if isSecure, role.listening == nil {
      guard lws_init_vhost_client_ssl(&info, host) == 0 else { return nil }
    }
    return host
  }
}

/// C strings that live as long as the object.
private final class CStrings {
  private var all: [UnsafeMutablePointer<CChar>] = []

  func keep(_ text: String) -> UnsafePointer<CChar> {
    let bytes = text.utf8CString
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
    for (index, byte) in bytes.enumerated() { copy[index] = byte }
    all.append(copy)
    return UnsafePointer(copy)
  }

  deinit {
    for pointer in all { pointer.deallocate() }
  }
}
