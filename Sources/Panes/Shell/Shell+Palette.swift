import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// One finder for everything: commands `>`, channels `#`, people `@`, cards `!`, or all of them.
extension Shell {
  /// Most cards that are looked through.
  private static let mostCards = 10_000

  func openPalette() {
    var items = commandItems()
    items += viewItems
    items += placeItems
    items += peopleItems
    items += cardItems
    overlays.append(
      .pick(
        Picker(
          title: "Commands, cards, channels, people", items: items,
          legend: "> commands  # channels and tracks  @ people  ! cards"), .found))
  }

  /// What was picked, by its id.
  func found(_ id: String) {
    let parts = id.split(separator: " ", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return }
    switch parts[0] {
    case "command": PaneCommand(rawValue: parts[1]).map { perform($0) }
    case "view": go(to: .view(parts[1]))
    case "card": Int64(parts[1]).map { go(to: .card(ObjectID($0))) }
    case "track": go(to: .track(parts[1]))
    case "channel": ChannelName(parts[1]).map { go(to: .channel($0)) }
    case "person": PublicKey(hex: parts[1]).map { go(to: .agent($0)) }
    default: break
    }
  }

  typealias Item = Picker<String>.Item

  func commandItems(where fits: (PaneCommand) -> Bool = { _ in true }) -> [Item] {
    PaneCommand.allCases.filter { $0.isInPalette && fits($0) }.map { command in
      let refusal = ability(to: command).refusal
      return Item(
        "command \(command.name)", command.title, detail: allKeys(of: command), refusal: refusal,
        sigil: ">", bonus: refusal == nil ? 4 : 0,
        also: "\(command.help.string) \(command.name)")
    }
  }

  private var placeItems: [Item] {
    let tracks = scene.tracks.filter { $0.closedAt == nil }.map { track in
      let title = SafeText(untrusted: track.title.isEmpty ? track.name : track.title, limit: 200)
      return Item("track \(track.name)", "#\(title)", detail: "track", sigil: "#", bonus: 4)
    }
    let channels = scene.channels.map { channel in
      Item(
        "channel \(channel.name.text)",
        "#\(SafeText(untrusted: channel.name.text, limit: 200))", detail: "channel", sigil: "#",
        bonus: 4)
    }
    return channels + tracks
  }

  private var peopleItems: [Item] {
    scene.members.map { member in
      Item(
        "person \(member.pubkey.hex)", "@\(scene.names.signature(member.pubkey))",
        detail: scene.names.short(member.pubkey), sigil: "@", bonus: 4)
    }
  }

  private var cardItems: [Item] {
    guard let room = scene.room,
      // Once, when it opens: a little longer than a frame is no harm.
      let rows = try? workspace.reader.limited(
        toMilliseconds: 100, { try $0.cardTitles(room.id, limit: Self.mostCards) })
    else { return [] }
    let waiting = Set(scene.waiting)
    let now = clock.now()
    return rows.map { row in
      let days = max(0, now - row.updatedAt) / 86_400
      // What is new counts more, half as much with every day.
      let recency = days < 4 ? 8 >> Int(days) : 0
      let needs = waiting.contains(row.id)
      return Item(
        "card \(row.id.rawValue)", SafeText(untrusted: row.title, limit: 200),
        detail: needs ? "? waits" : SafeText(untrusted: row.short), sigil: "!",
        bonus: recency + (needs ? 6 : 0))
    }
  }
}
