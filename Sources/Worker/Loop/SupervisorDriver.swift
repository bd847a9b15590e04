import FourA
import Glibc
package import Home
import Nostr
package import Replica

/// Runs programs by supervisors, each a process of its own that outlives this one; all that is known of a run
/// stands in its directory.
package final class SupervisorDriver: RunDriver {
  private let home: Home
  private let config: WorkerConfig
  private let adapter: Adapter
  /// The path of this program, for runs that call it.
  private let studio: String
  private var readings: [String: Reading] = [:]
  private var supervisors: [String: pid_t] = [:]

  /// What was read of a run's output so far.
  private struct Reading {
    let segment: Int
    var offset: Int64 = 0
    var parser: any OutputParser
    var digest = RunDigest()
    var progressAt: Int64?
  }

  package init(_ home: Home, _ config: WorkerConfig, _ adapter: Adapter) {
    self.home = home
    self.config = config
    self.adapter = adapter
    let path = realpath(Spawn.ourselves, nil)
    defer { free(path) }
    studio = path.map { String(cString: $0) } ?? Spawn.ourselves
  }

  deinit { for pid in supervisors.values { waitpid(pid, nil, WNOHANG) } }

  // MARK: Beginning

  package func start(_ job: RunJob) throws {
    let run = job.run
    let directory = RunDirectory(home, run: run.run)
    if (try? directory.spec())?.segment != Int64(run.segment) {
      let work = "\(directory.path)/work"
      for folder in [RunDirectory.all(home), directory.path, work] {
        try SystemCall.makeDirectory(folder)
      }
      try directory.prepare(
        spec(job, directory, work), prompt: job.prompt, context: context(job))
    }
    try supervise(directory, run)
  }

  private func spec(_ job: RunJob, _ directory: RunDirectory, _ work: String) throws -> RunSpec {
    let mode: RunSpec.Mode = job.isResumed && adapter.isResumable ? .resume : .start
    let session = mode == .resume ? job.run.session : Self.session(of: job.run.run)
    var values = config.values
    values["run"] = directory.path
    values["work"] = work
    values["session"] = session
    values["model"] = config.model
    if config.maxTurns > 0 { values["max_turns"] = String(config.maxTurns) }
    if let budget = job.budgetUSD { values["budget"] = String(budget) }
    let argv: [String]
    do {
      argv = try adapter.words(mode, values, command: config.command)
    } catch {
      throw StudioError(
        "no_adapter", "the adapter “\(adapter.name)” needs a value for {\(error.name)}",
        field: error.name, hint: "worker.conf gives it")
    }
    var limits = RunLimits()
    limits.firstOutput = config.firstOutput ?? adapter.firstOutput ?? limits.firstOutput
    limits.idle = config.idle ?? adapter.idle ?? limits.idle
    limits.wall = config.wall ?? limits.wall
    limits.total = config.total ?? limits.total
    limits.costUSD = job.budgetUSD ?? 0
    limits.tokens = config.tokens
    limits.turns = config.maxTurns
    return RunSpec(
      run: job.run.run, card: job.run.cardAddress.text, cycle: Int64(job.run.cycle),
      attempt: Int64(job.run.attempt), segment: Int64(job.run.segment), mode: mode,
      adapter: adapter.name, parser: adapter.parser,
      argv: try Sandbox.wrap(
        argv, level: config.sandbox, directory: directory, work: work, binds: config.binds,
        studio: studio),
      environment: environment(job), passes: passes, work: work, session: session,
      limits: limits, stop: adapter.stop, studio: studio)
  }

  /// The variables that it gets and that are no secret: a list, never what happens to be set here.
  private func environment(_ job: RunJob) -> [String: String] {
    var environment = Spawn.environment(passing: ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "USER"])
    environment.merge(["TERM": "dumb", "NO_COLOR": "1", "CI": "1"]) { $1 }
    environment.merge(adapter.environment) { $1 }
    environment.merge(config.environment) { $1 }
    environment["STUDIO_CARD"] = job.run.cardAddress.text
    return environment
  }

  private var passes: [String] { adapter.passes + config.passes }

  private func context(_ job: RunJob) -> JSON {
    [
      "card": .string(job.run.cardAddress.text), "title": .string(job.card.title),
      "room": .string(job.room.audience.slug), "cycle": .integer(Int64(job.run.cycle)),
    ]
  }

  /// A UUID that is the same for every attempt at a run.
  private static func session(of run: String) -> String {
    var digits = Array(run)
    digits[12] = "4"
    digits[16] = "8"
    let text = String(digits)
    var parts: [Substring] = []
    var rest = text[...]
    for count in [8, 4, 4, 4, 12] {
      parts.append(rest.prefix(count))
      rest = rest.dropFirst(count)
    }
    return parts.joined(separator: "-")
  }

  /// Starts a supervisor, unless this process has started one that lives. Of several that are started for one
  /// segment one works.
  private func supervise(_ directory: RunDirectory, _ run: WorkerRun) throws {
    guard !isSupervised(run) else { return }
    let log = Spawn.Source.file(
      directory.supervisorLog, flags: O_WRONLY | O_CREAT | O_APPEND)
    let names = Spawn.studioVariables + passes
    supervisors[run.run] = try Spawn(
      Spawn.ourselves, ["studio", "_run", directory.path],
      environment: Spawn.environment(passing: names), descriptors: [.nowhere, log, log]
    ).start()
  }

  private func isSupervised(_ run: WorkerRun) -> Bool {
    guard let pid = supervisors[run.run] else { return false }
    if waitpid(pid, nil, WNOHANG) == 0 { return true }
    supervisors[run.run] = nil
    return false
  }

  // MARK: Looking

  package func look(at run: WorkerRun) throws -> RunView {
    let directory = RunDirectory(home, run: run.run)
    let segment = Int64(run.segment)
    var status = directory.status(segment: segment)
    if status == nil {
      let lives = isSupervised(run) || Self.isHeld(directory.lockFile)
      // It may have ended between the two looks.
      status = lives ? nil : directory.status(segment: segment)
      if status == nil, !lives {
        guard directory.live()?.segment == segment else { return RunView(.absent) }
        // Killed: another one tidies up what it has left, and says that it is lost.
        try supervise(directory, run)
      }
    }
    var reading = try read(run, directory)
    defer { readings[run.run] = reading }
    var view = RunView(.alive)
    if let status {
      view.life = .ended(ending(of: run, status, directory, &reading))
      view.activeSeconds = status.active / 1_000
    }
    view.digest = reading.digest
    view.progressAt = reading.progressAt
    return view
  }

  /// Reads what has come since the last look; from its beginning after a restart.
  private func read(_ run: WorkerRun, _ directory: RunDirectory) throws -> Reading {
    var reading =
      readings[run.run].flatMap { $0.segment == run.segment ? $0 : nil }
      ?? Reading(
        segment: run.segment, parser: ((try? directory.spec())?.parser ?? adapter.parser).parser())
    let file = open(directory.outputFile, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return reading }
    defer { close(file) }
    let redactor = self.redactor
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = pread(file, &chunk, chunk.count, off_t(reading.offset))
      guard count > 0 else { return reading }
      reading.offset += Int64(count)
      reading.progressAt = SystemCall.now()
      reading.digest.take(reading.parser.feed(Array(chunk[..<count])).map(redactor.redact))
    }
  }

  private var redactor: Redactor {
    Redactor(secrets: Spawn.environment(passing: passes).values)
  }

  /// Whether somebody holds the lock of a run.
  private static func isHeld(_ path: String) -> Bool {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    return flock(file, LOCK_SH | LOCK_NB) != 0
  }

  private func ending(
    of run: WorkerRun, _ status: RunStatus, _ directory: RunDirectory, _ reading: inout Reading
  ) -> RunEnding {
    let file = adapter.lastMessage.map { "\(directory.path)/\($0)" } ?? directory.resultFile
    let written = (try? SystemCall.read(file, limit: 1 << 20)).flatMap(\.self)
    let outcome = reading.parser.end(
      RunEnd(exit: status.exit, resultFile: written.map { String(decoding: $0, as: UTF8.self) }))
    let redactor = self.redactor
    reading.digest.take(outcome.facts.map(redactor.redact))
    var ending = RunEnding(
      outcome: "completed", text: redactor.redact(outcome.text), exit: status.exit)
    func fail(_ name: String, _ code: String, _ words: String) {
      (ending.outcome, ending.code, ending.words) = (name, code, words)
    }
    switch (status.outcome, status.limit) {
    case (.spawnFailed, _): fail("failed", "spawn_failed", status.reason ?? "it did not start")
    case (_, .cost?), (_, .tokens?), (_, .turns?):
      fail("budget_exhausted", "budget_exhausted", "its budget is spent")
    case (.timedOut, let limit):
      let name = limit?.rawValue ?? "wall"
      fail("timed_out", name, "it was stopped: no more time (\(name))")
    case (.stopped, nil) where status.reason == "supervisor_lost":
      fail("lost", "lost", "its supervisor was killed")
    case (.stopped, nil): fail("cancelled", status.reason ?? "owner", "it was stopped")
    case (.exited, _), (.stopped, _):
      guard !outcome.isSuccess else { break }
      fail("failed", outcome.code.rawValue, Self.words(of: outcome.code, status))
    }
    return ending
  }

  private static func words(of code: RunOutcome.Code, _ status: RunStatus) -> String {
    let end =
      status.signal.map { "ended by signal \($0)" } ?? "ended with status \(status.exit ?? 0)"
    switch code {
    case .completed: return "completed"
    case .agentFailed: return "it says that it failed"
    case .noResult: return "it \(end) without a result"
    case .nonzeroExit: return "it \(end)"
    case .authRequired: return "its program has to be logged in first"
    case .rateLimited: return "its provider allows no more for now"
    }
  }

  // MARK: Stopping

  package func stop(_ run: WorkerRun, reason: String) throws {
    let directory = RunDirectory(home, run: run.run)
    guard let live = directory.live(), live.segment == Int64(run.segment), live.supervisor.isAlive
    else { return }
    if let socket = try ControlSocket.connect(path: directory.socketFile, name: "the run") {
      try socket.send(["op": "stop", "reason": .string(reason)])
    } else {
      kill(live.supervisor.pid, SIGTERM)
    }
  }

  package func forget(_ run: WorkerRun) {
    _ = isSupervised(run)
    readings[run.run] = nil
  }
}

extension Redactor {
  /// A fact with nothing secret in its words.
  fileprivate func redact(_ fact: RunFact) -> RunFact {
    switch fact {
    case .text(let text): .text(redact(text))
    case .tool(let name, let detail): .tool(name: name, detail: detail.map { redact($0) })
    case .todo(let all): .todo(all.map { .init(text: redact($0.text), isDone: $0.isDone) })
    case .final(let result, let isError): .final(result: redact(result), isError: isError)
    case .warning(let text): .warning(redact(text))
    case .session, .model, .usage, .cost, .turn, .request, .servers: fact
    }
  }
}
