import FourA
import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// What is written: fields, their drafts, and the verbs that follow.
extension Shell {
  /// Commands that lead to a field or a menu.
  func write(_ command: PaneCommand) {
    switch command {
    case .newCard:
      let open = scene.tracks.filter { $0.closedAt == nil }
      if let track = scene.track {
        composeCard(on: track)
      } else if open.count > 1 {
        pickTrack()
      } else {
        composeCard(on: open.first?.name ?? "inbox")
      }
    case .newTrack:
      compose(.trackTitle, title: "New track", draft: "track.new", placeholder: "its title")
    case .newRoom:
      compose(
        .roomSlug, title: "New room: short name", draft: "room.new",
        placeholder: "letters, digits and dashes")
    case .joinRoom:
      compose(.invite, title: "Join a room", draft: "room.join", placeholder: "the invite's URL")
    case .writePost: writePost()
    case .replyToPost: replyToPost()
    case .newChannel:
      compose(
        .channelName, title: "New channel", draft: "channel.new",
        placeholder: "its name, such as release or arc:wiki")
    case .switchRoom: pickRoom()
    case .invite: invite()
    case .admit: pickClaim()
    case .answer: writeAnswer()
    default: if let row = card.card { write(command, on: row) }
    }
  }

  private func write(_ command: PaneCommand, on row: CardRow) {
    let id = row.eventID.hex
    switch command {
    case .assign: pickAssignee(chosenCards)
    case .status: pickStatus(chosenCards)
    case .cancelRun: askToCancel(row)
    case .retryRun: pickRetry(row)
    case .steerRun:
      compose(
        .steer(card: row), title: "Word to the run on \(Self.quoted(row))",
        draft: "steer:\(row.address)",
        placeholder: "heard at the next turn", isMultiline: true)
    case .edit:
      compose(
        .editTitle(card: id, body: row.body, title: row.title), title: "Title",
        draft: "edit:\(row.address)", text: row.title)
    case .comment:
      compose(
        .comment(card: id), title: "Comment on \(Self.quoted(row))",
        draft: "comment:\(row.address)", isMultiline: true)
    case .ask:
      compose(
        .ask(card: id), title: "Ask about \(Self.quoted(row))", draft: "ask:\(row.address)",
        placeholder: "lines that begin with - are options", isMultiline: true)
    case .delete:
      let title = SafeText(untrusted: row.title, limit: 200)
      overlays.append(
        .confirm(
          Confirmation(
            word: "delete", purpose: .delete(card: id, title: title), title: "to delete “\(title)”",
            words: "the card goes from everybody's lists; this cannot be taken back")))
    default: break
    }
  }

  func composeCard(on track: String) {
    compose(
      .cardTitle(track: track),
      title: "New card on \(SafeText(untrusted: track, limit: 80)): title",
      draft: "card:\(scene.room?.audience.address ?? "")", placeholder: "what is to be done")
  }

  /// Opens a field with its draft, or else with `text`; with `whole` in the place of both.
  func compose(
    _ purpose: Composer.Purpose, title: SafeText, draft name: String, text: String = "",
    instead whole: String? = nil, placeholder: SafeText = "", isMultiline: Bool = false
  ) {
    let draft = draft(name)
    let begun = whole ?? draft ?? text
    var prompt = Prompt(
      title: title, text: begun, placeholder: placeholder, isMultiline: isMultiline)
    prompt.editor.setKilled(register)
    overlays.append(
      .compose(
        Composer(
          purpose, prompt: prompt, draft: name, saved: draft ?? begun, gauge: gauge(for: purpose))))
  }

  // MARK: Drafts

  func draft(_ name: String) -> String? { try? workspace.desk.draft(name) }

  var draftDeadline: Duration? {
    if case .compose(let composer)? = overlays.last { composer.saveAt } else { nil }
  }

  /// Keeps what is being written as it stands now.
  func saveDraft() {
    for index in overlays.indices {
      guard case .compose(var composer) = overlays[index] else { continue }
      composer.saveAt = nil
      let text = composer.prompt.editor.text
      if !sameBytes(text, composer.saved) {
        try? workspace.desk.setDraft(composer.draft, text.isEmpty ? nil : text, now: clock.now())
        composer.saved = text
      }
      overlays[index] = .compose(composer)
    }
  }

  // MARK: Sending

  /// Enter in a field.
  func accept(_ text: String, _ composer: Composer) {
    let isBlank = text.allSatisfy(\.isWhitespace)
    if let refusal = composer.gauge?.refusal(text) {
      complain("too long")
      return say(refusal, .toastError)
    }
    switch composer.purpose {
    case .cardTitle(let track):
      guard !isBlank else { return complain("a card needs a title") }
      saveDraft()
      overlays.removeLast()
      compose(
        .cardBody(track: track, title: text), title: "Text, if it needs any",
        draft: "\(composer.draft):body", placeholder: "↵ without text makes the card",
        isMultiline: true)
    case .editTitle(let card, let body, let title):
      guard !isBlank else { return complain("a card needs a title") }
      saveDraft()
      overlays.removeLast()
      compose(
        .editBody(card: card, body: body, title: title, newTitle: text), title: "Text",
        draft: "\(composer.draft):body", text: body, isMultiline: true)
    case .roomSlug:
      guard !isBlank else { return complain("a room needs a short name") }
      saveDraft()
      overlays.removeLast()
      compose(.roomTitle(slug: text), title: "New room: title", draft: "room.new:title")
    default: send(text, isBlank: isBlank, composer)
    }
  }

  func complain(_ text: SafeText) {
    guard case .compose(var composer)? = overlays.last else { return }
    composer.prompt.complaint = text
    overlays[overlays.count - 1] = .compose(composer)
  }

  /// The verb, its arguments and what follows; the field stays open when the verb refuses.
  private func send(_ text: String, isBlank: Bool, _ composer: Composer) {
    switch composer.purpose {
    case .cardBody, .editBody: break
    default: if isBlank { return complain("there is nothing to send yet") }
    }
    var drafts = [composer.draft]
    switch composer.purpose {
    case .post(let target): send(text, to: target, composer)
    case .channelName: openChannel(text)
    case .comment(let card):
      submit("comment", ["id": card, "text": text], text, drafts) { _ in }
    case .steer(let card):
      submit("card steer", runArguments(card, text), text, drafts) { [weak self] _ in
        self?.say("said; it is heard at the next turn")
      }
    case .denial(let question):
      saveDraft()
      overlays.removeLast()
      hold(question, text: text, decision: "deny")
      setNeedsRefresh()
    case .answer(let question): acceptAnswer(text, question, composer)
    case .ask(let card): ask(text, card: card, drafts)
    case .cardBody(let track, let title):
      drafts.append("card:\(scene.room?.audience.address ?? "")")
      var values = ["track": track, "title": title]
      if !isBlank { values["body"] = text }
      submit("card create", values, text, drafts) { [weak self] in self?.showCreated($0) }
    case .editBody(let card, let body, let title, let newTitle):
      drafts.append(String(composer.draft.dropLast(5)))
      var values = ["id": card]
      if !sameBytes(title, newTitle) { values["title"] = newTitle }
      if !sameBytes(body, text), !isBlank { values["body"] = text }
      guard values.count > 1 else {
        forget(drafts)
        overlays.removeLast()
        return say("nothing was changed")
      }
      submit("card edit", values, text, drafts) { [weak self] _ in self?.say("changed") }
    case .trackTitle:
      submit("track create", ["slug": Self.slug(text), "title": text], text, drafts) { _ in }
    case .roomTitle(let slug):
      drafts.append("room.new")
      submit("room create", ["slug": slug, "title": text], text, drafts) { [weak self] in
        self?.use($0)
      }
    case .invite:
      submit("room join", ["url": text], text, drafts) { [weak self] in self?.joined($0) }
    case .cardTitle, .editTitle, .roomSlug: break
    }
  }

  private func submit(
    _ verb: String, _ values: [String: String], _ text: String, _ drafts: [String],
    done: @escaping (JSON) -> Void
  ) {
    submit(verb, Arguments(values), text, drafts, done: done)
  }

  private func submit(
    _ verb: String, _ arguments: Arguments, _ text: String, _ drafts: [String],
    done: @escaping (JSON) -> Void
  ) {
    do {
      try start(verb, arguments, instead: drafts, done: done) { [weak self] _ in
        // It is not lost: the field has it again.
        guard let self, let name = drafts.first, draft(name) == nil else { return }
        try? workspace.desk.setDraft(name, text, now: clock.now())
        setNeedsRefresh()
      }
      overlays.removeLast()
      setNeedsRefresh()
    } catch {
      complain(Self.words(of: error))
      complain(error)
    }
  }

  /// The order holds the text now.
  func forget(_ drafts: [String]) {
    for name in drafts { try? workspace.desk.setDraft(name, nil, now: clock.now()) }
  }

  private func ask(_ text: String, card: String, _ drafts: [String]) {
    let (body, options) = Gauge.question(text)
    var arguments = Arguments(["card": card])
    for option in options { arguments.add("option", option) }
    arguments.set("text", to: body)
    submit("ask", arguments, text, drafts) { _ in }
  }

  // MARK: What follows

  private func showCreated(_ result: JSON) {
    guard let id = result.object?["event_id"]?.string,
      case .one(let object)? = try? workspace.reader.resolveObject(id, kinds: [30530])
    else { return }
    show(object.id)
  }

  private func use(_ result: JSON) {
    guard let address = result.object?["address"]?.string else { return }
    run("use", Arguments(["room": address]))
    say("founded; I invites others")
  }

  private func joined(_ result: JSON) {
    say("claimed; the room opens when somebody admits you")
    setNeedsRefresh()
  }

  private func invite() {
    run("room invite", Arguments()) { [weak self] result in
      guard let notice = result.object.flatMap({ Notice(invite: $0) }) else { return }
      self?.overlays.append(.notice(notice))
    }
  }

  /// The short name of a track or a room from its title.
  static func slug(_ title: String, else other: String = "track") -> String {
    var slug = ""
    for byte in title.utf8.prefix(200) {
      switch byte {
      case 0x30...0x39, 0x61...0x7a: slug.unicodeScalars.append(Unicode.Scalar(byte))
      case 0x41...0x5a: slug.unicodeScalars.append(Unicode.Scalar(byte + 0x20))
      default: if !slug.isEmpty, slug.last != "-" { slug += "-" }
      }
    }
    slug = String(slug.prefix(48))
    while slug.last == "-" { slug.removeLast() }
    return slug.isEmpty ? other : slug
  }
}
