import Nostr

extension Pass {
  /// Notes an admitted event for the fold. Adding the same set in any order ends in the same rows.
  /// `received`: when the event first came.
  func apply(
    _ fact: Fact, _ header: Header, _ isNewObject: Bool, received: Int64
  ) throws {
    sight(fact, header, received: received)
    switch fact {
    case .card(let card):
      try db.run(
        """
        INSERT INTO card_version
          (event, object, created_at, id, status, assignees, approvers, title, fabric)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """, header.seq, header.object, header.stamp.createdAt, header.stamp.id, card.status,
        card.assignees.joinedBytes, card.approvers.joinedBytes, card.title, card.fabric != nil)
      try claim(card.previous, header)
      dirt.facts[header.seq] = fact
      dirt.cards.insert(header.object)
      dirt.versions.insert(header.object)
      announce(header)
    case .entry:
      dirt.facts[header.seq] = fact
      let isSole = isNewObject && dirt.entries[header.object] == nil
      dirt.entries[header.object] = .init(header: header, isSole: isSole)
      announce(header)
    case .track(let track):
      try db.run(
        """
        INSERT INTO track_version (event, room, name, created_at, id, author)
        VALUES (?, ?, ?, ?, ?, ?)
        """, header.seq, header.room, track.name, header.stamp.createdAt, header.stamp.id,
        header.author)
      dirt.tracks.insert(.init(room: header.room, name: track.name.key))
    case .dispatch: dirt.dispatches.insert(header.object)
    case .room: dirt.titles.insert(header.room)
    case .roster: break
    }
  }

  /// Comments may have come before what they are about.
  private func announce(_ header: Header) {
    dirt.arrivals.append(header.stamp.id)
    dirt.addresses.append(
      Address(kind: header.kind, pubkey: header.author, d: header.d).text)
  }

  /// Remembers the ids that a version says its card had before. Of two cards that claim one id the
  /// earlier claim stands.
  private func claim(_ previous: [EventID], _ header: Header) throws {
    for id in previous {
      try db.run(
        """
        INSERT INTO alias (room, id, object, created_at, claim) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET created_at = excluded.created_at, claim = excluded.claim
        WHERE (excluded.created_at, excluded.claim) < (created_at, claim)
        """, header.room, id, header.object, header.stamp.createdAt, header.stamp.id)
      dirt.arrivals.append(id)
    }
  }

  /// Takes an event out of the fold again: its author turned out to have had no right to it.
  func withdraw(_ seq: Int64, _ event: Event, room: RoomID) throws {
    guard
      let object = try db.first(
        "SELECT object FROM event WHERE seq = ?", seq, read: { $0.int64(0) })
    else { return }
    dirt.facts[seq] = nil
    try forgetSightings(of: event.pubkey, in: room)
    let header = Header(seq, event, d: event.d, room: room, object: object)
    // Out of the set first: what is read below must not see it any more.
    try db.run("UPDATE event SET admitted = 0 WHERE seq = ?", seq)
    switch event.kind {
    case 30530:
      try db.run("DELETE FROM card_version WHERE event = ?", seq)
      try reclaim(object, header)
      dirt.cards.insert(object)
      dirt.versions.insert(object)
    case 30531:
      let name = try db.first("SELECT name FROM track_version WHERE event = ?", seq) { $0.text(0) }
      try db.run("DELETE FROM track_version WHERE event = ?", seq)
      if let name { dirt.tracks.insert(.init(room: room, name: name.key)) }
    case 30532: dirt.dispatches.insert(object)
    case 30533, 30534, 30535: dirt.entries[object] = .init(header: header, isSole: false)
    case 30536: dirt.titles.insert(room)
    default: break
    }
    dirt.posts.formUnion(try replies(to: header.stamp.id))
    // Whatever hung on it looks for its place again.
    dirt.orphans.formUnion(try children(of: object))
  }

  /// Takes the aliases of a card from its remaining versions.
  private func reclaim(_ object: Int64, _ header: Header) throws {
    let gone = try db.rows("SELECT id FROM alias WHERE object = ?", object) { try $0.eventID(0) }
    try db.run("DELETE FROM alias WHERE object = ?", object)
    dirt.arrivals += gone
    for (seq, stamp) in try db.rows(
      "SELECT event, created_at, id FROM card_version WHERE object = ?", object,
      read: { ($0.int64(0), Stamp(createdAt: $0.int64(1), id: try $0.eventID(2))) })
    {
      guard case .card(let card)? = try fact(of: seq) else { continue }
      try claim(
        card.previous,
        Header(
          seq: seq, stamp: stamp, kind: header.kind, author: header.author, d: header.d,
          room: header.room, object: object))
    }
  }

  /// What an admitted event says; read from the log when it is not of this batch.
  func fact(of seq: Int64) throws -> Fact? {
    if let fact = dirt.facts[seq] { return fact }
    let body = try db.first("SELECT packed, payload FROM event_body WHERE event = ?", seq) {
      (signed: try $0.event(0), payload: $0.optionalBytes(1))
    }
    guard let body, let payload = body.payload else { return nil }
    return try? Fact.read(body.signed, payload: payload).get()
  }

  /// Brings every view up to date with what the pass has admitted or withdrawn.
  func fold() throws {
    try foldEntries()
    try foldOrphans()
    try foldRoots()
    try foldCards()
    try foldReports()
    try foldPosts()
    try foldThreads()
    try foldTracks()
    try foldDispatches()
    try foldAnswers()
    try foldTitles()
    try writeSightings()
    try writeTally()
    try writeIndex()
    dirt = Dirt()
  }

  /// Says in the log what became of an event, when that is news.
  func judge(_ seq: Int64, was: Int, _ verdict: CardFold.Verdict) throws {
    let (new, reason): (Verdict, String?) =
      switch verdict {
      case .applied: (.applied, nil)
      case .superseded: (.superseded, nil)
      case .refused(let reason): (.refused, reason)
      case .waiting(let reason): (.held, reason)
      }
    guard new.rawValue != was else { return }
    try db.run(
      "UPDATE event SET verdict = ?, reason = ? WHERE seq = ?", new.rawValue, reason, seq)
    if dirt.facts[seq] != nil {
      // Counted as applied when it came in.
      report.applied -= 1
      count(new)
    }
  }
}
