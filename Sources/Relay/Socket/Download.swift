import CWebSockets
import Glibc

/// What lies at one address, fetched over HTTP on the thread that asks for it. Follows nothing to another place.
package final class Download {
  /// Where to ask.
  package struct Place: Sendable {
    package var isSecure: Bool
    package var host: String
    package var port: Int
    /// As the request names it.
    package var authority: String
    package var path: String

    package init(isSecure: Bool, host: String, port: Int, authority: String, path: String) {
      (self.isSecure, self.host, self.port) = (isSecure, host, port)
      (self.authority, self.path) = (authority, path)
    }
  }

  /// Why there is nothing, or not all of it.
  package struct Failure: Error, Sendable, CustomStringConvertible {
    package let description: String
  }

  private let take: (UnsafeRawBufferPointer) -> Bool
  private var context: OpaquePointer?
  private var alarm = UnsafeMutablePointer<studio_lws_alarm>.allocate(capacity: 1)
  private let protocols = UnsafeMutablePointer<lws_protocols>.allocate(capacity: 2)
  private let buffer = UnsafeMutableBufferPointer<CChar>.allocate(capacity: readSize)
  private var isOver = false
  private var failure: Failure?
  private var hasBegun = false
  private var heardNothing = false
  /// Bytes that are still to come, where the server says how many.
  private var missing: Int64?

  private static let readSize = 65_536

  private init(_ take: @escaping (UnsafeRawBufferPointer) -> Bool) {
    self.take = take
    alarm.initialize(to: studio_lws_alarm())
    protocols.initialize(repeating: lws_protocols(), count: 2)
  }

  deinit {
    alarm.deallocate()
    protocols.deallocate()
    buffer.deallocate()
  }

  /// Gets it.
  ///
  /// - Parameters:
  ///   - seconds: for all of it.
  ///   - authority: a PEM file with authorities that are trusted besides the system's.
  ///   - take: called on this thread with every piece; what it refuses ends the download without an error.
  package static func get(
    _ place: Place, within seconds: Int, authority: String? = nil,
    _ take: (UnsafeRawBufferPointer) -> Bool
  ) throws(Failure) {
    let failure = withoutActuallyEscaping(take) { take in
      let download = Download(take)
      download.run(place, seconds: seconds, authority: authority)
      return download.failure
    }
    if let failure { throw failure }
  }

  private func run(_ place: Place, seconds: Int, authority: String?) {
    // They are to live as long as the connection.
    let words = ["http", "http/1.1", place.host, place.authority, place.path, "GET"]
    let texts: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    let trusted = authority.flatMap { strdup($0) }
    defer { for text in texts + [trusted] { free(text) } }
    lws_set_log_level(0, nil)
    protocols[0].name = UnsafePointer(texts[0])
    protocols[0].callback = downloadCallback
    var info = lws_context_creation_info()
    info.options = studio_lws_tls
    info.port = studio_lws_no_listen
    info.gid = -1
    info.uid = -1
    info.protocols = UnsafePointer(protocols)
    info.pt_serv_buf_size = UInt32(Self.readSize)
    info.alpn = UnsafePointer(texts[1])
    info.client_ssl_ca_filepath = UnsafePointer(trusted)
    info.timeout_secs = UInt32(clamping: seconds)
    info.user = Unmanaged.passUnretained(self).toOpaque()
    guard let context = lws_create_context(&info) else { return fail("no socket could be made") }
    self.context = context
    defer {
      isOver = true
      lws_sul_cancel(&alarm.pointee.sul)
      lws_context_destroy(context)
    }
    alarm.pointee.owner = Unmanaged.passUnretained(self).toOpaque()
    lws_sul_schedule(
      context, 0, &alarm.pointee.sul, downloadAlarm, lws_usec_t(seconds) * 1_000_000)
    var call = lws_client_connect_info()
    call.context = context
    call.address = UnsafePointer(texts[2])
    call.port = Int32(place.port)
    call.host = UnsafePointer(texts[3])
    call.path = UnsafePointer(texts[4])
    call.method = UnsafePointer(texts[5])
    call.alpn = UnsafePointer(texts[1])
    call.local_protocol_name = UnsafePointer(texts[0])
    call.ietf_version_or_minus_one = -1
    call.ssl_connection = Int32(LCCSCF_HTTP_NO_FOLLOW_REDIRECT.rawValue)
    if place.isSecure { call.ssl_connection |= Int32(LCCSCF_USE_SSL.rawValue) }
    guard lws_client_connect_via_info(&call) != nil || isOver else {
      return fail("no connection to \(place.authority)")
    }
    while !isOver, lws_service(context, 0) >= 0 {}
    if !isOver { fail("the connection to \(place.authority) was lost") }
  }

  // MARK: What libwebsockets says

  fileprivate func fail(_ words: String) {
    guard !isOver else { return }
    failure = Failure(description: words)
    isOver = true
  }

  fileprivate func ranOut() {
    fail("it did not come in time")
    if let context { lws_cancel_service(context) }
  }

  /// The head of the answer is there. Answers whether the rest is wanted.
  fileprivate func begin(_ wsi: OpaquePointer) -> Bool {
    guard !isOver, isGood(wsi) else { return false }
    hasBegun = true
    var text = [CChar](repeating: 0, count: 32)
    if lws_hdr_copy(wsi, &text, 32, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0 {
      let digits = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      missing = Int64(String(decoding: digits, as: UTF8.self))
    }
    return true
  }

  private func isGood(_ wsi: OpaquePointer) -> Bool {
    let status = lws_http_client_http_response(wsi)
    switch status {
    case 200: return true
    case 300..<400: fail("HTTP status \(status): it would be at another place")
    default: fail("HTTP status \(status)")
    }
    return false
  }

  fileprivate func failed(_ wsi: OpaquePointer, _ words: String) {
    if lws_http_client_http_response(wsi) > 0 { _ = isGood(wsi) }
    fail(words)
  }

  /// There is something to read. Answers whether the connection may live.
  fileprivate func readable(_ wsi: OpaquePointer) -> Bool {
    heardNothing = true
    var start = buffer.baseAddress
    var count = Int32(buffer.count)
    // Calls `received`.
    guard lws_http_client_read(wsi, &start, &count) >= 0, !isOver else { return false }
    // The end of the stream is nothing to libwebsockets, which would say again and again that there is something.
    return !heardNothing || !hasEnded(wsi)
  }

  fileprivate func received(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard !isOver, !bytes.isEmpty else { return !isOver }
    heardNothing = false
    if let left = missing { missing = left - Int64(bytes.count) }
    if !take(bytes) { isOver = true }
    return !isOver
  }

  fileprivate func closed() {
    guard !isOver else { return }
    if !hasBegun || missing ?? 0 > 0 { fail("the connection broke off") }
    isOver = true
  }
}

private func downloadAlarm(_ sul: UnsafeMutablePointer<lws_sorted_usec_list>?) {
  guard let sul else { return }
  let owner = UnsafeMutableRawPointer(sul).assumingMemoryBound(to: studio_lws_alarm.self).pointee
    .owner
  guard let owner else { return }
  Unmanaged<Download>.fromOpaque(owner).takeUnretainedValue().ranOut()
}

private func downloadCallback(
  _ wsi: OpaquePointer?, _ reason: lws_callback_reasons, _ user: UnsafeMutableRawPointer?,
  _ input: UnsafeMutableRawPointer?, _ length: Int
) -> Int32 {
  guard let wsi, let context = lws_get_context(wsi), let owner = lws_context_user(context) else {
    return 0
  }
  let download = Unmanaged<Download>.fromOpaque(owner).takeUnretainedValue()
  switch reason {
  case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP: return download.begin(wsi) ? 0 : -1
  case LWS_CALLBACK_RECEIVE_CLIENT_HTTP: return download.readable(wsi) ? 0 : -1
  case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
    return download.received(UnsafeRawBufferPointer(start: input, count: length)) ? 0 : -1
  case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
    download.closed()
    return -1
  case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    download.failed(wsi, socketError(input, length))
  case LWS_CALLBACK_CLOSED_CLIENT_HTTP: download.closed()
  default: break
  }
  return 0
}
