import FourA
import Nostr
import Replica
import Terminal
import Workspace

/// Everything that was typed and not sent, the newest first.
final class DraftsPane: Pane {
  /// A draft as its list shows it.
  struct Row {
    let name: String
    let text: String
    let at: Int64
    let words: SafeText
  }

  private let scene: Scene
  private(set) var rows: [Row] = []
  private var list = ListState<String>()

  init(_ scene: Scene) { self.scene = scene }

  var title: SafeText { "Drafts" }
  var trailing: SafeText { "\(rows.count)" }
  var target: Target? { list.selected.map { .draft($0) } }
  var badges: [Span] { rows.isEmpty ? [] : [Span("\(rows.count)", .dim)] }
  var youngest: Int64? { rows.first?.at }
  private var ids: [String] { rows.map(\.name) }
  var selected: Row? { rows.first { $0.name == list.selected } }

  func refresh() {
    let drafts = scene.read { try $0.drafts() }
    if let drafts {
      rows = drafts.filter { $0.text.contains { !$0.isWhitespace } }.map { draft in
        Row(
          name: draft.name, text: draft.text, at: draft.at,
          words: words(DraftTarget(draft.name)))
      }
    }
    list.fit(ids, height: list.height)
  }

  var selection: String? { list.selected }
  func select(_ selection: String) { list.select(selection, in: ids) }

  /// What a draft is for: `comment on “Retry policy”`.
  private func words(_ target: DraftTarget) -> SafeText {
    guard let address = target.address else { return target.verb }
    let title: String? =
      scene.read { reader -> String? in
        guard case .one(let object) = try reader.resolveObject(address) else { return nil }
        if let card = try reader.card(object.id) { return card.title }
        return try reader.entry(object.id)?.body
      } ?? nil
    let text = SafeText(untrusted: title ?? "something that is not here", limit: 200)
    return "\(target.verb) “\(text.truncated(to: 40))”"
  }

  func draw(on surface: inout Surface, in area: Rect, focused: Bool) {
    guard !rows.isEmpty else {
      surface.paragraph(
        "Nothing is begun and not sent. What you write stays here until it is sent.",
        in: area.inset(dx: 1, dy: 0), style: Style(.dim))
      return
    }
    list.fit(ids, height: area.height / 2)
    for (y, index) in list.visible(of: rows.count).enumerated() {
      let row = rows[index]
      let isSelected = row.name == list.selected
      let layers: StyleLayers = isSelected ? .selected : []
      let mark = Span(isSelected ? "▌" : " ", isSelected ? .strong : .text)
      surface.row(
        area.row(2 * y), left: [mark, Span(" \(row.words)", .cardTitle)],
        right: [Span("\(scene.moments.age(of: row.at)) ", .cardAge)], layers: layers)
      surface.row(
        area.row(2 * y + 1),
        left: [mark, Span("   \(SafeText(untrusted: row.text, limit: 400))", .dim)],
        layers: layers)
      if isSelected, focused { surface.cursor = area.row(2 * y).origin }
    }
  }

  func ability(to command: PaneCommand) -> Ability? {
    switch command {
    case .selectDown, .selectUp, .selectFirst, .selectLast, .pageDown, .pageUp, .open,
      .deleteDraft:
      rows.isEmpty ? .unable(because: "nothing is begun and not sent") : .able
    default: nil
    }
  }

  func perform(_ command: PaneCommand) -> Bool { list.perform(command, in: ids) }

  func click(at point: Point) {
    guard list.offset + point.y / 2 < rows.count else { return }
    list.move(to: list.offset + point.y / 2, in: ids)
  }
}

/// What the name of a draft says it is for.
struct DraftTarget {
  let verb: SafeText
  /// Of the card or question it hangs on.
  let address: String?
  let kind: String

  init(_ name: String) {
    let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    kind = String(parts[0])
    let rest = parts.count > 1 ? String(parts[1]) : nil
    let isBody = rest?.hasSuffix(":body") ?? false
    switch kind {
    case "comment": (verb, address) = ("comment on", rest)
    case "steer": (verb, address) = ("word to the run on", rest)
    case "answer": (verb, address) = ("answer to", rest)
    case "reply": (verb, address) = ("reply to", rest)
    case "post":
      let channel = rest.flatMap { $0.split(separator: " ", maxSplits: 1).dropFirst().first } ?? ""
      (verb, address) = ("post in #\(SafeText(untrusted: String(channel), limit: 80))", nil)
    case "channel.new": (verb, address) = ("new channel", nil)
    case "ask": (verb, address) = ("question on", rest)
    case "edit":
      verb = isBody ? "new text of" : "new title of"
      address = isBody ? rest.map { String($0.dropLast(5)) } : rest
    case "card": (verb, address) = (isBody ? "new card: text" : "new card: title", nil)
    case "track.new": (verb, address) = ("new track", nil)
    case "room.new": (verb, address) = (isBody ? "new room" : "new room", nil)
    case "room.join": (verb, address) = ("invite to claim", nil)
    default: (verb, address) = (SafeText(untrusted: name, limit: 60), nil)
    }
  }
}
