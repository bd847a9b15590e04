import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// What becomes of rows while they are looked at.
extension InboxPane {
  /// What became of a row: `answered by mira 3 s ago: 2`.
  struct Outcome {
    let words: SafeText
    var at: Int64?
    var rest: SafeText = ""

    func shown(_ moments: Moments) -> SafeText {
      guard let at else { return words }
      let seconds = max(0, moments.now - at)
      let age: SafeText = seconds < 60 ? "\(seconds) s" : moments.age(of: at)
      return "\(words) \(age) ago\(rest)"
    }
  }

  /// What became of a row; `nil` when there is nothing to say.
  func outcome(of row: InboxRow) -> Outcome? {
    if setAside.contains(row.id) { return nil }
    if row.silence != nil { return Outcome(words: "not silent any more") }
    if let need = row.consent { return outcome(of: need) }
    if let need = row.failure { return outcome(of: need) }
    guard case .need(let need) = row else { return Outcome(words: "read") }
    let id = need.question.id
    let question = scene.read { try $0.entry(id) } ?? nil
    guard let question, question.isAnswered else { return Outcome(words: "withdrawn") }
    let answer = scene.read { try $0.replies(to: id, kind: .answer).last } ?? nil
    guard let answer else { return Outcome(words: "answered") }
    let who = scene.names.brief(answer.author)
    let number = question.choices.firstIndex { sameBytes($0.label, answer.body) }
    let what: SafeText =
      number.map { "\($0 + 1)" } ?? SafeText(untrusted: answer.body, limit: 200).truncated(to: 40)
    let progress: SafeText = delivery(of: answer, asker: question).map { " · \($0)" } ?? ""
    return Outcome(words: "answered by \(who)", at: answer.createdAt, rest: ": \(what)\(progress)")
  }

  private func outcome(of need: ConsentNeed) -> Outcome {
    let consents = scene.read { try $0.consents(need.profile, room: need.card.room) } ?? []
    let decided = consents.first { $0.author == need.card.author }?.decision
    switch decided {
    case .once: return Outcome(words: "allowed once")
    case .always: return Outcome(words: "always allowed")
    case .never: return Outcome(words: "never allowed")
    case nil: return Outcome(words: "not asked any more")
    }
  }

  private func outcome(of need: FailureNeed) -> Outcome {
    let card = scene.read { try $0.card(need.card.id, me: self.scene.me) } ?? nil
    let isAgain = card.map { $0.isRetried || $0.cycle != need.card.cycle } ?? false
    return Outcome(words: isAgain ? "given out again" : "not on hold any more")
  }

  /// How far an answer of this person has come.
  private func delivery(of answer: EntryRow, asker question: EntryRow) -> SafeText? {
    guard answer.author == scene.me else { return nil }
    let isTaken =
      scene.read { try $0.hasSpoken(question.author, after: answer.id) } ?? false
    if isTaken { return "taken up" }
    guard let state = scene.read({ try $0.delivery(of: answer.eventID) }) ?? nil else { return nil }
    return state.complete > 0 ? "on \(state.complete) of \(state.relays.count) relays" : "stored"
  }

  /// An answer of this person that is on its way.
  func state(of row: InboxRow) -> SafeText? {
    guard case .need(let need) = row else { return nil }
    let id = need.question.id
    if let held = scene.answers.held(at: scene.clock.monotonic())[id] {
      return "“\(held.text.truncated(to: 40))” goes in \(held.seconds) s"
    }
    return scene.answers.queued[id].map { "“\($0.truncated(to: 40))” queued" }
  }
}
