package import Nostr
package import Replica
package import Studio

/// Somebody of a room at a moment: what is known, and what follows from it.
package struct TeamMember: Sendable, Hashable {
  package let row: PresenceRow
  package let presence: Presence

  package init(row: PresenceRow, presence: Presence) {
    self.row = row
    self.presence = presence
  }

  package var id: PresenceRow.ID { row.id }

  /// An agent with work in hand of whom nothing is heard, and who did not say goodbye.
  package var isSilent: Bool {
    [.silent, .gone].contains(presence.state) && row.evidence.isAgent
      && row.evidence.workSince != nil && row.evidence.word != .stopped
  }

  /// Where it stands in a list: who needs somebody, then the agents, who may be in trouble before
  /// who works, then the people.
  fileprivate var rank: Int {
    if !row.evidence.isAgent, presence.state != .waiting { return 9 }
    return switch presence.state {
    case .waiting: 0
    case .silent: 1
    case .gone: isSilent ? 1 : 8
    case .working, .quiet: presence.isStalled ? 2 : presence.state == .working ? 3 : 4
    case .blocked: 5
    case .paused: 6
    case .idle, .unknown: 7
    case .done: 7
    }
  }
}

/// Everybody of a room as they are now. A fold: each update starts from what the last one found, so
/// that nobody flickers; the time is given.
package struct Team: Sendable {
  /// Who needs somebody first, then who is silent, then the rest, agents before people; the longest first.
  package private(set) var members: [TeamMember] = []
  private var byCard: [ObjectID: Int] = [:]
  /// When one of them changes state though nothing happens; `nil` for never.
  package private(set) var nextChange: Int64?

  package init() {}

  /// Takes what is known now. Whoever looks on is present without saying anything.
  package mutating func update(
    _ rows: [PresenceRow], link: PresenceLink, me: PublicKey, now: Int64
  ) {
    let last = Dictionary(
      members.map { ($0.id, $0.presence) }, uniquingKeysWith: { first, _ in first })
    var next: [Int64] = []
    members = rows.map { row in
      var row = row
      if row.id.pubkey == me, row.id.connection == nil {
        row.evidence.isAgent = false
        row.evidence.askedAt = nil
      }
      let presence = Presence(after: last[row.id], row.evidence, link: link, now: now)
      presence.nextChange(row.evidence, link: link, now: now).map { next.append($0) }
      return TeamMember(row: row, presence: presence)
    }.sorted(by: Self.comesBefore)
    byCard = Self.places(members)
    count = Self.count(members)
    nextChange = next.min()
  }

  /// The same people a moment later.
  package mutating func update(link: PresenceLink, me: PublicKey, now: Int64) {
    update(members.map(\.row), link: link, me: me, now: now)
  }

  private static func comesBefore(_ a: TeamMember, _ b: TeamMember) -> Bool {
    if a.rank != b.rank { return a.rank < b.rank }
    // Of those who wait or are silent the longest first, of the others whoever spoke last.
    let (x, y) = (a.presence.since ?? .min, b.presence.since ?? .min)
    if x != y, a.presence.state != .unknown { return a.rank <= 2 ? x < y : x > y }
    let (p, q) = (a.row.name ?? a.row.short, b.row.name ?? b.row.short)
    if !sameBytes(p, q) { return p.utf8.lexicographicallyPrecedes(q.utf8) }
    return (a.id.pubkey.hex, a.id.connection?.text ?? "", a.id.card?.rawValue ?? 0)
      < (b.id.pubkey.hex, b.id.connection?.text ?? "", b.id.card?.rawValue ?? 0)
  }

  /// Whoever is at a card: who waits before the one whose card it is.
  package func member(at card: ObjectID) -> TeamMember? {
    byCard[card].map { members[$0] }
  }

  /// Who is at each card, as places in `members`.
  private static func places(_ members: [TeamMember]) -> [ObjectID: Int] {
    func rank(_ index: Int) -> Int {
      let member = members[index]
      if member.presence.state == .waiting { return 0 }
      return member.row.card?.assignee == member.id.pubkey ? 1 : 2
    }
    var places: [ObjectID: Int] = [:]
    for (index, member) in members.enumerated() {
      guard let card = member.id.card else { continue }
      if let other = places[card], rank(other) <= rank(index) { continue }
      places[card] = index
    }
    return places
  }

  /// How many there are, and of how many something may be expected: `6/8`.
  package private(set) var count = (present: 0, all: 0)

  private static func count(_ members: [TeamMember]) -> (present: Int, all: Int) {
    var all: Set<PresenceRow.ID> = []
    var present: Set<PresenceRow.ID> = []
    for member in members where member.row.evidence.isAgent {
      let id = PresenceRow.ID(member.id.pubkey, member.id.connection)
      all.insert(id)
      if ![.silent, .gone, .unknown].contains(member.presence.state) { present.insert(id) }
    }
    return (present.count, all.count)
  }

  /// Silent agents for the inbox: each once for as long as its silence lasts, whichever cards it
  /// has, and not again once it was put aside.
  package func silences(without putAside: Set<PutAside>) -> [TeamMember] {
    var seen: Set<PresenceRow.ID> = []
    return members.filter { member in
      guard member.isSilent else { return false }
      let aside = PutAside(
        pubkey: member.id.pubkey, connection: member.id.connection,
        lifeAt: member.row.evidence.lifeAt ?? 0)
      return !putAside.contains(aside)
        && seen.insert(.init(member.id.pubkey, member.id.connection)).inserted
    }
  }
}

/// Watches our own connection for the time it went down.
package struct LinkWatch: Sendable, Hashable {
  package private(set) var link: PresenceLink

  /// Down until somebody says otherwise.
  package init(now: Int64) { link = .down(since: now) }

  /// - Parameter isLive: one relay at least is connected and has told all it had.
  package mutating func update(isLive: Bool, now: Int64) {
    switch (link, isLive) {
    case (_, true): link = .up
    case (.up, false): link = .down(since: now)
    case (.down, false): return
    }
  }
}
