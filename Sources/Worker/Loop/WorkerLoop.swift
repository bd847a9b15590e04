import FourA
import Home
package import Nostr
package import Replica
import Studio

/// The worker: takes up cards, has them run, and tells how they are and what came of it.
///
/// A face like any other: it reads the replica and hands in orders. Every step stands on the disk with the orders
/// that follow from it before anything else happens, so that it may end at any point and go on from there.
/// Confined to the thread that made it.
package final class WorkerLoop {
  let reader: Reader
  let desk: Desk
  let me: PublicKey
  let settings: WorkerSettings
  let driver: any RunDriver
  /// Unix seconds.
  let clock: () -> Int64
  /// 16 bytes that were never there before.
  let random: () -> [UInt8]

  /// How the events of each run are paced.
  var pacing: [String: Coalescer] = [:]
  /// When something is due that nobody announces, in Unix seconds.
  var wakeAt: Int64 = .max
  /// What went wrong and is no run's fault.
  package var complain: (String) -> Void = { _ in }

  package init(
    reader: Reader, desk: Desk, me: PublicKey, settings: WorkerSettings, driver: any RunDriver,
    clock: @escaping () -> Int64 = SystemCall.now,
    random: @escaping () -> [UInt8] = { RandomBytes.bytes(16) }
  ) {
    self.reader = reader
    self.desk = desk
    self.me = me
    self.settings = settings
    self.driver = driver
    self.clock = clock
    self.random = random
  }

  /// What a step has left to be done.
  package struct Outlook: Sendable, Hashable {
    /// Unix seconds; `nil` when there is nothing to wait for but news.
    package var wakeAt: Int64?
    /// Runs that are not over.
    package var live: Int
    /// Nothing runs any more and nothing shall be begun: the worker may end.
    package var isOver: Bool
    /// New orders wait for the engine.
    package var hasOrders: Bool
  }

  /// Does all that can be done now.
  @discardableResult
  package func step() throws -> Outlook {
    wakeAt = .max
    let orders = try reader.lastIntent()
    let now = clock()
    let state = try state(now)
    try tendRuns(state, now)
    if state.mode == .active { try takeUpCards(state, now) }
    try beginRuns(state, now)
    let live = try reader.liveRuns(settings.profile)
    let isOver = state.mode != .active && !live.contains { $0.isOnMachine }
    if state.mode == .stopping, live.isEmpty { try change(to: .paused, state.reason, now) }
    return Outlook(
      wakeAt: wakeAt == .max ? nil : wakeAt, live: live.count,
      isOver: isOver && [.draining, .stopping].contains(state.mode),
      hasOrders: try reader.lastIntent() > orders)
  }

  /// Has `step` be called again at `time`.
  func wake(at time: Int64) { wakeAt = min(wakeAt, time) }

  // MARK: State

  private func state(_ now: Int64) throws -> WorkerState {
    if let state = try reader.workerState(settings.profile) { return state }
    let state = WorkerState(since: now)
    try desk.setWorkerState(settings.profile, state)
    return state
  }

  func change(to mode: WorkerState.Mode, _ reason: String, _ now: Int64) throws {
    var state = try reader.workerState(settings.profile) ?? WorkerState(since: now)
    state.mode = mode
    state.reason = reason
    state.changedAt = now
    try desk.setWorkerState(settings.profile, state)
  }

  // MARK: Orders

  func orders(_ card: CardRow, _ now: Int64) throws -> RunOrders? {
    guard let room = try reader.room(card.room) else { return nil }
    return RunOrders(
      me: me, room: room, card: card, host: settings.host, now: now, promise: settings.promise)
  }

  /// Writes a run with what it publishes, under one key.
  @discardableResult
  func save(
    _ run: inout WorkerRun, from state: WorkerRun.State, _ key: String, _ posts: [Order.Post],
    questions: [WorkerQuestion] = [], _ now: Int64
  ) throws -> Bool {
    if !posts.isEmpty {
      run.events += posts.count
      run.publishedAt = now
      pacing[run.run]?.publishedOther(posts.count)
    }
    return try desk.save(
      run, from: state, questions: questions,
      orders: posts.isEmpty ? [] : [KeyedOrder("\(key):\(run.run)", .posts(posts))], now: now)
  }
}
