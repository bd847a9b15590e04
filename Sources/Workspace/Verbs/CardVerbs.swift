import FourA
import Home
import Nostr
import Replica
import Studio

extension Verbs {
  static let tracks: [Verb] = [
    Verb(
      "track create", "start a track of cards, or change one",
      [
        .place("slug", "SLUG", "letters, digits and dashes"),
        .option("title", "TEXT", "what people see", required: true),
        .option("description", "TEXT", "what belongs there"),
        .option(
          "layout", "LAYOUT", "how it is shown", choices: Track.Layout.allCases.map(\.rawValue)),
        .room, .wait,
      ]
    ) { workspace, arguments in
      let room = try workspace.room(arguments.text("room"))
      let slug = try Check.slug(try arguments.required("slug"), field: "slug", lengths: 1...64)
      let track = Track(
        name: slug,
        title: try Check.text(try arguments.required("title"), field: "title", limit: Limits.title),
        description: try arguments.text("description").map {
          try Check.text($0, field: "description", limit: Limits.description)
        },
        layout: arguments.text("layout").flatMap(Track.Layout.init) ?? .column,
        createdBy: workspace.me.hex)
      return try workspace.post(.track(track), d: DTag.track(name: slug), in: room, arguments)
    },
    Verb("track list", "the room's tracks", [.room]) { workspace, arguments in
      let room = try workspace.room(arguments.text("room"))
      return ["tracks": .array(try workspace.reader.tracks(room.id).map(\.json))]
    },
    Verb(
      "track close", "close a track; its cards stay",
      [.place("slug", "SLUG", "the track"), .room, .wait]
    ) { workspace, arguments in
      let room = try workspace.room(arguments.text("room"))
      let row = try workspace.track(try arguments.required("slug"), in: room, field: "slug")
      var track = row.payload(by: workspace.me)
      track.closedAt = SystemCall.now()
      return try workspace.post(.track(track), d: DTag.track(name: row.name), in: room, arguments)
    },
  ]

  static let cards: [Verb] = [
    Verb(
      "card create", "put a card on a track",
      [
        .option(
          "track", "SLUG", "the track; one that does not exist yet is started", required: true),
        .option("title", "TEXT", "1 to 200 characters", required: true),
        .option("body", "TEXT", "markdown; - reads it from standard input"),
        .option("assign", "WHO", "who shall do it"),
        .option("kind", "KIND", "task unless given"),
        .option("tag", "TAG", "a label", repeated: true),
        .option(
          "status", "STATUS", "open unless given", choices: CardStatus.lifecycle.map(\.rawValue)),
        .option("d", "D", "the card's own identifier, instead of one made from the title"),
        .room, .wait,
      ]
    ) { workspace, arguments in
      let room = try workspace.room(arguments.text("room"))
      let title = try Check.text(
        try arguments.required("title"), field: "title", limit: Limits.title)
      let kind = arguments.text("kind") ?? "task"
      guard !kind.hasPrefix("_") else {
        throw StudioError(
          "invalid_argument", "kinds that begin with “_” are kept for machines", field: "kind",
          value: kind)
      }
      let card = Card(
        kind: try Check.text(kind, field: "kind", limit: Limits.word),
        track: try Check.slug(try arguments.required("track"), field: "track", lengths: 1...64),
        title: title,
        body: try Check.text(
          arguments.text("body") ?? title, field: "body", limit: Limits.cardBody),
        assignees: try arguments.text("assign").map {
          [try workspace.member($0, in: room, field: "assign")]
        } ?? [],
        status: arguments.text("status").map { CardStatus(rawValue: $0) } ?? .open,
        tags: arguments.texts("tag"), createdBy: workspace.me.hex)
      let d =
        try arguments.text("d").map { try Check.identifier($0, field: "d") }
        ?? DTag.card(title: title)
      if try workspace.reader.lastCreatedAt(
        room: room.id, kind: 30530, author: workspace.me, d: d) != nil
      {
        throw StudioError(
          "card_exists", "you already have a card with d “\(d)” in “\(room.slug)”", field: "d",
          value: d,
          hint: "studio card edit changes it")
      }
      return try workspace.post(.card(card), d: d, in: room, arguments)
    },
    Verb(
      "card list", "cards, the newest change first",
      [
        .option("track", "SLUG", "of one track"), .option("status", "STATUS", "with one status"),
        .option("assignee", "WHO", "assigned to someone"),
        .option(
          "query", "QUERY",
          "words, is:open, agent:me, track:ops, label:ci, age:<2d …; -not, a | b, (…), sort:title"),
        .option("view", "NAME", "as the query of that name in views.conf says"),
        .option("limit", "N", "50 unless given"), .room,
      ]
    ) { workspace, arguments in
      let room = try workspace.room(arguments.text("room"))
      var filter = CardFilter()
      filter.track = arguments.text("track")
      filter.status = arguments.text("status")
      filter.assignee = try arguments.text("assignee").map {
        try workspace.member($0, in: room, field: "assignee")
      }
      try workspace.narrow(&filter, arguments, in: room)
      let limit = try arguments.number("limit", in: 1...10_000) ?? 50
      let rows = try workspace.reader.cards(room.id, filter, limit: limit, me: workspace.me)
      return ["cards": .array(rows.map(\.json))]
    },
    Verb("card show", "a card with its thread and history", [.id, .room]) { workspace, arguments in
      let row = try workspace.card(arguments)
      return try workspace.detail(of: row)
    },
    Verb(
      "card edit", "change what a card says; its author alone can",
      [
        .id, .option("title", "TEXT", "a new title"),
        .option("body", "TEXT", "a new text; - reads it from standard input"),
        .option("track", "SLUG", "move it to another track"),
        .option("kind", "KIND", "another kind"),
        .option("tag", "TAG", "labels, instead of those it has", repeated: true), .room, .wait,
      ]
    ) { workspace, arguments in
      try workspace.revise(arguments) { card in
        if let title = arguments.text("title") {
          card.title = try Check.text(title, field: "title", limit: Limits.title)
        }
        if let body = arguments.text("body") {
          card.body = try Check.text(body, field: "body", limit: Limits.cardBody)
        }
        if let track = arguments.text("track") {
          card.track = try Check.slug(track, field: "track", lengths: 1...64)
        }
        if let kind = arguments.text("kind") {
          card.kind = try Check.text(kind, field: "kind", limit: Limits.word)
        }
        if arguments.flag("tag") { card.tags = arguments.texts("tag").filter { !$0.isEmpty } }
      }
    },
    Verb(
      "card assign", "give a card to a member, or to nobody",
      [.id, .place("who", "WHO", "a member, or none"), .room, .wait]
    ) { workspace, arguments in
      let who = try arguments.required("who")
      let room = try workspace.reader.room(try workspace.card(arguments).room)
      return try workspace.revise(arguments) { card in
        card.assignees =
          try who == "none"
          ? [] : room.map { [try workspace.member(who, in: $0, field: "who")] } ?? []
      }
    },
    Verb(
      "card status", "change a card's status",
      [
        .id,
        .place("status", "STATUS", "the new status", choices: CardStatus.lifecycle.map(\.rawValue)),
        .room, .wait,
      ]
    ) { workspace, arguments in
      try workspace.changeStatus(arguments)
    },
    Verb("card delete", "delete a card; its author alone can", [.id, .room, .wait]) {
      workspace, arguments in
      try workspace.revise(arguments) { $0 = $0.deleted() }
    },
  ]
}

extension Workspace {
  /// Publishes a payload and, with `--wait`, waits for a relay. Before it goes the registry card of
  /// the connection that speaks, where the room does not know it.
  func post(
    _ payload: Payload, d: String, after: Int64 = 0, in room: RoomRow,
    through connection: ConnectionID? = nil, _ arguments: Arguments
  ) throws -> JSON {
    // The strict writer's checks run here, before anything is written.
    _ = try payload.encoded()
    let post = Order.Post(
      room: room.audience, kind: payload.kind, d: d, payload: payload.json, after: after)
    guard let card = try connection.flatMap({ try registration(of: $0, in: room) }) else {
      return try publish(.post(post), arguments)
    }
    return try publish(.posts([card, post]), arguments)
  }

  /// Hands in an order that publishes an event and, with `--wait`, waits for a relay.
  func publish(_ order: Order, _ arguments: Arguments) throws -> JSON {
    let wait = arguments.flag("wait") ? try arguments.number("wait", in: 1...3600) ?? 10 : nil
    var result = try submit(order)
    guard let wait, var object = result.object,
      let id = object["event_id"]?.string.flatMap({ EventID(hex: $0) })
    else { return result }
    if try waitForDelivery(of: id, seconds: wait) {
      object["delivery"] = "sent"
    } else {
      object[Verb.timedOut] = true
    }
    result = .object(object)
    return result
  }

  /// The card that the argument `id` means; `field` is what an error calls it.
  func card(_ arguments: Arguments, field: String = "id") throws -> CardRow {
    let room = try arguments.text("room").map { try self.room($0) }
    let id = try arguments.required("id")
    let object = try object(id, kinds: [30530], in: room, field: field)
    guard let row = try reader.card(object.id, me: me), row.isShown else {
      throw StudioError(
        "reference_not_found", "there is no card “\(id.prefix(80))”", field: field, value: id)
    }
    return row
  }

  func track(_ slug: String, in room: RoomRow, field: String) throws -> TrackRow {
    guard let row = try reader.tracks(room.id).first(where: { sameBytes($0.name, slug) }) else {
      throw StudioError(
        "reference_not_found", "“\(room.slug)” has no track “\(slug)”", field: field, value: slug,
        hint: "studio track list shows them")
    }
    return row
  }

  /// Publishes a new version of a card, which leads back to the old one.
  func revise(_ arguments: Arguments, _ change: (inout Card) throws -> Void) throws -> JSON {
    let row = try card(arguments)
    guard row.author == me else {
      throw StudioError(
        "not_the_author", "only its author can change this card", field: "id", value: row.d,
        hint: "studio comment says what should change")
    }
    guard let room = try reader.room(row.room), let bytes = try reader.payload(row.eventID),
      case .card(var card) = try Payload(kind: 30530, parsing: bytes)
    else { throw StudioError("internal_error", "the card's text is missing from the replica") }
    // A version carries the status in force, which may have come by a comment since.
    card.status = CardStatus(rawValue: row.status)
    try change(&card)
    return try post(
      .card(card.superseding(row.eventID)), d: row.d, after: row.updatedAt, in: room, arguments)
  }

  func changeStatus(_ arguments: Arguments) throws -> JSON {
    let row = try card(arguments)
    let status = CardStatus(rawValue: try arguments.required("status"))
    guard let room = try reader.room(row.room) else {
      throw StudioError("internal_error", "the room is missing")
    }
    guard
      StatusRule.allows(
        status, by: me, author: row.author, assignees: row.assignees, founder: room.founder)
    else {
      throw StudioError(
        "not_allowed", "you cannot set this card to \(status.rawValue)", field: "status",
        value: status.rawValue,
        hint: "its author can set any status; its assignee in_progress, done and open")
    }
    let comment = Comment.statusChange(
      card: row.eventID, address: Address(row.address), from: CardStatus(rawValue: row.status),
      to: status, createdBy: me.hex)
    return try post(
      .comment(comment), d: DTag.statusChange(card: row.eventID), after: row.updatedAt, in: room,
      arguments)
  }
}
