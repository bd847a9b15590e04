import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// The cards of the track in columns, the one that changed last first. Pages are read by key as the
/// selection nears a column's end.
final class BoardPane: Pane {
  let scene: Scene
  var columns: [BoardColumn] = BoardColumn.Kind.usual.map { BoardColumn(kind: $0) }
  private(set) var current = 0
  /// The first column in sight, where not all fit.
  var firstColumn = 0
  /// One column at a time, under a strip of all of them.
  var isSingle = false
  /// The cards that commands are about, when there are any.
  private(set) var marked = Marks()
  /// Where the last frame put things.
  var spots = Spots()
  var youngest: Int64?
  var nextChange: Int64?
  private var shownFor: Choice?
  /// A card that the person moved: wherever it goes from there, the selection goes with it, until they choose anew.
  private var followed: ObjectID?
  /// How the rows were read, for the page after them.
  private var filter = CardFilter()
  private(set) var wasStopped = false

  /// What the rows were chosen by.
  private struct Choice: Equatable {
    let room: RoomID
    let track: String?
    let query: FilterQuery
  }

  /// Where columns and cards are, inside the pane.
  struct Spots {
    var columns: [(x: Range<Int>, column: Int)] = []
    var strip: [(x: Range<Int>, column: Int)] = []
    var firstRow = 0
    var cardHeight = 1
  }

  init(_ scene: Scene) { self.scene = scene }

  /// Every card that was read, column by column.
  var rows: [CardRow] { columns.flatMap(\.rows) }
  var count: Int { columns.reduce(0) { $0 + $1.count } }

  /// The track, in words.
  var trackTitle: SafeText? {
    guard let track = scene.track else { return nil }
    let title = scene.tracks.first { sameBytes($0.name, track) }?.title ?? track
    return SafeText(untrusted: title.isEmpty ? track : title, limit: 200)
  }

  var title: SafeText { trackTitle.map { "Board: \($0)" } ?? "Board" }

  var trailing: SafeText {
    let stopped: SafeText = wasStopped ? " · \(scene.stopped)" : ""
    let range: SafeText = marked.isSelecting ? "range: " : ""
    let marks: SafeText = marked.isEmpty ? "" : "\(range)\(marked.count) marked · "
    guard !scene.filter.isEmpty else {
      let waiting = columns.reduce(0) { sum, column in
        sum + column.rows.count { scene.waitingSince[$0.id] != nil }
      }
      let words: SafeText = waiting > 0 ? " · \(waiting) waiting" : ""
      return "\(marks)\(count == 1 ? "1 card" : "\(count) cards")\(words)\(stopped)"
    }
    let tracks = scene.track.map { track in scene.tracks.filter { sameBytes($0.name, track) } }
    let all = (tracks ?? scene.tracks).reduce(0) { $0 + $1.cards }
    let fault: SafeText =
      scene.isFiltering
      ? "" : scene.filterFault.map { " · \(SafeText(untrusted: "\($0)", limit: 80))" } ?? ""
    let words = SafeText(untrusted: scene.filter, limit: 60)
    return "\(marks)filter: \(words)\(fault) · \(count) of \(all)\(stopped)"
  }

  // MARK: Reading

  /// Reads all of it, or leaves all as it was where reading gave way to a key: a card that has moved is never in two
  /// columns, nor in none.
  func refresh() {
    let before = (columns, current, firstColumn, marked, followed, shownFor, filter, wasStopped)
    readAgain()
    guard scene.workspace.reader.gaveWay else { return }
    (columns, current, firstColumn, marked, followed, shownFor, filter, wasStopped) = before
  }

  private func readAgain() {
    wasStopped = false
    guard let room = scene.room else {
      columns = BoardColumn.Kind.usual.map { BoardColumn(kind: $0) }
      return
    }
    let applied = scene.applyFilter()
    let choice = Choice(room: room.id, track: scene.track, query: applied.query)
    let isOther = choice != shownFor
    filter = CardFilter(
      track: scene.track, matching: applied.condition, order: applied.query.order ?? .newest)
    let selected = isOther ? nil : columns[current].list.selected
    arrange(isOther: isOther)
    for index in columns.indices { read(index, in: room.id, isOther: isOther) }
    marked.keep(Set(rows.map(\.id)))
    shownFor = choice
    if isOther { chooseColumn() }
    follow(selected)
  }

  /// The usual columns, and one for every other status that cards of the track have.
  private func arrange(isOther: Bool) {
    let tracks = scene.tracks.filter { track in
      scene.track.map { sameBytes($0, track.name) } ?? true
    }
    let known = Set(BoardColumn.Kind.usual.map(\.status.rawValue))
    var others = Set(tracks.flatMap { $0.counts.keys }).subtracting(known)
    others.remove(CardStatus.deleted.rawValue)
    let order = others.sorted { ($0 != "archived" ? 1 : 0, $0) < ($1 != "archived" ? 1 : 0, $1) }
    let kinds =
      BoardColumn.Kind.usual + order.prefix(8).map { .status(CardStatus(rawValue: $0)) }
    guard kinds != columns.map(\.kind) else { return }
    let before = columns[current].kind
    columns = kinds.map { kind in
      columns.first { $0.kind == kind } ?? BoardColumn(kind: kind)
    }
    current = columns.firstIndex { $0.kind == before } ?? min(current, columns.count - 1)
  }

  private func read(_ index: Int, in room: RoomID, isOther: Bool) {
    var column = columns[index]
    if isOther { (column.pages, column.list) = (1, ListState()) }
    let own = narrowed(to: column.kind)
    var fresh: [CardRow] = []
    column.hasMore = false
    for _ in 0..<column.pages {
      guard let page = page(own, in: room, after: fresh.last) else {
        wasStopped = true
        // What was read before is better than a list cut short.
        if !isOther, fresh.count < column.rows.count { fresh = column.rows }
        column.hasMore = true
        break
      }
      fresh += page
      column.hasMore = page.count == BoardColumn.pageSize
      guard column.hasMore else { break }
    }
    column.rows = fresh
    column.count =
      column.hasMore
      ? scene.read { try $0.cardCount(room, own, limit: BoardColumn.mostCounted, me: scene.me) }
        ?? max(column.count, fresh.count) : fresh.count
    column.list.fit(column.ids, height: column.list.height)
    columns[index] = column
  }

  private func narrowed(to kind: BoardColumn.Kind) -> CardFilter {
    var own = filter
    own.condition = .all([kind.condition, filter.condition])
    return own
  }

  private func page(_ filter: CardFilter, in room: RoomID, after last: CardRow?) -> [CardRow]? {
    scene.read {
      try $0.cards(
        room, filter, after: last?.cursor(in: filter.order), limit: BoardColumn.pageSize,
        me: scene.me)
    }
  }

  /// Begins where a question waits, else where work is, else where there is anything.
  private func chooseColumn() {
    firstColumn = 0
    let waits = columns.firstIndex { column in
      column.rows.contains { scene.waitingSince[$0.id] != nil }
    }
    let doing = columns.firstIndex { $0.kind == .status(.inProgress) && !$0.rows.isEmpty }
    current = waits ?? doing ?? columns.firstIndex { !$0.rows.isEmpty } ?? 0
    guard let waits else { return }
    let first = columns[waits].rows.first { scene.waitingSince[$0.id] != nil }
    if let first { columns[waits].list.select(first.id, in: columns[waits].ids) }
  }

  /// What the person moved takes the selection along, and so does the last card of a column.
  private func follow(_ selected: ObjectID?) {
    guard let selected, !columns[current].rows.contains(where: { $0.id == selected }) else {
      return
    }
    if followed == selected {
      select(selected)
    } else {
      if columns[current].rows.isEmpty { select(selected) }
      followed = nil
    }
  }

  /// Reads the next page when the end is near; `false` when there was nothing to do.
  private func readMoreIfNeeded() -> Bool {
    let column = columns[current]
    guard column.hasMore, column.pages < BoardColumn.mostPages, let shownFor,
      let index = column.list.index(in: column.ids),
      index >= column.rows.count - column.list.height - 10
    else { return false }
    guard
      let page = page(narrowed(to: column.kind), in: shownFor.room, after: column.rows.last)
    else {
      wasStopped = true
      return false
    }
    columns[current].pages += 1
    columns[current].rows += page
    columns[current].hasMore = page.count == BoardColumn.pageSize
    return true
  }

  // MARK: Selection

  var selected: CardRow? { columns[current].selected }
  /// The cards that a command is about: the marked ones, or the selected one.
  var chosen: [CardRow] {
    marked.isEmpty ? selected.map { [$0] } ?? [] : rows.filter { marked.contains($0.id) }
  }

  func lead() { scene.card = columns[current].list.selected }
  var target: Target? { selected.map { .card($0.id) } }
  var selection: String? { columns[current].list.selected.map { "\($0.rawValue)" } }

  func select(_ selection: String) {
    if let id = Int64(selection) { select(ObjectID(id)) }
  }

  /// Selects a card, when it is among the rows.
  func select(_ card: ObjectID) {
    guard let index = columns.firstIndex(where: { $0.rows.contains { $0.id == card } }) else {
      return
    }
    current = index
    columns[index].list.select(card, in: columns[index].ids)
  }

  /// The card leaves for another column soon; whoever has got it may move it on at once.
  func willMove(_ card: ObjectID) { followed = card }

  /// The column beside that of a card, to which it can go by a change of status.
  func neighbour(of card: CardRow, by step: Int) -> BoardColumn.Kind? {
    guard let index = columns.firstIndex(where: { $0.kind == BoardColumn.Kind(card) }) else {
      return nil
    }
    let lifecycle = columns.map(\.kind) + [.status(.archived)]
    let next = index + step
    guard lifecycle.indices.contains(next), lifecycle[next].status.isLifecycle else { return nil }
    return lifecycle[next]
  }

  func forgetMarks() { marked.forget() }

  /// Ends a range that follows the selection; `false` where there is none.
  func endRange() -> Bool { marked.endRange() }

  func ability(to command: PaneCommand) -> Ability? {
    switch command {
    case .selectDown, .selectUp, .selectFirst, .selectLast, .pageDown, .pageUp, .open:
      columns[current].rows.isEmpty ? .unable(because: "there are no cards here") : .able
    case .columnNext:
      current + 1 < columns.count ? .able : .unable(because: "this is the last column")
    case .columnPrevious: current > 0 ? .able : .unable(because: "this is the first column")
    case .mark, .markAll, .selectRange, .extend:
      rows.isEmpty ? .unable(because: "there are no cards here") : .able
    default: nil
    }
  }

  func perform(_ command: PaneCommand) -> Bool {
    followed = nil
    switch command {
    case .columnNext: goToColumn(current + 1)
    case .columnPrevious: goToColumn(current - 1)
    case .mark: mark()
    case .markAll: marked.toggleAll(Set(columns[current].ids))
    case .selectRange: selected.map { marked.toggleRange(at: $0.id) }
    default: return move(command, extending: false)
    }
    return true
  }

  /// A range is one of a column.
  private func goToColumn(_ index: Int) {
    _ = marked.endRange()
    current = max(0, min(columns.count - 1, index))
  }

  private func move(_ command: PaneCommand, extending: Bool) -> Bool {
    guard columns[current].list.perform(command, in: columns[current].ids) else { return false }
    while readMoreIfNeeded(), command == .selectLast {
      columns[current].list.moveToLast(in: columns[current].ids)
    }
    if let selected { marked.reach(selected.id, in: columns[current].ids, extending: extending) }
    return true
  }

  /// Marks from where the selection is to where it goes.
  func extend(_ command: PaneCommand) {
    followed = nil
    guard let selected else { return }
    marked.extend(from: selected.id)
    _ = move(command, extending: true)
  }

  private func mark() {
    guard let id = selected?.id else { return }
    marked.toggle(id)
    columns[current].list.move(by: 1, in: columns[current].ids)
  }

  /// The column under a cell, its name above a single one included.
  func column(at point: Point) -> BoardColumn.Kind? {
    let hits = point.y == 0 && !spots.strip.isEmpty ? spots.strip : spots.columns
    return hits.first { $0.x.contains(point.x) }.map { columns[$0.column].kind }
  }

  /// The card under a cell.
  func card(at point: Point) -> CardRow? {
    guard point.y >= spots.firstRow,
      let hit = spots.columns.first(where: { $0.x.contains(point.x) })
    else { return nil }
    let column = columns[hit.column]
    let index = column.list.offset + (point.y - spots.firstRow) / spots.cardHeight
    return column.rows.indices.contains(index) ? column.rows[index] : nil
  }

  func click(at point: Point) {
    followed = nil
    _ = marked.endRange()
    if let hit = spots.strip.first(where: { $0.x.contains(point.x) }), point.y == 0 {
      current = hit.column
      return
    }
    guard let hit = spots.columns.first(where: { $0.x.contains(point.x) }) else { return }
    current = hit.column
    let column = columns[hit.column]
    let index = column.list.offset + (point.y - spots.firstRow) / spots.cardHeight
    guard point.y >= spots.firstRow, column.rows.indices.contains(index) else { return }
    columns[hit.column].list.move(to: index, in: column.ids)
  }
}
