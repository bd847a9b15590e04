import Nostr
import Replica
import Terminal
import Workspace

/// The first and the last line of the screen, and what passes by above the last.
extension Shell {
  func drawTitle(on surface: inout Surface, in rect: Rect) {
    var left: [Span] = [Span(" ", .header)]
    if let room = scene.room {
      left.append(Span(SafeText(untrusted: room.title ?? room.slug, limit: 400), .header))
      if room.status != "active" {
        left.append(Span(" (\(SafeText(untrusted: room.status)))", .badgeTrouble))
      }
      left.append(Span(" · \(cards.title)", .header))
    } else {
      left.append(Span("Studio", .header))
    }
    var right: [Span] = []
    if !scene.waiting.isEmpty {
      right.append(Span("?\(scene.waiting.count) waiting  ", .badgeQuestion))
    }
    if scene.claims > 0 { right.append(Span("\(scene.claims) to admit  ", .badgeMention)) }
    let name = scene.members.first { $0.pubkey == scene.me }?.name
    right.append(
      Span("\(SafeText(untrusted: name ?? workspace.me.short).truncated(to: 20)) ", .header))
    surface.row(rect, left: left, right: right, style: .header)
  }

  var mode: SafeText { overlays.last?.mode ?? "BROWSE" }

  func drawStatus(on surface: inout Surface, in rect: Rect) {
    surface.fill(rect, Style(.footer))
    if case .filter(let prompt)? = overlays.last {
      return drawFilter(prompt, on: &surface, in: rect)
    }
    var spans = [Span(" \(mode) ", .mode), Span(" ", .footer)]
    for part in state(withRoom: rect.width >= 60) { spans += [part, Span("  ", .footer)] }
    let used = surface.spans(spans, at: rect.origin, width: rect.width)
    var x = rect.x + used + 1
    var right = rect.right
    // The way to all other keys is never cut.
    if let help, x + help.width <= right {
      right -= help.width
      draw(help, at: Point(x: right, y: rect.y), on: &surface)
    }
    if let toast, isBrief(toast) {
      surface.text(
        toast.text, at: Point(x: x, y: rect.y), width: right - x - 1, style: Style(toast.style))
      return
    }
    for hint in hints {
      guard x + hint.width <= right else { break }
      draw(hint, at: Point(x: x, y: rect.y), on: &surface)
      x += hint.width
    }
  }

  private func draw(_ hint: Hint, at point: Point, on surface: inout Surface) {
    surface.spans([Span(hint.keys, .hintKey), Span(" \(hint.word)", .hintText)], at: point)
  }

  /// Room, relays, unread, what is being sent, the engine.
  private func state(withRoom: Bool) -> [Span] {
    var parts: [Span] = []
    if withRoom, let room = scene.room {
      parts.append(Span(SafeText(untrusted: room.slug).truncated(to: 24), .footer))
    }
    switch engine {
    case .off: parts.append(Span("no engine", .linkOffline))
    case .starting: parts.append(Span("engine starting", .linkWaiting))
    case .gone: parts.append(Span("engine gone, restarting", .linkOffline))
    case .connected:
      if isLocked {
        parts.append(Span("locked", .linkOffline))
      } else {
        parts.append(relays)
      }
    }
    if scene.unread > 0 { parts.append(Span("•\(scene.unread) new", .badgeUnread)) }
    if scene.sending > 0 { parts.append(Span("sending \(scene.sending)", .linkWaiting)) }
    if let seconds = scene.answers.countdown(at: clock.monotonic()) {
      parts.append(Span("answer goes in \(seconds) s", .badgeQuestion))
    }
    if slowOrders > 0 {
      parts.append(Span("\(slowOrders) waiting for the engine", .linkWaiting))
    }
    return parts
  }

  var isLocked: Bool { engineStatus?["unlocked"]?.bool == false }

  private var relays: Span {
    guard let relays = engineStatus?["relays"]?.array else {
      return Span("connecting", .linkWaiting)
    }
    let live = relays.count { $0["state"]?.string == "live" }
    let word: SafeText =
      live > 0
      ? "live" : relays.contains { $0["state"]?.string == "syncing" } ? "syncing" : "offline"
    let style: StyleName =
      live == relays.count ? .linkLive : live > 0 ? .linkWaiting : .linkOffline
    return Span("● \(word) \(live)/\(relays.count)", style)
  }

  private struct Hint {
    let keys: SafeText
    let word: SafeText
    var width: Int { keys.width + word.width + 3 }
  }

  private var help: Hint? {
    guard overlays.isEmpty else { return nil }
    return keymap.keys(for: PaneCommand.help.name, in: focus.rawValue).map {
      Hint(keys: Self.keyName($0), word: "keys")
    }
  }

  /// The keys that matter now.
  private var hints: [Hint] {
    switch overlays.last {
    case .compose(let composer) where composer.prompt.editor.isMultiline:
      [
        Hint(keys: "↵", word: "send"), Hint(keys: "Esc", word: "back, draft kept"),
      ] + [writing(.complete, "@ #"), writing(.editor, "editor")].compactMap(\.self)
    case .compose: [Hint(keys: "↵", word: "send"), Hint(keys: "Esc", word: "back, draft kept")]
    case .confirm: [Hint(keys: "↵", word: "with the word"), Hint(keys: "Esc", word: "back")]
    case .pick: [Hint(keys: "↵", word: "choose"), Hint(keys: "Esc", word: "back")]
    case .help, .notice: [Hint(keys: "Esc", word: "back")]
    case .passphrase, .filter: []
    case nil: browseHints
    }
  }

  private func writing(_ command: PaneCommand, _ word: SafeText) -> Hint? {
    keymap.keys(for: command.name, in: "text").map { Hint(keys: Self.keyName($0), word: word) }
  }

  private var browseHints: [Hint] {
    let context = focus.rawValue
    func hint(_ command: PaneCommand, _ word: SafeText) -> Hint? {
      guard ability(to: command) == .able, let keys = keymap.keys(for: command.name, in: context)
      else { return nil }
      return Hint(keys: Self.keyName(keys), word: word)
    }
    var hints: [Hint?] = []
    if isLocked { hints.append(hint(.unlock, "unlock")) }
    if !scene.answers.held.isEmpty { hints.append(hint(.undo, "take back")) }
    if ability(to: .choose) == .able { hints.append(Hint(keys: "1-9", word: "answer")) }
    switch focus {
    case .tracks: hints += [hint(.open, "cards"), hint(.newCard, "new card")]
    case .cards:
      hints += [
        hint(.open, "open"), hint(.newCard, "new"), hint(.comment, "comment"),
        hint(.status, "status"), hint(.assign, "assign"),
      ]
    case .card:
      hints += [
        hint(.comment, "comment"), hint(.fold, "unfold"), hint(.status, "status"),
        hint(.assign, "assign"),
      ]
    }
    hints += [
      hint(.paneNext, "pane"), hint(.filter, "filter"), hint(.palette, "commands"),
      hint(.quit, "quit"),
    ]
    return hints.compactMap { $0 }
  }

  static func keyName(_ keys: String) -> SafeText {
    keys == "Enter" ? "↵" : SafeText(untrusted: keys)
  }

  func drawToast(on surface: inout Surface, above status: Rect) {
    if keys.showsContinuations(now: clock.monotonic()) {
      let which = WhichKey(
        pending: keys.pending, label: keymap.label(of: keys.pending, in: focus.rawValue),
        continuations: keys.continuations
      ) {
        PaneCommand(rawValue: $0.command)?.title ?? ""
      }
      which.draw(
        on: &surface, in: Rect(x: 0, y: 1, width: status.width, height: max(0, status.y - 1)))
    }
    guard let toast, !isBrief(toast) else { return }
    let lines = toast.text.wrapped(to: max(8, status.width - 2)).prefix(4)
    for (index, line) in lines.enumerated() {
      let y = status.y - lines.count + index
      guard y > 0 else { continue }
      let row = Rect(x: 0, y: y, width: status.width, height: 1)
      surface.row(row, left: [Span(" \(line)", toast.style)], style: toast.style)
    }
  }

  /// A short word takes the place of the hints, and covers nothing.
  private func isBrief(_ toast: Toast) -> Bool {
    toast.style == .toastInfo && toast.text.width <= 40
  }

  /// Shows a word for a while.
  func say(_ text: SafeText, _ style: StyleName = .toastInfo) {
    let seconds = style == .toastInfo ? 4 : 10
    toast = Toast(text: text, style: style, until: clock.monotonic() + .seconds(seconds))
  }
}
