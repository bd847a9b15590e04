import Home
import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// A problem as it is shown.
struct ProblemLine {
  let problem: Problem
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

  var id: Problem.ID { problem.id }
  var member: PresenceRow.ID? { if case .agent(let id) = id { id } else { nil } }
  var card: ObjectID? { problem.card }

  init(_ problem: Problem, _ scene: Scene) {
    self.problem = problem
    switch problem.cause {
    case .agent(let member):
      let text = scene.text(of: member)
      let isWrong = member.isSilent || member.presence.isStalled
      let sentences = isWrong ? text.explanation : Array(text.explanation.dropFirst())
      glyph = Span(isWrong ? text.glyph : "!", text.style)
      (subject, place) = (text.name, text.cardTitle)
      (alive, progress) = (text.lifeAge, text.progressAge)
      words = sentences.reduce("") { $0.isEmpty ? $1 : "\($0); \($1)" }
      nextChange = text.nextChange
    case .run(let clocks, let card, let cancelledAt):
      let run = RunText(clocks: clocks, moments: scene.moments, cancelledAt: cancelledAt)
      glyph = Span(run.glyph, run.style)
      subject = scene.names.brief(run.row.author)
      place = SafeText(untrusted: card.title, limit: 200)
      (alive, progress) = (run.heard, run.progressed)
      let parts = run.parts.prefix(4).reduce(SafeText("")) { $0.isEmpty ? $1 : "\($0) · \($1)" }
      words =
        run.row.isLive
        ? "\(run.state) · \(parts)"
        : run.reason.isEmpty ? run.state : "\(run.state): \(run.reason)"
      nextChange = run.nextChange
    case .machine(let machine):
      glyph = Self.glyph(machine.kind)
      switch machine.subject {
      case .thing(let thing): subject = SafeText(untrusted: thing, limit: 40)
      case .member(let key): subject = scene.names.brief(key)
      }
      place = SafeText(untrusted: machine.place, limit: 200)
      words = SafeText(untrusted: machine.words, limit: 500)
    }
  }

  private static func glyph(_ kind: String) -> Span {
    switch kind {
    case "worker": Span("‖", .statePaused)
    case "refused": Span("×", .dim)
    case "unattested": Span("?", .dim)
    default: Span("!", .badgeTrouble)
    }
  }
}

/// Everything that is wrong in the room and on this machine, as far as it is known here.
final class ProblemList {
  private let scene: Scene
  private(set) var problems: [ProblemLine] = []
  /// How many are out of sight.
  private(set) var snoozed = 0
  private var list = ListState<Problem.ID>()
  private var lineHeight = 1
  private var headerRows = 0
  private var disk: (use: DiskUse, at: Int64)?
  /// What the shell knows of this machine.
  var machine: (inout ProblemFinder) -> Void = { _ in }
  /// Takes back what was put aside last.
  private var undo: (words: SafeText, action: () -> Void)?

  init(_ scene: Scene) { self.scene = scene }

  var selected: ProblemLine? { problems.first { $0.id == list.selected } }

  func refresh() {
    var finder = ProblemFinder(now: scene.clock.now())
    (finder.room, finder.team, finder.runs) = (scene.room, scene.team, scene.runs)
    finder.failures = scene.inbox.failures
    machine(&finder)
    finder.disk = diskUse(finder.now)
    var found = scene.read { try finder.all($0) }
    if found == nil, let fault = scene.fault {
      finder.fault = fault.description
      found = finder.withoutDatabase
    }
    guard let found else { return }
    snoozed = found.count { $0.aside != nil }
    problems = found.filter { $0.aside == nil }.map { ProblemLine($0, scene) }
    list.fit(ids, height: max(1, list.height))
  }

  /// Looked at when the list is opened, and seldom again.
  private func diskUse(_ now: Int64) -> DiskUse {
    if let disk, now - disk.at < 600 { return disk.use }
    let use = DiskUse(scene.workspace.home, most: Workspace.filesOfScreen)
    disk = (use, now)
    return use
  }

  // MARK: Aside

  var canUndo: Bool { undo != nil }

  func didPutAside(_ words: SafeText, _ action: @escaping () -> Void) { undo = (words, action) }

  /// - Returns: what was taken back.
  func undoLast() -> SafeText? {
    guard let last = undo else { return nil }
    undo = nil
    last.action()
    return last.words
  }

  private var ids: [Problem.ID] { problems.map(\.id) }

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
      let more: SafeText = snoozed == 0 ? "" : " \(snoozed) put aside."
      surface.paragraph(
        scene.empty("Nothing is wrong, as far as it is known here.\(more)"),
        in: area.inset(dx: 1, dy: 0),
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
    _ problem: ProblemLine, on surface: inout Surface, in rect: Rect, _ isSelected: Bool,
    isWide: Bool
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
