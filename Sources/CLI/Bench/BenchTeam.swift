import FourA
import Home
import Nostr
import Replica
import Studio

/// A team as one finds it after some months: people and agents, tracks of cards with long threads, questions,
/// channels. As many events as wanted, dated over the last ninety days, with the newest a moment ago.
struct BenchTeam: Sendable {
  /// Events that belong together: a card with its thread, and posts.
  static let blockSize = 40
  private static let tracks = 8
  private static let channels = 20
  private static let people = 9
  /// Blocks, from the newest, whose questions are open.
  private static let openBlocks = 40

  let room: BenchRoom
  let now: Int64
  private let count: Int
  private let roots: [BenchRumor]

  /// - Parameter count: events, besides the few that name people, tracks and channels.
  init(count: Int, now: Int64) throws {
    room = try BenchRoom(members: Self.people, founded: now - 90 * 86_400)
    self.now = now
    self.count = count
    var roots: [BenchRumor] = []
    for index in 0..<Self.channels {
      guard let name = ChannelName("topic-\(index)") else {
        throw BenchError.wrong("a channel's name was refused")
      }
      roots.append(
        try room.rumor(
          .card(.channelRoot(name, createdBy: room.senders[0].publicKey.hex)),
          d: DTag.channel(name: name.text), by: room.senders[0], at: room.founded + 5))
    }
    self.roots = roots
  }

  /// Fills the replica of a home whose identity is the room's reader.
  func fill(_ replica: Replica) throws {
    let keyring = Keyring()
    try replica.follow(room.audience, relation: .joined, keyring: keyring)
    try room.teach(replica, keyring)
    try take(try beginning() + roots, into: replica, keyring)
    let blocks = (count + Self.blockSize - 1) / Self.blockSize
    for first in stride(from: 0, to: blocks, by: 100) {
      let last = min(first + 100, blocks)
      let share = (last - first + SystemCall.processors - 1) / SystemCall.processors
      let rumors = try Measure.onAllProcessors { index in
        let start = min(first + index * share, last)
        return try (start..<min(start + share, last)).flatMap { try block($0, of: blocks) }
      }.flatMap { $0 }
      try take(rumors, into: replica, keyring)
    }
  }

  private func take(_ rumors: [BenchRumor], into replica: Replica, _ keyring: Keyring) throws {
    let report = try replica.ingest(
      rumors.map { $0.arrival(in: room) }, keyring: keyring)
    guard report.applied + report.superseded == rumors.count else {
      throw BenchError.wrong(
        "\(report.refused) of \(rumors.count) events were refused, \(report.held) held")
    }
  }

  private func beginning() throws -> [BenchRumor] {
    var all: [BenchRumor] = []
    for (index, member) in ([room.reader] + room.senders).enumerated() {
      all.append(
        try room.rumor(
          .card(
            Card(
              kind: "_profile", track: "inbox", title: "Member \(index)", body: "A profile.",
              createdBy: member.publicKey.hex)),
          d: DTag.profile(member.publicKey), by: member, at: room.founded + 1))
    }
    for index in 0..<Self.tracks {
      let name = "track-\(index)"
      all.append(
        try room.rumor(
          .track(Track(name: name, title: "Track \(index)", createdBy: room.reader.publicKey.hex)),
          d: DTag.track(name: name), by: room.reader, at: room.founded + 2))
    }
    return all
  }

  /// A card, what was said about it, and what was posted meanwhile.
  private func block(_ number: Int, of blocks: Int) throws -> [BenchRumor] {
    let span = now - room.founded - 60
    var words = BenchWords(seed: UInt64(number + 1))
    var rumors: [BenchRumor] = []
    func time() -> Int64 {
      let place = number * Self.blockSize + rumors.count
      return room.founded + 30 + span * Int64(place) / Int64(blocks * Self.blockSize)
    }
    let agent = room.senders[number % 5]
    let author = room.senders[5 + number % 4]
    let title = "Card \(number) \(words.text(24))"
    let card = Card(
      kind: "task", track: "track-\(number % Self.tracks)", title: title, body: words.text(400),
      assignees: number % 4 == 0 ? [] : [agent.publicKey],
      tags: number % 3 == 0 ? ["api"] : [], createdBy: author.publicKey.hex)
    let root = try room.rumor(.card(card), d: DTag.card(title: title), by: author, at: time())
    rumors.append(root)
    let onCard: JSONObject = ["addr": .string(root.event.address.text)]
    for index in 0..<24 {
      let speaker = index % 3 == 0 ? author : agent
      let intent = index % 3 == 1 ? "progress" : nil
      rumors.append(
        try room.rumor(
          .comment(
            Comment(
              target: TargetReference(root.event.id), body: words.text(80 + index * 10),
              intent: intent, createdBy: speaker.publicKey.hex,
              fabric: Fabric(type: intent == nil ? "comment" : "run_update", fields: onCard))),
          d: DTag.comment(target: root.event.id), by: speaker, at: time()))
    }
    let status: CardStatus = number % 10 < 7 ? .done : .inProgress
    if number % 4 != 0 {
      rumors.append(
        try room.rumor(
          .comment(
            .statusChange(
              card: root.event.id, address: root.event.address, from: .open, to: status,
              createdBy: agent.publicKey.hex)),
          d: DTag.statusChange(card: root.event.id), by: agent, at: time()))
    }
    if number % 2 == 1 {
      let text = words.text(60)
      let asked = try room.rumor(
        .question(
          Question(
            body: text, track: card.track, tags: ["blocking"], createdBy: agent.publicKey.hex,
            fabric: Question.fabric(
              card: root.event.id, address: root.event.address, blocking: true))),
        d: DTag.question(body: text), by: agent, at: time())
      rumors.append(asked)
      if number < blocks - Self.openBlocks {
        rumors.append(
          try room.rumor(
            .answer(
              Answer(
                target: TargetReference(asked.event.id), body: words.text(40),
                createdBy: author.publicKey.hex)),
            d: DTag.answer(question: asked.event.id), by: author, at: time()))
      }
    }
    let channel = roots[number % Self.channels]
    while rumors.count < Self.blockSize {
      rumors.append(try post(on: channel, number, rumors.count, at: time(), &words))
    }
    return rumors
  }

  private func post(
    on root: BenchRumor, _ number: Int, _ index: Int, at time: Int64, _ words: inout BenchWords
  ) throws -> BenchRumor {
    let speaker = room.senders[(number + index) % room.senders.count]
    guard let channel = ChannelName("topic-\(number % Self.channels)") else {
      throw BenchError.wrong("a channel's name was refused")
    }
    let isForReader = index == Self.blockSize - 1 && number % 10 == 0
    let mark = PostMark(
      channel: channel, kind: .status, root: root.event.address,
      mentions: isForReader ? [Mention(room.reader.publicKey)] : [])
    return try room.rumor(
      .comment(
        Comment(
          target: TargetReference(root.event.id), body: words.text(120),
          createdBy: speaker.publicKey.hex, fabric: mark.fabric)),
      d: DTag.comment(target: root.event.id), by: speaker, at: time)
  }
}

/// A signed event and what it says.
struct BenchRumor: Sendable {
  let event: Event
  let payload: [UInt8]

  /// It, verified and opened.
  func arrival(in room: BenchRoom) -> Arrival {
    .wrap(
      id: EventID(SHA256.hash(event.id.bytes)), createdAt: event.createdAt, relay: 0,
      .rumor(
        Rumor(
          event,
          opened: Keyring.Opened(
            audience: room.audience, epoch: 1, payload: payload,
            epochKey: room.epochSecret.publicKey, isProven: true))))
  }
}

extension BenchRoom {
  /// Gives a replica the room's roster and the epoch key of a member, as an engine would after a catch-up.
  func teach(_ replica: Replica, _ keyring: Keyring, member: SecretKey? = nil) throws {
    let member = member ?? reader
    let own = try ConversationKey(secret: member, peer: member.publicKey)
    let grant = try grant(for: member)
    let sealed = try epochSecret.withBytes { try NIP44.encrypt([UInt8]($0), with: own) }
    _ = try replica.ingest(
      [
        .publicEvent(try declaration(), grant: nil, relay: 0),
        .publicEvent(
          grant,
          grant: OpenedGrant(
            try KeyGrant(reading: grant), secret: epochSecret, sealed: sealed), relay: 0),
      ], keyring: keyring)
  }

  /// Signed and encrypted as every other.
  func rumor(_ payload: Payload, d: String, by author: SecretKey, at time: Int64) throws
    -> BenchRumor
  {
    let bytes = try payload.encoded()
    return BenchRumor(
      event: try Message.rumor(
        kind: payload.kind, d: d, payload: bytes, audience: audience, epoch: 1,
        epochKey: epochSecret.publicKey, members: Array(roster.prefix(Self.named)),
        alt: Alt.neutral(kind: payload.kind, slug: audience.slug), extraTags: payload.extraTags,
        author: author, createdAt: time), payload: bytes)
  }
}
