import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// One line of a card's pane.
struct ThreadLine {
  var spans: [Span]
  /// The entry it belongs to; `nil` for the card itself.
  var entry: ObjectID?
  /// It is the line between what was seen and what is new.
  var isUnreadMark = false
  /// It stands for a run of steps, known by its first entry.
  var run: ObjectID?
  /// It is an option of the question that digits answer.
  var option: Int?
}

/// What a person's own answers are doing, and what is unfolded.
struct ThreadProgress {
  /// Answers that are held, by question: what is said, and the seconds left.
  var held: [ObjectID: (text: SafeText, seconds: Int)] = [:]
  /// Options that are chosen and not sent, by question.
  var chosen: [ObjectID: Set<Int>] = [:]
  /// The option that is marked in the question that digits answer.
  var mark = 1
  /// Answers that the engine has not taken yet, by question.
  var queued: [ObjectID: SafeText] = [:]
  /// How far own entries have come, by event.
  var deliveries: [EventID: SafeText] = [:]
  /// Runs that are unfolded, each by any of its entries.
  var unfolded: Set<ObjectID> = []
  /// Words that are looked for, folded.
  var sought: [String] = []
  var keys = ThreadKeys()
}

/// The keys that a thread names where they are of use; empty for one that is not bound.
struct ThreadKeys {
  var answer: SafeText = "o"
  var undo: SafeText = "u"
  var fold: SafeText = "↵"

  init() {}

  init(_ keymap: Keymap) {
    func key(_ command: PaneCommand) -> SafeText {
      keymap.keys(for: command.name, in: PaneID.card.rawValue).map(Shell.keyName) ?? ""
    }
    (answer, undo, fold) = (key(.answer), key(.undo), key(.fold))
  }
}

/// A card and what was said on it, as lines of a width. Pure.
struct ThreadText {
  let card: CardRow
  /// Oldest first.
  let entries: [EntryRow]
  let names: Names
  let moments: Moments
  let width: Int
  /// The first entry that was new when the card was opened.
  let firstUnread: ObjectID?
  /// The question that digits answer.
  let question: ObjectID?
  /// Older entries exist that were not read.
  let hasOlder: Bool
  var progress = ThreadProgress()

  func lines() -> [ThreadLine] {
    // Where nothing else was written the title stands for it, and is above.
    let isTitle = sameBytes(card.body, card.title)
    var lines = isTitle ? [] : body(card.body, of: nil, indent: 0)
    if !entries.isEmpty, !isTitle { lines.append(ThreadLine(spans: [])) }
    if hasOlder { lines.append(plain("… older words above; go up to read them", .dim)) }
    for part in ThreadPart.parts(of: entries) {
      switch part {
      case .run(let run):
        lines += self.run(run)
      case .entry(let entry):
        if entry.id == firstUnread { lines.append(unreadMark) }
        lines += self.entry(entry)
      }
    }
    return lines
  }

  private func entry(_ entry: EntryRow) -> [ThreadLine] {
    if entry.isStatusChange, entry.verdict != .refused { return [statusLine([entry])] }
    return entry.kind == .question ? question(entry) : comment(entry)
  }

  private func plain(_ text: SafeText, _ style: StyleName) -> ThreadLine {
    ThreadLine(spans: [Span(text, style)])
  }

  private var unreadMark: ThreadLine {
    let dashes = String(repeating: "─", count: max(0, min(width, 400) - 9))
    return ThreadLine(
      spans: [Span("─ unread \(SafeText(untrusted: dashes))", .threadUnreadLine)],
      isUnreadMark: true)
  }

  private func body(
    _ text: String, of entry: ObjectID?, indent: Int, style: StyleName = .text
  ) -> [ThreadLine] {
    let margin = SafeText("").padded(to: indent)
    let text = SafeText(untrustedMultiline: text)
    let lines = text.wrapped(to: max(8, width - indent))
    return Link.spans(of: text, wrapped: lines, style: Style(style)).map {
      ThreadLine(
        spans: (indent > 0 ? [Span(margin, style)] : [])
          + Highlight.marked($0, sought: progress.sought), entry: entry)
    }
  }

  /// `mira #0a1b2c3d 14:02`, with what else there is to say.
  private func signature(_ entry: EntryRow, lead: [Span] = [], tail: [Span] = []) -> ThreadLine {
    let name = names.signature(entry.author)
    let style: StyleName = name == "you" ? .threadSelf : .threadHuman
    var spans = lead
    if !name.isEmpty { spans.append(Span("\(name) ", style)) }
    spans.append(Span("\(names.short(entry.author)) ", .dim))
    spans.append(Span(moments.clock(of: entry.createdAt), .threadTime))
    if entry.isEdited { spans.append(Span(" edited", .dim)) }
    return ThreadLine(spans: spans + tail, entry: entry.id)
  }

  private func comment(_ entry: EntryRow) -> [ThreadLine] {
    guard entry.verdict != .refused else { return refused(entry) }
    let intent = entry.intent.map { SafeText(untrusted: $0, limit: 40) }
    let meaning = intent.map { [Span(" · \($0)", .threadStep)] } ?? []
    return [signature(entry, tail: meaning + delivery(of: entry))]
      + body(entry.body, of: entry.id, indent: 2)
  }

  /// What changed nothing, and why not.
  private func refused(_ entry: EntryRow) -> [ThreadLine] {
    let what: SafeText =
      entry.toStatus.map { "wanted \(StatusLook($0).word)" }
      ?? SafeText(untrusted: entry.body, limit: 120)
    let name = names.signature(entry.author)
    let who = name.isEmpty ? names.short(entry.author) : name
    let why = SafeText(untrusted: entry.reason ?? "refused", limit: 200)
    let line: SafeText =
      "× \(who) \(what) · refused: \(why) · \(moments.clock(of: entry.createdAt))"
    return line.wrapped(to: max(8, width - 2)).enumerated().map { row, text in
      ThreadLine(spans: [Span(row == 0 ? text : "  \(text)", .dim)], entry: entry.id)
    }
  }

  /// The states that a run went through: `open → in progress → done`.
  private func chain(_ run: [EntryRow]) -> SafeText? {
    var words: [SafeText] = []
    for entry in run where entry.isStatusChange {
      if words.isEmpty, let from = entry.fromStatus { words.append(StatusLook(from).word) }
      let to = StatusLook(entry.toStatus ?? "").word
      if words.last != to { words.append(to) }
    }
    // The beginning of a long run says less than its end.
    let shown = words.suffix(4)
    guard let first = shown.first else { return nil }
    let more: SafeText = words.count > shown.count ? "… → " : ""
    return "\(more)\(shown.dropFirst().reduce(first) { "\($0) → \($1)" })"
  }

  /// Status changes alone as a line: `▸ open → in progress → done · mira · 14:05`.
  private func statusLine(_ run: [EntryRow], glyph: SafeText = "· ") -> ThreadLine {
    guard let last = run.last else { return ThreadLine(spans: []) }
    let tail: SafeText = " · \(names.brief(last.author)) · \(moments.clock(of: last.createdAt))"
    return ThreadLine(
      spans: [
        Span(glyph, .dim), Span(chain(run) ?? "", .threadStep), Span(tail, .dim),
      ], entry: last.id)
  }

  /// Steps of one author as a line, `▸ 13:21-13:27 atlas · 5 steps`, and below it each of them when
  /// it is unfolded.
  private func run(_ run: [EntryRow]) -> [ThreadLine] {
    guard let first = run.first, let last = run.last else { return [] }
    let isOpen = run.contains { progress.unfolded.contains($0.id) }
    let glyph: SafeText = isOpen ? "▾ " : "▸ "
    var head: ThreadLine
    if run.allSatisfy(\.isStatusChange) {
      head = statusLine(run, glyph: glyph)
    } else {
      let states: SafeText = chain(run).map { " · \($0)" } ?? ""
      head = ThreadLine(
        spans: [
          Span(glyph, .dim),
          Span("\(moments.span(from: first.createdAt, to: last.createdAt)) ", .threadTime),
          Span(names.brief(first.author), .threadAgent),
          Span(" · \(run.count) steps\(states)", .threadStep),
        ], entry: last.id)
    }
    head.run = first.id
    return [head] + (isOpen ? run.flatMap(step) : [])
  }

  private func step(_ entry: EntryRow) -> [ThreadLine] {
    let time = moments.clock(of: entry.createdAt)
    let said = chain([entry]) ?? SafeText(untrustedMultiline: entry.body)
    return said.wrapped(to: max(8, width - 5 - time.width)).enumerated().map { row, text in
      let margin = row == 0 ? time : SafeText("").padded(to: time.width)
      return ThreadLine(
        spans: [Span("    \(margin) ", .threadTime), Span(text, .threadStep)], entry: entry.id)
    }
  }

  private func question(_ entry: EntryRow) -> [ThreadLine] {
    let isCurrent = entry.id == question && entry.isOpen
    let held = entry.isAnswered ? nil : progress.held[entry.id]
    let queued = entry.isAnswered ? nil : progress.queued[entry.id]
    let state: Span =
      entry.isAnswered
      ? Span(" · answered", .threadAnswer)
      : held != nil || queued != nil
        ? Span(" · being answered", .threadAnswer)
        : entry.isWithdrawn ? Span(" · withdrawn", .dim) : Span(" · waits", .badgeQuestion)
    var lines = [
      signature(entry, lead: [Span(isCurrent ? "▌? " : " ? ", .threadQuestion)], tail: [state])
    ]
    lines += body(entry.body, of: entry.id, indent: 3, style: .threadQuestion)
    if let danger = Danger(entry) {
      lines += wrap("   ! ", danger.words, .badgeTrouble, of: entry.id)
    }
    let options = OptionLines(entry, chosen: progress.chosen[entry.id] ?? [], mark: progress.mark)
    for (index, label) in options.labels.enumerated() {
      let first = lines.count
      lines += wrap(
        isCurrent ? options.lead(index + 1, indent: 3) : "   \(index + 1)  ", label,
        entry.isOpen ? .text : .dim, of: entry.id,
        key: isCurrent ? .hintKey : .dim)
      if isCurrent { for row in first..<lines.count { lines[row].option = index + 1 } }
    }
    if isCurrent, let foot = options.foot {
      lines += wrap("   ↵  ", foot, .dim, of: entry.id, key: .hintKey)
    }
    if isCurrent {
      for (index, decision) in entry.decisions.enumerated() {
        lines += wrap("   \(index + 1)  ", decision.label, .text, of: entry.id, key: .hintKey)
      }
      lines += wrap(
        "   \(progress.keys.answer.padded(to: max(1, progress.keys.answer.width)))  ",
        "answer in other words", .dim, of: entry.id, key: .hintKey)
    }
    if let held {
      lines += wrap("   └ ", "you: \(held.text)", .threadAnswer, of: entry.id)
      lines += wrap(
        "     ", "goes in \(held.seconds) s · \(progress.keys.undo) takes it back", .badgeQuestion,
        of: entry.id)
    } else if let queued {
      lines += wrap("   └ ", "you: \(queued) · queued", .threadAnswer, of: entry.id)
    }
    for answer in entries where answer.kind == .answer && answer.parent == entry.id {
      if answer.id == firstUnread { lines.append(unreadMark) }
      lines.append(
        signature(
          answer, lead: [Span("   └ ", .dim)],
          tail: verdict(of: answer) + adopted(by: answer) + delivery(of: answer)))
      lines += body(answer.body, of: answer.id, indent: 5, style: .threadAnswer)
    }
    return lines
  }

  /// An answer that changed nothing says so.
  private func verdict(of answer: EntryRow) -> [Span] {
    switch answer.verdict {
    case .refused:
      [Span(" · \(SafeText(untrusted: answer.reason ?? "refused", limit: 200))", .badgeTrouble)]
    case .superseded: [Span(" · too late", .dim)]
    default: []
    }
  }

  /// Whose suggestion it takes up.
  private func adopted(by answer: EntryRow) -> [Span] {
    guard let id = answer.fabric.flatMap({ try? JSON(parsing: $0) })?["adopts"]?.string,
      let suggestion = entries.first(where: {
        $0.kind == .answer && $0.parent == answer.parent && sameBytes($0.eventID.hex, id)
      })
    else { return [] }
    return [Span(" · as \(names.brief(suggestion.author)) suggested", .dim)]
  }

  private func delivery(of entry: EntryRow) -> [Span] {
    progress.deliveries[entry.eventID].map { [Span(" · \($0)", .dim)] } ?? []
  }

  /// A text behind a margin, under which its further lines stand.
  private func wrap(
    _ margin: SafeText, _ text: SafeText, _ style: StyleName, of entry: ObjectID,
    key: StyleName = .dim
  ) -> [ThreadLine] {
    text.wrapped(to: max(8, width - margin.width)).enumerated().map { row, text in
      let lead = row == 0 ? margin : SafeText("").padded(to: margin.width)
      return ThreadLine(spans: [Span(lead, key), Span(text, style)], entry: entry)
    }
  }
}

extension EntryRow {
  /// Without copies of questions that stand there themselves.
  static func once(_ entries: some Sequence<EntryRow>) -> [EntryRow] {
    let entries = Array(entries)
    let questions = Set(entries.filter { $0.kind == .question }.map(\.eventID))
    return entries.filter { entry in
      guard let of = entry.mirrored, questions.contains(of) else { return true }
      return !entries.contains { $0.eventID == of && $0.author == entry.author }
    }
  }
}
