import Nostr
import Replica
import Terminal
import Workspace

/// The cards of the track, the one that changed last first. Pages are read by key as the selection
/// nears the end.
final class BoardPane: Pane {
  static let pageSize = 100
  static let mostPages = 10

  private let scene: Scene
  private(set) var rows: [CardRow] = []
  private var list = ListState<ObjectID>()
  private var pages = 1
  private var hasMore = false
  private var shownFor: Choice?
  /// How the rows were read, for the page after them.
  private var filter = CardFilter()
  private var wasStopped = false
  private var lineHeight = 1
  private var headerRows = 0

  /// What the rows were chosen by.
  private struct Choice: Equatable {
    let room: RoomID
    let track: String?
    let query: FilterQuery
  }

  init(_ scene: Scene) { self.scene = scene }

  var title: SafeText {
    guard let track = scene.track else { return "Board" }
    let title = scene.tracks.first { sameBytes($0.name, track) }?.title ?? track
    return SafeText(untrusted: title.isEmpty ? track : title, limit: 200)
  }

  var trailing: SafeText {
    let count: SafeText = hasMore ? "\(rows.count)+" : "\(rows.count)"
    let stopped: SafeText = wasStopped ? " · reading was stopped" : ""
    guard !scene.filter.isEmpty else { return "\(count)\(stopped)" }
    let tracks = scene.track.map { track in scene.tracks.filter { sameBytes($0.name, track) } }
    let all = (tracks ?? scene.tracks).reduce(0) { $0 + $1.cards }
    let fault: SafeText =
      scene.isFiltering
      ? "" : scene.filterFault.map { " · \(SafeText(untrusted: "\($0)", limit: 80))" } ?? ""
    let words = SafeText(untrusted: scene.filter, limit: 60)
    return "filter: \(words)\(fault) · \(count) of \(all)\(stopped)"
  }

  private var ids: [ObjectID] { rows.map(\.id) }
  /// The newest change among the rows in sight, whose age changes first.
  private(set) var youngest: Int64?

  func refresh() {
    wasStopped = false
    guard let room = scene.room else {
      rows = []
      list.fit([], height: 1)
      return
    }
    let applied = scene.applyFilter()
    let choice = Choice(room: room.id, track: scene.track, query: applied.query)
    filter = CardFilter(
      track: scene.track, matching: applied.condition, order: applied.query.order ?? .newest)
    if choice != shownFor { pages = 1 }
    var fresh: [CardRow] = []
    hasMore = false
    for _ in 0..<pages {
      guard let page = page(in: room.id, after: fresh.last?.cursor(in: filter.order)) else {
        wasStopped = true
        hasMore = true
        // What was read before is better than a list cut short.
        if choice == shownFor, fresh.count < rows.count { return }
        break
      }
      fresh += page
      hasMore = page.count == Self.pageSize
      guard hasMore else { break }
    }
    shownFor = choice
    rows = fresh
    list.fit(ids, height: list.height)
  }

  func lead() { scene.card = list.selected }
  var target: Target? { list.selected.map { .card($0) } }
  var selection: String? { list.selected.map { "\($0.rawValue)" } }
  func select(_ selection: String) {
    if let id = Int64(selection) { list.select(ObjectID(id), in: ids) }
  }

  private func page(in room: RoomID, after cursor: CardCursor?) -> [CardRow]? {
    scene.read {
      try $0.cards(room, filter, after: cursor, limit: Self.pageSize, me: scene.me)
    }
  }

  /// Selects a card, when it is among the rows.
  func select(_ card: ObjectID) {
    list.select(card, in: ids)
  }

  func draw(on surface: inout Surface, in area: Rect, focused: Bool) {
    let isWide = area.width >= 56
    lineHeight = isWide || area.height < 4 ? 1 : 2
    headerRows = isWide && area.height >= 5 ? 1 : 0
    let (header, body) = area.splitTop(headerRows)
    guard !rows.isEmpty else { return drawEmpty(on: &surface, in: area) }
    if headerRows > 0 { drawHeader(on: &surface, in: header) }
    list.fit(ids, height: body.height / lineHeight)
    let moments = scene.moments
    youngest = nil
    for (y, index) in list.visible(of: rows.count).enumerated() {
      let card = rows[index]
      let (_, below) = body.splitTop(y * lineHeight)
      let rect = below.splitTop(lineHeight).top
      youngest = max(youngest ?? 0, card.updatedAt)
      if isWide {
        drawWide(card, on: &surface, in: rect, moments)
      } else {
        drawNarrow(card, on: &surface, in: rect, moments)
      }
      if focused, card.id == list.selected { surface.cursor = rect.origin }
    }
  }

  private func drawEmpty(on surface: inout Surface, in area: Rect) {
    youngest = nil
    let words: SafeText =
      switch scene.room?.status {
      case nil: "No room yet. N founds one, J joins one with an invite."
      case "pending": "The room opens here when somebody admits you."
      case _ where !scene.filter.isEmpty: "No card fits the filter. Esc clears it."
      default: "No cards yet. c makes one."
      }
    surface.paragraph(words, in: area.inset(dx: 1, dy: 0), style: Style(.dim))
  }

  private func drawHeader(on surface: inout Surface, in rect: Rect) {
    surface.row(
      rect, left: [Span("    status      title", .dim)],
      right: [Span("\(SafeText("who").padded(to: 12)) msg new  age ", .dim)], style: .text)
  }

  private func marks(_ card: CardRow) -> [Span] {
    let isSelected = card.id == list.selected
    return [
      Span(isSelected ? "▌" : " ", isSelected ? .strong : .text),
      scene.waiting.contains(card.id)
        ? Span("?", .badgeQuestion) : Span(card.unread > 0 ? "•" : " ", .badgeUnread),
    ]
  }

  private func layers(_ card: CardRow) -> StyleLayers {
    var layers: StyleLayers = []
    if card.unread > 0 { layers.insert(.unread) }
    if card.id == list.selected { layers.insert(.selected) }
    return layers
  }

  private func titleText(_ card: CardRow) -> SafeText {
    SafeText(untrusted: card.title, limit: 400)
  }

  private func assignee(_ card: CardRow) -> SafeText {
    card.assignees.first.map(scene.names.brief) ?? "-"
  }

  private func drawWide(
    _ card: CardRow, on surface: inout Surface, in rect: Rect, _ moments: Moments
  ) {
    let look = StatusLook(card.status)
    let left =
      marks(card) + [
        Span("\(look.glyph) \(look.word.padded(to: 11)) ", look.style),
        Span(titleText(card), card.status == "archived" ? .dim : .cardTitle),
      ]
    let comments: SafeText = card.comments == 0 ? "" : "\(card.comments)"
    let unread: SafeText = card.unread == 0 ? "" : card.unread > 99 ? "99+" : "\(card.unread)"
    surface.row(
      rect, left: left,
      right: [
        Span("\(assignee(card).padded(to: 12)) ", .cardAssignee),
        Span("\(comments.aligned(to: 3)) ", .dim),
        Span(unread.aligned(to: 3), card.unread == 0 ? .dim : .badgeUnread),
        Span(" \(moments.age(of: card.updatedAt).aligned(to: 4)) ", .cardAge),
      ], layers: layers(card))
  }

  private func drawNarrow(
    _ card: CardRow, on surface: inout Surface, in rect: Rect, _ moments: Moments
  ) {
    let look = StatusLook(card.status)
    surface.row(
      rect.row(0),
      left: marks(card) + [
        Span("\(look.glyph) ", look.style),
        Span(titleText(card), card.status == "archived" ? .dim : .cardTitle),
      ], right: [Span("\(moments.age(of: card.updatedAt)) ", .cardAge)], layers: layers(card))
    guard rect.height > 1 else { return }
    let comments: SafeText =
      card.comments == 0 ? "" : card.comments == 1 ? " · 1 comment" : " · \(card.comments) comments"
    let unread: SafeText = card.unread == 0 ? "" : " · \(card.unread) new"
    surface.row(
      rect.row(1),
      left: [
        Span(card.id == list.selected ? "▌   " : "    ", .strong), Span(look.word, look.style),
        Span(" · \(assignee(card))", .cardAssignee), Span(comments, .dim),
        Span(unread, .badgeUnread),
      ], layers: layers(card).intersection(.selected))
  }

  func ability(to command: PaneCommand) -> Ability? {
    switch command {
    case .selectDown, .selectUp, .selectFirst, .selectLast, .pageDown, .pageUp, .open:
      rows.isEmpty ? .unable(because: "there are no cards here") : .able
    default: nil
    }
  }

  func perform(_ command: PaneCommand) -> Bool {
    guard list.perform(command, in: ids) else { return false }
    readMoreIfNeeded()
    return true
  }

  private func readMoreIfNeeded() {
    guard hasMore, pages < Self.mostPages, let index = list.index(in: ids), let shownFor,
      index >= rows.count - list.height - 10
    else { return }
    guard let page = page(in: shownFor.room, after: rows.last?.cursor(in: filter.order)) else {
      wasStopped = true
      return
    }
    pages += 1
    rows += page
    hasMore = page.count == Self.pageSize
  }

  func click(at point: Point) {
    let index = list.offset + (point.y - headerRows) / lineHeight
    guard point.y >= headerRows, index < rows.count else { return }
    list.move(to: index, in: ids)
  }
}
