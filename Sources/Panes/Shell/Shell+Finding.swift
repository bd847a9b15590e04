import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// The field at the foot of the screen that looks for words in the thread above.
struct FindPrompt {
  var editor: LineEditor
  var complaint: SafeText?
}

/// What is looked for in a thread, and what was found last.
struct FindState {
  let thread: Reader.Thread
  let text: String
  let terms: [SearchTerm]
  /// Where the last find stands.
  var cursor: EntryCursor?

  /// The words, folded, that stand out in the thread.
  var words: [String] { terms.map { Highlight.folded($0.text) } }

  /// The words of a text; each may go on from three letters on.
  static func terms(_ text: String) -> [SearchTerm] {
    text.split(separator: " ").compactMap {
      SearchTerm(String($0), isBeginning: $0.unicodeScalars.count >= 3)
    }
  }
}

/// Finding in a thread: older words first, for that is what one looks for.
extension Shell {
  /// The thread that has the focus.
  private var thread: Reader.Thread? {
    if focus == .posts, let room = scene.room, let channel = scene.channel {
      return .channel(channel, room.id)
    }
    return focus == .card ? card.card.map { .card($0.id) } : nil
  }

  func startFinding() {
    overlays.append(.find(FindPrompt(editor: LineEditor(finding?.text ?? "", limit: 200))))
  }

  func edit(_ prompt: FindPrompt, by key: Key) {
    var prompt = prompt
    switch key {
    case Key(.escape): overlays.removeLast()
    case Key(.enter):
      let terms = FindState.terms(prompt.editor.text)
      guard !terms.isEmpty, let thread else {
        prompt.complaint = "there is no letter and no digit to look for"
        overlays[overlays.count - 1] = .find(prompt)
        return
      }
      overlays.removeLast()
      finding = FindState(thread: thread, text: prompt.editor.text, terms: terms)
      (posts.sought, card.sought) = ([], [])
      find(older: true)
    default:
      if prompt.editor.press(key) { prompt.complaint = nil }
      overlays[overlays.count - 1] = .find(prompt)
    }
  }

  /// The next one, older or newer; from the other end when there is none.
  func find(older: Bool) {
    guard var state = finding, let thread else {
      return say("nothing is looked for", .toastWarning)
    }
    if thread != state.thread {
      state = FindState(thread: thread, text: state.text, terms: state.terms)
    }
    let words = SafeText(untrusted: state.text, limit: 40)
    let found = scene.read { reader -> (hit: Reader.Found?, wrapped: Bool) in
      if let hit = try reader.find(state.terms, in: thread, before: older, of: state.cursor) {
        return (hit, false)
      }
      return (try reader.find(state.terms, in: thread, before: older), true)
    }
    guard let found else { return say("looking for “\(words)” took too long", .toastWarning) }
    guard let hit = found.hit else { return say("“\(words)” is not in this thread", .toastWarning) }
    let hadOne = state.cursor != nil
    state.cursor = hit.cursor
    finding = state
    switch thread {
    case .channel:
      posts.sought = state.words
      posts.go(to: hit.id, at: hit.cursor)
    case .card:
      card.sought = state.words
      card.go(to: hit.id, at: hit.cursor)
    }
    if found.wrapped, hadOne {
      say(older ? "from the newest again" : "from the oldest again")
    } else {
      say("“\(words)”: n older, N newer")
    }
  }

  func drawFind(_ prompt: FindPrompt, on surface: inout Surface, in status: Rect) {
    var prompt = prompt
    surface.fill(status, Style(.footer))
    let used = surface.spans(
      [Span(" WRITE ", .mode), Span(" find here: ", .inputLabel)], at: status.origin,
      width: status.width)
    let hint: SafeText = prompt.complaint ?? "↵ find  Esc"
    let line = status.splitLeft(used).rest
    let (field, rest) = line.splitLeft(max(line.width / 2, line.width - hint.width - 2))
    surface.text(
      " \(hint)", at: rest.origin, width: rest.width,
      style: Style(prompt.complaint == nil ? .hintText : .toastError))
    prompt.editor.draw(on: &surface, in: field, focused: true, placeholder: "words of this thread")
    overlays[overlays.count - 1] = .find(prompt)
  }
}
