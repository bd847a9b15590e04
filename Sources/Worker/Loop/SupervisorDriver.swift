import FourA
import Glibc
package import Home
package import Nostr
package import Replica

/// Runs programs by supervisors, each a process of its own that outlives this one; all that is known of a run
/// stands in its directory.
package final class SupervisorDriver: RunDriver {
  let home: Home
  let config: WorkerConfig
  let adapter: Adapter
  /// The path of this program: supervisors are made of it, and runs call it.
  private let studio: String
  private var readings: [String: Reading] = [:]
  private var supervisors: [String: pid_t] = [:]
  /// What tells of the end of each supervisor that is known to live.
  private var ends: [String: (supervisor: ProcessIdentity, handle: Int32)] = [:]

  /// What was read of a run's output so far.
  struct Reading {
    let segment: Int
    var offset: Int64 = 0
    var parser: any OutputParser
    var digest = RunDigest()
    var progressAt: Int64?
    /// Of the journal of requests, as it was when it was read last.
    var journal: Int64 = 0
    var request: Int64 = 0
  }

  package init(
    _ home: Home, _ config: WorkerConfig, _ adapter: Adapter, studio: String = Spawn.ourselves
  ) {
    self.home = home
    self.config = config
    self.adapter = adapter
    let path = realpath(studio, nil)
    defer { free(path) }
    self.studio = path.map { String(cString: $0) } ?? studio
  }

  deinit {
    for end in ends.values { close(end.handle) }
    for pid in supervisors.values { waitpid(pid, nil, WNOHANG) }
  }

  package var descriptors: [Int32] { ends.values.map(\.handle) }

  // MARK: Beginning

  package func start(_ job: RunJob) throws {
    let directory = RunDirectory(home, run: job.run.run)
    if (try? directory.spec())?.segment != Int64(job.run.segment) { try prepare(job, directory) }
    FaultPoint.workerPrepared.pass()
    try supervise(directory, job.run)
    FaultPoint.workerSupervised.pass()
  }

  private func prepare(_ job: RunJob, _ directory: RunDirectory) throws(StudioError) {
    let run = job.run
    let attachments = try attachments(of: job, directory)
    for folder in [RunDirectory.all(home), directory.path] {
      try SystemCall.makeDirectory(folder)
    }
    if run.segment > 1 {
      directory.close(segment: Int64(run.segment - 1), lastMessage: adapter.lastMessage)
    }
    let place = try WorkPlace(
      run, alias: job.repository, config: config, home: home, directory: directory)
    var request = Launch.Request(
      run: run.run, card: run.cardAddress.text, work: place.path)
    request.cycle = Int64(run.cycle)
    request.attempt = Int64(run.attempt)
    request.segment = Int64(run.segment)
    request.resumes = job.isResumed
    request.session = run.session
    request.binds = place.binds
    request.masks = [home.stateDirectory, home.configDirectory]
    request.budget = job.budgetUSD
    var spec = try Launch.spec(
      request, config: config, adapter: adapter, directory: directory, studio: studio)
    spec.attachments = attachments
    spec.engine = attachments.isEmpty ? nil : home.socketFile
    try directory.prepare(
      spec, prompt: job.prompt, context: context(job), lastMessage: adapter.lastMessage)
  }

  /// What consent was given for: a card that was edited since brings nothing new into a run that goes on.
  private func attachments(
    of job: RunJob, _ directory: RunDirectory
  ) throws(StudioError) -> [RunAttachment] {
    if job.run.segment > 1, let earlier = try? directory.spec() { return earlier.attachments }
    switch config.attachments.judge(job.card) {
    case .fetched(let attachments): return attachments
    case .refused(let words):
      throw StudioError("attachment_unavailable", words, field: "blocks")
    }
  }

  private func context(_ job: RunJob) -> JSON {
    [
      "card": .string(job.run.cardAddress.text), "title": .string(job.card.title),
      "room": .string(job.room.audience.slug), "cycle": .integer(Int64(job.run.cycle)),
      "repo": job.repository.map { .string($0) } ?? .null,
    ]
  }

  /// Where an earlier segment, or another process, had the run work.
  func place(of run: WorkerRun, _ directory: RunDirectory) throws(StudioError) -> WorkPlace {
    try WorkPlace(
      run, alias: directory.json(directory.contextFile)?["repo"]?.string, config: config,
      home: home, directory: directory)
  }

  var passes: [String] { Launch.passes(config, adapter) }

  var redactor: Redactor { Redactor(secrets: Spawn.environment(passing: passes).values) }

  /// Starts a supervisor, unless one has the segment. Of several that are started for one segment one works.
  private func supervise(_ directory: RunDirectory, _ run: WorkerRun) throws(StudioError) {
    switch RunProcess.presence(of: directory, segment: Int64(run.segment)) {
    case .running, .ended: return
    case .notStarted, .lost: break
    }
    reap(run)
    supervisors[run.run] = try RunProcess.start(directory, passes: passes, executable: studio)
  }

  private func reap(_ run: WorkerRun) {
    guard let pid = supervisors[run.run], waitpid(pid, nil, WNOHANG) != 0 else { return }
    supervisors[run.run] = nil
  }

  /// One that is killed closes its files a moment before it is gone: whoever looks only then finds it alive.
  private func follow(_ run: WorkerRun, _ supervisor: ProcessIdentity?) {
    if let end = ends[run.run] {
      if end.supervisor == supervisor { return }
      close(end.handle)
      ends[run.run] = nil
    }
    guard let supervisor else { return }
    let handle = SystemCall.openProcess(supervisor.pid)
    if handle >= 0 { ends[run.run] = (supervisor, handle) }
  }

  // MARK: Looking

  package func look(at run: WorkerRun) throws -> RunView {
    let directory = RunDirectory(home, run: run.run)
    var life = RunView.Life.alive
    var status: RunStatus?
    switch RunProcess.presence(of: directory, segment: Int64(run.segment)) {
    case .notStarted:
      follow(run, nil)
      return RunView(.absent)
    case .running(let live): follow(run, live.supervisor)
    // Killed: another one tidies up what it has left, and says that it is lost.
    case .lost:
      follow(run, nil)
      try supervise(directory, run)
    case .ended(let ended):
      follow(run, nil)
      status = ended
    }
    var reading = try read(run, directory)
    defer { readings[run.run] = reading }
    if let status {
      life = .ended(try ending(of: run, status, directory, &reading))
      reap(run)
    }
    var view = RunView(life)
    view.activeSeconds = (status?.active ?? 0) / 1_000
    view.digest = reading.digest
    view.session = reading.digest.session
    if view.session == nil, adapter.givesSession { view.session = try? directory.spec().session }
    view.progressAt = reading.progressAt
    return view
  }

  /// Reads what has come since the last look; from its beginning after a restart.
  private func read(_ run: WorkerRun, _ directory: RunDirectory) throws -> Reading {
    var reading =
      readings[run.run].flatMap { $0.segment == run.segment ? $0 : nil }
      ?? Reading(
        segment: run.segment, parser: ((try? directory.spec())?.parser ?? adapter.parser).parser())
    try readProgress(directory, &reading)
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

  /// What the program says of itself by its requests is as good as what it prints.
  private func readProgress(_ directory: RunDirectory, _ reading: inout Reading) throws(StudioError)
  {
    guard directory.journalSize != reading.journal else { return }
    let redactor = self.redactor
    for request in try directory.requests(after: reading.request) {
      reading.request = max(reading.request, request["n"]?.integer ?? 0)
      reading.progressAt = request["at"]?.integer.map { $0 / 1_000 } ?? reading.progressAt
      guard request["op"]?.string == "progress" else { continue }
      if let text = request["body"]?.string {
        reading.digest.take(redactor.redact(.text(PlainText.clean(text))))
      }
      if let items = request["todo"]?.array {
        reading.digest.take(redactor.redact(.todo(LinesParser.todo(items))))
      }
    }
    reading.journal = directory.journalSize
  }

  // MARK: Requests

  package func requests(of run: WorkerRun, after number: Int64) throws -> [JSON] {
    let directory = RunDirectory(home, run: run.run)
    if let reading = readings[run.run], reading.segment == run.segment, reading.request <= number {
      return []
    }
    return try directory.requests(after: number)
  }

  package func answer(_ run: WorkerRun, _ number: Int64, _ answer: JSON) throws {
    // What the worker itself has asked is no program's.
    guard number > 0 else { return }
    try RunDirectory(home, run: run.run).answer(number, answer)
  }

  package func deliver(
    _ run: WorkerRun, _ words: String, files: [String]
  ) throws -> RunDelivery {
    let message = try ResultMessage(
      words, in: RunDirectory(home, run: run.run), redactor: redactor, files: files)
    return RunDelivery(
      text: message.body, blocks: message.blocks, artifacts: .array(message.artifacts.map(\.json)))
  }

  package func redact(_ text: String) -> String { redactor.redact(text) }

  // MARK: Stopping

  package func stop(_ run: WorkerRun, reason: String) throws {
    let directory = RunDirectory(home, run: run.run)
    guard
      case .running(let live) = RunProcess.presence(of: directory, segment: Int64(run.segment))
    else { return }
    do {
      try RunProcess.stop(directory, reason: reason)
    } catch {
      // It does not listen, or has just ended.
      if live.supervisor.isAlive { kill(live.supervisor.pid, SIGTERM) }
    }
  }

  package func forget(_ run: WorkerRun) {
    follow(run, nil)
    reap(run)
    readings[run.run] = nil
  }
}

extension Redactor {
  /// A fact with nothing secret in its words.
  func redact(_ fact: RunFact) -> RunFact {
    switch fact {
    case .text(let text): .text(redact(text))
    case .tool(let name, let detail): .tool(name: name, detail: detail.map { redact($0) })
    case .todo(let all): .todo(all.map { .init(text: redact($0.text), isDone: $0.isDone) })
    case .final(let result, let isError): .final(result: redact(result), isError: isError)
    case .warning(let text): .warning(redact(text))
    case .failure(let text): .failure(redact(text))
    case .session, .model, .usage, .cost, .turn, .request, .servers: fact
    }
  }
}
