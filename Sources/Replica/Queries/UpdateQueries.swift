package import Nostr
package import Studio

/// What is new about something that does not wait for an answer.
package struct UpdateRow: Sendable, Hashable {
  package enum Subject: Sendable, Hashable {
    case card(CardBrief)
    /// Something said to this person, on a card or in a channel.
    case said(ObjectID, CardBrief?, ChannelName?)
    case channel(ChannelName)
  }

  package enum Reason: Sendable, Hashable {
    /// Something went wrong.
    case trouble
    /// There is a result to look at.
    case result
    case done
    case assigned
    case mention
    case reply
    /// So many words, no more than 100.
    case notes(Int)
    /// So many posts, no more than 100.
    case posts(Int)
  }

  package let subject: Subject
  package let reason: Reason
  package let room: RoomID
  /// Of the newest of it: who, when, and what they said.
  package let author: PublicKey
  package let speaker: Speaker
  package let at: Int64
  package let text: String
  /// The event of it.
  package let eventID: EventID
  /// Its place in the order of arrival, where the page after this row begins.
  package let seq: Int64
}

extension Reader {
  /// How many cards, and how many words said to one, are looked at for a page: however much lies
  /// below, the newest of it is among these.
  static let updateWindow = 500
  /// How many posts of a channel are looked at.
  static let channelWindow = 200
  private static let most = 100

  /// What is new for a person, in all rooms, the newest arrival first: cards with news, what was
  /// said to them, and the channels that they follow. A question that waits for them is among
  /// `needs` and not here.
  package func updates(
    _ owner: InboxOwner, now: Int64, before seq: Int64 = .max, limit: Int = 100
  ) throws -> [UpdateRow] {
    var speakers = Speakers(self)
    var rows = try cardUpdates(owner, now: now, before: seq, limit: limit, &speakers)
    rows += try saidUpdates(owner, now: now, before: seq, limit: limit, &speakers)
    rows += try channelUpdates(owner, before: seq, &speakers)
    return Array(rows.sorted { $0.seq > $1.seq }.prefix(limit))
  }

  /// The names of the rooms that a page is about, each read once.
  struct Speakers {
    private let reader: Reader
    private var known: [RoomID: Identities] = [:]

    init(_ reader: Reader) { self.reader = reader }

    mutating func speaker(
      _ key: PublicKey, _ connection: String?, in room: RoomID
    ) throws -> Speaker {
      let identities = try known[room] ?? reader.identities(in: room)
      known[room] = identities
      return identities.speaker(key, connection.flatMap { ConnectionID($0) })
    }
  }

  // MARK: Cards

  private struct NewsCard {
    let id: ObjectID
    let room: RoomID
    let event: Int64
    let mark: Int64
    let isDone: Bool
    let isMine: Bool
    let isAssigned: Bool
  }

  private func cardUpdates(
    _ owner: InboxOwner, now: Int64, before seq: Int64, limit: Int, _ speakers: inout Speakers
  ) throws -> [UpdateRow] {
    let cards = try db.rows(
      """
      SELECT * FROM (
        SELECT c.object, c.room, c.event, coalesce(
          (SELECT through FROM read_mark WHERE object = c.object),
          (SELECT through FROM read_floor WHERE room = c.room), 0) AS mark,
          c.status = 'done', c.author = ?1, coalesce(c.assignee = ?1, 0), c.news
        FROM card c INDEXED BY card_news
        WHERE c.shown AND c.news < ?2 ORDER BY c.news DESC LIMIT ?4) k
      WHERE news > mark
        AND NOT (\(Self.isAside("k.object", root: "k.object", edited: "k.event")))
      """, owner.me, seq, now, Self.updateWindow
    ) {
      NewsCard(
        id: $0.object(0), room: $0.room(1), event: $0.int64(2), mark: $0.int64(3),
        isDone: $0.bool(4), isMine: $0.bool(5), isAssigned: $0.bool(6))
    }
    let said = cards.isEmpty ? [:] : try mentions(of: owner)
    var rows: [UpdateRow] = []
    for card in cards {
      guard rows.count < limit else { break }
      if let row = try cardUpdate(card, said[card.id] ?? [], owner, &speakers) { rows.append(row) }
    }
    return rows
  }

  /// Something said to a person on a card, which has a line of its own.
  private struct SaidOnCard {
    let object: ObjectID
    let seq: Int64
  }

  /// By card; as far back as mentions have lines.
  private func mentions(of owner: InboxOwner) throws -> [ObjectID: [SaidOnCard]] {
    let said = try db.rows(
      """
      SELECT n.root, n.object, n.news FROM (
        SELECT object FROM mention INDEXED BY mention_pubkey
        WHERE pubkey = ? AND conn = '' ORDER BY seq DESC LIMIT ?) m
      JOIN entry n ON n.object = m.object
      WHERE n.root IS NOT NULL AND n.to_status IS NULL AND n.news IS NOT NULL AND n.kind <> 30534
        AND NOT (n.author = ? AND n.conn IS NULL)
      """, owner.me, Self.updateWindow, owner.me
    ) { (card: $0.object(0), said: SaidOnCard(object: $0.object(1), seq: $0.int64(2))) }
    return Dictionary(grouping: said, by: \.card).mapValues { $0.map(\.said) }
  }

  private func cardUpdate(
    _ card: NewsCard, _ said: [SaidOnCard], _ owner: InboxOwner, _ speakers: inout Speakers
  ) throws -> UpdateRow? {
    let count = try newCount(on: card, owner) - said.count { $0.seq > card.mark }
    let words =
      count > 0 ? try newWords(on: card, except: Set(said.map(\.object)), owner) : []
    var found: Newest?
    var reason: UpdateRow.Reason?
    if let first = words.first {
      (found, reason) = (first, .notes(count))
      if let special = words.first(where: { $0.reason != nil }) {
        (found, reason) = (special, special.reason)
      }
    }
    if card.isDone, reason != .trouble, let done = try doneChange(of: card, owner),
      done.seq > found?.seq ?? 0 || reason != .result
    {
      (found, reason) = (done, .done)
    }
    if found == nil, !card.isMine, card.event > card.mark, card.isAssigned || card.isDone {
      found = try newest(version: card.event)
      reason = card.isDone ? .done : .assigned
    }
    guard let found, let reason, let brief = try brief(card.id) else { return nil }
    return UpdateRow(
      subject: .card(brief), reason: reason, room: card.room, author: found.author,
      speaker: try speakers.speaker(found.author, found.conn, in: card.room), at: found.at,
      text: try text(found), eventID: found.eventID, seq: max(found.seq, words.first?.seq ?? 0))
  }

  private struct Newest {
    let author: PublicKey
    let conn: String?
    let at: Int64
    /// What was said; `nil` for a version and a change of status.
    let object: ObjectID?
    let eventID: EventID
    let seq: Int64
    var reason: UpdateRow.Reason?
  }

  /// How much others said on a card since it was read, no more than 100; questions have lines of
  /// their own. Read from the index alone.
  private func newCount(on card: NewsCard, _ owner: InboxOwner) throws -> Int {
    Int(
      try db.number(
        """
        SELECT count(*) FROM (SELECT 1 FROM entry INDEXED BY entry_root
          WHERE root = ? AND to_status IS NULL AND news > ? AND kind <> 30534
            AND NOT (author = ? AND conn IS NULL) LIMIT ?)
        """, card.id, card.mark, owner.me, Self.most))
  }

  /// The newest of it, in which what is grave is looked for.
  private func newWords(
    on card: NewsCard, except said: Set<ObjectID>, _ owner: InboxOwner
  ) throws -> [Newest] {
    try db.rows(
      """
      SELECT n.author, n.conn, n.created_at, n.object, n.event_id, n.news, n.intent
      FROM entry n INDEXED BY entry_root
      WHERE n.root = ? AND n.to_status IS NULL AND n.news > ? AND n.kind <> 30534
        AND NOT (n.author = ? AND n.conn IS NULL)
      ORDER BY n.news DESC LIMIT ?
      """, card.id, card.mark, owner.me, 8 + said.count, read: Self.newest
    ).filter { $0.object.map { !said.contains($0) } ?? true }
  }

  private static func newest(_ row: Statement) throws -> Newest {
    let reason: UpdateRow.Reason? =
      switch row.optionalText(6) {
      case "error"?: .trouble
      case "result"?: .result
      default: nil
      }
    return Newest(
      author: try row.publicKey(0), conn: row.optionalText(1), at: row.int64(2),
      object: row.isNull(3) ? nil : row.object(3), eventID: try row.eventID(4), seq: row.int64(5),
      reason: reason)
  }

  private func text(_ newest: Newest) throws -> String {
    try newest.object.flatMap { id in
      try db.first("SELECT body FROM words WHERE object = ?", id) { $0.text(0) }
    } ?? ""
  }

  /// The change by which somebody else said that it is done.
  private func doneChange(of card: NewsCard, _ owner: InboxOwner) throws -> Newest? {
    try db.first(
      """
      SELECT n.author, n.conn, n.created_at, NULL, n.event_id, n.first_seq, NULL
      FROM entry n JOIN event e ON e.seq = n.event
      WHERE n.parent = ?1 AND n.to_status = 'done' AND n.first_seq > ?2 AND e.verdict = ?4
        AND NOT (n.author = ?3 AND n.conn IS NULL)
      ORDER BY n.first_seq DESC LIMIT 1
      """, card.id, card.mark, owner.me, Verdict.applied.rawValue, read: Self.newest)
  }

  private func newest(version event: Int64) throws -> Newest? {
    try db.first(
      "SELECT author, NULL, created_at, NULL, id, seq, NULL FROM event WHERE seq = ?", event,
      read: Self.newest)
  }

  // MARK: What was said to somebody

  /// Something said to a person and not read by them.
  struct Said {
    let object: ObjectID
    let seq: Int64
    let isReply: Bool
  }

  /// Mentions of a person and replies to them, the newest first, that they have not read.
  func saidTo(_ owner: InboxOwner, before seq: Int64) throws -> [Said] {
    let rows = try db.rows(
      """
      SELECT n.object, w.seq, w.is_reply FROM (
        SELECT * FROM (SELECT object, seq, 0 AS is_reply FROM mention INDEXED BY mention_pubkey
          WHERE pubkey = ?1 AND conn = '' AND seq < ?3 ORDER BY seq DESC LIMIT ?4)
        UNION ALL
        SELECT * FROM (SELECT p.object, p.seq, 1 FROM post p INDEXED BY post_answered
          JOIN event e ON e.id = p.reply_to JOIN entry a ON a.object = e.object
          WHERE p.reply_author = ?1 AND p.seq < ?3 AND coalesce(a.conn, '') = ?2
          ORDER BY p.seq DESC LIMIT ?4)) w
      JOIN entry n ON n.object = w.object
      WHERE n.news IS NOT NULL AND NOT (n.author = ?1 AND coalesce(n.conn, '') = ?2)
        AND NOT (n.kind = 30534 AND n.answers = 0 AND NOT n.gone)
        AND NOT EXISTS (SELECT 1 FROM seen s WHERE s.conn = ?2 AND s.object = n.object)
        AND NOT EXISTS (SELECT 1 FROM card c WHERE c.object = n.root AND c.status = 'deleted')
      ORDER BY w.seq DESC, w.is_reply
      """, owner.me, owner.key, seq, Self.updateWindow
    ) { Said(object: $0.object(0), seq: $0.int64(1), isReply: $0.bool(2)) }
    var known: Set<ObjectID> = []
    return rows.filter { known.insert($0.object).inserted }
  }

  private func saidUpdates(
    _ owner: InboxOwner, now: Int64, before seq: Int64, limit: Int, _ speakers: inout Speakers
  ) throws -> [UpdateRow] {
    var rows: [UpdateRow] = []
    for said in try saidTo(owner, before: seq) {
      guard rows.count < limit else { break }
      let isAside =
        try db.first(
          """
          SELECT \(Self.isAside("n.object", root: "coalesce(n.root, n.object)", edited: "n.event"))
          FROM entry n WHERE n.object = ?2
          """, owner.me, said.object, now
        ) { $0.bool(0) } ?? true
      guard !isAside, let entry = try entry(said.object) else { continue }
      let card = try entry.root.flatMap { try brief($0) }
      rows.append(
        UpdateRow(
          subject: .said(said.object, card, try post(said.object)?.channel),
          reason: said.isReply ? .reply : .mention, room: entry.room, author: entry.author,
          speaker: try speakers.speaker(entry.author, entry.connection?.text, in: entry.room),
          at: entry.createdAt, text: entry.body, eventID: entry.eventID, seq: said.seq))
    }
    return rows
  }

  // MARK: Channels

  private func channelUpdates(
    _ owner: InboxOwner, before seq: Int64, _ speakers: inout Speakers
  ) throws -> [UpdateRow] {
    let channels = try db.rows(
      "SELECT room, channel, since FROM subscription WHERE conn = ? AND NOT muted LIMIT ?",
      owner.key,
      Self.updateWindow
    ) { (room: $0.room(0), name: $0.text(1), since: $0.int64(2)) }
    var rows: [UpdateRow] = []
    for channel in channels {
      let posts = try newPosts(channel.name, in: channel.room, since: channel.since, owner)
      guard let newest = posts.first, newest.seq < seq, let name = ChannelName(channel.name) else {
        continue
      }
      rows.append(
        UpdateRow(
          subject: .channel(name), reason: .posts(posts.count), room: channel.room,
          author: newest.author,
          speaker: try speakers.speaker(newest.author, newest.conn, in: channel.room),
          at: newest.at, text: try text(newest), eventID: newest.eventID, seq: newest.seq))
    }
    return rows
  }

  /// Unread posts of a channel, the newest first, without those that have lines of their own.
  private func newPosts(
    _ channel: String, in room: RoomID, since: Int64, _ owner: InboxOwner
  ) throws -> [Newest] {
    try db.rows(
      """
      SELECT n.author, n.conn, w.at, n.object, n.event_id, w.seq, NULL FROM (
        SELECT object, at, seq, reply_author FROM post INDEXED BY post_arrival
        WHERE room = ?3 AND channel = ?4 AND seq > ?5 AND kind <> 'heartbeat'
        ORDER BY seq DESC LIMIT ?6) w
      JOIN entry n ON n.object = w.object
      WHERE NOT (n.author = ?1 AND coalesce(n.conn, '') = ?2) AND w.reply_author IS NOT ?1
        AND NOT (n.kind = 30534 AND n.answers = 0)
        AND NOT EXISTS (SELECT 1 FROM seen s WHERE s.conn = ?2 AND s.object = n.object)
        AND NOT EXISTS (SELECT 1 FROM mention m WHERE m.object = n.object AND m.pubkey = ?1
          AND m.conn = '')
      ORDER BY w.seq DESC LIMIT ?7
      """, owner.me, owner.key, room, channel, since, Self.channelWindow, Self.most,
      read: Self.newest)
  }
}
