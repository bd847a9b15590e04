import Replica
import Terminal
import Workspace

/// Something that was taken back.
struct Redo {
  /// Does it again; why it does not, where the world has moved on.
  let again: () -> SafeText?
}

/// The inverse of undo: what `u` took back is done again, as long as nothing else was done since.
extension Shell {
  /// Something was done that can be taken back: what was taken back before it is over.
  func didAnew() {
    if !isRedoing { redos = [] }
  }

  func redo() {
    guard let last = redos.popLast() else { return }
    isRedoing = true
    defer { isRedoing = false }
    if let reason = last.again() { say("not done again: \(reason)", .toastWarning) }
    setNeedsRefresh()
  }

  /// Behind what says that something was taken back, where it can be done again.
  var redoHint: SafeText {
    redos.isEmpty ? "" : keyName(.redo, in: keyContext).map { " · \($0) does it again" } ?? ""
  }

  // MARK: What is done again

  /// An answer that was held and taken back; one in words stands in its field.
  func canRedo(_ answer: HeldAnswer) {
    guard !answer.hasWords else { return }
    redos.append(Redo { [weak self] in self?.holdAgain(answer) })
  }

  private func holdAgain(_ answer: HeldAnswer) -> SafeText? {
    let question = answer.question
    if let words = otherAnswer(to: question.id) { return words }
    guard let row = try? workspace.reader.entry(question.id), row.isOpen else {
      return "the question waits no more"
    }
    if answer.decision != "deny", let danger = Danger(question) {
      confirm(
        question, options: answer.options, label: answer.text, danger, decision: answer.decision,
        adopting: answer.adopting)
      return nil
    }
    hold(
      question, options: answer.options, text: answer.text, decision: answer.decision,
      adopting: answer.adopting)
    say("again: “\(answer.shown.truncated(to: 30))” · \(card.keys.undo) takes it back")
    return nil
  }

  /// Notes what was done to a row of the inbox, how it is taken back, and how it is done after that.
  func did(
    _ words: SafeText, to id: InboxID, isGone: Bool, again: @escaping () -> Void,
    undo: @escaping () -> Void
  ) {
    didAnew()
    inbox.did(words, to: id, isGone: isGone) { [weak self] in
      undo()
      self?.redos.append(
        Redo { [weak self] in
          guard let self else { return nil }
          readIfNeeded()
          guard inbox.ids.contains(id), inbox.outcomes[id] == nil else {
            return "it waits in the inbox no more"
          }
          again()
          return nil
        })
    }
  }
}
