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
  private var hasEnded = false

  /// - Parameters:
  ///   - program: lines of shell.
  ///   - settings: more lines of `worker.conf`.
  ///   - namespaces: where Ann and Bot have a machine each, `ann` and `bot`, and a relay runs.
  init(
    _ program: String, settings: String = "", consent: Bool = true, on namespaces: Namespaces? = nil
  ) throws {
    world = try World()
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
    try SystemCall.replace(
      "\(bot.path)/worker.conf", with: Array(configuration.utf8), mode: 0o600)
    if consent { try bot.json("worker", "consent", "always", "Ann") }
    worker = try Self.startWorker(bot)
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

  private static func startWorker(_ home: TestHome) throws -> Process {
    try Process(home.words("--json", "worker", "run"))
  }

  /// Kills the worker; what it runs goes on.
  func endWorker() {
    hasEnded = true
    worker.signal(SIGKILL)
    _ = try? worker.finish()
  }

  /// Kills the worker and starts another one, as whatever starts it at boot would.
  func replaceWorker() throws {
    endWorker()
    worker = try Self.startWorker(bot)
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
