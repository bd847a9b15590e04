import Nostr
import Replica
import Terminal

/// Asked before something happens that cannot be taken back: a word to be typed, or Enter on a line
/// that says what would happen.
struct Confirmation {
  /// What happens then.
  enum Purpose {
    case answer(
      EntryRow, options: [Int], text: String, decision: String?, adopting: EventID?)
    case delete(card: String, title: SafeText)
    /// Whoever works on it is to stop.
    case cancel(card: CardRow)
    case draft(name: String)
    /// A key that does something else already.
    case bind(PaneCommand, Key)
  }

  /// In small letters; empty where Enter alone will do.
  let word: String
  let purpose: Purpose
  /// What it would do.
  let words: SafeText
  var prompt: Prompt

  init(word: String, purpose: Purpose, title: SafeText, words: SafeText) {
    self.word = word
    self.purpose = purpose
    self.words = words
    prompt = Prompt(
      title: "Type \(SafeText(untrusted: word)) \(title)", limit: 40)
  }

  /// Enter on the line that repeats what would happen.
  init(purpose: Purpose, title: SafeText, words: SafeText) {
    word = ""
    self.purpose = purpose
    self.words = words
    prompt = Prompt(title: title, limit: 1)
  }

  /// What Enter does, in a word and in a sentence.
  private var deed: (verb: SafeText, hint: SafeText) {
    switch purpose {
    case .cancel: ("stop it", "Enter stops it, Esc does not")
    case .bind: ("take the key", "Enter takes the key, Esc does not")
    case .answer, .delete, .draft: ("answer", "Enter answers, Esc does not")
    }
  }

  /// What Enter does, in a word.
  var verb: SafeText { word.isEmpty ? deed.verb : "with the word" }

  /// What is still to be done.
  var hint: SafeText {
    word.isEmpty
      ? deed.hint
      : "type “\(SafeText(untrusted: word))”, or Esc"
  }

  /// Enter with the word.
  func isConfirmed(by text: String) -> Bool {
    sameWord(text.lowercased(), word)
  }

  private func sameWord(_ text: String, _ word: String) -> Bool {
    text.utf8.drop { $0 == 0x20 }.elementsEqual(word.utf8)
  }

  /// At the foot of an area, with the consequence above the field.
  mutating func draw(on surface: inout Surface, in area: Rect) {
    prompt.draw(on: &surface, in: area)
    let lines = words.wrapped(to: max(8, area.width - 4)).prefix(3)
    let top = area.bottom - 3 - lines.count
    guard top >= area.y else { return }
    for (index, line) in lines.enumerated() {
      let row = Rect(x: area.x, y: top + index, width: area.width, height: 1)
      surface.row(row, left: [Span(" ! \(line)", .toastWarning)], style: .toastWarning)
    }
  }
}
