import FourA
import Home
import Nostr
import Replica
import Studio

// Why a run ends before its time.
extension WorkerLoop {
  struct Cancellation: Hashable {
    let code: String
    let words: String
  }

  /// Why a run is to end before its time.
  func cancellation(
    of run: WorkerRun, _ card: CardRow, _ room: RoomRow, _ state: WorkerState
  ) throws -> Cancellation? {
    if state.mode == .stopping {
      return .init(code: "owner", words: "its owner has stopped everything")
    }
    if card.assignees.first != me {
      return .init(code: "unassigned", words: "the card is not assigned to this agent any more")
    }
    if sameBytes(card.status, "archived") || !card.isShown {
      return .init(code: "archived", words: "the card was put away")
    }
    switch room.status {
    case "closed": return .init(code: "room_closed", words: "the room was closed")
    case "left": return .init(code: "membership_lost", words: "this agent has left the room")
    default: break
    }
    if !(try reader.members(room.id).contains { $0.pubkey == me }), room.epoch > 0 {
      return .init(code: "membership_lost", words: "this agent is not a member any more")
    }
    if run.startedAt != nil, try isSuperseded(run, card) {
      return .init(code: "author", words: "the card was given out again")
    }
    // One that has begun already finds its card as it left it: in progress.
    if run.state == .queued, run.startedAt == nil, !card.isRetried, !sameBytes(card.status, "open")
    {
      return .init(code: "author", words: "the card is “\(card.status)”")
    }
    for control in try reader.controls(on: card.id, since: run.createdAt)
    where sameBytes(control.intent ?? "", "cancel") {
      let object = control.fabric.flatMap { try? JSON(parsing: $0) }.flatMap { Fabric($0) }
      if let named = object?.run, !sameBytes(named, run.run) { continue }
      return .init(
        code: control.author == card.author ? "author" : "owner",
        words: RunOrders.cut(control.body, to: 200))
    }
    if try isDuplicate(run) {
      return .init(
        code: SkipReason.duplicateWorker.rawValue, words: SkipReason.duplicateWorker.words)
    }
    return nil
  }

  /// Whether its card was given out again since: another run works on it, and what this one says of its state
  /// would be said of that one's.
  func isSuperseded(_ run: WorkerRun, _ card: CardRow) throws -> Bool {
    try cycle(of: card) > run.cycle
  }

  func cancel(
    _ run: inout WorkerRun, _ card: CardRow, _ cause: Cancellation, _ now: Int64
  ) throws {
    let state = run.state
    run.code = cause.code
    run.reason = cause.words
    guard run.isOnMachine else {
      run.state = .cancelling
      // Never begun, or parked: there is nothing to wait for.
      try desk.save(run, from: state, now: now)
      return try finish(
        &run, card,
        RunEnding(outcome: "cancelled", code: cause.code, words: "stopped: \(cause.words)"), nil,
        now)
    }
    run.state = .cancelling
    try save(&run, from: state, "", [], now)
    FaultPoint.workerCancelling.pass()
    try driver.stop(run, reason: cause.code)
    FaultPoint.workerStopped.pass()
    wake(at: now + 1)
  }

  /// Whether another machine with this key was first to take up the same cycle of the card.
  private func isDuplicate(_ run: WorkerRun) throws -> Bool {
    let foreign = try foreignRecords(on: run.card, cycle: run.cycle)
    guard !foreign.isEmpty,
      let own = try reader.runRecords(on: run.card, signedBy: me).first(where: {
        $0.record.run == run.run
      })
    else { return false }
    return foreign.contains { ($0.signedAt, $0.eventID) < (own.signedAt, own.eventID) }
  }

  /// Records of runs of a cycle of a card that this key has signed elsewhere.
  func foreignRecords(on card: ObjectID, cycle: Int) throws -> [RunRecordRow] {
    try reader.runRecords(on: card, signedBy: me).filter { row in
      guard let run = row.record.run, row.record.cycle == cycle else { return false }
      return try reader.workerRun(run) == nil
    }
  }
}
