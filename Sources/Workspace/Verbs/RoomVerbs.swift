import FourA
import Home
import Nostr
import Replica
import Studio

extension Verbs {
  static let rooms: [Verb] = [
    Verb(
      "room create", "found an audience and its room",
      [
        .place("slug", "SLUG", "letters, digits and dashes, 2 to 64"),
        .option("title", "TEXT", "what people see", required: true),
        .option("description", "TEXT", "what the room is for"),
        .option("track", "SLUG", "a track to start with", repeated: true),
      ]
    ) { workspace, arguments in
      let slug = try Check.slug(try arguments.required("slug"), field: "slug", lengths: 2...64)
      let tracks = try arguments.texts("track").map {
        try Check.slug($0, field: "track", lengths: 1...64)
      }
      let title = try Check.text(
        try arguments.required("title"), field: "title", limit: Limits.title)
      let description = try arguments.text("description").map {
        try Check.text($0, field: "description", limit: Limits.description)
      }
      let result = try workspace.submit(
        .found(slug: slug, title: title, description: description, tracks: tracks))
      guard var object = result.object, let address = object["address"]?.string,
        let audience = Audience(address: address), let room = try workspace.reader.room(audience)
      else { return result }
      try workspace.desk.setSetting(Workspace.roomSetting, address)
      object["members"] = .array(try workspace.reader.members(room.id).map(\.json))
      return .object(object)
    },
    Verb("room list", "the rooms of this home") { workspace, _ in
      ["rooms": .array(try workspace.reader.rooms().map { try workspace.json(of: $0) })]
    },
    Verb(
      "room show", "one room: members, epoch, claims waiting, and what its agents have in hand",
      [.place("room", "SLUG", "the room, instead of the one in use", required: false)]
    ) { workspace, arguments in
      let room = try workspace.room(arguments.text("room"))
      guard var object = try workspace.json(of: room).object else { return .null }
      object["agents"] = .array(
        try workspace.reader.agentLoads(room.id).map { try workspace.json(of: $0, in: room) })
      return .object(object)
    },
    Verb(
      "room invite", "make a one-shot invite",
      [
        .place("room", "SLUG", "the room, instead of the one in use", required: false),
        .option("ttl", "SECONDS", "how long it lives, a week unless given"),
      ]
    ) { workspace, arguments in
      let ttl = try arguments.number("ttl", in: 60...31_536_000) ?? 604_800
      let room = try workspace.room(arguments.text("room"))
      return try workspace.submit(.invite(room.audience, ttl: Int64(ttl)))
    },
    Verb(
      "room join", "claim an invite",
      [
        .place("url", "URL", "the invite"),
        .option("note", "TEXT", "a line for whoever admits"),
      ]
    ) { workspace, arguments in
      let url = try arguments.required("url")
      _ = try Invite(parsing: url)
      return try workspace.submit(.join(url: url, note: arguments.text("note")))
    },
    Verb("room pending", "claims that wait to be admitted", [.room]) { workspace, arguments in
      let room = try workspace.room(arguments.text("room"))
      return ["claims": .array(try workspace.claims(of: room))]
    },
    Verb(
      "room admit", "admit claimants; rotates the epoch once for all of them",
      [
        .place("who", "WHO", "whom to admit", required: false, repeated: true),
        .flag("all", "everyone who waits"), .room,
      ]
    ) { workspace, arguments in
      let room = try workspace.room(arguments.text("room"))
      let names = arguments.texts("who")
      guard names.isEmpty == arguments.flag("all") else {
        throw StudioError(
          "bad_usage", "admit takes names, or --all", field: "who",
          hint: "studio room pending lists them")
      }
      let waiting = try workspace.reader.pendingClaims(room.id, now: SystemCall.now())
      let chosen = try names.map { try workspace.claimant($0, among: waiting, in: room) }
      return try workspace.submit(.admit(room.audience, chosen))
    },
    Verb(
      "room remove", "take a member off the roster; rotates the epoch",
      [.place("who", "WHO", "whom"), .room]
    ) { workspace, arguments in
      let room = try workspace.room(arguments.text("room"))
      let member = try workspace.member(try arguments.required("who"), in: room, field: "who")
      return try workspace.submit(.remove(room.audience, member))
    },
    Verb("room rotate", "start a new epoch with a new key", [.room]) { workspace, arguments in
      try workspace.submit(.rotate(try workspace.room(arguments.text("room")).audience))
    },
    Verb("room leave", "leave the room", [.room]) { workspace, arguments in
      try workspace.submit(.leave(try workspace.room(arguments.text("room")).audience))
    },
    Verb("room close", "close the room for everyone", [.room]) { workspace, arguments in
      try workspace.submit(.close(try workspace.room(arguments.text("room")).audience))
    },
    Verb("room reopen", "open a closed room again", [.room]) { workspace, arguments in
      try workspace.submit(.reopen(try workspace.room(arguments.text("room")).audience))
    },
    Verb("use", "choose the room that later commands mean", [.place("room", "SLUG", "the room")]) {
      workspace, arguments in
      let room = try workspace.room(try arguments.required("room"))
      try workspace.desk.setSetting(Workspace.roomSetting, room.audience.address)
      return ["slug": .string(room.slug), "address": .string(room.audience.address)]
    },
  ]

  static let identity: [Verb] = [
    Verb("whoami", "this identity, its relays and rooms") { workspace, _ in
      try workspace.describeIdentity()
    },
    Verb(
      "sync", "catch up with every relay, then return",
      [.option("timeout", "SECONDS", "30 unless given")]
    ) {
      workspace, arguments in
      let seconds = try arguments.number("timeout", in: 1...3600) ?? 30
      try workspace.engine.ask(.sync(seconds: seconds))
      let counts = try workspace.engine.wait(seconds: seconds + 5) {
        if case .synced(let counts) = $0 { counts } else { nil }
      }
      guard var object = counts.object, object[Verb.timedOut]?.bool == false else { return counts }
      object.remove(Verb.timedOut)
      return .object(object)
    },
  ]
}

extension Workspace {
  /// The object of `whoami`.
  func describeIdentity() throws -> JSON {
    let configuration = try Configuration.load(from: home)
    try? engine.connect()
    return [
      "pubkey": .string(me.hex), "npub": .string(me.npub), "name": .string(configuration.name),
      "short": .string(me.short),
      "relays": .array(configuration.effectiveRelays.map { .string($0) }),
      "rooms": .array(try reader.rooms().map { .string($0.slug) }),
      "engine": engine.status?.object?["state"] ?? "stopped",
    ]
  }

  /// The claimant that WHO means among those who wait.
  func claimant(_ who: String, among claims: [Claim], in room: RoomRow) throws -> PublicKey {
    let key = PublicKey(npub: who) ?? PublicKey(hex: who)
    let found = claims.filter { claim in
      claim.claimant == key || claim.nickname.map { sameBytes($0, who) } == true
        || (who.utf8.count >= 8 && claim.claimant.hex.hasPrefix(who))
    }
    guard found.count < 2 else {
      throw StudioError(
        "ambiguous", "more than one claim is “\(who)”", field: "who", value: who,
        hint: found.map(\.claimant.short).joined(separator: ", "))
    }
    guard let claim = found.first else {
      throw StudioError(
        "claim_not_found", "no claim waiting in “\(room.slug)” is “\(who.prefix(80))”",
        field: "who",
        value: who, hint: "studio room pending lists them")
    }
    return claim.claimant
  }
}
