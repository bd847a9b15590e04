import Glibc
package import Nostr

/// One end of a connection between a face and the engine: lines of JSON over a UNIX socket.
///
/// Non-blocking; whoever opened it keeps it. A line is at most 64 KiB.
package final class ControlSocket {
  /// To poll for reading.
  package let descriptor: Int32
  private var received: [UInt8] = []
  /// Bytes of a line that has not ended.
  var waiting: Int { received.count }
  private static let lineLimit = 65_536

  package init(adopting descriptor: Int32) {
    self.descriptor = descriptor
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  }

  deinit { close(descriptor) }

  /// Connects to the engine of this home.
  ///
  /// - Returns: `nil` when no engine listens there.
  package static func connect(to home: Home) throws(StudioError) -> ControlSocket? {
    try connect(path: home.socketFile, name: "the engine")
  }

  /// Connects to whoever of this user listens at a path, of any length.
  ///
  /// - Returns: `nil` when nobody does.
  package static func connect(path: String, name: String) throws(StudioError) -> ControlSocket? {
    let descriptor = try makeSocket()
    let outcome = withAddress(of: path) { Glibc.connect(descriptor, $0, $1) }
    let reason = errno
    if outcome == 0 {
      // Secrets go over this line: only to a process of the same user.
      guard isOwnUser(descriptor) else {
        close(descriptor)
        throw StudioError(
          "engine_unreachable", "another user's process listens in the place of \(name)",
          field: "path", value: path)
      }
      return ControlSocket(adopting: descriptor)
    }
    close(descriptor)
    if reason == ENOENT || reason == ECONNREFUSED || reason == EAGAIN { return nil }
    throw .system("connecting to \(name)", path: path, errno: reason)
  }

  /// Listens for faces. The engine calls it after it holds the lock, so that a socket file left behind can
  /// only be a dead one.
  ///
  /// - Returns: the listening descriptor, non-blocking.
  package static func listen(home: Home) throws(StudioError) -> Int32 {
    try listen(path: home.socketFile)
  }

  /// Listens at a path, of any length; what stands there is replaced.
  package static func listen(path: String) throws(StudioError) -> Int32 {
    unlink(path)
    let descriptor = try makeSocket()
    let mask = umask(0o177)
    let outcome = withAddress(of: path) { bind(descriptor, $0, $1) }
    umask(mask)
    guard outcome == 0, Glibc.listen(descriptor, 64) == 0 else {
      let reason = errno
      close(descriptor)
      throw .system("listening", path: path, errno: reason)
    }
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    return descriptor
  }

  /// Takes the next waiting face from a listening descriptor; only the same user is let in.
  package static func accept(from listener: Int32) -> ControlSocket? {
    let descriptor = Glibc.accept(listener, nil, nil)
    guard descriptor >= 0 else { return nil }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    guard isOwnUser(descriptor) else {
      close(descriptor)
      return nil
    }
    return ControlSocket(adopting: descriptor)
  }

  private static func isOwnUser(_ descriptor: Int32) -> Bool {
    // struct ucred, which Glibc's overlay lacks: process, user, group.
    var peer: (pid_t, uid_t, gid_t) = (0, 0, 0)
    var size = socklen_t(MemoryLayout.size(ofValue: peer))
    return getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0
      && peer.1 == getuid()
  }

  /// Sends one line, waiting for room at most two seconds: the other side is this machine.
  ///
  /// - Throws: `engine_unreachable` when the other side is gone or does not read.
  package func send(_ json: JSON) throws(StudioError) {
    let line = json.bytes + [UInt8(ascii: "\n")]
    let deadline = SystemCall.monotonicMilliseconds() + 2000
    var done = 0
    while done < line.count {
      let count = line.withUnsafeBytes {
        Glibc.send(
          descriptor, $0.baseAddress.map { $0 + done }, $0.count - done, Int32(MSG_NOSIGNAL))
      }
      if count >= 0 {
        done += count
      } else if errno == EAGAIN {
        guard wait(for: Int16(POLLOUT), until: deadline) else { throw Self.gone }
      } else if errno != EINTR {
        throw Self.gone
      }
    }
  }

  /// Everything that has arrived so far, parsed; lines that are not JSON are passed over.
  ///
  /// - Throws: `engine_unreachable` once the other side has closed and all it sent has been returned.
  package func receiveAvailable() throws(StudioError) -> [JSON] {
    var closed = false
    var chunk = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count > 0 {
        received.append(contentsOf: chunk[0..<count])
        if received.count > Self.lineLimit * 4 { break }
      } else if count == 0 {
        closed = true
        break
      } else if errno != EINTR {
        closed = errno != EAGAIN
        break
      }
    }
    var lines: [JSON] = []
    while let end = received.firstIndex(of: UInt8(ascii: "\n")) {
      if let json = try? JSON(parsing: Array(received[..<end])) { lines.append(json) }
      received.removeSubrange(...end)
    }
    if received.count > Self.lineLimit { received.removeAll() }
    if closed && lines.isEmpty { throw Self.gone }
    return lines
  }

  /// Waits until something can be read or the monotonic deadline (milliseconds) passes.
  package func waitReadable(until deadline: Int64) -> Bool {
    wait(for: Int16(POLLIN), until: deadline)
  }

  private func wait(for events: Int16, until deadline: Int64) -> Bool {
    var entry = pollfd(fd: descriptor, events: events, revents: 0)
    while true {
      let left = deadline - SystemCall.monotonicMilliseconds()
      guard left > 0 else { return false }
      let count = poll(&entry, 1, Int32(clamping: left))
      if count > 0 { return true }
      if count < 0 && errno != EINTR { return false }
    }
  }

  private static var gone: StudioError {
    StudioError(
      "engine_unreachable", "the engine of this home went away",
      hint: "run the command again; it starts the engine")
  }

  private static func makeSocket() throws(StudioError) -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw .system("making a socket", errno: errno) }
    return descriptor
  }

  private static func withAddress(
    of path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    var address = sockaddr_un()
    var path = path
    // The system takes 107 bytes; a longer way is shortened by a descriptor of its directory.
    var directory: Int32 = -1
    defer { if directory >= 0 { close(directory) } }
    if path.utf8.count > 107, let slash = path.lastIndex(of: "/") {
      directory = open(String(path[..<slash]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard directory >= 0 else { return -1 }
      path = "/proc/self/fd/\(directory)\(path[slash...])"
    }
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { room in
      for (index, byte) in path.utf8.prefix(room.count - 1).enumerated() { room[index] = byte }
    }
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}
