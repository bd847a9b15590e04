import Nostr
import Studio

/// Channels: which cards are their roots, which entries are their posts, and who is meant.
extension Pass {
  // MARK: Roots and connections

  /// Makes a card the root of `channel`, or none any more.
  func writeChannel(_ channel: ChannelName?, _ object: Int64, in room: RoomID) throws {
    let was = try db.first("SELECT name FROM channel_root WHERE object = ?", object) { $0.text(0) }
    if let channel {
      try db.run(
        """
        INSERT OR REPLACE INTO channel_root (object, room, name, created_at, id)
        SELECT object, ?, ?, created_at, id FROM card_version
        WHERE object = ? ORDER BY created_at, id LIMIT 1
        """, room, channel.text, object)
    } else if was != nil {
      try db.run("DELETE FROM channel_root WHERE object = ?", object)
    }
    if (was == nil) != (channel == nil) { dirt.posts.formUnion(try children(of: object)) }
  }

  /// Writes down what a connection is called by the one who signs for it.
  func writeAgent(
    _ agent: AgentRecord?, _ object: Int64, of author: PublicKey, in room: RoomID
  ) throws {
    let known = try db.first("SELECT owner FROM agent WHERE object = ? AND NOT retired", object) {
      $0.isNull(0) ? nil : try $0.publicKey(0)
    }
    let owner = agent.flatMap { $0.isRetired ? nil : $0.owner }
    if known ?? nil != owner { dirt.owned.insert(.init(room: room, pubkey: author)) }
    guard let agent else {
      try db.run("DELETE FROM agent WHERE object = ?", object)
      return
    }
    try db.run(
      """
      INSERT OR REPLACE INTO agent (object, room, pubkey, conn, name, role, retired, owner)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """, object, room, author, agent.connection.text, agent.name, agent.role, agent.isRetired,
      agent.owner)
  }

  // MARK: Posts

  /// Whether an entry has to be looked at again here. Asked for every entry, so plain comments on
  /// cards cost one lookup at most.
  func mayBePost(_ fact: EntryFact, isNew: Bool, on parent: Int64?) throws -> Bool {
    if fact.post != nil || !fact.mentions.isEmpty || !isNew { return true }
    return try parent.map { try isInChannel($0, or: $0) } ?? false
  }

  /// Whether an entry is a post, or what it now hangs on belongs to a channel. A parent that becomes part of one
  /// later in this pass tells what hangs on it.
  func isInChannel(_ object: Int64, or parent: Int64?) throws -> Bool {
    guard try hasChannels() else { return false }
    return try db.number(
      """
      SELECT EXISTS (SELECT 1 FROM post WHERE object = ?1 OR object = ?2)
        OR EXISTS (SELECT 1 FROM channel_root WHERE object = ?2)
      """, object, parent) > 0
  }

  private func hasChannels() throws -> Bool {
    if let known = dirt.hasChannels { return known }
    let found =
      try db.number(
        "SELECT EXISTS (SELECT 1 FROM post) OR EXISTS (SELECT 1 FROM channel_root)") > 0
    dirt.hasChannels = found
    return found
  }

  /// Posts that answer the event `id`.
  func replies(to id: EventID) throws -> [Int64] {
    try db.rows("SELECT object FROM post WHERE reply_to = ?", id) { $0.int64(0) }
  }

  /// Posts that answer any version of an entry.
  func replies(toEntry object: Int64) throws -> [Int64] {
    try db.rows(
      """
      SELECT p.object FROM event e JOIN post p ON p.reply_to = e.id WHERE e.object = ?
      """, object
    ) { $0.int64(0) }
  }

  func foldPosts() throws {
    if try db.number(
      """
      SELECT EXISTS (SELECT 1 FROM post WHERE reply_to IS NOT NULL AND reply_conn IS NULL)
      """) > 0
    {
      for id in dirt.arrivals {
        dirt.posts.formUnion(
          try db.rows(
            "SELECT object FROM post WHERE reply_to = ? AND reply_conn IS NULL", id
          ) { $0.int64(0) })
      }
    }
    while let object = dirt.posts.popFirst() { try foldPost(object) }
  }

  private struct Entry {
    let room: RoomID
    let kind: Int
    let event: Int64
    let id: EventID
    let author: PublicKey
    let parent: Int64?
    let targetID: EventID?
    let isChange: Bool
    let createdAt: Int64
    let writtenAt: Int64
    let firstSeq: Int64
  }

  private func foldPost(_ object: Int64) throws {
    let was = try db.first("SELECT channel FROM post WHERE object = ?", object) { $0.text(0) }
    let entry = try db.first(
      """
      SELECT room, kind, event, parent, target_id, to_status IS NOT NULL, created_at, written_at,
        first_seq, event_id, author FROM entry WHERE object = ?
      """, object
    ) { row in
      Entry(
        room: row.room(0), kind: row.int(1), event: row.int64(2), id: try row.eventID(9),
        author: try row.publicKey(10), parent: row.optionalInt64(3),
        targetID: row.isNull(4) ? nil : try row.eventID(4), isChange: row.bool(5),
        createdAt: row.int64(6), writtenAt: row.int64(7), firstSeq: row.int64(8))
    }
    try db.run("DELETE FROM mention WHERE object = ?", object)
    var channel: String?
    if let entry, case .entry(let fact)? = try fact(of: entry.event) {
      if !entry.isChange { channel = try self.channel(of: object) }
      for mention in fact.mentions {
        try db.run(
          """
          INSERT OR IGNORE INTO mention (object, pubkey, conn, seq, room, channel, news, own)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?)
          """, object, mention.pubkey, mention.connection?.text ?? "", entry.firstSeq, entry.room,
          channel, fact.isNews, mention.pubkey == entry.author ? fact.connection ?? "" : nil)
      }
      if let channel { try write(object, entry, fact, in: channel) }
    }
    if channel == nil, was != nil { try db.run("DELETE FROM post WHERE object = ?", object) }
    if was?.key != channel?.key { dirt.posts.formUnion(try children(of: object)) }
  }

  /// The name that an entry carries, else that of what it hangs on, and so on up to a channel root;
  /// `nil` when there is none within 64 steps, when a status change is on the way, or when the path
  /// runs in a circle.
  private func channel(of object: Int64) throws -> String? {
    var current = object
    for _ in 0..<64 {
      let step = try db.first(
        "SELECT parent, channel, to_status IS NOT NULL FROM entry WHERE object = ?", current
      ) { (parent: $0.optionalInt64(0), own: $0.optionalText(1), isChange: $0.bool(2)) }
      // No row of its own: a card.
      guard let step else {
        return try db.first("SELECT name FROM channel_root WHERE object = ?", current) {
          $0.text(0)
        }
      }
      if let own = step.own { return own }
      guard let parent = step.parent, !step.isChange else { return nil }
      current = parent
    }
    return nil
  }

  private func write(
    _ object: Int64, _ entry: Entry, _ fact: EntryFact, in channel: String
  ) throws {
    let kind: PostKind =
      switch entry.kind {
      case 30534: .question
      case 30535: .answer
      default: fact.post?.kind ?? .status
      }
    // A client that knows no posts answers one by commenting on it.
    let parent = try entry.parent.flatMap {
      try db.first("SELECT author FROM entry WHERE object = ?", $0) { try $0.publicKey(0) }
    }
    let replyTo = fact.replyTo ?? (parent == nil ? nil : entry.targetID)
    let answered = try replyTo.flatMap {
      try db.first(
        """
        SELECT e.author, coalesce(a.conn, '') FROM event e JOIN entry a ON a.object = e.object
        WHERE e.id = ? AND e.room = ? AND e.admitted
        """, $0, entry.room
      ) { (author: try $0.publicKey(0), connection: $0.text(1)) }
    }
    try db.run(
      """
      INSERT OR REPLACE INTO post (object, room, channel, kind, at, id, seq, author, conn, news,
        reply_to, reply_author, reply_conn)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, object, entry.room, channel, kind.rawValue,
      // A heartbeat is one and the same post, and says when it was last heard.
      kind == .heartbeat ? entry.writtenAt : entry.createdAt, entry.id, entry.firstSeq,
      entry.author, fact.connection ?? "", fact.isNews, replyTo,
      answered?.author ?? (fact.replyTo == nil ? parent : nil), answered?.connection)
  }
}
