import Replica
import Studio
import Terminal
import Workspace

/// A card on the board, in one line, two or three.
struct CardTile {
  let card: CardRow
  let scene: Scene
  let isSelected: Bool
  let isMarked: Bool
  /// How whoever is at it is; `nil` where nobody is expected to be.
  let presence: PresenceText?

  init(card: CardRow, scene: Scene, isSelected: Bool, isMarked: Bool) {
    self.card = card
    self.scene = scene
    self.isSelected = isSelected
    self.isMarked = isMarked
    let isOver = card.status == "done" || card.status == "archived"
    let member = isOver ? nil : scene.team.member(at: card.id)
    let isIdle = member.map { [.idle, .done].contains($0.presence.state) } ?? true
    presence = isIdle ? nil : member.map(scene.text)
  }

  private var layers: StyleLayers {
    var layers: StyleLayers = []
    if card.unread > 0 { layers.insert(.unread) }
    if isMarked { layers.insert(.marked) }
    if isSelected { layers.insert(.selected) }
    return layers
  }

  private var bar: Span { Span(isSelected ? "▌" : " ", isSelected ? .strong : .text) }
  private var isWaiting: Bool { scene.waitingSince[card.id] != nil }

  /// The run that whoever it is assigned to tells of.
  private var run: RunText? {
    guard ["open", "in_progress"].contains(card.status), let row = scene.runs.byCard[card.id],
      row.author == card.assignees.first
    else { return nil }
    return scene.text(of: row, on: card.id)
  }

  /// Waits for somebody, how whoever is at it is, has news, or how it stands.
  private var glyph: Span {
    if isMarked { return Span("*", .strong) }
    if isWaiting { return Span("?", .badgeQuestion) }
    if card.isHeld { return Span("!", .badgeTrouble) }
    if let presence { return Span(presence.glyph, presence.style) }
    if card.unread > 0 { return Span("•", .badgeUnread) }
    // The column says that it is open; its sign is that of silence.
    if card.status == "open" { return run.map { Span($0.glyph, $0.style) } ?? Span(" ") }
    let look = StatusLook(card.status)
    return Span(look.glyph, look.style)
  }

  private var title: Span {
    Span(
      SafeText(untrusted: card.title, limit: 400),
      card.status == "archived" ? .dim : .cardTitle)
  }

  private var assignee: Span {
    Span(card.assignees.first.map(scene.names.brief) ?? "unassigned", .cardAssignee)
  }

  /// Since when it waits, how long whoever is at it was not heard, or since its last change.
  private var age: Span {
    if !isWaiting, let presence { return Span(presence.detail, presence.style) }
    return Span(scene.moments.age(of: scene.waitingSince[card.id] ?? card.updatedAt), .cardAge)
  }

  private var labels: [Span] {
    card.tags.prefix(3).map { Span(" #\(SafeText(untrusted: $0, limit: 40))", .dim) }
  }

  /// What it waits for, what is being done, or what is new on it.
  private func state(_ width: Int) -> [Span] {
    if isWaiting { return [Span(width < 44 ? "waits" : "waits for an answer", .stateWaiting)] }
    if card.isHeld { return [Span(width < 44 ? "on hold" : "work ended, on hold", .badgeTrouble)] }
    if let run, run.row.record.state == .queued || !run.row.isLive || run.isLate {
      return [Span(run.isLate && run.row.isLive ? "\(run.state), late" : run.state, run.style)]
    }
    if card.unread > 0 {
      return [Span("\(card.unread.badge) new", .badgeUnread)]
    }
    guard width >= 56, let presence, !presence.words.isEmpty else { return [] }
    return [Span("“\(presence.words.truncated(to: 40))”", .dim)]
  }

  /// How far the work is and how much was done of late, as much of it as a width holds.
  private func work(_ width: Int) -> [Span] {
    guard let presence else { return [] }
    let step = presence.step.isEmpty ? [] : [Span(" \(presence.step)", .text)]
    if width >= 56 {
      let cost = run?.row.record.costUSD.map { Span(" \(RunText.dollars($0))", .dim) }
      return (cost.map { [$0] } ?? []) + [
        Span(" \(presence.step.aligned(to: 7))", .text), Span(" \(presence.spark(8))", .spark),
      ]
    }
    // A long word of how they are is worth more than the bars.
    let hasRoom = width >= 44 || presence.detail.width <= 9
    return width >= 30 && hasRoom ? step + [Span(" \(presence.spark(5))", .spark)] : step
  }

  func draw(on surface: inout Surface, in area: Rect) {
    let end = Span(" ")
    let isShort = area.height == 1
    surface.row(
      area.row(0), left: [bar, glyph, Span(" ", .text), title],
      right: isShort ? [Span(" "), age, end] : [], layers: layers)
    guard !isShort else { return }
    let rest = layers.subtracting(.unread)
    let state = state(area.width)
    let indent = Span("   ", .text)
    let between = state.isEmpty ? [] : [Span("  ", .text)] + state
    if area.height == 2 {
      surface.row(
        area.row(1), left: [bar, indent, assignee] + between + labels,
        right: work(area.width) + [Span("  "), age, end], layers: rest)
      return
    }
    surface.row(area.row(1), left: [bar, indent, assignee] + labels, layers: rest)
    let words = StatusLook(card.status).word
    let standing = state.isEmpty && presence == nil ? [Span(words, .dim)] : state
    surface.row(
      area.row(2), left: [bar, indent] + standing,
      right: work(area.width) + [Span("  "), age, end], layers: rest)
  }
}
