import FourA
import Glibc
package import Home
import Nostr
import Relay
import Replica
import Threads

/// The engine of one home: the only process that holds its key, opens its relay connections and writes its
/// events.
///
/// Threads: the caller's serves the control socket; `engine` decides and is the one writer; one service
/// thread moves bytes; `intake.n` verify and decrypt; the embedded relay, when there is one, has its own.
package enum Engine {
  /// What the engine's thread is told.
  enum Message: Sendable {
    case control(ControlServer.Report)
    case intake(Intake.Run)
    case roomInIntake
    case logWasCopied
  }

  /// Runs until told to stop.
  ///
  /// - Parameters:
  ///   - ready: a descriptor to close once faces can connect; `nil` when nobody waits.
  ///   - passphrase: unlocks the key at once; without it a key under a passphrase stays locked until a face
  ///     unlocks it.
  /// - Returns: `false` when another engine already serves this home.
  package static func run(home: Home, ready: Int32? = nil, passphrase: String? = nil) throws -> Bool
  {
    forbidCoreDumps()
    if let ready { closeInherited(above: ready) }
    ControlServer.blockSignals()
    signal(SIGPIPE, SIG_IGN)
    return try serve(home: home, ready: ready, passphrase: passphrase) { inbox in
      Worker.detach("signals") {
        ControlServer.waitForStopSignal()
        inbox.post(.control(.shouldStop))
      }
    }
  }

  /// The engine without what concerns the process as a whole.
  ///
  /// - Parameters:
  ///   - patience: how long to wait for relays.
  ///   - started: is handed the engine's inbox.
  static func serve(
    home: Home, ready: Int32? = nil, passphrase: String? = nil, patience: Patience = Patience(),
    started: (Inbox<Message>) -> Void = { _ in }
  ) throws -> Bool {
    try home.create()
    guard let lock = try lock(home) else { return false }
    defer { withExtendedLifetime(lock) {} }

    let inbox = Inbox<Message>()
    let control = try ControlServer(home: home) { inbox.post(.control($0)) }
    let commands = control.commands
    let configuration = try Configuration.load(from: home)
    let failure = Shared<StudioError?>(nil)
    let core = Worker("engine") {
      do {
        let core = try EngineCore(
          home: home, configuration: configuration, inbox: inbox, commands: commands,
          patience: patience)
        if let passphrase {
          core.unlock(passphrase: passphrase)
        } else {
          try core.unlockWithoutPassphrase()
        }
        if let ready { close(ready) }
        core.run()
      } catch {
        let problem = StudioError(describing: error)
        Log.write("the engine could not start: \(problem)")
        failure.set(problem)
      }
      commands.post(.end)
    }
    started(inbox)
    control.run()
    core.join()
    if let problem = failure.value { throw problem }
    return true
  }

  /// The lock of this home; `nil` when the engine that holds it serves faces. One that is ending, or only
  /// starting, is waited for.
  private static func lock(_ home: Home) throws -> EngineLock? {
    let deadline = SystemCall.monotonicMilliseconds() + 10_000
    while true {
      if let lock = try EngineLock(home: home) { return lock }
      if try ControlSocket.connect(to: home) != nil { return nil }
      guard SystemCall.monotonicMilliseconds() < deadline else { return nil }
      usleep(10_000)
    }
  }

  /// A detached engine outlives the face that started it, and must hold none of its descriptors.
  private static func closeInherited(above last: Int32) {
    guard let directory = opendir("/proc/self/fd") else { return }
    var inherited: [Int32] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
      }
      if let descriptor = Int32(name), descriptor > last, descriptor != dirfd(directory) {
        inherited.append(descriptor)
      }
    }
    closedir(directory)
    for descriptor in inherited { close(descriptor) }
  }

  /// Memory that holds keys must not land on disk.
  private static func forbidCoreDumps() {
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
  }
}

/// The engine's log: standard error, which is the log file of a detached engine. Never holds a secret or a
/// plaintext.
enum Log {
  static func write(_ message: String) {
    try? SystemCall.write(Array("\(SystemCall.now()) \(message)\n".utf8), to: STDERR_FILENO)
  }
}
