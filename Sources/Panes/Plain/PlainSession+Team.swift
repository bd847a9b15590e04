import Home
import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// Who is here and how they are; what is silent, what has failed, what waits for consent.
extension PlainSession {
  private static let notes = 10

  // MARK: Looking

  /// Reads who is here and what waits, and tells what is wrong once.
  ///
  /// - Parameter anew: whether or not something was committed since it was last read.
  func look(anew: Bool = false) {
    let parts: Parts = [.people, .team, .inbox]
    let last = scene.lastChange()
    let news = looked.flatMap { scene.news(since: $0) }
    let isOther = scene.readRooms()
    _ = scene.readMeasures()
    scene.refresh(
      isOther || anew || looked == nil
        ? parts
        : news.map { Parts($0, card: nil, channel: nil).intersection(parts) } ?? parts)
    looked = last ?? looked
    tellTrouble()
    let due = scene.presences.nextChange.map { $0 - clock.now() }
    lookDue = due.map { clock.monotonic() + .seconds(max(1, $0)) }
  }

  private func tellTrouble() {
    let now = moments.clock(of: clock.now())
    var current: Set<InboxID> = []
    func once(_ row: InboxRow, _ tell: () -> Void) {
      if current.insert(row.id).inserted, !told.contains(row.id) { tell() }
    }
    for silence in scene.silences {
      once(.silence(silence)) { tell(silence, "\(now) ") }
    }
    for need in scene.inbox.consents { once(.consent(need)) { tell(need, "\(now) ") } }
    for need in scene.inbox.failures { once(.failure(need)) { tell(need, "\(now) ") } }
    // While nothing is heard of anybody no silence has ended.
    let isBlind = scene.team.members.first.map { $0.presence.state == .unknown } ?? true
    let kept = told.filter { if case .silence = $0 { isBlind } else { false } }
    told = current.union(kept)
  }

  // MARK: One of a kind

  private func tell(_ silence: Silence, _ before: SafeText = "") {
    let text = silence.text(moments)
    let place: SafeText = silence.member.id.card.map { " on \(label(ofCard: $0))" } ?? ""
    let elsewhere: SafeText =
      silence.room == scene.room?.id ? "" : " in \(slug(of: silence.room))"
    say(
      "\(before)silent: \(text.name)\(beside(text))\(place)\(elsewhere), \(silence.words(moments))"
    )
    guard before.isEmpty else { return }
    let who = silence.member.id.connection == nil ? text.name : text.short
    sayUnder("nudge \(who) asks for a word, inbox aside \(who) puts it aside")
  }

  private func tell(_ need: ConsentNeed, _ before: SafeText = "") {
    let number = numbers.number(.card, need.card.id)
    say(
      "\(before)consent: may your agent work on \(label(need.card)) by \(names.brief(need.card.author))?"
    )
    sayUnder("consent \(number) tells all that it would be told, and takes once, always or never")
  }

  private func tell(_ need: FailureNeed, _ before: SafeText = "") {
    let number = numbers.number(.card, need.card.id)
    let who: SafeText = need.card.assignees.first.map { " of \(names.brief($0))" } ?? ""
    say("\(before)failed: \(label(need.card))\(who), \(InboxRow.failure(need).words(moments))")
    let others: SafeText =
      need.card.author == workspace.me
      ? "; assign \(number) WHO gives it away, move \(number) archived puts it away" : ""
    sayUnder(
      "card retry \(number) goes on where it stopped, with --mode fresh it begins anew\(others)")
  }

  private func slug(of room: RoomID) -> SafeText {
    SafeText(untrusted: (try? workspace.reader.room(room))?.slug ?? "", limit: 80)
  }

  private func beside(_ text: PresenceText) -> SafeText {
    text.besideName.isEmpty ? "" : " \(text.besideName)"
  }

  /// What waits for the person, and who is silent.
  func tellNeeds() {
    look(anew: true)
    for need in scene.inbox.needs { question(need.question) }
    for need in scene.inbox.consents { tell(need) }
    for need in scene.inbox.failures { tell(need) }
    for silence in scene.silences { tell(silence) }
    if scene.inbox.hasMoreNeeds { say("more questions wait; questions --open tells them") }
  }

  // MARK: The team

  func tellTeam(_ who: String?) throws {
    look(anew: true)
    guard let who else {
      for member in scene.team.members { tell(member) }
      if scene.team.members.isEmpty { say("nobody is here") }
      return
    }
    let room = try workspace.room()
    let mention: Mention
    switch try workspace.reader.resolveAddressee(who, in: room.id) {
    case .one(let found): mention = found
    default:
      throw StudioError(
        "reference_not_found", "nobody here is “\(who.prefix(80))” alone", field: "who", value: who,
        hint: "team tells who is here")
    }
    for member in scene.team.members where member.is(mention) {
      tell(member)
      scene.text(of: member).explanation.forEach(sayUnder)
    }
    try tellWork(of: mention, in: room)
  }

  private func tell(_ member: TeamMember) {
    let text = scene.text(of: member)
    let step: SafeText = text.step.isEmpty ? "" : ", \(text.step)"
    let cost: SafeText = text.cost.isEmpty ? "" : ", \(text.cost)"
    let host: SafeText = text.host.isEmpty ? "" : ", on \(text.host)"
    let place: SafeText =
      member.id.card.map { " on \(label(ofCard: $0))" }
      ?? (text.cardTitle == "-" ? "" : ", \(text.cardTitle)")
    tell(
      "\(text.name)\(beside(text)), \(text.word) \(text.age)\(place)\(step)\(cost)\(host)",
      ending: text.words)
  }

  private func tell(_ line: SafeText, ending words: SafeText) {
    say(words.isEmpty ? line : "\(line): \(words)")
  }

  /// Their cards, their runs and what they said last.
  private func tellWork(of mention: Mention, in room: RoomRow) throws {
    let reader = workspace.reader
    for status in ["in_progress", "open"] {
      let rows = try reader.cards(
        room.id, CardFilter(status: status, assignee: mention.pubkey), limit: 20, me: workspace.me)
      for row in rows {
        say("has \(label(row)), \(StatusLook(row.status).word)")
        tellRun(on: row)
      }
    }
    if let last = scene.runs.loads[mention.pubkey]?.last {
      say("last run: \(words(of: RunText(row: last, moments: moments)))")
    }
    let notes = try reader.notes(
      of: mention.pubkey, mention.connection, in: room.id, limit: Self.notes)
    for note in notes.reversed() {
      if let post = try reader.post(note.id) {
        tell(post, "\(moments.clock(of: note.writtenAt)) ")
        continue
      }
      tell(note, "\(moments.clock(of: note.writtenAt)) ", withPlace: true)
    }
    if notes.isEmpty { say("not a word yet") }
  }

  // MARK: Work on a card

  private func words(of run: RunText) -> SafeText {
    ([run.state] + run.parts).reduce("") { $0.isEmpty ? $1 : "\($0), \($1)" }
  }

  /// How the work on a card stands: the run, and its checklist.
  func tellRun(on row: CardRow) {
    guard let runs = try? CardRuns(row, workspace.reader, me: workspace.me),
      let current = runs.current
    else { return }
    let run = RunText(row: current, moments: moments)
    sayUnder("run: \(words(of: run))")
    if !run.reason.isEmpty { sayUnder(run.reason) }
    guard current.isLive,
      let thread = try? workspace.reader.threadEnd(of: row.id, limit: 200)
    else { return }
    let points = Checklist(thread.reversed(), by: current.author).points
    guard !points.isEmpty else { return }
    sayUnder("\(points.count(where: \.isDone)) of \(points.count) done")
    for point in points { sayUnder("\(point.isDone ? "done" : "to do"): \(point.text)") }
  }

  /// How whoever is at a card is: `, silent 12m, last: running tests`.
  func state(at card: ObjectID) -> SafeText {
    guard let member = scene.team.member(at: card), member.presence.state != .unknown else {
      return ""
    }
    let text = scene.text(of: member)
    let isWrong = member.isSilent || member.presence.isStalled
    let words: SafeText = isWrong && !text.words.isEmpty ? ", \(text.words)" : ""
    return [.done, .idle].contains(member.presence.state)
      ? "" : ", \(text.word) \(text.age)\(words)"
  }

  // MARK: Problems

  func tellProblems() {
    look(anew: true)
    let list = ProblemList(scene)
    list.machine = { [unowned self] finder in
      finder.status = status
      finder.isSending = scene.sending > 0 && !ProblemFinder.isLive(status)
    }
    list.refresh()
    for problem in list.problems {
      let place: SafeText =
        problem.card.map { " on \(label(ofCard: $0))" }
        ?? (problem.place.isEmpty ? "" : ", \(problem.place)")
      let clocks: SafeText =
        problem.alive.isEmpty
        ? ""
        : " (alive \(problem.alive)\(problem.progress.isEmpty ? "" : ", progress \(problem.progress)"))"
      say("\(problem.subject)\(place): \(problem.words)\(clocks)")
      sayUnder("problems snooze \(SafeText(untrusted: problem.problem.short)) puts it aside")
    }
    if list.snoozed > 0 { say("\(list.snoozed) put aside") }
    if list.problems.isEmpty { say("nothing is wrong, as far as it is known here") }
  }

  // MARK: Consent

  func consent(_ arguments: Arguments) throws {
    let (need, decision, limits) = try workspace.consent(arguments, now: clock.now())
    guard let decision else { return tellAll(of: need) }
    // What was told, not what has come since.
    guard shown[need.card.id] == need.card.contentHash else {
      throw StudioError(
        "not_possible", "it was not told what the card says now",
        hint: "consent \(numbers.number(.card, need.card.id)) tells it")
    }
    try workspace.decide(decision, about: need, limits: limits, now: clock.now())
    undos.append { [unowned self] in
      try workspace.forgetDecision(about: need)
      say("not decided any more: \(label(need.card))")
    }
    say("\(decision.words(about: names.brief(need.card.author))): \(label(need.card))")
  }

  /// All that a program would be told, with nothing hidden.
  private func tellAll(of need: ConsentNeed) {
    let card = need.card
    let who = names.brief(card.author)
    shown[card.id] = card.contentHash
    tell(need)
    for (word, fact) in CardFacts.of(card) { sayUnder("\(word): \(fact)") }
    let texts = [(try? workspace.prompt(of: need, workspace.reader)) ?? card.body]
    say("all that it would be told by \(who), word for word:")
    for text in texts {
      let (shown, hidden) = SafeText.revealing(text)
      if hidden > 0 { sayUnder("\(hidden) characters that no eye would see stand there as ⟨U+…⟩") }
      shown.lines.forEach(sayUnder)
    }
  }
}
