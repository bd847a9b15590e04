import FourA
import Home
import Nostr
import Relay
import Replica

// The outbox: exact wraps to every relay, each until its outcome is final.
extension EngineCore {
  /// Sends what is due to a relay, as far as its window and its rate allow.
  func publish(to url: String) throws {
    guard let state = relays[url], let link = state.link, state.isOpen,
      state.session?.isAuthenticating != true
    else { return }
    let now = SystemCall.monotonicMilliseconds()
    guard state.parkedUntil <= now, state.rateWait <= now else { return }
    let limit = state.rate.perSecond == nil ? RelayState.window - state.inFlight.count : 1
    guard limit > 0 else { return }
    let deliveries = try replica.nextDeliveries(
      relay: state.number, limit: limit, now: SystemCall.now())
    guard !deliveries.isEmpty else { return }
    if let wait = relays[url]?.rate.take(at: .milliseconds(now)) {
      relays[url]?.rateWait = now + wait.wholeMilliseconds
      return
    }
    try replica.markInFlight(deliveries.map(\.wrap), relay: state.number)
    for delivery in deliveries {
      relays[url]?.inFlight[delivery.wrapID] = (delivery.wrap, now + RelayState.okTimeout)
    }
    sockets?.send(deliveries.map { ClientMessage.frame(publishing: $0.bytes) }, on: link)
  }

  func publishEverywhere() throws { for url in relays.keys.sorted() { try publish(to: url) } }

  /// A relay's verdict on something we published (sync.md 1.4).
  func published(_ id: EventID?, accepted: Bool, _ reason: Reason, at url: String) throws {
    guard let state = relays[url] else { return }
    // Some relays refuse without naming the event; with one in flight it can only be that one.
    let named = id ?? (state.inFlight.count == 1 ? state.inFlight.keys.first : nil)
    guard let named, let flight = relays[url]?.inFlight.removeValue(forKey: named) else { return }
    let now = SystemCall.now()
    let monotonic = Duration.milliseconds(SystemCall.monotonicMilliseconds())
    func again(in seconds: Int64) throws {
      try replica.retry(
        flight.wrap, relay: state.number, at: now + seconds, error: reason.text, isAmbiguous: false)
    }
    switch PublishReaction.to(accepted: accepted, reason) {
    case .acknowledged:
      relays[url]?.rate.accepted(at: monotonic)
      try replica.acknowledge(flight.wrap, relay: state.number)
      deliveriesChanged = true
    case .final(let why):
      if why == .malformed {
        Log.write("\(url) calls event \(named.hex) malformed: \(reason.text)")
      }
      try replica.refuse(flight.wrap, relay: state.number, error: reason.text)
      deliveriesChanged = true
    case .authenticate: try again(in: 5)
    case .retry(let slower):
      if slower { relays[url]?.rate.limited(at: monotonic) }
      try again(in: slower ? 2 : 15)
    case .rewrap: try again(in: 60)
    case .park:
      relays[url]?.parkedUntil = SystemCall.monotonicMilliseconds() + RelaySession.parkedFor
      relays[url]?.lastError = reason.text
      try again(in: 3600)
    }
    // Half a window at a time: one read of the outbox serves many acknowledgements.
    if relays[url]?.inFlight.count ?? 0 <= RelayState.window / 2 { try publish(to: url) }
  }

  /// What got no OK in time is due again, with the same bytes.
  func tickDeliveries(_ url: String, now: Int64) throws {
    guard let state = relays[url], state.isOpen else { return }
    for (id, flight) in state.inFlight where flight.deadline <= now {
      relays[url]?.inFlight[id] = nil
      try replica.retry(
        flight.wrap, relay: state.number, at: SystemCall.now(), error: "no OK in time",
        isAmbiguous: true)
    }
    if let due = try replica.earliestRetry(relay: state.number), due <= SystemCall.now() {
      try publish(to: url)
    }
  }

  /// When a relay's deliveries need attention, in monotonic milliseconds.
  func deliveryDeadline(_ state: RelayState) -> Int64 {
    guard state.isOpen else { return .max / 2 }
    let now = SystemCall.monotonicMilliseconds()
    var soonest = state.inFlight.values.map(\.deadline).min() ?? .max / 2
    guard state.inFlight.count < RelayState.window,
      let due = try? replica.earliestRetry(relay: state.number)
    else { return soonest }
    let wait = max(0, due - SystemCall.now()) * 1000
    soonest = min(soonest, max(now + wait, state.parkedUntil, state.rateWait))
    return soonest
  }

  /// Wraps that no relay has seen for a day get a fresh clock and key; the event inside stays the same.
  func rewrapStale(now: Int64) throws {
    guard let secret else { return }
    for stale in try replica.rewrapCandidates(olderThan: now - 86_400, limit: 500) {
      let wrap = try wrapped(
        Event(parsing: stale.event), for: stale.recipient, by: secret, now: now)
      try replica.replaceWrap(stale.wrap, with: wrap, relays: stale.relays)
    }
  }

  /// Seals and wraps a signed rumor for one member (NIP-59).
  func wrapped(_ rumor: Event, for member: PublicKey, by secret: SecretKey, now: Int64) throws
    -> OutgoingWrap
  {
    let key = try sealKeys.key(secret: secret, peer: member)
    let seal = try GiftWrap.seal(
      rumor, from: secret, key: key, to: member, createdAt: GiftWrap.jitteredPast(from: now))
    let wrap = try GiftWrap.wrap(seal, to: member, createdAt: GiftWrap.jitteredPast(from: now))
    return OutgoingWrap(
      id: wrap.id, recipient: member, createdAt: wrap.createdAt, bytes: wrap.json)
  }
}
