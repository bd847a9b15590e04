import FourA
import Nostr

/// Declarations, grants and claims: what a room says of itself in the open.
extension Pass {
  /// Takes a public event whose signature was verified. What is of no room of ours, or is by nobody
  /// with a right to say it, is not kept.
  func take(_ event: Event, grant: OpenedGrant?, bit: Int64) throws {
    if try mark(event: event.id, bit: bit) != nil {
      report.duplicates += 1
      return
    }
    let isTaken: Bool
    switch event.kind {
    case FourAWire.declaration: isTaken = try take(declaration: event, bit: bit)
    case FourAWire.keyGrant: isTaken = try take(grant: event, opened: grant, bit: bit)
    case FourAWire.claim: isTaken = try take(claim: event, bit: bit)
    default: isTaken = false
    }
    if !isTaken { report.rejected += 1 }
  }

  private func take(declaration event: Event, bit: Int64) throws -> Bool {
    // The audience of a declaration is its signer, so a stranger's names a room that is not ours.
    guard let declaration = try? Declaration(reading: event),
      let room = try replica.room(declaration.audience)
    else { return false }
    let due = event.createdAt - replica.limits.futureTolerance
    guard due <= judgingTime else {
      let seq = try insert(
        event, packed: event.packed, payload: nil, room: room, object: nil,
        epoch: declaration.epoch,
        bit: bit, .hold(.time, reason: "it is dated in the future", notBefore: due))
      try hold(
        seq, need: .time, address: declaration.audience.address, epoch: declaration.epoch,
        notBefore: due, sender: event.pubkey, standing: 1, wrap: nil,
        bytes: event.content.utf8.count)
      return true
    }
    let object = try intern(room, kind: event.kind, author: event.pubkey, d: event.d)
    _ = try insert(
      event, packed: event.packed, payload: nil, room: room, object: object.id,
      epoch: declaration.epoch, bit: bit, .roster)
    try admit(declaration, room: room)
    return true
  }

  private func admit(_ declaration: Declaration, room: RoomID) throws {
    var authority = try replica.authority(of: room)
    _ = authority.admit(declaration)
    replica.authorities[room] = authority
    rosters.insert(room)
    report.rosters.insert(room)
  }

  /// A declaration that was held, or is judged again in a rebuild.
  func rejudgePublic(_ event: Event, _ seq: Int64, wasAdmitted: Bool) throws {
    guard !wasAdmitted, event.kind == FourAWire.declaration,
      let declaration = try? Declaration(reading: event),
      let room = try replica.room(declaration.audience),
      event.createdAt - replica.limits.futureTolerance <= judgingTime
    else { return }
    try release(seq)
    let object = try intern(room, kind: event.kind, author: event.pubkey, d: event.d)
    try settle(seq, room: room, object: object.id, .roster, kind: event.kind)
    try admit(declaration, room: room)
  }

  // MARK: Grants

  private func take(grant event: Event, opened: OpenedGrant?, bit: Int64) throws -> Bool {
    guard let grant = opened?.grant ?? (try? KeyGrant(reading: event)),
      grant.eventID == event.id, let room = try replica.room(grant.audience)
    else { return false }
    var authority = try replica.authority(of: room)
    guard let opened else {
      // Made out to somebody else: the room's own word that they belong to it.
      guard authority.admit(grant: grant) else { return false }
      _ = try insert(grant: event, grant, room: room, bit: bit, .roster)
      replica.authorities[room] = authority
      rosters.insert(room)
      return true
    }
    switch authority.judge(grant: grant, openedKey: opened.secret.publicKey) {
    case .refused: return false
    case .awaitsDeclaration:
      guard try grant.granter == grant.audience.key || hasSpace(forWaitingGrantsOf: room) else {
        return false
      }
      let seq = try insert(
        grant: event, grant, room: room, bit: bit,
        .hold(.declaration, reason: "the declaration of epoch \(grant.epoch) is missing"))
      try keep(opened, seq, room: room, state: .waiting)
    case .candidate:
      let seq = try insert(grant: event, grant, room: room, bit: bit, .roster)
      try keep(opened, seq, room: room, state: .candidate)
    case .proven:
      let seq = try insert(grant: event, grant, room: room, bit: bit, .roster)
      try keep(opened, seq, room: room, state: .proven)
    }
    if authority.admit(grant: grant) {
      replica.authorities[room] = authority
      rosters.insert(room)
    }
    return true
  }

  private func insert(
    grant event: Event, _ grant: KeyGrant, room: RoomID, bit: Int64, _ judgement: Judgement
  ) throws -> Int64 {
    let object = try intern(room, kind: event.kind, author: event.pubkey, d: event.d)
    return try insert(
      event, packed: event.packed, payload: nil, room: room, object: object.id, epoch: grant.epoch,
      bit: bit, judgement)
  }

  private func hasSpace(forWaitingGrantsOf room: RoomID) throws -> Bool {
    let waiting = try db.number(
      "SELECT count(*) FROM epoch_key WHERE room = ? AND state = ?", room,
      StoredEpochKey.State.waiting.rawValue)
    return waiting < replica.limits.waitingGrantsPerRoom
  }

  private func keep(
    _ opened: OpenedGrant, _ seq: Int64, room: RoomID, state: StoredEpochKey.State
  ) throws {
    try keep(
      opened.secret, sealed: opened.sealed, granter: opened.grant.granter, grant: seq, room: room,
      audience: opened.grant.audience, epoch: opened.grant.epoch, state: state)
  }

  /// Stores an epoch key and, unless it only waits, uses it at once. A proven one stays for good.
  func keep(
    _ secret: SecretKey, sealed: String, granter: PublicKey, grant: Int64?, room: RoomID,
    audience: Audience, epoch: Int, state: StoredEpochKey.State
  ) throws {
    try db.run(
      """
      INSERT INTO epoch_key (room, epoch, pubkey, granter, grant_event, sealed, state, added_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET state = excluded.state WHERE state <> 1
      """, room, epoch, secret.publicKey, granter, grant, sealed, state.rawValue, now)
    if state != .proven { replica.waitingSecrets[secret.publicKey] = secret }
    try use(secret, room: room, audience: audience, epoch: epoch, state: state)
  }

  private func use(
    _ secret: SecretKey, room: RoomID, audience: Audience, epoch: Int, state: StoredEpochKey.State
  ) throws {
    let isProven = state == .proven
    switch state {
    case .waiting: return
    case .proven:
      guard keyring.add(epochSecret: secret, audience: audience, epoch: epoch) else { return }
    case .candidate:
      guard keyring.secrets.add(candidate: secret, audience: audience, epoch: epoch) else { return }
    }
    report.newKeys.append(
      .init(room: room, audience: audience, epoch: epoch, secret: secret, isProven: isProven))
    try drain(.key, address: audience.address, epoch: epoch)
  }

  /// Judges the grants of a room again that were not believed, or not for certain.
  func rejudgeGrants(of room: RoomID, _ authority: Authority) throws {
    let rows = try db.rows(
      """
      SELECT k.epoch, k.pubkey, k.granter, k.grant_event, b.packed, k.state FROM epoch_key k
      JOIN event_body b ON b.event = k.grant_event WHERE k.room = ? AND k.state <> 1
      """, room
    ) { row in
      (
        epoch: row.int(0), pubkey: try row.publicKey(1), granter: try row.publicKey(2),
        event: row.int64(3), signed: try row.event(4),
        state: StoredEpochKey.State(rawValue: row.int(5)) ?? .waiting
      )
    }
    for row in rows {
      let grant = try KeyGrant(reading: row.signed)
      let state: StoredEpochKey.State
      switch authority.judge(grant: grant, openedKey: row.pubkey) {
      case .awaitsDeclaration: continue
      case .proven: state = .proven
      case .candidate: state = .candidate
      case .refused(let refusal):
        try db.run("DELETE FROM epoch_key WHERE room = ? AND grant_event = ?", room, row.event)
        try settle(
          row.event, room: room, object: nil, .refuse(refusal.message), kind: FourAWire.keyGrant)
        continue
      }
      guard state != row.state else { continue }
      try db.run(
        "UPDATE epoch_key SET state = ? WHERE room = ? AND grant_event = ?", state.rawValue, room,
        row.event)
      let object = try intern(
        room, kind: FourAWire.keyGrant, author: row.granter,
        d: "\(grant.audience.slug):\(grant.epoch):\(grant.recipient.hex)")
      try settle(row.event, room: room, object: object.id, .roster, kind: FourAWire.keyGrant)
      guard let secret = replica.waitingSecrets[row.pubkey] else { continue }
      try use(secret, room: room, audience: grant.audience, epoch: grant.epoch, state: state)
    }
  }

  // MARK: Claims

  private func take(claim event: Event, bit: Int64) throws -> Bool {
    guard let claim = try? Claim(reading: event), let room = try replica.room(claim.audience)
    else { return false }
    if let current = try replica.authority(of: room).current {
      if let invite = claim.inviteKey {
        guard current.pending.contains(where: { $0.key == invite }) else { return false }
      } else {
        guard current.members.contains(claim.claimant) else { return false }
      }
    }
    let kept = try db.number(
      """
      SELECT count(*) FROM event e JOIN object o ON o.id = e.object
      WHERE o.room = ? AND o.kind = ? AND \(ObjectKey.isPublic)
      """, room, FourAWire.claim)
    guard kept < replica.limits.claimsPerRoom else { return false }
    let object = try intern(room, kind: event.kind, author: event.pubkey, d: event.d)
    _ = try insert(
      event, packed: event.packed, payload: nil, room: room, object: object.id, epoch: claim.epoch,
      bit: bit, .roster)
    report.claims.insert(room)
    return true
  }
}

extension Judgement {
  /// A public event that counts; the fold of its room reads it, not a payload.
  static let roster = Judgement.admit(.roster)
}
