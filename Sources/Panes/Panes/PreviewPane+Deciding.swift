import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// What is to be decided about without a question: whose card may run here, and work that has failed.
extension PreviewPane {
  /// What the program would be told, or what it said last.
  func readSaid(_ card: ObjectID) {
    guard let row = inbox.row, row.consent != nil || row.failure != nil else { return }
    if let need = row.consent {
      prompt = scene.read { try self.scene.workspace.prompt(of: need, $0) } ?? need.card.body
      return readRoom(row)
    }
    let end = scene.read { try $0.threadEnd(of: card, limit: 100) } ?? []
    said = end.reversed().filter { entry in
      entry.author == row.author && entry.intent == "error"
    }
    readRoom(row)
  }

  /// Whether an answer to an approval would be a suggestion alone: the owner of the agent decides.
  func readOwner() {
    isSuggestion = false
    guard let question = inbox.row?.need?.question, question.isApproval else { return }
    let owners = scene.read { try $0.owners(of: question.author, in: question.room) } ?? []
    isSuggestion = !owners.contains(scene.me)
  }

  private func readRoom(_ row: InboxRow) {
    let room = scene.read { try $0.room(row.room) } ?? nil
    roomTitle = SafeText(untrusted: room?.title ?? room?.slug ?? "", limit: 200)
  }

  func decisions(_ row: InboxRow, _ width: Int) -> [[Span]] {
    if let outcome = inbox.outcomes[row.id] {
      return wrap("└ ", outcome.shown(scene.moments), width, .threadAnswer)
    }
    return row.decisions(of: scene.me).enumerated().flatMap { index, decision in
      wrap("  \(index + 1)  ", decision.label, width, .text, lead: .hintKey)
    }
  }

  /// The whole of what the program would be told by somebody, with nothing hidden.
  func lines(of need: ConsentNeed, _ row: InboxRow, _ width: Int) -> [[Span]] {
    let card = need.card
    let who = scene.names.brief(card.author)
    let short = scene.names.short(card.author)
    let name: SafeText = who == short ? who : "\(who) \(short)"
    var lines = wrap(
      "", "\(name) asks your agent to work on this card, in the room “\(roomTitle)”.", width, .text)
    lines += decisions(row, width)
    lines.append([])
    for (word, fact) in CardFacts.of(card) {
      lines += wrap("\(word.padded(to: 8)) ", fact, width, .text)
    }
    lines += [[], [Span("ALL THAT IT WOULD BE TOLD", .heading)]]
    lines += wrap(
      "",
      "word for word, but that what no eye would see is taken out; \(SafeText(untrusted: Workspace.markOfShown)) stands for a word that nobody can know",
      width, .dim)
    lines.append([])
    lines += revealed(SafeText.revealing(prompt), width)
    return lines
  }

  /// How work ended, in its own words.
  func lines(of need: FailureNeed, _ row: InboxRow, _ width: Int) -> [[Span]] {
    var lines: [[Span]] = []
    if let record = need.record {
      let run = RunText(row: record, moments: scene.moments)
      let parts = run.parts.reduce(SafeText("")) { $0.isEmpty ? $1 : "\($0) · \($1)" }
      lines += wrap("\(run.glyph) ", "\(run.state) · \(parts)", width, run.style)
      let words = said.last.map { SafeText(untrusted: $0.body) } ?? ""
      if !run.reason.isEmpty, !words.string.hasPrefix(run.reason.string) {
        lines += wrap("  ", run.reason, width, .text)
      }
    } else {
      lines += wrap("! ", "its work has ended, and the card is on hold", width, .badgeTrouble)
    }
    lines.append([])
    lines += decisions(row, width)
    if let last = said.last {
      lines += [
        [], [Span("IN ITS WORDS ", .heading), Span(scene.moments.clock(of: last.writtenAt), .dim)],
      ]
      lines += body(last.body, width, .text)
    }
    return lines
  }

  func revealed(
    _ text: (SafeText, hidden: Int), _ width: Int, _ style: StyleName = .text
  ) -> [[Span]] {
    var lines = text.0.wrapped(to: width).map { [Span($0, style)] }
    if text.hidden > 0 {
      let many: SafeText =
        text.hidden == 1 ? "1 character that no" : "\(text.hidden) characters that no"
      lines.insert(
        contentsOf: wrap(
          "! ", "\(many) eye would see \(text.hidden == 1 ? "stands" : "stand") there as ⟨U+…⟩",
          width, .badgeTrouble), at: 0)
    }
    return lines
  }
}
