import Replica
import Terminal
import Workspace

/// The options of a question as they are shown, wherever that is.
struct OptionLines: Equatable {
  /// `Fixed 3 s delay   suggested`, or `[x] Fixed 3 s delay` where several may be chosen.
  let labels: [SafeText]
  /// What Enter does with those that are chosen; `nil` where one digit is an answer.
  let foot: SafeText?
  /// The option that `space` is about, from 1; `nil` where one digit is an answer.
  let mark: Int?

  init(_ question: EntryRow, _ answers: Answers) {
    self.init(
      question, chosen: answers.chosen[question.id] ?? [], mark: answers.mark(of: question.id))
  }

  init(_ question: EntryRow, chosen: Set<Int>, mark: Int) {
    let suggested = question.isOpen ? question.suggested : []
    let takesSeveral = question.takesSeveral && question.isOpen
    labels = question.choices.enumerated().map { index, choice in
      let label = SafeText(untrusted: choice.label, limit: 400)
      let box: SafeText = !takesSeveral ? "" : chosen.contains(index + 1) ? "[x] " : "[ ] "
      return "\(box)\(label)\(suggested.contains(choice.id) ? "   suggested" : "")"
    }
    self.mark = takesSeveral ? mark : nil
    switch (takesSeveral, chosen.count) {
    case (false, _): foot = nil
    case (true, 0): foot = "sends what is chosen; digits choose, and may be several"
    case (true, let count): foot = count == 1 ? "sends the one chosen" : "sends the \(count) chosen"
    }
  }

  /// What stands before an option in so many cells: its number, and whether it is marked.
  func lead(_ option: Int, indent: Int) -> SafeText {
    let blank = SafeText("").padded(to: max(0, indent - 1))
    return "\(blank)\(option == mark ? "▌" : indent > 0 ? " " : "")\(option)  "
  }
}
