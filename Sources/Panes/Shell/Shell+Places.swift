import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// Where the person is, and the ways from there.
extension Shell {
  /// The pane that the place is about.
  var list: any Pane { pane(place.list) }

  /// The pane beside it.
  var detail: PaneID? { place.detail == nil ? nil : list.detail ?? place.detail }

  /// The layout of a size, as things stand.
  func layout(of size: Size) -> Layout? {
    Layout(
      size, place: place, focus: focus, zoomed: isZoomed, detail: detail, hiding: hiding,
      sizes: sizes(of: place))
  }

  /// What the person gave to the panes of a place.
  func sizes(of place: Place) -> Layout.Sizes {
    var sizes = sizes[place] ?? Layout.Sizes()
    sizes.places = sidebarWidth
    return sizes
  }

  /// Whether a pane is in sight.
  func isInSight(_ pane: PaneID) -> Bool { size.flatMap(layout(of:))?.panes[pane] != nil }

  func focus(on id: PaneID) {
    guard id != focus else { return }
    if focus == .card { card.leave() }
    focus = id
    // What is looked at counts as read.
    setNeedsReading(.details)
    stateChanged()
  }

  /// The panes that Tab goes through.
  private var round: [PaneID] {
    let isWide = size.map { $0.columns >= 100 } ?? false
    let side: [PaneID] = (isWide && !hiding.contains(.places)) || focus == .places ? [.places] : []
    return side + [place.list] + (detail.map { [$0] } ?? [])
  }

  func step(by step: Int) {
    let all = round
    let index = all.firstIndex(of: focus) ?? 0
    focus(on: all[(index + step + all.count) % all.count])
  }

  /// `pane.focus`: a pane of this place, or the place that a pane stands for.
  func focus(named name: String) {
    guard let id = PaneID(rawValue: name) else { return }
    if id == .places || id == place.list || id == detail {
      focus(on: id)
    } else if let place = Place.allCases.first(where: { $0.list == id }) {
      go(to: .place(place))
    } else {
      go(to: .place(.chat))
      focus(on: .posts)
    }
  }

  func hidePane() {
    let side: Layout.Hiding = focus == .places ? .places : .detail
    if hiding.isEmpty {
      hiding.insert(side)
      if focus != place.list { focus(on: place.list) }
      say(side == .places ? "the sidebar is hidden" : "the details are hidden")
    } else {
      hiding = []
      say("everything is shown")
    }
    stateChanged()
  }

  // MARK: Going

  /// Goes where a target leads, and remembers where this was.
  func go(to target: Target) {
    let before = spot
    switch target {
    case .place(let place):
      if place == .inbox, self.place != .inbox { inbox.forget() }
      enter(place)
    case .inbox(let group):
      if place != .inbox { inbox.forget() }
      enter(.inbox)
      inbox.select(group)
      chooseAgain(onlyCard: true)
    case .card(let id): open(id)
    case .track(let name):
      scene.track = name
      enter(.board)
    case .channel(let name):
      scene.channel = name
      enter(.chat)
      chat.select(name.text)
      chooseAgain()
      if isNarrow { focus(on: .posts) }
    case .post(let id): return goToPost(id)
    case .view(let name): openView(name)
    case .draft(let name): openDraft(name)
    case .agent(let key):
      agents.showsProblems = false
      enter(.agents)
      agents.select(key.hex)
      chooseAgain()
    }
    if !spot.isSame(as: before) { history.leave(before) }
    stateChanged()
  }

  private var isNarrow: Bool { size.map { $0.columns < 100 } ?? true }

  /// Shows a place, as it was left.
  func enter(_ place: Place) {
    if focus == .card { card.leave() }
    if self.place == .chat, place != .chat { posts.leave() }
    self.place = place
    focus = place.list
    inbox.isShown = place == .inbox
    setNeedsReading(.details.union(.board))
    readIfNeeded()
    if let selection = keptSelections.removeValue(forKey: place) {
      list.select(selection)
      chooseAgain(onlyCard: true)
    }
  }

  /// Opens a card: beside the list where that is in sight, else in its own place.
  private func open(_ id: ObjectID) {
    if detail == .card, !isNarrow, !hiding.contains(.detail), scene.card == id, !isZoomed {
      return focus(on: .card)
    }
    scene.card = id
    enter(.card)
  }

  /// Brings a card into sight wherever that is possible, without opening it.
  func show(_ id: ObjectID) {
    setNeedsRefresh()
    readIfNeeded()
    guard place == .board else { return go(to: .card(id)) }
    if !board.rows.contains(where: { $0.id == id }) {
      (scene.track, scene.filter) = (nil, "")
      board.refresh()
    }
    board.select(id)
    chooseAgain(onlyCard: true)
  }

  // MARK: Out and back

  /// What Esc would leave.
  enum WayOut { case range, filter, zoom, detail, card }

  var wayOut: WayOut? {
    if place == .board, focus == .board {
      if board.marked.isSelecting { return .range }
      if !scene.filter.isEmpty { return .filter }
    }
    if isZoomed { return .zoom }
    if focus != place.list { return .detail }
    return place == .card ? .card : nil
  }

  /// One level out; never loses anything.
  func goBack() {
    switch wayOut {
    case .range: _ = board.endRange()
    case .filter:
      scene.filter = ""
      chooseAgain()
    case .zoom: isZoomed = false
    case .detail: focus(on: place.list)
    case .card: leaveCard()
    case nil: break
    }
    stateChanged()
  }

  /// The place was opened from another one, to which closing it leads.
  var isOnTop: Bool { place == .card && !history.back.isEmpty }

  /// Back to the list from which cards were opened.
  func leaveCard() {
    var here = spot
    while let before = history.goBack(from: here) {
      here = before
      if here.place != .card { return travel(here) }
    }
    go(to: .place(.board))
  }

  func goBackInHistory() { travel(history.goBack(from: spot)) }
  func goForwardInHistory() { travel(history.goForward(from: spot)) }

  /// Where the person is.
  var spot: Spot {
    Spot(
      place: place, focus: focus, card: scene.card, track: scene.track, filter: scene.filter,
      channel: scene.channel?.text, selection: list.selection)
  }

  /// Is again where the person was.
  func travel(_ spot: Spot?) {
    guard let spot else { return }
    (scene.track, scene.filter) = (spot.track, spot.filter)
    scene.channel = spot.channel.flatMap { ChannelName($0) }
    if spot.place == .card { scene.card = spot.card }
    enter(spot.place)
    if let selection = spot.selection { list.select(selection) }
    chooseAgain(onlyCard: true)
    focus(on: spot.focus)
    stateChanged()
  }

  // MARK: What needs the person

  /// The questions of the shown card first, then the next thing that needs the person.
  ///
  /// - Parameter kind: nothing else; `nil` for everything, what presses most first.
  func goToAttention(by step: Int, among kind: Attention? = nil) {
    let here = card.openQuestions.map(\.id)
    if focus == .card, kind != .unread, let current = card.question?.id,
      let index = here.firstIndex(of: current),
      here.indices.contains(index + step)
    {
      return card.select(here[index + step])
    }
    if place == .inbox {
      focus(on: .inbox)
      guard let found = inbox.attend(by: step, among: kind) else {
        return say(kind?.absence ?? "", .toastWarning)
      }
      chooseAgain(onlyCard: true)
      return say("\(found.place) of \(found.count) that need you")
    }
    let order = inbox.attention(among: kind)
    guard !order.isEmpty else { return say(kind?.absence ?? "", .toastWarning) }
    let index = order.firstIndex { $0.target.map(goneTo.contains) ?? false }
    let next =
      index.map { ($0 + step + order.count) % order.count } ?? (step > 0 ? 0 : order.count - 1)
    attend(order[next])
    if order.count > 1 { say("\(next + 1) of \(order.count) that need you") }
  }

  /// What the person is at; what is only selected in a list has not been gone to.
  private var goneTo: [Target] {
    let here: [Target?] =
      switch focus {
      case .card: [scene.card.map { .card($0) }]
      case .posts: [posts.post.map { .post($0.id) }, scene.channel.map { .channel($0) }]
      case .agents, .agent: [agents.selected.map { .agent($0.id.pubkey) }]
      default: []
      }
    return here.compactMap(\.self)
  }

  private func attend(_ row: InboxRow) {
    guard let target = row.target else { return }
    if row.consent != nil {
      go(to: .place(.inbox))
      inbox.select(row.id)
      return chooseAgain(onlyCard: true)
    }
    guard case .card(let id) = target else { return go(to: row, target) }
    if place == .board, !isNarrow {
      list.select("\(id.rawValue)")
      chooseAgain(onlyCard: true)
      if scene.card != id { go(to: target) } else { focus(on: .card) }
    } else {
      go(to: target)
    }
    if let first = card.question?.id { card.select(first) }
  }
}
