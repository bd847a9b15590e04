package import Nostr
package import Relay

/// One connection to one relay from its opening to its end: which subscriptions are open, whether we are
/// authenticated, how far the catch-up has come. Decides; never acts.
///
/// Times are monotonic milliseconds. Every REQ gets a fresh id, and none is sent behind an AUTH that has no
/// answer yet (sync.md 2.2; NIP-42).
package struct RelaySession: Sendable {
  /// What the engine has to do.
  package enum Action: Sendable {
    case send(ClientMessage)
    /// Sign and send an AUTH event for this challenge.
    case authenticate(challenge: String)
    /// Save how far the backfill came, in the transaction that holds its events.
    case saveBackfill(Backfill, finished: Bool)
    /// Caught up: keys known and the backfill finished.
    case caughtUp
    /// The relay will not serve this subscription; shown to the person.
    case report(String)
    case hangUp(String)
  }

  /// What a subscription is for.
  package enum Purpose: Sendable, Equatable { case keys, tail, page, probe }

  private struct Subscription: Sendable {
    var purpose: Purpose
    /// Nothing heard by then: the page is asked again, or the relay is taken for dead.
    var deadline: Int64?
    let openedAt: Int64
    /// What has come on it so far.
    var received = 0
  }

  /// More than this before its end, and an answer tells of the relay's store and not of the way there.
  private static let quickAnswer = 8

  package private(set) var backfill: Backfill?
  package private(set) var isCaughtUp = false
  package private(set) var auth: AuthState
  /// How long the relay lately took to answer, in milliseconds: to what is asked and published anyway.
  package private(set) var roundTrip: Int64?
  private let patience: Patience
  /// The pass that was owed when the connection opened.
  private let owed: Backfill
  /// Whether a pass was once made here with AUTH: an earlier one without it may have been shown nothing.
  private var wasReadWithAuth: Bool
  private var interests: Interests
  private var subscriptions: [String: Subscription] = [:]
  private var counter = 0
  private var keysKnown = false
  private var pendingBackfill: Backfill?
  private var timeouts = 0
  private var refusals = 0
  private var nextProbe: Int64
  private var tailOpened: Int64
  private var reopenAt: [(at: Int64, purpose: Purpose)] = []

  /// - Parameters:
  ///   - backfill: the catch-up owed to this relay.
  ///   - auth: a relay that the person named is an inbox, so its challenge is answered at once.
  ///   - wasReadWithAuth: a pass was once finished at this relay after AUTH, so what is not owed can be trusted.
  package init(
    interests: Interests, backfill: Backfill, auth: AuthState = AuthState(policy: .eager),
    wasReadWithAuth: Bool = false, patience: Patience = Patience(), now: Int64
  ) {
    self.interests = interests
    self.auth = auth
    self.wasReadWithAuth = wasReadWithAuth
    self.patience = patience
    owed = backfill
    pendingBackfill = backfill
    nextProbe = now + patience.probeInterval
    tailOpened = now
  }

  /// The connection is open.
  package mutating func opened(now: Int64) -> [Action] { subscribe(now: now) }

  /// What we want has changed: only the keys' subscription depends on it.
  package mutating func change(_ interests: Interests, now: Int64) -> [Action] {
    guard interests != self.interests else { return [] }
    self.interests = interests
    guard !isAuthenticating else { return [] }
    return close(.keys) + open(.keys, interests.keyFilters, now: now)
  }

  /// Catches up once more, from `backfill`'s start down to its floor.
  package mutating func catchUp(_ backfill: Backfill, now: Int64) -> [Action] {
    guard self.backfill == nil, pendingBackfill == nil else { return [] }
    isCaughtUp = false
    pendingBackfill = backfill
    return startBackfill(now: now)
  }

  /// The purpose of an open subscription, for judging what arrives on it.
  package func purpose(of subscription: String) -> Purpose? { subscriptions[subscription]?.purpose }

  /// An event arrived; `createdAt` is ours where we already held it.
  package mutating func arrived(
    _ id: EventID, createdAt: Int64, on subscription: String, now: Int64
  ) {
    guard subscriptions[subscription] != nil else { return }
    subscriptions[subscription]?.received += 1
    if subscriptions[subscription]?.purpose == .page {
      backfill?.received(id, createdAt: createdAt)
    }
    if subscriptions[subscription]?.deadline != nil {
      subscriptions[subscription]?.deadline = now + patience.request
    }
  }

  /// End of stored events, acted on after the commit of what came before it.
  package mutating func endOfStored(_ subscription: String, now: Int64) -> [Action] {
    guard let ended = subscriptions[subscription] else { return [] }
    let purpose = ended.purpose
    if ended.deadline != nil, ended.received <= Self.quickAnswer {
      answered(after: now - ended.openedAt)
    }
    subscriptions[subscription]?.deadline = nil
    // An end that came before the answer to our AUTH proves nothing: all is asked anew after it.
    guard !isAuthenticating else { return [] }
    timeouts = 0
    refusals = 0
    switch purpose {
    case .keys: return goOn(now: now)
    case .tail: return []
    case .probe: return close(subscription)
    case .page: return close(subscription) + pageEnded(now: now)
    }
  }

  /// The relay answered something; a single answer changes the measure by a quarter.
  package mutating func answered(after milliseconds: Int64) {
    let sample = max(0, milliseconds)
    roundTrip = roundTrip.map { ($0 * 3 + sample + 2) / 4 } ?? sample
  }

  /// The relay ended a subscription (NIP-01 CLOSED).
  package mutating func closed(_ subscription: String, _ reason: Reason, now: Int64) -> [Action] {
    guard let ended = subscriptions.removeValue(forKey: subscription) else { return [] }
    if ended.purpose == .page { backfill?.restartPage() }
    guard !isAuthenticating else { return [] }
    switch reason.prefix {
    case .authRequired:
      // Everything is opened anew once AUTH has been answered.
      switch auth.required(at: .milliseconds(now)) {
      case .sign(let challenge)?: return [.authenticate(challenge: challenge)]
      // Without a challenge there is nothing to answer yet.
      default: return park(ended.purpose, reason, now: now)
      }
    case .restricted, .blocked, .unsupported, .invalid, .pow:
      return park(ended.purpose, reason, now: now)
    default:
      refusals += 1
      let wait = min(patience.reopen << min(refusals - 1, 10), patience.parking)
      reopenAt.append((now + wait, ended.purpose))
      return []
    }
  }

  /// The relay asks who we are (NIP-42).
  package mutating func challenged(_ challenge: String, now: Int64) -> [Action] {
    follow(auth.challenged(challenge, at: .milliseconds(now)), now: now)
  }

  /// The AUTH event could not be signed.
  package mutating func declinedAuthentication(now: Int64) -> [Action] {
    follow(auth.declined(at: .milliseconds(now)), now: now)
  }

  /// The AUTH event went out.
  package mutating func sentAuthentication(_ id: EventID, now: Int64) {
    _ = auth.signed(id, at: .milliseconds(now))
  }

  /// The relay's verdict on an event; only the one on AUTH matters here.
  ///
  /// - Returns: `nil` when the verdict is for something else.
  package mutating func verdict(_ id: EventID?, accepted: Bool, _ reason: Reason, now: Int64)
    -> [Action]?
  {
    guard let id, case .sent(id, _) = auth.phase else { return nil }
    return follow(
      auth.answered(id, accepted: accepted, reason: reason, at: .milliseconds(now)), now: now)
  }

  /// Whether an AUTH is on its way, so that nothing may be sent behind it.
  package var isAuthenticating: Bool {
    switch auth.phase {
    case .signing, .sent: true
    default: false
    }
  }

  /// Something is due.
  package mutating func tick(now: Int64) -> [Action] {
    var actions: [Action] = []
    actions += follow(auth.passed(to: .milliseconds(now)), now: now)
    guard !isAuthenticating else { return actions }
    let due = reopenAt.filter { $0.at <= now }
    reopenAt.removeAll { $0.at <= now }
    for entry in due { actions += reopen(entry.purpose, now: now) }
    for (id, subscription) in subscriptions {
      guard let deadline = subscription.deadline, deadline <= now else { continue }
      timeouts += 1
      if subscription.purpose == .probe || timeouts > 3 {
        return [.hangUp("no answer to a subscription in time")]
      }
      // A relay that never says where the stored events end still goes on with what it was asked.
      if subscription.purpose == .tail {
        subscriptions[id]?.deadline = nil
        continue
      }
      actions += close(id)
      if subscription.purpose == .page { backfill?.restartPage() }
      actions += reopen(subscription.purpose, now: now)
      // Wraps without their keys wait in quarantine; better than wraps that are never read.
      if subscription.purpose == .keys { actions += goOn(now: now) }
    }
    if now >= nextProbe {
      nextProbe = now + patience.probeInterval
      if now - tailOpened >= patience.tailLifetime {
        // The new tail is open before the old one ends, so that nothing falls between them.
        let old = subscriptions.filter { $0.value.purpose == .tail }.map(\.key)
        tailOpened = now
        actions += open(.tail, [interests.tailFilter], now: now)
        for id in old { actions += close(id) }
      }
      actions += open(.probe, [interests.pageFilter(Backfill.Page(limit: 1))], now: now)
    }
    return actions
  }

  /// When ``tick(now:)`` has something to do.
  package var deadline: Int64 {
    if isAuthenticating {
      guard case .sent(_, let deadline) = auth.phase else { return .max / 2 }
      return deadline.wholeMilliseconds
    }
    var soonest = nextProbe
    for subscription in subscriptions.values {
      soonest = min(soonest, subscription.deadline ?? soonest)
    }
    for entry in reopenAt { soonest = min(soonest, entry.at) }
    return soonest
  }

  private mutating func subscribe(now: Int64) -> [Action] {
    open(.tail, [interests.tailFilter], now: now) + open(.keys, interests.keyFilters, now: now)
  }

  /// Opens everything anew, with new ids. What came before is trusted only when `again` is nil.
  private mutating func resubscribe(again: Backfill?, now: Int64) -> [Action] {
    var actions: [Action] = []
    for id in subscriptions.keys.sorted() { actions += close(id) }
    reopenAt = []
    keysKnown = false
    if var next = again ?? backfill {
      next.restartPage()
      pendingBackfill = next
      backfill = nil
      isCaughtUp = false
    }
    return actions + subscribe(now: now)
  }

  private mutating func follow(_ action: AuthState.Action?, now: Int64) -> [Action] {
    switch action {
    case .sign(let challenge): return [.authenticate(challenge: challenge)]
    case .resume:
      let again = wasReadWithAuth ? owed : Backfill(start: owed.start, floor: 0)
      wasReadWithAuth = true
      return resubscribe(again: again, now: now)
    case .park(_, let reason):
      // What needs no authentication goes on.
      return [.report(reason)] + resubscribe(again: nil, now: now)
    case .wake, nil: return []
    }
  }

  private mutating func park(_ purpose: Purpose, _ reason: Reason, now: Int64) -> [Action] {
    reopenAt.append((now + patience.parking, purpose))
    return [.report(reason.text)] + (purpose == .keys ? goOn(now: now) : [])
  }

  /// The keys that this relay has are known, or will not come.
  private mutating func goOn(now: Int64) -> [Action] {
    guard !keysKnown else { return [] }
    keysKnown = true
    return startBackfill(now: now)
  }

  private mutating func reopen(_ purpose: Purpose, now: Int64) -> [Action] {
    switch purpose {
    case .keys: open(.keys, interests.keyFilters, now: now)
    case .tail: open(.tail, [interests.tailFilter], now: now)
    case .page: backfill.map { open(.page, [interests.pageFilter($0.request)], now: now) } ?? []
    case .probe: []
    }
  }

  private mutating func startBackfill(now: Int64) -> [Action] {
    guard keysKnown, let next = pendingBackfill else { return [] }
    pendingBackfill = nil
    backfill = next
    return open(.page, [interests.pageFilter(next.request)], now: now)
  }

  private mutating func pageEnded(now: Int64) -> [Action] {
    guard var current = backfill else { return [] }
    let step = current.endOfPage()
    backfill = current
    switch step {
    case .ask(let page):
      return [.saveBackfill(current, finished: false)]
        + open(.page, [interests.pageFilter(page)], now: now)
    case .finished:
      backfill = nil
      isCaughtUp = true
      let holes = current.holes.prefix(3).map(String.init).joined(separator: ", ")
      return [.saveBackfill(current, finished: true), .caughtUp]
        + (holes.isEmpty
          ? [] : [.report("more was sent at once than this relay can list, at \(holes)")])
    case .gaveUp(let reason):
      backfill = nil
      isCaughtUp = true
      return [.report(reason), .caughtUp]
    }
  }

  private mutating func open(_ purpose: Purpose, _ filters: [Filter], now: Int64) -> [Action] {
    counter += 1
    let id = "\(purpose)-\(counter)"
    let timeout = purpose == .probe ? patience.probe : patience.request
    subscriptions[id] = Subscription(
      purpose: purpose, deadline: now + timeout, openedAt: now)
    return [.send(.req(id, filters))]
  }

  private mutating func close(_ id: String) -> [Action] {
    subscriptions.removeValue(forKey: id) == nil ? [] : [.send(.close(id))]
  }

  private mutating func close(_ purpose: Purpose) -> [Action] {
    subscriptions.filter { $0.value.purpose == purpose }.map(\.key).sorted().flatMap {
      close($0)
    }
  }
}
