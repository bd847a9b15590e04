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
    let limit = state.rate.perSecond == nil ? state.window - state.inFlight.count : 1
    guard limit > 0 else { return }
    let deliveries = try replica.nextDeliveries(
      relay: state.number, limit: limit, now: SystemCall.now())
    guard !deliveries.isEmpty else { return }
    if let wait = relays[url]?.rate.take(at: .milliseconds(now)) {
      relays[url]?.rateWait = now + wait.wholeMilliseconds
      return
    }
    try replica.markInFlight(deliveries.map(\.wrap), relay: state.number)
    // What waits behind others would measure them.
    var measured = state.inFlight.isEmpty ? now : nil
    for delivery in deliveries {
      relays[url]?.inFlight[delivery.wrapID] = RelayState.Flight(
        wrap: delivery.wrap, deadline: now + patience.acknowledgement, attempts: delivery.attempts,
        sentAt: measured)
      measured = nil
    }
    sockets?.send(deliveries.map { ClientMessage.frame(publishing: $0.bytes) }, on: link)
    FaultPoint.engineSent.pass()
  }

  func publishEverywhere() throws { for url in relays.keys.sorted() { try publish(to: url) } }

  /// A relay's verdict on something we published (sync.md 1.4).
  func published(_ id: EventID?, accepted: Bool, _ reason: Reason, at url: String) throws {
    guard let state = relays[url] else { return }
    // Some relays refuse without naming the event; with one in flight it can only be that one.
    let named = id ?? (state.inFlight.count == 1 ? state.inFlight.keys.first : nil)
    if named == nil { relays[url]?.window = 1 }
    guard let named, let flight = relays[url]?.inFlight.removeValue(forKey: named) else { return }
    let now = SystemCall.now()
    let milliseconds = SystemCall.monotonicMilliseconds()
    let monotonic = Duration.milliseconds(milliseconds)
    if let sentAt = flight.sentAt {
      relays[url]?.session?.answered(after: milliseconds - sentAt)
      tellRoundTrip(of: url)
    }
    let said = Self.cut(reason.text)
    func again(in seconds: Int64) throws {
      try replica.retry(
        flight.wrap, relay: state.number, at: now + seconds, error: said, isAmbiguous: false)
    }
    func park() throws {
      relays[url]?.parkedUntil = SystemCall.monotonicMilliseconds() + patience.parking
      relays[url]?.lastError = said
      try again(in: patience.parking / 1000)
    }
    switch PublishReaction.to(accepted: accepted, reason) {
    case .acknowledged:
      relays[url]?.rate.accepted(at: monotonic)
      FaultPoint.engineAcknowledged.pass()
      try replica.acknowledge(flight.wrap, relay: state.number)
      FaultPoint.engineDelivered.pass()
      deliveriesChanged = true
    case .final(let why):
      if why == .malformed {
        Log.write("\(url) calls event \(named.hex) malformed: \(said)")
      }
      try replica.refuse(flight.wrap, relay: state.number, error: said)
      deliveriesChanged = true
    case .authenticate:
      // Its challenge is answered by itself; once that has been done, asking again changes nothing.
      let auth = state.session?.auth
      if auth?.isRefused == true || auth?.isAuthenticated == true {
        try park()
      } else {
        try again(in: 5)
      }
    case .retry(let slower):
      if slower { relays[url]?.rate.limited(at: monotonic) }
      try again(
        in: slower ? 2 : min((patience.retry / 1000) << Int64(min(flight.attempts, 8)), 3600))
    case .rewrap:
      if try !freshen(flight.wrap, at: state.number, now: now) {
        try replica.refuse(flight.wrap, relay: state.number, error: said)
      }
      deliveriesChanged = true
    case .park: try park()
    }
    // Half a window at a time: one read of the outbox serves many acknowledgements.
    if relays[url]?.inFlight.count ?? 0 <= state.window / 2 { try publish(to: url) }
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
    guard state.inFlight.count < state.window, state.session?.isAuthenticating != true,
      let due = try? replica.earliestRetry(relay: state.number)
    else { return soonest }
    let wait = max(0, due - SystemCall.now()) * 1000
    soonest = min(soonest, max(now + wait, state.parkedUntil, state.rateWait))
    return soonest
  }

  /// Wraps that no relay has seen for a day get a fresh clock and key; the event inside stays the same.
  func rewrapStale(now: Int64) throws {
    guard let secret else { return }
    while true {
      let candidates = try replica.rewrapCandidates(olderThan: now - 86_400, limit: 500)
      for stale in candidates {
        let wrap = try wrapped(
          Event(parsing: stale.event), for: stale.recipient, by: secret, now: now)
        try replica.replaceWrap(stale.wrap, with: wrap, relays: stale.relays)
      }
      if candidates.count < 500 { return }
    }
  }

  /// A relay dislikes a wrap's time: the event inside is wrapped once more, with the time as it is.
  ///
  /// - Returns: `false` when the wrap is no older than that, or is none.
  private func freshen(_ wrap: Int64, at relay: Int, now: Int64) throws -> Bool {
    guard let secret, let old = try replica.rewrapCandidate(wrap, olderThan: now - Self.freshness)
    else { return false }
    let new = try wrapped(
      Event(parsing: old.event), for: old.recipient, by: secret, now: now,
      spread: Self.freshness / 2)
    try replica.replaceWrap(wrap, with: new, relays: old.relays)
    return true
  }

  /// Relays that want fresh wraps take those of the last quarter of an hour.
  private static let freshness: Int64 = 600

  /// Seals and wraps a signed rumor for one member (NIP-59).
  func wrapped(
    _ rumor: Event, for member: PublicKey, by secret: SecretKey, now: Int64, spread: Int64 = 86_400
  ) throws -> OutgoingWrap {
    try letter(rumor, for: member, by: secret).wrapped(now: now, spread: spread)
  }

  /// A signed rumor on its way to one member.
  func letter(_ rumor: Event, for member: PublicKey, by secret: SecretKey) throws -> Letter {
    Letter(
      rumor: rumor, member: member, secret: secret,
      key: try sealKeys.key(secret: secret, peer: member))
  }

  /// All that is needed to seal and wrap on any thread.
  struct Letter: Sendable {
    let rumor: Event
    let member: PublicKey
    let secret: SecretKey
    let key: ConversationKey

    func wrapped(now: Int64, spread: Int64 = 86_400) throws -> OutgoingWrap {
      let seal = try GiftWrap.seal(
        rumor, from: secret, key: key, to: member,
        createdAt: GiftWrap.jitteredPast(from: now, spread: spread))
      let wrap = try GiftWrap.wrap(
        seal, to: member, createdAt: GiftWrap.jitteredPast(from: now, spread: spread))
      return OutgoingWrap(
        id: wrap.id, recipient: member, createdAt: wrap.createdAt, bytes: wrap.json)
    }
  }
}
