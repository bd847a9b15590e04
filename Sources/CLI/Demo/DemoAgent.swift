import Glibc
import Home
import Nostr
import Replica
import Workspace

/// A scripted member of the demo's room, in a process of its own: works the cards that are assigned to its key.
///
/// Standard input carries its invite, then nothing until the demo ends: the word `end`, or the end of file when
/// the demo's process died.
final class DemoAgent {
  private let workspace: Workspace
  private let steps: [DemoScript.Step]
  private let directory: TemporaryDirectory
  private var jobs: [Job] = []

  /// A card in work.
  private struct Job {
    let address: String
    /// Of the steps; -1 while the card is not picked up.
    var step = -1
    /// When the next step is due, in monotonic milliseconds.
    var due: Int64
    /// The question whose answer it waits for.
    var question: EventID?
    var answer = ""
  }

  /// Plays until told to end.
  static func run(home: Home) throws {
    let line = try JSON(parsing: Array(firstLine().utf8))
    guard let invite = line.object?["invite"]?.string, let stage = line.object?["stage"]?.string
    else {
      throw StudioError("bad_usage", "an agent of the demo reads its invite from standard input")
    }
    let name = try Configuration.load(from: home).name
    let agent = DemoAgent(
      try .unlocked(home), steps: DemoScript.steps(for: name),
      directory: TemporaryDirectory(adopting: stage))
    defer { agent.leave() }
    try agent.join(invite)
    try agent.work()
  }

  private init(_ workspace: Workspace, steps: [DemoScript.Step], directory: TemporaryDirectory) {
    self.workspace = workspace
    self.steps = steps
    self.directory = directory
  }

  private func join(_ invite: String) throws {
    // If this process is killed, its engine goes with it.
    try workspace.engine.ask(.leaveWithLastFace)
    _ = try workspace.perform("room join", ["url": invite])
  }

  /// Does what can be done, then sleeps until there is news, a step is due, or the demo ends.
  private func work() throws {
    while true {
      while try act() {}
      let due = jobs.filter { $0.question == nil }.map(\.due).min() ?? .max
      if try Sleep.on([workspace.engine], or: STDIN_FILENO, until: due) == .ending { return }
    }
  }

  private func leave() {
    var word = [UInt8](repeating: 0, count: 16)
    if read(STDIN_FILENO, &word, word.count) > 0 {
      DemoStage.stopEngine(of: workspace.home)
    } else {
      // The demo's process died without a word: nobody else is left to tidy up.
      DemoStage.strike(directory)
    }
  }

  /// Takes up to one step; `false` when there is nothing to do now.
  private func act() throws -> Bool {
    guard let room = try workspace.reader.rooms().first, room.status == "active" else {
      return false
    }
    let now = SystemCall.monotonicMilliseconds()
    if try pickUp(in: room, now: now) { return true }
    for index in jobs.indices {
      guard let card = try card(of: jobs[index], in: room) else {
        jobs.remove(at: index)
        return true
      }
      if let question = jobs[index].question {
        guard let answer = try answer(to: question, on: card) else { continue }
        jobs[index].answer = answer
        jobs[index].question = nil
        jobs[index].due = Self.soon()
        return true
      }
      guard jobs[index].due <= now else { continue }
      do {
        if try advance(&jobs[index], card) { jobs.remove(at: index) }
      } catch let error as StudioError {
        try? SystemCall.write(Array("\(card.title): \(error)\n".utf8), to: STDERR_FILENO)
        jobs.remove(at: index)
      }
      return true
    }
    return false
  }

  /// Takes the card that has waited longest, unless one is in work already: one whose question is open leaves
  /// the hands free.
  private func pickUp(in room: RoomRow, now: Int64) throws -> Bool {
    guard jobs.allSatisfy({ $0.question != nil }) else { return false }
    let open = try workspace.reader.cards(
      room.id, CardFilter(status: "open", assignee: workspace.me), limit: 100)
    guard let card = open.last(where: { card in !jobs.contains { $0.address == card.address } })
    else { return false }
    jobs.append(Job(address: card.address, due: now + Int64.random(in: 300...800)))
    return true
  }

  /// The card of a job; `nil` when it is not ours to work on any more.
  private func card(of job: Job, in room: RoomRow) throws -> CardRow? {
    guard
      case .one(let object) = try workspace.reader.resolveObject(
        job.address, in: room.id, kinds: [30530]),
      let card = try workspace.reader.card(object.id), card.isShown,
      card.assignees.first == workspace.me,
      card.status == (job.step < 0 ? "open" : "in_progress")
    else { return nil }
    return card
  }

  private func answer(to question: EventID, on card: CardRow) throws -> String? {
    let row = try workspace.reader.thread(of: card.id, limit: 10_000).first {
      $0.kind == .question && $0.eventID == question
    }
    guard let row, row.isAnswered else { return nil }
    return try workspace.reader.replies(to: row.id, kind: .answer).last?.body
  }

  /// Takes a job's next step; `true` when it was the last.
  private func advance(_ job: inout Job, _ card: CardRow) throws -> Bool {
    defer {
      job.step += 1
      job.due = Self.soon()
    }
    guard job.step >= 0 else {
      try setStatus("in_progress", of: job)
      return false
    }
    guard job.step < steps.count else {
      try setStatus("done", of: job)
      return true
    }
    func words(_ text: String) -> String {
      text.replacing("TITLE", with: card.title).replacing("ANSWER", with: job.answer)
    }
    switch steps[job.step] {
    case .progress(let text): try comment(words(text), intent: "progress", on: job)
    case .result(let text): try comment(words(text), intent: "result", on: job)
    case .ask(let text, let options):
      var arguments = Arguments(["text": words(text), "card": job.address, "blocking": ""])
      for option in options { arguments.add("option", option) }
      let asked = try workspace.perform("ask", arguments)
      job.question = asked.object?["event_id"]?.string.flatMap { EventID(hex: $0) }
    }
    return false
  }

  private func setStatus(_ status: String, of job: Job) throws {
    _ = try workspace.perform("card status", ["id": job.address, "status": status])
  }

  private func comment(_ text: String, intent: String, on job: Job) throws {
    _ = try workspace.perform("comment", ["id": job.address, "text": text, "intent": intent])
  }

  /// A human pace.
  private static func soon() -> Int64 {
    SystemCall.monotonicMilliseconds() + Int64.random(in: 900...1_900)
  }

  private static func firstLine() -> String {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while bytes.count < 65_536, read(STDIN_FILENO, &byte, 1) == 1, byte != UInt8(ascii: "\n") {
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
