import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// What keeps a row of the inbox apart from all others.
enum InboxID: Hashable, Sendable {
  case question(ObjectID)
  case card(ObjectID)
  case said(ObjectID)
  case channel(RoomID, ChannelName)
  /// A card that waits for the consent of this home's owner.
  case consent(ObjectID)
  /// A card whose work has ended without success.
  case failure(ObjectID)
  /// Somebody who has fallen silent.
  case silence(PublicKey, ConnectionID?)

  /// In words that are kept over a restart.
  var text: String {
    switch self {
    case .question(let id): "question \(id.rawValue)"
    case .card(let id): "card \(id.rawValue)"
    case .said(let id): "said \(id.rawValue)"
    case .channel(let room, let name): "channel \(room.rawValue) \(name.text)"
    case .consent(let id): "consent \(id.rawValue)"
    case .failure(let id): "failure \(id.rawValue)"
    case .silence(let key, let connection): "silence \(key.hex) \(connection?.text ?? "-")"
    }
  }

  /// What can be put aside.
  var object: ObjectID? {
    switch self {
    case .question(let id), .card(let id), .said(let id), .consent(let id), .failure(let id): id
    case .channel, .silence: nil
    }
  }

  var canBePutAside: Bool { if case .channel = self { false } else { true } }
}

/// An agent that has work in hand and is not heard.
struct Silence {
  let member: TeamMember
  let room: RoomID
  let names: Names

  func text(_ moments: Moments) -> PresenceText {
    PresenceText(member: member, names: names, moments: moments)
  }

  /// `silent 12m, last said “running tests”`.
  func words(_ moments: Moments) -> SafeText {
    let text = text(moments)
    let said = member.row.words.map { SafeText(untrusted: $0, limit: 400) } ?? ""
    return "\(text.word) \(text.age)\(said.isEmpty ? "" : ", last said “\(said)”")"
  }
}

/// Rows of one kind, as the sidebar counts them.
enum InboxGroup: String, Hashable, CaseIterable, Sendable {
  case questions, mentions, reviews

  var title: SafeText {
    switch self {
    case .questions: "Questions"
    case .mentions: "Mentions"
    case .reviews: "Reviews"
    }
  }

  func holds(_ row: InboxRow) -> Bool {
    switch (self, row.update?.reason) {
    case (.questions, _): row.need != nil
    case (.mentions, .mention?), (.mentions, .reply?), (.reviews, .result?): true
    default: false
    }
  }
}

/// A row of the inbox: something that waits for the person, somebody silent, or something new.
enum InboxRow {
  case need(NeedRow)
  case consent(ConsentNeed)
  case failure(FailureNeed)
  case silence(Silence)
  case update(UpdateRow)

  var id: InboxID {
    switch self {
    case .need(let row): return .question(row.question.id)
    case .consent(let need): return .consent(need.card.id)
    case .failure(let need): return .failure(need.card.id)
    case .silence(let silence):
      return .silence(silence.member.id.pubkey, silence.member.id.connection)
    case .update(let row):
      switch row.subject {
      case .card(let card): return .card(card.id)
      case .said(let id, _, _): return .said(id)
      case .channel(let name): return .channel(row.room, name)
      }
    }
  }

  var need: NeedRow? { if case .need(let row) = self { row } else { nil } }
  var update: UpdateRow? { if case .update(let row) = self { row } else { nil } }
  var consent: ConsentNeed? { if case .consent(let need) = self { need } else { nil } }
  var failure: FailureNeed? { if case .failure(let need) = self { need } else { nil } }
  /// Whether it waits for the person.
  var isNeed: Bool { need != nil || consent != nil || failure != nil }

  /// What its waiting costs, the most first; `nil` for what does not wait.
  var cost: Int? {
    switch self {
    case .need(let row):
      switch row.urgency {
      case .approval: 0
      case .blocking: 1
      case .plain: 4
      }
    case .consent: 2
    case .failure: 3
    case .silence, .update: nil
    }
  }

  var silence: Silence? { if case .silence(let silence) = self { silence } else { nil } }

  var room: RoomID {
    switch self {
    case .need(let row): row.question.room
    case .consent(let need): need.card.room
    case .failure(let need): need.card.room
    case .silence(let silence): silence.room
    case .update(let row): row.room
    }
  }

  var card: CardBrief? {
    switch self {
    case .need(let row): return row.card
    case .consent(let need): return need.brief
    case .failure(let need): return need.brief
    case .silence: return nil
    case .update(let row):
      switch row.subject {
      case .card(let card): return card
      case .said(_, let card, _): return card
      case .channel: return nil
      }
    }
  }

  var channel: ChannelName? {
    switch self {
    case .need(let row): return row.channel
    case .silence, .consent, .failure: return nil
    case .update(let row):
      switch row.subject {
      case .card: return nil
      case .said(_, _, let channel): return channel
      case .channel(let name): return name
      }
    }
  }

  var at: Int64 {
    switch self {
    case .need(let row): row.question.createdAt
    case .consent(let need): need.at
    case .failure(let need): need.at
    case .silence(let silence): silence.member.presence.since ?? 0
    case .update(let row): row.at
    }
  }

  var author: PublicKey {
    switch self {
    case .need(let row): row.question.author
    case .consent(let need): need.card.author
    case .failure(let need): need.card.assignees.first ?? need.card.author
    case .silence(let silence): silence.member.id.pubkey
    case .update(let row): row.author
    }
  }

  var connection: ConnectionID? { need?.question.connection }

  /// The card that it is about, whatever is known of it.
  var cardID: ObjectID? { card?.id ?? silence?.member.id.card }

  /// Where it leads: to the post itself, where it is one.
  var target: Target? {
    switch self {
    case .need(let row):
      if row.channel != nil { return .post(row.question.id) }
    case .consent, .failure: break
    case .silence(let silence): return .agent(silence.member.id.pubkey)
    case .update(let row):
      switch row.subject {
      case .card: break
      case .said(let id, _, let channel): if channel != nil { return .post(id) }
      case .channel(let name): return .channel(name)
      }
    }
    return card.map { .card($0.id) }
  }

  private var speaker: Speaker? {
    switch self {
    case .need(let row): row.speaker
    case .consent(let need): need.speaker
    case .failure(let need): need.speaker
    case .silence: nil
    case .update(let row): row.speaker
    }
  }

  /// Who speaks, as their own cards name them.
  func who(_ me: PublicKey) -> SafeText {
    guard let speaker else { return silence?.text(Moments(now: 0, isUTC: true)).name ?? "" }
    if author == me, !speaker.isAgent { return "you" }
    return speaker.name.map { SafeText(untrusted: $0, limit: 200).truncated(to: 32) }
      ?? "#\(SafeText(untrusted: speaker.short))"
  }

  /// The card or the channel that it is on.
  var place: SafeText {
    if let channel { return "#\(SafeText(untrusted: channel.text, limit: 120))" }
    if let title = card?.title ?? silence?.member.row.card?.title {
      return SafeText(untrusted: title, limit: 200)
    }
    return need.flatMap(\.question.track).map { SafeText(untrusted: $0, limit: 80) } ?? "-"
  }

  /// Never told by colour alone.
  var glyph: Span {
    switch self {
    case .need, .consent: Span("?", .badgeQuestion)
    case .silence, .failure: Span("!", .badgeTrouble)
    case .update(let row):
      switch row.reason {
      case .trouble: Span("!", .badgeTrouble)
      case .result, .done: Span("✓", .stateReady)
      case .mention, .reply: Span("@", .badgeMention)
      case .assigned, .notes, .posts: Span("•", .badgeUnread)
      }
    }
  }

  /// What it says, in a line.
  func words(_ moments: Moments) -> SafeText {
    switch self {
    case .need(let row): return Self.line(row.question.body)
    case .consent: return "may your agent work on this?"
    case .failure(let need): return Self.words(need, moments)
    case .silence(let silence): return silence.words(moments)
    case .update(let row):
      let said = Self.line(row.text)
      switch row.reason {
      case .trouble: return said.isEmpty ? "trouble" : said
      case .result: return "ready for review · \(said)"
      case .done: return "done"
      case .assigned: return "given to you"
      case .mention: return "“\(said)”"
      case .reply: return "replied: “\(said)”"
      case .notes(let count): return "\(Self.count(count, "new note")) · \(said)"
      case .posts(let count): return "\(Self.count(count, "new post")) · \(said)"
      }
    }
  }

  /// `failed: no result, it ended without a word`.
  private static func words(_ need: FailureNeed, _ moments: Moments) -> SafeText {
    guard let record = need.record else { return "its work has ended, on hold" }
    let run = RunText(row: record, moments: moments)
    return "\(run.state)\(run.reason.isEmpty ? "" : ": \(run.reason)")"
  }

  private static func line(_ text: String) -> SafeText { SafeText(untrusted: text, limit: 400) }

  private static func count(_ count: Int, _ word: SafeText) -> SafeText {
    count == 1 ? "1 \(word)" : "\(count.badge) \(word)s"
  }

  /// How it is to be answered: `3 choices`, `DANGER y/n`, `text`.
  var way: SafeText {
    if consent != nil { return "CONSENT" }
    if failure != nil { return "on hold" }
    guard let question = need?.question else { return "" }
    let danger: SafeText = Danger(question) == nil ? "" : "DANGER "
    let kind = QuestionKind(question)
    let word: SafeText =
      switch kind {
      case .yesOrNo: "y/n"
      case .choice(let count): "\(count) choices"
      case .several(let count): "any of \(count)"
      case .text: "text"
      }
    return "\(danger)\(word)"
  }
}

/// How a question is answered.
enum QuestionKind: Hashable {
  case yesOrNo(yes: Int?, no: Int?)
  case choice(Int)
  /// Any number of so many.
  case several(Int)
  case text

  init(_ question: EntryRow) {
    let choices = question.choices
    let kind = question.fabric.flatMap { try? JSON(parsing: $0) }?["kind"]?.string ?? ""
    let yes = choices.firstIndex { Self.begins($0.label, ["y", "allow", "approve"]) }
    let no = choices.firstIndex { Self.begins($0.label, ["n", "deny", "reject"]) }
    if question.takesSeveral {
      self = .several(choices.count)
    } else if choices.count == 2, let yes, let no {
      self = .yesOrNo(yes: yes + 1, no: no + 1)
    } else if choices.isEmpty, ["confirm", "approval"].contains(where: { sameBytes(kind, $0) }) {
      self = .yesOrNo(yes: nil, no: nil)
    } else {
      self = choices.isEmpty ? .text : .choice(choices.count)
    }
  }

  private static func begins(_ label: String, _ words: [String]) -> Bool {
    let label = label.lowercased()
    return words.contains { label.hasPrefix($0) }
  }
}
