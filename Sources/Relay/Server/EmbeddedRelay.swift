import Glibc
import Threads

/// A small relay for one machine or one office: NIP-01, 11, 40, 42, 45 and 59.
///
/// One thread moves bytes, one per core checks ids and signatures, one owns the store: it commits what
/// has come in one transaction, says OK only after it, and then tells the subscribers.
package final class EmbeddedRelay: Sendable {
  /// How a relay is set up.
  package struct Configuration: Sendable {
    /// The address to listen on: a numeric address of this machine, `0.0.0.0` or `::` for all.
    package var host: String
    /// The port; 0 takes any that is free.
    package var port: Int
    /// Whether reading and writing need NIP-42. Wraps are then served to their recipients only.
    package var requireAuth: Bool
    /// Whether gift wraps are served to their authenticated recipients only, while the rest is open.
    package var protectWraps: Bool
    /// What a connection is granted; `nil` chooses by `host` between this machine alone and others.
    package var limits: RelayLimits?
    /// The name in the NIP-11 document.
    package var name = "Studio"
    /// Addresses under which the relay is known besides its own, as behind a proxy.
    package var publishedURLs: [RelayURL] = []
    /// PEM files of a certificate chain and its key: the relay then speaks `wss`.
    package var certificate: (chain: String, key: String)?
    /// Unix seconds.
    package var clock: @Sendable () -> Int64 = { Int64(time(nil)) }

    package init(
      host: String = "127.0.0.1", port: Int = 0, requireAuth: Bool = false,
      protectWraps: Bool = false, limits: RelayLimits? = nil
    ) {
      self.host = host
      self.port = port
      self.requireAuth = requireAuth
      self.protectWraps = protectWraps
      self.limits = limits
    }

    var isLocal: Bool { host == "::1" || host == "localhost" || host.hasPrefix("127.") }
  }

  /// The address of the relay. One that listens on all addresses gives its loopback one.
  package let url: String
  /// The port on which it listens.
  package let port: Int

  private let listener: ServiceThread.Started
  private let checks: Inbox<(LinkID, [UInt8])>
  private let tasks: Inbox<RelayTask>
  private let verifiers: [Worker]
  private let core: Worker

  private static let checkBytes = 8 * 1_048_576
  private static let taskBytes = 16 * 1_048_576
  private static let batch = 16

  /// Starts the relay; it listens when this returns. Throws `.cannotListen` when it cannot.
  package init(configuration: Configuration, store: sending any EventStore) throws(RelayError) {
    var configuration = configuration
    if configuration.host == "localhost" { configuration.host = "127.0.0.1" }
    let limits = configuration.limits ?? (configuration.isLocal ? .loopback : .shared)
    let checks = Inbox<(LinkID, [UInt8])>(capacity: Self.checkBytes)
    let tasks = Inbox<RelayTask>(capacity: Self.taskBytes)
    self.checks = checks
    self.tasks = tasks

    var socketLimits = SocketLimits()
    socketLimits.inboundFrame = limits.frameBytes
    socketLimits.sendQueue = limits.pendingOutput
    socketLimits.connections = limits.connections
    let role = ServiceRole(
      userAgent: "",
      listening: .init(
        host: configuration.host, port: configuration.port,
        certificate: configuration.certificate, document: configuration.document(limits)))
    let listener = try ServiceThread.start("relay", limits: socketLimits, role: role) {
      link, event in
      switch event {
      case .link(.opened): tasks.post(.opened(link))
      case .link(.closed): tasks.post(.closed(link))
      case .link(.drained): true
      case .link(.frame(let frame)):
        Verifier.isEvent(frame)
          ? checks.post((link, frame), bytes: frame.count)
          : tasks.post(.text(link, frame), bytes: frame.count)
      case .reached(let mark): tasks.post(.reached(link, mark))
      }
    }
    self.listener = listener
    port = listener.port
    let shown =
      switch configuration.host {
      case "0.0.0.0": "127.0.0.1"
      case "::": "[::1]"
      case let host where host.contains(":"): "[\(host)]"
      default: configuration.host
      }
    url = (configuration.certificate == nil ? "ws://" : "wss://") + "\(shown):\(listener.port)"

    // Verifiers stop when the store is behind, the socket is not read when they are.
    let room = Inbox<Void>()
    let cores = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    let commands = listener.inbox
    checks.setOnRoom { commands.post(.resumeAll) }
    tasks.setOnRoom {
      commands.post(.resumeAll)
      for _ in 0..<cores { room.post(()) }
    }
    let verifier = Verifier(limits: limits, clock: configuration.clock)
    verifiers = (0..<cores).map { index in
      Worker("verify \(index)") {
        while true {
          let frames = checks.wait(limit: Self.batch)
          guard !frames.isEmpty else { return }
          for (link, frame) in frames {
            let task = verifier.task(for: frame, from: link)
            guard !tasks.post(task, bytes: frame.count) else { continue }
            _ = room.wait(until: .now + .seconds(1), limit: 1)
          }
        }
      }
    }
    let names = RelayNames(
      host: configuration.host, port: listener.port, published: configuration.publishedURLs)
    // Safe: the caller has given the store away, and only this thread takes it out.
    let handed = Handed(store: store)
    let settled = configuration
    core = Worker("relay store") {
      RelayCore(
        configuration: settled, limits: limits, store: handed.store, addresses: names,
        inbox: tasks, listener: commands
      ).run()
    }
  }

  /// Closes every connection, commits what was received, and waits for the threads.
  package func stop() {
    listener.inbox.post(.stop)
    listener.worker.join()
    checks.close()
    for verifier in verifiers { verifier.join() }
    tasks.close()
    core.join()
  }
}

// Safe: handed from the thread that makes the relay to the one that owns the store, and never back.
private struct Handed: @unchecked Sendable { let store: any EventStore }
