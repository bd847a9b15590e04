import Nostr
import Replica
import Terminal
import Workspace

/// Words to an option: `1`, then `o`, and the field begins with what was chosen.
extension Shell {
  /// So long after a digit `o` is about what the digit answered, though another question is selected by then:
  /// nobody has read that yet.
  static let amendingTime = Duration.seconds(1)

  /// The held answer to which `o` adds words: of the question that is selected, or of the one that the
  /// key before has answered.
  var amendable: HeldAnswer? {
    let held = scene.answers.held.filter { !$0.options.isEmpty && $0.adopting == nil }
    guard let newest = held.last else { return nil }
    if newest.question.id == lastChosen {
      let age = clock.monotonic() - (newest.dueAt - HeldAnswer.time)
      if age < Self.amendingTime { return newest }
    }
    guard asked == nil else { return nil }
    if isInInbox { return held.last { $0.question.id == inbox.row?.need?.question.id } }
    if place == .chat { return held.last { $0.question.id == posts.post?.id } }
    return held.last { $0.card == scene.card }
  }

  /// `o`: the field for an answer in words, which begins with the option that is on its way.
  func writeAnswer() {
    guard let answer = amendable else { return asked.map(write) ?? () }
    scene.answers.held.removeAll { $0.question.id == answer.question.id }
    if isInInbox {
      inbox.select(.question(answer.question.id))
      chooseAgain(onlyCard: true)
    } else if place != .chat {
      card.select(answer.question.id)
    }
    knownQuestion = askedID
    write(
      to: answer.question, choosing: answer.options, besides: answer.hasWords ? answer.text : nil)
    say("taken back, to add words")
  }

  /// The field for an answer in words; it begins with the options that are chosen.
  func write(to question: EntryRow) {
    write(to: question, choosing: (scene.answers.chosen[question.id] ?? []).sorted())
  }

  /// - Parameter text: what the answer says already, with the options at its beginning.
  private func write(to question: EntryRow, choosing options: [Int], besides text: String? = nil) {
    let name = "answer:\(question.address)"
    var whole: String?
    if !options.isEmpty {
      let before = text ?? draft(name) ?? ""
      let words = question.options(beginning: before)?.words ?? before
      whole = "\(question.words(of: options)): \(words)"
    }
    let numbers = options.map { "\($0)" }.joined(separator: ", ")
    compose(
      .answer(question),
      title: options.isEmpty ? "Answer" : "Answer \(SafeText(untrusted: numbers)), and add",
      draft: name, instead: whole, isMultiline: true)
    noticeOtherAnswers()
  }

  /// An answer in words. Where they begin with options, these are chosen, and what is dangerous is asked about.
  func hold(_ question: EntryRow, saying text: String, goesAnyway: Bool) {
    guard let begun = question.options(beginning: text) else {
      return hold(question, text: text, goesAnyway: goesAnyway)
    }
    let whole = begun.words.isEmpty ? question.words(of: begun.options) : text
    if let danger = Danger(question) {
      return confirm(question, options: begun.options, label: whole, danger)
    }
    hold(question, options: begun.options, text: whole, goesAnyway: goesAnyway)
  }
}

extension EntryRow {
  /// The options with whose labels a text begins, as they stand before words to them, and those words: `Chunks, Metrics:
  /// and soon`. `nil` where it begins with none.
  func options(beginning text: String) -> (options: [Int], words: String)? {
    let choices = choices
    func read(_ rest: Substring, after last: Int) -> (options: [Int], words: String)? {
      for number in choices.indices.dropFirst(last).map({ $0 + 1 }) {
        let label = choices[number - 1].label
        guard rest.utf8.starts(with: label.utf8) else { continue }
        let next = Substring(rest.utf8.dropFirst(label.utf8.count))
        if next.allSatisfy(\.isWhitespace) { return ([number], "") }
        if next.first == ":" {
          return ([number], String(next.dropFirst().drop { $0.isWhitespace }))
        }
        if takesSeveral, next.hasPrefix(", "), let more = read(next.dropFirst(2), after: number) {
          return ([number] + more.options, more.words)
        }
      }
      return nil
    }
    return read(text[...], after: 0)
  }
}
