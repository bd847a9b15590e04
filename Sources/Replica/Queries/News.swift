package import Studio

/// What a stretch of the change feed is about, as far as a screen has to know to read again what it shows and
/// nothing else.
package struct News: Sendable, Hashable {
  package struct Topics: OptionSet, Sendable, Hashable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }

    /// Rooms, rosters, claims; and whatever can change anything else.
    package static let rooms = Topics(rawValue: 1 << 0)
    package static let cards = Topics(rawValue: 1 << 1)
    /// Comments, changes of status, questions and answers.
    package static let words = Topics(rawValue: 1 << 2)
    package static let tracks = Topics(rawValue: 1 << 3)
    /// What runs record.
    package static let runs = Topics(rawValue: 1 << 4)
    /// How far own events have come.
    package static let deliveries = Topics(rawValue: 1 << 5)

    package static let all = Topics(rawValue: 1 << 6 - 1)
  }

  package var topics: Topics = []
  /// Cards that changed and cards on which something was said; `nil` for too many to name.
  package var cards: Set<ObjectID>? = []
  /// Channels in which something was posted; `nil` for too many to name.
  package var channels: Set<ChannelName>? = []
  /// The place in the feed up to which this tells.
  package var through: Int64

  /// Everything may have changed.
  package static func everything(through seq: Int64) -> News {
    News(topics: .all, cards: nil, channels: nil, through: seq)
  }
}

extension Reader {
  /// What was committed after a place in the change feed. Of more than `limit` changes nothing is told apart.
  package func news(since seq: Int64, limit: Int = 200) throws -> News {
    var news = News(through: seq)
    var count = 0
    try db.with(
      """
      SELECT c.seq, c.type, c.object, n.root, p.channel FROM change c
      LEFT JOIN entry n ON n.object = c.object LEFT JOIN post p ON p.object = c.object
      WHERE c.seq > ? ORDER BY c.seq LIMIT ?
      """
    ) { row in
      try row.bind([seq, limit + 1])
      while try row.step() {
        count += 1
        news.through = row.int64(0)
        news.note(row)
      }
    }
    return count > limit ? .everything(through: try lastChange()) : news
  }

  /// The newest event; 0 while there is none.
  package func newestEvent() throws -> Int64 {
    try db.number("SELECT coalesce(max(seq), 0) FROM event")
  }
}

extension News {
  fileprivate mutating func note(_ row: Statement) {
    switch ChangeType(rawValue: row.int(1)) {
    case .card:
      topics.insert(.cards)
      if !row.isNull(2) { cards?.insert(row.object(2)) }
    case .comment, .question, .answer:
      topics.insert(.words)
      if !row.isNull(3) { cards?.insert(row.object(3)) }
      if let channel = row.optionalText(4).flatMap({ ChannelName($0) }) {
        channels?.insert(channel)
      }
    case .track: topics.insert(.tracks)
    case .dispatch: topics.insert(.runs)
    case .delivery: topics.insert(.deliveries)
    case .intent: break
    case .held: break
    // A roster decides over what is there already, and so may what is refused.
    case .room, .roster, .grant, .claim, .refused, nil: self = .everything(through: through)
    }
  }
}
