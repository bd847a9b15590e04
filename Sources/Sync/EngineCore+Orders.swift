import FourA
import Home
import Nostr
import Relay
import Replica
import Studio
import Threads

// What faces ask for, done once each: sign, encrypt, wrap, and into the outbox in one durable transaction.
extension EngineCore {
  func takeOrders() throws {
    guard secret != nil else { return }
    while true {
      let intents = try replica.nextIntents(limit: 64)
      guard !intents.isEmpty else { break }
      let posts = intents.prefix { $0.verb == Self.postVerb }
      if posts.count > 1, (try? durably({ try carryOut(all: posts) })) != nil {
        FaultPoint.engineSigned.pass()
        announceNow()
        continue
      }
      for intent in intents {
        do {
          // The order and its answer are one transaction, on disk before the face is told: a crash leaves it
          // undone and still asked for, or done once.
          try replica.transaction(.disk) {
            let result = try carryOut(intent)
            try replica.finishIntent(intent.id, result: result.text)
            FaultPoint.engineSigning.pass()
          }
          FaultPoint.engineSigned.pass()
        } catch {
          // Whatever went wrong with an order is the answer to it; the engine goes on.
          try forgetRolledBack()
          try replica.failIntent(intent.id, error: StudioError(describing: error).json.text)
        }
        announceNow()
      }
    }
    try publishEverywhere()
  }

  private static let postVerb = "post"

  /// Messages that wait together go to the disk together; when one of them cannot be sent, each is tried alone.
  private func carryOut(all intents: some Sequence<Intent>) throws {
    for intent in intents {
      try replica.finishIntent(intent.id, result: carryOut(intent).text)
    }
    FaultPoint.engineSigning.pass()
  }

  private func carryOut(_ intent: Intent) throws -> JSON {
    guard let secret else { throw StudioError("engine_locked", "the key is locked") }
    guard let arguments = try? JSON(parsing: intent.arguments),
      let order = Order(verb: intent.verb, arguments: arguments)
    else { throw StudioError("bad_order", "the engine does not know the order “\(intent.verb)”") }
    switch order {
    case .post(let post): return try carryOut([post], by: secret)
    case .posts(let posts): return try carryOut(posts, by: secret)
    case .found(let slug, let title, let description, let tracks):
      return try found(slug, title: title, description: description, tracks: tracks, by: secret)
    case .invite(let audience, let ttl): return try invite(to: audience, ttl: ttl)
    case .join(let url, let note): return try join(url, note: note, by: secret)
    case .admit(let audience, let members): return try admit(members, to: audience, by: secret)
    case .remove(let audience, let member): return try remove(member, from: audience, by: secret)
    case .rotate(let audience):
      return try rotate(audience, by: secret) { $0.rotated(to: $1) }
    case .leave(let audience): return try leave(audience, by: secret)
    case .close(let audience): return try declare(audience) { $0.closed(at: $1) }
    case .reopen(let audience):
      return try declare(audience) { declaration, _ in declaration.reopened() }
    case .profile(let audience, let name): return try publishProfile(name, in: audience, by: secret)
    }
  }

  /// Signs payloads of one room and sends them together; the answer speaks of the last one.
  private func carryOut(_ posts: [Order.Post], by secret: SecretKey) throws -> JSON {
    guard let first = posts.first, posts.allSatisfy({ $0.room == first.room }) else {
      throw StudioError("bad_order", "what is sent together goes to one room")
    }
    let room = try room(of: first.room)
    var drafts: [Draft] = []
    for post in posts {
      var payload = try Payload(kind: post.kind, parsing: post.payload.bytes)
      var d = post.d
      if let place = post.on {
        guard drafts.indices.contains(place), case .comment(var comment) = payload else {
          throw StudioError("bad_order", "only a comment can be on an earlier post of its order")
        }
        let target = drafts[place].event.id
        comment.target = TargetReference(target)
        payload = .comment(comment)
        if d.isEmpty { d = DTag.comment(target: target) }
      }
      if let place = post.of {
        guard drafts.indices.contains(place) else {
          throw StudioError("bad_order", "only an earlier post of an order can be spoken of")
        }
        payload = payload.speaking(of: drafts[place].event.id)
      }
      let target = payload.remarkTarget
      let last = target.map { remarks.last(on: $0, now: SystemCall.now()) } ?? 0
      let draft = try rumor(payload, d: d, after: max(post.after, last), in: room, by: secret)
      if let target { remarks.note(target, at: draft.event.createdAt) }
      drafts.append(draft)
    }
    guard let last = drafts.last else { return .null }
    try send(drafts, to: room, by: secret)
    return [
      "event_id": .string(last.event.id.hex),
      "address": .string(last.event.address.text),
      "d": .string(last.event.d), "delivery": "queued",
    ]
  }

  /// A signed rumor with what it says, before it is wrapped.
  struct Draft {
    var event: Event
    var opened: Keyring.Opened
  }

  func room(of audience: Audience) throws -> RoomRow {
    guard let room = try reader.room(audience) else {
      throw StudioError(
        "room_not_found", "this home is in no room “\(audience.slug)”", field: "room",
        value: audience.slug, hint: "studio room list shows the rooms")
    }
    return room
  }

  /// Signs one payload for a room, strictly later than the last event at the same coordinate.
  ///
  /// - Throws: `room_closed`, `not_a_member`, `no_epoch_key`, `payload_too_large`, `clock_behind`.
  func rumor(
    _ payload: Payload, d: String, after: Int64 = 0, in room: RoomRow, by secret: SecretKey
  ) throws -> Draft {
    let authority = try replica.authority(of: room.id)
    guard let current = authority.current else {
      throw StudioError(
        "not_yet_admitted", "the room “\(room.audience.slug)” has not admitted this identity yet",
        field: "room", value: room.audience.slug)
    }
    if current.isClosed {
      throw StudioError(
        "room_closed", "the room “\(room.audience.slug)” is closed", field: "room",
        value: room.audience.slug,
        hint: "its founder can reopen it")
    }
    guard current.members.contains(secret.publicKey), room.relation != .left else {
      throw StudioError(
        "not_a_member", "this identity is not a member of “\(room.audience.slug)”", field: "room",
        value: room.audience.slug)
    }
    guard keyring.secrets.proven(room.audience, epoch: current.epoch) != nil else {
      throw StudioError(
        "no_epoch_key", "the key of epoch \(current.epoch) has not arrived yet", field: "room",
        value: room.audience.slug, hint: "it comes from a relay; studio sync asks for it now")
    }
    let bytes = try payload.encoded()
    let last = try replica.lastCreatedAt(
      room: room.id, kind: payload.kind, author: secret.publicKey, d: d)
    let now = SystemCall.now()
    let createdAt = max(now, (last ?? 0) + 1, after + 1)
    guard createdAt <= now + 900 else {
      throw StudioError(
        "clock_behind",
        "this machine's clock is behind what is already in the room by "
          + "\(createdAt - now) seconds", hint: "set the clock, then try again")
    }
    let event = try FourA.Message.rumor(
      kind: payload.kind, d: d, payload: bytes, audience: room.audience, epoch: current.epoch,
      epochKey: current.epochKey, members: current.members,
      alt: Alt.neutral(kind: payload.kind, slug: room.audience.slug), extraTags: payload.extraTags,
      author: secret, createdAt: createdAt)
    return Draft(
      event: event,
      opened: Keyring.Opened(
        audience: room.audience, epoch: current.epoch, payload: bytes, epochKey: current.epochKey,
        isProven: true))
  }

  /// Wraps rumors to every member, this one included, and puts all of it into the replica and the outbox in
  /// one durable transaction.
  func send(_ drafts: [Draft], to room: RoomRow, by secret: SecretKey) throws {
    let members = try replica.authority(of: room.id).current?.members ?? []
    let now = SystemCall.now()
    let letters = try drafts.flatMap { draft in
      try members.map { try letter(draft.event, for: $0, by: secret) }
    }
    // Sealing and wrapping is nearly all of the work, and each copy is on its own.
    let wraps = try Parallel.map(letters) { try $0.wrapped(now: now) }
    let batch = drafts.enumerated().map { index, draft in
      Outgoing(
        draft.event, opened: draft.opened,
        wraps: Array(wraps[index * members.count..<(index + 1) * members.count]))
    }
    try accept(batch, for: room)
  }

  /// Declarations, grants and claims: signed, public, as they are.
  func send(publicEvents events: [Event], for room: RoomRow) throws {
    try accept(
      events.map { Outgoing($0, opened: nil, wraps: [OutgoingWrap(publicEvent: $0)]) }, for: room)
  }

  private func accept(_ batch: [Outgoing], for room: RoomRow) throws {
    let (_, report) = try replica.accept(
      batch, relays: try relayNumbers(of: room), keyring: keyring)
    totals.applied += report.applied
  }

  /// The relays of a room: its own where it names any, else this identity's.
  func relayNumbers(of room: RoomRow) throws -> [Int] {
    try refreshRelays()
    let own = room.relays.compactMap { try? RelayURL($0).text }
    let urls = own.isEmpty ? Array(relays.keys) : own
    return urls.compactMap { relays[$0]?.number }.sorted()
  }
}

extension Payload {
  /// What a comment or an answer hangs on.
  fileprivate var remarkTarget: String? {
    switch self {
    case .comment(let comment): comment.target.id
    case .answer(let answer): answer.target.id
    default: nil
    }
  }
}
