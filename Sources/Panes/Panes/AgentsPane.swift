import Nostr
import Replica
import Terminal

/// The members of the room and what lies with them.
final class AgentsPane: Pane {
  private let scene: Scene
  private var cards: [PublicKey: CardRow] = [:]
  private var list = ListState<PublicKey>()

  init(_ scene: Scene) { self.scene = scene }

  var title: SafeText { "Agents" }
  var trailing: SafeText { "\(scene.members.count)" }
  var target: Target? { list.selected.flatMap { cards[$0] }.map { .card($0.id) } }
  private var ids: [PublicKey] { scene.members.map(\.pubkey) }

  var sidebar: [SidebarRow] {
    scene.members.filter { cards[$0.pubkey] != nil }.prefix(20).map { member in
      SidebarRow(
        .agent(member.pubkey), [Span("● \(scene.names.brief(member.pubkey))", .text)])
    }
  }

  func refresh() {
    cards = [:]
    if let room = scene.room {
      let filter = CardFilter(status: "in_progress")
      for card in scene.read({ try $0.cards(room.id, filter, limit: 200, me: scene.me) }) ?? [] {
        if let who = card.assignees.first, cards[who] == nil { cards[who] = card }
      }
    }
    list.fit(ids, height: list.height)
  }

  func lead() { scene.card = list.selected.flatMap { cards[$0]?.id } }
  var selection: String? { list.selected?.hex }
  func select(_ selection: String) {
    if let key = PublicKey(hex: selection) { list.select(key, in: ids) }
  }

  func draw(on surface: inout Surface, in area: Rect, focused: Bool) {
    list.fit(ids, height: area.height)
    for (y, index) in list.visible(of: scene.members.count).enumerated() {
      let member = scene.members[index]
      draw(member, on: &surface, in: area.row(y), isSelected: member.pubkey == list.selected)
      if member.pubkey == list.selected, focused { surface.cursor = area.row(y).origin }
    }
  }

  /// The agents at work, along the bottom of large screens.
  func drawStrip(on surface: inout Surface, in area: Rect) {
    for (y, member) in scene.members.filter({ cards[$0.pubkey] != nil }).enumerated()
    where y < area.height {
      draw(member, on: &surface, in: area.row(y), isSelected: false)
    }
  }

  private func draw(
    _ member: MemberRow, on surface: inout Surface, in row: Rect, isSelected: Bool
  ) {
    let card = cards[member.pubkey]
    surface.row(
      row,
      left: [
        Span(isSelected ? "▌" : " ", isSelected ? .strong : .text),
        Span(scene.names.brief(member.pubkey).padded(to: 16), .cardAssignee),
        Span(" \(SafeText(untrusted: card?.title ?? "", limit: 400))", .text),
      ], right: [Span("\(SafeText(untrusted: member.role)) ", .dim)],
      layers: isSelected ? .selected : [])
  }

  func ability(to command: PaneCommand) -> Ability? {
    switch command {
    case .selectDown, .selectUp, .selectFirst, .selectLast, .pageDown, .pageUp:
      ids.isEmpty ? .unable(because: "nobody is here") : .able
    case .open: target == nil ? .unable(because: "nothing is in progress there") : .able
    default: nil
    }
  }

  func perform(_ command: PaneCommand) -> Bool { list.perform(command, in: ids) }

  func click(at point: Point) {
    guard list.offset + point.y < ids.count else { return }
    list.move(to: list.offset + point.y, in: ids)
  }
}
