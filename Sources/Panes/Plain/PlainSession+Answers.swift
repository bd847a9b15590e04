import Home
import Nostr
import FourA
import Replica
import Studio
import Terminal
import Workspace

/// Answers: held for a while, so that they can be taken back.
extension PlainSession {
  func answer(_ arguments: Arguments) throws {
    let room = try arguments.text("room").map { try workspace.room($0) }
    let id = try arguments.required("id")
    let found = try workspace.object(id, kinds: [30534], in: room, field: "id")
    guard let row = try workspace.reader.entry(found.id) else { return }
    let answer =
      try workspace.suggestion(arguments, for: row).map { LineAnswer(adopting: $0, to: row) }
      ?? row.answer(arguments)
    if let words = otherAnswer(to: row.id) {
      throw StudioError("already_answered", words.string, field: "id", value: id)
    }
    let isNow = arguments.flag("now") || holding == .zero
    let held = HeldAnswer(
      question: row, card: row.root ?? row.id, options: answer.options,
      decision: answer.decision, text: answer.text, adopting: answer.adopting,
      draft: "answer:\(row.address)", goesAnyway: false,
      dueAt: clock.monotonic() + (isNow ? .zero : holding))
    guard answer.lets, let danger = Danger(row) else { return hold(held, isNow) }
    let label = answer.options.isEmpty ? "allow" : row.words(of: answer.options)
    say("\(danger.words): “\(SafeText(untrusted: label, limit: 200))”")
    ask(toConfirm: Danger.word(for: label)) { [unowned self] in hold(held, isNow) }
  }

  private func hold(_ answer: HeldAnswer, _ isNow: Bool) {
    answers.held.removeAll { $0.question.id == answer.question.id }
    let number = numbers.number(.question, answer.question.id)
    guard !isNow else { return sendAnswers([answer]) }
    answers.held.append(
      HeldAnswer(
        question: answer.question, card: answer.card, options: answer.options,
        decision: answer.decision, text: answer.text, adopting: answer.adopting,
        draft: answer.draft, goesAnyway: false,
        dueAt: clock.monotonic() + holding))
    say(
      "held: answer to question \(number), sends in \(holding.components.seconds) s, undo takes it back"
    )
  }

  func takeBack() throws {
    guard let answer = answers.held.popLast() else {
      try undos.popLast()?()
      return
    }
    let number = numbers.number(.question, answer.question.id)
    say("taken back: answer to question \(number): \(answer.shown)")
  }

  func sendAnswers(_ due: [HeldAnswer]) {
    for answer in due {
      answers.held.removeAll { $0.question.id == answer.question.id }
      let number = numbers.number(.question, answer.question.id)
      if let words = otherAnswer(to: answer.question.id) {
        say("\(words); yours to question \(number) was not sent: \(answer.shown)")
        continue
      }
      var arguments = Arguments(["id": answer.question.eventID.hex])
      if let decision = answer.decision { arguments.set("decision", to: decision) }
      if let adopting = answer.adopting {
        arguments.set("adopt", to: adopting.hex)
      } else {
        if !answer.options.isEmpty {
          arguments.set("option", to: answer.options.map { "\($0)" })
        }
        arguments.set("text", to: answer.text)
      }
      if let room = try? workspace.reader.room(answer.question.room) {
        arguments.set("room", to: room.audience.address)
      }
      let id = answer.question.id
      do {
        let verb: SafeText =
          try workspace.reader.mayAnswer(id, workspace.me) ? "answered" : "suggested for"
        try run("answer", arguments, blocks: false) { [unowned self] _ in
          answers.queued[id] = nil
          say("\(verb) question \(number): \(answer.shown)")
        } failed: { [unowned self] _ in
          answers.queued[id] = nil
          say("not sent: \(answer.shown)")
        }
        answers.queued[id] = answer.shown
      } catch {
        refuse(error)
        say("not sent: \(answer.shown)")
      }
    }
  }

  /// `bob has answered: “…”`, when the question has an answer.
  private func otherAnswer(to question: ObjectID) -> SafeText? {
    let answers = try? workspace.reader.replies(to: question, kind: .answer)
    guard let answer = answers?.last(where: { !$0.isSuggestion }) else { return nil }
    let text = SafeText(untrusted: answer.body, limit: 400).truncated(to: 80)
    let verb: SafeText = answer.author == workspace.me ? "have" : "has"
    return "\(names.brief(answer.author)) \(verb) answered: “\(text)”"
  }
}
