import Glibc
import Synchronization

/// A named thread that runs one closure. Signals are left to the main thread.
package final class Worker: Sendable {
  private let thread = Mutex<pthread_t?>(nil)

  /// Starts a thread called `name` (the system shows 15 bytes of it). Traps when the system has no more
  /// threads to give.
  package init(_ name: String, _ body: @escaping @Sendable () -> Void) {
    let id = Self.start(name, body)
    thread.withLock { $0 = id }
  }

  /// Waits until the closure has returned. The second and later calls return at once. Must not be
  /// called by the thread itself.
  package func join() {
    let id = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    if let id { pthread_join(id, nil) }
  }

  /// Starts a thread that nobody waits for: work that the system may hold up for long, as name lookups.
  package static func detach(_ name: String, _ body: @escaping @Sendable () -> Void) {
    pthread_detach(start(name, body))
  }

  private static func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> pthread_t {
    let job = Unmanaged.passRetained(Job(name: name, body: body))
    var id = pthread_t()
    let status = pthread_create(&id, nil, { run($0) }, job.toOpaque())
    precondition(status == 0, "no thread for \(name): error \(status)")
    return id
  }
}

private final class Job: Sendable {
  let name: String
  let body: @Sendable () -> Void

  init(name: String, body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
  }
}

private func run(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let argument else { return nil }
  let job = Unmanaged<Job>.fromOpaque(argument).takeRetainedValue()
  var all = sigset_t()
  sigfillset(&all)
  pthread_sigmask(SIG_SETMASK, &all, nil)
  setName(job.name)
  job.body()
  return nil
}

// Glibc's overlay has no pthread_setname_np, and prctl is variadic.
private func setName(_ name: String) {
  let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
  guard file >= 0 else { return }
  _ = Array(name.utf8.prefix(15)).withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
  close(file)
}
