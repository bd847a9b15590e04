import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// The chosen card and its thread. Stays where the person reads; follows only when the end was in
/// sight.
final class CardPane: Pane {
  static let pageSize = 200
  static let mostEntries = 2_000

  private let scene: Scene
  private(set) var card: CardRow?
  private(set) var entries: [EntryRow] = []
  private var versions = 0
  private var limit = CardPane.pageSize
  private var hasOlder = false
  private var firstUnread: ObjectID?
  private var chosenQuestion: ObjectID?
  private var wasStopped = false

  private var offset = 0
  private var follows = false
  private var (height, width) = (1, 80)
  private var lineCount = 0
  /// Where the next frame shall begin: for a card that has just come into sight.
  private var needsPlace = false
  /// What is written on this card and not sent.
  var hasDraft = false

  init(_ scene: Scene) { self.scene = scene }

  var title: SafeText {
    guard let card else { return "Card" }
    return SafeText(untrusted: card.title, limit: 400)
  }

  var trailing: SafeText {
    let more: SafeText = wasStopped ? "reading was stopped · " : ""
    let draft: SafeText = hasDraft ? "draft · " : ""
    let place: SafeText =
      lineCount <= height
      ? "" : follows ? "end" : "\(min(99, (offset + height) * 100 / max(1, lineCount)))%"
    return "\(more)\(draft)\(place)"
  }

  /// The question that digits answer: the one gone to, or the oldest that waits.
  var question: EntryRow? {
    let open = entries.filter { $0.kind == .question && !$0.isAnswered }
    return open.first { $0.id == chosenQuestion } ?? open.first
  }

  func refresh() {
    wasStopped = false
    guard let id = scene.card else {
      card = nil
      entries = []
      return
    }
    let isOther = id != card?.id
    if isOther {
      (limit, chosenQuestion, firstUnread) = (Self.pageSize, nil, nil)
      (entries, offset, follows, needsPlace) = ([], 0, false, true)
      card = nil
    }
    guard let row = scene.read({ try $0.card(id, me: scene.me) }) else {
      wasStopped = true
      return
    }
    card = row
    guard row != nil, let end = scene.read({ try $0.threadEnd(of: id, limit: limit + 1) }) else {
      wasStopped = row != nil
      return
    }
    hasOlder = end.count > limit
    entries = Array(end.prefix(limit).reversed())
    versions = scene.read { try $0.versions(of: id).count } ?? versions
    if isOther || firstUnread == nil { markFirstUnread() }
  }

  /// Where what others wrote since the last look begins.
  private func markFirstUnread() {
    guard let card, card.unread > 0 else { return }
    let others = entries.filter { !$0.isStatusChange && $0.author != scene.me }
    firstUnread = others.suffix(card.unread).first?.id
  }

  /// The person looks at it: everything there is now counts as read.
  func markRead() {
    guard let card, card.unread > 0 else { return }
    try? scene.workspace.desk.markRead(card.id, through: scene.newest)
    self.card = scene.read { try $0.card(card.id, me: scene.me) } ?? self.card
  }

  /// The person looks away: the line above what was new goes.
  func leave() { firstUnread = nil }

  /// Goes to one of its questions.
  func select(_ question: ObjectID) { chosenQuestion = question }

  func draw(on surface: inout Surface, in area: Rect, focused: Bool) {
    guard let card else {
      surface.paragraph(
        scene.room == nil ? "" : "No card is chosen.", in: area.inset(dx: 1, dy: 0),
        style: Style(.dim))
      return
    }
    let (header, body) = area.splitTop(area.height >= 4 ? 2 : 0)
    if !header.isEmpty {
      drawHeader(card, on: &surface, in: header.row(0))
      surface.rule(header.row(1))
    }
    (height, width) = (max(1, body.height), max(8, body.width - 2))
    let lines = lines(of: card)
    lineCount = lines.count
    place(lines)
    for (y, line) in lines.dropFirst(offset).prefix(body.height).enumerated() {
      surface.spans(line.spans, at: Point(x: body.x + 1, y: body.y + y), width: body.width - 1)
    }
    if focused { surface.cursor = Point(x: body.x, y: body.y) }
  }

  private func lines(of card: CardRow) -> [ThreadLine] {
    ThreadText(
      card: card, entries: entries, names: scene.names, moments: scene.moments, width: width,
      firstUnread: firstUnread, question: question?.id, hasOlder: hasOlder
    ).lines()
  }

  private var lastOffset: Int { max(0, lineCount - height) }

  private func place(_ lines: [ThreadLine]) {
    if needsPlace {
      needsPlace = false
      offset = lines.firstIndex { $0.isUnreadMark }.map { max(0, $0 - 1) } ?? lastOffset
      follows = offset >= lastOffset
    } else if let chosen = chosenQuestion, let top = lines.firstIndex(where: { $0.entry == chosen })
    {
      let bottom = lines.lastIndex { $0.entry == chosen } ?? top
      if top < offset || bottom >= offset + height {
        offset = max(0, min(top, bottom - height + 1))
      }
      follows = false
    } else if follows {
      offset = lastOffset
    }
    offset = max(0, min(offset, lastOffset))
    if offset == lastOffset { follows = true }
  }

  private func drawHeader(_ card: CardRow, on surface: inout Surface, in rect: Rect) {
    let look = StatusLook(card.status)
    let assignee = card.assignees.first.map(scene.names.brief) ?? "nobody"
    var right: SafeText =
      "by \(scene.names.brief(card.author)) \(scene.moments.age(of: card.createdAt))"
    if versions > 1 { right = "\(versions) versions · \(right)" }
    surface.row(
      rect,
      left: [
        Span(" \(look.glyph) \(look.word)", look.style), Span(" · \(assignee)", .cardAssignee),
        Span(" · \(SafeText(untrusted: card.track, limit: 80))", .cardTrack),
      ], right: [Span("\(right) ", .dim)], style: .text)
  }

  func ability(to command: PaneCommand) -> Ability? {
    switch command {
    case .scrollDown, .scrollUp, .scrollFirst, .scrollLast, .pageDown, .pageUp:
      card == nil ? .unable(because: "no card is chosen") : .able
    default: nil
    }
  }

  func perform(_ command: PaneCommand) -> Bool {
    switch command {
    case .scrollDown: scroll(by: 1)
    case .scrollUp: scroll(by: -1)
    case .scrollFirst: scroll(by: -lineCount)
    case .scrollLast: scroll(by: lineCount)
    case .pageDown: scroll(by: max(1, height - 1))
    case .pageUp: scroll(by: -max(1, height - 1))
    default: return false
    }
    return true
  }

  func scroll(by lines: Int) {
    chosenQuestion = nil
    if lines < 0, offset == 0, hasOlder, limit < Self.mostEntries {
      let before = lineCount
      limit += Self.pageSize
      refresh()
      // What was at the top stays there.
      if let card {
        lineCount = self.lines(of: card).count
        offset = max(0, lineCount - before)
      }
    }
    offset = max(0, min(offset + lines, lastOffset))
    follows = offset == lastOffset
  }

  func click(row: Int) {}
}
