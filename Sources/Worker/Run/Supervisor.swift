import Glibc
package import Home
import Nostr

/// `studio _run DIR`: starts the program of one run, keeps its output, its limits and its desk, and says how it
/// ended. It needs no worker: that may end, be replaced, and find the run again by its directory.
///
/// One thread, asleep in `poll`. It holds no key, opens no relay and no database.
package final class Supervisor {
  /// Closed when the program runs, for the worker that waits for it.
  package static let readyDescriptor: Int32 = 3

  private let directory: RunDirectory
  private let spec: RunSpec
  private let signals: SignalDescriptor
  private let desk: RunDesk
  private let startedAt = wallMilliseconds()
  private var parser: any OutputParser
  private var clock: RunClock
  private var ladder: StopLadder
  private var limit: RunStatus.Limit?
  private var reason: String?
  private var stopped = false

  /// Runs the segment that the spec of a directory names, once.
  ///
  /// - Returns: how it ended; `nil` when another supervisor has it.
  package static func run(
    _ directory: RunDirectory, ready: Bool, get: @escaping AttachmentFetch.Get
  ) throws(StudioError) -> RunStatus? {
    signal(SIGPIPE, SIG_IGN)
    umask(0o077)
    _ = setsid()
    let spec = try directory.spec()
    let lock = open(directory.lockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0 else { throw .system("opening", path: directory.lockFile, errno: errno) }
    defer { close(lock) }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else { return nil }
    if let status = directory.status(segment: spec.segment) { return status }
    FaultPoint.supervisorLocked.pass()
    let status: RunStatus
    if let live = directory.live(), live.segment == spec.segment {
      // It was begun, and whoever began it is gone: to begin again would be to do it twice.
      RunProcesses.end(run: spec.run)
      let now = wallMilliseconds()
      status = RunStatus(
        segment: spec.segment, outcome: .stopped, reason: "supervisor_lost", startedAt: now,
        endedAt: now)
    } else {
      guard SystemCall.adoptOrphans() else {
        throw .system("becoming the parent of orphans", errno: errno)
      }
      RunProcesses.end(run: spec.run)
      status = try Supervisor(directory, spec).run(ready: ready, get)
    }
    FaultPoint.supervisorSwept.pass()
    try SystemCall.replace(directory.statusFile, with: status.json.bytes, mode: 0o600)
    FaultPoint.supervisorReported.pass()
    return status
  }

  private init(_ directory: RunDirectory, _ spec: RunSpec) throws(StudioError) {
    self.directory = directory
    self.spec = spec
    signals = try SignalDescriptor([SIGCHLD, SIGTERM, SIGINT, SIGHUP])
    desk = try RunDesk(directory)
    parser = spec.parser.parser()
    clock = RunClock(spec.limits, start: SystemCall.monotonicMilliseconds())
    ladder = StopLadder(spec.stop, spec.ladder)
  }

  private func run(ready: Bool, _ get: @escaping AttachmentFetch.Get) throws(StudioError)
    -> RunStatus
  {
    // On disk before the program is: once it may have begun, it is never begun again.
    var live = RunLive(segment: spec.segment, supervisor: .current)
    try write(live)
    FaultPoint.supervisorAnnounced.pass()
    var isWaitedFor = ready
    if !spec.attachments.isEmpty {
      // Whoever waits for the program does not wait for the network.
      if isWaitedFor { close(Self.readyDescriptor) }
      isWaitedFor = false
      if let status = try fetch(get) { return status }
      clock = RunClock(spec.limits, start: SystemCall.monotonicMilliseconds())
    }
    let program: RunProgram
    do {
      program = try RunProgram(spec, directory)
    } catch {
      if isWaitedFor { close(Self.readyDescriptor) }
      return over(.spawnFailed, "\(error)")
    }
    FaultPoint.supervisorSpawned.pass()
    live.child = program.identity
    try write(live)
    FaultPoint.supervisorReady.pass()
    if isWaitedFor { close(Self.readyDescriptor) }
    desk.takeWaitingFiles(at: SystemCall.monotonicMilliseconds())
    while !program.hasEnded() {
      sleep(for: program)
      step(program)
    }
    FaultPoint.supervisorEnded.pass()
    return finish(program)
  }

  /// The end of a segment whose program never began.
  private func over(_ outcome: RunStatus.Outcome, _ reason: String?) -> RunStatus {
    desk.closeDown()
    return RunStatus(
      segment: spec.segment, outcome: outcome, reason: reason, startedAt: startedAt,
      endedAt: Self.wallMilliseconds())
  }

  /// Has the attachments brought on a thread of its own, and heeds a stop meanwhile.
  ///
  /// - Returns: how the segment ended, when it did.
  private func fetch(_ get: @escaping AttachmentFetch.Get) throws(StudioError) -> RunStatus? {
    let work = try AttachmentWork(spec, directory, get)
    while work.outcome == nil, !stopped {
      let descriptors = [signals.descriptor, work.descriptor] + desk.descriptors
      var entries = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      _ = poll(&entries, nfds_t(entries.count), -1)
      let asked = signals.take()
      if !asked.isDisjoint(with: [SIGTERM, SIGINT, SIGHUP]) { stop("supervisor_stopped") }
      for order in desk.serve(at: SystemCall.monotonicMilliseconds()).orders {
        switch order {
        case .stop(let reason): stop(reason)
        case .status(let socket):
          try? socket.send(["ok": true, "run": .string(spec.run), "state": "fetching"])
        }
      }
    }
    if stopped { return over(.stopped, reason) }
    switch work.outcome {
    case .failed(let error)?: return over(.attachmentUnavailable, error.message)
    case .brought?, nil: return nil
    }
  }

  private func write(_ live: RunLive) throws(StudioError) {
    try SystemCall.replace(directory.liveFile, with: live.json.bytes, mode: 0o600)
  }

  private func sleep(for program: RunProgram) {
    var descriptors = [signals.descriptor, program.handle] + desk.descriptors
    descriptors += [program.output.reading, program.errors.reading].filter { $0 >= 0 }
    var entries = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    let now = SystemCall.monotonicMilliseconds()
    // A limit that is reached begins the stop; from then on only the rungs count.
    let deadlines = [ladder.isStopping ? ladder.next : clock.next()?.at, desk.deadline]
    let next = deadlines.compactMap { $0 }.min()
    _ = poll(
      &entries, nfds_t(entries.count), next.map { Int32(clamping: max(0, $0 - now)) } ?? -1)
  }

  private func step(_ program: RunProgram) {
    let now = SystemCall.monotonicMilliseconds()
    let asked = signals.take()
    if !asked.isDisjoint(with: [SIGTERM, SIGINT, SIGHUP]) { stop("supervisor_stopped") }
    program.reapOrphans()
    read(program, now)
    let (orders, hasAsked) = desk.serve(at: now)
    if hasAsked { clock.sign(at: now) }
    for order in orders {
      switch order {
      case .stop(let reason): stop(reason)
      case .status(let socket): try? socket.send(status(of: program, now))
      }
    }
    clock.wait(desk.isAwaited, at: now)
    if !ladder.isStopping, !stopped, let next = clock.next(), next.at <= now { reach(next.limit) }
    guard stopped || limit != nil else { return }
    desk.isClosed = true
    if let signal = ladder.step(at: now) {
      program.signal(signal)
      FaultPoint.supervisorStopping.pass()
      // The last rung is for all, also for those who left the group.
      if signal == StopLadder.kill {
        RunProcesses.end(run: spec.run, below: getpid()) { program.reapOrphans() }
      }
    }
  }

  private func stop(_ reason: String) {
    guard !stopped, limit == nil else { return }
    stopped = true
    self.reason = String(reason.prefix(200))
  }

  private func reach(_ limit: RunStatus.Limit) {
    guard !stopped, self.limit == nil else { return }
    self.limit = limit
  }

  private func read(_ program: RunProgram, _ now: Int64) {
    if let bytes = program.output.take() {
      clock.sign(at: now)
      for fact in parser.feed(bytes) { heed(fact, now) }
    }
    _ = program.errors.take()
  }

  /// What a limit hangs on, and what is a request.
  private func heed(_ fact: RunFact, _ now: Int64) {
    let limits = spec.limits
    switch fact {
    case .cost(let cost) where limits.costUSD > 0 && cost > limits.costUSD: reach(.cost)
    case .usage(let input, let output) where limits.tokens > 0 && input &+ output > limits.tokens:
      reach(.tokens)
    case .turn(let turn) where limits.turns > 0 && turn > limits.turns: reach(.turns)
    case .final: clock.final(at: now)
    case .request(let request): desk.take(request, at: now)
    default: break
    }
  }

  private func finish(_ program: RunProgram) -> RunStatus {
    let stragglers = RunProcesses.end(run: spec.run, below: getpid()) { program.reapOrphans() }
    program.reapOrphans()
    let now = SystemCall.monotonicMilliseconds()
    // Nobody is left who could write more; what stands in the pipes is the end.
    while let bytes = program.output.take() {
      for fact in parser.feed(bytes) { heed(fact, now) }
    }
    while program.errors.take() != nil {}
    desk.closeDown()
    let outcome: RunStatus.Outcome =
      switch limit {
      case .firstOutput?, .idle?, .wall?, .total?: .timedOut
      case .cost?, .tokens?, .turns?, .final?: .stopped
      case nil: stopped ? .stopped : .exited
      }
    return RunStatus(
      segment: spec.segment, outcome: outcome, exit: program.end?.exit,
      signal: program.end?.signal, limit: limit, reason: reason, startedAt: startedAt,
      endedAt: Self.wallMilliseconds(), active: clock.active(at: now),
      outputBytes: program.output.bytes, errorBytes: program.errors.bytes,
      droppedBytes: program.output.dropped + program.errors.dropped, stragglers: Int64(stragglers))
  }

  private func status(of program: RunProgram, _ now: Int64) -> JSON {
    [
      "ok": true, "run": .string(spec.run), "segment": .integer(spec.segment),
      "state": stopped || limit != nil ? "stopping" : clock.isWaiting ? "waiting" : "running",
      "pid": .integer(Int64(program.identity.pid)), "active_ms": .integer(clock.active(at: now)),
      "output_bytes": .integer(program.output.bytes),
    ]
  }

  private static func wallMilliseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000
  }
}
