import Replica
import Terminal

/// What is going on with a card right now, in a line: what it waits for, else the last word about
/// it, else how it stands. Always there, so that nothing below it moves.
struct NowLine {
  let glyph: SafeText
  let style: StyleName
  let words: SafeText

  /// - Parameter entries: of the card, oldest first.
  init(card: CardRow, entries: [EntryRow], names: Names, moments: Moments) {
    if let question = entries.first(where: \.isOpen) {
      let age = moments.age(of: question.createdAt)
      (glyph, style) = ("?", .stateWaiting)
      words = "\(names.brief(question.author)) waits for an answer · \(age)"
      return
    }
    if card.isHeld {
      (glyph, style) = ("!", .badgeTrouble)
      words = "on hold: nobody begins it until it is opened again or done again"
      return
    }
    let look = StatusLook(card.status)
    (glyph, style) = (look.glyph, look.style)
    let assignee = card.assignees.first.map(names.brief)
    guard card.status == "in_progress" else {
      let age = moments.age(of: card.updatedAt)
      words =
        card.status == "open"
        ? assignee.map { "waits for \($0) to begin" } ?? "nobody has it yet"
        : "\(look.word) · \(age)"
      return
    }
    let last = entries.last {
      $0.kind == .comment && !$0.isStatusChange
        && ($0.intent == "progress" || card.assignees.contains($0.author))
    }
    guard let last else {
      words = assignee.map { "\($0) has said nothing yet" } ?? "nobody has it"
      return
    }
    let body = SafeText(untrusted: last.body, limit: 400)
    words = "\(moments.age(of: last.createdAt)) · \(names.brief(last.author)): \(body)"
  }

  var spans: [Span] {
    [
      Span(" NOW ", .heading), Span("\(glyph) ", style),
      Span(words, style == .stateWaiting ? style : .text),
    ]
  }
}
