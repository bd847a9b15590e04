import Home
package import Nostr
package import Replica
import Studio

extension Workspace {
  /// Whose inbox the screen shows: this identity's own, whoever speaks through it.
  package var inboxOwner: InboxOwner { InboxOwner(me) }

  /// Puts a question, a card or something said out of this person's inbox.
  ///
  /// - Parameter snooze: `nil` for what is done, which comes back when somebody else writes.
  /// - Returns: when it comes back; `nil` when that has no time.
  @discardableResult
  package func putAside(
    _ object: ObjectID, for snooze: Snooze?, now: Int64, isUTC: Bool = false
  ) throws -> Int64? {
    let newest = try reader.log(limit: 1).first?.seq ?? 0
    guard let snooze else {
      try desk.putAside(object, until: .news, through: newest)
      return nil
    }
    if let end = snooze.end(now: now, isUTC: isUTC) {
      try desk.putAside(object, until: .at(end), through: newest)
      return end
    }
    guard let speaker = try reader.entry(object)?.author ?? reader.card(object)?.author else {
      throw StudioError("internal_error", "what is put aside has no author")
    }
    try desk.putAside(object, until: .spoken(speaker), through: newest)
    return nil
  }

  /// Marks all that is in any inbox or on any card as read.
  package func markAllRead(_ owner: InboxOwner) throws {
    let newest = try reader.log(limit: 1).first?.seq ?? 0
    try desk.markAllRead(owner, through: newest, now: SystemCall.now())
  }

  /// The queue of questions, what is new, and the counts of both.
  func needs(_ arguments: Arguments) throws -> JSON {
    let limit = try arguments.number("limit", in: 1...100) ?? 20
    return try reader.snapshot { reader in
      let now = SystemCall.now()
      let needs = try reader.needs(inboxOwner, now: now, limit: limit)
      let updates = try reader.updates(inboxOwner, now: now)
      let consents = try reader.consentNeeds(inboxOwner, now: now)
      let failures = try reader.failureNeeds(inboxOwner, now: now)
      let badges = Badges(
        needs: try reader.needCount(inboxOwner, now: now) + consents.count + failures.count,
        updates: updates)
      return [
        "needs": .array(try needs.map { try json(of: $0) }),
        "consents": .array(consents.prefix(limit).map(\.json)),
        "failures": .array(failures.prefix(limit).map(\.json)),
        "updates": .array(updates.prefix(limit).map(\.json)), "counts": badges.json,
      ]
    }
  }

  private func json(of row: NeedRow) throws -> JSON {
    guard var object = try questionJSON(row.question).object else { return .null }
    object["urgency"] = .string("\(row.urgency)")
    object["from_agent_name"] = row.speaker.name.map { .string($0) } ?? .null
    object["channel"] = row.channel.map { .string($0.text) } ?? .null
    return .object(object)
  }

  /// What ID means among the things that an inbox lists.
  func inboxObject(_ arguments: Arguments) throws -> ObjectRef {
    let id = try arguments.required("id")
    let plain = id.hasPrefix("post-") ? String(id.dropFirst(5)) : id
    return try object(plain, kinds: [30530, 30533, 30534, 30535], in: nil, field: "id")
  }
}

extension Badges {
  package var json: JSON {
    [
      "questions": .integer(Int64(questions)), "updates": .integer(Int64(updates)),
      "trouble": .integer(Int64(trouble)), "mentions": .integer(Int64(mentions)),
    ]
  }
}

extension UpdateRow {
  fileprivate var json: JSON {
    var card: CardBrief?
    var channel: ChannelName?
    switch subject {
    case .card(let brief): card = brief
    case .said(_, let brief, let name): (card, channel) = (brief, name)
    case .channel(let name): channel = name
    }
    let (word, count): (String, Int) =
      switch reason {
      case .notes(let count): ("notes", count)
      case .posts(let count): ("posts", count)
      default: ("\(reason)", 1)
      }
    return [
      "reason": .string(word), "count": .integer(Int64(count)),
      "card": card.map { .string($0.eventID.hex) } ?? .null,
      "title": card.map { .string($0.title) } ?? .null,
      "channel": channel.map { .string($0.text) } ?? .null, "event_id": .string(eventID.hex),
      "created_by": .string(author.hex),
      "from_agent_name": speaker.name.map { .string($0) } ?? .null, "body": .string(text),
      "at": .integer(at),
    ]
  }
}

extension ConsentNeed {
  fileprivate var json: JSON {
    [
      "card": .string(card.eventID.hex), "title": .string(card.title),
      "created_by": .string(card.author.hex),
      "from_agent_name": speaker.name.map { .string($0) } ?? .null, "at": .integer(at),
    ]
  }
}

extension FailureNeed {
  fileprivate var json: JSON {
    let run = record?.record
    return [
      "card": .string(card.eventID.hex), "title": .string(card.title),
      "assignee": card.assignees.first.map { .string($0.hex) } ?? .null,
      "run": run?.run.map { .string($0) } ?? .null,
      "outcome": run.map { .string($0.outcome) } ?? .null,
      "code": run?.code.map { .string($0) } ?? .null,
      "reason": run.map { .string($0.reason) } ?? .null, "at": .integer(at),
    ]
  }
}
