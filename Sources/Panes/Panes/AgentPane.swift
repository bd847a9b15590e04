import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// Whoever is selected among the agents: why they are said to be as they are, their cards, and what
/// they said last.
final class AgentPane: Pane {
  static let noteLimit = 50

  private let scene: Scene
  private var cards: [CardRow] = []
  private var notes: [EntryRow] = []
  private var titles: [ObjectID: SafeText] = [:]
  private var shownFor: PresenceRow.ID?
  private var scrolled = ScrolledLines()
  /// The line with which the notes begin.
  private var noteLine = 0

  init(_ scene: Scene) { self.scene = scene }

  private var member: TeamMember? { scene.team.members.first { $0.id == scene.member } }

  var title: SafeText { member.map { scene.text(of: $0).name } ?? "Agent" }
  var trailing: SafeText { member == nil ? "" : scrolled.share }
  var nextChange: Int64? { member.flatMap { scene.text(of: $0).nextChange } }

  func refresh() {
    if scene.member != shownFor { scrolled.go(to: 0) }
    shownFor = scene.member
    guard let id = scene.member, let room = scene.room?.id else {
      (cards, notes) = ([], [])
      return
    }
    cards =
      scene.read { reader in
        try ["in_progress", "open"].flatMap {
          try reader.cards(
            room, CardFilter(status: $0, assignee: id.pubkey), limit: 20, me: self.scene.me)
        }
      } ?? cards
    notes =
      scene.read {
        try $0.notes(of: id.pubkey, id.connection, in: room, limit: Self.noteLimit)
      } ?? notes
    titles =
      scene.read { reader in
        var titles: [ObjectID: SafeText] = [:]
        for root in Set(self.notes.compactMap(\.root)) {
          titles[root] = try reader.card(root).map { SafeText(untrusted: $0.title, limit: 200) }
        }
        return titles
      } ?? titles
  }

  /// Brings the notes to the top.
  func showNotes() { scrolled.go(to: noteLine) }

  func draw(on surface: inout Surface, in area: Rect, focused: Bool) {
    guard let member else {
      surface.paragraph(
        "Nobody is selected.", in: area.inset(dx: 1, dy: 0), style: Style(.dim))
      return
    }
    let lines = lines(of: member, width: max(8, area.width - 2))
    scrolled.draw(lines, on: &surface, in: area)
    if focused { surface.cursor = area.origin }
  }

  private func lines(of member: TeamMember, width: Int) -> [[Span]] {
    let text = scene.text(of: member)
    let step: SafeText = text.step.isEmpty ? "" : "  \(text.step)"
    let host: SafeText = text.host.isEmpty ? "" : "  on \(text.host)"
    var lines: [[Span]] = [
      [
        Span("\(text.glyph) \(text.word) \(text.age)", text.style),
        Span("  \(text.name) ", .strong),
        Span(text.besideName, .dim), Span("\(step)\(host)", .text),
      ],
      [Span(text.spark, .spark), Span(" activity, last hour", .dim)],
    ]
    for sentence in text.explanation {
      lines += sentence.wrapped(to: width).map { [Span($0, .text)] }
    }
    lines += runLines(of: member, width: width)
    lines += [[], [Span("CARDS", .heading), Span(" \(cards.count)", .dim)]]
    if cards.isEmpty { lines.append([Span("nothing is assigned to them", .dim)]) }
    for card in cards {
      let look = StatusLook(card.status)
      lines.append([
        Span("\(look.glyph) \(look.word.padded(to: 11)) ", look.style),
        Span(SafeText(untrusted: card.title, limit: 400), .cardTitle),
      ])
    }
    lines.append([])
    noteLine = lines.count
    lines.append([Span("LAST NOTES", .heading), Span(" \(notes.count)", .dim)])
    if notes.isEmpty { lines.append([Span("not a word yet", .dim)]) }
    for note in notes {
      let time = scene.moments.clock(of: note.writtenAt)
      let place: SafeText =
        note.root.flatMap { titles[$0] }.map { "  \($0.truncated(to: 24))" } ?? ""
      let sign: SafeText = note.kind == .question ? "? " : ""
      lines.append([
        Span("\(time) ", .threadTime),
        Span("\(sign)\(SafeText(untrusted: note.body, limit: 400))", .threadStep),
        Span(place, .dim),
      ])
    }
    return lines
  }

  /// What they have in hand, run by run, and how the last one ended.
  private func runLines(of member: TeamMember, width: Int) -> [[Span]] {
    guard let load = scene.runs.loads[member.id.pubkey] else { return [] }
    var lines: [[Span]] = [
      [], [Span("RUNS", .heading), Span(" \(PresenceText.hands(load))", .dim)],
    ]
    let live = cards.compactMap { card in
      scene.runs.byCard[card.id].flatMap { $0.author == member.id.pubkey ? (card, $0) : nil }
    }
    for (card, row) in live {
      let run = scene.text(of: row, on: card.id)
      let parts = ([run.state] + run.parts.prefix(4)).reduce(SafeText("")) {
        $0.isEmpty ? $1 : "\($0) · \($1)"
      }
      lines.append([
        Span("\(run.glyph) ", run.style),
        Span("\(SafeText(untrusted: card.title, limit: 200).truncated(to: 32))  ", .cardTitle),
        Span(parts, .text),
      ])
    }
    if let last = load.last {
      let run = RunText(row: last, moments: scene.moments)
      let parts = ([run.state] + run.parts.prefix(3)).reduce(SafeText("")) {
        $0.isEmpty ? $1 : "\($0) · \($1)"
      }
      lines.append([Span("\(run.glyph) ", run.style), Span("last: ", .dim), Span(parts, .text)])
    }
    return lines
  }

  func ability(to command: PaneCommand) -> Ability? {
    switch command {
    case _ where ScrolledLines.has(command):
      member == nil ? .unable(because: "nobody is selected") : .able
    case .open:
      member?.row.card == nil ? .unable(because: "nothing is in their hands") : .able
    default: nil
    }
  }

  var target: Target? { member?.row.card.map { .card($0.id) } }

  func perform(_ command: PaneCommand) -> Bool { scrolled.perform(command) }

  func click(at point: Point) {}
}
