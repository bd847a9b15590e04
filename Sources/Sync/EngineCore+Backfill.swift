import FourA
import Home
import Nostr
import Relay
import Replica
import Threads

// Catching up: what of each relay's store has been seen, and what is owed.
extension EngineCore {
  /// Jitter of two days, clock skew and slack: what was published just before the last contact may carry a
  /// clock that much older.
  static let overlap: Int64 = 3 * 86_400
  /// How old the last full pass may be before the next contact makes another.
  static let fullAuditAfter: Int64 = 30 * 86_400

  /// The pass that a relay is owed now: everything when nothing was ever read there or long ago, else what
  /// may have come since the last contact.
  func owedBackfill(_ url: String) throws -> Backfill {
    let now = SystemCall.now()
    guard let number = relays[url]?.number,
      let newest = try replica.coverage(relay: number, filter: wrapFilter).last, newest.high <= now,
      now - newest.verifiedAt < Self.fullAuditAfter
    else {
      return Backfill(start: now, floor: 0, untilIsExclusive: try quirks(of: url).exclusiveUntil)
    }
    return Backfill(
      start: now, floor: max(0, newest.high - Self.overlap),
      untilIsExclusive: try quirks(of: url).exclusiveUntil)
  }

  /// What was learned of a relay's ways.
  struct Quirks: Equatable {
    /// `until` leaves out the second that it names.
    var exclusiveUntil = false
    /// A pass was finished after AUTH.
    var readWithAuth = false
  }

  func quirks(of url: String) throws -> Quirks {
    guard let number = relays[url]?.number,
      let object = try JSON(parsing: Array(replica.quirks(relay: number).utf8)).object
    else { return Quirks() }
    return Quirks(
      exclusiveUntil: object["exclusive_until"]?.bool ?? false,
      readWithAuth: object["read_with_auth"]?.bool ?? false)
  }

  private func keepQuirks(_ backfill: Backfill, of url: String) throws {
    guard let state = relays[url] else { return }
    let known = try quirks(of: url)
    let now = Quirks(
      exclusiveUntil: backfill.untilIsExclusive,
      readWithAuth: known.readWithAuth || state.session?.auth.isAuthenticated == true)
    guard now != known else { return }
    let json: JSON = [
      "exclusive_until": .bool(now.exclusiveUntil), "read_with_auth": .bool(now.readWithAuth),
    ]
    try replica.setQuirks(json.text, relay: state.number)
  }

  /// The rest of a pass that was interrupted before it reached the beginning; `nil` when there is none.
  private func unfinishedBackfill(_ url: String) throws -> Backfill? {
    guard let number = relays[url]?.number,
      let newest = try replica.coverage(relay: number, filter: wrapFilter).last, newest.low > 0
    else { return nil }
    return Backfill(
      start: newest.high, floor: 0, resumeAt: newest.low,
      untilIsExclusive: try quirks(of: url).exclusiveUntil)
  }

  /// Saves how far a pass came; inside the transaction that holds its events.
  func save(_ backfill: Backfill, finished: Bool, of url: String) throws {
    guard let number = relays[url]?.number else { return }
    if finished { try keepQuirks(backfill, of: url) }
    // The second of the cursor itself may go on into the next page.
    let low = finished ? backfill.floor : (backfill.cursor ?? backfill.start) + 1
    guard low <= backfill.start else { return }
    try replica.add(
      Coverage(low: low, high: backfill.start, verifiedAt: SystemCall.now()), relay: number,
      filter: wrapFilter)
  }

  /// A pass has ended: go on with what an earlier one left, or be done.
  func passEnded(_ url: String) {
    attempt("reading \(url)") {
      if let rest = try unfinishedBackfill(url),
        let actions = relays[url]?.session?.catchUp(rest, now: SystemCall.monotonicMilliseconds()),
        !actions.isEmpty
      {
        perform(actions, on: url)
        return
      }
      for index in syncRequests.indices { syncRequests[index].waitingFor.remove(url) }
      broadcastStatus()
    }
  }

  /// Reads a relay's store again, down to `floor`, when it is connected and not doing so already.
  func catchUp(_ url: String, floor: Int64) {
    let now = SystemCall.now()
    let actions = relays[url]?.session?.catchUp(
      Backfill(start: now, floor: floor), now: SystemCall.monotonicMilliseconds())
    perform(actions ?? [], on: url)
  }

  /// `sync`: every connected relay is read again; those that are not are dialled at once.
  func startSync(_ face: FaceID, seconds: Int) {
    let now = SystemCall.monotonicMilliseconds()
    let request = SyncRequest(
      face: face, deadline: now + Int64(seconds) * 1000, before: totals,
      waitingFor: Set(relays.keys))
    syncRequests.append(request)
    for url in relays.keys {
      if relays[url]?.isOpen == true {
        catchUp(url, floor: max(0, SystemCall.now() - Self.overlap))
      } else if relays[url]?.dialAt != nil {
        relays[url]?.dialAt = now
      }
    }
  }

  /// Answers those whose relays have all caught up, or whose time is up.
  func finishSyncs() {
    let now = SystemCall.monotonicMilliseconds()
    let ended = syncRequests.filter { $0.waitingFor.isEmpty || $0.deadline <= now }
    syncRequests.removeAll { $0.waitingFor.isEmpty || $0.deadline <= now }
    for request in ended {
      let counts: JSON = [
        "received": .integer(Int64(totals.received - request.before.received)),
        "applied": .integer(Int64(totals.applied - request.before.applied)),
        "held": .integer(Int64(totals.held - request.before.held)),
        "rejected": .integer(Int64(totals.rejected - request.before.rejected)),
        "timed_out": .bool(!request.waitingFor.isEmpty),
      ]
      commands.post(.tell(request.face, .synced(counts)))
    }
  }

  private var wrapFilter: Bytes32 { SHA256.hash("1059") }
}
