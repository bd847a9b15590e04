import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// The channels of the room: those that are followed, then the others, each by name.
final class ChatPane: Pane {
  private let scene: Scene
  private var list = ListState<ChannelName>()
  /// A channel without a post, which the first one makes.
  private var fresh: ChannelName?

  init(_ scene: Scene) { self.scene = scene }

  var title: SafeText { "Channels" }

  var trailing: SafeText { "\(scene.channels.count)" }

  var badges: [Span] {
    let mentions = scene.channels.reduce(0) { $0 + $1.mentions }
    let unread = scene.channels.reduce(0) { $0 + $1.unread }
    return (mentions > 0 ? [Span("@\(mentions.badge)", .badgeMention)] : [])
      + (unread > 0 ? [Span("•\(unread.badge)", .badgeUnread)] : [])
  }

  /// The channels that are followed, and those where something waits.
  var sidebar: [SidebarRow] {
    rows.filter { $0.isSubscribed || $0.unread > 0 || $0.name == .general }.map { row in
      let name = SafeText(untrusted: row.name.text, limit: 80)
      let badges = Self.badges(of: row)
      return SidebarRow(
        .channel(row.name), [Span("# \(name)", row.isMuted && row.unread == 0 ? .dim : .text)],
        right: Array(badges.map { [$0] }.joined(separator: [Span(" ")])))
    }
  }

  private static func badges(of row: ChannelSummary) -> [Span] {
    (row.mentions > 0 ? [Span("@\(row.mentions.badge)", .badgeMention)] : [])
      + (row.unread > 0 ? [Span("•\(row.unread.badge)", .badgeUnread)] : [])
  }

  /// The channels, and the one that the next post makes.
  private var rows: [ChannelSummary] {
    guard let fresh, !scene.channels.contains(where: { $0.name == fresh }) else {
      return scene.channels
    }
    return scene.channels + [ChannelSummary(name: fresh)]
  }
  private var ids: [ChannelName] { rows.map(\.name) }
  var youngest: Int64? { scene.channels.compactMap(\.lastPostAt).max() }
  var target: Target? { list.selected.map { .channel($0) } }

  /// The channel that commands are about.
  var channel: ChannelSummary? { rows.first { $0.name == scene.channel } }

  func lead() { scene.channel = list.selected }
  var selection: String? { list.selected?.text }

  /// Chooses a channel, also one that nobody has posted in.
  func select(_ selection: String) {
    guard let name = ChannelName(selection) else { return }
    if !ids.contains(name) { fresh = name }
    list.select(name, in: ids)
  }

  func refresh() {
    if let fresh, scene.channels.contains(where: { $0.name == fresh }) { self.fresh = nil }
    list.fit(ids, height: list.height)
  }

  func draw(on surface: inout Surface, in area: Rect, focused: Bool) {
    guard scene.room != nil else { return }
    list.fit(ids, height: area.height)
    let (moments, rows) = (scene.moments, rows)
    for (y, index) in list.visible(of: ids.count).enumerated() {
      let channel = rows[index]
      let row = area.row(y)
      let isSelected = channel.name == list.selected
      surface.row(
        row, left: left(channel, isSelected), right: right(channel, moments, area.width),
        layers: isSelected ? .selected : [])
      if isSelected, focused { surface.cursor = row.origin }
    }
  }

  private func left(_ channel: ChannelSummary, _ isSelected: Bool) -> [Span] {
    let name = SafeText(untrusted: channel.name.text, limit: 200)
    let isQuiet = channel.isMuted || !channel.isSubscribed
    let style: StyleName = isQuiet && channel.unread == 0 ? .dim : .text
    var spans = [
      Span(isSelected ? "▌" : " ", isSelected ? .strong : .text), Span("# ", .dim),
      Span(name, channel.unread > 0 ? .strong : style),
    ]
    if channel.isMuted { spans.append(Span(" muted", .dim)) }
    return spans
  }

  private func right(
    _ channel: ChannelSummary, _ moments: Moments, _ width: Int
  ) -> [Span] {
    var spans = Self.badges(of: channel).flatMap { [$0, Span(" ")] }
    if width >= 24 {
      let age = channel.lastPostAt.map(moments.age) ?? "-"
      spans.append(Span("\(age.aligned(to: 4)) ", .cardAge))
    }
    return spans
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
