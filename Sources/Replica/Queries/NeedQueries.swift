package import Nostr
package import Studio

/// A card as a line about something on it names it.
package struct CardBrief: Sendable, Hashable {
  package let id: ObjectID
  package let eventID: EventID
  package let address: String
  package let title: String
  package let track: String
}

/// A question that waits for this person.
package struct NeedRow: Sendable, Hashable {
  package let question: EntryRow
  package let urgency: Urgency
  package let speaker: Speaker
  /// `nil` for a question that is on no card.
  package let card: CardBrief?
  /// The channel that it was asked in.
  package let channel: ChannelName?
  /// Where the page after this row begins.
  package var cursor: NeedCursor {
    NeedCursor(urgency: urgency, createdAt: question.createdAt, eventID: question.eventID)
  }
}

/// A place in the queue of questions.
package struct NeedCursor: Sendable, Hashable {
  let urgency: Urgency
  let createdAt: Int64
  let eventID: EventID
}

extension Reader {
  /// How many open questions are looked at for one page or count: however many a room has, the
  /// costliest of them are among these.
  static let needWindow = 1_000

  /// What waits for an answer of this person, in all rooms: what costs the most first, then what
  /// has waited longest. Left out are questions
  /// - of the person themselves, but not those of their own agents;
  /// - that mention others and not them, or were asked in a channel that they do not follow;
  /// - of runs, unless it is theirs to answer or they are mentioned: what they say on the card is a suggestion;
  /// - that they have put aside.
  package func needs(
    _ owner: InboxOwner, now: Int64, after cursor: NeedCursor? = nil, limit: Int = 100
  ) throws -> [NeedRow] {
    var known: [RoomID: Identities] = [:]
    let urgencies = try db.rows(
      """
      SELECT n.object, n.urgency FROM (\(Self.openQuestions)) w JOIN entry n ON n.object = w.object
      WHERE \(Self.needsPerson) ORDER BY n.urgency, n.created_at, n.event_id LIMIT ?8
      """, binding: needValues(owner, now: now, after: cursor) + [limit]
    ) { ($0.object(0), Urgency(rawValue: $0.int(1)) ?? .plain) }
    return try urgencies.compactMap { id, urgency in
      guard let question = try entry(id) else { return nil }
      let identities = try known[question.room] ?? self.identities(in: question.room)
      known[question.room] = identities
      return NeedRow(
        question: question, urgency: urgency,
        speaker: identities.speaker(question.author, question.connection),
        card: try question.root.flatMap { try brief($0) }, channel: try post(id)?.channel)
    }
  }

  /// How many wait, no further than 1,000.
  package func needCount(_ owner: InboxOwner, now: Int64) throws -> Int {
    Int(
      try db.rows(
        """
        SELECT count(*) FROM (\(Self.openQuestions)) w JOIN entry n ON n.object = w.object
        WHERE \(Self.needsPerson)
        """, binding: needValues(owner, now: now, after: nil)
      ) { $0.int64(0) }.first ?? 0)
  }

  /// When the next thing that was put aside until a time comes back.
  package func nextReturn(after now: Int64) throws -> Int64? {
    try db.first("SELECT min(until) FROM aside WHERE until > ?", now) { $0.optionalInt64(0) } ?? nil
  }

  /// Whether somebody has written anything, steps too, under the card of an entry since it came.
  package func hasSpoken(_ author: PublicKey, after entry: ObjectID) throws -> Bool {
    try db.number(
      """
      SELECT EXISTS (SELECT 1 FROM entry a JOIN entry n ON n.root = a.root
        WHERE a.object = ? AND n.author = ? AND n.object <> a.object AND n.first_seq > a.first_seq
          AND (n.created_at, n.event_id) > (a.created_at, a.event_id))
      """, entry, author) > 0
  }

  /// Whether an answer of this key would settle a question, and not be a suggestion alone.
  package func mayAnswer(_ question: ObjectID, _ key: PublicKey) throws -> Bool {
    try db.number(
      """
      SELECT EXISTS (SELECT 1 FROM entry n
        WHERE n.object = ?2 AND (n.run IS NULL OR n.author <> ?1) AND (\(Self.settles)))
      """, key, question) > 0
  }

  /// A card as a line names it; `nil` for a channel's root and what else is not shown.
  func brief(_ card: ObjectID) throws -> CardBrief? {
    try db.first(
      "SELECT object, event_id, author, d, title, track FROM card WHERE object = ? AND shown", card
    ) { row in
      CardBrief(
        id: row.object(0), eventID: try row.eventID(1),
        address: Address(kind: 30530, pubkey: try row.publicKey(2), d: row.text(3)).text,
        title: row.text(4), track: row.text(5))
    }
  }

  // MARK: Statements

  private func needValues(
    _ owner: InboxOwner, now: Int64, after cursor: NeedCursor?
  ) -> [any Bindable] {
    [
      owner.me, owner.key, now, cursor?.urgency.rawValue ?? -1, cursor?.createdAt ?? 0,
      cursor?.eventID ?? EventID(Bytes32()), Self.needWindow,
    ]
  }

  /// `?4` to `?6` are the cursor, `?7` the window.
  private static let openQuestions = """
    SELECT object FROM entry INDEXED BY question_urgency
    WHERE kind = 30534 AND answers = 0 AND NOT gone AND (urgency, created_at, event_id) > (?4, ?5, ?6)
    ORDER BY urgency, created_at, event_id LIMIT ?7
    """

  /// Of a question `n`; `?1` is the key, `?2` the connection, `?3` the time.
  private static let needsPerson = """
    NOT (n.author = ?1 AND coalesce(n.conn, '') = ?2)
      AND (EXISTS (SELECT 1 FROM mention m WHERE m.object = n.object AND m.pubkey = ?1
          AND m.conn IN ('', ?2))
        OR NOT EXISTS (SELECT 1 FROM mention m WHERE m.object = n.object)
        AND NOT EXISTS (SELECT 1 FROM post p WHERE p.object = n.object AND NOT EXISTS (
          SELECT 1 FROM subscription s
          WHERE s.conn = ?2 AND s.room = p.room AND s.channel = p.channel)))
      AND (EXISTS (SELECT 1 FROM mention m WHERE m.object = n.object AND m.pubkey = ?1)
        OR \(settles))
      AND NOT (\(isAside("n.object", root: "coalesce(n.root, n.object)", edited: "n.event")))
    """

  /// Whether an answer of `?1` to a question `n` would settle it (agents 2.14): everybody's does, but to a run.
  private static let settles = """
    n.run IS NULL OR n.root IS NULL
      OR EXISTS (SELECT 1 FROM agent a
        WHERE a.room = n.room AND a.pubkey = n.author AND a.owner = ?1 AND NOT a.retired)
      OR n.urgency <> \(Urgency.approval.rawValue) AND EXISTS (
        SELECT 1 FROM card c JOIN card_version v ON v.event = c.event
        WHERE c.object = n.root AND (c.author = ?1 OR instr(v.approvers, ?1) > 0))
      OR NOT EXISTS (SELECT 1 FROM card_version v
        WHERE v.object = n.root AND substr(v.assignees, 1, 32) = n.author)
    """

  /// Whether an object is out of sight. `?1` is the key and `?3` the time; `edited` the last arrival
  /// of the object itself.
  static func isAside(_ object: String, root: String, edited: String) -> String {
    """
    EXISTS (SELECT 1 FROM aside a WHERE a.object = \(object) AND CASE
      WHEN a.until IS NOT NULL THEN a.until > ?3
      ELSE \(edited) <= a.through AND NOT EXISTS (
        SELECT 1 FROM entry w WHERE w.root = \(root) AND w.to_status IS NULL
          AND w.news > a.through AND NOT (w.author = ?1 AND w.conn IS NULL)
          AND (a.speaker IS NULL OR w.author = a.speaker)) END)
    """
  }
}
