package import FourA
import Nostr

extension Replica {
  /// Takes a batch into the log and brings the fold up to date, in one transaction.
  ///
  /// Nothing in it needs to be new or in order. Epoch keys that are believed in this batch go into
  /// `keyring`, and what waited for them is applied in the same transaction.
  package func ingest(
    _ batch: [Arrival], keyring: Keyring, indexing: Indexing = .now
  ) throws -> IngestReport {
    try transaction {
      let pass = Pass(self, keyring: keyring, indexing: indexing)
      // What decides about rumors comes first, whatever its place in the batch.
      for arrival in batch { if case .publicEvent = arrival { try pass.take(arrival) } }
      try pass.settleRosters()
      for arrival in batch {
        if case .publicEvent = arrival { continue }
        try pass.take(arrival)
      }
      try pass.finish()
      return pass.report
    }
  }

  /// Applies what was dated in the future and is due now.
  package func settle(keyring: Keyring) throws -> IngestReport {
    try transaction {
      let pass = Pass(self, keyring: keyring)
      try pass.drainDue()
      try pass.finish()
      return pass.report
    }
  }

  /// When the next held event is due, in Unix seconds.
  package func nextDue() throws -> Int64? {
    try connection.first("SELECT min(not_before) FROM held WHERE not_before IS NOT NULL") {
      $0.optionalInt64(0)
    } ?? nil
  }
}

extension Pass {
  /// Judges again whatever a changed roster decides about, until nothing changes any more.
  func settleRosters() throws {
    while let room = rosters.popFirst() { try settleRoster(room) }
  }

  /// Brings the fold up to date for everything this pass touched.
  func finish() throws {
    try settleRosters()
    try fold()
  }

  private func settleRoster(_ room: RoomID) throws {
    let authority = try replica.authority(of: room)
    let wasClosedAt = try db.first("SELECT closed_at FROM room WHERE id = ?", room) {
      $0.optionalInt64(0)
    }
    try writeRoster(room, authority)
    try rejudgeGrants(of: room, authority)
    let address = authority.audience.address
    try drain(.declaration, address: address)
    try drain(.roster, address: address)
    try rejudgeOutsiders(of: room, authority, wasClosedAt: wasClosedAt ?? nil)
  }

  /// What was admitted of people who have left the roster, and of everybody once the room is
  /// closed, may have lost its place.
  private func rejudgeOutsiders(
    of room: RoomID, _ authority: Authority, wasClosedAt: Int64?
  ) throws {
    guard let current = authority.current else { return }
    let members = Set(current.members)
    var gone: Set<PublicKey> = []
    for (author, known) in try db.rows(
      "SELECT pubkey, removed_at FROM author WHERE room = ?", room,
      read: { (try $0.publicKey(0), $0.optionalInt64(1)) })
    {
      // Nobody leaves before there was a roster: 0 stands for a removal without a date.
      let removal = members.contains(author) ? nil : authority.removal(of: author) ?? 0
      guard removal != known else { continue }
      try db.run(
        "UPDATE author SET removed_at = ? WHERE room = ? AND pubkey = ?", removal, room, author)
      if removal != nil { gone.insert(author) }
    }
    let closedAt = current.isClosed ? current.closedAt ?? current.createdAt : nil
    let closes = closedAt != nil && closedAt != wasClosedAt
    guard closes || !gone.isEmpty else { return }
    let suspects = try db.rows(
      """
      SELECT seq, author, created_at, epoch FROM event
      WHERE room = ? AND admitted AND kind >= 30530 ORDER BY seq
      """, room
    ) { (seq: $0.int64(0), author: try $0.publicKey(1), at: $0.int64(2), epoch: $0.int(3)) }
    try rejudge(
      suspects.filter { event in
        guard gone.contains(event.author) || (closes && event.at > closedAt ?? .max) else {
          return false
        }
        return authority.judge(author: event.author, epoch: event.epoch, createdAt: event.at)
          != .accepted
      }.map(\.seq))
  }
}
