package import Nostr

/// How a time or a number stands to another one.
package enum Comparison: String, Sendable, Hashable, CaseIterable {
  case less = "<"
  case greater = ">"
  case atMost = "<="
  case atLeast = ">="
  case equal = "="
}

/// Words that must stand side by side; the last may be the beginning of one. Case and accents do
/// not count.
package struct SearchTerm: Sendable, Hashable {
  package let text: String
  /// The last word may go on. Costly below three letters, which have no index.
  package let isBeginning: Bool

  /// `nil` when there is no letter and no digit to look for.
  package init?(_ text: String, isBeginning: Bool) {
    guard text.unicodeScalars.contains(where: Self.isWord) else { return nil }
    self.text = text
    self.isBeginning = isBeginning
  }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isAlphabetic || scalar.properties.numericType != nil
  }

  /// As FTS5 wants it: a string, whatever stands in it.
  private var match: String {
    var quoted = String.UnicodeScalarView("\"".unicodeScalars)
    for scalar in text.unicodeScalars {
      if scalar == "\"" { quoted.append(scalar) }
      quoted.append(scalar.value == 0 ? " " : scalar)
    }
    return String(quoted) + (isBeginning ? "\"*" : "\"")
  }

  /// All of them must occur.
  static func match(_ terms: [SearchTerm]) -> String {
    terms.map(\.match).joined(separator: " AND ")
  }
}

/// What a card must be like, as one expression that SQLite evaluates.
package indirect enum CardCondition: Sendable, Hashable {
  case all([CardCondition])
  case any([CardCondition])
  case not(CardCondition)
  case track(String)
  case status(String)
  case kind(String)
  case label(String)
  case author(PublicKey)
  /// The first assignee.
  case assignee(PublicKey)
  case card(ObjectID)
  /// In title or body.
  case words(SearchTerm)
  /// In title or body, or in something that hangs on the card.
  case thread(SearchTerm)
  /// Unix seconds.
  case created(Comparison, Int64)
  case updated(Comparison, Int64)
  /// How much others wrote on it since it was last looked at; counted no further than 100.
  case unread(Comparison, Int)
  /// Has a question without an answer.
  case waiting
  case hasQuestions
  case hasComments
  case hasLabels
  case hasAssignee
  /// Something that was begun on it here and not sent.
  case hasDraft

  /// Everything.
  package static let always = CardCondition.all([])
}

/// Writes a condition as SQL over a card `c`, and gathers its values.
struct ConditionSQL {
  /// Where the parts of a condition look; a list of hits looks elsewhere than a list of cards.
  struct Columns {
    var object = "c.object"
    var author = "c.author"
    var created = "c.created_at"
    var updated = "c.updated_at"
    /// Words are sought in the row itself and not in what hangs on it.
    var isHit = false

    static let card = Columns()
    /// A search hit `o`, with its entry `n` or none.
    static let hit = Columns(
      object: "o.id", author: "coalesce(n.author, c.author)",
      created: "coalesce(n.created_at, c.created_at)",
      updated: "coalesce(n.written_at, c.updated_at)", isHit: true)
  }

  let columns: Columns
  let rooms: [RoomID]
  /// Whose cards and comments never count as unread.
  let me: PublicKey?
  private(set) var values: [any Bindable] = []

  init(_ columns: Columns = .card, rooms: [RoomID], me: PublicKey?) {
    self.columns = columns
    self.rooms = rooms
    self.me = me
  }

  private mutating func bound(_ value: any Bindable) -> String {
    values.append(value)
    return "?"
  }

  mutating func write(_ condition: CardCondition) -> String {
    switch condition {
    case .all(let parts): return writeAll(parts)
    case .any(let parts):
      return parts.isEmpty ? "0" : "(\(parts.map { write($0) }.joined(separator: " OR ")))"
    // What cannot be said of a row (nobody is assigned, there is no card) does not hold for it.
    case .not(let part): return "NOT coalesce(\(write(part)), 0)"
    case .track(let name): return "c.track = \(bound(name))"
    case .status(let status): return "c.status = \(bound(status))"
    case .kind(let kind): return "c.kind = \(bound(kind))"
    case .label(let label):
      // Most cards are told by a look at the text, without parsing it.
      return """
        (instr(c.tags, \(bound(JSON.string(label).text))) > 0
          AND EXISTS (SELECT 1 FROM json_each(c.tags) l WHERE l.value = \(bound(label))))
        """
    case .author(let key): return "\(columns.author) = \(bound(key))"
    case .assignee(let key): return "c.assignee = \(bound(key))"
    case .card(let id): return "c.object = \(bound(id))"
    case .words(let term): return words([term])
    case .thread(let term): return thread(term)
    case .created(let comparison, let time):
      return "\(columns.created) \(comparison.rawValue) \(bound(time))"
    case .updated(let comparison, let time):
      return "\(columns.updated) \(comparison.rawValue) \(bound(time))"
    case .unread(let comparison, let count):
      return "\(unread) \(comparison.rawValue) \(bound(count))"
    case .waiting: return questions("AND q.answers = 0 AND NOT q.gone")
    case .hasQuestions: return questions("")
    case .hasComments: return "c.comments > 0"
    case .hasLabels: return "c.tags <> '[]'"
    case .hasAssignee: return "c.assignee IS NOT NULL"
    case .hasDraft:
      return """
        EXISTS (SELECT 1 FROM draft f, (SELECT '30530:' || lower(hex(c.author)) || ':' || c.d AS a)
          WHERE f.name IN ('comment:' || a, 'edit:' || a, 'edit:' || a || ':body', 'ask:' || a))
        """
    }
  }

  /// Words that must all occur are one question to the index.
  private mutating func writeAll(_ parts: [CardCondition]) -> String {
    var terms: [SearchTerm] = []
    var written: [String] = []
    for part in parts {
      if case .words(let term) = part { terms.append(term) } else { written.append(write(part)) }
    }
    if !terms.isEmpty { written.append(words(terms)) }
    return written.isEmpty ? "1" : "(\(written.joined(separator: " AND ")))"
  }

  private mutating func words(_ terms: [SearchTerm]) -> String {
    let match = bound(SearchTerm.match(terms))
    return "\(columns.object) IN (SELECT rowid FROM search WHERE search MATCH \(match))"
  }

  private mutating func thread(_ term: SearchTerm) -> String {
    if columns.isHit { return words([term]) }
    let match = SearchTerm.match([term])
    return """
      c.object IN (SELECT rowid FROM search WHERE search MATCH \(bound(match))
        UNION ALL SELECT h.root FROM search JOIN entry h ON h.object = search.rowid
          WHERE search MATCH \(bound(match)) AND h.root IS NOT NULL)
      """
  }

  private mutating func questions(_ which: String) -> String {
    let places = rooms.map { bound($0) }.joined(separator: ", ")
    return """
      c.object IN (SELECT q.root FROM entry q WHERE q.room IN (\(places)) AND q.kind = 30534
        AND q.root IS NOT NULL \(which))
      """
  }

  /// As `CardRow.unread`.
  private var unread: String {
    mutating get {
      guard let me else { return "0" }
      let mark = """
        coalesce((SELECT through FROM read_mark WHERE object = c.object),
          (SELECT through FROM read_floor WHERE room = c.room), 0)
        """
      return """
        min(100, (SELECT count(*) FROM (SELECT 1 FROM entry u
          WHERE u.root = c.object AND u.to_status IS NULL AND u.news > \(mark)
            AND NOT (u.author = \(bound(me)) AND u.conn IS NULL) LIMIT 100))
          + (c.author <> \(bound(me)) AND c.event > \(mark)))
        """
    }
  }
}
