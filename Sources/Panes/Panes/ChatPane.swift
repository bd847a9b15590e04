import Nostr
import Replica
import Studio
import Terminal

/// The channels of the room.
final class ChatPane: Pane {
  private let scene: Scene
  private var rows: [ChannelRow] = []
  private var unread: [ChannelName: Int] = [:]
  private var list = ListState<ChannelName>()

  init(_ scene: Scene) { self.scene = scene }

  var title: SafeText { "Channels" }
  var trailing: SafeText { "\(rows.count)" }
  var target: Target? { list.selected.map { .channel($0) } }
  var youngest: Int64? { rows.compactMap(\.lastPostAt).max() }
  private var ids: [ChannelName] { rows.map(\.name) }

  var badges: [Span] {
    let count = unread.values.reduce(0, +)
    return count > 0 ? [Span("•\(count)", .badgeUnread)] : []
  }

  var sidebar: [SidebarRow] {
    rows.map { row in
      let new = unread[row.name] ?? 0
      return SidebarRow(
        .channel(row.name), [Span("# \(SafeText(untrusted: row.name.text, limit: 80))", .text)],
        right: new > 0 ? [Span("•\(new)", .badgeUnread)] : [])
    }
  }

  func refresh() {
    guard let room = scene.room else {
      (rows, unread) = ([], [:])
      list.fit([], height: 1)
      return
    }
    let owner = InboxOwner(scene.me)
    rows = scene.read { try $0.channels(room.id, of: owner) } ?? rows
    if let counts = scene.read({ try $0.inboxCounts(owner) }) {
      unread = [:]
      for count in counts where count.room == room.id {
        if let channel = count.channel { unread[channel] = count.unread }
      }
    }
    list.fit(ids, height: list.height)
  }

  func lead() { scene.channel = list.selected }
  var selection: String? { list.selected?.text }
  func select(_ selection: String) {
    if let name = ChannelName(selection) { list.select(name, in: ids) }
  }

  func draw(on surface: inout Surface, in area: Rect, focused: Bool) {
    list.fit(ids, height: area.height)
    for (y, index) in list.visible(of: rows.count).enumerated() {
      let row = rows[index]
      let isSelected = row.name == list.selected
      let new = unread[row.name] ?? 0
      surface.row(
        area.row(y),
        left: [
          Span(isSelected ? "▌" : " ", isSelected ? .strong : .text),
          Span("# \(SafeText(untrusted: row.name.text, limit: 80))", .text),
        ],
        right: [
          Span(new > 0 ? "•\(new) " : "", .badgeUnread),
          Span(row.posts == 1 ? "1 post" : "\(row.posts) posts", .dim),
          Span(" \((row.lastPostAt.map(scene.moments.age) ?? "").aligned(to: 4)) ", .cardAge),
        ], layers: isSelected ? .selected : [])
      if isSelected, focused { surface.cursor = area.row(y).origin }
    }
  }

  func ability(to command: PaneCommand) -> Ability? {
    switch command {
    case .selectDown, .selectUp, .selectFirst, .selectLast, .pageDown, .pageUp, .open:
      rows.isEmpty ? .unable(because: "there is no channel") : .able
    default: nil
    }
  }

  func perform(_ command: PaneCommand) -> Bool { list.perform(command, in: ids) }

  func click(at point: Point) {
    guard list.offset + point.y < rows.count else { return }
    list.move(to: list.offset + point.y, in: ids)
  }
}
