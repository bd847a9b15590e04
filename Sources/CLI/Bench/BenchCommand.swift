import Glibc
import Home
import Nostr
import Sync
import Terminal
import Workspace

extension Command {
  private static let benchmarks = [
    "B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B9", "B10",
  ]

  static let bench = Command(
    "bench", "the benchmarks on this machine, each beside its floor",
    [
      .place(
        "id", "ID", "which; all unless given", required: false, repeated: true,
        choices: benchmarks),
      .option(
        "count", "N",
        "how many events: B3 catches up with 20000 unless given, B6 and B7 open 100000, B9 goes up to 1000000"
      ),
    ]
  ) { invocation, arguments in
    let chosen = arguments.texts("id").isEmpty ? benchmarks : arguments.texts("id")
    let count = try arguments.number("count", in: 4...10_000_000)
    ControlServer.blockSignals()
    let figures = try BenchScene.with { scene in
      try benchmarks.filter(chosen.contains).flatMap { id in
        if !invocation.json {
          try? SystemCall.write(Array("\(id) …\n".utf8), to: STDERR_FILENO)
        }
        return try run(id, count: count, in: scene)
      }
    }
    if invocation.json {
      Output.json(["figures": .array(figures.map(\.json))])
    } else {
      Output.text(table(of: figures))
    }
    return 0
  }

  private static func run(_ id: String, count: Int?, in scene: BenchScene) throws -> [Figure] {
    switch id {
    case "B1": try OpenBench.floor()
    case "B2": try OpenBench.run(count: 2_000)
    case "B3": try ColdSyncBench.run(count: count ?? 20_000, in: scene)
    case "B4": try PublishBench.run(count: 200, in: scene)
    case "B5": try LiveBench.run(in: scene)
    case "B7": try KeyBench.run(events: count, in: scene) + PaletteBench.run()
    case "B8": try LiveBench.idle(in: scene)
    case "B6": try FirstScreenBench.run(events: count, in: scene)
    case "B9": try QueryBench.run(upTo: count, in: scene)
    default: try RelayBench.run(count: 20_000, in: scene)
    }
  }

  private static func table(of figures: [Figure]) -> String {
    let header = ["", "work", "value", "unit", "floor", "ratio", "goal"]
    let rows =
      [header]
      + figures.map { figure in
        [
          figure.id, figure.name, figure.value.short, figure.unit, figure.floor?.short ?? "",
          figure.ratio?.short ?? "", figure.goal ?? "",
        ]
      }
    let widths = header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let line = row.indices.map { column in
        let gap = String(repeating: " ", count: widths[column] - row[column].count)
        return [2, 4, 5].contains(column) ? gap + row[column] : row[column] + gap
      }.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
    }.joined()
  }
}

extension Double {
  /// Three digits that mean something, never with an exponent.
  fileprivate var short: String {
    if self >= 100 { return String(Int(rounded())) }
    let digits = self >= 10 ? 10.0 : 100.0
    return String((self * digits).rounded() / digits)
  }
}
