import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// A word that passed by at the foot of the screen.
struct Message {
  let at: Int64
  let text: SafeText
}

/// What is said at the foot of the screen: that something has come, and what was said before.
extension Shell {
  /// The newest first, so that none is missed by who looked elsewhere.
  func showMessages() {
    let lines = messages.reversed().map {
      "\(scene.moments.clock(of: $0.at).string) \($0.text.string)"
    }
    overlays.append(
      .notice(
        Notice(
          title: "Messages",
          text: SafeText(untrustedMultiline: lines.joined(separator: "\n")))))
  }

  /// After a reading: a question that has come is told of, and nothing moves. Who looks at the inbox sees it.
  func tellOfQuestions() {
    let needs = scene.inbox.needs
    defer { knownNeeds = Set(needs.map(\.question.id)) }
    guard let knownNeeds, place != .inbox, overlays.isEmpty else { return }
    let fresh = needs.filter { !knownNeeds.contains($0.question.id) }
    guard let first = fresh.first else { return }
    let keys =
      keymap.keys(for: PaneCommand.attentionNext.name, in: keyContext).map {
        "  \(Self.keyName($0)) to see" as SafeText
      } ?? ""
    guard fresh.count == 1 else { return say("\(fresh.count) questions have come\(keys)") }
    let row = InboxRow.need(first)
    let words = SafeText(untrusted: first.question.body, limit: 400).truncated(to: 60)
    say("\(row.who(scene.me)) asks on \(row.place.truncated(to: 40)): \(words)\(keys)")
  }

  /// What can be done with what is under the pointer.
  func openMenu(on id: PaneID, at point: Point, _ layout: Layout) {
    guard id != .places, let inside = layout.inside(id), inside.contains(point) else { return }
    focus(on: id)
    if id == place.list || id == .posts {
      pane(id).click(at: Point(x: point.x - inside.x, y: point.y - inside.y))
      if id == place.list { chooseAgain(onlyCard: true) }
    }
    let groups = PaneCommand.Context.here(id)
    let items = commandItems { command in
      groups.contains(command.context) && (command.context != .list || command == .open)
        && ability(to: command) == .able
    }
    guard !items.isEmpty else { return }
    overlays.append(.pick(Picker(title: pane(id).title, items: items), .found))
  }
}
