package import FourA
package import Nostr

/// What a check of the whole replica found.
package struct VerifyReport: Sendable {
  package struct Fault: Sendable, Hashable {
    /// `nil` for a fault of the whole.
    package let eventID: EventID?
    package let message: String
  }

  /// How many events were checked.
  package var checked = 0
  /// Rumors whose payload could not be compared: their key is not here.
  package var unopened = 0
  /// Of the state as it is stored.
  package var stateHash = Bytes32()
  package var faults: [Fault] = []
  package var isSound: Bool { faults.isEmpty }
}

extension Replica {
  private static let views = [
    "alias", "dispatch", "card", "card_version", "entry", "words", "track_version", "track",
    "tally",
    "profile", "member", "author", "channel_root", "agent", "post", "mention", "presence",
    "activity",
  ]

  /// Folds the whole log again, from nothing. Needs no key: payloads are kept decrypted.
  package func rebuild(keyring: Keyring = Keyring()) throws {
    try transaction {
      for view in Self.views { try connection.execute("DELETE FROM \(view)") }
      try connection.execute(
        "INSERT INTO search (search) VALUES ('delete-all'); DELETE FROM search_due")
      try connection.execute(
        """
        UPDATE room SET title = NULL, description = NULL, project = NULL, founder = NULL, epoch = 0,
          epoch_pubkey = NULL, closed_at = NULL, declared_at = NULL, declaration = NULL,
          payload_event = NULL;
        UPDATE event SET admitted = 0, object = NULL WHERE kind >= 30530;
        """)
      forget()
      let pass = Pass(self, keyring: keyring)
      pass.rosters = Set(try reader.rooms().map(\.id))
      try pass.settleRosters()
      try pass.rejudge(
        connection.rows("SELECT seq FROM event WHERE kind >= 30530 AND NOT admitted ORDER BY seq") {
          $0.int64(0)
        })
      try pass.finish()
    }
  }

  /// Checks every id and signature of the log, opens every payload again with the keys of
  /// `keyring`, folds everything anew beside the stored state, and compares.
  package func verify(keyring: Keyring) throws -> VerifyReport {
    var report = VerifyReport()
    report.stateHash = try stateHash().digest
    let twin = try Replica(
      on: Connection(path: "", mode: .writer), limits: .unlimited, now: now)
    twin.clockCorrection = clockCorrection
    let own = Keyring(keyring.secrets)
    for room in try reader.rooms() {
      try twin.follow(room.audience, relation: room.relation, keyring: own)
    }
    // Declarations first, as in life: then nothing has to be held.
    for condition in ["kind < 30530", "kind >= 30530"] {
      try verify(where: condition, twin: twin, keyring: own, &report)
    }
    let refolded = try twin.stateHash().digest
    if refolded != report.stateHash {
      report.faults.append(
        .init(
          eventID: nil,
          message: "folded anew the state is \(refolded.hex), stored is \(report.stateHash.hex)"))
    }
    return report
  }

  private func verify(
    where condition: String, twin: Replica, keyring: Keyring, _ report: inout VerifyReport
  ) throws {
    var last: Int64 = 0
    while true {
      let page = try connection.rows(
        """
        SELECT e.seq, e.id, b.packed, b.payload, e.admitted
        FROM event e JOIN event_body b ON b.event = e.seq
        WHERE e.seq > ? AND \(condition) ORDER BY e.seq LIMIT 512
        """, last
      ) {
        Stored(
          seq: $0.int64(0), id: try $0.eventID(1), packed: $0.bytes(2),
          payload: $0.optionalBytes(3),
          isAdmitted: $0.bool(4))
      }
      guard let end = page.last else { return }
      last = end.seq
      _ = try twin.ingest(
        page.compactMap { check($0, keyring: keyring, &report) }, keyring: keyring)
    }
  }

  private struct Stored {
    let seq: Int64
    let id: EventID
    let packed: [UInt8]
    let payload: [UInt8]?
    let isAdmitted: Bool
  }

  /// One event as it would arrive today; `nil`, and a fault, when it would not.
  private func check(
    _ stored: Stored, keyring: Keyring, _ report: inout VerifyReport
  ) -> Arrival? {
    report.checked += 1
    do {
      let event = try Event(logged: stored.packed)
      guard event.id == stored.id else {
        report.faults.append(.init(eventID: stored.id, message: "the row holds another event"))
        return nil
      }
      try event.verify()
      guard FourAWire.isMessage(kind: event.kind) else {
        return .publicEvent(event, grant: nil, relay: -1)
      }
      var payload = stored.payload
      if let stored = stored.payload {
        do {
          let opened = try keyring.open(rumor: event).payload
          if opened != stored {
            report.faults.append(
              .init(eventID: event.id, message: "the stored payload is not what was signed"))
            payload = opened
          }
        } catch let error where error.code == .noEpochKey {
          report.unopened += 1
        } catch {
          report.faults.append(.init(eventID: event.id, message: error.message))
          payload = nil
        }
      }
      let rumor = Rumor(event, packed: stored.packed, payload: payload)
      return .wrap(
        id: event.id, createdAt: event.createdAt, relay: -1, .rumor(rumor))
    } catch {
      report.faults.append(.init(eventID: stored.id, message: "\(error)"))
      return nil
    }
  }
}

extension QuarantineLimits {
  /// For a check of what was taken in already.
  static var unlimited: QuarantineLimits {
    var limits = QuarantineLimits()
    limits.rowsPerSender = .max
    limits.bytesPerSender = .max
    limits.unknownBytes = .max
    limits.claimsPerRoom = .max
    limits.waitingGrantsPerRoom = .max
    return limits
  }
}
