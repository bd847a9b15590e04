import FourA
import Home
import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// The command line, at the foot of the screen.
struct LinePrompt {
  var editor: LineEditor
  /// Which of the past lines stands in the field, from the newest.
  var recalled: Int?
  /// What was typed before the first of them was recalled.
  var typed = ""
  /// Where Tab is among the candidates, and the line they complete.
  var completing: (completion: LineCompletion, line: String, index: Int)?
  /// Why the line cannot be done as it stands.
  var complaint: SafeText?
}

/// `:`, a command by its name: the same lines as in the plain mode, completed by Tab.
extension Shell {
  static let lineTable = LineTable(panes: PaneCommand.lineSpecs)
  /// What was typed and left: it comes back with the field.
  private static let draftName = "history:line:draft"

  func openLine() {
    let left = (try? workspace.reader.setting(Self.draftName)) ?? ""
    overlays.append(.line(LinePrompt(editor: LineEditor(left, limit: 4_000))))
  }

  private func keepLine(_ text: String) {
    // An invite is a secret.
    let isKept = !text.isEmpty && !text.lowercased().contains("/invite/")
    try? workspace.desk.setSetting(Self.draftName, isKept ? text : nil)
  }

  func edit(_ prompt: LinePrompt, by key: Key) {
    var prompt = prompt
    switch key {
    case Key(.enter): return accept(prompt)
    case Key(.escape):
      keepLine(prompt.editor.text)
      overlays.removeLast()
      return
    case Key(.up), Key(.down): recall(key == Key(.up) ? 1 : -1, in: &prompt)
    case Key(.tab): complete(&prompt, by: 1)
    case Key(.tab, .shift): complete(&prompt, by: -1)
    case Key(.backspace) where prompt.editor.isEmpty:
      keepLine("")
      overlays.removeLast()
      return
    default:
      if prompt.editor.press(key) { prompt.changed() }
    }
    overlays[overlays.count - 1] = .line(prompt)
  }

  private func recall(_ step: Int, in prompt: inout LinePrompt) {
    let lines = LineHistory(of: workspace.reader).lines
    let index = (prompt.recalled ?? -1) + step
    guard index >= -1, index < lines.count else { return }
    if prompt.recalled == nil { prompt.typed = prompt.editor.text }
    prompt.recalled = index < 0 ? nil : index
    prompt.editor.set(index < 0 ? prompt.typed : lines[lines.count - 1 - index])
    (prompt.completing, prompt.complaint) = (nil, nil)
  }

  /// Tab: what all candidates share, then one after the other.
  private func complete(_ prompt: inout LinePrompt, by step: Int) {
    if var going = prompt.completing, !going.completion.candidates.isEmpty {
      let count = going.completion.candidates.count
      going.index = (going.index + step + count) % count
      let candidate = going.completion.candidates[going.index]
      prompt.editor.set(going.completion.applied(candidate, to: going.line))
      prompt.completing = going
      return
    }
    let line = prompt.editor.text
    let completion = LineCompletion(line, in: Self.lineTable, lineVocabulary)
    if let shared = completion.shared {
      prompt.editor.set(completion.applied(.init(shared), to: line))
    } else if !completion.candidates.isEmpty {
      prompt.completing = (completion, line, step > 0 ? -1 : 0)
      complete(&prompt, by: step)
    }
  }

  /// What is here, for completion.
  private var lineVocabulary: LineVocabulary {
    let here = workspace.vocabulary(in: scene.room)
    return LineVocabulary(filter: here.filter) { value in
      value == .command
        ? Self.lineTable.entries.map { .init($0.spec.words[0]) } : here.values(value)
    }
  }

  // MARK: Doing

  private func accept(_ prompt: LinePrompt) {
    let line = prompt.editor.text
    do {
      guard let call = try Self.lineTable.parse(line, in: lineContext) else {
        keepLine("")
        overlays.removeLast()
        return
      }
      // The field stays open over what is refused: nothing that was typed is lost.
      overlays.removeLast()
      do {
        try perform(call)
      } catch {
        overlays.append(.line(prompt))
        throw error
      }
      keepLine("")
      var history = LineHistory(of: workspace.reader)
      history.add(line)
      try? history.save(to: workspace.desk)
    } catch {
      var prompt = prompt
      prompt.complaint = Self.words(of: error)
      overlays[overlays.count - 1] = .line(prompt)
    }
  }

  private var lineContext: LineContext {
    LineContext(
      card: card.card?.eventID.hex, question: card.question?.eventID.hex,
      channel: scene.channel?.text, track: scene.track)
  }

  private func perform(_ call: LineCall) throws {
    switch call.entry.meaning {
    case .pane(let name):
      guard let command = PaneCommand(rawValue: name) else { return }
      try check(command)
      perform(command, call.arguments.texts("argument"))
    case .verb(let name): try perform(verb: name, call.arguments)
    case .own(let command): try perform(command, call.arguments)
    }
  }

  /// - Throws: `not_possible` with the reason.
  private func check(_ command: PaneCommand) throws {
    guard let reason = ability(to: command).refusal else { return }
    throw StudioError("not_possible", "\(command.title.string): \(reason.string)")
  }

  private func perform(_ command: LineCommand, _ arguments: Arguments) throws {
    switch command {
    case .go: Place(rawValue: try arguments.required("place")).map { go(to: .place($0)) }
    case .open: try openByName(try arguments.required("id"))
    case .list:
      let view = try arguments.text("view").map {
        try SavedViews.load(from: workspace.home).named($0)
      }
      try filterCards(view?.text ?? arguments.text("query") ?? "")
    case .consent: try consentByLine(arguments)
    case .reply:
      let text = try arguments.required("text")
      if place == .chat, let channel = scene.channel {
        try perform(verb: "post", Arguments(["channel": channel.text, "text": text]))
      } else if let card = card.card {
        try perform(verb: "comment", Arguments(["id": card.eventID.hex, "text": text]))
      } else {
        throw StudioError("not_possible", "reply: no card and no channel is open")
      }
    case .answer: try answerByLine(arguments)
    case .undo:
      try check(.undo)
      perform(.undo)
    case .delete:
      try openByName(try arguments.required("id"))
      try check(.delete)
      perform(.delete)
    case .set:
      let setting = try arguments.required("setting")
      try Settings.set(setting, to: try arguments.required("value"), in: workspace.home)
    case .saveView:
      let (name, query) = (try arguments.required("name"), arguments.text("query") ?? scene.filter)
      try SavedViews.save(query, as: name, in: workspace.home)
      say("view \(SafeText(untrusted: name)) is kept")
      setNeedsRefresh()
    case .drafts, .send, .discard: go(to: .place(.drafts))
    case .help: try help(arguments.texts("command"))
    case .quit: perform(.quit)
    case .more, .confirm, .hold:
      throw StudioError("not_possible", "\(command.rawValue) is for studio --plain")
    }
  }

  private func help(_ words: [String]) throws {
    guard !words.isEmpty else { return perform(.help) }
    let specs = Self.lineTable.entries.map(\.spec)
    guard let spec = specs.longest(in: words) else {
      throw StudioError.unknownCommand(
        words, among: specs.map(\.name), otherwise: "? lists the keys")
    }
    let lines =
      [spec.summary]
      + spec.parameters.map {
        "\($0.form == .positional ? $0.placeholder : "--\($0.name)")  \($0.help)"
      }
    overlays.append(
      .notice(
        Notice(
          title: SafeText(untrusted: spec.lineUsage),
          text: SafeText(untrustedMultiline: lines.joined(separator: "\n")))))
  }

  private func openByName(_ id: String) throws {
    if id.hasPrefix("#"), let channel = ChannelName(String(id.dropFirst())) {
      return go(to: .channel(channel))
    }
    let found = try workspace.object(id, kinds: [30530, 30533, 30534, 30535], in: nil, field: "id")
    let root = found.kind == 30530 ? found.id : try workspace.reader.entry(found.id)?.root
    guard let root else {
      throw StudioError("reference_not_found", "it hangs on no card", field: "id", value: id)
    }
    go(to: .card(root))
  }

  private func filterCards(_ text: String) throws {
    do throws(FilterError) {
      _ = try FilterQuery(parsing: text)
    } catch {
      throw error.error(for: text)
    }
    go(to: .place(.board))
    scene.filter = FilterQuery.trimmed(text)
    chooseAgain()
  }

  private func showTeam(_ who: String?) throws {
    guard let who, let room = scene.room else { return go(to: .place(.agents)) }
    guard case .one(let mention) = try workspace.reader.resolveAddressee(who, in: room.id) else {
      throw StudioError(
        "reference_not_found", "nobody here is “\(who.prefix(80))”", field: "who", value: who)
    }
    go(to: .agent(mention.pubkey))
  }

  private func consentByLine(_ arguments: Arguments) throws {
    let (need, decision, limits) = try workspace.consent(arguments, now: clock.now())
    go(to: .place(.inbox))
    inbox.select(.consent(need.card.id))
    chooseAgain(onlyCard: true)
    if let decision { keep(decision, need, limits: limits) }
  }

  private func answerByLine(_ arguments: Arguments) throws {
    let found = try workspace.object(
      try arguments.required("id"), kinds: [30534], in: nil, field: "id")
    guard let row = try workspace.reader.entry(found.id) else { return }
    let answer = try row.answer(arguments)
    guard Danger(row) == nil || !answer.lets else {
      throw StudioError(
        "not_possible", "a dangerous answer is given at the question", hint: "open it, and choose")
    }
    if let root = row.root { go(to: .card(root)) }
    hold(row, options: answer.options, text: answer.text, decision: answer.decision)
    if arguments.flag("now") { sendAllAnswers() }
  }

  // MARK: Verbs

  private func perform(verb name: String, _ arguments: Arguments) throws {
    guard let verb = Verbs.named(name) else { return }
    var arguments = arguments
    switch name {
    case "sync":
      workspace.engine.nudge(
        .sync(seconds: try arguments.number("timeout", in: 1...3600) ?? 30))
      return say("catching up …")
    case "card create" where arguments.text("track") == nil:
      let open = scene.tracks.filter { $0.closedAt == nil }
      guard let track = scene.track ?? (open.count < 2 ? open.first?.name ?? "inbox" : nil) else {
        throw StudioError("missing_argument", "--track is missing", field: "track")
      }
      arguments.set("track", to: track)
    case "problems" where !arguments.flag("all") && !arguments.flag("room"):
      agents.showsProblems = false
      return showProblems()
    case "team" where !arguments.flag("silent") && !arguments.flag("room"):
      return try showTeam(arguments.text("who"))
    case "card show": return try openByName(try arguments.required("id"))
    case "channel read":
      return try openByName("#\(try arguments.required("name").drop { $0 == "#" })")
    default: break
    }
    let (result, order) = try workspace.begin(verb, arguments)
    guard let order else { return lineDone(name, result) }
    pending.append(
      WaitingOrder(
        order: order, slowAt: clock.monotonic() + .seconds(1),
        done: { [weak self] in self?.lineDone(name, $0) }, failed: { _ in }))
    checkOrders()
  }

  private func lineDone(_ name: String, _ result: JSON) {
    setNeedsRefresh()
    let title = SafeText(untrusted: name)
    if let notice = result.object.flatMap({ Notice(invite: $0) }) {
      overlays.append(.notice(notice))
    } else if name == "room create", let address = result["address"]?.string {
      run("use", Arguments(["room": address]))
      say("founded; I invites others")
    } else if name == "use" {
      (scene.filter, isZoomed) = ("", false)
    } else if result["delivery"] != nil {
      say("\(title): done")
    } else {
      let names = (try? workspace.memberNames()) ?? [:]
      let text = Rendering(names: names).text(of: result)
      overlays.append(.notice(Notice(title: title, text: SafeText(untrustedMultiline: text))))
      try? workspace.resultWasWritten()
    }
  }

  // MARK: Drawing

  /// The field, and under it what is wrong or what could come next.
  func drawLine(_ prompt: LinePrompt, on surface: inout Surface, in status: Rect) {
    let field = prompt
    var prompt = prompt
    FootField.draw(
      &prompt.editor, label: ":", placeholder: "a command: Tab completes, ↑ recalls, Esc",
      hint: lineHint(field), on: &surface, in: status)
    overlays[overlays.count - 1] = .line(prompt)
  }

  private func lineHint(_ prompt: LinePrompt) -> (SafeText, StyleName) {
    if let complaint = prompt.complaint { return (complaint, .toastError) }
    let completion =
      prompt.completing?.completion
      ?? LineCompletion(prompt.editor.text, in: Self.lineTable, lineVocabulary)
    if completion.candidates.count == 1, let only = completion.candidates.first,
      !only.detail.isEmpty
    {
      return (
        "Tab: \(SafeText(untrusted: only.text, limit: 200))  \(SafeText(untrusted: only.detail, limit: 200))",
        .hintText
      )
    }
    if !completion.candidates.isEmpty {
      let words = completion.candidates.prefix(24).map(\.text).joined(separator: " ")
      return ("Tab: \(SafeText(untrusted: words, limit: 400))", .hintText)
    }
    return (completion.usage.map { SafeText(untrusted: $0, limit: 400) } ?? "", .hintText)
  }
}

extension LinePrompt {
  mutating func changed() { (recalled, completing, complaint) = (nil, nil, nil) }
}
