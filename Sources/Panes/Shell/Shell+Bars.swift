import Nostr
import Replica
import Terminal
import Workspace

/// The last line of the screen, and what passes by above it.
extension Shell {
  var mode: SafeText { overlays.last?.mode ?? "BROWSE" }

  func drawStatus(on surface: inout Surface, in rect: Rect) {
    if case .find(let prompt)? = overlays.last {
      return drawFind(prompt, on: &surface, in: rect)
    }
    if case .filter(let prompt)? = overlays.last {
      return drawFilter(prompt, on: &surface, in: surface.area.splitBottom(1).bottom)
    }
    if case .line(let prompt)? = overlays.last {
      return drawLine(prompt, on: &surface, in: surface.area.splitBottom(1).bottom)
    }
    guard !rect.isEmpty else { return }
    surface.fill(rect, Style(.footer))
    var spans = [Span(" \(mode) ", .mode), Span(" ", .footer)]
    if let count { spans.append(Span("\(count) ", .hintKey)) }
    if !keys.pending.isEmpty {
      // A sequence that was begun.
      let begun = keys.pending.map(\.description).joined(separator: " ")
      spans.append(Span("\(SafeText(untrusted: begun))-  ", .hintKey))
    }
    for part in state { spans += [part, Span("  ", .footer)] }
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
    for hint in hints(width: right - x) {
      guard x + hint.width <= right else { break }
      draw(hint, at: Point(x: x, y: rect.y), on: &surface)
      x += hint.width
    }
  }

  private func draw(_ hint: Hint, at point: Point, on surface: inout Surface) {
    for part in hint.parts {
      let rect = Rect(x: point.x + part.x, y: point.y, width: part.width, height: 1)
      hits.append(Hit(rect: rect, action: .command(part.command, part.arguments)))
    }
    if let command = hint.command {
      let rect = Rect(x: point.x, y: point.y, width: hint.width - 2, height: 1)
      hits.append(Hit(rect: rect, action: .command(command)))
    }
    surface.spans([Span(hint.keys, .hintKey), Span(" \(hint.word)", .hintText)], at: point)
  }

  /// What is going on with the engine, and what is being sent.
  private var state: [Span] {
    var parts: [Span] = []
    if engine == .gone { parts.append(Span("engine gone, restarting", .linkOffline)) }
    if scene.sending > 0 { parts.append(Span("sending \(scene.sending)", .linkWaiting)) }
    if let seconds = scene.answers.countdown(at: clock.monotonic()) {
      parts.append(Span("answer goes in \(seconds) s", .badgeQuestion))
    }
    if slowOrders > 0 {
      parts.append(Span("\(slowOrders) waiting for the engine", .linkWaiting))
    }
    return parts
  }

  private var help: Hint? {
    guard overlays.isEmpty else { return nil }
    return keyName(.help, in: focus.rawValue).map { Hint(keys: $0, word: "keys", command: .help) }
  }

  /// The keys that matter now.
  private func hints(width: Int) -> [Hint] {
    switch overlays.last {
    case .compose(let composer) where composer.prompt.editor.isMultiline:
      [
        Hint(keys: "↵", word: "send"), Hint(keys: "Esc", word: "back, draft kept"),
      ]
        + [
          writing(.complete, "@ #"), isPost(composer) ? writing(.postKind, "kind") : nil,
          writing(.editor, "editor"),
        ].compactMap(\.self)
    case .compose: [Hint(keys: "↵", word: "send"), Hint(keys: "Esc", word: "back, draft kept")]
    case .confirm(let confirmation):
      [
        Hint(keys: "↵", word: confirmation.verb),
        Hint(keys: "Esc", word: "back"),
      ]
    case .pick: [Hint(keys: "↵", word: "choose"), Hint(keys: "Esc", word: "back")]
    case .help: [Hint(keys: "/", word: "find"), Hint(keys: "Esc", word: "back")]
    case .notice: [Hint(keys: "Esc", word: "back")]
    case .bind: [Hint(keys: "any key", word: "is bound"), Hint(keys: "Esc", word: "back")]
    case .describe: [Hint(keys: "any key", word: "is explained"), Hint(keys: "Esc", word: "back")]
    case .search: [Hint(keys: "↵", word: "open"), Hint(keys: "Esc", word: "back")]
    case .passphrase, .filter, .find, .line: []
    case nil: browseHints(width: width)
    }
  }

  private func isPost(_ composer: Composer) -> Bool {
    if case .post = composer.purpose { true } else { false }
  }

  private func writing(_ command: PaneCommand, _ word: SafeText) -> Hint? {
    keyName(command, in: "text").map { Hint(keys: $0, word: word) }
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
        // A place is said by its name, everything else by the command's.
        let words = SafeText(untrusted: $0.arguments.joined(separator: " "))
        switch PaneCommand(rawValue: $0.command) {
        case .go? where !words.isEmpty: return words
        case .attentionNext? where !words.isEmpty: return "next \(words)"
        case .configure?: return words.isEmpty ? "Edit studio.conf…" : "Edit keys.conf…"
        case let command: return command?.title ?? ""
        }
      }
      which.draw(
        on: &surface, in: Rect(x: 0, y: 1, width: status.width, height: max(0, status.y - 1)))
    }
    guard let toast = toast ?? trouble, !isBrief(toast) else { return }
    let lines = toast.text.wrapped(to: max(8, status.width - 2)).prefix(4)
    for (index, line) in lines.enumerated() {
      let y = status.y - lines.count + index
      guard y > 0 else { continue }
      let row = Rect(x: 0, y: y, width: status.width, height: 1)
      surface.row(row, left: [Span(" \(line)", toast.style)], style: toast.style)
    }
  }

  /// Why nothing can be read, for as long as that is so.
  private var trouble: Toast? {
    scene.fault.map { Toast(text: Self.words(of: $0), style: .toastError, until: .zero) }
  }

  /// A short word takes the place of the hints, and covers nothing.
  private func isBrief(_ toast: Toast) -> Bool {
    toast.style == .toastInfo && toast.text.width <= 40
  }

  /// Shows a word for a while.
  func say(_ text: SafeText, _ style: StyleName = .toastInfo) {
    let seconds = style == .toastInfo ? 4 : 10
    toast = Toast(text: text, style: style, until: clock.monotonic() + .seconds(seconds))
    messages.append(Message(at: clock.now(), text: text))
  }
}
