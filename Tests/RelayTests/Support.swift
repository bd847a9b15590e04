import Foundation
import Synchronization
import Testing
import Threads

@testable import Relay

/// How long a test waits for something that must happen.
let patience = Duration.seconds(20)

struct Late: Error, CustomStringConvertible {
  let description: String
}

/// A client with one link open, whose events are read one by one.
final class Peer: Sendable {
  let sockets: Sockets
  let events: Inbox<LinkEvent>
  let link = LinkID(raw: 7)
  private let kept: (any AnyObject & Sendable)?

  /// Dials `url` without waiting for the answer. `server` lives as long as the client.
  init(
    dialling url: String, limits: SocketLimits = .init(), extraAuthority: String? = nil,
    keeping server: (any AnyObject & Sendable)? = nil
  ) throws {
    kept = server
    let events = Inbox<LinkEvent>()
    self.events = events
    sockets = try Sockets(limits: limits, extraAuthority: extraAuthority) { _, event in
      events.post(event)
    }
    sockets.open(try RelayURL(url), as: link)
  }

  /// Dials `url` and waits until the link is open.
  convenience init(
    _ url: String, limits: SocketLimits = .init(), extraAuthority: String? = nil,
    keeping server: (any AnyObject & Sendable)? = nil
  ) throws {
    try self.init(
      dialling: url, limits: limits, extraAuthority: extraAuthority, keeping: server)
    let first = try next()
    guard case .opened = first else { throw Late(description: "not opened: \(first)") }
  }

  deinit { sockets.stop() }

  func send(_ text: String) { sockets.send(Array(text.utf8), on: link) }

  /// The next event that is not `.drained`.
  func next(within time: Duration = patience) throws -> LinkEvent {
    let deadline = ContinuousClock.now + time
    while let event = events.wait(until: deadline, limit: 1).first {
      if event != .drained { return event }
    }
    throw Late(description: "nothing came in \(time)")
  }

  /// The next message as text.
  func message(within time: Duration = patience) throws -> String {
    let event = try next(within: time)
    guard case .frame(let bytes) = event else { throw Late(description: "no message: \(event)") }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Why the link ended, with whatever came before passed over.
  func close(within time: Duration = patience) throws -> LinkClose {
    while true {
      if case .closed(let close) = try next(within: time) { return close }
    }
  }
}

/// A server that sends back what comes, on the same service as the relay; for `flood`, so many bytes.
final class EchoServer: Sendable {
  let thread: ServiceThread.Started
  let frames = Inbox<[UInt8]>()
  /// A mark for each piece of a flood that the system has taken.
  let taken = Inbox<UInt64>()

  init(
    limits: SocketLimits = .init(), certificate: (chain: String, key: String)? = nil,
    echoes: Bool = true, flood: Int = 0
  ) throws {
    let role = ServiceRole(
      userAgent: "",
      listening: .init(
        host: "127.0.0.1", port: 0, certificate: certificate, document: Array("{}".utf8)))
    let (frames, taken) = (frames, taken)
    let back = Back()
    thread = try ServiceThread.start("echo", limits: limits, role: role) { id, event in
      if case .reached(let mark) = event { taken.post(mark) }
      if case .link(.frame(let bytes)) = event {
        frames.post(bytes)
        if echoes { back.post(.send(bytes, id)) }
        guard bytes.elementsEqual("flood".utf8) else { return true }
        for piece in 0..<flood / 50_000 {
          back.post(.send([UInt8](repeating: 0x78, count: 50_000), id))
          back.post(.mark(UInt64(piece), id))
        }
      }
      return true
    }
    back.set(thread.inbox)
  }

  deinit {
    thread.inbox.post(.stop)
    thread.worker.join()
  }

  var url: String { "ws://127.0.0.1:\(thread.port)" }
}

/// The way back into a service, known only after it has started.
private final class Back: Sendable {
  private let inbox = Mutex<Inbox<SocketCommand>?>(nil)

  func set(_ value: Inbox<SocketCommand>) { inbox.withLock { $0 = value } }
  func post(_ command: SocketCommand) { _ = inbox.withLock { $0 }?.post(command) }
}

func withTemporaryDirectory<R>(_ body: (String) throws -> R) throws -> R {
  let place = FileManager.default.temporaryDirectory.appending(path: "relay-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: place) }
  return try body(place.path)
}
