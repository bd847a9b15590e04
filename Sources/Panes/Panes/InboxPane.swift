import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// What needs the person: questions by what their waiting costs, then what is new. Rows that go
/// while they are looked at say what became of them and stay until the place is left.
final class InboxPane: Pane {
  let scene: Scene
  private(set) var rows: [InboxRow] = []
  private(set) var list = ListState<InboxID>()
  /// The lines of the last frame.
  var drawn = InboxLines()
  /// What became of rows that are not in the inbox any more.
  private(set) var outcomes: [InboxID: Outcome] = [:]
  /// Whether the place is in sight.
  var isShown = false
  /// Takes back what was done last to a row.
  private(set) var undo: (words: SafeText, action: () -> Void)?

  init(_ scene: Scene) { self.scene = scene }

  var title: SafeText { "Inbox" }
  var trailing: SafeText { "" }
  var youngest: Int64? { rows.map(\.at).max() }
  var nextChange: Int64? {
    rows.compactMap { $0.silence?.text(scene.moments).nextChange }.min()
  }
  var ids: [InboxID] { rows.map(\.id) }

  /// The row that is selected.
  var row: InboxRow? { list.index(in: ids).map { rows[$0] } }
  /// The question that is selected and waits for an answer that is not on its way.
  var question: EntryRow? {
    guard let row, let need = row.need, outcomes[row.id] == nil,
      !scene.answers.isOnTheWay(need.question.id)
    else { return nil }
    return need.question
  }

  var badges: [Span] {
    let badges = scene.badges
    let more: SafeText = scene.inbox.hasMoreUpdates ? "+" : ""
    func span(_ glyph: SafeText, _ count: Int, _ style: StyleName, more: SafeText = "") -> Span? {
      count == 0 ? nil : Span("\(glyph)\(count.badge)\(count > 99 ? "" : more)", style)
    }
    return [
      span("?", badges.questions, .badgeQuestion),
      span("•", badges.updates, .badgeUnread, more: more),
      span("!", badges.trouble, .badgeTrouble), span("@", badges.mentions, .badgeMention),
    ].compactMap(\.self)
  }

  /// The same for a line that has no name beside them, what presses most first.
  func badges(inWords: Bool) -> [Span] {
    let badges = scene.badges
    let more: SafeText = scene.inbox.hasMoreUpdates ? "+" : ""
    let counts: [(SafeText, Int, SafeText, StyleName)] = [
      ("?", badges.questions, badges.questions == 1 ? "question" : "questions", .badgeQuestion),
      ("!", badges.trouble, "in trouble", .badgeTrouble),
      ("@", badges.mentions, badges.mentions == 1 ? "mention" : "mentions", .badgeMention),
      ("•", badges.updates, "new", .badgeUnread),
    ]
    return counts.filter { $0.1 > 0 }.map { glyph, count, word, style in
      let number: SafeText = "\(count.badge)\(style == .badgeUnread && count < 100 ? more : "")"
      return Span(inWords ? "\(glyph)\(number) \(word)" : "\(glyph)\(number)", style)
    }
  }

  /// What waits in it by kind, whether or not there is any: a list that keeps its shape.
  var sidebar: [SidebarRow] {
    InboxGroup.allCases.map { group in
      let count = group == .questions ? scene.badges.questions : rows.count { group.holds($0) }
      return SidebarRow(
        .inbox(group), [Span(group.title, .text)],
        right: count == 0 ? [] : [Span(count.badge, .dim)])
    }
  }

  /// Selects the first row of a kind.
  func select(_ group: InboxGroup) {
    rows.first(where: group.holds).map { list.select($0.id, in: ids) }
  }

  // MARK: Rows

  func refresh() {
    let fresh =
      Self.sorted(
        scene.inbox.needs.map { .need($0) } + scene.inbox.consents.map { .consent($0) }
          + scene.inbox.failures.map { .failure($0) })
      + silences + scene.inbox.updates.map { InboxRow.update($0) }
    let here = Set(fresh.map(\.id))
    outcomes = outcomes.filter { !here.contains($0.key) }
    var gone: [InboxRow] = []
    for row in rows where !here.contains(row.id) {
      guard isShown || row.id == list.selected, let outcome = outcome(of: row) else { continue }
      outcomes[row.id] = outcome
      gone.append(row)
    }
    rows = Self.merged(fresh, gone)
    list.fit(ids, height: max(1, ids.count))
  }

  private var silences: [InboxRow] { scene.silences.map { .silence($0) } }

  /// Rows that went stand where they stood.
  private static func merged(_ fresh: [InboxRow], _ gone: [InboxRow]) -> [InboxRow] {
    guard !gone.isEmpty else { return fresh }
    let updates = (fresh + gone).compactMap(\.update).sorted { $0.seq > $1.seq }
    let silences = (fresh + gone).filter { $0.silence != nil }
    return sorted((fresh + gone).filter(\.isNeed)) + silences + updates.map { .update($0) }
  }

  /// By what their waiting costs, then the longest first.
  private static func sorted(_ needs: [InboxRow]) -> [InboxRow] {
    needs.sorted { first, second in
      let costs = (first.cost ?? 9, second.cost ?? 9)
      if costs.0 != costs.1 { return costs.0 < costs.1 }
      if first.at != second.at { return first.at < second.at }
      if let one = first.need, let other = second.need {
        return one.question.eventID < other.question.eventID
      }
      return first.id.text < second.id.text
    }
  }

  /// What the person has put out of sight by themselves, which leaves no trace.
  private(set) var setAside: Set<InboxID> = []

  /// The place is entered anew: what went is gone.
  func forget() {
    rows.removeAll { outcomes[$0.id] != nil }
    (outcomes, setAside, undo) = ([:], [], nil)
    list.fit(ids, height: max(1, ids.count))
  }

  /// Notes what was done to a row, and how it is taken back where the row's own list does that.
  func did(_ words: SafeText, to id: InboxID, isGone: Bool, undo action: (() -> Void)?) {
    if isGone {
      setAside.insert(id)
      moveOn(from: id)
      rows.removeAll { $0.id == id }
    }
    undo = action.map { action in
      (
        words,
        { [weak self] in
          self?.setAside.remove(id)
          action()
        }
      )
    }
  }

  func undoLast() -> SafeText? {
    guard let last = undo else { return nil }
    undo = nil
    last.action()
    return last.words
  }

  /// Selects the next question that waits; stays where none does.
  func moveOn(from id: InboxID) {
    guard list.selected == id, let index = list.index(in: ids) else { return }
    let waiting = rows.indices.filter { place in
      guard rows[place].isNeed, rows[place].id != id, outcomes[rows[place].id] == nil else {
        return false
      }
      return rows[place].need.map { !scene.answers.isOnTheWay($0.question.id) } ?? true
    }
    if let next = waiting.first(where: { $0 > index }) ?? waiting.first {
      list.move(to: next, in: ids)
    } else if setAside.contains(id), rows.count > 1 {
      list.move(by: index + 1 < rows.count ? 1 : -1, in: ids)
    }
  }

  // MARK: Where it leads

  var target: Target? { row?.target }

  var detail: PaneID? {
    if let row, row.silence != nil { return row.room == scene.room?.id ? .agent : .preview }
    guard let row, row.room == scene.room?.id, case .update(let update) = row else {
      return .preview
    }
    if case .card = update.subject { return .card }
    return .preview
  }

  func lead() {
    guard let row else { return }
    scene.card = row.cardID
    if let silence = row.silence { scene.member = silence.member.id }
  }

  var selection: String? { list.selected?.text }

  /// Selects a row, or the first that is about a card.
  func select(_ selection: String) {
    let id = ids.first { $0.text == selection }
    let about = rows.first { $0.cardID.map { "\($0.rawValue)" == selection } ?? false }?.id
    if let id = id ?? about { list.select(id, in: ids) }
  }

  func select(_ id: InboxID) { list.select(id, in: ids) }

  /// Whether `attention` holds anything.
  var needsAttention: Bool {
    rows.contains { outcomes[$0.id] == nil && $0.target != nil }
  }

  /// Everything that needs the person, the most pressing first: what `]` and `[` go through.
  var attention: [InboxRow] { attention(among: nil) }

  func attention(among kind: Attention?) -> [InboxRow] {
    var seen: Set<Target> = []
    return pressing(kind).filter { row in row.target.map { seen.insert($0).inserted } ?? false }
  }

  /// Selects the next of them, or the one before; which of how many it is.
  func attend(by step: Int, among kind: Attention? = nil) -> (place: Int, count: Int)? {
    let order = pressing(kind).map(\.id)
    guard !order.isEmpty else { return nil }
    let index = row.flatMap { order.firstIndex(of: $0.id) }
    let next =
      index.map { ($0 + step + order.count) % order.count } ?? (step > 0 ? 0 : order.count - 1)
    list.select(order[next], in: ids)
    return (next + 1, order.count)
  }

  private func pressing(_ kind: Attention?) -> [InboxRow] {
    let open = rows.filter { outcomes[$0.id] == nil }
    func rank(_ row: InboxRow) -> Int {
      if row.silence != nil { return 1 }
      switch row.update?.reason {
      case nil: return 0
      case .trouble?: return 1
      case .mention?, .reply?: return 2
      default: return 3
      }
    }
    let levels =
      switch kind {
      case nil: 0...3
      case .question?: 0...0
      case .unread?: 2...3
      }
    return levels.flatMap { level in open.filter { rank($0) == level } }
  }

  // MARK: Commands

  func ability(to command: PaneCommand) -> Ability? {
    switch command {
    case .selectDown, .selectUp, .selectFirst, .selectLast, .pageDown, .pageUp, .open:
      return rows.isEmpty ? .unable(because: "nothing waits for you") : .able
    case .undo:
      return scene.answers.held.isEmpty && undo != nil ? .able : nil
    case .snooze, .dismiss:
      guard let row else { return .unable(because: "nothing waits for you") }
      if outcomes[row.id] != nil { return .unable(because: "it is over") }
      return row.id.canBePutAside
        ? .able : .unable(because: "a channel is read or muted, not put aside")
    case .toggleRead:
      guard let row else { return .unable(because: "nothing is new") }
      if row.silence != nil { return .unable(because: "a silence is put aside, not read") }
      return row.isNeed
        ? .unable(because: "what waits is answered, snoozed or done") : .able
    case .markAllRead:
      return scene.inbox.updates.isEmpty ? .unable(because: "nothing is new") : .able
    default: return nil
    }
  }

  func perform(_ command: PaneCommand) -> Bool {
    guard list.perform(command, in: ids) else { return false }
    readMoreIfNeeded()
    return true
  }

  private func readMoreIfNeeded() {
    guard let index = list.index(in: ids) else { return }
    let needs = rows.count { $0.isNeed }
    let isNearEnd = index >= rows.count - 10
    let isNearNeeds = index >= needs - 10 && index < needs
    guard isNearEnd || isNearNeeds, scene.inbox.readMore(ofNeeds: isNearNeeds) else { return }
    scene.inbox.refresh(scene)
    refresh()
  }

  func click(at point: Point) {
    if let index = drawn.row(at: point.y) { list.move(to: index, in: ids) }
  }
}

/// Of what needs the person, one kind alone: `g q` and `g u`.
enum Attention: String {
  case question, unread

  init?(_ word: String?) {
    guard let kind = word.flatMap(Attention.init(rawValue:)) else { return nil }
    self = kind
  }

  /// What is said where there is none.
  var absence: SafeText {
    switch self {
    case .question: "no question waits for you"
    case .unread: "nothing is new"
    }
  }
}
