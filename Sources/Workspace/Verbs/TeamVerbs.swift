import Home
import Nostr
import Replica
package import Studio

/// Who is here and how they are, and what can be done about silence.
extension Verbs {
  static let team: [Verb] = [
    Verb(
      "team", "everybody in the room: how they are, since when, and what they are at",
      [
        .place("who", "WHO", "a member or a connection, instead of everybody", required: false),
        .flag("silent", "only agents with work in hand of whom nothing is heard"), .room,
      ]
    ) { workspace, arguments in
      let room = try workspace.room(arguments.text("room"))
      let who =
        arguments.flag("who") ? try workspace.addressee(arguments, in: room) : nil
      let members = try workspace.team(in: room).members.filter { member in
        (member.isSilent || !arguments.flag("silent"))
          && who.map { member.is($0) } ?? true
      }
      return ["team": .array(members.map(\.json))]
    },
    Verb(
      "nudge", "ask somebody for a sign of life",
      [
        .place("who", "WHO", "a member or a connection"),
        .option("card", "ID", "the card to ask on; the one that they are at unless given"), .room,
        .wait,
      ]
    ) { workspace, arguments in try workspace.nudge(arguments) },
    Verb(
      "inbox aside", "put a silence out of your inbox until whoever it is speaks",
      [.place("who", "WHO", "a member or a connection"), .room]
    ) { workspace, arguments in
      let room = try workspace.room(arguments.text("room"))
      let who = try workspace.addressee(arguments, in: room)
      let silent = try workspace.team(in: room).members.first {
        $0.isSilent && $0.is(who)
      }
      guard let silent else {
        throw StudioError(
          "not_possible", "they are not silent", field: "who",
          value: try arguments.required("who"), hint: "studio team tells how everybody is")
      }
      try workspace.desk.putAside(
        silenceOf: who.pubkey, who.connection, since: silent.row.evidence.lifeAt ?? 0, in: room.id)
      return ["who": .string(who.connection?.text ?? who.pubkey.hex), "until": "word"]
    },
  ]

  /// What a nudge says.
  static let nudgeText = "Are you still at it? A word will do."
}

extension Workspace {
  /// Everybody of a room as they would be were our own connection up.
  fileprivate func team(in room: RoomRow) throws -> Team {
    let now = SystemCall.now()
    var team = Team()
    team.update(try reader.presence(room.id, now: now), link: .up, me: me, now: now)
    return team
  }

  fileprivate func addressee(_ arguments: Arguments, in room: RoomRow) throws -> Mention {
    guard let who = try mentions([try arguments.required("who")], in: room).first else {
      throw StudioError("internal_error", "nobody is meant")
    }
    return who
  }

  /// On their card, or in `general` where they have none.
  fileprivate func nudge(_ arguments: Arguments) throws -> JSON {
    let room = try room(arguments.text("room"))
    let who = try addressee(arguments, in: room)
    let there = try reader.presence(room.id, now: SystemCall.now()).first {
      $0.id.pubkey == who.pubkey && $0.id.connection == who.connection && $0.card != nil
    }
    guard let id = arguments.text("card") ?? there?.card?.eventID.hex else {
      var post = arguments
      post.set("channel", to: ChannelName.general.text)
      post.set("text", to: Verbs.nudgeText)
      post.set("ack", to: "")
      post.set("mention", to: who.connection?.text ?? who.pubkey.hex)
      return try self.post(post)
    }
    let card = try card(Arguments(id: id, room: arguments.text("room")), field: "card")
    let fabric = Fabric(
      type: "comment", fields: ["addr": .string(card.address), "ack": true]
    ).mentioning([who])
    return try post(
      .comment(
        Comment(
          target: TargetReference(card.eventID), body: Verbs.nudgeText, intent: "nudge",
          createdBy: me.hex, fabric: fabric)), d: DTag.comment(target: card.eventID),
      in: room, arguments)
  }
}

extension TeamMember {
  /// Whether a mention means it: of a key, the key itself and not its connections.
  package func `is`(_ mention: Mention) -> Bool {
    id.pubkey == mention.pubkey && id.connection == mention.connection
  }

  fileprivate var json: JSON {
    let evidence = row.evidence
    func time(_ seconds: Int64?) -> JSON { seconds.map { .integer($0) } ?? .null }
    func text(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }
    return [
      "name": text(row.name), "short": .string(row.short), "pubkey": .string(id.pubkey.hex),
      "connection": text(id.connection?.text), "state": .string(presence.state.rawValue),
      "stalled": .bool(presence.isStalled), "since": time(presence.since),
      "alive_at": time(evidence.lifeAt), "progress_at": time(evidence.progressAt),
      "card": text(row.card?.eventID.hex), "title": text(row.card?.title),
      "step": text(row.step?.text), "words": text(row.words), "host": text(row.host),
    ]
  }
}
