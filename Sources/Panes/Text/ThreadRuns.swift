import Replica

/// The parts of a thread, top down: entries for themselves, and runs of steps that fold into a line.
enum ThreadPart {
  case entry(EntryRow)
  /// Progress and status changes of one author, with nothing between them; two or more.
  case run([EntryRow])

  /// - Parameter entries: oldest first.
  static func parts(of entries: [EntryRow]) -> [ThreadPart] {
    let questions = Set(entries.filter { $0.kind == .question }.map(\.id))
    // What stands under its question parts nothing.
    var rest = entries.filter { entry in
      entry.kind != .answer || entry.parent.map { !questions.contains($0) } ?? true
    }[...]
    var parts: [ThreadPart] = []
    while let first = rest.first {
      let run = rest.prefix { $0.isStep && $0.author == first.author }
      parts.append(run.count > 1 ? .run(Array(run)) : .entry(first))
      rest = rest.dropFirst(max(1, run.count))
    }
    return parts
  }
}

extension EntryRow {
  /// A word of progress or a change of status that was not refused: what folds.
  var isStep: Bool {
    kind == .comment && verdict != .refused && (isStatusChange || intent == "progress")
  }
}
