import CCrypto
import Glibc
import Home
import Nostr
import Synchronization
import Threads

/// A relay inside the test process, down to the bytes: honest until a lie is chosen.
///
/// One thread takes connections and each connection has one of its own. It verifies nothing and keeps all.
final class LyingRelay: Sendable {
  /// How it deviates from an honest relay.
  struct Lies: Sendable {
    /// At most that many events in a page, whatever was asked.
    var clamp: Int?
    var untilIsExclusive = false
    var ignoresUntil = false
    var oldestFirst = false
    var sendsTwice = false
    var withholdsEnd = false
    var endsFirst = false
    var endsTwice = false
    /// Hangs up after that many events of the next page, once.
    var hangsUpAfter: Int?
    /// Pages of this filter come with these events in front, whatever the filter says.
    var stuffing: [Event] = []
    /// Takes nothing in and says so, with these texts in turn; the last one stays. Empty accepts.
    var refusals: [String] = []
    /// Refuses wraps that are dated more than so many seconds ago.
    var oldestWrap: Int64?
    /// Says OK and keeps nothing.
    var forgets = false
    /// Says nothing at all about what is published.
    var isSilent = false
    /// Leaves out the event's id in a refusal.
    var omitsID = false
    /// CLOSED texts with which the next subscriptions are ended, in turn.
    var closures: [String] = []
    /// Answers every REQ with nothing but EOSE until AUTH.
    var hidesUntilAuth = false
    /// Ends every REQ with auth-required until AUTH.
    var wantsAuth = false
    /// Sends the challenge when the connection opens.
    var challengesFirst = false
    /// The verdict on AUTH; `nil` never answers.
    var authVerdict: Bool? = true
    /// The `Date` header of the upgrade, minus the true time, in seconds.
    var clockError: Int64 = 0
  }

  private struct State {
    var lies = Lies()
    var events: [Event] = []
    var connections: [ObjectIdentifier: Connection] = [:]
    var opened = 0
    var isOver = false
  }

  let port: Int
  /// Everything that clients said, in order.
  let heard = Inbox<ClientMessage>()
  private let state = Mutex(State())
  private let listener: Int32

  var url: String { "ws://127.0.0.1:\(port)" }

  init(port: Int = 0, _ change: (inout Lies) -> Void = { _ in }) throws {
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var on: Int32 = 1
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port)).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let outcome = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size) == 0 && listen(listener, 64) == 0
          ? getsockname(listener, $0, &size) : -1
      }
    }
    guard outcome == 0 else { throw Late("a relay cannot listen: \(errno)") }
    self.port = Int(UInt16(bigEndian: address.sin_port))
    state.withLock { change(&$0.lies) }
    Worker.detach("lies") { [weak self] in
      while true {
        let descriptor = accept(listener, nil, nil)
        guard descriptor >= 0, let self else {
          if descriptor >= 0 { close(descriptor) }
          close(listener)
          return
        }
        let connection = Connection(descriptor, relay: self)
        self.state.withLock {
          $0.connections[ObjectIdentifier(connection)] = connection
          $0.opened += 1
        }
        Worker.detach("lie") { connection.serve() }
      }
    }
  }

  deinit { stop() }

  /// No more connections, and the ones that are open end.
  func stop() {
    let wasOver = state.withLock { state in
      defer { state.isOver = true }
      return state.isOver
    }
    // The thread that accepts closes it: a descriptor has one owner.
    if !wasOver { shutdown(listener, Int32(SHUT_RDWR)) }
    hangUp()
  }

  func lie(_ change: @Sendable (inout Lies) -> Void) { state.withLock { change(&$0.lies) } }
  var lies: Lies { state.withLock { $0.lies } }
  var opened: Int { state.withLock { $0.opened } }
  var events: [Event] { state.withLock { $0.events } }

  /// Ends every connection without a word.
  func hangUp() { for connection in connections { connection.end() } }

  /// Puts events in the store without telling anyone.
  func store(_ events: [Event]) { state.withLock { $0.events += events } }

  /// Stores events and sends them to whoever has asked for such.
  func publish(_ events: Event...) { publish(events) }

  func publish(_ events: [Event]) {
    store(events)
    for connection in connections { connection.push(events) }
  }

  /// Says something to every connection.
  func say(_ text: String) { for connection in connections { connection.send(text) } }

  /// Sends an event on the live subscriptions for wraps, whatever it is.
  func push(_ json: String) {
    for connection in connections { connection.pushRaw(json) }
  }

  /// Sends bytes as they are, without a frame of ours around them.
  func sendBytes(_ bytes: [UInt8]) { for connection in connections { connection.write(bytes) } }

  fileprivate var connections: [Connection] { state.withLock { Array($0.connections.values) } }
  fileprivate func forget(_ connection: Connection) {
    state.withLock { $0.connections[ObjectIdentifier(connection)] = nil }
  }

  /// The next closure or refusal in turn; the last refusal stays.
  fileprivate func nextClosure() -> String? {
    state.withLock { $0.lies.closures.isEmpty ? nil : $0.lies.closures.removeFirst() }
  }

  fileprivate func nextRefusal(of event: Event) -> String? {
    state.withLock {
      if let oldest = $0.lies.oldestWrap, event.kind == 1059 {
        return event.createdAt < SystemCall.now() - oldest ? "invalid: created_at too old" : nil
      }
      return $0.lies.refusals.count > 1 ? $0.lies.refusals.removeFirst() : $0.lies.refusals.first
    }
  }

  fileprivate func takeHangUp() -> Int? {
    state.withLock { state in
      defer { state.lies.hangsUpAfter = nil }
      return state.lies.hangsUpAfter
    }
  }

  /// What it answers to a filter, in the order in which it sends it.
  fileprivate func stored(_ filter: Filter) -> [Event] {
    let (lies, events) = state.withLock { ($0.lies, $0.events) }
    var filter = filter
    if lies.ignoresUntil {
      filter.until = nil
    } else if lies.untilIsExclusive, let until = filter.until {
      filter.until = until - 1
    }
    let limit = min(filter.limit ?? 500, lies.clamp ?? .max)
    filter.limit = nil
    let found = events.filter { filter.matches($0) }
      .sorted { $0.createdAt != $1.createdAt ? $0.createdAt > $1.createdAt : $0.id < $1.id }
    let page = lies.oldestFirst ? found.reversed().prefix(limit) : found.prefix(limit)
    var sent = filter.kinds == [1059] && limit > 0 ? lies.stuffing + Array(page) : Array(page)
    if lies.sendsTwice { sent = sent.flatMap { [$0, $0] } }
    return sent
  }
}

/// One connection, with its own thread for reading.
private final class Connection: Sendable {
  private struct State {
    var subscriptions: [String: [Filter]] = [:]
    var isAuthenticated = false
    var isOver = false
  }

  private let descriptor: Int32
  private let relay: LyingRelay
  private let state = Mutex(State())

  init(_ descriptor: Int32, relay: LyingRelay) {
    self.descriptor = descriptor
    self.relay = relay
  }

  func serve() {
    defer {
      relay.forget(self)
      state.withLock {
        $0.isOver = true
        close(descriptor)
      }
    }
    guard upgrade() else { return }
    if relay.lies.challengesFirst { challenge() }
    while let (opcode, payload) = readFrame() {
      switch opcode {
      case 8: return
      case 9: write(frame(10, payload))
      case 1:
        guard let message = try? ClientMessage(parsing: payload) else { continue }
        answer(message)
        relay.heard.post(message)
      default: continue
      }
    }
  }

  func end() {
    state.withLock { if !$0.isOver { shutdown(descriptor, Int32(SHUT_RDWR)) } }
  }

  // MARK: What it answers

  private func answer(_ message: ClientMessage) {
    let lies = relay.lies
    switch message {
    case .req(let id, let filters): subscribe(id, filters, lies)
    case .close(let id): state.withLock { $0.subscriptions[id] = nil }
    case .auth(let event):
      guard let verdict = lies.authVerdict else { return }
      state.withLock { $0.isAuthenticated = verdict }
      say(["OK", .string(event.id.hex), .bool(verdict), verdict ? "" : "restricted: not you"])
    case .event(let event):
      if lies.isSilent { return }
      if let refusal = relay.nextRefusal(of: event), !refusal.isEmpty {
        say(["OK", .string(lies.omitsID ? "" : event.id.hex), false, .string(refusal)])
        return
      }
      if !lies.forgets {
        if relay.events.contains(where: { $0.id == event.id }) {
          say(["OK", .string(event.id.hex), true, "duplicate: have this event"])
          return
        }
        relay.publish(event)
      }
      say(["OK", .string(event.id.hex), true, ""])
    case .count: break
    }
  }

  private func subscribe(_ id: String, _ filters: [Filter], _ lies: LyingRelay.Lies) {
    let isKnown = state.withLock { $0.isAuthenticated }
    if lies.wantsAuth && !isKnown {
      if !lies.challengesFirst { challenge() }
      say(["CLOSED", .string(id), "ERROR: auth-required: who are you"])
      return
    }
    if let closure = relay.nextClosure() {
      say(["CLOSED", .string(id), .string(closure)])
      return
    }
    state.withLock { $0.subscriptions[id] = filters }
    if lies.endsFirst { say(["EOSE", .string(id)]) }
    if !(lies.hidesUntilAuth && !isKnown) {
      for filter in filters {
        for event in relay.stored(filter) { say(["EVENT", .string(id)], event) }
      }
    }
    if lies.withholdsEnd || lies.endsFirst { return }
    say(["EOSE", .string(id)])
    if lies.endsTwice { say(["EOSE", .string(id)]) }
  }

  private func challenge() { say(["AUTH", "prove it"]) }

  /// Sends events to the subscriptions that match them.
  func push(_ events: [Event]) {
    let subscriptions = state.withLock { $0.subscriptions }
    for event in events {
      for (id, filters) in subscriptions where filters.contains(where: { $0.matches(event) }) {
        say(["EVENT", .string(id)], event)
      }
    }
  }

  func pushRaw(_ json: String) {
    for (id, filters) in state.withLock({ $0.subscriptions })
    where filters.contains(where: { $0.kinds == [1059] && $0.limit == 0 }) {
      send("[\"EVENT\",\"\(id)\",\(json)]")
    }
  }

  private func say(_ head: JSON, _ event: Event) {
    if let left = relay.takeHangUp() {
      guard left > 0 else {
        // Half a frame, then nothing.
        write(Array(frame(1, event.json).prefix(40)))
        end()
        return
      }
      relay.lie { $0.hangsUpAfter = left - 1 }
    }
    send(String(head.text.dropLast()) + "," + String(decoding: event.json, as: UTF8.self) + "]")
  }

  private func say(_ message: JSON) { send(message.text) }

  func send(_ text: String) { write(frame(1, Array(text.utf8))) }

  // MARK: WebSocket (RFC 6455)

  private func upgrade() -> Bool {
    var request = ""
    while true {
      guard let byte = read(1)?.first else { return false }
      request.unicodeScalars.append(Unicode.Scalar(byte))
      if request.utf8.count > 8192 { return false }
      if request.utf8.suffix(4).elementsEqual([13, 10, 13, 10]) { break }
    }
    guard
      let line = request.split(whereSeparator: \.isNewline).first(where: {
        $0.lowercased().hasPrefix("sec-websocket-key:")
      }), let key = line.split(separator: " ").last
    else { return false }
    let text = Array("\(key)258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8)
    var digest = [UInt8](repeating: 0, count: 20)
    SHA1(text, text.count, &digest)
    write(
      Array(
        """
        HTTP/1.1 101 Switching Protocols\r
        Upgrade: websocket\r
        Connection: Upgrade\r
        Date: \(date())\r
        Sec-WebSocket-Accept: \(base64(digest))\r
        \r

        """.utf8))
    return true
  }

  private func date() -> String {
    var now = time(nil) + Int(relay.lies.clockError)
    var parts = tm()
    gmtime_r(&now, &parts)
    var text = [CChar](repeating: 0, count: 64)
    strftime(&text, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private func readFrame() -> (UInt8, [UInt8])? {
    guard let head = read(2) else { return nil }
    var length = Int(head[1] & 0x7f)
    if length >= 126 {
      guard let more = read(length == 126 ? 2 : 8) else { return nil }
      length = more.reduce(0) { $0 << 8 | Int($1) }
    }
    guard head[1] & 0x80 != 0, let mask = read(4), let payload = read(length) else { return nil }
    return (
      head[0] & 0x0f, payload.enumerated().map { index, byte in byte ^ mask[index & 3] }
    )
  }

  private func frame(_ opcode: UInt8, _ payload: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = [0x80 | opcode]
    if payload.count < 126 {
      bytes.append(UInt8(payload.count))
    } else if payload.count < 65_536 {
      bytes += [126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
    } else {
      bytes.append(127)
      bytes += (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - $0 * 8)) }
    }
    return bytes + payload
  }

  private func read(_ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let got = bytes.withUnsafeMutableBytes {
        recv(descriptor, $0.baseAddress.map { $0 + done }, count - done, 0)
      }
      guard got > 0 else { return nil }
      done += got
    }
    return bytes
  }

  func write(_ bytes: [UInt8]) {
    state.withLock { state in
      guard !state.isOver else { return }
      var done = 0
      while done < bytes.count {
        let sent = bytes.withUnsafeBytes {
          Glibc.send(
            descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done, Int32(MSG_NOSIGNAL))
        }
        guard sent > 0 else { return }
        done += sent
      }
    }
  }
}

private func base64(_ bytes: [UInt8]) -> String {
  let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  var text: [UInt8] = []
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let group = (0..<3).reduce(0) {
      $0 << 8 | (start + $1 < bytes.count ? Int(bytes[start + $1]) : 0)
    }
    for place in 0..<4 {
      text.append(
        start + place > bytes.count ? UInt8(ascii: "=") : letters[group >> (18 - 6 * place) & 63])
    }
  }
  return String(decoding: text, as: UTF8.self)
}
