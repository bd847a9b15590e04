import Nostr
import Studio

/// Puts together what was read about the people of a room; pure.
struct PresenceReading {
  /// Statuses of cards that somebody is at.
  static let working = ["in_progress", "blocked", "paused"]

  struct Person {
    let pubkey: PublicKey
    let connection: ConnectionID?
    let name: String?
    let short: String
    let lifeAt: Int64?
    let lifeSigned: Int64?
    let signedAt: Int64?
    let progressAt: Int64?
    var isAgent: Bool
    var words: String?
    var beat: Heartbeat?
    var beatAt: Int64 = 0
    var run: RunRecord?
    var runAt: Int64 = 0
    /// The card that the run is about.
    var runCard: ObjectID?
    var slots: [Int64: Int] = [:]
  }

  /// Something said on a card.
  struct Note {
    let object: Int64
    let author: PublicKey
    let connection: ConnectionID?
    let isChange: Bool
    let heardAt: Int64
    /// `nil` for a change of status, and where they were not looked for.
    var words: String?
    var step: WorkStep?
  }

  struct Asked {
    let question: PresenceRow.Question
    let author: PublicKey
    let connection: ConnectionID?
    let root: ObjectID?
    let isBlocking: Bool
    let hasExpired: Bool
  }

  let now: Int64
  var people: [Person] = []
  private var work: [PresenceRow] = []
  /// Where in `work` somebody at something stands, and who is at anything.
  private var places: [PresenceRow.ID: Int] = [:]
  private var busy: Set<PresenceRow.ID> = []

  init(now: Int64) { self.now = now }

  /// A row for each thing that somebody is at, and one for whoever is at nothing.
  var rows: [PresenceRow] {
    let found = Dictionary(grouping: work) { PresenceRow.ID($0.id.pubkey, $0.id.connection) }
    return people.flatMap { person -> [PresenceRow] in
      guard var rows = found[.init(person.pubkey, person.connection)] else { return [base(person)] }
      // One row says all that is known; of several each tells of its own card.
      if rows.count == 1 { rows[0].activity = ring(person.slots) }
      return rows
    }
  }

  func isBusy(_ person: Person) -> Bool { busy.contains(.init(person.pubkey, person.connection)) }

  private mutating func append(_ row: PresenceRow) {
    places[row.id] = work.count
    busy.insert(.init(row.id.pubkey, row.id.connection))
    work.append(row)
  }

  /// Somebody is at a card that is theirs.
  mutating func add(_ card: PresenceRow.Card, of assignee: PublicKey, notes: [Note]) {
    // A card is given to a key; which of its connections is at it shows in who speaks there.
    let spoken = notes.first { $0.author == assignee && person(assignee, $0.connection) != nil }
    guard
      let person = person(assignee, spoken?.connection)
        ?? people.first(where: { $0.pubkey == assignee })
    else { return }
    add(card, of: person, notes: notes)
  }

  /// Somebody waits for an answer.
  mutating func add(_ asked: Asked, on card: PresenceRow.Card?, notes: [Note]) {
    guard
      let person = person(asked.author, asked.connection)
        ?? people.first(where: { $0.pubkey == asked.author })
    else { return }
    let own = notes.filter { $0.author == asked.author && !$0.isChange }
    let hasGoneOn = own.first.map { $0.heardAt > asked.question.askedAt } ?? false
    guard asked.isBlocking || !hasGoneOn else { return }
    // People ask and go on; agents, and whoever asks about the card in their hands, wait.
    guard person.isAgent || card?.assignee == asked.author else { return }
    let id = PresenceRow.ID(person.pubkey, person.connection, card: card?.id)
    if places[id] == nil {
      if let card { add(card, of: person, notes: notes) } else { append(base(person)) }
    }
    guard let index = places[id] else { return }
    // Questions come newest first: the oldest tells for how long.
    work[index].question = asked.question
    work[index].evidence.askedAt = asked.question.askedAt
  }

  private func person(_ key: PublicKey, _ connection: ConnectionID?) -> Person? {
    people.first { $0.pubkey == key && $0.connection == connection }
  }

  private mutating func add(_ card: PresenceRow.Card, of person: Person, notes: [Note]) {
    var row = base(person)
    row.id = .init(person.pubkey, person.connection, card: card.id)
    guard places[row.id] == nil else { return }
    row.card = card
    switch card.status {
    case "in_progress": row.evidence.workSince = min(card.updatedAt, now)
    case "blocked": row.evidence.card = .blocked
    case "paused": row.evidence.card = .paused
    case "done", "archived": row.evidence.card = .done
    default: break
    }
    let own = notes.filter { $0.author == person.pubkey && $0.connection == person.connection }
    row.evidence.progressAt = own.first?.heardAt
    row.words = own.lazy.compactMap(\.words).first ?? row.words
    row.step = own.lazy.compactMap(\.step).first
    if let run = person.run, person.runCard == card.id {
      row.step = row.step ?? run.step
      row.evidence.progressAt = [row.evidence.progressAt, person.progressAt].compactMap(\.self)
        .max()
    }
    var slots: [Int64: Int] = [:]
    for note in own { slots[note.heardAt / Sighting.slot, default: 0] += 1 }
    row.activity = ring(slots)
    append(row)
  }

  /// Somebody without a card.
  private func base(_ person: Person) -> PresenceRow {
    var evidence = PresenceEvidence(
      lifeAt: person.lifeAt, progressAt: person.progressAt, isAgent: person.isAgent)
    let heard = person.lifeAt ?? 0
    let signed = person.signedAt ?? 0
    let isBeatNewer = person.beat != nil && (person.run == nil || person.beatAt >= person.runAt)
    if isBeatNewer, let beat = person.beat {
      evidence.promise = beat.state == .stopping ? nil : beat.interval
      // What was said since speaks for itself.
      if person.beatAt >= signed { evidence.word = Self.word(of: beat.state) }
      if beat.state == .working, beat.card == nil {
        evidence.workSince = min(heard, heard - max(0, person.beatAt - beat.since))
      }
    } else if let run = person.run {
      if run.state != .done { evidence.promise = run.interval }
      if person.runAt >= signed { evidence.word = Self.word(of: run) }
      if run.isUnderWay { evidence.workSince = min(heard, run.startedAt ?? heard) }
    }
    var row = PresenceRow(
      id: .init(person.pubkey, person.connection), name: person.name, short: person.short,
      evidence: evidence, lifeSigned: person.lifeSigned,
      words: isBeatNewer && person.beatAt >= signed && person.beat?.note.isEmpty == false
        ? person.beat?.note : person.words,
      step: person.run.flatMap { $0.isUnderWay ? $0.step : nil }, host: person.run?.host,
      activity: ring(person.slots))
    row.beat = person.beat
    return row
  }

  private static func word(of state: Heartbeat.State) -> PresenceEvidence.Word {
    switch state {
    case .working: .working
    case .waiting: .paused
    case .idle: .idle
    case .stopping: .stopped
    }
  }

  private static func word(of run: RunRecord) -> PresenceEvidence.Word {
    switch run.state {
    case .queued: .idle
    case .starting, .running, .cancelling: .working
    case .waiting: .paused
    case .done: run.outcome == "lost" ? .stopped : .done
    }
  }

  /// The last twelve slots, the oldest first.
  private func ring(_ slots: [Int64: Int]) -> [Int] {
    let last = now / Sighting.slot
    return (last - Sighting.slots + 1...last).map { slots[$0] ?? 0 }
  }
}
