import ConfigLines
import Home
import Nostr
import Replica
import Worker
import Workspace

extension Command {
  /// The adapters of this home, and whether each can be used.
  static let adapters = Command(
    "worker adapters", "the programs that can be run as agents",
    [
      .place(
        "action", "ACTION", "check runs each program once, to see that it is there",
        required: false, choices: ["list", "check"])
    ]
  ) { invocation, arguments in
    let home = try invocation.home()
    let store = AdapterStore(places: ConfigPlaces(user: home.configDirectory))
    let chosen = WorkerConfig.load(home).config.adapter
    guard arguments.text("action") == "check" else {
      let rows = store.list().map { name, origin -> JSON in
        let adapter = store.load(name).adapter
        return [
          "name": .string(name), "origin": .string(origin.rawValue),
          "parser": adapter.map { .string($0.parser.rawValue) } ?? .null,
          "resumable": adapter.map { .bool($0.isResumable) } ?? .null,
          "chosen": .bool(name == chosen),
        ]
      }
      Output.result(
        ["adapters": .array(rows)], of: "worker adapters", json: invocation.json)
      return 0
    }
    let checks = AdapterCheck.all(store)
    if home.isInitialised {
      let now = SystemCall.now()
      try Desk(path: home.replicaFile).keep(
        checks.map { $0.verdict(isChosen: $0.name == chosen, at: now) })
    }
    if invocation.json {
      Output.json(["adapters": .array(checks.map(\.json))])
    } else {
      for check in checks {
        let words = check.failure ?? check.version ?? "in order"
        Output.line("\(check.isUsable ? "ok    " : "failed")  \(check.name): \(words)")
        for problem in check.problems { Output.line("\(problem)") }
      }
    }
    // A program that nobody chose need not be there.
    return checks.contains { $0.name == chosen && !$0.isUsable } ? 1 : 0
  }
}
