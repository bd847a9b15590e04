import FourA
import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// Digits on what asks no question: consents, work that has failed, and approvals.
extension Shell {
  /// The row of the inbox that a digit decides about.
  var decidable: InboxRow? {
    guard isInInbox, let row = inbox.row, inbox.outcomes[row.id] == nil,
      !row.decisions(of: scene.me).isEmpty
    else { return nil }
    return row
  }

  /// What digits are about: a question, or a row that asks none.
  var askedID: ObjectID? { asked?.id ?? decidable?.id.object }

  func decide(_ row: InboxRow, _ number: Int) {
    let decisions = row.decisions(of: scene.me)
    guard decisions.indices.contains(number - 1) else {
      return say("there are \(decisions.count) ways", .toastWarning)
    }
    guard isSettled(on: .preview) else { return }
    let id = decisions[number - 1].id
    switch row {
    case .consent(let need): decide(need, id)
    case .failure(let need): decide(need, id)
    case .need, .silence, .update: break
    }
  }

  // MARK: Consent

  private func decide(_ need: ConsentNeed, _ id: String) {
    switch id {
    case "once": keep(.once, need)
    case "never": keep(.never, need)
    default:
      let who = scene.names.brief(need.card.author)
      let items = [
        Picker<String>.Item("week", "for a week"),
        Picker<String>.Item("few", "for a week, at most 5 in 24 hours"),
        Picker<String>.Item(
          "kind", "cards of this kind alone",
          detail: SafeText(untrusted: need.card.kind, limit: 40)),
        Picker<String>.Item("all", "without a limit"),
      ]
      overlays.append(
        .pick(
          Picker(title: "Every card of \(who) in this room runs here", items: items),
          .consent(need)))
    }
  }

  /// Always, within the limits that were picked.
  func allowAlways(_ need: ConsentNeed, _ id: String) {
    var limits = WorkerConsent.Limits()
    switch id {
    case "week": limits.expiresAt = clock.now() + 7 * 86_400
    case "few": (limits.expiresAt, limits.perDay) = (clock.now() + 7 * 86_400, 5)
    case "kind": limits.kinds = [need.card.kind]
    default: break
    }
    keep(.always, need, limits: limits)
  }

  func keep(
    _ decision: WorkerConsent.Decision, _ need: ConsentNeed, limits: WorkerConsent.Limits = .init()
  ) {
    let words = decision.words(about: scene.names.brief(need.card.author))
    do {
      // What was shown, not what has come since.
      let card = try workspace.reader.card(need.card.id)
      guard card?.contentHash == need.card.contentHash else {
        setNeedsRefresh()
        return say("the card has changed; nothing was decided", .toastWarning)
      }
      try workspace.decide(decision, about: need, limits: limits, now: clock.now())
    } catch { return complain(error) }
    did(
      words, to: .consent(need.card.id), isGone: true,
      again: { [weak self] in self?.keep(decision, need, limits: limits) }
    ) { [weak self] in
      try? self?.workspace.forgetDecision(about: need)
      self?.setNeedsRefresh()
    }
    say("\(words) · \(card.keys.undo) takes it back")
    setNeedsRefresh()
  }

  // MARK: Failed work

  private func decide(_ need: FailureNeed, _ id: String) {
    switch id {
    case "resume", "fresh":
      retry(need.card, mode: id)
      // What is taken back is the order itself, once it has gone.
      inbox.did("given out again", to: .failure(need.card.id), isGone: true, undo: nil)
    case "assign": pickAssignee([need.card])
    case "archive":
      setStatus("archived", of: need.card)
      // The move itself is what is taken back.
      inbox.did("put away", to: .failure(need.card.id), isGone: true, undo: nil)
    default: break
    }
    setNeedsRefresh()
  }

  // MARK: Approvals

  func decide(_ question: EntryRow, _ number: Int) {
    let decisions = question.decisions
    guard decisions.indices.contains(number - 1) else {
      return say("there are \(decisions.count) ways", .toastWarning)
    }
    decide(question, decisions[number - 1].id)
  }

  func decide(_ question: EntryRow, _ id: String) {
    guard mayAnswer(question) else { return }
    let label: String
    switch id {
    case "reason":
      return compose(
        .denial(question), title: "Denied: why", draft: "answer:\(question.address)",
        placeholder: "the agent reads it", isMultiline: true)
    case "deny": return hold(question, text: HeldAnswer.denied, decision: "deny")
    case "allow_run": label = "allowed for this run"
    default: label = "allowed once"
    }
    guard let danger = Danger(question) else {
      return hold(question, text: label, decision: id)
    }
    confirm(question, options: [], label: label, danger, decision: id)
  }

  /// The preview has the whole screen, or gives it back.
  func viewWhole() {
    if isZoomed {
      isZoomed = false
      focus(on: place.list)
    } else if let detail {
      focus(on: detail)
      isZoomed = true
    }
    stateChanged()
  }
}

extension WorkerConsent.Decision {
  /// What was decided about somebody's cards.
  func words(about author: SafeText) -> SafeText {
    switch self {
    case .once: "allowed once"
    case .always: "always allowed"
    case .never: "never: no card of \(author) runs here"
    }
  }
}
