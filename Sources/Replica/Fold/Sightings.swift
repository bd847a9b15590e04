import Nostr
import Studio

/// What a set of events tells of somebody's presence. Merging is commutative, associative and, but
/// for the counts of `slots`, idempotent: neither order nor batches matter.
struct Sighting: Hashable, Sendable {
  /// An entry or a record, and where in time it stands.
  struct Mark: Hashable, Sendable {
    var object: Int64
    var stamp: Stamp
  }

  /// Seconds of a slot.
  static let slot: Int64 = 300
  /// Slots kept.
  static let slots: Int64 = 12

  /// When the last sign of life counts as heard, and when it says that it was signed.
  var lifeAt: Int64
  var lifeSigned: Int64
  /// The newest time that was signed.
  var signedAt: Int64
  var progressAt: Int64?
  var isAgent = false
  var words: Mark?
  var beat: Mark?
  var run: Mark?
  /// Events by slot of time.
  var slots: [Int64: Int] = [:]

  mutating func merge(_ other: Sighting) {
    if (other.lifeAt, other.lifeSigned) > (lifeAt, lifeSigned) {
      (lifeAt, lifeSigned) = (other.lifeAt, other.lifeSigned)
    }
    signedAt = max(signedAt, other.signedAt)
    progressAt = [progressAt, other.progressAt].compactMap(\.self).max()
    isAgent = isAgent || other.isAgent
    words = Self.newer(words, other.words)
    beat = Self.newer(beat, other.beat)
    run = Self.newer(run, other.run)
    slots.merge(other.slots, uniquingKeysWith: +)
    dropOldSlots()
  }

  private static func newer(_ a: Mark?, _ b: Mark?) -> Mark? {
    guard let a, let b else { return a ?? b }
    return a.stamp < b.stamp ? b : a
  }

  private mutating func dropOldSlots() {
    guard slots.count > 1, let newest = slots.keys.max() else { return }
    slots = slots.filter { $0.key > newest - Self.slots }
  }
}

extension Sighting {
  /// What one event tells.
  init(_ fact: Fact, _ header: Header, received: Int64) {
    let signed = header.stamp.createdAt
    let heard = PresenceEvidence.heard(signed: signed, received: received)
    self.init(lifeAt: heard, lifeSigned: signed, signedAt: signed, progressAt: heard)
    slots = [heard / Self.slot: 1]
    let mark = Mark(object: header.object, stamp: header.stamp)
    /// What the signer calls so long ago is so long ago here.
    func progress(at stated: Int64?) -> Int64? { stated.map { heard - max(0, signed - $0) } }
    switch fact {
    case .entry(let entry):
      let beat = entry.post?.heartbeat
      isAgent = entry.isStep || beat != nil || entry.connection != nil
      if beat != nil { self.beat = mark }
      if entry.post?.kind == .heartbeat {
        progressAt = progress(at: beat?.progressAt)
      } else if entry.toStatus == nil, !entry.isMirror {
        words = mark
      }
    case .dispatch(let record):
      guard let run = record.run else { break }
      isAgent = true
      self.run = mark
      progressAt = progress(at: run.progressAt)
    case .card(let card): isAgent = card.connection != nil
    case .track, .room, .roster: break
    }
  }
}

extension Pass {
  /// Notes that the author of an event was there.
  func sight(_ fact: Fact, _ header: Header, received: Int64) {
    let connection: String? =
      switch fact {
      case .card(let card): card.connection
      case .entry(let entry): entry.connection
      case .dispatch(let record): record.run?.connection?.text
      case .track, .room: nil
      case .roster: nil
      }
    let key = Dirt.Speaking(
      room: header.room, pubkey: header.author, connection: connection ?? "")
    let sighting = Sighting(fact, header, received: received)
    if dirt.sightings[key]?.merge(sighting) == nil { dirt.sightings[key] = sighting }
  }

  /// Of somebody who had no right to speak, nothing is known until they speak again.
  func forgetSightings(of author: PublicKey, in room: RoomID) throws {
    for key in dirt.sightings.keys where key.room == room && key.pubkey == author {
      dirt.sightings[key] = nil
    }
    for table in ["presence", "activity"] {
      try db.run("DELETE FROM \(table) WHERE room = ? AND pubkey = ?", room, author)
    }
  }

  func writeSightings() throws {
    for (key, sighting) in dirt.sightings {
      var whole = sighting
      if let stored = try stored(key) { whole.merge(stored) }
      try write(whole, key)
    }
  }

  private func stored(_ key: Dirt.Speaking) throws -> Sighting? {
    func mark(_ row: Statement, _ column: Int32) throws -> Sighting.Mark? {
      guard let object = row.optionalInt64(column) else { return nil }
      return .init(
        object: object,
        stamp: Stamp(createdAt: row.int64(column + 1), id: try row.eventID(column + 2)))
    }
    var found = try db.first(
      """
      SELECT life_at, life_signed, signed_at, progress_at, agent, words, words_at, words_id, beat,
        beat_at, beat_id, run, run_at, run_id FROM presence
      WHERE room = ? AND pubkey = ? AND conn = ?
      """, key.room, key.pubkey, key.connection
    ) { row in
      Sighting(
        lifeAt: row.int64(0), lifeSigned: row.int64(1), signedAt: row.int64(2),
        progressAt: row.optionalInt64(3), isAgent: row.bool(4), words: try mark(row, 5),
        beat: try mark(row, 8), run: try mark(row, 11))
    }
    guard found != nil else { return nil }
    for (slot, events) in try db.rows(
      "SELECT slot, events FROM activity WHERE room = ? AND pubkey = ? AND conn = ?", key.room,
      key.pubkey, key.connection, read: { ($0.int64(0), $0.int(1)) })
    {
      found?.slots[slot] = events
    }
    return found
  }

  private func write(_ sighting: Sighting, _ key: Dirt.Speaking) throws {
    try db.run(
      """
      INSERT OR REPLACE INTO presence (room, pubkey, conn, life_at, life_signed, signed_at,
        progress_at, agent, words, words_at, words_id, beat, beat_at, beat_id, run, run_at, run_id)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, key.room, key.pubkey, key.connection, sighting.lifeAt, sighting.lifeSigned,
      sighting.signedAt, sighting.progressAt, sighting.isAgent, sighting.words?.object,
      sighting.words?.stamp.createdAt, sighting.words?.stamp.id, sighting.beat?.object,
      sighting.beat?.stamp.createdAt, sighting.beat?.stamp.id, sighting.run?.object,
      sighting.run?.stamp.createdAt, sighting.run?.stamp.id)
    try db.run(
      "DELETE FROM activity WHERE room = ? AND pubkey = ? AND conn = ?", key.room, key.pubkey,
      key.connection)
    for (slot, events) in sighting.slots {
      try db.run(
        "INSERT INTO activity (room, pubkey, conn, slot, events) VALUES (?, ?, ?, ?, ?)", key.room,
        key.pubkey, key.connection, slot, events)
    }
  }
}
