import Nostr
import Replica
import Terminal

/// What waits for the person: cards with open questions first, then what is new.
final class InboxPane: Pane {
  private let scene: Scene
  private var rows: [CardRow] = []
  private var list = ListState<ObjectID>()

  init(_ scene: Scene) { self.scene = scene }

  var title: SafeText { "Inbox" }
  var trailing: SafeText { "\(rows.count)" }
  var target: Target? { list.selected.map { .card($0) } }
  var youngest: Int64? { rows.map(\.updatedAt).max() }
  private var ids: [ObjectID] { rows.map(\.id) }

  var badges: [Span] {
    var badges: [Span] = []
    let questions = Set(scene.waiting).count
    if questions > 0 { badges.append(Span("?\(questions)", .badgeQuestion)) }
    if scene.unread > 0 { badges.append(Span("•\(scene.unread)", .badgeUnread)) }
    return badges
  }

  /// Everything that needs the person, the most pressing first: what `]` and `[` go through.
  var attention: [Target] {
    var seen: Set<ObjectID> = []
    return scene.waiting.filter { seen.insert($0).inserted }.map { .card($0) }
  }

  func refresh() {
    guard let room = scene.room else {
      rows = []
      list.fit([], height: 1)
      return
    }
    var seen: Set<ObjectID> = []
    let fresh = scene.read { reader in
      try scene.waiting.filter { seen.insert($0).inserted }
        .compactMap { try reader.card($0, me: self.scene.me) }
        + reader.cards(
          room.id, CardFilter(matching: .unread(.atLeast, 1)), limit: 100, me: self.scene.me
        ).filter { seen.insert($0.id).inserted }
    }
    if let fresh { rows = fresh }
    list.fit(ids, height: list.height)
  }

  func lead() { scene.card = list.selected }
  var selection: String? { list.selected.map { "\($0.rawValue)" } }
  func select(_ selection: String) {
    if let id = Int64(selection) { list.select(ObjectID(id), in: ids) }
  }

  func draw(on surface: inout Surface, in area: Rect, focused: Bool) {
    guard !rows.isEmpty else {
      let words: SafeText = scene.room == nil ? "No room yet." : "Nothing waits for you."
      surface.paragraph(words, in: area.inset(dx: 1, dy: 0), style: Style(.dim))
      return
    }
    list.fit(ids, height: area.height)
    for (y, index) in list.visible(of: rows.count).enumerated() {
      let card = rows[index]
      let isSelected = card.id == list.selected
      let waits = scene.waiting.contains(card.id)
      surface.row(
        area.row(y),
        left: [
          Span(isSelected ? "▌" : " ", isSelected ? .strong : .text),
          Span(waits ? "? " : "• ", waits ? .badgeQuestion : .badgeUnread),
          Span(SafeText(untrusted: card.title, limit: 400), .cardTitle),
        ],
        right: [
          Span(card.assignees.first.map(scene.names.brief) ?? "-", .cardAssignee),
          Span(" \(scene.moments.age(of: card.updatedAt).aligned(to: 4)) ", .cardAge),
        ], layers: isSelected ? .selected : [])
      if isSelected, focused { surface.cursor = area.row(y).origin }
    }
  }

  func ability(to command: PaneCommand) -> Ability? {
    switch command {
    case .selectDown, .selectUp, .selectFirst, .selectLast, .pageDown, .pageUp, .open:
      rows.isEmpty ? .unable(because: "nothing waits for you") : .able
    default: nil
    }
  }

  func perform(_ command: PaneCommand) -> Bool { list.perform(command, in: ids) }

  func click(at point: Point) {
    guard list.offset + point.y < rows.count else { return }
    list.move(to: list.offset + point.y, in: ids)
  }
}
