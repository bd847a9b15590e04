package import FourA
package import Nostr

/// What a face asks the engine to do, already checked; stored as one row and done once.
///
/// The engine alone holds the keys, so it chooses `created_at`, signs, encrypts and wraps.
package enum Order: Sendable, Hashable {
  /// Sign a payload and send it to every member of the room.
  case post(Post)
  /// Sign several payloads, the later ones on the earlier, and send all of them or none.
  case posts([Post])
  /// Found an audience and its room.
  case found(slug: String, title: String, description: String?, tracks: [String])
  /// Make a one-shot invite that lives for `ttl` seconds.
  case invite(Audience, ttl: Int64)
  /// Claim an invite.
  case join(url: String, note: String?)
  /// Admit those claimants, or all that wait when the list is empty; rotates the epoch once.
  case admit(Audience, [PublicKey])
  /// Take a member off the roster; rotates the epoch.
  case remove(Audience, PublicKey)
  case rotate(Audience)
  case leave(Audience)
  case close(Audience)
  case reopen(Audience)
  /// Publish this identity's name in a room, or in all of them.
  case profile(Audience?, name: String)

  /// One payload to sign.
  package struct Post: Sendable, Hashable {
    package var room: Audience
    /// 30530 to 30536.
    package var kind: Int
    package var d: String
    package var payload: JSON
    /// `created_at` will be larger than this, so that the event follows what it was made from.
    package var after: Int64
    /// The place, in the same order, of the post that this comment is on: its target, and its `d`
    /// where that is empty, are made from that post's event, which has no id before it is signed.
    package var on: Int?
    /// The place of the post that this one speaks of: a comment as `of` in its extension object, a record as
    /// its `question`.
    package var of: Int?

    package init(
      room: Audience, kind: Int, d: String, payload: JSON, after: Int64 = 0, on: Int? = nil,
      of: Int? = nil
    ) {
      self.room = room
      self.kind = kind
      self.d = d
      self.payload = payload
      self.after = after
      self.on = on
      self.of = of
    }

    init?(_ object: JSONObject) {
      guard let room = object["room"]?.string.flatMap({ Audience(address: $0) }),
        let kind = object["kind"]?.integer, let d = object["d"]?.string,
        let payload = object["payload"]
      else { return nil }
      self.init(
        room: room, kind: Int(kind), d: d, payload: payload,
        after: object["after"]?.integer ?? 0, on: object["on"]?.integer.map { Int($0) },
        of: object["of"]?.integer.map { Int($0) })
    }

    var json: JSONObject {
      var object: JSONObject = [
        "room": .string(room.address), "kind": .integer(Int64(kind)), "d": .string(d),
        "payload": payload, "after": .integer(after),
      ]
      if let on { object["on"] = .integer(Int64(on)) }
      if let of { object["of"] = .integer(Int64(of)) }
      return object
    }
  }

  /// The order's name in the table.
  package var verb: String {
    switch self {
    case .post: "post"
    case .posts: "posts"
    case .found: "found"
    case .invite: "invite"
    case .join: "join"
    case .admit: "admit"
    case .remove: "remove"
    case .rotate: "rotate"
    case .leave: "leave"
    case .close: "close"
    case .reopen: "reopen"
    case .profile: "profile"
    }
  }
}

extension Order {
  /// The order's arguments, without its name.
  package var arguments: JSON {
    var object = JSONObject()
    switch self {
    case .post(let post): object = post.json
    case .posts(let posts): object["posts"] = .array(posts.map { .object($0.json) })
    case .found(let slug, let title, let description, let tracks):
      object["slug"] = .string(slug)
      object["title"] = .string(title)
      if let description { object["description"] = .string(description) }
      object["tracks"] = .array(tracks.map { .string($0) })
    case .invite(let room, let ttl):
      object["room"] = .string(room.address)
      object["ttl"] = .integer(ttl)
    case .join(let url, let note):
      object["url"] = .string(url)
      if let note { object["note"] = .string(note) }
    case .admit(let room, let members):
      object["room"] = .string(room.address)
      object["members"] = .array(members.map { .string($0.hex) })
    case .remove(let room, let member):
      object["room"] = .string(room.address)
      object["member"] = .string(member.hex)
    case .rotate(let room), .leave(let room), .close(let room), .reopen(let room):
      object["room"] = .string(room.address)
    case .profile(let room, let name):
      if let room { object["room"] = .string(room.address) }
      object["name"] = .string(name)
    }
    return .object(object)
  }

  /// Reads an order back; `nil` when it is not one of ours.
  package init?(verb: String, arguments: JSON) {
    guard let object = arguments.object else { return nil }
    let room = object["room"]?.string.flatMap { Audience(address: $0) }
    switch verb {
    case "post":
      guard let post = Post(object) else { return nil }
      self = .post(post)
    case "posts":
      let posts = (object["posts"]?.array ?? []).map { $0.object.flatMap(Post.init) }
      guard !posts.isEmpty, !posts.contains(where: { $0 == nil }) else { return nil }
      self = .posts(posts.compactMap { $0 })
    case "found":
      guard let slug = object["slug"]?.string, let title = object["title"]?.string else {
        return nil
      }
      self = .found(
        slug: slug, title: title, description: object["description"]?.string,
        tracks: object["tracks"]?.array?.compactMap(\.string) ?? [])
    case "join":
      guard let url = object["url"]?.string else { return nil }
      self = .join(url: url, note: object["note"]?.string)
    case "profile":
      guard let name = object["name"]?.string else { return nil }
      self = .profile(room, name: name)
    default:
      guard let room, let order = Order(verb: verb, room: room, object) else { return nil }
      self = order
    }
  }

  private init?(verb: String, room: Audience, _ object: JSONObject) {
    switch verb {
    case "invite": self = .invite(room, ttl: object["ttl"]?.integer ?? 604_800)
    case "admit":
      let members = object["members"]?.array ?? []
      self = .admit(room, members.compactMap { $0.string.flatMap { PublicKey(hex: $0) } })
    case "remove":
      guard let member = object["member"]?.string.flatMap({ PublicKey(hex: $0) }) else {
        return nil
      }
      self = .remove(room, member)
    case "rotate": self = .rotate(room)
    case "leave": self = .leave(room)
    case "close": self = .close(room)
    case "reopen": self = .reopen(room)
    default: return nil
    }
  }
}
