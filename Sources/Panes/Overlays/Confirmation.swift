import Replica
import Terminal

/// A word to be typed before something happens that cannot be taken back.
struct Confirmation {
  /// What happens then.
  enum Purpose {
    case answer(EntryRow, option: Int)
    case delete(card: String, title: SafeText)
    case draft(name: String)
  }

  /// In small letters.
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
