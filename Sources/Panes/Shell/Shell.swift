import Home
import Nostr
import Replica
package import Terminal
package import Workspace

/// The workspace on the screen: three panes, what lies over them, and the line to the engine.
///
/// Confined to the one thread that draws. Reads from the replica, writes by the workspace's verbs,
/// and never waits for either.
package final class Shell: Program {
  let workspace: Workspace
  let scene: Scene
  let clock: Clock
  private(set) var keymap: Keymap
  let tracks: TracksPane
  let cards: CardsPane
  let card: CardPane

  var focus = PaneID.cards
  var isZoomed = false
  var overlays: [Overlay] = []
  var keys = KeyReader()
  var toast: Toast?
  /// Filters that were kept, the newest last.
  var pastFilters: [String] = []
  private var needsRefresh = true
  private var readAgainAt: Duration?
  private var readAttempts = 0
  private var nextAge: Duration?
  private var slowAt: Duration?
  private var terminalHasFocus = true
  private(set) var layout: Layout?

  var engine = EngineState.off
  var engineStatus: JSON?
  var pending: [WaitingOrder] = []
  var retryAt: Duration?
  var retries = 0
  /// The event loop that runs this; `nil` where nothing is to be watched.
  var loop: EventLoop?
  var watchedReady: Int32?
  /// Has the screen forget what the terminal shows.
  var repaint: () -> Void = {}
  /// Lends the terminal while something else runs in it.
  var lend: (() -> Void) -> Void = { $0() }
  /// Hands the terminal a sequence that draws nothing.
  var transmit: ([UInt8]) -> Void = { _ in }
  /// The environment of the person: their editor, and whether this runs in tmux.
  var variable: (String) -> String? = SystemCall.environment
  /// The way to the clipboard.
  lazy var clipboard: (String) -> Clipboard.Outcome = { [unowned self] text in
    Clipboard.copy(text, inTmux: variable("TMUX") != nil, send: transmit)
  }
  /// What was copied last.
  var register = ""

  private var heldTick: Duration?
  /// The question that digits answered when it was last looked, and when another took its place.
  var knownQuestion: ObjectID?
  var knownCard: ObjectID?
  var questionSince: Duration?
  /// Of the last frame.
  private(set) var size: Size?

  /// - Parameter budget: milliseconds that one reading may cost.
  package init(
    workspace: Workspace, keymap: Keymap, clock: Clock = .system, budget: Int = 5
  ) {
    self.workspace = workspace
    self.clock = clock
    self.keymap = keymap
    scene = Scene(workspace: workspace, clock: clock, budget: budget)
    tracks = TracksPane(scene)
    cards = CardsPane(scene)
    card = CardPane(scene)
    card.keys = ThreadKeys(keymap)
  }

  /// Takes other keys; a sequence begun with the old ones is given up.
  package func use(_ keymap: Keymap) {
    self.keymap = keymap
    card.keys = ThreadKeys(keymap)
    keys.reset()
  }

  var focused: any Pane { pane(focus) }

  func pane(_ id: PaneID) -> any Pane {
    switch id {
    case .tracks: tracks
    case .cards: cards
    case .card: card
    }
  }

  // MARK: Reading

  /// What is shown may be old: it is read again before the next frame.
  func setNeedsRefresh() { needsRefresh = true }

  func refreshIfNeeded() {
    guard needsRefresh else { return }
    needsRefresh = false
    scene.wasStopped = false
    scene.refresh()
    tracks.refresh()
    cards.refresh()
    card.isWatched = focus == .card && terminalHasFocus
    card.refresh()
    noticeOtherAnswers()
    watchQuestion()
    if focus == .card, terminalHasFocus, overlays.isEmpty || isWriting { markRead() }
    card.hasDraft = card.card.map { draft("comment:\($0.address)") != nil } ?? false
    // A busy machine makes everything slow: once more, a little later, but not for ever.
    readAttempts = scene.wasStopped ? readAttempts + 1 : 0
    readAgainAt = (1...5).contains(readAttempts) ? clock.monotonic() + .milliseconds(250) : nil
  }

  private var isWriting: Bool { if case .compose? = overlays.last { true } else { false } }

  private func markRead() {
    guard let shown = card.card, shown.unread > 0 else { return }
    card.markRead()
    scene.refresh()
    cards.refresh()
  }

  /// The track or the filter has changed, or only the chosen card has.
  func chooseAgain(onlyCard: Bool = false) {
    if !onlyCard { cards.refresh() }
    card.refresh()
    card.hasDraft = card.card.map { draft("comment:\($0.address)") != nil } ?? false
    if focus == .card { markRead() }
  }

  // MARK: Program

  package func resized(to size: Size) {}

  package func receive(_ event: InputEvent) {
    refreshIfNeeded()
    defer { sendLeftAnswers() }
    switch event {
    case .key(let key): press(key)
    case .paste(let text): paste(text)
    case .mouse(let mouse): point(mouse)
    case .focus(let hasFocus):
      terminalHasFocus = hasFocus
      if hasFocus { setNeedsRefresh() } else { saveDraft() }
    }
  }

  package var deadline: Duration? {
    [keys.deadline, toast?.until, retryAt, readAgainAt, nextAge, draftDeadline, slowAt, heldTick]
      .compactMap(\.self).min()
  }

  package func tick(now: Duration) -> Bool {
    var changed = false
    if let due = keys.deadline, due <= now {
      if let binding = keys.tick(now: now) { perform(binding) }
      changed = true
    }
    if let until = toast?.until, until <= now {
      toast = nil
      changed = true
    }
    if let due = draftDeadline, due <= now { saveDraft() }
    if let due = retryAt, due <= now {
      retryAt = nil
      approachEngine()
      changed = true
    }
    if let due = readAgainAt, due <= now {
      readAgainAt = nil
      setNeedsRefresh()
      changed = true
    }
    if let due = nextAge, due <= now {
      nextAge = nil
      changed = true
    }
    if let due = heldTick, due <= now {
      heldTick = nil
      sendDueAnswers(now)
      changed = true
    }
    if let due = slowAt, due <= now {
      slowAt = nil
      changed = true
    }
    return changed
  }

  /// Keeps what is being written and orders what is held. To be called before the end, however it
  /// comes.
  package func close() {
    saveDraft()
    sendAllAnswers()
  }

  // MARK: Drawing

  package func draw(on surface: inout Surface) {
    refreshIfNeeded()
    size = surface.size
    heldTick = scene.answers.nextTick(after: clock.monotonic())
    layout = Layout(surface.size, focus: focus, zoomed: isZoomed)
    guard let layout else {
      surface.text("too small", at: Point(x: 0, y: 0), width: surface.size.columns)
      return
    }
    nextAge = nil
    slowAt = slowDeadline
    drawTitle(on: &surface, in: layout.title)
    for id in PaneID.allCases {
      if let rect = layout.panes[id] { draw(id, on: &surface, in: rect, layout) }
    }
    for index in overlays.indices { draw(overlay: index, on: &surface, layout) }
    drawStatus(on: &surface, in: layout.status)
    drawToast(on: &surface, above: layout.status)
    scheduleAges()
  }

  private func draw(_ id: PaneID, on surface: inout Surface, in rect: Rect, _ layout: Layout) {
    let pane = pane(id)
    let isFocused = id == focus && overlays.isEmpty
    if let inside = layout.inside(id), !inside.isEmpty {
      // What is being written hides nothing of the card.
      let covered = id == .card ? writingRows(in: inside) : 0
      let area = inside.splitBottom(covered).rest
      surface.clipped(to: area) { pane.draw(on: &$0, in: area, focused: isFocused) }
    }
    switch layout.frame {
    case .box:
      surface.box(rect, title: pane.title, trailing: pane.trailing, focused: id == focus)
    case .rule:
      surface.rule(
        rect.row(0), title: id == focus ? "▸ \(pane.title)" : pane.title, trailing: pane.trailing,
        style: id == focus ? .borderFocused : .divider,
        titleStyle: id == focus ? .titleFocused : .title)
    }
  }

  /// The rows at the foot of the card's pane that a field takes.
  private func writingRows(in area: Rect) -> Int {
    guard case .compose(let composer)? = overlays.last, canHoldField(area) else { return 0 }
    let editor = composer.prompt.editor
    let lines = editor.isMultiline ? max(3, min(8, editor.height(width: area.width - 4))) : 1
    return min(area.height, lines + 2)
  }

  private func canHoldField(_ area: Rect) -> Bool { area.height >= 6 && area.width >= 30 }

  private func draw(overlay index: Int, on surface: inout Surface, _ layout: Layout) {
    switch overlays[index] {
    case .help(var help):
      help.draw(on: &surface, in: layout.body)
      overlays[index] = .help(help)
    case .pick(var picker, let purpose):
      picker.draw(on: &surface, in: layout.body)
      overlays[index] = .pick(picker, purpose)
    case .compose(var composer):
      // Where the card is, when there is room.
      let card = layout.inside(.card)
      let area = card.flatMap { canHoldField($0) ? $0 : nil } ?? layout.body
      composer.prompt.draw(on: &surface, in: area)
      overlays[index] = .compose(composer)
    case .confirm(var confirmation):
      confirmation.draw(on: &surface, in: layout.body)
      overlays[index] = .confirm(confirmation)
    case .filter: break
    case .passphrase(let passphrase): passphrase.draw(on: &surface, in: layout.body)
    case .notice(let notice): notice.draw(on: &surface, in: layout.body)
    }
  }

  /// The next instant at which an age in sight reads differently, to the minute.
  private func scheduleAges() {
    guard let youngest = cards.youngest ?? card.card?.updatedAt else { return }
    let now = clock.now()
    let step: Int64 = now - youngest < 3_600 ? 60 : now - youngest < 86_400 ? 3_600 : 0
    guard step > 0 else { return }
    nextAge = clock.monotonic() + .seconds(step - now % step)
  }
}
