import Replica
import Terminal
import Workspace

/// The options of a question as they are shown, wherever that is.
struct OptionLines: Equatable {
  /// `Fixed 3 s delay   suggested`, or `[x] Fixed 3 s delay` where several may be chosen.
  let labels: [SafeText]
  /// What Enter does with those that are chosen; `nil` where one digit is an answer.
  let foot: SafeText?

  init(_ question: EntryRow, _ answers: Answers) {
    self.init(question, chosen: answers.chosen[question.id] ?? [])
  }

  init(_ question: EntryRow, chosen: Set<Int>) {
    let suggested = question.isAnswered ? [] : question.suggested
    let takesSeveral = question.takesSeveral && !question.isAnswered
    labels = question.choices.enumerated().map { index, choice in
      let label = SafeText(untrusted: choice.label, limit: 400)
      let box: SafeText = !takesSeveral ? "" : chosen.contains(index + 1) ? "[x] " : "[ ] "
      return "\(box)\(label)\(suggested.contains(choice.id) ? "   suggested" : "")"
    }
    switch (takesSeveral, chosen.count) {
    case (false, _): foot = nil
    case (true, 0): foot = "sends what is chosen; digits choose, and may be several"
    case (true, let count): foot = count == 1 ? "sends the one chosen" : "sends the \(count) chosen"
    }
  }
}
