import Glibc
package import Home
package import Threads

/// Names one connected face.
package struct FaceID: Hashable, Sendable {
  package let raw: UInt32
}

/// What the control thread is told by the engine.
package enum ControlCommand: Sendable {
  case tell(FaceID, ControlNotice)
  case broadcast(ControlNotice)
  case leaveWithLastFace
  case end
}

/// The engine's side of its UNIX socket: lets faces in, passes their requests on, and carries notices back.
///
/// One thread, asleep in `poll` until something happens. A face that does not read is dropped.
package final class ControlServer {
  /// What it reports to the engine.
  package enum Report: Sendable {
    case request(FaceID, ControlRequest)
    /// A signal to stop, or the last face has gone and the engine was asked to leave with it.
    case shouldStop
  }

  /// Post commands here from any thread.
  package let commands: Inbox<ControlCommand>

  private let home: Home
  private let listener: Int32
  private let bell: (reading: Int32, writing: Int32)
  private let report: (Report) -> Void
  private var faces: [FaceID: ControlSocket] = [:]
  private var counter: UInt32 = 0
  private var leavesWithLastFace = false
  private var lastChange: Int64 = 0

  /// - Throws: `system_error` when the socket cannot be made.
  package init(home: Home, report: @escaping (Report) -> Void) throws(StudioError) {
    self.home = home
    self.report = report
    listener = try ControlSocket.listen(home: home)
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw .system("making a pipe", errno: errno) }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    bell = (ends[0], ends[1])
    let writing = ends[1]
    commands = Inbox(wake: {
      // A full pipe is a bell that rings already.
      var ring: UInt8 = 1
      _ = Glibc.write(writing, &ring, 1)
    })
  }

  deinit {
    close(listener)
    commands.setWake(nil)
    close(bell.reading)
    close(bell.writing)
  }

  /// Blocks the signals that stop a service, so that ``waitForStopSignal()`` takes them; call before the first
  /// thread starts.
  package static func blockSignals() {
    var stopping = stopSignals
    pthread_sigmask(SIG_BLOCK, &stopping, nil)
  }

  /// Sleeps until SIGTERM, SIGINT or SIGHUP.
  package static func waitForStopSignal() {
    var stopping = stopSignals
    var signal: Int32 = 0
    while sigwait(&stopping, &signal) != 0 {}
  }

  private static var stopSignals: sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&set, signal) }
    return set
  }

  /// Serves until told to end.
  package func run() {
    while true {
      let order = Array(faces.keys)
      var entries = [listener, bell.reading].map {
        pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
      }
      entries += order.compactMap { face in
        faces[face].map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
      }
      guard poll(&entries, nfds_t(entries.count), -1) > 0 else { continue }
      for (index, face) in order.enumerated() where entries[index + 2].revents != 0 {
        read(from: face)
      }
      if entries[0].revents != 0 { acceptFaces() }
      if entries[1].revents != 0 {
        var rings = [UInt8](repeating: 0, count: 256)
        while Glibc.read(bell.reading, &rings, rings.count) > 0 {}
      }
      for command in commands.drain() {
        if case .end = command {
          for face in faces.keys { tell(.leaving, to: face) }
          unlink(home.socketFile)
          return
        }
        obey(command)
      }
    }
  }

  private func obey(_ command: ControlCommand) {
    switch command {
    case .tell(let face, let notice): tell(notice, to: face)
    case .broadcast(let notice): for face in faces.keys { tell(notice, to: face) }
    case .leaveWithLastFace: leavesWithLastFace = true
    case .end: break
    }
  }

  private func acceptFaces() {
    while let socket = ControlSocket.accept(from: listener) {
      guard faces.count < 256 else { continue }
      counter += 1
      faces[FaceID(raw: counter)] = socket
    }
  }

  private func read(from face: FaceID) {
    guard let socket = faces[face] else { return }
    do throws(StudioError) {
      for json in try socket.receiveAvailable() {
        guard let request = ControlRequest(json: json) else { continue }
        report(.request(face, request))
      }
    } catch {
      drop(face)
    }
  }

  private func tell(_ notice: ControlNotice, to face: FaceID) {
    do throws(StudioError) {
      try faces[face]?.send(notice.json)
    } catch {
      // It may have asked for something before it went.
      read(from: face)
      drop(face)
    }
  }

  private func drop(_ face: FaceID) {
    guard faces.removeValue(forKey: face) != nil else { return }
    // A face that was killed may have left an order that it could not point to.
    report(.request(face, .orders))
    if leavesWithLastFace && faces.isEmpty { report(.shouldStop) }
  }
}
