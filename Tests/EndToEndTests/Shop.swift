import Glibc
import Home
import Nostr
import Testing

/// A room with a person, Ann, and an agent, Bot, whose worker has a program of a few lines work on its cards.
final class Shop {
  let world: World
  let ann: TestHome
  let bot: TestHome
  private(set) var worker: Process
  private let relay: Process?
  private let isKilled: Bool
  private var hasEnded = false

  /// - Parameters:
  ///   - isKilled: the worker is started again whenever it was killed, and ``fault(at:pass:)`` can have any process
  ///     of the agent kill itself.
  ///   - program: lines of shell.
  ///   - settings: more lines of `worker.conf`.
  ///   - namespaces: where Ann and Bot have a machine each, `ann` and `bot`, and a relay runs.
  init(
    _ program: String, settings: String = "", consent: Bool = true, isKilled: Bool = false,
    on namespaces: Namespaces? = nil, more: (TestHome) throws -> String = { _ in "" }
  ) throws {
    world = try World()
    self.isKilled = isKilled
    if let namespaces {
      relay = try Process(
        namespaces.prefix("relay") + [
          Process.studio, "--home", "\(world.directory)/relay", "--json", "relay", "--listen",
          "\(Namespaces.relayAddress):7447",
        ])
      let told = try JSON(parsing: relay?.readLine() ?? "")
      let url = try #require(told["url"]?.string)
      ann = try world.founder(relays: [url], on: namespaces.prefix("ann"))
      bot = try world.member("Bot", of: ann, on: namespaces.prefix("bot"))
    } else {
      ann = try world.founder()
      bot = try world.member("Bot", of: ann)
      relay = nil
    }
    let file = try world.file("agent.sh", holding: "#!/bin/sh\n\(program)\n")
    chmod(file, 0o700)
    let configuration =
      "adapter generic\ncommand \(file)\nsandbox none\nowner \(ann.key)\n\(settings)"
      + (try more(bot))
    try SystemCall.replace(
      "\(bot.path)/worker.conf", with: Array(configuration.utf8), mode: 0o600)
    if consent { try bot.json("worker", "consent", "always", "Ann") }
    if isKilled {
      // The engine, too, has to know where the word stands that has it kill itself.
      try bot.json("engine", "stop")
      bot.environment["STUDIO_FAULT"] = "\(world.directory)/fault"
    }
    worker = try Self.startWorker(bot, restarts: isKilled)
  }

  // Before the homes: a worker that lives starts an engine that was stopped.
  deinit {
    if !hasEnded { endWorker() }
    // A test that failed has perhaps left something that runs.
    for run in Processes.files(in: "\(bot.path)/runs") {
      if let pid = Processes.supervisor(of: "\(bot.path)/runs/\(run)") { kill(pid, SIGKILL) }
      for pid in Processes.of(run: run) { kill(pid, SIGKILL) }
    }
  }

  private static func startWorker(_ home: TestHome, restarts: Bool) throws -> Process {
    let words = home.words("--json", "worker", "run")
    let again = ["/bin/sh", "-c", #"while "$0" "$@"; [ $? = 137 ]; do :; done"#]
    return try Process((restarts ? again : []) + words, environment: home.environment)
  }

  /// Has the process that passes a point kill itself, the N-th time that one of them does.
  func fault(at point: FaultPoint, pass: Int = 1) throws {
    try SystemCall.replace(
      "\(world.directory)/fault", with: Array("\(point.rawValue) \(pass)".utf8), mode: 0o600)
  }

  /// Takes back what ``fault(at:pass:)`` said.
  ///
  /// - Returns: whether it had come about.
  func hasFaulted() -> Bool { unlink("\(world.directory)/fault") != 0 }

  /// Kills the process of the worker itself.
  func killWorker() {
    if let pid = Processes.first(saying: Array(bot.words("--json", "worker", "run").dropFirst())) {
      kill(pid, SIGKILL)
    }
  }

  /// Kills the worker; what it runs goes on.
  func endWorker() {
    hasEnded = true
    worker.signal(SIGKILL)
    if isKilled { killWorker() }
    _ = try? worker.finish()
  }

  /// Kills the worker and starts another one, as whatever starts it at boot would.
  func replaceWorker() throws {
    endWorker()
    worker = try Self.startWorker(bot, restarts: isKilled)
    hasEnded = false
  }

  /// Follows what the worker tells until a run stands as wanted.
  func wait(_ state: String, of run: String? = nil) throws -> JSONObject {
    while true {
      let line = try worker.readLine()
      let told = try #require((try? JSON(parsing: line))?.object, "\(line)")
      if told["state"]?.string == state, run == nil || told["run"]?.string == run { return told }
    }
  }

  /// How a run that does not come to its end stands, for whoever reads that a test failed.
  var state: String {
    let status = try? bot.run("--json", "worker", "status").out
    let runs = Processes.files(in: "\(bot.path)/runs").map { run in
      let directory = "\(bot.path)/runs/\(run)"
      let supervisor = Processes.supervisor(of: directory).map { "supervisor \($0)" } ?? "alone"
      return "\(run): \(Processes.files(in: directory)) \(supervisor) \(Processes.of(run: run))"
    }
    return ([status ?? ""] + runs).joined(separator: "\n")
  }

  /// The intents of a card's comments, as Ann sees them.
  func intents(_ card: String) throws -> [String] {
    try ann.cardShow(card).rows("comments").compactMap { $0["intent"]?.string }
  }
}
