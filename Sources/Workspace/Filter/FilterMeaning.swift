package import Nostr
package import Replica
import Studio

/// For whom, where and when a filter is read.
package struct FilterContext: Sendable {
  /// Whose names and tracks count.
  package let rooms: [RoomID]
  package let me: PublicKey
  /// Unix seconds.
  package let now: Int64
  /// Days begin at midnight UTC instead of here.
  package let isUTC: Bool
  /// Everybody of the rooms as the caller has them already; `nil` where they are to be read.
  package let team: [TeamMember]?

  package init(
    rooms: [RoomID], me: PublicKey, now: Int64, isUTC: Bool = false, team: [TeamMember]? = nil
  ) {
    self.rooms = rooms
    self.me = me
    self.now = now
    self.isUTC = isUTC
    self.team = team
  }
}

extension FilterQuery {
  /// What it asks of a card, with every name looked up.
  ///
  /// - Throws: `FilterError` for a name that nobody or more than one has, or what the reader throws.
  package func condition(in context: FilterContext, _ reader: Reader) throws -> CardCondition {
    try FilterMeaning(context: context, reader: reader).condition(root)
  }

  /// What it asks of a search: the words, which hits must hold, and the rest, about their cards.
  ///
  /// - Throws: `FilterError` when there is no word that every hit must hold.
  package func search(
    in context: FilterContext, _ reader: Reader
  ) throws -> (terms: [SearchTerm], condition: CardCondition) {
    if order != nil { throw FilterError("a search shows the newest first", column: 1) }
    var terms: [SearchTerm] = []
    var rest: [FilterNode] = []
    let nodes = if case .both(let nodes) = root { nodes } else { [root] }
    for node in nodes {
      if case .term(let term) = node, term.field == .word || term.field == .text,
        term.values.count == 1
      {
        terms.append(try FilterMeaning.searchTerm(term.values[0]))
      } else {
        rest.append(node)
      }
    }
    guard !terms.isEmpty else {
      throw FilterError("a search needs a word that all it finds hold", column: 1)
    }
    let meaning = FilterMeaning(context: context, reader: reader, findsCards: false)
    return (terms, try meaning.condition(.all(rest)))
  }
}

/// Turns the parts of a query into conditions.
private struct FilterMeaning {
  let context: FilterContext
  let reader: Reader
  /// A word may be a card's id.
  var findsCards = true

  func condition(_ node: FilterNode) throws -> CardCondition {
    switch node {
    case .both(let parts): .all(try parts.map(condition))
    case .either(let parts): .any(try parts.map(condition))
    case .not(let part): .not(try condition(part))
    case .term(let term): try condition(term)
    }
  }

  private func condition(_ term: FilterTerm) throws -> CardCondition {
    let parts = try term.values.map { try condition(term, $0) }
    return parts.count == 1 ? parts[0] : .any(parts)
  }

  private func condition(_ term: FilterTerm, _ value: FilterValue) throws -> CardCondition {
    switch term.field {
    case .word: return try word(value)
    case .text: return .thread(try Self.searchTerm(value))
    case .state: return try state(value)
    case .has: return try thing(value)
    case .track: return .track(try track(value))
    case .agent:
      if sameBytes(value.text, "none") { return .not(.hasAssignee) }
      return any(try people(value, term.field).map { .assignee($0) })
    case .by: return any(try people(value, term.field).map { .author($0) })
    case .label: return .label(value.text)
    case .column: return .status(try status(value))
    case .kind: return .kind(value.text)
    case .age:
      let seconds = FilterDuration(value.text)?.seconds ?? 0
      return .created((term.comparison ?? .greater).mirrored, context.now - seconds)
    case .updated: return updated(term.comparison, value)
    case .quiet:
      let comparison = term.comparison ?? .greater
      let seconds = FilterDuration(value.text)?.seconds ?? 0
      return any(
        try agents().filter { $0.isQuiet(comparison, seconds, now: context.now) }
          .compactMap(\.id.card).map { .card($0) })
    case .unread: return .unread(term.comparison ?? .equal, Int(value.text) ?? 0)
    case .id: return any(try cards(value).map { .card($0) })
    }
  }

  private func any(_ parts: [CardCondition]) -> CardCondition {
    parts.count == 1 ? parts[0] : .any(parts)
  }

  // MARK: Words

  /// A word without quotes begins words, from three letters on: shorter beginnings have no index.
  static func searchTerm(_ value: FilterValue) throws(FilterError) -> SearchTerm {
    var text = value.text
    if !value.isQuoted, text.last == "*" { text.removeLast() }
    let isBeginning = !value.isQuoted && text.unicodeScalars.count >= 3
    guard let term = SearchTerm(text, isBeginning: isBeginning) else {
      throw FilterError(
        "“\(value.text.prefix(40))” has no letter and no digit to look for", column: value.column,
        length: value.length)
    }
    return term
  }

  private func word(_ value: FilterValue) throws -> CardCondition {
    let words = CardCondition.words(try Self.searchTerm(value))
    guard findsCards, !value.isQuoted, (8...64).contains(value.text.utf8.count),
      value.text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    else { return words }
    let cards = try found(value)
    return cards.isEmpty ? words : .any([words] + cards.map { .card($0) })
  }

  // MARK: States and times

  private func state(_ value: FilterValue) throws -> CardCondition {
    guard let state = FilterState(rawValue: value.text) else {
      throw FilterError("unknown state “\(value.text)”", column: value.column)
    }
    if let status = state.status { return .status(status.rawValue) }
    return switch state {
    case .unread: .unread(.greater, 0)
    case .assigned: .hasAssignee
    case .silent: any(try agents().filter(\.isSilent).compactMap(\.id.card).map { .card($0) })
    default: .waiting
    }
  }

  /// The agents that have something in hand, as they would be were our own connection up.
  private func agents() throws -> [TeamMember] {
    let members =
      try context.team
      ?? context.rooms.flatMap { room in
        var team = Team()
        team.update(
          try reader.presence(room, now: context.now), link: .up, me: context.me, now: context.now)
        return team.members
      }
    // No more than one expression holds.
    return members.filter { $0.row.evidence.isAgent && $0.row.evidence.workSince != nil }
      .prefix(500).map(\.self)
  }

  private func thing(_ value: FilterValue) throws(FilterError) -> CardCondition {
    switch FilterThing(rawValue: value.text) {
    case .comment: .hasComments
    case .question: .hasQuestions
    case .label: .hasLabels
    case .assignee: .hasAssignee
    case .draft: .hasDraft
    case nil: throw FilterError("unknown thing “\(value.text)”", column: value.column)
    }
  }

  private func updated(_ comparison: Comparison?, _ value: FilterValue) -> CardCondition {
    guard let day = FilterDay(value.text) else {
      let seconds = FilterDuration(value.text)?.seconds ?? 0
      return .updated((comparison ?? .less).mirrored, context.now - seconds)
    }
    let (start, end) = day.bounds(isUTC: context.isUTC)
    return switch comparison {
    case .less: .updated(.less, start)
    case .atLeast: .updated(.atLeast, start)
    case .greater: .updated(.atLeast, end)
    case .atMost: .updated(.less, end)
    case .equal, nil: .all([.updated(.atLeast, start), .updated(.less, end)])
    }
  }

  // MARK: Names

  private func track(_ value: FilterValue) throws -> String {
    let names = try context.rooms.flatMap { try reader.tracks($0).map(\.name) }
    if let name = names.first(where: { sameBytes($0, value.text) }) { return name }
    throw unknown("no track is called", value, names)
  }

  private func status(_ value: FilterValue) throws -> String {
    let lifecycle = CardStatus.lifecycle.map(\.rawValue)
    if lifecycle.contains(value.text) { return value.text }
    let seen = try context.rooms.flatMap { try reader.tracks($0).flatMap(\.counts.keys) }
    if let status = seen.first(where: { sameBytes($0, value.text) }) { return status }
    throw unknown("no card has the status", value, lifecycle)
  }

  private func people(_ value: FilterValue, _ field: FilterField) throws -> [PublicKey] {
    if sameBytes(value.text, "me") { return [context.me] }
    var keys: [PublicKey] = []
    for room in context.rooms {
      switch try reader.resolveMember(value.text, in: room) {
      case .one(let member): if !keys.contains(member.pubkey) { keys.append(member.pubkey) }
      case .ambiguous(let members):
        let names = members.prefix(3).map { "\($0.name ?? "")#\($0.pubkey.short)" }
        throw FilterError(
          "“\(value.text.prefix(40))” could be \(names.joined(separator: " or "))",
          column: value.column, length: value.length)
      case .none: break
      }
    }
    // Who has left is still called by the whole key.
    if keys.isEmpty, let key = PublicKey(hex: value.text) ?? PublicKey(npub: value.text) {
      keys = [key]
    }
    guard keys.isEmpty else { return keys }
    let names = try context.rooms.flatMap { try reader.members($0).compactMap(\.name) }
    throw unknown("no member is called", value, names + ["me"] + (field == .agent ? ["none"] : []))
  }

  private func cards(_ value: FilterValue) throws -> [ObjectID] {
    let cards = try found(value)
    guard cards.isEmpty else { return cards }
    throw unknown("no card has the id", value, [])
  }

  private func found(_ value: FilterValue) throws -> [ObjectID] {
    try context.rooms.flatMap { room -> [ObjectID] in
      switch try reader.resolveObject(value.text, in: room, kinds: [30530]) {
      case .one(let card): [card.id]
      case .ambiguous(let cards): cards.map(\.id)
      case .none: []
      }
    }
  }

  private func unknown(_ what: String, _ value: FilterValue, _ known: [String]) -> FilterError {
    FilterError(
      "\(what) “\(value.text.prefix(40))”", column: value.column, length: value.length,
      suggestion: Nearest.word(value.text, among: known))
  }
}

extension TeamMember {
  /// Whether the time since its last word is as long as is asked.
  fileprivate func isQuiet(_ comparison: Comparison, _ seconds: Int64, now: Int64) -> Bool {
    guard let last = row.evidence.lifeAt else { return false }
    let silence = now - last
    return switch comparison {
    case .less: silence < seconds
    case .greater: silence > seconds
    case .atMost: silence <= seconds
    case .atLeast: silence >= seconds
    case .equal: silence == seconds
    }
  }
}

extension Comparison {
  /// More time ago is an earlier time.
  fileprivate var mirrored: Comparison {
    switch self {
    case .less: .greater
    case .greater: .less
    case .atMost: .atLeast
    case .atLeast: .atMost
    case .equal: .equal
    }
  }
}
