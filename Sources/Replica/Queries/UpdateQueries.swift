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
  /// below, the newest of it is among these. What a row says is read for rows of the page alone.
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
    try snapshot { try $0.readUpdates(owner, now: now, before: seq, limit: limit) }
  }

  private func readUpdates(
    _ owner: InboxOwner, now: Int64, before seq: Int64, limit: Int
  ) throws -> [UpdateRow] {
    var speakers = Speakers(self)
    var rows = try cardUpdates(owner, now: now, before: seq, limit: limit, &speakers)
    // What came before the oldest row of a full page is on no page yet.
    let oldest = rows.count < limit ? 0 : rows.map(\.seq).min() ?? 0
    rows += try saidUpdates(
      owner, now: now, before: seq, after: oldest, limit: limit, &speakers)
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
    var rows: [UpdateRow] = []
    try db.with(
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
      """
    ) { row in
      try row.bind([owner.me, seq, now, Self.updateWindow])
      while rows.count < limit, try row.step() {
        let card = NewsCard(
          id: row.object(0), room: row.room(1), event: row.int64(2), mark: row.int64(3),
          isDone: row.bool(4), isMine: row.bool(5), isAssigned: row.bool(6))
        if let update = try cardUpdate(card, owner, &speakers) { rows.append(update) }
      }
    }
    return rows
  }

  private func cardUpdate(
    _ card: NewsCard, _ owner: InboxOwner, _ speakers: inout Speakers
  ) throws -> UpdateRow? {
    let count = try newCount(on: card, owner)
    let words = count > 0 ? try newWords(on: card, owner) : []
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

  /// What others said on a card `?1` since it was read, without questions and what was said to the person `?3`:
  /// those have lines of their own.
  private static let newWords = """
    FROM entry n INDEXED BY entry_root
    WHERE n.root = ?1 AND n.to_status IS NULL AND n.news > ?2 AND n.kind <> 30534
      AND NOT (n.author = ?3 AND n.conn IS NULL) AND NOT EXISTS (
        SELECT 1 FROM mention m WHERE m.object = n.object AND m.pubkey = ?3 AND m.conn = '')
    """

  /// How much that is, no more than 100. Read from indexes alone.
  private func newCount(on card: NewsCard, _ owner: InboxOwner) throws -> Int {
    Int(
      try db.number(
        "SELECT count(*) FROM (SELECT 1 \(Self.newWords) LIMIT ?4)", card.id, card.mark, owner.me,
        Self.most))
  }

  /// The newest of it, in which what is grave is looked for.
  private func newWords(on card: NewsCard, _ owner: InboxOwner) throws -> [Newest] {
    try db.rows(
      """
      SELECT n.author, n.conn, n.created_at, n.object, n.event_id, n.news, n.intent
      \(Self.newWords) ORDER BY n.news DESC LIMIT 8
      """, card.id, card.mark, owner.me, read: Self.newest)
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
      FROM entry n INDEXED BY entry_effect JOIN event e ON e.seq = n.event
      WHERE n.parent = ?1 AND n.effect > 0 AND n.to_status = 'done' AND n.first_seq > ?2
        AND e.verdict = ?4
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
  private struct Said {
    let object: ObjectID
    let seq: Int64
    let channel: ChannelName?
    let isReply: Bool
  }

  /// Mentions of a person and replies to them that they have not read, the newest first, between two arrivals. Read
  /// from indexes alone.
  private static let said = """
    SELECT m.object, m.seq, m.channel, 0 AS is_reply FROM (
      SELECT object, seq, channel, own FROM mention INDEXED BY mention_news
      WHERE pubkey = ?1 AND conn = '' AND news AND seq < ?3 AND seq > ?4
      ORDER BY seq DESC LIMIT ?5) m
    WHERE m.own IS NOT ?2 AND \(isUnseen("m"))
    UNION ALL SELECT p.object, p.seq, p.channel, 1 FROM (
      SELECT object, seq, channel, author, conn FROM post INDEXED BY post_answered
      WHERE reply_author = ?1 AND reply_conn = ?2 AND news AND seq < ?3 AND seq > ?4
      ORDER BY seq DESC LIMIT ?5) p
    WHERE \(isOthers("p")) AND \(isUnseen("p"))
    ORDER BY 2 DESC, 4
    """

  private func saidUpdates(
    _ owner: InboxOwner, now: Int64, before seq: Int64, after oldest: Int64, limit: Int,
    _ speakers: inout Speakers
  ) throws -> [UpdateRow] {
    var rows: [UpdateRow] = []
    var known: Set<ObjectID> = []
    try db.with(Self.said) { row in
      try row.bind([owner.me, owner.key, seq, oldest, Self.updateWindow])
      while rows.count < limit, try row.step() {
        let said = Said(
          object: row.object(0), seq: row.int64(1),
          channel: row.optionalText(2).flatMap { ChannelName($0) }, isReply: row.bool(3))
        guard known.insert(said.object).inserted, try isInSight(said.object, owner, now: now),
          let entry = try entry(said.object)
        else { continue }
        rows.append(
          UpdateRow(
            subject: .said(said.object, try entry.root.flatMap { try brief($0) }, said.channel),
            reason: said.isReply ? .reply : .mention, room: entry.room, author: entry.author,
            speaker: try speakers.speaker(entry.author, entry.connection?.text, in: entry.room),
            at: entry.createdAt, text: entry.body, eventID: entry.eventID, seq: said.seq))
      }
    }
    return rows
  }

  /// Whether it is neither a question that waits, nor on a deleted card, nor put aside.
  private func isInSight(_ said: ObjectID, _ owner: InboxOwner, now: Int64) throws -> Bool {
    try db.number(
      """
      SELECT EXISTS (SELECT 1 FROM entry n WHERE n.object = ?2
        AND NOT (n.kind = 30534 AND n.answers = 0 AND NOT n.gone)
        AND NOT EXISTS (SELECT 1 FROM card c WHERE c.object = n.root AND c.status = 'deleted')
        AND NOT (\(Self.isAside("n.object", root: "coalesce(n.root, n.object)", edited: "n.event"))))
      """, owner.me, said, now) > 0
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
      guard let first = posts.first, first.seq < seq, let name = ChannelName(channel.name),
        let newest = try newest(post: first.object)
      else { continue }
      rows.append(
        UpdateRow(
          subject: .channel(name), reason: .posts(posts.count), room: channel.room,
          author: newest.author,
          speaker: try speakers.speaker(newest.author, newest.conn, in: channel.room),
          at: newest.at, text: try text(newest), eventID: newest.eventID, seq: newest.seq))
    }
    return rows
  }

  private func newest(post: ObjectID) throws -> Newest? {
    try db.first(
      """
      SELECT n.author, n.conn, p.at, n.object, n.event_id, p.seq, NULL
      FROM post p JOIN entry n ON n.object = p.object WHERE p.object = ?
      """, post, read: Self.newest)
  }

  /// Unread posts of a channel, the newest first, without those that have lines of their own. Read from indexes,
  /// but for questions.
  private func newPosts(
    _ channel: String, in room: RoomID, since: Int64, _ owner: InboxOwner
  ) throws -> [(object: ObjectID, seq: Int64)] {
    try db.rows(
      """
      SELECT w.object, w.seq FROM (
        SELECT object, seq, kind, author, conn, reply_author FROM post INDEXED BY post_arrival
        WHERE room = ?3 AND channel = ?4 AND seq > ?5 AND kind <> 'heartbeat'
        ORDER BY seq DESC LIMIT ?6) w
      WHERE \(Self.isOthers("w")) AND w.reply_author IS NOT ?1 AND \(Self.isUnseen("w"))
        AND NOT (w.kind = 'question' AND EXISTS (
          SELECT 1 FROM entry q WHERE q.object = w.object AND q.kind = 30534 AND q.answers = 0))
        AND NOT EXISTS (SELECT 1 FROM mention m WHERE m.object = w.object AND m.pubkey = ?1
          AND m.conn = '')
      LIMIT ?7
      """, owner.me, owner.key, room, channel, since, Self.channelWindow, Self.most
    ) { (object: $0.object(0), seq: $0.int64(1)) }
  }
}
