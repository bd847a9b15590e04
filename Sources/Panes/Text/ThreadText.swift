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

  private typealias Lines = [ThreadLine]

  func lines() -> [ThreadLine] {
    var lines = body(card.body, of: nil, indent: 0)
    if !entries.isEmpty { lines.append(ThreadLine(spans: [])) }
    if hasOlder { lines.append(plain("… older words above; go up to read them", .dim)) }
    var rest = entries[...]
    while let entry = rest.first {
      if entry.id == firstUnread, !isUnderQuestion(entry) { lines.append(unreadMark) }
      if entry.isStatusChange, entry.verdict != .refused {
        let run = rest.prefix {
          $0.isStatusChange && $0.verdict != .refused
            && ($0.id == entry.id || $0.id != firstUnread)
        }
        lines.append(statusLine(Array(run)))
        rest = rest.dropFirst(run.count)
        continue
      }
      rest = rest.dropFirst()
      switch entry.kind {
      case .comment: lines += comment(entry)
      case .question: lines += question(entry)
      case .answer: if !isUnderQuestion(entry) { lines += comment(entry) }
      }
    }
    return lines
  }

  private func isUnderQuestion(_ entry: EntryRow) -> Bool {
    entry.kind == .answer
      && entries.contains { $0.id == entry.parent && $0.kind == .question }
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
    return SafeText(untrustedMultiline: text).wrapped(to: max(8, width - indent)).map {
      ThreadLine(spans: [Span("\(margin)\($0)", style)], entry: entry)
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
    return [signature(entry, tail: intent.map { [Span(" · \($0)", .threadStep)] } ?? [])]
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

  /// All status changes of a run as one line: `→ open → in progress → done · you, mira · 14:05`.
  private func statusLine(_ run: [EntryRow]) -> ThreadLine {
    var words: [SafeText] = []
    for entry in run {
      if words.isEmpty, let from = entry.fromStatus { words.append(StatusLook(from).word) }
      let to = StatusLook(entry.toStatus ?? "").word
      if words.last != to { words.append(to) }
    }
    var who: [SafeText] = []
    for entry in run where !who.contains(names.brief(entry.author)) {
      who.append(names.brief(entry.author))
    }
    // The beginning of a long run says less than its end.
    let shown = words.suffix(4)
    let chain = shown.dropFirst().reduce(shown.first ?? "") { "\($0) → \($1)" }
    let more: SafeText = words.count > shown.count ? "… → " : ""
    let people = who.dropFirst().prefix(2).reduce(who.first ?? "") { "\($0), \($1)" }
    let time = moments.clock(of: run.last?.createdAt ?? 0)
    return ThreadLine(
      spans: [
        Span(run.count > 1 ? "▸ " : "· ", .dim), Span("\(more)\(chain)", .threadStep),
        Span(" · \(people) · \(time)", .dim),
      ], entry: run.last?.id)
  }

  private func question(_ entry: EntryRow) -> [ThreadLine] {
    let isCurrent = entry.id == question && !entry.isAnswered
    let state: Span =
      entry.isAnswered ? Span(" · answered", .threadAnswer) : Span(" · waits", .badgeQuestion)
    var lines = [
      signature(entry, lead: [Span(isCurrent ? "▌? " : " ? ", .threadQuestion)], tail: [state])
    ]
    lines += body(entry.body, of: entry.id, indent: 3, style: .threadQuestion)
    for (index, choice) in entry.choices.enumerated() {
      let label = SafeText(untrusted: choice.label, limit: 400)
      let key: StyleName = isCurrent ? .hintKey : .dim
      for (row, text) in label.wrapped(to: max(8, width - 6)).enumerated() {
        let margin: SafeText = row == 0 ? "   \(index + 1)  " : "      "
        lines.append(
          ThreadLine(
            spans: [Span(margin, key), Span(text, entry.isAnswered ? .dim : .text)],
            entry: entry.id))
      }
    }
    if isCurrent {
      lines.append(
        ThreadLine(
          spans: [Span("   o  ", .hintKey), Span("answer in other words", .dim)], entry: entry.id))
    }
    for answer in entries where answer.kind == .answer && answer.parent == entry.id {
      if answer.id == firstUnread { lines.append(unreadMark) }
      lines.append(signature(answer, lead: [Span("   └ ", .dim)]))
      lines += body(answer.body, of: answer.id, indent: 5, style: .threadAnswer)
    }
    return lines
  }
}
