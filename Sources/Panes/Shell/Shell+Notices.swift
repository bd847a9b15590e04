import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// What a person is told of while the terminal is out of sight: titles only, and each thing once.
extension Shell {
  /// Looking away makes a line: what is there already is known.
  func noticeFocus(_ hasFocus: Bool) {
    if !hasFocus { notifier.note(notices) }
    notifier.setFocus(hasFocus)
  }

  /// After a reading. Costs nothing while the person looks.
  func noticeNews() {
    guard !notifier.hasFocus else { return }
    notifier.note(notices)
  }

  func tell(_ now: Duration) {
    if let text = notifier.take(now: now) { notify(text) }
  }

  func testNotice() {
    notify("this is how Studio tells you something")
    say("sent, as “notify” in studio.conf says")
  }

  /// Open questions, what waits for consent, failed work, mentions, silent agents, and own cards that are done, in the room that is shown.
  private var notices: [Notifier.Notice] {
    guard let room = scene.room else { return [] }
    var notices: [Notifier.Notice] = []
    let questions = scene.read { reader in
      try reader.questions(room.id, openOnly: true, limit: 50).map {
        ($0, try $0.root.flatMap { try reader.card($0)?.title })
      }
    }
    for (question, card) in questions ?? [] where question.author != scene.me {
      let subject = SafeText(untrusted: card ?? room.title ?? room.slug, limit: 80)
      notices.append(
        .init(
          .question, id: question.eventID.hex,
          title: "\(scene.names.brief(question.author)) asks: \(subject)"))
    }
    for need in scene.inbox.consents {
      let title = SafeText(untrusted: need.card.title, limit: 80)
      notices.append(
        .init(
          .question, id: "\(need.card.eventID.hex) consent",
          title: "\(scene.names.brief(need.card.author)) asks your agent to work: \(title)"))
    }
    for need in scene.inbox.failures {
      let title = SafeText(untrusted: need.card.title, limit: 80)
      notices.append(
        .init(
          .failed, id: "\(need.card.eventID.hex) failed \(need.record?.record.run ?? "")",
          title: "failed: \(title)"))
    }
    let mine = scene.read { try $0.inbox(self.scene.owner, limit: 50) } ?? []
    for post in mine where post.mentions.contains(where: { $0.pubkey == scene.me }) {
      let place = post.channel.map { "#\($0.text)" } ?? room.title ?? room.slug
      notices.append(
        .init(
          .mention, id: post.eventID.hex,
          title:
            "\(scene.names.brief(post.author)) mentions you: \(SafeText(untrusted: place, limit: 80))"
        ))
    }
    for silence in scene.silences {
      let (member, text) = (silence.member, silence.text(scene.moments))
      let id = member.id
      notices.append(
        .init(
          .silent,
          id: "\(id.pubkey.hex) \(id.connection?.text ?? "-") \(member.row.evidence.lifeAt ?? 0)",
          title: "\(text.name) is silent: \(text.cardTitle)"))
    }
    let done = scene.read {
      try $0.cards(
        room.id, CardFilter(status: CardStatus.done.rawValue, matching: .author(self.scene.me)),
        limit: 50)
    }
    for card in done ?? [] {
      notices.append(
        .init(
          .done, id: "\(card.eventID.hex) done",
          title: "done: \(SafeText(untrusted: card.title, limit: 80))"))
    }
    return notices
  }
}
