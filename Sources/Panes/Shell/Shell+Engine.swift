import Home
import Nostr
package import Terminal
import Workspace

/// How the line to the engine stands.
enum EngineState: Hashable {
  /// None is wanted.
  case off
  case starting
  case connected
  case gone
}

/// An order that the engine has not answered, and what follows its answer.
struct WaitingOrder {
  let order: PendingOrder
  /// From when on it is worth a word that it waits.
  let slowAt: Duration
  let done: (JSON) -> Void
  let failed: (StudioError) -> Void
}

extension Shell {
  /// Runs inside a loop: watches the engine and has the screen repaint.
  package func attach(to loop: EventLoop, repaint: @escaping () -> Void) {
    self.loop = loop
    self.repaint = repaint
    engine = .starting
    approachEngine()
  }

  /// One step towards the engine. Never waits: the next step comes when a starting engine is ready,
  /// or after a while.
  func approachEngine() {
    if let ready = watchedReady {
      loop?.unwatch(ready)
      watchedReady = nil
    }
    do {
      switch try workspace.engine.reach() {
      case .connected: connected()
      case .starting(let ready?):
        watchedReady = ready
        loop?.watch(ready) { [weak self] in
          self?.approachEngine()
          return true
        }
      case .starting(nil): tryLater()
      }
    } catch {
      say(Self.words(of: error), .toastError)
      tryLater()
    }
  }

  /// 50 ms, then twice as long each time, at most 5 s.
  private func tryLater() {
    retries += 1
    retryAt = clock.monotonic() + .milliseconds(min(5_000, 25 << min(retries, 8)))
  }

  private func connected() {
    if engine == .gone { say("the engine is back") }
    engine = .connected
    (retries, retryAt) = (0, nil)
    // Whatever was committed before the line was there.
    noteNews()
    checkOrders()
    guard let descriptor = workspace.engine.descriptor else { return }
    loop?.watch(descriptor) { [weak self] in self?.listen(to: descriptor) ?? false }
  }

  private func listen(to descriptor: Int32) -> Bool {
    do {
      return try workspace.engine.receive().map(hear).contains(true)
    } catch {
      loop?.unwatch(descriptor)
      engine = .gone
      engineStatus = nil
      approachEngine()
      return true
    }
  }

  /// Takes what the engine says; true when what is shown may have changed.
  @discardableResult
  func hear(_ notice: ControlNotice) -> Bool {
    switch notice {
    case .changed:
      noteNews()
      checkOrders()
      // Otherwise it is read when its time has come.
      return newsIsDue
    case .status(let status):
      let wasLocked = isLocked
      engineStatus = status
      if isLocked, !wasLocked, overlays.isEmpty { overlays.append(.passphrase(Passphrase())) }
      return true
    case .unlocked(let error):
      if let error {
        overlays.append(.passphrase(Passphrase(complaint: SafeText(untrusted: error.message))))
      } else {
        say("unlocked")
        workspace.engine.nudge(.status)
      }
      return true
    case .synced(let counts):
      let applied = counts["applied"]?.integer ?? 0
      say(
        counts[Verb.timedOut]?.bool == true
          ? "not every relay was reached; \(applied) events applied"
          : "caught up; \(applied) events applied")
      return true
    case .verified, .attachment, .leaving: return false
    }
  }

  // MARK: Orders

  /// Orders that the engine should have answered by now.
  var slowOrders: Int {
    engine == .connected ? pending.count { $0.slowAt <= clock.monotonic() } : pending.count
  }

  /// When the next order begins to be slow.
  var slowDeadline: Duration? {
    let now = clock.monotonic()
    return engine == .connected ? pending.map(\.slowAt).filter { $0 > now }.min() : nil
  }

  /// Runs a verb without waiting. Errors that the verb finds itself are thrown; those of the engine
  /// come later, as does the result.
  func start(
    _ name: String, _ arguments: Arguments, instead drafts: [String] = [],
    done: @escaping (JSON) -> Void = { _ in }, failed: @escaping (StudioError) -> Void = { _ in }
  ) throws {
    guard let verb = Verbs.named(name) else { return }
    try start(verb, arguments, instead: drafts, done: done, failed: failed)
  }

  /// The same for a verb that the command line does not have.
  func start(
    _ verb: Verb, _ arguments: Arguments, instead drafts: [String] = [],
    done: @escaping (JSON) -> Void = { _ in }, failed: @escaping (StudioError) -> Void = { _ in }
  ) throws {
    guard let order = try workspace.start(verb, arguments, instead: drafts) else {
      setNeedsRefresh()
      return
    }
    pending.append(
      WaitingOrder(
        order: order, slowAt: clock.monotonic() + .seconds(1), done: done, failed: failed))
  }

  /// The same, where an error is only told.
  func run(
    _ name: String, _ arguments: Arguments, done: @escaping (JSON) -> Void = { _ in }
  ) {
    do {
      try start(name, arguments, done: done)
    } catch {
      complain(error)
    }
  }

  /// Takes the answers that have come.
  func checkOrders() {
    for waiting in pending {
      guard let outcome = try? workspace.outcome(of: waiting.order) else { continue }
      pending.removeAll { $0.order == waiting.order }
      switch outcome {
      case .success(let result): waiting.done(result)
      case .failure(let error):
        complain(error)
        waiting.failed(error)
      }
    }
  }

  func complain(_ error: any Error) { say(Self.words(of: error), .toastError) }

  /// An error as the command line words it.
  static func words(of error: any Error) -> SafeText {
    SafeText(untrusted: StudioError(describing: error).description, limit: 600)
  }
}
