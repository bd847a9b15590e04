import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// Taking up what somebody has suggested who may not answer: an answer of one's own that names theirs.
extension Shell {
  /// Enter on a question to which somebody suggests an answer; `false` where nobody does.
  func adopts() -> Bool {
    guard focus == .preview, let question = inbox.row?.need?.question, !question.isAnswered,
      !scene.answers.isOnTheWay(question.id), let first = preview.suggestions.first
    else { return false }
    guard preview.suggestions.count > 1 else {
      adopt(first, for: question)
      return true
    }
    let items = preview.suggestions.map {
      Picker<String>.Item(
        $0.eventID.hex, SafeText(untrusted: $0.body, limit: 200),
        detail: "\(scene.names.brief($0.author)) \(scene.names.short($0.author))")
    }
    overlays.append(
      .pick(
        Picker(title: "Whose answer?", items: items), .suggestion(question, preview.suggestions)))
    return true
  }

  func adopt(_ suggestion: EntryRow, for question: EntryRow) {
    guard mayAnswer(question) else { return }
    let choice = SuggestedAnswer(suggestion, to: question)
    guard let danger = Danger(question), choice.lets else {
      return hold(
        question, options: choice.options, text: suggestion.body, decision: choice.decision,
        adopting: suggestion.eventID)
    }
    confirm(
      question, options: choice.options, label: suggestion.body, danger, decision: choice.decision,
      adopting: suggestion.eventID)
  }
}
