import Home
import Nostr
import Replica
package import Terminal
package import Workspace

/// The workspace on the screen: six places, what lies over them, and the line to the engine.
///
/// Confined to the one thread that draws. Reads from the replica, writes by the workspace's verbs,
/// and never waits for either.
package final class Shell: Program {
  let workspace: Workspace
  let scene: Scene
  let clock: Clock
  private(set) var keymap: Keymap
  /// The names of its keys by context, each looked up once: every frame shows some.
  private var keyNames: [String: [Keymap.Binding: String]] = [:]
  private var keyPrefixes: [String: String?] = [:]
  let places: PlacesPane
  let inbox: InboxPane
  let preview: PreviewPane
  let board: BoardPane
  let card: CardPane
  let chat: ChatPane
  let posts: PostsPane
  let agents: AgentsPane
  let agentDetail: AgentPane
  let drafts: DraftsPane

  var place = Place.inbox
  var focus = PaneID.inbox
  var isZoomed = false
  var hiding: Layout.Hiding = []
  /// What was given to panes by dragging: the sidebar is the same everywhere.
  var sidebarWidth: Int?
  var sizes: [Place: Layout.Sizes] = [:]
  var history = History()
  /// What was selected in places that have not been shown since the start.
  var keptSelections: [Place: String] = [:]
  /// When to keep where the person is, and what was kept.
  var stateDue: Duration?
  var savedState = ""
  /// What can be undone, the newest last.
  var moves: [CardMove] = [] { didSet { if moves.count > 20 { moves.removeFirst() } } }
  /// What was taken back and can be done again, the newest last; nothing once something else is done.
  var redos: [Redo] = [] { didSet { if redos.count > 20 { redos.removeFirst() } } }
  /// What is being done was taken back before.
  var isRedoing = false
  /// Where the last frame takes clicks outside its panes.
  var hits: [Hit] = []
  var overlays: [Overlay] = []
  var keys = KeyReader()
  /// How often the next key counts, as far as it was typed.
  var count: Int?
  var toast: Toast?
  /// What was said at the foot of the screen, the newest last.
  var messages: [Message] = [] { didSet { if messages.count > 200 { messages.removeFirst() } } }
  /// The questions that were there at the last reading; `nil` before the first.
  var knownNeeds: Set<ObjectID>?
  /// Filters that were kept, the newest last.
  var pastFilters: [String] = []
  /// What is to be read again, and when.
  var reading = ReadingPlan()
  /// Whether something was typed that has not been taken yet: what has come waits for it.
  package var inputIsWaiting: () -> Bool = { false }
  private var nextAge: Duration?
  private var slowAt: Duration?
  private(set) var terminalHasFocus = true
  /// When something that was put aside comes back.
  private var returnAt: Duration?
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
  /// When posts count as read, and what is about to.
  var readTrigger = ReadTrigger.focused
  var readSight: ReadSight?
  var readDue: Duration?
  /// Signs of who works turn.
  package var hasMotion = false
  /// When they turn next; `nil` while none is in sight.
  var turnAt: Duration?
  /// What the last frames cost is shown.
  var showsFrames = false
  /// What the last frames cost, as the loop knows it.
  lazy var frames: () -> FrameLog = { [unowned self] in loop?.frames ?? FrameLog() }
  /// What is looked for in a thread.
  var finding: FindState?
  /// Posts that were handed to the engine so far.
  var queuedPostCount = 0
  /// Shows everything in a theme.
  var useTheme: (Theme) -> Void = { _ in }
  /// Takes clicks and the wheel, or leaves them to the terminal.
  var useMouse: (Bool) -> Void = { _ in }
  /// Tells the person something while the terminal is out of sight.
  var notify: (SafeText) -> Void = { _ in }
  /// The ground of the terminal, when it tells.
  package var isDark: Bool?
  var notifier = Notifier()
  var pointer = Pointer()
  /// The configuration changes because of what is done here: no word about it is wanted.
  var isConfiguring = false
  /// What was copied last.
  var register = ""

  private var heldTick: Duration?
  /// The question that digits answered when it was last looked, and when another took its place.
  var knownQuestion: ObjectID?
  /// The person is doing something: a question that comes now was gone to. So was the first.
  var isMoving = true
  var questionSince: Duration?
  /// The question of which this key has chosen an option, and of which the key before has.
  var justChosen: ObjectID?
  var lastChosen: ObjectID?
  /// Of the last frame.
  private(set) var size: Size?

  /// - Parameters:
  ///   - budget: milliseconds that one reading may cost.
  ///   - place: where to begin, when no place was kept from the last time.
  ///   - isStaged: draws what is in the middle of the screen before the rest has been read.
  package init(
    workspace: Workspace, keymap: Keymap, clock: Clock = .system, budget: Int = 5,
    at place: Place = .inbox, isStaged: Bool = false
  ) {
    self.workspace = workspace
    self.clock = clock
    self.keymap = keymap
    scene = Scene(workspace: workspace, clock: clock, budget: budget)
    inbox = InboxPane(scene)
    preview = PreviewPane(scene, inbox: inbox)
    board = BoardPane(scene)
    card = CardPane(scene)
    chat = ChatPane(scene)
    posts = PostsPane(scene)
    agents = AgentsPane(scene)
    agentDetail = AgentPane(scene)
    drafts = DraftsPane(scene)
    places = PlacesPane(scene, inbox: inbox, chat: chat, agents: agents, drafts: drafts)
    (self.place, focus) = (place, place.list)
    card.keys = ThreadKeys(keymap)
    agents.problems.machine = { [unowned self] in tell(&$0) }
    reading.isFirst = isStaged
    restoreState()
  }

  /// Takes other keys; a sequence begun with the old ones is given up.
  package func use(_ keymap: Keymap) {
    self.keymap = keymap
    (keyNames, keyPrefixes) = ([:], [:])
    card.keys = ThreadKeys(keymap)
    keys.reset()
  }

  /// The key with which the ways to places begin in a context; `nil` where none does.
  func goPrefix(in context: String) -> SafeText? {
    let known = keyPrefixes[context] ?? keymap.prefix(of: PaneCommand.go.name, in: context)
    keyPrefixes[context] = known
    return known.map(Self.keyName)
  }

  /// The first keys of a command in a context, as they are shown; `nil` where it has none.
  func keyName(_ command: PaneCommand, _ arguments: [String] = [], in context: String) -> SafeText?
  {
    if keyNames[context] == nil { keyNames[context] = keymap.names(in: context) }
    let binding = Keymap.Binding(command: command.name, arguments: arguments)
    return keyNames[context]?[binding].map(Self.keyName)
  }

  var focused: any Pane { pane(focus) }

  func pane(_ id: PaneID) -> any Pane {
    switch id {
    case .places: places
    case .inbox: inbox
    case .preview: preview
    case .board: board
    case .card: card
    case .chat: chat
    case .posts: posts
    case .agents: agents
    case .agent: agentDetail
    case .drafts: drafts
    }
  }

  // MARK: Program

  package func resized(to size: Size) { setNeedsReading() }

  package func receive(_ event: InputEvent) {
    // What has come waits until the frame that answers this is drawn.
    readIfNeeded()
    isMoving = true
    if case .key = event {
      reading.isAnswering = true
      (lastChosen, justChosen) = (justChosen, nil)
    }
    defer { sendLeftAnswers() }
    switch event {
    case .key(let key): press(key)
    case .paste(let text): paste(text)
    case .mouse(let mouse): point(mouse)
    case .focus(let hasFocus):
      terminalHasFocus = hasFocus
      watchReading()
      noticeFocus(hasFocus)
      if hasFocus { setNeedsRefresh() } else { saveDraft() }
    case .reply: break
    }
  }

  /// The room, and before it how many questions wait in all rooms.
  package var title: SafeText? {
    let room = SafeText(untrusted: scene.room.map { $0.title ?? $0.slug } ?? "Studio", limit: 200)
    let waiting = scene.badges.questions
    return waiting == 0 ? room : "(?\(waiting)) \(room)"
  }

  package var deadline: Duration? {
    [
      keys.deadline, toast?.until, retryAt, reading.againAt, nextAge, draftDeadline, slowAt,
      heldTick,
      stateDue, readDue, returnAt, notifier.deadline, pointer.backAt, reading.newsAt,
      turnAt,
    ].compactMap(\.self).min()
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
    if let due = stateDue, due <= now { saveState() }
    if let due = notifier.deadline, due <= now { tell(now) }
    if let due = pointer.backAt, due <= now {
      takeMouseBack()
      changed = true
    }
    if let due = retryAt, due <= now {
      retryAt = nil
      approachEngine()
      changed = true
    }
    if let due = reading.againAt, due <= now {
      reading.againAt = nil
      setNeedsReading()
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
    if let due = readDue, due <= now {
      read()
      changed = true
    }
    if let due = returnAt, due <= now {
      returnAt = nil
      setNeedsReading(.inbox)
      changed = true
    }
    if readNewsIfDue() { changed = true }
    if let due = turnAt, due <= now {
      turnAt = nil
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
    saveState()
    sendAllAnswers()
  }

  // MARK: Drawing

  package func draw(on surface: inout Surface) {
    if scene.passTime(isLive: isLive) { setNeedsReading([.team, .inbox]) }
    size = surface.size
    readIfNeeded()
    readNewsIfDue()
    reading.isAnswering = false
    knowQuestion()
    hits = []
    heldTick = scene.answers.nextTick(after: clock.monotonic())
    layout = layout(of: surface.size)
    guard let layout else {
      surface.text(
        "too small \(surface.size.columns)x\(surface.size.rows)", at: Point(x: 0, y: 0),
        width: surface.size.columns)
      return
    }
    nextAge = nil
    returnAt = scene.inbox.nextReturn.map {
      clock.monotonic() + .seconds(max(0, $0 - clock.now()))
    }
    slowAt = slowDeadline
    board.isSingle = layout.frame == .rule
    drawHeader(on: &surface, in: layout.header)
    if layout.panes[.places] != nil { places.arrange() }
    for id in PaneID.allCases {
      if let rect = layout.panes[id] { draw(id, on: &surface, in: rect, layout) }
    }
    if let strip = layout.strip {
      let inside = surface.box(
        strip, title: "Agents live", trailing: "sorted by needs-you, then silence")
      surface.clipped(to: inside) { agents.drawStrip(on: &$0, in: inside) }
    }
    for index in overlays.indices { draw(overlay: index, on: &surface, layout) }
    drawStatus(on: &surface, in: layout.footer)
    drawToast(on: &surface, above: surface.area.splitBottom(layout.footer.height).bottom)
    if showsFrames { FrameGauge(log: frames()).draw(on: &surface, in: layout.body) }
    turnSigns(on: &surface)
    scheduleAges()
    watchReading()
    if reading.isFirst {
      reading.isFirst = false
      noteNews()
    }
  }

  private func draw(_ id: PaneID, on surface: inout Surface, in rect: Rect, _ layout: Layout) {
    let pane = pane(id)
    let isFocused = id == focus && overlays.isEmpty
    if let inside = layout.inside(id), !inside.isEmpty {
      // What is being written hides nothing of the card.
      let covered = id == writingPane ? writingRows(in: inside) : 0
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
      let card = layout.inside(writingPane)
      let area = card.flatMap { canHoldField($0) ? $0 : nil } ?? layout.body
      composer.prompt.draw(on: &surface, in: area)
      overlays[index] = .compose(composer)
    case .confirm(var confirmation):
      confirmation.draw(on: &surface, in: layout.body)
      overlays[index] = .confirm(confirmation)
    case .filter, .find, .line: break
    case .search(var search):
      search.draw(on: &surface, in: layout.body, moments: scene.moments)
      overlays[index] = .search(search)
    case .passphrase(let passphrase): passphrase.draw(on: &surface, in: layout.body)
    case .notice(let notice): notice.draw(on: &surface, in: layout.body)
    case .bind(let binding): binding.draw(on: &surface, in: layout.body)
    case .describe(let description): description.draw(on: &surface, in: layout.body)
    }
  }

  /// The next instant at which an age in sight reads differently, to the minute.
  private func scheduleAges() {
    let now = clock.now()
    let ages = [list.youngest, card.card?.updatedAt].compactMap(\.self).map { now - $0 }
    // The clock in the header turns every minute.
    let hasClock = layout.map { !$0.header.isEmpty && $0.header.width >= 60 } ?? false
    let age = hasClock ? 0 : ages.min() ?? .max
    let step: Int64 = age < 3_600 ? 60 : age < 86_400 ? 3_600 : 0
    let shown = PaneID.allCases.filter { layout?.panes[$0] != nil }.map { pane($0).nextChange }
    let strip = layout?.strip == nil ? nil : agents.stripNextChange
    let next =
      shown + [
        strip, linkChange, scene.presences.nextChange, step > 0 ? now + step - now % step : nil,
      ]
    nextAge = next.compactMap(\.self).min().map {
      clock.monotonic() + .seconds(max(1, $0 - now))
    }
  }
}
