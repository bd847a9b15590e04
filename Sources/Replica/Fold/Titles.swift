import FourA
import Nostr

extension Pass {
  /// Writes what the roster says of a room, and marks what depends on who founded it.
  func writeRoster(_ room: RoomID, _ authority: Authority) throws {
    guard let current = authority.current, let id = current.eventID else { return }
    let known = try db.first(
      "SELECT declaration, founder FROM room WHERE id = ?", room
    ) {
      (
        declaration: $0.isNull(0) ? nil : try $0.eventID(0),
        founder: $0.isNull(1) ? nil : try $0.publicKey(1)
      )
    }
    try foldDeclarations(of: room, current: id)
    guard known?.declaration != id else { return }
    try db.run(
      """
      UPDATE room SET founder = ?, epoch = ?, epoch_pubkey = ?, closed_at = ?, declared_at = ?,
        declaration = ? WHERE id = ?
      """, current.founder, current.epoch, current.epochKey,
      current.isClosed ? current.closedAt ?? current.createdAt : nil, current.createdAt, id, room)
    try db.run("DELETE FROM member WHERE room = ?", room)
    for (position, member) in current.members.enumerated() {
      try db.run(
        "INSERT OR IGNORE INTO member (room, pubkey, position) VALUES (?, ?, ?)", room, member,
        position)
    }
    dirt.titles.insert(room)
    guard let known, known.founder != nil, known.founder != current.founder else { return }
    dirt.cards.formUnion(
      try db.rows(
        "SELECT DISTINCT parent FROM entry WHERE room = ? AND effect BETWEEN 1 AND 4", room
      ) { $0.optionalInt64(0) }.compactMap { $0 })
    for name in try db.rows(
      "SELECT DISTINCT name FROM track_version WHERE room = ?", room, read: { $0.text(0) })
    {
      dirt.tracks.insert(.init(room: room, name: name.key))
    }
  }

  /// Of the declarations in the log one is in force.
  private func foldDeclarations(of room: RoomID, current: EventID) throws {
    for (seq, id, verdict) in try db.rows(
      """
      SELECT e.seq, e.id, e.verdict FROM object o JOIN event e ON e.object = o.id
      WHERE o.room = ? AND o.kind = ? AND \(ObjectKey.isPublic)
        AND e.admitted
      """, room, FourAWire.declaration,
      read: { ($0.int64(0), try $0.eventID(1), $0.int(2)) })
    {
      try judge(seq, was: verdict, id == current ? .applied : .superseded)
    }
  }

  /// A room is called what its founder says, in a payload that names this very room; without one,
  /// what the declaration says.
  func foldTitles() throws {
    for room in dirt.titles {
      let authority = try replica.authority(of: room)
      let founder = authority.current?.founder
      let events = try db.rows(
        """
        SELECT e.seq, e.created_at, e.id, e.author, e.verdict FROM object o
        JOIN event e ON e.object = o.id WHERE o.room = ? AND o.kind = 30536
          AND \(ObjectKey.isPublic) AND e.admitted
        """, room
      ) { row in
        (
          seq: row.int64(0), stamp: Stamp(createdAt: row.int64(1), id: try row.eventID(2)),
          author: try row.publicKey(3), verdict: row.int(4)
        )
      }.sorted { $1.stamp < $0.stamp }
      var winner: (event: EventID, fact: RoomFact)?
      for event in events {
        guard case .room(let fact)? = try fact(of: event.seq) else { continue }
        if event.author != founder {
          try judge(event.seq, was: event.verdict, .refused("only the founder may name the room"))
        } else if !sameBytes(fact.slug, authority.audience.slug) {
          try judge(event.seq, was: event.verdict, .refused("it names another room"))
        } else if winner == nil {
          winner = (event.stamp.id, fact)
          try judge(event.seq, was: event.verdict, .applied)
        } else {
          try judge(event.seq, was: event.verdict, .superseded)
        }
      }
      try db.run(
        """
        UPDATE room SET title = ?, description = ?, project = ?, payload_event = ? WHERE id = ?
        """, winner?.fact.title ?? authority.current?.name,
        winner.map { $0.fact.description } ?? authority.current?.description,
        winner?.fact.project, winner?.event, room)
    }
  }
}
