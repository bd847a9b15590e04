import Home
import Nostr
import Replica
import Terminal
import Workspace

/// What commands do, and how their results are told.
extension PlainSession {
  private static let page = 20

  func perform(_ call: LineCall) throws {
    if case .unable(let reason) = ability(to: call.entry) {
      throw StudioError("not_possible", "\(call.entry.spec.name): \(reason.string)")
    }
    let arguments = call.arguments
    switch call.entry.meaning {
    case .verb(let name): try perform(verb: name, arguments)
    case .pane(let name): try perform(pane: name)
    case .own(let command): try perform(command, arguments)
    }
  }

  private func perform(_ command: LineCommand, _ arguments: Arguments) throws {
    switch command {
    case .go: try go(try arguments.required("place"))
    case .open: try open(try arguments.required("id"))
    case .list:
      let view = try arguments.text("view").map {
        try SavedViews.load(from: workspace.home).named($0).text
      }
      let text = view ?? arguments.text("query") ?? ""
      try list(text)
      filter = text
    case .more:
      let next = next
      self.next = nil
      next?()
    case .reply: try reply(try arguments.required("text"))
    case .answer: try answer(arguments)
    case .confirm: try confirm(try arguments.required("word"))
    case .consent: try consent(arguments)
    case .undo: try takeBack()
    case .hold:
      let seconds = try arguments.number("seconds", in: 0...60) ?? 0
      holding = .seconds(seconds)
      say("answers are held for \(seconds) s")
    case .delete: try askToDelete(try arguments.required("id"))
    case .set:
      let (setting, value) = (
        try arguments.required("setting"), try arguments.required("value")
      )
      try Settings.set(setting, to: value, in: workspace.home)
      say("\(SafeText(untrusted: setting)) is \(SafeText(untrusted: value, limit: 200)) now")
    case .saveView:
      let query = arguments.text("query") ?? filter
      let name = try arguments.required("name")
      try SavedViews.save(query, as: name, in: workspace.home)
      say("view \(SafeText(untrusted: name)): \(SafeText(untrusted: query, limit: 400))")
    case .drafts: tellDrafts()
    case .send: try sendDraft(try arguments.number("number", in: 1...10_000) ?? 0)
    case .discard: try discard(try arguments.number("number", in: 1...10_000) ?? 0)
    case .help: try help(arguments.texts("command"))
    case .quit: quit()
    }
  }

  private func perform(pane name: String) throws {
    switch PlainForm.all[name] {
    case .line(let line)?
    where table.named(line)?.spec.parameters.contains(where: \.isRequired) == false:
      if let call = try table.parse(line) { try perform(call) }
    case .line(let line)?:
      throw StudioError(
        "not_possible", "\(name) is for the panes",
        hint: "here it is: \(table.named(line)?.spec.lineUsage ?? line)")
    case .none(let reason)?:
      throw StudioError("not_possible", "\(name): \(reason.string)")
    case nil:
      throw StudioError("not_possible", "\(name) is for the panes")
    }
  }

  // MARK: Verbs

  private func perform(verb name: String, _ arguments: Arguments) throws {
    var arguments = arguments
    if name == "card create", arguments.text("track") == nil {
      guard let track = FilterQuery.onlyTrack(filter) ?? soleTrack else {
        throw StudioError(
          "missing_argument", "--track is missing", field: "track",
          hint: "tracks tells which there are; list track:NAME chooses one")
      }
      arguments.set("track", to: track)
    }
    if name == "card show" { return try open(try arguments.required("id")) }
    if name == "problems", !arguments.flag("all"), !arguments.flag("room") {
      return tellProblems()
    }
    if name == "team", !arguments.flag("silent"), !arguments.flag("room") {
      return try tellTeam(arguments.text("who"))
    }
    let move = back(from: name, arguments)
    try run(name, arguments) { [unowned self] in
      tell($0, of: name, arguments)
      if let move {
        undos.append { [unowned self] in
          try run(move.verb, Arguments(move.arguments)) { [unowned self] _ in say(move.words) }
        }
      }
    }
  }

  /// What would undo a change of status or of hands.
  private func back(from name: String, _ arguments: Arguments) -> CardMove? {
    guard ["card status", "card assign"].contains(name),
      let id = arguments.text("id").flatMap(object), let row = try? workspace.reader.card(id)
    else { return nil }
    let card = row.eventID.hex
    if name == "card status" {
      return CardMove(
        verb: name, arguments: ["id": card, "status": row.status],
        words: "\(label(row)): \(StatusLook(row.status).word) again")
    }
    let who = row.assignees.first
    return CardMove(
      verb: name, arguments: ["id": card, "who": who?.hex ?? "none"],
      words: "\(label(row)): for \(who.map(names.brief) ?? "nobody") again")
  }

  private var soleTrack: String? {
    guard let room, let tracks = try? workspace.reader.tracks(room.id) else { return nil }
    let open = tracks.filter { $0.closedAt == nil }
    return open.count == 1 ? open[0].name : open.isEmpty ? "inbox" : nil
  }

  // MARK: Places

  private func go(_ place: String) throws {
    switch place {
    case "inbox":
      tellNeeds()
      try perform(verb: "inbox", Arguments())
    case "board":
      try perform(verb: "track list", Arguments())
      try list(filter)
      for view in try SavedViews.load(from: workspace.home).views {
        say("view \(SafeText(untrusted: view.name)): \(SafeText(untrusted: view.text, limit: 400))")
      }
    case "card":
      guard let card, let id = event(card) else {
        throw StudioError("not_possible", "no card is open", hint: "open CARD opens one")
      }
      try open(id)
    case "chat": try perform(verb: "channel list", Arguments())
    case "agents":
      try tellTeam(nil)
    case "drafts": tellDrafts()
    default: break
    }
  }

  /// Opens a card, the card of a question, or a channel by its `#name`.
  private func open(_ id: String) throws {
    if id.hasPrefix("#") {
      var arguments = Arguments()
      arguments.set("name", to: id)
      return try perform(verb: "channel read", arguments)
    }
    let found = try workspace.object(id, kinds: [30530, 30533, 30534, 30535], in: nil, field: "id")
    var card = found.id
    if found.kind != 30530, let entry = try workspace.reader.entry(found.id) {
      guard let root = entry.root else {
        throw StudioError("reference_not_found", "it hangs on no card", field: "id", value: id)
      }
      card = root
    }
    guard let row = try workspace.reader.card(card, me: workspace.me), row.isShown else {
      throw StudioError(
        "reference_not_found", "there is no card “\(id.prefix(80))”", field: "id", value: id)
    }
    tell(row)
    (self.card, channel) = (row.id, nil)
    if let newest = try workspace.reader.log(limit: 1).first?.seq {
      try workspace.desk.markRead(row.id, through: newest)
    }
  }

  private func reply(_ text: String) throws {
    if let card = card.flatMap(event) {
      var arguments = Arguments(["id": card])
      arguments.set("text", to: text)
      try perform(verb: "comment", arguments)
    } else if let channel {
      try perform(verb: "post", Arguments(["channel": channel, "text": text]))
    }
  }

  // MARK: Lists

  func list(_ text: String, after cursor: CardCursor? = nil) throws {
    let room = try workspace.room()
    let rows: [CardRow]
    let order: CardOrder
    do {
      let query = try FilterQuery(parsing: text)
      let context = workspace.filterContext([room.id], isUTC: clock.isUTC)
      let condition = try query.condition(in: context, workspace.reader)
      order = query.order ?? .newest
      rows = try workspace.reader.cards(
        room.id, CardFilter(matching: condition, order: order), after: cursor,
        limit: Self.page + 1, me: workspace.me)
    } catch let fault as FilterError {
      throw fault.error(for: text)
    }
    let names = names
    for row in rows.prefix(Self.page) { say(line(row, names)) }
    if rows.isEmpty { say("no cards") }
    guard rows.count > Self.page else { return next = nil }
    let last = rows[Self.page - 1].cursor(in: order)
    next = { [unowned self] in
      do { try list(text, after: last) } catch { refuse(error) }
    }
    say("more tells the rest")
  }

  private func line(_ row: CardRow, _ names: Names) -> SafeText {
    var line: SafeText =
      "\(label(row)), \(StatusLook(row.status).word), \(SafeText(untrusted: row.track, limit: 80))"
    if let who = row.assignees.first { line = "\(line), for \(names.brief(who))" }
    if row.unread > 0 { line = "\(line), \(row.unread.badge) unread" }
    return "\(line), \(moments.age(of: row.updatedAt))\(state(at: row.id))"
  }

  // MARK: One card

  private func tell(_ row: CardRow) {
    let names = names
    say(
      "\(line(row, names)), by \(names.brief(row.author)), id \(SafeText(untrusted: row.eventID.short))"
    )
    if !row.tags.isEmpty {
      sayUnder("labels \(SafeText(untrusted: row.tags.joined(separator: ", "), limit: 400))")
    }
    if row.body != row.title { body(row.body).lines.forEach(sayUnder) }
    if row.isHeld { sayUnder("on hold: nobody begins it until it is opened again or done again") }
    tellRun(on: row)
    guard let thread = try? workspace.reader.threadEnd(of: row.id, limit: Self.page + 1) else {
      return
    }
    if thread.count > Self.page {
      say("what is older: log \(numbers.number(.card, row.id))")
    }
    for entry in EntryRow.once(thread.prefix(Self.page).reversed()) {
      tell(entry, "\(moments.clock(of: entry.createdAt)) ")
    }
  }

  /// A remark, a change, a question or an answer.
  func tell(_ entry: EntryRow, _ before: SafeText, withPlace: Bool = false) {
    let who = names.brief(entry.author)
    let place = withPlace ? place(entry) : ""
    switch entry.kind {
    case .question: question(entry, before, withPlace: withPlace)
    case .answer:
      let number: SafeText =
        entry.parent.map { " to question \(numbers.number(.question, $0))" } ?? ""
      tell("\(before)answer\(number)\(place) from \(who)", entry.body)
    case .comment:
      if let status = entry.toStatus {
        let refused: SafeText =
          entry.verdict == .refused
          ? ", refused: \(SafeText(untrusted: entry.reason ?? "", limit: 200))" : ""
        return say("\(before)\(StatusLook(status).word)\(place), says \(who)\(refused)")
      }
      let intent = SafeText(untrusted: entry.intent ?? "comment", limit: 40)
      tell("\(before)\(intent)\(place) from \(who)", entry.body)
    }
  }

  // MARK: Asking back

  private func askToDelete(_ id: String) throws {
    let found = try workspace.object(id, kinds: [30530], in: nil, field: "id")
    say("\(label(ofCard: found.id)) goes from everybody's lists; this cannot be taken back")
    ask(toConfirm: "delete") { [unowned self] in
      do {
        try perform(verb: "card delete", Arguments(["id": id]))
      } catch {
        refuse(error)
      }
    }
  }

  func ask(toConfirm word: String, _ act: @escaping () -> Void) {
    unconfirmed = (word, act)
    say("if that is meant: confirm \(SafeText(untrusted: word))")
  }

  private func confirm(_ word: String) throws {
    guard let asked = unconfirmed else { return }
    guard word.lowercased() == asked.word else {
      throw StudioError(
        "invalid_argument", "the word is “\(asked.word)”", field: "word", value: word)
    }
    unconfirmed = nil
    asked.act()
  }
}
