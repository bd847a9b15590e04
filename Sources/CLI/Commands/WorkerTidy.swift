import Home
import Nostr
import Replica
import Worker
import Workspace

extension Command {
  static let tidy = Command(
    "worker tidy", "take away what is left of runs that are over; tell what is kept, and why",
    [.place("run", "RUN", "this one, whatever is in it", required: false)]
  ) { invocation, arguments in
    let workspace = try invocation.workspace()
    let setup = try WorkerSetup(workspace.home)
    let cleaner = RunCleaner(workspace.home, setup.config)
    let profile = setup.config.profile
    let now = SystemCall.now()
    var gone: [String] = []
    if let word = arguments.text("run") {
      gone = [try cleaner.remove(word, workspace.reader, profile, now: now)]
    } else {
      let before = try cleaner.survey(workspace.reader, profile, now: now).map(\.run)
      let left = try cleaner.clean(workspace.reader, profile, now: now).map(\.run)
      gone = before.filter { !left.contains($0) }
    }
    let kept = try cleaner.survey(workspace.reader, profile, now: now)
    let told: JSON = [
      "removed": .array(gone.map { .string($0) }),
      "kept": .array(
        try kept.map { left in
          let run = try workspace.reader.workerRun(left.run)
          return left.json(title: try run.flatMap { try workspace.reader.card($0.card)?.title })
        }),
      "bytes": .integer(kept.reduce(0) { $0 + $1.bytes }),
    ]
    if invocation.json { Output.json(told) } else { Output.text(WorkerText.tidy(told)) }
    return 0
  }
}
