import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// Everybody of the room, what they are at, and how long they have not been heard: who needs
/// somebody first, then who is silent.
final class AgentsPane: Pane {
  private let scene: Scene
  private var list = ListState<PresenceRow.ID>()
  private var lineHeight = 1
  private var headerRows = 0
  private var shown: [TeamMember] = []
  /// The person has seen the list or chosen in it: until then its first row is selected.
  private var isSettled = false

  /// What is wrong stands here instead of everybody.
  var showsProblems = false
  let problems: ProblemList

  init(_ scene: Scene) {
    self.scene = scene
    problems = ProblemList(scene)
  }

  private var members: [TeamMember] { scene.team.members }
  private var ids: [PresenceRow.ID] { members.map(\.id) }
  var selected: TeamMember? {
    let id = showsProblems ? problems.selected?.member : list.selected
    return members.first { $0.id == id }
  }

  /// Where the problem is a card's, the card.
  var detail: PaneID? {
    guard showsProblems, let problem = problems.selected else { return nil }
    return problem.member == nil && problem.card != nil ? .card : nil
  }

  var title: SafeText { showsProblems ? "Problems" : "Agents" }
  var trailing: SafeText {
    if showsProblems {
      let aside: SafeText = problems.snoozed == 0 ? "" : " · \(problems.snoozed) put aside"
      return "\(problems.problems.count)\(aside)"
    }
    guard case .unknown? = members.first?.presence.state else { return count }
    return "unknown since \(members.first?.presence.since.map(scene.moments.clock) ?? "-")"
  }

  /// `6/8`: agents of whom something is heard, of all.
  var count: SafeText {
    let (present, all) = scene.team.count
    return all == 0 ? "" : "\(present)/\(all)"
  }

  var badges: [Span] {
    let silent = Set(
      members.filter { $0.isSilent || $0.presence.isStalled }.map {
        PresenceRow.ID($0.id.pubkey, $0.id.connection)
      }
    ).count
    return silent == 0 ? [] : [Span("!\(silent)", .badgeTrouble)]
  }

  var target: Target? {
    (showsProblems ? problems.selected?.card : selected?.row.card?.id).map { .card($0) }
  }

  /// Agents, and people who are at something.
  private var atWork: [TeamMember] {
    members.filter { $0.row.evidence.isAgent || $0.row.card != nil }
  }

  var sidebar: [SidebarRow] {
    atWork.prefix(20).map { member in
      let text = scene.text(of: member)
      let card: SafeText = member.row.card == nil ? "" : " \(text.cardTitle)"
      return SidebarRow(
        .agent(member.id.pubkey),
        [
          Span("\(text.glyph) ", text.style), Span(text.name.padded(to: 8), .text),
          Span(card, .dim),
        ], right: [Span(text.age, text.style)])
    }
  }

  func refresh() {
    if showsProblems { problems.refresh() }
    if !isSettled { list.moveToFirst(in: ids) }
    list.fit(ids, height: list.height)
  }

  func lead() {
    if showsProblems {
      scene.member = problems.selected?.member
      scene.card = problems.selected?.card
      return
    }
    scene.member = list.selected
    scene.card = selected?.row.card?.id
  }

  var selection: String? {
    if showsProblems { return problems.selected?.id.text }
    return list.selected.map {
      "\($0.pubkey.hex) \($0.connection?.text ?? "-") \($0.card?.rawValue ?? 0)"
    }
  }

  /// What `selection` said, or a key alone: then the first row of it.
  func select(_ selection: String) {
    if showsProblems { return problems.select(selection) }
    let parts = selection.split(separator: " ").map(String.init)
    guard let key = parts.first.flatMap({ PublicKey(hex: $0) }) else { return }
    let mine = ids.filter { $0.pubkey == key }
    let exact = mine.first { id in
      parts.count == 3 && id.connection?.text ?? "-" == parts[1]
        && "\(id.card?.rawValue ?? 0)" == parts[2]
    }
    (exact ?? mine.first).map { select($0) }
  }

  func select(_ id: PresenceRow.ID) {
    showsProblems = false
    isSettled = true
    list.select(id, in: ids)
  }

  // MARK: Drawing

  func draw(on surface: inout Surface, in area: Rect, focused: Bool) {
    if showsProblems {
      shown = []
      return problems.draw(on: &surface, in: area, focused: focused)
    }
    guard !members.isEmpty else {
      shown = []
      let words: SafeText = scene.empty(scene.room == nil ? "No room yet." : "Nobody is here yet.")
      surface.paragraph(words, in: area.inset(dx: 1, dy: 0), style: Style(.dim))
      return
    }
    let isWide = area.width >= 110
    isSettled = isSettled || members[0].presence.state != .unknown
    lineHeight = isWide || area.width < 40 || area.height < 6 ? 1 : 2
    headerRows = isWide && area.height >= 5 ? 1 : 0
    let (header, body) = area.splitTop(headerRows)
    if headerRows > 0 { surface.row(header, left: AgentLine.heads(area.width), style: .text) }
    list.fit(ids, height: body.height / lineHeight)
    shown = []
    for (y, index) in list.visible(of: members.count).enumerated() {
      let member = members[index]
      shown.append(member)
      let (_, below) = body.splitTop(y * lineHeight)
      let rect = below.splitTop(lineHeight).top
      let line = AgentLine(scene.text(of: member), isSelected: member.id == list.selected)
      line.draw(on: &surface, in: rect, isWide: isWide)
      if focused, member.id == list.selected { surface.cursor = rect.origin }
    }
  }

  /// The agents at work, along the bottom of large screens.
  func drawStrip(on surface: inout Surface, in area: Rect) {
    for (y, member) in atWork.prefix(area.height).enumerated() {
      AgentLine(scene.text(of: member), isSelected: false)
        .draw(on: &surface, in: area.row(y), isWide: area.width >= 110)
    }
  }

  /// When an age of those in sight reads differently.
  var nextChange: Int64? {
    showsProblems
      ? problems.nextChange : shown.compactMap { scene.text(of: $0).nextChange }.min()
  }
  var stripNextChange: Int64? {
    atWork.prefix(8).compactMap { scene.text(of: $0).nextChange }.min()
  }

  // MARK: Commands

  func ability(to command: PaneCommand) -> Ability? {
    switch command {
    case .selectDown, .selectUp, .selectFirst, .selectLast, .pageDown, .pageUp:
      showsProblems
        ? problems.problems.isEmpty ? .unable(because: "nothing is wrong") : .able
        : ids.isEmpty ? .unable(because: "nobody is here") : .able
    case .undo: showsProblems && problems.canUndo ? .able : nil
    case .open: target == nil ? .unable(because: "nothing is in their hands") : .able
    default: nil
    }
  }

  func perform(_ command: PaneCommand) -> Bool {
    if showsProblems { return problems.perform(command) }
    guard list.perform(command, in: ids) else { return false }
    isSettled = true
    return true
  }

  func click(at point: Point) {
    if showsProblems { return problems.click(at: point) }
    let index = list.offset + (point.y - headerRows) / lineHeight
    guard point.y >= headerRows, index < ids.count else { return }
    isSettled = true
    list.move(to: index, in: ids)
  }
}
