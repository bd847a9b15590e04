import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// The sidebar: everywhere that can be gone to, with what waits there.
final class PlacesPane: Pane {
  /// A line: somewhere to go, the head of a section, or a gap.
  private struct Line {
    let id: String
    var target: Target?
    var left: [Span]
    var right: [Span] = []
    var indent = 0
    /// What it is called, without signs.
    var words: SafeText {
      let text = left.reduce("" as SafeText) { "\($0)\($1.text)" }
      guard let first = left.first, left.count > 1, ["▾ ", "▸ ", "  "].contains(first.text) else {
        return text
      }
      return left.dropFirst().reduce("") { "\($0)\($1.text)" }
    }
  }

  private let scene: Scene
  private let inbox: InboxPane
  private let chat: ChatPane
  private let agents: AgentsPane
  private let drafts: DraftsPane
  private var views: [(view: SavedView, count: Int?)] = []
  private var lines: [Line] = []
  private var list = ListState<String>(selected: "inbox")
  private var offset = 0
  private var (width, height) = (24, 1)
  /// What is shown now, which the sidebar marks.
  var here: Target?

  init(
    _ scene: Scene, inbox: InboxPane, chat: ChatPane, agents: AgentsPane, drafts: DraftsPane
  ) {
    self.scene = scene
    self.inbox = inbox
    self.chat = chat
    self.agents = agents
    self.drafts = drafts
  }

  var title: SafeText { "Places" }
  var trailing: SafeText { "" }
  private var ids: [String] { lines.filter { $0.target != nil }.map(\.id) }
  var target: Target? { lines.first { $0.id == list.selected }?.target }
  var selection: String? { list.selected }
  func select(_ selection: String) { list.select(selection, in: ids) }

  /// Everything there is to go to, for the palette.
  var targets: [(target: Target, title: SafeText)] {
    lines.compactMap { line in
      line.target.map { ($0, line.words) }
    }
  }

  func refresh() {
    readViews()
    arrange()
  }

  /// The lines anew from what is known, ages too.
  func arrange() {
    var lines = [Line(id: "inbox", target: .place(.inbox), left: [Span("Inbox", .strong)])]
    lines[0].right = Self.spaced(inbox.badges)
    lines += rows(inbox.sidebar, "inbox", indent: 2)
    if !drafts.rows.isEmpty {
      lines.append(
        Line(
          id: "drafts", target: .place(.drafts), left: [Span("Drafts", .text)],
          right: drafts.badges))
    }
    lines += section("TRACKS", "tracks", .track(nil), tracks)
    lines += section("CHANNELS", "chat", .place(.chat), rows(chat.sidebar, "chat"))
    lines += section(
      "AGENTS", "agents", .place(.agents), rows(agents.sidebar, "agents"),
      right: [Span(agents.count, .dim)])
    let views = views.map { view, count in
      Line(
        id: "view \(view.name)", target: .view(view.name),
        left: [Span(SafeText(untrusted: view.name, limit: 80), .text)],
        right: count.map { [Span($0.badge, .dim)] } ?? [], indent: 2)
    }
    if !views.isEmpty { lines += section("VIEWS", "views", nil, views) }
    self.lines = lines
    list.fit(ids, height: max(1, ids.count))
  }

  private func section(
    _ title: SafeText, _ id: String, _ target: Target?, _ rows: [Line], right: [Span] = []
  ) -> [Line] {
    [
      Line(id: "\(id) gap", left: []),
      Line(id: "\(id) head", target: target, left: [Span(title, .heading)], right: right),
    ] + rows
  }

  private func rows(_ rows: [SidebarRow], _ id: String, indent: Int = 0) -> [Line] {
    rows.enumerated().map { index, row in
      Line(
        id: "\(id) \(index) \(row.target.name)", target: row.target, left: row.left,
        right: row.right,
        indent: indent)
    }
  }

  private var tracks: [Line] {
    let news = scene.newsByTrack
    return scene.tracks.flatMap { track -> [Line] in
      let isChosen = scene.track.map { sameBytes($0, track.name) } ?? false
      let title = SafeText(untrusted: track.title.isEmpty ? track.name : track.title, limit: 200)
      let closed = (track.counts["done"] ?? 0) + (track.counts["archived"] ?? 0)
      let mark: SafeText = isChosen ? "▾ " : isWide ? "▸ " : "  "
      let line = Line(
        id: "track \(track.name)", target: .track(track.name),
        left: [Span(mark, .dim), Span(title, track.closedAt == nil ? .text : .dim)],
        right: badges(of: track.name, news[track.name] ?? TrackNews()) + [
          Span(SafeText("\(track.cards - closed)").aligned(to: 4), .dim)
        ])
      return [line] + (isChosen && isWide ? states(of: track) : [])
    }
  }

  /// How many cards of a track stand where.
  private func states(of track: TrackRow) -> [Line] {
    let usual = CardStatus.lifecycle.map(\.rawValue)
    return usual.filter { track.counts[$0] != nil || $0 != "archived" }.map { status in
      let word =
        status == "open" ? "open" : BoardColumn.Kind.status(CardStatus(rawValue: status)).title
      let count: SafeText = "\(track.counts[status] ?? 0)"
      return Line(
        id: "track \(track.name) \(status)", left: [Span(word, .dim)],
        right: [Span(count.aligned(to: 4), .dim)], indent: 4)
    }
  }

  /// Room for more than names.
  private var isWide: Bool { width >= 26 }

  /// What waits on a track and what is wrong there; what is only new where nothing else is.
  private func badges(of track: String, _ news: TrackNews) -> [Span] {
    let counts: [(SafeText, Int, StyleName)] = [
      ("?", scene.waitingOn[track] ?? 0, .badgeQuestion), ("!", news.trouble, .badgeTrouble),
      ("•", news.new, .badgeUnread),
    ]
    let shown = counts.filter { $0.1 > 0 }.prefix(2).map { glyph, count, style in
      Span("\(glyph)\(count.badge)", style)
    }
    return Self.spaced(Array(shown))
  }

  /// The person's own views and how many cards fit each; no further than 100.
  private func readViews() {
    let saved = (try? SavedViews.load(from: scene.workspace.home))?.views ?? []
    views = saved.prefix(20).map { view in
      (view, scene.room.flatMap { count(view, in: $0) })
    }
  }

  private func count(_ view: SavedView, in room: RoomRow) -> Int? {
    scene.read { reader in
      let context = self.scene.filterContext(room)
      let condition = try view.query.condition(in: context, reader)
      return try reader.cards(
        room.id, CardFilter(matching: condition), limit: 100, me: self.scene.me
      ).count
    }
  }

  private static func spaced(_ badges: [Span]) -> [Span] {
    Array(badges.map { [$0] }.joined(separator: [Span(" ")]))
  }

  func draw(on surface: inout Surface, in area: Rect, focused: Bool) {
    (width, height) = (area.width, max(1, area.height))
    reveal()
    for (y, line) in lines.dropFirst(offset).prefix(height).enumerated() {
      let isSelected = focused && line.id == list.selected
      let isHere = line.target != nil && line.target == here
      let mark = Span(isSelected || isHere ? "▌" : " ", isHere ? .strong : .text)
      let blank = Span(SafeText("").padded(to: line.indent))
      surface.row(
        area.row(y), left: [mark, blank] + line.left,
        right: line.right.isEmpty ? [] : line.right + [Span(" ")],
        layers: isSelected ? .selected : [])
      if isSelected { surface.cursor = area.row(y).origin }
    }
  }

  private func reveal() {
    let index = lines.firstIndex { $0.id == list.selected } ?? 0
    if index < offset { offset = index }
    if index >= offset + height { offset = index - height + 1 }
    offset = max(0, min(offset, lines.count - height))
  }

  func ability(to command: PaneCommand) -> Ability? {
    switch command {
    case .selectDown, .selectUp, .selectFirst, .selectLast, .pageDown, .pageUp, .open: .able
    default: nil
    }
  }

  func perform(_ command: PaneCommand) -> Bool { list.perform(command, in: ids) }

  func click(at point: Point) {
    guard point.y >= 0, offset + point.y < lines.count else { return }
    list.select(lines[offset + point.y].id, in: ids)
  }

  /// Whether a click there leads somewhere.
  func leads(at point: Point) -> Bool {
    lines.indices.contains(offset + point.y) && lines[offset + point.y].target != nil
  }
}
