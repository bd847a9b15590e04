import FourA
import Glibc
import Home
import Nostr
import Relay
import Replica
import Threads

/// The engine's own thread: every decision, and every write of events. Confined to that thread.
final class EngineCore {
  let home: Home
  var configuration: Configuration
  let replica: Replica
  let reader: Reader
  let keyring = Keyring()
  let inbox: Inbox<Engine.Message>
  let commands: Inbox<ControlCommand>

  let patience: Patience

  /// The identity, once unlocked.
  var secret: SecretKey?
  var intake: Intake?
  var sockets: Sockets?
  var embedded: EmbeddedRelay?
  var relays: [String: RelayState] = [:]
  var links: [LinkID: String] = [:]
  var nextLink: UInt32 = 1
  /// Conversation keys from this identity to members, for sealing.
  let sealKeys = ConversationKeyCache(capacity: 4096)

  var remarks = RemarkTimes()
  /// Arrivals of the batch in work.
  var pending: [Arrival] = []
  private var pendingBytes = 0
  /// How far passes have come with what is in the batch; written in its transaction.
  var pendingPasses: [String: Backfill] = [:]
  /// When the batch has to be written, in monotonic milliseconds.
  private var commitAt: Int64 = .max
  // A batch of stored events may grow: nobody waits for one of them, and a large transaction writes each page
  // of the database once for many events. What is live is written at once.
  private static let gathering: Int64 = 250
  private static let batchRows = 1_024
  /// A page's worth: written as soon as the next page has been asked for.
  static let pageRows = 400
  /// More than that at once is a catch-up, whose search index can wait until it is quiet.
  private static let liveRows = 64
  private static let indexRows = 256
  private static let indexPause: Int64 = 20
  private static let batchBytes = 16 << 20
  /// Runs that came before their turn.
  private var waitingRuns: [UInt64: Intake.Run] = [:]
  private var nextRun: UInt64 = 0
  private var stopping = false
  private var announcedChange: Int64 = 0
  /// A relay's verdict changed what faces show of a delivery.
  var deliveriesChanged = false
  /// Counts since the engine started, for `sync`.
  var totals = Totals()
  var syncRequests: [SyncRequest] = []
  /// Held events and re-wraps are looked after then, in Unix seconds.
  private var nextHousekeeping: Int64 = 0
  private var plan = CheckpointPlan()
  private let checkpointer: Checkpointer

  struct Totals {
    var received = 0
    var applied = 0
    var held = 0
    var rejected = 0
  }

  struct SyncRequest {
    var face: FaceID
    var deadline: Int64
    var before: Totals
    var waitingFor: Set<String>
  }

  init(
    home: Home, configuration: Configuration, inbox: Inbox<Engine.Message>,
    commands: Inbox<ControlCommand>, patience: Patience = Patience()
  ) throws {
    self.home = home
    self.patience = patience
    self.configuration = configuration
    self.inbox = inbox
    self.commands = commands
    replica = try Replica(path: home.replicaFile, now: SystemCall.now)
    reader = Reader(on: replica.connection)
    announcedChange = try reader.lastChange()
    replica.connection.checkpointsAreOurs()
    checkpointer = Checkpointer(path: home.replicaFile) { inbox.post(.logWasCopied) }
  }

  private func tendLog(_ step: CheckpointPlan.Step) throws {
    switch step {
    case .nothing: break
    case .copyBeside: checkpointer.begin()
    case .copyHere: try replica.connection.checkpoint()
    }
  }

  /// Until told to stop: take what came, write it, act on it, sleep until something is due.
  func run() {
    while !stopping {
      let messages = inbox.wait(until: deadline())
      for message in messages { attempt("taking a message") { try take(message) } }
      if messages.isEmpty, pending.isEmpty, isIndexDue {
        attempt("indexing") { try replica.indexDue(limit: Self.indexRows) }
      }
      if !pending.isEmpty, commitAt <= SystemCall.monotonicMilliseconds() {
        attempt("committing") { try commit() }
      }
      attempt("doing what is due") { try tick() }
      announce()
      attempt("tending the log") { try tendLog(plan.committed(replica.connection.logBytes)) }
    }
    attempt("committing") { try commit() }
    checkpointer.stop()
    sockets?.stop()
    intake?.stop()
    embedded?.stop()
  }

  /// A failure of one step is logged and the step is tried again when it is next due; the engine goes on.
  func attempt(_ doing: String, _ step: () throws -> Void) {
    do {
      try step()
    } catch {
      Log.write("\(doing): \(StudioError(describing: error))")
    }
  }

  private func take(_ message: Engine.Message) throws {
    switch message {
    case .intake(let run):
      waitingRuns[run.first] = run
      while let next = waitingRuns.removeValue(forKey: nextRun) {
        nextRun += UInt64(next.count)
        for (link, item) in next.items {
          attempt("a relay's message") { try take(item, from: link) }
        }
        intake?.finished()
      }
    case .roomInIntake: resumeSockets()
    case .logWasCopied: try tendLog(plan.copied(replica.connection.logBytes))
    case .control(.shouldStop): stopping = true
    case .control(.request(let face, let request)): try answer(request, from: face)
    }
  }

  private func take(_ item: Intake.Item, from link: LinkID) throws {
    switch item {
    case .opened(let serverDate): try linkOpened(link, serverDate: serverDate)
    case .closed(let close):
      try commit()
      try linkClosed(link, close)
    case .drained: break
    case .fault(let reason): fault(link, reason)
    case .event(let subscription, let id, let createdAt, let arrival):
      let isStored = isPage(subscription, of: link)
      commitAt =
        isStored
        ? min(commitAt, SystemCall.monotonicMilliseconds() + Self.gathering) : 0
      pending.append(arrival)
      noteArrival(id, createdAt: createdAt, subscription: subscription, link: link, arrival)
      if case .publicEvent(let event, _, _) = arrival { try considerDeclaration(event) }
      pendingBytes += arrival.bytes
      if pending.count >= Self.batchRows || pendingBytes >= Self.batchBytes { try commit() }
    case .message(let message): try linkSaid(link, message)
    }
  }

  /// Writes the batch in work in one transaction, with what `alongside` adds to it, and acts on what it
  /// brought.
  func commit(alongside: () throws -> Void = {}) throws {
    let batch = pending
    let passes = pendingPasses
    pending = []
    pendingBytes = 0
    pendingPasses = [:]
    commitAt = .max
    guard !batch.isEmpty || !passes.isEmpty else {
      try alongside()
      return
    }
    func finish() throws {
      for (url, backfill) in passes { try save(backfill, finished: false, of: url) }
      try alongside()
    }
    do {
      let report = try replica.transaction {
        let report = try replica.ingest(
          batch, keyring: keyring, indexing: batch.count < Self.liveRows ? .now : .later)
        try finish()
        return report
      }
      try digest(report)
    } catch let error as ReplicaError where error.isOfTheDisk {
      // Nothing of the batch was kept, nor how far it came: every relay is asked for it again.
      try? forgetRolledBack()
      abandonLinks(error.message)
      throw error
    } catch {
      Log.write("a batch was refused: \(StudioError(describing: error))")
      try forgetRolledBack()
      for arrival in batch {
        attempt("taking one event") {
          try digest(try replica.ingest([arrival], keyring: keyring))
        }
      }
      try replica.transaction { try finish() }
    }
  }

  func digest(_ report: IngestReport) throws {
    totals.received += report.received
    totals.applied += report.applied
    totals.held += report.held
    totals.rejected += report.rejected + report.refused
    if !report.newKeys.isEmpty || !report.rosters.isEmpty { try rosterChanged() }
    if !report.claims.isEmpty { try claimsArrived(Array(report.claims)) }
    if report.refetch { for url in relays.keys { catchUp(url, floor: 0) } }
  }

  private func tick() throws {
    try tickLinks()
    let now = SystemCall.now()
    if let due = try replica.nextDue(), due <= now + replica.clockCorrection {
      try digest(try replica.settle(keyring: keyring))
    }
    if now >= nextHousekeeping {
      nextHousekeeping = now + 3600
      try replica.tidyIntents(now: now)
      try rewrapStale(now: now)
      // A home that was deleted has nobody left to serve.
      if access(home.lockFile, F_OK) != 0 { stopping = true }
    }
    finishSyncs()
  }

  private func deadline() -> ContinuousClock.Instant? {
    let now = SystemCall.monotonicMilliseconds()
    var soonest = min(linkDeadline(), commitAt)
    for request in syncRequests { soonest = min(soonest, request.deadline) }
    if isIndexDue { soonest = min(soonest, now + Self.indexPause) }
    let wall = SystemCall.now()
    if let due = try? replica.nextDue() {
      soonest = min(soonest, now + max(0, due - wall - replica.clockCorrection) * 1000)
    }
    soonest = min(soonest, now + max(1, nextHousekeeping - wall) * 1000)
    return ContinuousClock.now + .milliseconds(max(0, soonest - now))
  }

  private var isIndexDue: Bool { (try? replica.isIndexDue()) == true }

  /// Rings every face when something was committed.
  private func announce() {
    guard let last = try? reader.lastChange(), last != announcedChange || deliveriesChanged else {
      return
    }
    deliveriesChanged = false
    announcedChange = last
    commands.post(.broadcast(.changed(seq: last)))
  }

  func announceNow() { announce() }

  /// The object of `studio verify`.
  private static func json(of report: VerifyReport) -> JSON {
    [
      "ok": .bool(report.isSound), "fault_count": .integer(Int64(report.faults.count)),
      "checked": .integer(Int64(report.checked)),
      "state_hash": .string(report.stateHash.hex),
      "faults": .array(
        report.faults.prefix(100).map {
          [
            "event_id": $0.eventID.map { .string($0.hex) } ?? .null, "message": .string($0.message),
          ]
        }),
    ]
  }

  private func answer(_ request: ControlRequest, from face: FaceID) throws {
    switch request {
    case .status: commands.post(.tell(face, .status(try status())))
    case .orders: try takeOrders()
    case .unlock(let passphrase):
      commands.post(.tell(face, .unlocked(unlock(passphrase: passphrase))))
      try takeOrders()
    case .sync(let seconds): startSync(face, seconds: seconds)
    case .verify:
      let report = try replica.verify(keyring: keyring)
      commands.post(.tell(face, .verified(Self.json(of: report))))
    case .attachment(let event, let block, let nonce):
      let answer = answer(attachment: event, block: block, nonce: nonce)
      commands.post(.tell(face, .attachment(answer)))
    case .leaveWithLastFace: commands.post(.leaveWithLastFace)
    case .stop: stopping = true
    }
  }
}
