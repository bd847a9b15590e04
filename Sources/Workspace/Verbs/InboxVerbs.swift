import Home
import Nostr
import Replica
import Studio

extension Verbs {
  static let inbox: [Verb] = [
    Verb(
      "inbox", "what is addressed to you and unread, oldest first; what is shown is read then",
      [
        .option("channel", "NAME", "only of this channel", repeated: true),
        .option(
          "kind", "KIND", "only of this kind: comment, \(PostKind.allCases.words)", repeated: true),
        .option("limit", "N", "20 unless given"), .flag("peek", "leave it unread"), .connection,
      ]
    ) { workspace, arguments in try workspace.inbox(arguments) },
    Verb(
      "inbox needs", "what waits for you: questions, consents and failed work; and what is new",
      [.option("limit", "N", "20 of each unless given")]
    ) { workspace, arguments in try workspace.needs(arguments) },
    Verb(
      "inbox snooze", "put a question, a card or a post out of your inbox for a while",
      [
        .id, .option("for", "TIME", "1h unless given; such as 30m or 2d, tomorrow, or reply"),
      ]
    ) { workspace, arguments in
      let object = try workspace.inboxObject(arguments)
      let snooze = try Snooze(parsing: arguments.text("for") ?? "1h")
      let end = try workspace.putAside(object.id, for: snooze, now: SystemCall.now())
      return ["id": .string(object.address), "until": end.map { .integer($0) } ?? "reply"]
    },
    Verb(
      "inbox done", "put it out of your inbox until somebody else writes on it",
      [.id]
    ) { workspace, arguments in
      let object = try workspace.inboxObject(arguments)
      try workspace.putAside(object.id, for: nil, now: SystemCall.now())
      return ["id": .string(object.address), "until": "news"]
    },
    Verb("inbox restore", "bring back what was put out of your inbox", [.id]) {
      workspace, arguments in
      let object = try workspace.inboxObject(arguments)
      try workspace.desk.bringBack(object.id)
      return ["id": .string(object.address), "until": .null]
    },
    Verb("inbox read", "mark everything as read that is new", []) { workspace, _ in
      try workspace.markAllRead(workspace.inboxOwner)
      return [
        "counts": try workspace.reader.badges(workspace.inboxOwner, now: SystemCall.now()).json
      ]
    },
  ]
}

extension Workspace {
  /// The unread part of an inbox; what is returned counts as read once it was written out.
  func inbox(_ arguments: Arguments) throws -> JSON {
    let owner = try inboxOwner(arguments)
    var filter = InboxFilter()
    filter.channels = try arguments.texts("channel").map {
      try Check.channel($0, field: "channel")
    }
    filter.kinds = try arguments.texts("kind").map { kind in
      guard kind == "comment" || PostKind(rawValue: kind) != nil else {
        throw StudioError.invalidKind(kind)
      }
      return kind
    }
    let limit = try arguments.number("limit", in: 1...1000) ?? 20
    return try reader.snapshot { reader in
      let found = try reader.inbox(owner, filter, limit: limit + 1)
      let shown = found.prefix(limit)
      var unread = try reader.unreadCount(owner)
      if !arguments.flag("peek") {
        unread -= shown.count
        // Of two results of which only the second was written, the first is not read.
        afterwards = { [desk] in
          try desk.markSeen(shown.map(\.id), by: owner, now: SystemCall.now())
        }
      }
      return [
        "posts": .array(shown.map(\.json)), "unread_count": .integer(Int64(unread)),
        "has_more": .bool(found.count > shown.count),
      ]
    }
  }
}
