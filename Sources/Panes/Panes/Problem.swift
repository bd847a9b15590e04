import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// Something that is not as it should be, with what says so. Nothing follows from it by itself.
struct Problem {
  enum ID: Hashable {
    case agent(PresenceRow.ID)
    case card(ObjectID)
    case system(String)

    var text: String {
      switch self {
      case .agent(let id):
        "\(id.pubkey.hex) \(id.connection?.text ?? "-") \(id.card?.rawValue ?? 0)"
      case .card(let id): "card \(id.rawValue)"
      case .system(let name): "system \(name)"
      }
    }
  }

  let id: ID
  let glyph: Span
  /// Who or what.
  let subject: SafeText
  let place: SafeText
  /// The two clocks: when it was last heard, and when something last came of it.
  var alive: SafeText = ""
  var progress: SafeText = ""
  /// Why it stands here.
  let words: SafeText
  var nextChange: Int64?

  var member: PresenceRow.ID? { if case .agent(let id) = id { id } else { nil } }

  var card: ObjectID? {
    switch id {
    case .agent(let id): id.card
    case .card(let id): id
    case .system: nil
    }
  }
}

extension Problem {
  /// An agent that is silent, gone, speaks without getting anywhere, or whose clock is wrong.
  init?(_ member: TeamMember, _ scene: Scene) {
    guard member.row.evidence.isAgent, ![.waiting, .done, .unknown].contains(member.presence.state)
    else { return nil }
    // Who waits for an answer is never in trouble.
    let run = member.id.card.flatMap { scene.runs.byCard[$0] }
    if let run, run.author == member.id.pubkey, run.record.state == .waiting { return nil }
    let isWrong = member.isSilent || member.presence.isStalled
    guard isWrong || member.row.clockSkew != nil else { return nil }
    let text = scene.text(of: member)
    let sentences = isWrong ? text.explanation : Array(text.explanation.dropFirst())
    self.init(
      id: .agent(member.id), glyph: Span(isWrong ? text.glyph : "!", text.style),
      subject: text.name, place: text.cardTitle, alive: text.lifeAge,
      progress: text.progressAge, words: sentences.reduce("") { $0.isEmpty ? $1 : "\($0); \($1)" },
      nextChange: text.nextChange)
  }

  /// A run that is late, that nobody confirms to have stopped, that ended without success, or was never begun.
  init?(_ run: RunText, on card: CardRow, _ scene: Scene) {
    let words: SafeText
    if run.row.isLive {
      let isUnconfirmed = run.cancelledAt.map { scene.moments.now - $0 >= 60 } ?? false
      guard run.isLate || isUnconfirmed else { return nil }
      words =
        "\(run.state) · \(run.parts.prefix(4).reduce("") { $0.isEmpty ? $1 : "\($0) · \($1)" })"
    } else {
      words = run.reason.isEmpty ? run.state : "\(run.state): \(run.reason)"
    }
    self.init(
      id: .card(card.id), glyph: Span(run.glyph, run.style),
      subject: scene.names.brief(run.row.author),
      place: SafeText(untrusted: card.title, limit: 200), alive: run.heard,
      progress: run.progressed, words: words, nextChange: run.nextChange)
  }
}

/// Everything that is wrong in the room and on this machine, as far as it is known here.
final class ProblemList {
  private let scene: Scene
  private(set) var problems: [Problem] = []
  private var list = ListState<Problem.ID>()
  private var lineHeight = 1
  private var headerRows = 0
  /// What is wrong on this machine, which the shell knows.
  var system: () -> [Problem] = { [] }

  init(_ scene: Scene) { self.scene = scene }

  private var ids: [Problem.ID] { problems.map(\.id) }
  var selected: Problem? { problems.first { $0.id == list.selected } }

  func refresh() {
    let agents = scene.team.members.compactMap { Problem($0, scene) }
    let told = Set(agents.compactMap(\.card))
    problems = agents + runs.filter { $0.card.map { !told.contains($0) } ?? true } + system()
    list.fit(ids, height: max(1, list.height))
  }

  /// Runs of the room: those under way and passed over, and those that have failed.
  private var runs: [Problem] {
    // Of others' silence nothing is known while we are not connected ourselves.
    let isBlind = scene.team.members.first.map { $0.presence.state == .unknown } ?? false
    let failures = scene.inbox.failures.filter { $0.card.room == scene.room?.id }
    let failed = failures.compactMap { need in
      need.record.flatMap {
        Problem(RunText(row: $0, moments: scene.moments), on: need.card, scene)
      }
    }
    let known = Set(failures.map(\.card.id))
    let found =
      scene.read { reader in
        try scene.runs.byCard.filter { !known.contains($0.key) && !(isBlind && $0.value.isLive) }
          .sorted { ($0.value.signedAt, $0.key.rawValue) < ($1.value.signedAt, $1.key.rawValue) }
          .prefix(60).compactMap { id, row -> Problem? in
            guard let card = try reader.card(id), card.isShown,
              ["open", "in_progress"].contains(card.status), card.assignees.first == row.author
            else { return nil }
            var run = scene.text(of: row, on: id)
            if row.isLive, row.record.state != .cancelling {
              run.cancelledAt = try reader.controls(on: id, since: row.record.startedAt ?? 0)
                .last { $0.intent == "cancel" }?.createdAt
            }
            return Problem(run, on: card, scene)
          }
      } ?? []
    return failed + found
  }

  func select(_ text: String) {
    if let id = ids.first(where: { $0.text == text }) { list.select(id, in: ids) }
  }

  func perform(_ command: PaneCommand) -> Bool { list.perform(command, in: ids) }

  func click(at point: Point) {
    let index = list.offset + (point.y - headerRows) / lineHeight
    guard point.y >= headerRows, ids.indices.contains(index) else { return }
    list.move(to: index, in: ids)
  }

  var nextChange: Int64? { problems.compactMap(\.nextChange).min() }

  // MARK: Drawing

  func draw(on surface: inout Surface, in area: Rect, focused: Bool) {
    guard !problems.isEmpty else {
      surface.paragraph(
        scene.empty("Nothing is wrong, as far as it is known here."), in: area.inset(dx: 1, dy: 0),
        style: Style(.dim))
      return
    }
    let isWide = area.width >= 110
    lineHeight = isWide ? 1 : 2
    headerRows = isWide && area.height >= 5 ? 1 : 0
    let (header, body) = area.splitTop(headerRows)
    if headerRows > 0 { surface.row(header, left: [Self.heads], style: .text) }
    list.fit(ids, height: max(1, body.height / lineHeight))
    for (y, index) in list.visible(of: problems.count).enumerated() {
      let problem = problems[index]
      let (_, below) = body.splitTop(y * lineHeight)
      let rect = below.splitTop(lineHeight).top
      let isSelected = problem.id == list.selected
      draw(problem, on: &surface, in: rect, isSelected, isWide: isWide)
      if focused, isSelected { surface.cursor = rect.origin }
    }
  }

  private static let heads = Span(
    "   \(SafeText("who").padded(to: 14)) \(SafeText("card").padded(to: 24)) \(SafeText("alive").aligned(to: 8)) \(SafeText("progress").aligned(to: 8))  why",
    .dim)

  private func draw(
    _ problem: Problem, on surface: inout Surface, in rect: Rect, _ isSelected: Bool, isWide: Bool
  ) {
    let layers: StyleLayers = isSelected ? .selected : []
    let mark = Span(isSelected ? "▌" : " ", isSelected ? .strong : .text)
    let lead = [mark, problem.glyph, Span(" ")]
    guard !isWide else {
      surface.row(
        rect,
        left: lead + [
          Span("\(problem.subject.padded(to: 14)) ", .cardAssignee),
          Span("\(problem.place.padded(to: 24)) ", .cardTitle),
          Span("\(problem.alive.aligned(to: 8)) ", style: problem.glyph.style),
          Span("\(problem.progress.aligned(to: 8))  ", .text), Span(problem.words, .text),
        ], layers: layers)
      return
    }
    let clocks: SafeText =
      problem.alive.isEmpty
      ? ""
      : "alive \(problem.alive)\(problem.progress.isEmpty ? "" : " · progress \(problem.progress)")"
    surface.row(
      rect.row(0),
      left: lead + [
        Span("\(problem.subject)  ", .cardAssignee), Span(problem.place, .cardTitle),
      ], right: [Span(" \(clocks) ", .dim)], layers: layers)
    guard rect.height > 1 else { return }
    surface.row(rect.row(1), left: [mark, Span("  \(problem.words)", .text)], layers: layers)
  }
}
