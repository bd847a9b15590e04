import Home
import Terminal

/// The first run on the screen: what the form asks, in the middle.
final class SetupScreen: Program {
  enum Outcome {
    /// The home is made.
    case made(SetupForm)
    case demo
  }

  private(set) var form = SetupForm()
  /// Set when there is nothing more to ask; `nil` when the person left.
  private(set) var outcome: Outcome?
  private let home: Home
  private let stop: () -> Void
  private var editor = LineEditor(limit: 8_000)
  private var secret = Passphrase()
  private var chosen = 0
  private var complaint: SafeText?
  private var makesAt: Duration?

  init(home: Home, stop: @escaping () -> Void) {
    self.home = home
    self.stop = stop
  }

  var deadline: Duration? { makesAt }

  func resized(to size: Size) {}

  func tick(now: Duration) -> Bool {
    guard let due = makesAt, due <= now else { return false }
    makesAt = nil
    do {
      try form.make(home)
      outcome = .made(form)
      stop()
    } catch {
      complain(error)
      _ = form.goBack()
      fill()
    }
    return true
  }

  func receive(_ event: InputEvent) {
    switch event {
    case .key(let key): press(key)
    case .paste(let text):
      if form.isSecret {
        secret.paste(text)
      } else if form.step != .way, !editor.paste(text) {
        complaint = "what was pasted was too long and is cut"
      }
    default: break
    }
  }

  private func press(_ key: Key) {
    guard form.step != .ready else { return }
    if key == Key(.escape) {
      keep()
      complaint = nil
      if form.goBack() { fill() } else { stop() }
      return
    }
    complaint = nil
    guard form.step == .way else { return edit(key) }
    let ways = SetupForm.Way.allCases
    switch key {
    case Key(.down), Key(.character("j")), Key(.tab): chosen = (chosen + 1) % ways.count
    case Key(.up), Key(.character("k")), Key(.tab, .shift):
      chosen = (chosen + ways.count - 1) % ways.count
    case Key(.enter): choose(ways[chosen])
    case Key(.character("q")): stop()
    default:
      if let typed = key.typed, let number = Int(String(typed)), ways.indices.contains(number - 1) {
        chosen = number - 1
        choose(ways[chosen])
      }
    }
  }

  private func choose(_ way: SetupForm.Way) {
    form.choose(way)
    if way == .demo {
      outcome = .demo
      stop()
    }
    fill()
  }

  private func edit(_ key: Key) {
    if key == Key(.enter) {
      do {
        try form.accept(form.isSecret ? secret.text : editor.text)
        fill()
        // The next frame says what goes on: a key under a passphrase takes its time.
        if form.step == .ready { makesAt = EventLoop.now + .milliseconds(40) }
      } catch {
        complain(error)
        if form.isSecret { secret = Passphrase() }
      }
    } else if form.isSecret {
      secret.press(key)
    } else {
      _ = editor.press(key)
    }
  }

  private func complain(_ error: any Error) { complaint = Shell.words(of: error) }

  /// What stands in the field goes with the step that is left.
  private func keep() { if form.step != .way, !form.isSecret { form.hold(editor.text) } }

  private func fill() {
    secret = Passphrase()
    editor.set(form.isSecret ? "" : form.value)
  }

  // MARK: Drawing

  func draw(on surface: inout Surface) {
    let area = surface.area.centered(
      width: min(66, surface.size.columns - 2), height: min(20, surface.size.rows))
    guard area.width >= 18, area.height >= 4 else {
      surface.text(
        "too small \(surface.size.columns)x\(surface.size.rows)", at: Point(x: 0, y: 0),
        width: surface.size.columns)
      return
    }
    var lines: [(SafeText, StyleName)] = []
    if area.height >= 14 { lines += [("Studio", .titleFocused), ("", .text)] }
    for line in form.summary where area.height >= 10 { lines.append((line, .dim)) }
    if !form.summary.isEmpty, area.height >= 10 { lines.append(("", .text)) }
    lines.append((form.question, .strong))
    if area.height >= 8 {
      lines += form.hint.wrapped(to: area.width).map { ($0, .dim) }
      lines.append(("", .text))
    }
    var y = area.y
    for (text, style) in lines where y < area.bottom {
      surface.text(text, at: Point(x: area.x, y: y), width: area.width, style: Style(style))
      y += 1
    }
    switch form.step {
    case .way: y = drawWays(on: &surface, in: area, from: y)
    case .ready: break
    default: y = drawField(on: &surface, in: area, from: y)
    }
    let keys: SafeText =
      form.step == .way
      ? "↵ choose   ↑ ↓ or a digit   Esc leaves" : form.step == .ready ? "" : "↵ next   Esc back"
    if y + 1 < area.bottom {
      surface.text(keys, at: Point(x: area.x, y: y + 1), width: area.width, style: Style(.hintText))
    }
    guard let complaint else { return }
    for (row, line) in complaint.wrapped(to: area.width).enumerated()
    where y + 3 + row < surface.size.rows {
      surface.text(
        line, at: Point(x: area.x, y: y + 3 + row), width: area.width, style: Style(.toastError))
    }
  }

  private func drawWays(on surface: inout Surface, in area: Rect, from y: Int) -> Int {
    var y = y
    for way in SetupForm.Way.allCases where y < area.bottom {
      let isChosen = way.rawValue == chosen
      surface.row(
        Rect(x: area.x, y: y, width: area.width, height: 1),
        left: [
          Span(isChosen ? "▌" : " ", .strong), Span(" \(way.rawValue + 1)  ", .hintKey),
          Span(way.title.padded(to: 22), .text), Span(way.help, .dim),
        ], layers: isChosen ? .selected : [])
      if isChosen { surface.cursor = Point(x: area.x, y: y) }
      y += 1
    }
    return y
  }

  private func drawField(on surface: inout Surface, in area: Rect, from y: Int) -> Int {
    let row = Rect(x: area.x, y: y, width: area.width, height: 1)
    surface.fill(row, Style(.input))
    surface.text("> ", at: row.origin, style: Style(.inputLabel))
    let field = row.splitLeft(2).rest
    if form.isSecret {
      let count = min(secret.text.unicodeScalars.count, max(0, field.width - 1))
      let stars = SafeText(untrusted: String(repeating: "•", count: count))
      surface.text(stars, at: field.origin, style: Style(.input))
      surface.cursor = Point(x: field.x + stars.width, y: y)
    } else {
      editor.draw(on: &surface, in: field, focused: true)
    }
    return y + 1
  }
}
