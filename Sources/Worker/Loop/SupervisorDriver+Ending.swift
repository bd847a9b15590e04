import Home
import Nostr
import Replica
import Studio

// What came of a segment: from its status, its output and its files to what is published.
extension SupervisorDriver {
  /// Characters of what a program said last that go along with the word that it failed.
  private static let lastWords = 1_500

  func ending(
    of run: WorkerRun, _ status: RunStatus, _ directory: RunDirectory, _ reading: inout Reading
  ) throws(StudioError) -> RunEnding {
    let file = adapter.lastMessage.map { "\(directory.path)/\($0)" } ?? directory.resultFile
    let written = PlainFile.read(file, limit: 1 << 20)
    let outcome = reading.parser.end(
      RunEnd(exit: status.exit, resultFile: written.map { String(decoding: $0, as: UTF8.self) }))
    let redactor = self.redactor
    reading.digest.take(outcome.facts.map(redactor.redact))
    var ending = RunEnding(outcome: "completed", exit: status.exit)
    Self.judge(&ending, status, outcome)
    do throws(StudioError) {
      try describeChanges(of: run, directory, in: &ending)
    } catch {
      ending.words += ending.words.isEmpty ? "\(error)" : "; \(error)"
    }
    let message = try ResultMessage(
      Self.text(of: ending, outcome, directory), in: directory, redactor: redactor)
    ending.words = redactor.redact(ending.words)
    ending.text = message.body
    ending.blocks = message.blocks
    if !message.artifacts.isEmpty {
      ending.fields["artifacts"] = .array(message.artifacts.map(\.json))
    }
    if !message.omitted.isEmpty {
      let omitted = redactor.redact(message.omitted.joined(separator: "; "))
      ending.text += "\n\nNot handed in: \(RunDigest.oneLine(omitted, limit: 300))"
    }
    return ending
  }

  private static func judge(
    _ ending: inout RunEnding, _ status: RunStatus, _ outcome: RunOutcome
  ) {
    func fail(_ name: String, _ code: String, _ words: String) {
      (ending.outcome, ending.code, ending.words) = (name, code, words)
    }
    switch (status.outcome, status.limit) {
    case (.spawnFailed, _): fail("failed", "spawn_failed", status.reason ?? "it did not start")
    case (.attachmentUnavailable, _):
      fail("failed", "attachment_unavailable", status.reason ?? "an attachment did not come")
    case (_, .cost?):
      fail("budget_exhausted", "budget_exhausted", "its budget is spent")
      ending.isOutOfMoney = true
    case (_, .tokens?), (_, .turns?):
      let what = status.limit == .tokens ? "tokens" : "turns"
      fail("budget_exhausted", "budget_exhausted", "it has had all its \(what)")
    case (.timedOut, let limit):
      let name = limit?.rawValue ?? "wall"
      fail("timed_out", name, "it was stopped: no more time (\(name))")
    case (.stopped, nil) where status.reason == "supervisor_lost":
      fail("lost", "lost", "its supervisor was killed")
    case (.stopped, nil): fail("cancelled", status.reason ?? "owner", "it was stopped")
    case (.exited, _), (.stopped, _):
      if outcome.code == .budgetExhausted {
        fail("budget_exhausted", "budget_exhausted", "its budget is spent")
        ending.isOutOfMoney = true
      } else if !outcome.isSuccess {
        fail("failed", outcome.code.rawValue, words(of: outcome.code, status))
      }
    }
  }

  /// What is told: the result; of what failed why it did, and what its program said last.
  private static func text(
    of ending: RunEnding, _ outcome: RunOutcome, _ directory: RunDirectory
  ) -> String {
    if sameBytes(ending.outcome, "completed") {
      return [outcome.text, ending.words].filter { !$0.isEmpty }.joined(separator: "\n\n")
    }
    var last = outcome.text
    if last.isEmpty, let errors = try? SystemCall.read(directory.errorFile, limit: 64 << 20) {
      last = PlainText.clean(errors.suffix(4 * lastWords).drop { $0 & 0xC0 == 0x80 })
    }
    guard last.contains(where: { !$0.isWhitespace }) else { return ending.words }
    let cut = last.count > lastWords ? "…" + last.suffix(lastWords) : last
    return "\(ending.words)\n\n\(cut)"
  }

  private static func words(of code: RunOutcome.Code, _ status: RunStatus) -> String {
    let end =
      status.signal.map { "ended by signal \($0)" } ?? "ended with status \(status.exit ?? 0)"
    switch code {
    case .completed: return "completed"
    case .budgetExhausted: return "its budget is spent"
    case .agentFailed: return "it says that it failed"
    case .noResult: return "it \(end) without a result"
    case .nonzeroExit: return "it \(end)"
    case .authRequired: return "its program has to be logged in first"
    case .rateLimited: return "its provider allows no more for now"
    }
  }

  /// Keeps what the run has changed in a working tree as a commit of its branch, and tells how much that is.
  private func describeChanges(
    of run: WorkerRun, _ directory: RunDirectory, in ending: inout RunEnding
  ) throws(StudioError) {
    guard let tree = try place(of: run, directory).tree else { return }
    try tree.commit("\(run.cardAddress.d)\n\nRun \(run.run)", name: run.profile)
    let change = try tree.change()
    ending.branch = tree.branch
    guard change.commit != tree.base else { return }
    ending.commit = change.commit
    ending.fields["diff"] = [
      "files": .integer(change.files), "add": .integer(change.added),
      "del": .integer(change.deleted), "branch": .string(tree.branch),
      "commit": .string(change.commit),
    ]
    let patch = try tree.patch()
    if !patch.isEmpty, patch.count <= ResultMessage.longestFile {
      try SystemCall.replace("\(directory.outFolder)/changes.patch", with: patch, mode: 0o600)
    }
  }
}
