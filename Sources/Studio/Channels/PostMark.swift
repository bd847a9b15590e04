package import Nostr

/// What a post is, so that its reader knows what to expect.
package enum PostKind: String, Sendable, CaseIterable {
  /// Asks somebody something.
  case question
  /// Replies to a question.
  case answer
  /// Asserts a fact.
  case claim
  /// Records a choice that others have to live with.
  case decision
  /// How things stand; what a post is unless it says otherwise.
  case status
  /// Still alive, still at it.
  case heartbeat
  /// Hands a task over.
  case brief
  /// Reports that it is finished, and what comes next.
  case closeout

  /// Whether a post of this kind can say how its author is.
  package var carriesHeartbeat: Bool { self == .heartbeat || self == .status }
}

/// Somebody who is meant: a key, or one connection of a key.
package struct Mention: Sendable, Hashable {
  /// The member.
  package let pubkey: PublicKey
  /// One connection of theirs; `nil` means all of them.
  package let connection: ConnectionID?

  /// A mention of a member, or of one connection.
  package init(_ pubkey: PublicKey, _ connection: ConnectionID? = nil) {
    self.pubkey = pubkey
    self.connection = connection
  }

  /// `nil` without a key. A connection that is none is as good as absent.
  init?(_ json: JSON) {
    guard let key = json["pubkey"]?.string.flatMap({ PublicKey(hex: $0) }) else { return nil }
    self.init(key, json["conn"]?.string.flatMap { ConnectionID($0) })
  }

  var json: JSON {
    var object: JSONObject = ["pubkey": .string(pubkey.hex)]
    if let connection { object["conn"] = .string(connection.text) }
    return .object(object)
  }
}

extension Fabric {
  /// The most people that one event can mention; the rest is not read.
  package static let mentionLimit = 64

  /// `mentions`: whom it means, in a known version; damaged ones left out, each once.
  package var mentions: [Mention] {
    var seen: Set<Mention> = []
    return (self["mentions"]?.array ?? []).prefix(Self.mentionLimit).compactMap { Mention($0) }
      .filter { seen.insert($0).inserted }
  }

  /// The object with those mentions, if there are any.
  package func mentioning(_ mentions: [Mention]) -> Fabric {
    mentions.isEmpty ? self : setting("mentions", .array(mentions.map(\.json)))
  }

  /// `reply_to`: the event that it answers.
  package var replyTo: EventID? { self["reply_to"]?.string.flatMap { EventID(hex: $0) } }

  /// `conn`, when it is a connection's identifier.
  package var connectionID: ConnectionID? { connection.flatMap { ConnectionID($0) } }

  /// `root`: the channel root that a post is on, by address.
  package var root: Address? { self["root"]?.string.flatMap { Address($0) } }
}

/// What makes a comment, question or answer a post in a channel: the extension object of the type
/// `post` (agents 2.4).
package struct PostMark: Sendable, Hashable {
  /// The type of the extension object.
  package static let type = "post"
  /// The largest `hops` that is read or written.
  package static let hopLimit: Int64 = 1_000_000

  /// The channel, by its exact name.
  package var channel: ChannelName
  /// A kind that we do not know reads as `status`.
  package var kind: PostKind
  /// The author's connection; `nil` for a person.
  package var connection: ConnectionID?
  /// The channel root that it is on.
  package var root: Address?
  /// The post that it answers.
  package var replyTo: EventID?
  /// Whom it means.
  package var mentions: [Mention]
  /// What it refers to, by kind of reference; see `Reference`.
  package var refs: JSONObject
  /// How many posts by agents in a row lead to this one: 0 for a person's, and for an answer to a
  /// person's.
  package var hops: Int64
  /// Whether whom it means are asked to say that they have seen it.
  package var wantsAck = false
  /// What its author says of their own state; carried by heartbeats and status posts.
  package var heartbeat: Heartbeat?

  /// A post of `kind` in `channel`.
  package init(
    channel: ChannelName, kind: PostKind = .status, connection: ConnectionID? = nil,
    root: Address? = nil, replyTo: EventID? = nil, mentions: [Mention] = [],
    refs: JSONObject = [:], hops: Int64 = 0, heartbeat: Heartbeat? = nil
  ) {
    self.channel = channel
    self.kind = kind
    self.connection = connection
    self.root = root
    self.replyTo = replyTo
    self.mentions = mentions
    self.refs = refs
    self.hops = hops
    self.heartbeat = heartbeat
  }

  /// Reads an extension object; `nil` when it is of another type, of a version from the future, or
  /// names no channel: such an event is a plain comment.
  package init?(reading fabric: Fabric?) {
    guard let fabric, let type = fabric.type, sameBytes(type, Self.type),
      let channel = fabric["channel"]?.string.flatMap({ ChannelName($0) })
    else { return nil }
    self.init(
      channel: channel,
      kind: fabric["kind"]?.string.flatMap { PostKind(rawValue: $0) } ?? .status,
      connection: fabric.connectionID, root: fabric.root, replyTo: fabric.replyTo,
      mentions: fabric.mentions, refs: fabric["refs"]?.object ?? [:],
      hops: min(max(fabric["hops"]?.integer ?? 0, 0), Self.hopLimit))
    wantsAck = fabric["ack"]?.bool ?? false
    if kind.carriesHeartbeat { heartbeat = Heartbeat(fabric["hb"]) }
  }

  /// The extension object as it is written.
  package var fabric: Fabric {
    var fields: JSONObject = [
      "channel": .string(channel.text), "kind": .string(kind.rawValue),
    ]
    if let root { fields["root"] = .string(root.text) }
    if let replyTo { fields["reply_to"] = .string(replyTo.hex) }
    if !mentions.isEmpty { fields["mentions"] = .array(mentions.map(\.json)) }
    if !refs.isEmpty { fields["refs"] = .object(refs) }
    fields["hops"] = .integer(hops)
    if wantsAck { fields["ack"] = true }
    if kind.carriesHeartbeat, let heartbeat { fields["hb"] = heartbeat.json }
    return Fabric(type: Self.type, connection: connection?.text, fields: fields)
  }
}

/// A kind of reference that a post can carry in `refs`.
package enum Reference: String, Sendable, CaseIterable {
  /// An earlier post.
  case post
  /// An earlier post of the kind `claim`.
  case claim
  /// Any event that this room holds.
  case mutation
  /// A card.
  case card
  /// A card of the kind `contract`.
  case contract
  /// A goal, named outside of Studio.
  case goal = "goal_id"
  /// A branch, named outside of Studio.
  case branch
  /// A commit, named outside of Studio.
  case commit
  /// An address on the net.
  case url

  /// Whether it names something in the room, which must be there before a post refers to it.
  package var isInternal: Bool {
    switch self {
    case .post, .claim, .mutation, .card, .contract: true
    case .goal, .branch, .commit, .url: false
    }
  }

  /// Whether a post has at most one of them: a text instead of a list.
  package var isSingle: Bool {
    switch self {
    case .contract, .goal, .branch: true
    case .post, .claim, .mutation, .card, .commit, .url: false
    }
  }
}
