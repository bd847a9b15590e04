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

  let scene: Scene
  private(set) var card: CardRow?
  private(set) var entries: [EntryRow] = []
  private(set) var versions = 0
  /// The runs on it as they tell it themselves, the newest first.
  private(set) var runs = CardRuns()
  private var limit = CardPane.pageSize
  private var hasOlder = false
  private var firstUnread: ObjectID?
  private var chosenQuestion: ObjectID?
  /// To be brought into sight by the next frame.
  private var revealed: ObjectID?
  private var wasStopped = false

  private var offset = 0
  private var follows = false
  private var (height, width) = (1, 80)
  private var lineCount = 0
  /// Where the next frame shall begin: for a card that has just come into sight.
  private var needsPlace = false
  /// Where cards that were shown before were left, the newest last.
  private var left: [(card: ObjectID, offset: Int, follows: Bool)] = []
  /// What is written on this card and not sent.
  var hasDraft = false
  /// The person has the card before them: what comes now is not marked as new.
  var isWatched = false
  /// The keys that its lines name.
  var keys = ThreadKeys()
  /// The newest entry that was there when the end was last in sight.
  private var seenEnd: EntryCursor?
  private var unfolded: Set<ObjectID> = []
  private var deliveries: [EventID: SafeText] = [:]
  /// Bursts of steps in sight, by their row.
  private var bursts: [Int: ObjectID] = [:]
  /// Options in sight, by their row.
  private var options: [Int: Int] = [:]

  init(_ scene: Scene) { self.scene = scene }

  var title: SafeText {
    guard let card else { return "Card" }
    return SafeText(untrusted: card.title, limit: 400)
  }

  var trailing: SafeText {
    let place: SafeText =
      lineCount <= height
      ? "" : follows ? "end" : "\(min(99, (offset + height) * 100 / max(1, lineCount)))%"
    let parts: [SafeText] = [
      wasStopped ? scene.stopped : "", hasDraft ? "draft" : "", arrived, place,
    ]
    return parts.filter { !$0.isEmpty }.reduce("") { $0.isEmpty ? $1 : "\($0) · \($1)" }
  }

  /// What has come below while the person read further up: `▼ 2 new ?1`.
  private var arrived: SafeText {
    guard !follows, let seenEnd else { return "" }
    let new = entries.reversed().prefix {
      ($0.createdAt, $0.eventID) > (seenEnd.createdAt, seenEnd.eventID)
    }.filter { $0.author != scene.me }
    guard !new.isEmpty else { return "" }
    let questions = new.count(where: \.isOpen)
    return "▼ \(new.count) new\(questions > 0 ? " ?\(questions)" : "")"
  }

  /// Its questions without an answer, those on the way included.
  var openQuestions: [EntryRow] { entries.filter(\.isOpen) }

  /// The question that digits answer: the one gone to, or the oldest that waits and has no answer
  /// on the way.
  var question: EntryRow? {
    let open = openQuestions.filter { !scene.answers.isOnTheWay($0.id) }
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
      if let card, !needsPlace {
        left.removeAll { $0.card == card.id }
        left = left.suffix(49) + [(card.id, offset, follows)]
      }
      (limit, chosenQuestion, firstUnread) = (Self.pageSize, nil, nil)
      (entries, offset, follows, needsPlace) = ([], 0, false, true)
      (seenEnd, unfolded, sought) = (nil, [], [])
      (card, runs) = (nil, CardRuns())
    }
    guard let row = scene.read({ try $0.card(id, me: scene.me) }) else {
      wasStopped = true
      return
    }
    card = row
    guard let row else { return }
    let marks = isOther || (firstUnread == nil && !isWatched)
    if marks, row.unread > 0 {
      firstUnread = scene.read { try $0.firstUnread(of: id, me: scene.me) } ?? nil
    }
    repeat {
      guard readEntries(of: id) else {
        wasStopped = true
        return
      }
    } while marks && reachFurther()
    versions = scene.read { try $0.versions(of: id).count } ?? versions
    runs = scene.read { try CardRuns(row, $0, me: self.scene.me) } ?? runs
    readDeliveries()
    if seenEnd == nil { seenEnd = entries.last?.cursor }
  }

  private func readEntries(of id: ObjectID) -> Bool {
    guard let end = scene.read({ try $0.threadEnd(of: id, limit: limit + 1) }) else { return false }
    hasOlder = end.count > limit
    // A question stands there itself: its copy is for clients that cannot show it.
    entries = EntryRow.once(end.prefix(limit).reversed())
    return true
  }

  /// What is new may begin above the newest page.
  private func reachFurther() -> Bool {
    guard let firstUnread, hasOlder, limit < Self.mostEntries,
      !entries.contains(where: { $0.id == firstUnread })
    else { return false }
    limit += Self.pageSize
    return true
  }

  /// How far the newest entries of our own have come. Of what every relay has, only answers say so.
  private func readDeliveries() {
    deliveries = [:]
    for entry in entries.reversed().lazy.filter({ $0.author == self.scene.me }).prefix(20) {
      guard let state = scene.read({ try $0.delivery(of: entry.eventID) }) ?? nil else { continue }
      let isComplete = state.complete == state.relays.count && !state.relays.isEmpty
      if isComplete, entry.kind != .answer { continue }
      let refused = state.relays.count { $0.refused > 0 }
      let refusal: SafeText = refused > 0 ? ", refused by \(refused)" : ""
      let place: SafeText =
        state.complete > 0 ? "on \(state.complete) of \(state.relays.count) relays" : "stored"
      deliveries[entry.eventID] = "\(place)\(refusal)"
    }
  }

  /// The person looks at it: everything there is now counts as read.
  func markRead() {
    guard let card, card.unread > 0 else { return }
    try? scene.workspace.desk.markRead(card.id, through: scene.newest)
    self.card = scene.read { try $0.card(card.id, me: scene.me) } ?? self.card
  }

  /// The person looks away: the line above what was new goes.
  func leave() { firstUnread = nil }

  /// Whether an order of this person to the run on the card would come to something.
  func ability(to effect: CardEffect) -> Ability { runs.ability(to: effect) }

  /// Goes to one of its questions.
  func select(_ question: ObjectID) { (chosenQuestion, revealed) = (question, question) }

  /// Words that are looked for, folded.
  var sought: [String] = []

  /// Goes to an entry, however far up it stands.
  func go(to entry: ObjectID, at cursor: EntryCursor) {
    guard let card else { return }
    while hasOlder, !entries.contains(where: { $0.id == entry }), limit < 50_000 {
      limit *= 2
      guard readEntries(of: card.id) else { break }
    }
    unfolded.insert(entry)
    (chosenQuestion, revealed) = (nil, entry)
  }

  /// Has the next frame show an entry.
  func reveal(_ entry: ObjectID) { revealed = entry }

  func draw(on surface: inout Surface, in area: Rect, focused: Bool) {
    guard let card else {
      surface.paragraph(
        scene.room == nil ? "" : "No card is chosen.", in: area.inset(dx: 1, dy: 0),
        style: Style(.dim))
      return
    }
    let (header, body) = splitHead(card, area, on: &surface)
    (height, width) = (max(1, body.height), max(8, body.width - 2))
    let lines = lines(of: card)
    lineCount = lines.count
    place(lines)
    (bursts, options) = ([:], [:])
    let shown = lines.dropFirst(offset).prefix(body.height)
    let last = shown.last { $0.run != nil }?.run
    for (y, line) in shown.enumerated() {
      if let run = line.run { bursts[header.height + y] = run }
      options[header.height + y] = line.option
      // The one that Enter unfolds.
      let hint =
        focused && line.run != nil && line.run == last ? [Span(" \(keys.fold)", .hintKey)] : []
      surface.spans(
        line.spans + hint, at: Point(x: body.x + 1, y: body.y + y), width: body.width - 1)
    }
    if focused { surface.cursor = Point(x: body.x, y: body.y) }
  }

  private func lines(of card: CardRow) -> [ThreadLine] {
    ThreadText(
      card: card, entries: entries, names: scene.names, moments: scene.moments, width: width,
      firstUnread: firstUnread, question: question?.id, hasOlder: hasOlder,
      progress: ThreadProgress(
        held: scene.answers.held(at: scene.clock.monotonic()), chosen: scene.answers.chosen,
        mark: question.map { scene.answers.mark(of: $0.id) } ?? 1,
        queued: scene.answers.queued,
        deliveries: deliveries, unfolded: unfolded, sought: sought, keys: keys)
    ).lines()
  }

  private var lastOffset: Int { max(0, lineCount - height) }
  /// The newest line was in sight in the last frame.
  var isAtEnd: Bool { follows || offset >= lastOffset }

  private func place(_ lines: [ThreadLine]) {
    if needsPlace {
      needsPlace = false
      let before = left.first { $0.card == card?.id && !$0.follows }?.offset
      offset =
        lines.firstIndex { $0.isUnreadMark }.map { max(0, $0 - 1) } ?? before ?? lastOffset
      follows = offset >= lastOffset
    } else if let chosen = revealed, let top = lines.firstIndex(where: { $0.entry == chosen }) {
      let bottom = lines.lastIndex { $0.entry == chosen } ?? top
      if top < offset || bottom >= offset + height {
        offset = max(0, min(top, bottom - height + 1))
      }
      follows = false
      revealed = nil
    } else if follows {
      offset = lastOffset
    }
    offset = max(0, min(offset, lastOffset))
    if offset == lastOffset {
      follows = true
      seenEnd = entries.last?.cursor
    }
  }

  func ability(to command: PaneCommand) -> Ability? {
    switch command {
    case .scrollDown, .scrollUp, .scrollFirst, .scrollLast, .pageDown, .pageUp:
      card == nil ? .unable(because: "no card is chosen") : .able
    case .fold:
      bursts.isEmpty ? .unable(because: "nothing in sight is folded") : .able
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
    case .fold: bursts.max { $0.key < $1.key }.map { fold($0.value) }
    default: return false
    }
    return true
  }

  /// Unfolds a run of steps, or folds it again; what is above it stays where it is.
  private func fold(_ run: ObjectID) {
    let parts = ThreadPart.parts(of: entries)
    for case .run(let entries) in parts where entries.first?.id == run {
      let ids = Set(entries.map(\.id))
      if unfolded.isDisjoint(with: ids) { unfolded.insert(run) } else { unfolded.subtract(ids) }
    }
    (revealed, follows) = (nil, false)
  }

  func scroll(by lines: Int) {
    (chosenQuestion, revealed) = (nil, nil)
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

  func option(at point: Point) -> Int? { options[point.y] }
  func click(at point: Point) { bursts[point.y].map(fold) }
}
