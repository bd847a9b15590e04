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
      let text = arguments.text("query") ?? ""
      try list(text)
      filter = text
    case .more:
      let next = next
      self.next = nil
      next?()
    case .reply: try reply(try arguments.required("text"))
    case .answer: try answer(arguments)
    case .confirm: try confirm(try arguments.required("word"))
    case .undo: takeBack()
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
    try run(name, arguments) { [unowned self] in tell($0, of: name, arguments) }
  }

  private var soleTrack: String? {
    guard let room, let tracks = try? workspace.reader.tracks(room.id) else { return nil }
    let open = tracks.filter { $0.closedAt == nil }
    return open.count == 1 ? open[0].name : open.isEmpty ? "inbox" : nil
  }

  private func tell(_ result: JSON, of name: String, _ arguments: Arguments) {
    let event = result["event_id"]?.string
    let subject = (arguments.text("id") ?? arguments.text("card")).flatMap(object)
    defer { try? workspace.resultWasWritten() }
    switch name {
    case "comment": say("commented on \(label(ofCard: subject))")
    case "card create": say("made \(label(ofCard: event.flatMap(object)))")
    case "card status":
      say("\(label(ofCard: subject)): \(StatusLook(arguments.text("status") ?? "").word)")
    case "card assign":
      let row = subject.flatMap { try? workspace.reader.card($0) }
      let who = row?.assignees.first.map(names.brief) ?? "nobody"
      say("\(label(ofCard: subject)): for \(who)")
    case "card edit": say("changed \(label(ofCard: subject))")
    case "card delete": say("deleted")
    case "ask":
      if let id = event.flatMap(object) { say("asked: question \(numbers.number(.question, id))") }
    case "answer": say("answered")
    case "post":
      channel = arguments.text("channel").map { $0.hasPrefix("#") ? String($0.dropFirst()) : $0 }
      card = nil
      say("posted in #\(SafeText(untrusted: channel ?? "", limit: 200))")
    case "channel read", "inbox":
      if name == "channel read" {
        channel = arguments.text("name").map { $0.hasPrefix("#") ? String($0.dropFirst()) : $0 }
        card = nil
      }
      tellPosts(result)
    case "question list":
      let rows = (result["questions"]?.array ?? []).compactMap { $0["event_id"]?.string }
      let entries = rows.compactMap(object).compactMap { try? workspace.reader.entry($0) }
      entries.forEach { question($0) }
      if entries.isEmpty { say("no questions") }
    case "room create", "use":
      if name == "room create", let address = result["address"]?.string {
        try? run("use", Arguments(["room": address])) { _ in }
      }
      (card, channel, filter) = (nil, nil, "")
      if let room { say(title(of: room)) }
    case "room invite":
      say("an invite for one person; whoever has it can claim it once:")
      say(SafeText(untrusted: result["url"]?.string ?? "", limit: 4_000))
    case "room join": say("claimed; the room opens when somebody admits you")
    case "room admit": say("admitted \(result["admitted"]?.array?.count ?? 0)")
    default:
      let names = (try? workspace.memberNames()) ?? [:]
      say(SafeText(untrustedMultiline: Self.trimmed(Rendering(names: names).text(of: result))))
    }
  }

  private static func trimmed(_ text: String) -> String {
    text.hasSuffix("\n") ? String(text.dropLast()) : text
  }

  private func tellPosts(_ result: JSON) {
    let ids = (result["posts"]?.array ?? []).compactMap { $0["event_id"]?.string }
    for id in ids.compactMap(object) {
      if let post = try? workspace.reader.post(id) {
        tell(post, "\(moments.clock(of: post.at)) ")
      } else if let entry = try? workspace.reader.entry(id) {
        tell(entry, "\(moments.clock(of: entry.createdAt)) ", withPlace: true)
      }
    }
    if ids.isEmpty { say(result["unread_count"] == nil ? "no posts" : "nothing unread") }
    if let unread = result["unread_count"]?.integer, unread > 0 { say("\(unread) more unread") }
  }

  // MARK: Places

  private func go(_ place: String) throws {
    switch place {
    case "inbox":
      if let room {
        let waiting = try workspace.reader.questions(room.id, openOnly: true, limit: 50)
        waiting.reversed().forEach { question($0) }
      }
      try perform(verb: "inbox", Arguments())
    case "board":
      try perform(verb: "track list", Arguments())
      try list(filter)
    case "card":
      guard let card, let id = event(card) else {
        throw StudioError("not_possible", "no card is open", hint: "open CARD opens one")
      }
      try open(id)
    case "chat": try perform(verb: "channel list", Arguments())
    case "agents":
      try perform(verb: Verbs.named("agent list") == nil ? "room show" : "agent list", Arguments())
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
    if row.unread > 0 { line = "\(line), \(row.unread) unread" }
    return "\(line), \(moments.age(of: row.updatedAt))"
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
    guard let thread = try? workspace.reader.threadEnd(of: row.id, limit: Self.page + 1) else {
      return
    }
    if thread.count > Self.page {
      say("what is older: log \(numbers.number(.card, row.id))")
    }
    for entry in thread.prefix(Self.page).reversed() {
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

  // MARK: Drafts

  private var drafts: [Reader.DraftRow] {
    let rows = (try? workspace.reader.drafts()) ?? []
    return rows.filter { $0.text.contains { !$0.isWhitespace } }
  }

  /// What the panes keep; lines are sent as they are typed.
  private func tellDrafts() {
    let rows = drafts
    for (index, row) in rows.enumerated() {
      let target = DraftTarget(row.name)
      let place: SafeText =
        target.address.flatMap(object).map { id in
          (try? workspace.reader.entry(id)).map { " question\(self.place($0))" }
            ?? " \(label(ofCard: id))"
        } ?? ""
      tell("draft \(index + 1), \(target.verb)\(place)", row.text)
    }
    if rows.isEmpty { say("nothing is begun and not sent") }
  }

  private func discard(_ number: Int) throws {
    let rows = drafts
    guard rows.indices.contains(number - 1) else {
      throw StudioError(
        "invalid_argument", "there are \(rows.count) drafts", field: "number", value: "\(number)")
    }
    let row = rows[number - 1]
    tell("draft \(number)", row.text)
    ask(toConfirm: "delete") { [unowned self] in
      try? workspace.desk.setDraft(row.name, nil, now: clock.now())
      say("the draft is gone")
    }
  }
}
