import FourA
import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// What is done to rows of the inbox without answering them.
extension Shell {
  /// Whether the inbox, and not a card, is what keys are about.
  var isInInbox: Bool { place == .inbox && focus != .card && focus != .places }

  /// The question that digits and words answer now.
  var asked: EntryRow? {
    isInInbox ? inbox.question : place == .chat ? posts.question : card.question
  }

  /// Before a frame: the question that digits answer is what the person went to by themselves.
  func knowQuestion() {
    let current = askedID
    if current != knownQuestion { questionSince = nil }
    knownQuestion = current
    isMoving = false
  }

  // MARK: Aside

  func pickSnooze() {
    guard let row = inbox.row else { return }
    if let silence = row.silence { return putAside(silence) }
    guard row.id.object != nil else { return }
    let items = [
      Picker<String>.Item("1h", "for an hour"),
      Picker<String>.Item("tomorrow", "until tomorrow", detail: "8:00"),
      Picker<String>.Item("reply", "until \(row.who(scene.me)) writes again"),
    ]
    overlays.append(.pick(Picker(title: "Snooze", items: items), .snooze(row.id)))
  }

  func snooze(_ id: InboxID, _ text: String) {
    guard let object = id.object, let snooze = try? Snooze(parsing: text) else { return }
    let words: SafeText =
      switch snooze {
      case .seconds: "snoozed for an hour"
      case .tomorrow: "snoozed until tomorrow"
      case .reply: "snoozed until there is a word"
      }
    putAside(id, object, for: snooze, words)
  }

  /// It is done, and comes back when somebody else writes.
  func dismiss() {
    guard let row = inbox.row else { return }
    if let silence = row.silence { return putAside(silence) }
    guard let object = row.id.object else { return }
    if !row.isNeed { return markRead(row, isGone: true) }
    putAside(row.id, object, for: nil, "done; new words bring it back")
  }

  /// The silence is over for the inbox until there was a sign of life.
  private func putAside(_ silence: Silence) {
    let member = silence.member
    let (key, connection) = (member.id.pubkey, member.id.connection)
    let words: SafeText = "put aside until it speaks"
    do {
      try workspace.desk.putAside(
        silenceOf: key, connection, since: member.row.evidence.lifeAt ?? 0, in: silence.room)
    } catch { return complain(error) }
    did(
      words, to: .silence(key, connection), isGone: true,
      again: { [weak self] in self?.putAside(silence) }
    ) { [weak self] in
      try? self?.workspace.desk.bringBack(
        silenceOf: key, connection, since: member.row.evidence.lifeAt ?? 0, in: silence.room)
      self?.setNeedsRefresh()
    }
    say("\(words) · \(card.keys.undo) takes it back")
    setNeedsRefresh()
  }

  private func putAside(
    _ id: InboxID, _ object: ObjectID, for snooze: Snooze?, _ words: SafeText
  ) {
    do {
      try workspace.putAside(object, for: snooze, now: clock.now(), isUTC: clock.isUTC)
    } catch { return complain(error) }
    did(
      words, to: id, isGone: true,
      again: { [weak self] in self?.putAside(id, object, for: snooze, words) }
    ) { [weak self] in
      try? self?.workspace.desk.bringBack(object)
      self?.setNeedsRefresh()
    }
    say("\(words) · \(card.keys.undo) takes it back")
    setNeedsRefresh()
  }

  // MARK: Read

  /// `t`: read, or not read after all.
  func toggleRowRead() {
    guard let row = inbox.row, let update = row.update else { return }
    if inbox.outcomes[row.id] != nil { return markUnread(update) }
    markRead(row, isGone: false)
  }

  private func markRead(_ row: InboxRow, isGone: Bool) {
    guard case .update(let update) = row else { return }
    do {
      switch update.subject {
      case .card(let card): try workspace.desk.markRead(card.id, through: scene.newest)
      case .said(let id, _, _):
        try workspace.desk.markSeen([id], by: workspace.inboxOwner, now: clock.now())
      case .channel(let name):
        try workspace.desk.markSeen(
          name, in: update.room, by: workspace.inboxOwner, now: clock.now())
      }
    } catch { return complain(error) }
    did(
      "read", to: row.id, isGone: isGone,
      again: { [weak self] in self?.markRead(row, isGone: isGone) }
    ) { [weak self] in self?.markUnread(update) }
    say("read")
    setNeedsRefresh()
  }

  private func markUnread(_ update: UpdateRow) {
    do {
      switch update.subject {
      case .card(let card): try workspace.desk.markUnread(card.id, from: update.seq)
      case .said(let id, _, _):
        try workspace.desk.markUnseen([id], by: workspace.inboxOwner)
      case .channel(let name):
        try workspace.desk.markUnseen(
          name, in: update.room,
          from: EntryCursor(createdAt: update.at, eventID: update.eventID),
          by: workspace.inboxOwner)
      }
    } catch { return complain(error) }
    say("unread again")
    setNeedsRefresh()
  }

  func markInboxRead() {
    do {
      try workspace.markAllRead(workspace.inboxOwner)
    } catch { return complain(error) }
    say("everything is read")
    setNeedsRefresh()
  }

  /// What was said to the person is read when they go to it.
  func openFromInbox() {
    if adopts() { return }
    guard let row = inbox.row, let target = inbox.target else { return }
    // What is to be decided about is read whole first.
    if row.consent != nil, focus != .preview { return viewWhole() }
    if case .said(let id) = row.id {
      try? workspace.desk.markSeen([id], by: workspace.inboxOwner, now: clock.now())
    }
    go(to: row, target)
    switch row.id {
    case .question(let id) where row.card != nil: card.select(id)
    case .said(let id) where row.card != nil: card.reveal(id)
    default: break
    }
  }

  /// Goes where a row leads, in whatever room that is.
  func go(to row: InboxRow, _ target: Target) {
    if row.room != scene.room?.id, let room = try? workspace.reader.room(row.room) {
      run("use", Arguments(["room": room.audience.address]))
    }
    go(to: target)
    if let silence = row.silence {
      agents.select(silence.member.id)
      chooseAgain(onlyCard: true)
    }
  }

  // MARK: Others

  /// Has somebody else answer: a word to them on the card, and it is out of this inbox.
  func pickHandOver() {
    let members = scene.members.filter { $0.pubkey != scene.me }.map { member in
      Picker<String>.Item(
        member.pubkey.hex, scene.names.brief(member.pubkey),
        detail: scene.names.short(member.pubkey))
    }
    guard let question = inbox.question else { return }
    overlays.append(
      .pick(Picker(title: "Who shall answer?", items: members), .handOver(question)))
  }

  func handOver(_ question: EntryRow, to who: String) {
    guard let key = PublicKey(hex: who) else { return }
    let name = scene.names.brief(key)
    say("@\(name.string) can you answer this?", to: who, about: question)
    putAside(.question(question.id), question.id, for: nil, "handed to \(name)")
  }

  /// Asks the one who asked to say more, and waits for it.
  func askForContext() {
    guard let question = inbox.question else { return }
    say(
      "I need more context to answer this. What have you tried, and what depends on it?",
      to: question.connection?.text ?? question.author.hex, about: question)
    putAside(.question(question.id), question.id, for: .reply, "asked for more")
  }

  /// Says something to somebody about a question: on its card, in its channel, or where everybody is.
  private func say(_ text: String, to who: String, about question: EntryRow) {
    var arguments = Arguments([
      "text": text, "reply-to": question.eventID.hex, "mention": who,
    ])
    setRoom(of: question, in: &arguments)
    if let card = question.root.flatMap(cardID) {
      arguments.set("id", to: card)
      return run("comment", arguments)
    }
    let channel = inbox.row.flatMap { row in
      row.need?.question.id == question.id ? row.channel?.text : nil
    }
    arguments.set("channel", to: channel ?? ChannelName.general.text)
    // To ask there is not to follow it.
    arguments.set("no-auto-subscribe", to: "")
    run("post", arguments)
  }

  private func cardID(_ id: ObjectID) -> String? {
    (try? workspace.reader.card(id))??.eventID.hex
  }

  private func setRoom(of question: EntryRow, in arguments: inout Arguments) {
    if let room = (try? workspace.reader.room(question.room)) ?? nil {
      arguments.set("room", to: room.audience.address)
    }
  }

  // MARK: Yes and no

  func answer(yes: Bool) {
    guard let question = asked, case .yesOrNo(let first, let second) = QuestionKind(question) else {
      return
    }
    if let option = yes ? first : second { return choose(option) }
    guard mayAnswer(question) else { return }
    if question.isApproval { return decide(question, yes ? "allow_once" : "deny") }
    let word = yes ? "yes" : "no"
    guard yes, let danger = Danger(question) else { return hold(question, text: word) }
    confirm(question, options: [], label: word, danger)
  }
}
