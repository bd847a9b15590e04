import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// What is selected in the inbox, whole: a question with its options, or what somebody said.
final class PreviewPane: Pane {
  let scene: Scene
  let inbox: InboxPane
  private var scrolled = ScrolledLines()
  private var shown: InboxID?
  /// The options of the last frame, by their line.
  private var optionLines: [Int: Int] = [:]
  private var thread: (notes: Int, draft: Bool) = (0, false)
  /// What is said on the card of failed work that is to be read before deciding.
  var said: [EntryRow] = []
  var roomTitle: SafeText = ""
  /// All that a program would be told.
  var prompt = ""
  var isSuggestion = false
  /// Answers to the question of those who may not answer, the newest of each.
  private(set) var suggestions: [EntryRow] = []
  var keys = ThreadKeys()

  init(_ scene: Scene, inbox: InboxPane) {
    self.scene = scene
    self.inbox = inbox
  }

  var title: SafeText {
    guard let row = inbox.row else { return "Nothing is selected" }
    let track = row.card.map { " · \(SafeText(untrusted: $0.track, limit: 80))" as SafeText } ?? ""
    let who = row.who(scene.me)
    if row.consent != nil { return "\(who) asks your agent to work · \(row.place)\(track)" }
    if row.failure != nil { return "\(row.place)\(track) · \(who) has stopped" }
    guard case .need(let need) = row else { return "\(row.place)\(track)" }
    let state: SafeText =
      need.urgency == .plain ? "\(who) asks" : "\(who) is blocked"
    return "\(row.place)\(track) · \(state)"
  }

  var trailing: SafeText {
    guard let row = inbox.row else { return "" }
    let more: SafeText = scrolled.scrolls ? "\(scrolled.share) · " : ""
    return "\(more)\(row.need == nil ? "" : "asked ")\(scene.moments.ago(row.at))"
  }

  func refresh() {
    if inbox.row?.id != shown {
      shown = inbox.row?.id
      scrolled.go(to: 0)
    }
    thread = (0, false)
    (said, roomTitle, prompt) = ([], "", "")
    readOwner()
    readSuggestions()
    guard let card = inbox.row?.card else { return }
    readSaid(card.id)
    thread.notes = (scene.read { try $0.card(card.id, me: self.scene.me)?.unread } ?? nil) ?? 0
    let names =
      ["comment:\(card.address)"] + (inbox.question.map { ["answer:\($0.address)"] } ?? [])
    thread.draft = names.contains { name in
      ((try? scene.workspace.desk.draft(name)) ?? nil) != nil
    }
  }

  func draw(on surface: inout Surface, in area: Rect, focused: Bool) {
    guard let row = inbox.row else {
      scrolled.fit(0, height: area.height)
      surface.paragraph(
        scene.room == nil ? "" : scene.empty("Nothing waits for you."),
        in: area.inset(dx: 1, dy: 0),
        style: Style(.dim))
      return
    }
    let lines = lines(of: row, width: max(8, area.width - 2))
    scrolled.draw(lines, on: &surface, in: area)
    if focused { surface.cursor = area.origin }
  }

  private func lines(of row: InboxRow, width: Int) -> [[Span]] {
    var lines: [[Span]] = []
    optionLines = [:]
    switch row {
    case .need(let need):
      lines += body(need.question.body, width, .threadQuestion)
      if let danger = Danger(need.question) {
        lines += wrap("! ", danger.words, width, .badgeTrouble, lead: .badgeTrouble)
      }
      lines.append([])
      lines += options(of: need.question, row, width, below: lines.count)
      if let input = need.question.input {
        lines += [[], [Span("EXACTLY THIS", .heading)]]
        lines += revealed(input, width)
      }
    case .consent(let need): lines += self.lines(of: need, row, width)
    case .failure(let need): lines += self.lines(of: need, row, width)
    case .silence(let silence): lines += wrap("", silence.words(scene.moments), width, .text)
    case .update(let update):
      let time = scene.moments.clock(of: update.at)
      lines.append([Span("\(row.who(scene.me)) ", .threadHuman), Span(time, .threadTime)])
      lines += body(update.text, width, .text)
    }
    if let foot = foot(row) { lines += [[], [Span(foot, .dim)]] }
    return lines
  }

  private func options(
    of question: EntryRow, _ row: InboxRow, _ width: Int, below start: Int
  ) -> [[Span]] {
    if let outcome = inbox.outcomes[row.id] {
      return wrap("└ ", outcome.shown(scene.moments), width, .threadAnswer)
    }
    if let state = inbox.state(of: row) {
      return wrap("└ ", "\(state) · \(keys.undo) takes it back", width, .badgeQuestion)
    }
    var lines: [[Span]] = []
    if isSuggestion {
      lines += wrap(
        "! ",
        "only who owns this agent decides it, as its registry card says; your word is a suggestion",
        width, .badgeTrouble)
    }
    let options = OptionLines(question, scene.answers)
    for (index, label) in options.labels.enumerated() {
      let first = start + lines.count
      lines += wrap(options.lead(index + 1, indent: 2), label, width, .text, lead: .hintKey)
      for line in first..<(start + lines.count) { optionLines[line] = index + 1 }
    }
    if let foot = options.foot { lines += wrap("  ↵  ", foot, width, .dim, lead: .hintKey) }
    for (index, decision) in question.decisions.enumerated() {
      let first = start + lines.count
      lines += wrap("  \(index + 1)  ", decision.label, width, .text, lead: .hintKey)
      for line in first..<(start + lines.count) { optionLines[line] = index + 1 }
    }
    if question.decisions.isEmpty, case .yesOrNo = QuestionKind(question) {
      lines.append([Span("  y  ", .hintKey), Span("yes     "), Span("n  ", .hintKey), Span("no")])
    }
    lines.append([
      Span("  \(keys.answer)  ", .hintKey), Span("other: write an answer      ", .dim),
      Span("e  ", .hintKey), Span("write it in $EDITOR", .dim),
    ])
    return lines + suggested(width)
  }

  private func readSuggestions() {
    suggestions = []
    guard let question = inbox.row?.need?.question else { return }
    let found = scene.read { reader -> [EntryRow] in
      guard try reader.mayAnswer(question.id, self.scene.me) else { return [] }
      return try reader.replies(to: question.id, kind: .answer).filter(\.isSuggestion)
    }
    var seen: Set<PublicKey> = []
    suggestions = (found ?? []).reversed().filter { seen.insert($0.author).inserted }
  }

  /// Who suggests what, and how to take it up.
  private func suggested(_ width: Int) -> [[Span]] {
    guard !suggestions.isEmpty else { return [] }
    let how: SafeText =
      suggestions.count == 1 ? "Tab, then ↵ answers with it" : "Tab, then ↵ to choose one"
    var lines: [[Span]] = [[], [Span("SUGGESTED", .heading), Span("  \(how)", .dim)]]
    for suggestion in suggestions.prefix(9) {
      let who = scene.names.brief(suggestion.author)
      let text = SafeText(untrusted: suggestion.body, limit: 400)
      let age = scene.moments.age(of: suggestion.createdAt)
      lines += wrap("  ↵  ", "\(who): “\(text)” \(age)", width, .threadAnswer, lead: .hintKey)
    }
    return lines
  }

  private func foot(_ row: InboxRow) -> SafeText? {
    guard row.card != nil, row.consent == nil else { return nil }
    let notes: SafeText =
      switch thread.notes {
      case 0: "thread is read"
      case 1: "thread has 1 note you have not read"
      default: "thread has \(thread.notes) notes you have not read"
      }
    return "\(notes) · draft: \(thread.draft ? "yes" : "none")"
  }

  func body(_ text: String, _ width: Int, _ style: StyleName) -> [[Span]] {
    SafeText(untrustedMultiline: text).wrapped(to: width).map { [Span($0, style)] }
  }

  func wrap(
    _ margin: SafeText, _ text: SafeText, _ width: Int, _ style: StyleName, lead: StyleName = .dim
  ) -> [[Span]] {
    text.wrapped(to: max(8, width - margin.width)).enumerated().map { row, text in
      [Span(row == 0 ? margin : SafeText("").padded(to: margin.width), lead), Span(text, style)]
    }
  }

  func ability(to command: PaneCommand) -> Ability? {
    switch command {
    case _ where ScrolledLines.has(command): .able
    default: inbox.ability(to: command).flatMap { Self.shared.contains(command) ? $0 : nil }
    }
  }

  private static let shared: Set<PaneCommand> = [
    .open, .undo, .snooze, .dismiss, .toggleRead, .markAllRead,
  ]

  var target: Target? { inbox.target }

  func perform(_ command: PaneCommand) -> Bool {
    // Where nothing scrolls, the keys go through what can be chosen.
    if command == .scrollDown || command == .scrollUp, !scrolled.scrolls,
      let question = inbox.question, question.takesSeveral
    {
      scene.answers.moveMark(
        by: command == .scrollDown ? 1 : -1, of: question.id, count: question.choices.count)
      return true
    }
    return scrolled.perform(command)
  }

  func option(at point: Point) -> Int? { optionLines[scrolled.offset + point.y] }
  func click(at point: Point) {}
}
