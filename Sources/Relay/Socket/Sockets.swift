import Synchronization
import Threads

/// The client connections of a process: one libwebsockets context on one thread, which moves bytes and
/// parses nothing.
///
/// Certificates and host names are checked against the system's authorities; redirects are refused;
/// only text messages are taken. When nothing is due, the thread sleeps.
package final class Sockets: Sendable {
  private let inbox: Inbox<SocketCommand>
  private let worker: Worker

  /// Starts the thread. `handler` is called on it: it must post and return. `extraAuthority` names a PEM
  /// file with authorities that are trusted besides the system's.
  package init(
    limits: SocketLimits = .init(), userAgent: String = "studio", extraAuthority: String? = nil,
    handler: @escaping @Sendable (LinkID, LinkEvent) -> Void
  ) throws(RelayError) {
    let role = ServiceRole(userAgent: userAgent, extraAuthority: extraAuthority, listening: nil)
    let started = try ServiceThread.start("sockets", limits: limits, role: role) { id, event in
      if case .link(let event) = event { handler(id, event) }
      return true
    }
    inbox = started.inbox
    worker = started.worker
  }

  /// Dials `url`. The link's story ends with exactly one `.closed`, also after `close` and `stop`.
  package func open(_ url: RelayURL, as id: LinkID) {
    inbox.post(.open(url, id))
  }

  /// Sends one text message. Dropped when the link is not open; a link on which more than the limit
  /// waits is closed.
  package func send(_ text: [UInt8], on id: LinkID) {
    inbox.post(.send(text, id))
  }

  /// Sends several text messages in order.
  package func send(_ texts: [[UInt8]], on id: LinkID) {
    inbox.post(contentsOf: texts.lazy.map { .send($0, id) })
  }

  /// Stops reading, so that the other side has to wait. What was read before may still be told.
  package func pause(_ id: LinkID) {
    inbox.post(.pause(id))
  }

  /// Reads on after `pause`.
  package func resume(_ id: LinkID) {
    inbox.post(.resume(id))
  }

  /// Sends what waits, then a close frame, then hangs up.
  package func close(_ id: LinkID) {
    inbox.post(.close(id, code: 1000, reason: "closed by us"))
  }

  /// Closes everything and waits for the thread. Must not be called from the handler.
  package func stop() {
    inbox.post(.stop)
    worker.join()
  }

  deinit {
    inbox.post(.stop)
  }
}

/// Starts a service on a thread of its own and waits until it stands.
enum ServiceThread {
  struct Started: Sendable {
    let inbox: Inbox<SocketCommand>
    let worker: Worker
    let port: Int
  }

  static func start(
    _ name: String, limits: SocketLimits, role: ServiceRole, handler: @escaping Service.Handler
  ) throws(RelayError) -> Started {
    let inbox = Inbox<SocketCommand>()
    let outcome = Inbox<Result<Int, RelayError>>()
    let worker = Worker(name) {
      do throws(RelayError) {
        let service = try Service(limits: limits, role: role, inbox: inbox, handler: handler)
        outcome.post(.success(service.listeningPort))
        service.run()
      } catch {
        outcome.post(.failure(error))
      }
    }
    switch outcome.wait().first {
    case .success(let port): return Started(inbox: inbox, worker: worker, port: port)
    case .failure(let error): throw error
    case nil: throw .noContext("the thread ended")
    }
  }
}
