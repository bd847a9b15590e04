import FourA
import Home
package import Nostr
package import Replica
import Studio

extension Verbs {
  static let channels: [Verb] = [
    Verb("channel list", "the room's channels, and what is unread in them", [.connection, .room]) {
      workspace, arguments in
      let room = try workspace.room(arguments.text("room"))
      let owner = try workspace.inboxOwner(arguments)
      let rows = try workspace.reader.channels(room.id, of: owner)
      return ["channels": .array(try workspace.json(of: rows, in: room, for: owner))]
    },
    Verb(
      "channel read", "the newest posts of a channel, oldest first; marks nothing as read",
      [
        .place("name", "NAME", "the channel"), .option("limit", "N", "20 unless given"), .room,
      ]
    ) { workspace, arguments in
      let room = try workspace.room(arguments.text("room"))
      let name = try Check.channel(try arguments.required("name"), field: "name")
      let limit = try arguments.number("limit", in: 1...1000) ?? 20
      guard try workspace.reader.channels(room.id).contains(where: { $0.name == name }) else {
        throw StudioError(
          "not_found", "nobody has posted in “\(name.text)”", field: "name", value: name.text,
          hint: "studio channel list shows the channels; studio post starts one")
      }
      let posts = try workspace.reader.posts(name, in: room.id, limit: limit)
      return ["posts": .array(posts.reversed().map(\.json))]
    },
    Verb(
      "channel subscribe", "have a channel's posts in the inbox, from the last 20 on",
      [.place("name", "NAME", "the channel, which need not exist yet"), .connection, .room]
    ) { workspace, arguments in
      try workspace.subscribe(arguments) { try $0.desk.subscribe($1, to: $2, in: $3.id) }
    },
    Verb(
      "channel unsubscribe", "keep a channel's posts out of the inbox",
      [.place("name", "NAME", "the channel"), .connection, .room]
    ) { workspace, arguments in
      try workspace.subscribe(arguments) { try $0.desk.unsubscribe($1, from: $2, in: $3.id) }
    },
    Verb(
      "channel mute",
      "keep a channel's posts out of the inbox, except what mentions or answers you",
      [.place("name", "NAME", "a channel that you are subscribed to"), .connection, .room]
    ) { workspace, arguments in try workspace.mute(true, arguments) },
    Verb(
      "channel unmute", "have a muted channel's posts in the inbox again",
      [.place("name", "NAME", "the channel"), .connection, .room]
    ) { workspace, arguments in try workspace.mute(false, arguments) },
    Verb(
      "post", "say something in a channel, which exists from its first post on",
      [
        .place("channel", "CHANNEL", "its name, with or without #"),
        .place("text", "TEXT", "what to say; - reads it from standard input"),
        .option(
          "kind", "KIND", "status unless given; one of \(PostKind.allCases.words)"),
        .option("reply-to", "ID", "the post that it answers"),
        .option(
          "ref", "KIND=ID", "what it refers to; KIND is one of \(Reference.allCases.words)",
          repeated: true),
        .mention,
        .flag("ack", "ask whom it means to say that they have seen it"),
        .option("state", "STATE", "how you are; one of \(Heartbeat.State.allCases.words)"),
        .option(
          "every", "SECONDS", "how soon the next sign of life is promised, 0 for never; 300"),
        .flag("no-auto-subscribe", "do not subscribe to the channel by posting"), .connection,
        .room, .wait,
      ]
    ) { workspace, arguments in try workspace.post(arguments) },
  ]
}

extension Collection where Element: RawRepresentable, Element.RawValue == String {
  /// Their words, for help and errors.
  var words: String { map(\.rawValue).joined(separator: ", ") }
}

extension Check {
  /// The name of a channel, as a person gives it: a `#` before it is not part of it.
  static func channel(_ text: String, field: String) throws(StudioError) -> ChannelName {
    let name = text.hasPrefix("#") ? String(text.dropFirst()) : text
    guard let channel = ChannelName(name) else {
      throw StudioError(
        "invalid_argument",
        "a channel's name is 1 to \(ChannelName.limit) characters that can be seen", field: field,
        value: text)
    }
    return channel
  }
}

extension Workspace {
  /// The connection that a command means: `--conn`, else `STUDIO_CONN`, each a name or a UUID;
  /// `nil` for the identity itself. A name that is new here gets an identifier of its own.
  func connection(_ arguments: Arguments) throws -> ConnectionID? {
    guard let name = arguments.text("conn") ?? SystemCall.environment("STUDIO_CONN") else {
      return nil
    }
    if let id = ConnectionID(name) { return id }
    guard ChannelName(name) != nil else {
      throw StudioError(
        "invalid_argument",
        "a connection's name is 1 to \(ChannelName.limit) characters that can be seen",
        field: "conn", value: name)
    }
    return try reader.connection(named: name) ?? desk.connection(named: name, now: SystemCall.now())
  }

  /// Whose inbox and subscriptions a command means.
  func inboxOwner(_ arguments: Arguments) throws -> InboxOwner {
    InboxOwner(me, try connection(arguments))
  }

  func json(of rows: [ChannelRow], in room: RoomRow, for owner: InboxOwner) throws -> [JSON] {
    let counts = try reader.inboxCounts(owner).filter { $0.room == room.id }
    return try rows.map { row in
      [
        "name": .string(row.name.text), "posts": .integer(Int64(row.posts)),
        "unread": .integer(Int64(counts.first { $0.channel == row.name }?.unread ?? 0)),
        "subscribed": .bool(try reader.isSubscribed(owner, to: row.name, in: room.id)),
        "last_post_at": row.lastPostAt.map { .integer($0) } ?? .null,
      ]
    }
  }

  func subscribe(
    _ arguments: Arguments,
    _ change: (Workspace, InboxOwner, ChannelName, RoomRow) throws -> Void
  ) throws -> JSON {
    let room = try room(arguments.text("room"))
    let name = try Check.channel(try arguments.required("name"), field: "name")
    let owner = try inboxOwner(arguments)
    try change(self, owner, name, room)
    let row =
      try reader.channels(room.id, of: owner).first { $0.name == name }
      ?? ChannelRow(name: name, posts: 0, lastPostAt: nil)
    return try json(of: [row], in: room, for: owner)[0]
  }

  func mute(_ isMuted: Bool, _ arguments: Arguments) throws -> JSON {
    let name = try Check.channel(try arguments.required("name"), field: "name")
    return try subscribe(arguments) { workspace, owner, channel, room in
      guard try workspace.reader.isSubscribed(owner, to: channel, in: room.id) else {
        throw StudioError(
          "not_subscribed", "you are not subscribed to “\(name.text)”: its posts do not count",
          field: "name", value: name.text, hint: "studio channel subscribe \(name.text)")
      }
      try workspace.desk.mute(isMuted, owner, channel, in: room.id)
    }
  }
}

extension StudioError {
  static func invalidKind(_ kind: String) -> StudioError {
    StudioError(
      "invalid_kind", "a post is one of \(PostKind.allCases.words)", field: "kind", value: kind)
  }
}

extension PostRow {
  /// A post of the command line's contract.
  package var json: JSON {
    var refs = refs
    // What is said on a card leads to the card.
    if let card, refs["card"] == nil { refs["card"] = [.string(card.hex)] }
    return [
      "post_id": .string(postID), "event_id": .string(eventID.hex),
      "channel": channel.map { .string($0.text) } ?? .null, "kind": .string(kind),
      "from_agent_name": speaker.name.map { .string($0) } ?? .null,
      "connection_short": .string(speaker.short), "body": .string(body),
      "posted_at": .integer(at), "reply_to": replyTo.map { .string($0.hex) } ?? .null,
      "refs": .object(refs),
      "mentions": .array(
        mentions.map {
          [
            "pubkey": .string($0.pubkey.hex),
            "conn": $0.connection.map { .string($0.text) } ?? .null,
          ]
        }),
      "trust": speaker.isAttested ? "attested" : "unattested",
    ]
  }
}
