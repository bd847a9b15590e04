import FourA
import Home
import Nostr
import Replica
import Studio

// Everything about a post is checked here, before its order is written: a post that is refused has
// left no trace.
extension Workspace {
  /// Publishes a post and, in the same transaction, before it, the registry card of its connection
  /// and the root of its channel where these are missing.
  func post(_ arguments: Arguments) throws -> JSON {
    let room = try room(arguments.text("room"))
    let channel = try Check.channel(try arguments.required("channel"), field: "channel")
    let text = try postBody(try arguments.required("text"))
    let kindText = arguments.text("kind") ?? PostKind.status.rawValue
    guard let kind = PostKind(rawValue: kindText) else { throw StudioError.invalidKind(kindText) }
    var mark = PostMark(channel: channel, kind: kind)
    let answered = try caughtUp {
      let answered = try arguments.text("reply-to").map {
        try post($0, in: room, field: "reply-to")
      }
      mark.replyTo = answered?.eventID
      mark.refs = try references(arguments.texts("ref"), in: room)
      mark.mentions = try mentions(arguments.texts("mention"), in: room)
      return answered
    }
    mark.connection = try connection(arguments)
    mark.wantsAck = arguments.flag("ack")
    mark.heartbeat = try heartbeat(text, kind, by: mark.connection, in: room, arguments)
    if let answered, answered.speaker.isAgent, mark.connection != nil {
      mark.hops = min(answered.hops + 1, PostMark.hopLimit)
    }

    var orders =
      try mark.connection.flatMap { try registration(of: $0, in: room) }.map { [$0] } ?? []
    let root = try reader.root(of: channel, in: room.id)
    if root == nil { orders.append(opening(of: channel, in: room)) }
    let opened = root == nil ? orders.count - 1 : nil
    mark.root =
      root?.address ?? Address(kind: 30530, pubkey: me, d: DTag.channel(name: channel.text))
    let (payload, d) = written(text, mark, on: root?.eventID, answering: answered)
    // The strict writer's checks run here, before anything is written.
    _ = try payload.encoded()
    let isOnRoot = if case .comment = payload { true } else { false }
    orders.append(
      .init(
        room: room.audience, kind: payload.kind, d: d, payload: payload.json,
        after: standing(
          after: max(
            answered?.at ?? 0, try reader.posts(channel, in: room.id, limit: 1).first?.at ?? 0)),
        on: isOnRoot ? opened : nil))

    var result = try publish(.posts(orders), arguments).object ?? [:]
    if !arguments.flag("no-auto-subscribe") {
      try desk.subscribe(InboxOwner(me, mark.connection), to: channel, in: room.id)
    }
    let id = result["event_id"]?.string
    var answer: JSONObject = [
      "post_id": id.map { .string("post-\($0.prefix(12))") } ?? .null,
      "event_id": id.map { .string($0) } ?? .null, "channel": .string(channel.text),
      "delivery": result.remove("delivery") ?? "queued",
    ]
    if let late = result[Verb.timedOut] { answer[Verb.timedOut] = late }
    return .object(answer)
  }

  private func postBody(_ text: String) throws(StudioError) -> String {
    let count = text.utf16.count
    guard count <= Limits.body else {
      throw StudioError(
        "body_too_long", "a post has at most \(Limits.body) characters, this has \(count)",
        field: "text", value: text, hint: "put the long part on a card and refer to it")
    }
    return try Check.text(text, field: "text", limit: Limits.body)
  }

  /// The payload of a post and its `d`; empty where that comes from a root not signed yet.
  private func written(
    _ text: String, _ mark: PostMark, on root: EventID?, answering answered: PostRow?
  ) -> (Payload, d: String) {
    let fabric = mark.fabric
    switch mark.kind {
    case .question:
      let question = Question(body: text, track: "channels", createdBy: me.hex, fabric: fabric)
      return (.question(question), DTag.question(body: text))
    case .answer:
      // Other clients thread an answer only on a question proper.
      guard let answered, answered.eventKind == 30534 else { break }
      let answer = Answer(
        target: TargetReference(answered.eventID), body: text, createdBy: me.hex, fabric: fabric)
      return (.answer(answer), DTag.answer(question: answered.eventID))
    default: break
    }
    let comment = Comment(
      target: TargetReference(root ?? EventID(Bytes32())), body: text,
      intent: mark.kind.rawValue, createdBy: me.hex, fabric: fabric)
    let d =
      mark.kind == .heartbeat
      ? DTag.heartbeat(connection: mark.connection?.text ?? me.hex, channel: mark.channel.text)
      : root.map { DTag.comment(target: $0) } ?? ""
    return (.comment(comment), d)
  }

  /// After which time one's own word is to stand, whatever the clocks say, to stand after what was seen last; what
  /// is dated too far ahead pushes nobody there.
  func standing(after seen: Int64?) -> Int64 {
    seen.flatMap { $0 < SystemCall.now() + Limits.reach ? $0 : nil } ?? 0
  }

  // MARK: What stands before the post

  /// The root of a channel that nobody has posted in.
  private func opening(of channel: ChannelName, in room: RoomRow) -> Order.Post {
    .init(
      room: room.audience, kind: 30530, d: DTag.channel(name: channel.text),
      payload: Payload.card(.channelRoot(channel, createdBy: me.hex)).json)
  }

  /// The registry card by which others know a connection; `nil` when the room has it.
  func registration(
    of connection: ConnectionID, in room: RoomRow
  ) throws -> Order.Post? {
    let isKnown = try reader.agents(room.id).contains {
      $0.pubkey == me && $0.connection == connection
    }
    if isKnown { return nil }
    guard let name = try reader.connectionName(connection) else {
      throw StudioError(
        "reference_not_found", "this home has no connection “\(connection.text)”", field: "conn",
        value: connection.text, hint: "give --conn a name, and the connection is made")
    }
    return .init(
      room: room.audience, kind: 30530, d: DTag.agent(connection: connection.text),
      payload: Payload.card(.agent(connection, name: name, createdBy: me.hex)).json)
  }

  // MARK: References

  /// Looks references up; when one is not here, once more after asking the relays for two seconds
  /// at most: it may only not have come yet. A face that must not wait has one try.
  private func caughtUp<T>(_ lookUp: () throws -> T) throws -> T {
    do {
      return try lookUp()
    } catch let error as StudioError where error.code == "reference_not_found" && canWait {
      do {
        try engine.ask(.sync(seconds: 2))
        _ = try engine.wait(seconds: 3) { if case .synced = $0 { true } else { nil } }
      } catch { /* Not reachable: what was not found stays not found. */  }
      return try lookUp()
    }
  }

  /// A post that ID means; of any channel of the room.
  private func post(_ id: String, in room: RoomRow, field: String) throws -> PostRow {
    switch try reader.resolvePost(id, in: room.id) {
    case .one(let post): return post
    case .ambiguous(let posts): throw ambiguous(id, posts.map(\.postID), field: field)
    case .none: throw unfound("post", id, in: room, field: field)
    }
  }

  private func unfound(
    _ what: String, _ id: String, in room: RoomRow, field: String
  ) -> StudioError {
    StudioError(
      "reference_not_found", "no \(what) matches “\(id.prefix(80))” in “\(room.slug)”",
      field: field, value: id, hint: "studio sync fetches what has not arrived; or leave it out")
  }

  func mentions(_ names: [String], in room: RoomRow) throws -> [Mention] {
    guard names.count <= Fabric.mentionLimit else {
      throw StudioError(
        "invalid_argument", "a post mentions at most \(Fabric.mentionLimit)", field: "mention")
    }
    var found: [Mention] = []
    for name in names {
      switch try reader.resolveAddressee(name, in: room.id) {
      case .one(let mention): if !found.contains(mention) { found.append(mention) }
      case .ambiguous(let mentions):
        let identities = try reader.identities(in: room.id)
        throw ambiguous(
          name,
          mentions.map {
            let speaker = identities.speaker($0.pubkey, $0.connection)
            return "\(speaker.name ?? "")#\(speaker.short)"
          }, field: "mention")
      case .none: throw unfound("member or connection", name, in: room, field: "mention")
      }
    }
    return found
  }

  /// `KIND=ID` each: what is in the room must be there and is written by its full id.
  private func references(_ texts: [String], in room: RoomRow) throws -> JSONObject {
    var refs = JSONObject()
    for text in texts {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[1].isEmpty, let kind = Reference(rawValue: String(parts[0]))
      else {
        throw StudioError(
          "invalid_argument", "a reference is KIND=ID, KIND one of \(Reference.allCases.words)",
          field: "ref", value: text)
      }
      let field = "refs.\(kind.rawValue)"
      let value: JSON = .string(try reference(kind, String(parts[1]), in: room, field: field))
      if kind.isSingle {
        guard refs[kind.rawValue] == nil else {
          throw StudioError(
            "invalid_argument", "a post has one \(kind.rawValue) at most", field: field,
            value: String(parts[1]))
        }
        refs[kind.rawValue] = value
      } else {
        let known = refs[kind.rawValue]?.array ?? []
        refs[kind.rawValue] = .array(known.contains(value) ? known : known + [value])
      }
    }
    return refs
  }

  private func reference(
    _ kind: Reference, _ id: String, in room: RoomRow, field: String
  ) throws -> String {
    switch kind {
    case .post: return try post(id, in: room, field: field).eventID.hex
    case .claim:
      let post = try post(id, in: room, field: field)
      guard post.kind == PostKind.claim.rawValue else {
        throw unfound("claim", id, in: room, field: field)
      }
      return post.eventID.hex
    case .mutation:
      switch try reader.resolveEvent(id, in: room.id) {
      case .one(let event): return event.hex
      case .ambiguous(let events): throw ambiguous(id, events.map(\.hex), field: field)
      case .none: throw unfound("event", id, in: room, field: field)
      }
    case .card, .contract:
      let object = try object(id, kinds: [30530], in: room, field: field)
      guard let card = try reader.card(object.id), card.isShown,
        kind == .card || sameBytes(card.kind, "contract")
      else { throw unfound(kind.rawValue, id, in: room, field: field) }
      // The address stays when the card is edited.
      return card.address
    case .goal, .branch, .commit, .url:
      return try Check.text(id, field: field, limit: Limits.description)
    }
  }
}
