import Nostr
import Replica
import Terminal
import Workspace

/// What lies over the panes and takes every key.
enum Overlay {
  case help(HelpOverlay)
  case pick(Picker<String>, PickPurpose)
  case compose(Composer)
  case confirm(Confirmation)
  case filter(FilterPrompt)
  case find(FindPrompt)
  case search(SearchOverlay)
  case line(LinePrompt)
  case passphrase(Passphrase)
  case bind(KeyBinding)
  case describe(KeyDescription)
  case notice(Notice)

  /// The context of its keys.
  var context: String {
    switch self {
    case .pick, .search: "pick"
    default: "text"
    }
  }

  /// The word at the bottom left.
  var mode: SafeText {
    switch self {
    case .help, .pick, .notice, .bind, .describe: "PICK"
    case .compose, .confirm, .filter, .find, .line, .search, .passphrase: "WRITE"
    }
  }
}

/// What a picked thing is for.
enum PickPurpose {
  /// Anything, by the palette.
  case found
  case assignee(cards: [CardRow])
  case status(cards: [CardRow])
  case room
  case claim
  case track
  /// A card to give to somebody.
  case cardFor(PublicKey)
  case snooze(InboxID)
  case problem(Problem)
  case suggestion(EntryRow, [EntryRow])
  case handOver(EntryRow)
  /// Within which limits somebody's cards always run here.
  case consent(ConsentNeed)
  /// How a card is done again.
  case retry(card: CardRow)
  /// Somewhere to go, by its number.
  case target([Target])
  case copy(texts: [String])
  case postKind
  /// What a post leads to, by its number.
  case destination([PostDestination])
  /// Shows while it is chosen.
  case theme
  /// A file of the configuration, by its name.
  case configuration
  /// A command that is to have another key.
  case bind
}

/// Text that is being written, kept in the database under its own name until it is sent.
struct Composer {
  /// What the text is for.
  enum Purpose {
    case comment(card: String)
    case steer(card: CardRow)
    case answer(EntryRow)
    /// Why an approval is denied.
    case denial(EntryRow)
    case ask(card: String)
    case cardTitle(track: String)
    case cardBody(track: String, title: String)
    case editTitle(card: String, body: String, title: String)
    case editBody(card: String, body: String, title: String, newTitle: String)
    case trackTitle
    case roomSlug
    case roomTitle(slug: String)
    case invite
    case post(PostTarget)
    case channelName
  }

  var purpose: Purpose
  var prompt: Prompt
  /// The name of its draft.
  let draft: String
  /// What the database holds of it.
  var saved: String
  /// When to save it.
  var saveAt: Duration?
  let gauge: Gauge?
  var completion: Completion?
  /// Who was faster, and with what, when it is an answer.
  var answered: SafeText?
  /// The person knows that somebody was faster.
  var goesAnyway = false

  init(
    _ purpose: Purpose, prompt: Prompt, draft: String, saved: String = "", gauge: Gauge? = nil
  ) {
    self.purpose = purpose
    self.prompt = prompt
    self.draft = draft
    self.saved = saved
    self.gauge = gauge
    measure()
  }

  /// The text has changed; it is saved 300 ms later.
  mutating func changed(at now: Duration) {
    saveAt = now + .milliseconds(300)
    measure()
  }

  private mutating func measure() {
    guard let gauge else { return }
    prompt.gauge = gauge.words(prompt.editor.text)
    prompt.isOver = gauge.refusal(prompt.editor.text) != nil
  }
}

/// Words to read, and to copy: lines are not indented, so that a long one is copied whole.
struct Notice {
  let title: SafeText
  let text: SafeText
  /// What `y` copies.
  var copies: String?

  func draw(on surface: inout Surface, in area: Rect) {
    let lines = text.wrapped(to: max(8, area.width))
    let (_, rect) = area.splitBottom(min(area.height, lines.count + 3))
    surface.fill(rect, Style(.overlay))
    surface.rule(
      rect.row(0), title: title, trailing: copies == nil ? "Esc" : "y copy  Esc",
      style: .overlayBorder, titleStyle: .overlayTitle)
    for (y, line) in lines.enumerated() where y + 2 < rect.height {
      surface.text(
        line, at: Point(x: rect.x, y: rect.y + 1 + y), width: rect.width, style: Style(.overlay))
    }
    surface.cursor = Point(x: rect.x, y: min(rect.bottom - 1, rect.y + 1))
  }
}

extension Notice {
  /// What `room invite` gave; `nil` for any other result.
  init?(invite result: JSONObject) {
    guard let url = result["url"]?.string else { return nil }
    let note = result["note"]?.string.map { "\n\n" + $0 } ?? ""
    let end = result["expires_at"]?.integer.map { ", until \(Rendering.time($0).prefix(10))" } ?? ""
    self.init(
      title: SafeText(untrusted: "An invite for one person\(end): studio room join URL"),
      text: SafeText(untrustedMultiline: url + note), copies: url)
  }
}

/// A passphrase being typed: only its length shows.
struct Passphrase {
  private(set) var text = ""
  var complaint: SafeText?

  /// Characters and Backspace; other keys mean nothing.
  mutating func press(_ key: Key) {
    complaint = nil
    if let typed = key.typed, text.unicodeScalars.count < 1_000 {
      text.unicodeScalars.append(typed)
    } else if key.code == .backspace, !text.isEmpty {
      text.unicodeScalars.removeLast()
    } else if key == Key(.character("u"), .control) {
      text = ""
    }
  }

  mutating func paste(_ words: String) {
    let line = words.unicodeScalars.prefix { $0 != "\n" && $0 != "\r" }
    text.unicodeScalars.append(contentsOf: line.prefix(1_000 - text.unicodeScalars.count))
  }

  func draw(on surface: inout Surface, in area: Rect) {
    let rect = area.centered(width: 56, height: 3)
    guard rect.height == 3 else { return }
    surface.fill(rect, Style(.overlay))
    let inside = surface.box(
      rect, title: complaint ?? "Passphrase of the key", trailing: "↵ unlock  Esc",
      border: .overlayBorder, titleStyle: complaint == nil ? .overlayTitle : .toastError)
    let stars = SafeText(
      untrusted: String(
        repeating: "•", count: min(text.unicodeScalars.count, max(0, inside.width - 2))))
    surface.text(stars, at: Point(x: inside.x + 1, y: inside.y), style: Style(.overlay))
    surface.cursor = Point(x: inside.x + 1 + stars.width, y: inside.y)
  }
}

/// A word to the person that goes by itself.
struct Toast {
  let text: SafeText
  let style: StyleName
  let until: Duration
}
