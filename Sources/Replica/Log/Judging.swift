import FourA
import Nostr
import Studio

extension Pass {
  /// Judges a rumor whose signature was verified: the room, the roster, the key, the time, the
  /// payload, in that order (sync 2.5). Gives back the rumor, opened if it could be.
  func judge(
    _ rumor: Rumor, _ envelope: Envelope, in room: RoomID?
  ) throws -> (Rumor, Judgement) {
    guard let room else { return (rumor, .hold(.room, reason: "the room is not one of ours")) }
    let event = rumor.event
    let authority = try replica.authority(of: room)
    switch authority.judge(
      author: event.pubkey, epoch: envelope.epoch, createdAt: event.createdAt)
    {
    case .accepted: break
    case .awaitsDeclaration:
      return (
        rumor, .hold(.declaration, reason: "the declaration of epoch \(envelope.epoch) is missing")
      )
    case .refused(let refusal): return (rumor, .refuseByRoster(refusal.message))
    }
    var rumor = rumor
    if rumor.payload == nil {
      do {
        rumor = rumor.with(payload: try keyring.open(rumor: event).payload)
      } catch let error where error.code == .noEpochKey {
        return (rumor, .hold(.key, reason: "the key of epoch \(envelope.epoch) is missing"))
      } catch {
        return (rumor, .refuse(error.message))
      }
    }
    let due = event.createdAt - replica.limits.futureTolerance
    if due > judgingTime {
      return (rumor, .hold(.time, reason: "it is dated in the future", notBefore: due))
    }
    switch rumor.fact {
    case .success(let fact)?: return (rumor, .admit(fact))
    case .failure(let error)?: return (rumor, .refuse("\(error.field): \(error.message)"))
    case nil: return (rumor, .refuse("it has no payload"))
    }
  }

  // MARK: Judging again

  /// Judges the held events that waited for `need`.
  func drain(_ need: Need, address: String, epoch: Int? = nil) throws {
    let waiting = try db.rows(
      """
      SELECT event FROM held WHERE need = ? AND address = ? AND (?3 IS NULL OR epoch = ?3)
      ORDER BY event
      """, need.rawValue, address, epoch
    ) { $0.int64(0) }
    try rejudge(waiting)
    guard !waiting.isEmpty else { return }
    // What had been dropped for space may be usable now: forget that we ever saw it.
    if try db.change("DELETE FROM wrap WHERE state = ?", WrapState.dropped.rawValue) > 0 {
      report.refetch = true
    }
  }

  /// Judges what was dated in the future and is due.
  func drainDue() throws {
    try rejudge(
      db.rows("SELECT event FROM held WHERE not_before <= ? ORDER BY event", judgingTime) {
        $0.int64(0)
      })
  }

  func rejudge(_ events: [Int64]) throws {
    for (index, seq) in events.enumerated() {
      try rejudge(seq)
      // So that a long queue does not pile up in memory.
      if index % 512 == 511 { try fold() }
    }
  }

  private struct Logged {
    var packed: [UInt8]
    var payload: [UInt8]?
    var isAdmitted: Bool
    var verdict: Int
    var receivedAt: Int64
  }

  /// Judges one event of the log again and moves it to where it now belongs.
  func rejudge(_ seq: Int64) throws {
    let logged = try db.first(
      """
      SELECT b.packed, b.payload, e.admitted, e.verdict, e.received_at
      FROM event e JOIN event_body b ON b.event = e.seq WHERE e.seq = ?
      """, seq
    ) {
      Logged(
        packed: $0.bytes(0), payload: $0.optionalBytes(1), isAdmitted: $0.bool(2),
        verdict: $0.int(3), receivedAt: $0.int64(4))
    }
    guard let logged else { return }
    let event = try Event(logged: logged.packed)
    guard FourAWire.isMessage(kind: event.kind) else {
      try rejudgePublic(event, seq, wasAdmitted: logged.isAdmitted)
      return
    }
    let old = Rumor(event, packed: logged.packed, payload: logged.payload)
    guard let envelope = old.envelope else { return }
    let room = try replica.room(envelope.audience)
    let (rumor, judgement) = try judge(old, envelope, in: room)
    if logged.payload == nil, let payload = rumor.payload {
      try db.run("UPDATE event_body SET payload = ? WHERE event = ?", payload, seq)
    }
    switch (judgement, logged.isAdmitted) {
    case (.admit, true): return
    case (.admit(let fact), false):
      guard let room else { return }
      try release(seq)
      let object = try intern(room, kind: event.kind, author: event.pubkey, d: rumor.d)
      try settle(seq, room: room, object: object.id, judgement, kind: event.kind)
      try meet(event.pubkey, in: room)
      try apply(
        fact, Header(seq, event, d: rumor.d, room: room, object: object.id), object.isNew,
        received: logged.receivedAt)
    case (_, let wasAdmitted):
      if wasAdmitted, let room { try withdraw(seq, event, room: room) }
      let wrap = try release(seq)
      try settle(seq, room: room, object: nil, judgement, kind: event.kind)
      try hold(
        seq, judgement, sender: event.pubkey, envelope: envelope, room: room, wrap: wrap,
        bytes: logged.packed.count)
    }
  }

  /// Writes what is now believed of an event.
  func settle(
    _ seq: Int64, room: RoomID?, object: Int64?, _ judgement: Judgement, kind: Int
  ) throws {
    let (verdict, reason) = judgement.outcome
    try db.run(
      """
      UPDATE event SET room = ?, object = ?, admitted = ?, verdict = ?, reason = ? WHERE seq = ?
      """, room, object, object != nil, verdict.rawValue, reason, seq)
    count(verdict)
    if let room { report.rooms.insert(room) }
    try change(
      verdict == .held ? .held : verdict == .refused ? .refused : ChangeType(kind: kind),
      room: room, object: object, event: seq)
  }
}
