import Nostr
import Replica
import Terminal

/// The tracks of the room, with how many cards lie on each.
final class TracksPane: Pane {
  private let scene: Scene
  /// By name; the empty name is all of them.
  private var list = ListState<String>(selected: "")
  private var ids: [String] = [""]

  init(_ scene: Scene) { self.scene = scene }

  var title: SafeText { "Tracks" }
  var trailing: SafeText { "\(scene.tracks.count)" }

  func refresh() {
    ids = [""] + scene.tracks.map(\.name)
    if list.selected != scene.track ?? "" { list.select(scene.track ?? "", in: ids) }
    list.fit(ids, height: list.height)
  }

  func draw(on surface: inout Surface, in area: Rect, focused: Bool) {
    list.fit(ids, height: area.height)
    for (y, index) in list.visible(of: ids.count).enumerated() {
      let row = area.row(y)
      let isSelected = ids[index] == list.selected
      let mark = Span(isSelected ? "▌" : " ", isSelected ? .strong : .text)
      surface.row(
        row, left: [mark, label(index)], right: [count(index)], layers: isSelected ? .selected : [])
      if isSelected, focused { surface.cursor = row.origin }
    }
  }

  private func label(_ index: Int) -> Span {
    guard index > 0 else { return Span("All", .strong) }
    let track = scene.tracks[index - 1]
    let title = SafeText(untrusted: track.title.isEmpty ? track.name : track.title, limit: 400)
    return Span(title, track.closedAt != nil ? .dim : .text)
  }

  /// Cards to do, of all cards.
  private func count(_ index: Int) -> Span {
    let tracks = index == 0 ? scene.tracks[...] : scene.tracks[(index - 1)..<index]
    let all = tracks.reduce(0) { $0 + $1.cards }
    let closed = tracks.reduce(0) {
      $0 + ($1.counts["done"] ?? 0) + ($1.counts["archived"] ?? 0)
    }
    return Span(closed == 0 ? "\(all) " : "\(all - closed)/\(all) ", .dim)
  }

  func ability(to command: PaneCommand) -> Ability? {
    switch command {
    case .selectDown, .selectUp, .selectFirst, .selectLast, .pageDown, .pageUp: .able
    default: nil
    }
  }

  func perform(_ command: PaneCommand) -> Bool {
    guard list.perform(command, in: ids) else { return false }
    choose()
    return true
  }

  func click(row: Int) {
    guard row < list.height, list.offset + row < ids.count else { return }
    list.move(to: list.offset + row, in: ids)
    choose()
  }

  private func choose() { scene.track = list.selected.flatMap { $0.isEmpty ? nil : $0 } }
}
