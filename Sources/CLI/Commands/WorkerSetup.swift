import ConfigLines
import Glibc
import Home
import Nostr
import Replica
import Worker
import Workspace

/// What `worker.conf` and the adapters say, read once.
struct WorkerSetup {
  let config: WorkerConfig
  let adapter: Adapter?
  private let problems: [ConfigProblem]

  init(_ home: Home) throws {
    let (config, problems) = WorkerConfig.load(home)
    self.config = config
    if let name = config.adapter {
      let found = AdapterStore(places: ConfigPlaces(user: home.configDirectory)).load(name)
      adapter = found.adapter
      self.problems = problems + found.problems
    } else {
      adapter = nil
      self.problems = problems
    }
  }

  func requireAdapter() throws -> Adapter {
    if let problem = problems.first {
      throw StudioError(
        "invalid_config", "\(problem)", field: "worker.conf",
        hint: "studio worker adapters check tells all that is wrong")
    }
    guard let adapter else {
      throw StudioError(
        "no_adapter", "worker.conf names no adapter", field: "adapter",
        hint: "write “adapter generic” and “command /path/of/your/program” into it")
    }
    return adapter
  }

  /// Looks once whether the program can be run, for those who ask later what is wrong.
  func keepCheck(_ workspace: Workspace) throws {
    let store = AdapterStore(places: ConfigPlaces(user: workspace.home.configDirectory))
    guard let check = config.adapter.flatMap({ AdapterCheck.named($0, store) }) else { return }
    try workspace.desk.keep([check.verdict(isChosen: true, at: SystemCall.now())])
  }

  func settings() -> WorkerSettings {
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, 255)
    let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    var settings = WorkerSettings(
      profile: config.profile, host: String(decoding: bytes.prefix(64), as: UTF8.self),
      adapter: config.adapter ?? "none")
    settings.owner = config.owner
    settings.budgetPerDay = config.budgetPerDay > 0 ? config.budgetPerDay : nil
    settings.hasAdapter = adapter != nil
    settings.hasSandbox =
      (try? Sandbox(config.sandbox, hasNetwork: config.hasNetwork).check()) != nil
    settings.isResumable = adapter?.isResumable ?? false
    settings.needsSession = adapter?.needsSession ?? false
    for repository in config.repositories {
      settings.repositories[repository.alias] = repository.mode == .direct
    }
    settings.attachments = config.attachments
    settings.rooms = config.rooms
    settings.acceptedKinds = Set(config.kinds)
    settings.rerunsOnEdit = config.rerunsOnEdit
    settings.maximumAge = Int64(config.maxAge)
    settings.budgetUSD = config.budget > 0 ? config.budget : nil
    settings.idle = Int64(config.idle ?? adapter?.idle ?? RunLimits().idle)
    settings.retryDelays = config.retries.map { Int64($0) }
    // With its usual 12 events a run of an hour is never late; a longer one promises less often.
    let third = Int64(config.wall ?? RunLimits().wall) / 3
    settings.promise = config.heartbeat ?? max(settings.promise, third)
    settings.limits.parallel = Int(config.maxParallel)
    settings.limits.perAuthor = Int(config.perAuthor)
    settings.limits.authorQueue = Int(config.queuedPerAuthor)
    settings.limits.perDay = Int(config.runsPerDay)
    settings.limits.roomBurst = Int(config.roomBurst)
    return settings
  }
}
