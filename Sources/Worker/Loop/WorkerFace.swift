import Glibc
package import Home
package import Nostr
import Replica
package import Workspace

/// The worker as a process: one for each profile of a home. Sleeps until the engine has news, a run has, its
/// owner has a word, or something is due.
package final class WorkerFace {
  private let workspace: Workspace
  private let settings: WorkerSettings
  private let loop: WorkerLoop
  private let driver: any RunDriver
  private let lock: WorkerLock
  private let watch: FolderWatch
  private let cleaner: RunCleaner?
  private var cleanedAt: Int64 = 0
  private var shown: [String: WorkerRun.State] = [:]
  private var watched: Set<String> = []

  /// What there is to say about a run, as it happens.
  package var tell: (JSON) -> Void = { _ in }

  /// - Throws: `worker_runs` when another process works for the profile.
  package init(
    _ workspace: Workspace, _ settings: WorkerSettings, _ driver: any RunDriver,
    cleaner: RunCleaner? = nil
  ) throws {
    self.cleaner = cleaner
    guard let lock = try WorkerLock(workspace.home, profile: settings.profile) else {
      throw StudioError(
        "worker_runs", "a worker runs already for the profile “\(settings.profile)”",
        hint: "studio worker status tells how it is")
    }
    self.lock = lock
    self.workspace = workspace
    self.settings = settings
    self.driver = driver
    loop = WorkerLoop(
      reader: workspace.reader, desk: workspace.desk, me: workspace.me, settings: settings,
      driver: driver)
    watch = try FolderWatch()
    try SystemCall.makeDirectory(WorkerBell.directory(workspace.home))
  }

  /// Works until its owner has it end.
  package func run() throws {
    loop.complain = { [tell] words in tell(["error": .string(words)]) }
    try workspace.engine.connect()
    while true {
      // Watched before looking, so that nothing falls between the two.
      watchRuns()
      let outlook: WorkerLoop.Outlook
      do {
        if try loop.introduce() { workspace.engine.nudge(.orders) }
        outlook = try loop.step()
        try show()
        try clean()
      } catch let error as ReplicaError where error.isOfTheDisk {
        tell(["error": .string("\(error)")])
        sleep(until: SystemCall.now() + 5)
        continue
      }
      if outlook.hasOrders { workspace.engine.nudge(.orders) }
      if outlook.isOver { return }
      sleep(until: min(outlook.wakeAt ?? .max, cleaner == nil ? .max : cleanedAt + 86_400))
    }
  }

  /// Once a day, what is over and told is taken away.
  private func clean() throws {
    let now = SystemCall.now()
    guard let cleaner, now >= cleanedAt + 86_400 else { return }
    cleanedAt = now
    let left = try cleaner.clean(workspace.reader, settings.profile, now: now)
    let bytes = left.reduce(0) { $0 + $1.bytes }
    guard bytes > cleaner.quota else { return }
    tell([
      "warning": .string(
        "what is left of \(left.count) runs takes \(RunLeftover.size(bytes)): studio worker tidy "
          + "tells of what")
    ])
  }

  private func watchRuns() {
    let runs = WorkerBell.directory(workspace.home)
    let live = (try? workspace.reader.liveRuns(settings.profile)) ?? []
    let wanted = Set([runs] + live.filter(\.isOnMachine).map { "\(runs)/\($0.run)" })
    for folder in watched.subtracting(wanted) { watch.remove(folder) }
    watched.formIntersection(wanted)
    // One that is not there yet is watched from the next step on.
    for folder in wanted.subtracting(watched)
    where (try? watch.add(folder, growing: true)) != nil { watched.insert(folder) }
  }

  /// Waits for news; an engine that has gone is started again.
  private func sleep(until time: Int64?) {
    var entries = ([watch.descriptor] + driver.descriptors).map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    var left = time.map { max(0, $0 - SystemCall.now()) * 1_000 } ?? 3_600_000
    do {
      switch try workspace.engine.reach() {
      case .connected:
        if let engine = workspace.engine.descriptor {
          entries.append(pollfd(fd: engine, events: Int16(POLLIN), revents: 0))
        }
      case .starting(let ready?):
        entries.append(pollfd(fd: ready, events: Int16(POLLIN), revents: 0))
      case .starting(nil): left = min(left, 1_000)
      }
    } catch {
      tell(["error": .string("\(error)")])
      left = min(left, 5_000)
    }
    _ = poll(&entries, nfds_t(entries.count), Int32(clamping: left))
    _ = watch.take()
    // What it says is in the replica; a line that broke is made anew above.
    _ = try? workspace.engine.receive()
  }

  /// Says what has changed since the last step.
  private func show() throws {
    for run in try workspace.reader.runs(settings.profile, limit: 50).reversed()
    where shown[run.run] != run.state {
      shown[run.run] = run.state
      tell(run.json(title: try workspace.reader.card(run.card)?.title))
    }
  }
}

/// The lock that makes one worker for each profile of a home; it ends with its process.
package final class WorkerLock {
  private let descriptor: Int32

  /// - Returns: `nil` when another process holds it.
  package init?(_ home: Home, profile: String) throws(StudioError) {
    let path = "\(home.stateDirectory)/worker-\(profile).lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .system("opening the lock", path: path, errno: errno) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      return nil
    }
  }

  /// Waits until whoever holds it is gone, a minute at most.
  package static func waitUntilFree(_ home: Home, profile: String) throws(StudioError) -> Bool {
    for _ in 0..<600 {
      if try WorkerLock(home, profile: profile) != nil { return true }
      usleep(100_000)
    }
    return false
  }

  /// Lets go of it before its time.
  package func release() { flock(descriptor, LOCK_UN) }

  deinit { close(descriptor) }
}

extension WorkerRun {
  /// The run as `studio worker` writes it.
  package func json(title: String?) -> JSON {
    [
      "run": .string(run), "card": .string(cardAddress.text),
      "title": title.map { .string($0) } ?? .null, "state": .string(state.rawValue),
      "outcome": .string(outcome), "code": code.isEmpty ? .null : .string(code),
      "reason": .string(reason), "cycle": .integer(Int64(cycle)),
      "attempt": .integer(Int64(attempt)), "created_at": .integer(createdAt),
      "started_at": startedAt.map { .integer($0) } ?? .null,
      "ended_at": endedAt.map { .integer($0) } ?? .null,
      "cost_usd": costUSD.map { .number($0) } ?? .null, "events": .integer(Int64(events)),
    ]
  }
}
