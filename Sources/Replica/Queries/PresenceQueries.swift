import FourA
import Nostr
import Studio

extension Reader {
  /// The most people, cards in work and notes on each that a reading of presence looks at: what it
  /// costs depends on these, not on how much there is.
  private static let mostPeople = 256
  private static let mostCards = 64
  private static let notes = 32
  /// Of the notes of one connection on a card, how many texts are looked into.
  private static let texts = 6

  /// Everybody in a room with what they are at: a row for each card in work, and one for whoever
  /// has none. Members, and connections that are no person's and not retired; no order.
  package func presence(_ room: RoomID, now: Int64) throws -> [PresenceRow] {
    // In one transaction: it asks hundreds of times.
    try snapshot { try $0.readPresence(room, now: now) }
  }

  private func readPresence(_ room: RoomID, now: Int64) throws -> [PresenceRow] {
    var reading = PresenceReading(now: now)
    reading.people = try people(room)
    let cards = try cardsInWork(room)
    let questions = try openQuestions(room, now: now)
    for card in cards {
      guard let assignee = card.assignee else { continue }
      reading.add(card, of: assignee, notes: try notes(on: card.id, by: assignee))
    }
    for question in questions {
      let root = try question.root.flatMap { try presenceCard($0) }
      try reading.add(
        question, on: root, notes: root.map { try notes(on: $0.id, by: question.author) } ?? [])
    }
    for person in reading.people where !reading.isBusy(person) {
      guard let address = person.beat?.card, person.beat?.state == .working,
        let card = try presenceCard(at: address, in: room)
      else { continue }
      reading.add(
        card, of: person.pubkey, notes: try notes(on: card.id, by: person.pubkey))
    }
    return reading.rows
  }

  // MARK: People

  private func people(_ room: RoomID) throws -> [PresenceReading.Person] {
    let columns = """
      p.life_at, p.life_signed, p.signed_at, p.progress_at, p.agent, p.words, p.beat, p.beat_at,
      p.run, p.run_at
      """
    var people = try db.rows(
      """
      SELECT m.pubkey, '', f.name, \(columns) FROM member m
      LEFT JOIN profile f ON f.room = m.room AND f.pubkey = m.pubkey
      LEFT JOIN presence p ON p.room = m.room AND p.pubkey = m.pubkey AND p.conn = ''
      WHERE m.room = ? ORDER BY m.position LIMIT ?
      """, room, Self.mostPeople
    ) { try person($0, short: try $0.publicKey(0).short, in: room) }
    let workers = try workers(room)
    for index in people.indices where workers[people[index].pubkey] != nil {
      people[index].isAgent = true
    }
    let members = Set(people.map(\.pubkey))
    let agents = try agents(room).filter {
      !$0.isRetired && !sameBytes($0.role, "human") && members.contains($0.pubkey)
    }
    for agent in agents.prefix(Self.mostPeople) {
      let found = try db.first(
        """
        SELECT ?2, ?3, ?4, \(columns) FROM (SELECT 1)
        LEFT JOIN presence p ON p.room = ?1 AND p.pubkey = ?2 AND p.conn = ?3
        """, room, agent.pubkey, agent.connection.text, agent.name
      ) { try person($0, short: agent.short, in: room) }
      guard var person = found else { continue }
      person.isAgent = true
      people.append(person)
    }
    // Of a key that speaks through its agents alone there is nobody else to show.
    let speaking = Set(people.filter { $0.connection != nil }.map(\.pubkey))
    return people.filter {
      $0.connection != nil || $0.lifeAt != nil || !speaking.contains($0.pubkey)
    }
  }

  private func person(
    _ row: Statement, short: String, in room: RoomID
  ) throws -> PresenceReading.Person {
    var person = PresenceReading.Person(
      pubkey: try row.publicKey(0), connection: ConnectionID(row.text(1)),
      name: row.optionalText(2), short: short, lifeAt: row.optionalInt64(3),
      lifeSigned: row.optionalInt64(4), signedAt: row.optionalInt64(5),
      progressAt: row.optionalInt64(6), isAgent: row.bool(7))
    if let words = row.optionalInt64(8) { person.words = try fabric(of: words)?.words }
    if let beat = row.optionalInt64(9) {
      person.beat = Heartbeat(try fabric(of: beat)?.fabric?["hb"])
      person.beatAt = row.int64(10)
    }
    if let run = row.optionalInt64(11) {
      person.run = try self.run(run)
      person.runAt = row.int64(12)
      person.runCard = try person.run.flatMap { try object(of: $0.card) }
    }
    guard person.lifeAt != nil else { return person }
    for (slot, events) in try db.rows(
      "SELECT slot, events FROM activity WHERE room = ? AND pubkey = ? AND conn = ?", room,
      person.pubkey, person.connection?.text ?? "", read: { ($0.int64(0), $0.int(1)) })
    {
      person.slots[slot] = events
    }
    return person
  }

  /// What an entry says, and its extension object.
  private func fabric(of entry: Int64) throws -> (words: String, fabric: Fabric?)? {
    try db.first("SELECT body, fabric FROM words WHERE object = ?", entry) { row in
      let fabric = row.optionalText(1).flatMap { try? JSON(parsing: $0) }.flatMap { Fabric($0) }
      return (fabric?.lastWords ?? row.text(0), fabric)
    }
  }

  /// What an entry says, and how far its author says that the work has come. Few have an extension object that
  /// speaks of either, and only those are parsed.
  private func said(_ entry: Int64) throws -> (words: String, step: WorkStep?)? {
    try db.first(
      """
      SELECT body, CASE WHEN instr(fabric, '"last":') OR instr(fabric, '"todo":') THEN fabric END
      FROM words WHERE object = ?
      """, entry
    ) { row in
      let fabric = row.optionalText(1).flatMap { try? JSON(parsing: $0) }.flatMap { Fabric($0) }
      return (fabric?.lastWords ?? row.text(0), fabric?.todo)
    }
  }

  private func run(_ record: Int64) throws -> RunRecord? {
    let payload = try db.first(
      """
      SELECT b.payload FROM dispatch d JOIN event_body b ON b.event = d.event
      WHERE d.object = ? AND d.allowed
      """, record
    ) { $0.bytes(0) }
    guard let payload, case .dispatch(let record)? = try? Payload(kind: 30532, parsing: payload)
    else { return nil }
    return RunRecord(record)
  }

  private func object(of event: EventID) throws -> ObjectID? {
    try db.first("SELECT object FROM event WHERE id = ? AND object IS NOT NULL", event) {
      $0.object(0)
    }
  }

  // MARK: Cards and what was said on them

  private static let cardColumns =
    "SELECT object, event_id, title, status, assignee, updated_at FROM card"

  private func presenceCard(_ row: Statement) throws -> PresenceRow.Card {
    PresenceRow.Card(
      id: row.object(0), eventID: try row.eventID(1), title: row.text(2), status: row.text(3),
      assignee: row.isNull(4) ? nil : try row.publicKey(4), updatedAt: row.int64(5))
  }

  /// Cards that somebody is at, the last that changed first.
  private func cardsInWork(_ room: RoomID) throws -> [PresenceRow.Card] {
    try PresenceReading.working.flatMap { status in
      try db.rows(
        """
        \(Self.cardColumns) WHERE room = ? AND status = ? AND shown AND assignee IS NOT NULL
        ORDER BY updated_at DESC, object DESC LIMIT ?
        """, room, status, Self.mostCards, read: presenceCard)
    }
  }

  private func presenceCard(_ id: ObjectID) throws -> PresenceRow.Card? {
    try db.first("\(Self.cardColumns) WHERE object = ? AND shown", id, read: presenceCard)
  }

  private func presenceCard(at address: Address, in room: RoomID) throws -> PresenceRow.Card? {
    try db.first(
      """
      \(Self.cardColumns) WHERE shown AND status = 'in_progress' AND object =
        (\(ObjectKey.find))
      """,
      binding: ObjectKey(room: room, kind: address.kind, author: address.pubkey, d: address.d)
        .values, read: presenceCard)
  }

  /// What somebody said on a card among the newest notes there, the newest first. Texts are read only until the
  /// last words and the last step of each connection are known.
  private func notes(on card: ObjectID, by author: PublicKey) throws -> [PresenceReading.Note] {
    var notes = try db.rows(
      """
      SELECT n.object, n.conn, n.written_at, e.received_at, n.to_status IS NOT NULL
      FROM (SELECT object FROM entry WHERE root = ?1
        ORDER BY created_at DESC, event_id DESC LIMIT ?3) r
      JOIN entry n ON n.object = r.object JOIN event e ON e.seq = n.event
      WHERE n.author = ?2 AND n.intent IS NOT '\(Comment.mirrorIntent)'
      ORDER BY n.created_at DESC, n.event_id DESC
      """, card, author, Self.notes
    ) { row in
      PresenceReading.Note(
        object: row.int64(0), author: author,
        connection: row.optionalText(1).flatMap { ConnectionID($0) }, isChange: row.bool(4),
        heardAt: PresenceEvidence.heard(signed: row.int64(2), received: row.int64(3)))
    }
    var looked: [ConnectionID?: Int] = [:]
    var (spoken, stepped): (Set<ConnectionID?>, Set<ConnectionID?>) = ([], [])
    for index in notes.indices {
      let note = notes[index]
      guard looked[note.connection, default: 0] < Self.texts,
        !(spoken.contains(note.connection) && stepped.contains(note.connection)),
        let said = try said(note.object)
      else { continue }
      looked[note.connection, default: 0] += 1
      if !note.isChange {
        notes[index].words = said.words
        spoken.insert(note.connection)
      }
      notes[index].step = said.step
      if notes[index].step != nil { stepped.insert(note.connection) }
    }
    return notes
  }

  /// Open questions that have not run out, the newest first; without those on deleted cards.
  private func openQuestions(_ room: RoomID, now: Int64) throws -> [PresenceReading.Asked] {
    try db.rows(
      """
      SELECT n.object, n.author, n.conn, n.root, w.body, w.fabric, n.created_at, e.received_at
      FROM entry n JOIN words w ON w.object = n.object JOIN event e ON e.seq = n.event
      WHERE n.room = ? AND n.kind = 30534 AND n.answers = 0 AND NOT n.gone
      ORDER BY n.created_at DESC, n.event_id DESC LIMIT ?
      """, room, Self.mostPeople
    ) { row in
      let fabric = row.optionalText(5).flatMap { try? JSON(parsing: $0) }.flatMap { Fabric($0) }
      let expiry = fabric?["expires_at"]?.integer ?? 0
      return PresenceReading.Asked(
        question: .init(
          id: row.object(0), body: row.text(4),
          askedAt: min(row.int64(6), row.int64(7))),
        author: try row.publicKey(1), connection: row.optionalText(2).flatMap { ConnectionID($0) },
        root: row.isNull(3) ? nil : row.object(3),
        isBlocking: fabric?["blocking"]?.bool ?? true,
        hasExpired: expiry > 0 && expiry <= now)
    }.filter { !$0.hasExpired }
  }
}
