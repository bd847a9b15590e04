import FourA
import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// Answering in place: an answer is held for a while, then ordered; `u` takes it back. Leaving sends
/// it at once, and nothing is sent when somebody else was faster.
extension Shell {
  /// So long after another question has come to its place, a digit does not answer it: the key was
  /// meant for what stood there before.
  static let guardTime = Duration.milliseconds(400)

  /// Digits: the option of the shown question.
  func choose(_ number: Int) {
    if let row = decidable { return decide(row, number) }
    guard let question = asked else { return }
    if !question.decisions.isEmpty { return decide(question, number) }
    guard question.choices.indices.contains(number - 1) else {
      return say("the question has \(question.choices.count) options", .toastWarning)
    }
    guard mayAnswer(question) else { return }
    guard question.takesSeveral else { return choose([number], of: question) }
    scene.answers.toggle(number, of: question.id)
  }

  /// The question that takes several options, and may be answered.
  var severalAsked: EntryRow? {
    guard ability(to: .choose) == .able, let asked, asked.takesSeveral else { return nil }
    return asked
  }

  /// `space`: the marked option, where several may be chosen.
  func toggleOption() {
    guard let question = severalAsked else { return perform(.fold) }
    choose(scene.answers.mark(of: question.id))
  }

  /// Marks another option.
  func moveMark(by step: Int) {
    guard let question = severalAsked, mayAnswer(question) else { return }
    scene.answers.moveMark(by: step, of: question.id, count: question.choices.count)
  }

  private func choose(_ options: [Int], of question: EntryRow) {
    let words = question.words(of: options)
    guard let danger = Danger(question) else {
      return hold(question, options: options, text: words)
    }
    confirm(question, options: options, label: words, danger)
  }

  /// Enter, where options of a question that takes several are chosen, sends them; `false` where none is.
  func sendsChosen() -> Bool {
    guard let question = asked, let chosen = scene.answers.chosen[question.id], !chosen.isEmpty,
      ability(to: .choose) == .able, mayAnswer(question)
    else { return false }
    choose(chosen.sorted(), of: question)
    return true
  }

  /// Whether a key may answer now: the question is in sight, and has been for long enough.
  func mayAnswer(_ question: EntryRow) -> Bool {
    let pane: PaneID = isInInbox ? .preview : place == .chat ? .posts : .card
    guard layout?.panes[pane] != nil else {
      if detail == pane { focus(on: pane) } else { scene.card.map { go(to: .card($0)) } }
      say("the question first; then the key")
      return false
    }
    return isSettled(on: pane)
  }

  /// Whether what digits are about is in sight, and has been for long enough.
  func isSettled(on pane: PaneID) -> Bool {
    guard layout?.panes[pane] != nil else {
      if detail == pane { focus(on: pane) }
      say("what it is about first; then the key")
      return false
    }
    if let since = questionSince, clock.monotonic() - since < Self.guardTime {
      say("another question has just come here; nothing was answered", .toastWarning)
      return false
    }
    return true
  }

  /// A line that repeats what would happen, and wants Enter.
  func confirm(
    _ question: EntryRow, options: [Int], label: String, _ danger: Danger, decision: String? = nil,
    adopting: EventID? = nil
  ) {
    let shown = SafeText(untrusted: label, limit: 200)
    overlays.append(
      .confirm(
        Confirmation(
          purpose: .answer(
            question, options: options, text: label, decision: decision, adopting: adopting),
          title: "↵ answers “\(shown)”, Esc does not",
          words: "“\(shown)” lets this happen: \(danger.words)")))
  }

  func hold(
    _ question: EntryRow, options: [Int] = [], text: String, decision: String? = nil,
    adopting: EventID? = nil, goesAnyway: Bool = false
  ) {
    let card = question.root ?? (isInInbox ? nil : scene.card)
    scene.answers.held.removeAll { $0.question.id == question.id }
    scene.answers.forgetChosen(question.id)
    if !options.isEmpty { justChosen = question.id }
    didAnew()
    scene.answers.held.append(
      HeldAnswer(
        question: question, card: card, options: options, decision: decision, text: text,
        adopting: adopting, draft: "answer:\(question.address)", goesAnyway: goesAnyway,
        dueAt: clock.monotonic() + HeldAnswer.time))
    if place != .chat { self.card.reveal(question.id) }
    if isInInbox {
      inbox.moveOn(from: .question(question.id))
      chooseAgain(onlyCard: true)
    }
    knownQuestion = askedID
  }

  /// `u`: the newest held answer is taken back; words come back into their field.
  func takeBack() {
    guard let answer = scene.answers.held.popLast() else { return undoMove() }
    canRedo(answer)
    say("taken back\(answer.hasWords ? "" : redoHint)")
    if place != .chat { card.select(answer.question.id) }
    if isInInbox {
      inbox.select(.question(answer.question.id))
      chooseAgain(onlyCard: true)
    }
    knownQuestion = askedID
    guard answer.hasWords else { return }
    if answer.decision == nil {
      write(to: answer.question)
    } else {
      decide(answer.question, "reason")
    }
  }

  // MARK: Time and leaving

  /// Orders what has been held long enough.
  func sendDueAnswers(_ now: Duration) { send(scene.answers.held.filter { $0.dueAt <= now }) }

  /// Orders everything that is held: the workspace ends.
  func sendAllAnswers() { send(scene.answers.held) }

  /// Orders what is held on cards that are out of sight.
  func sendLeftAnswers() {
    guard !scene.answers.held.isEmpty, place != .inbox else { return }
    let shows = isInSight(.card)
    let channel = isInSight(.posts) ? Set(posts.posts.map(\.id)) : []
    send(
      scene.answers.held.filter {
        (!shows || $0.card != scene.card) && !channel.contains($0.question.id)
      })
  }

  private func send(_ answers: [HeldAnswer]) {
    for answer in answers {
      scene.answers.held.removeAll { $0.question.id == answer.question.id }
      if !answer.goesAnyway, let words = otherAnswer(to: answer.question.id) {
        giveUp(answer, words)
      } else {
        order(answer)
      }
    }
    knownQuestion = askedID
  }

  private func order(_ answer: HeldAnswer) {
    let id = answer.question.id
    var arguments = Arguments(["id": answer.question.eventID.hex])
    if let decision = answer.decision { arguments.set("decision", to: decision) }
    if let adopting = answer.adopting {
      arguments.set("adopt", to: adopting.hex)
    } else {
      if !answer.options.isEmpty { arguments.set("option", to: answer.options.map { "\($0)" }) }
      if answer.options.isEmpty || answer.hasWords { arguments.set("text", to: answer.text) }
    }
    if let room = try? workspace.reader.room(answer.question.room) {
      arguments.set("room", to: room.audience.address)
    }
    do {
      let settles = try workspace.reader.mayAnswer(id, scene.me)
      try start("answer", arguments) { [weak self] _ in
        self?.scene.answers.queued[id] = nil
        self?.say("\(settles ? "answered" : "suggested"): \(answer.shown)")
        self?.setNeedsRefresh()
      } failed: { [weak self] _ in
        self?.scene.answers.queued[id] = nil
        self?.keep(answer)
      }
      scene.answers.queued[id] = answer.shown
      if answer.hasWords {
        try? workspace.desk.setDraft(answer.draft, nil, now: clock.now())
      }
    } catch {
      complain(error)
      keep(answer)
    }
    setNeedsRefresh()
  }

  /// Words that were not sent stay a draft.
  private func keep(_ answer: HeldAnswer) {
    if answer.hasWords, draft(answer.draft) == nil {
      try? workspace.desk.setDraft(answer.draft, answer.text, now: clock.now())
    }
    setNeedsRefresh()
  }

  // MARK: Somebody else

  /// `bob has answered: “…”`, when the question has an answer.
  func otherAnswer(to question: ObjectID) -> SafeText? {
    guard let row = try? workspace.reader.entry(question), row.isAnswered else { return nil }
    let answer = try? workspace.reader.replies(to: question, kind: .answer).last
    guard let answer else { return "the question has been answered" }
    let text = SafeText(untrusted: answer.body, limit: 200).truncated(to: 40)
    let verb: SafeText = answer.author == scene.me ? "have" : "has"
    return "\(scene.names.brief(answer.author)) \(verb) answered: “\(text)”"
  }

  private func giveUp(_ answer: HeldAnswer, _ words: SafeText) {
    keep(answer)
    say(
      answer.hasWords
        ? "\(words); yours was not sent and is kept as a draft" : "\(words); yours was not sent",
      .toastWarning)
  }

  /// Looks whether somebody else was faster than what is held or being written.
  func noticeOtherAnswers() {
    for answer in scene.answers.held where !answer.goesAnyway {
      guard let words = otherAnswer(to: answer.question.id) else { continue }
      scene.answers.held.removeAll { $0.question.id == answer.question.id }
      giveUp(answer, words)
    }
    guard case .compose(var composer)? = overlays.last,
      case .answer(let question) = composer.purpose,
      composer.answered == nil, let words = otherAnswer(to: question.id)
    else { return }
    composer.answered = words
    composer.prompt.complaint = "answered meanwhile"
    overlays[overlays.count - 1] = .compose(composer)
    saveDraft()
    say("\(words); what you write is kept as a draft", .toastWarning)
  }

  /// Enter on an answer in words. Where somebody was faster it takes a second Enter.
  func acceptAnswer(_ text: String, _ question: EntryRow, _ composer: Composer) {
    var composer = composer
    if composer.answered == nil, let words = otherAnswer(to: question.id) {
      composer.answered = words
    }
    if let words = composer.answered, !composer.goesAnyway {
      composer.goesAnyway = true
      composer.prompt.complaint = "↵ again sends it anyway"
      overlays[overlays.count - 1] = .compose(composer)
      saveDraft()
      return say("\(words); ↵ again sends yours too, Esc keeps it as a draft", .toastWarning)
    }
    saveDraft()
    overlays.removeLast()
    hold(question, saying: text, goesAnyway: composer.goesAnyway)
    setNeedsRefresh()
  }

  /// After a reading: has another question come to the place of the one that digits answer?
  func watchQuestion() {
    let current = askedID
    defer { knownQuestion = current }
    guard !isMoving, current != knownQuestion, current != nil else { return }
    questionSince = clock.monotonic()
  }
}
