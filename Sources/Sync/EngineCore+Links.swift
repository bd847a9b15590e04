import FourA
import Home
import Nostr
import Relay
import Replica

// Connections: dialling, what relays say, what is due on them.
extension EngineCore {
  /// The relays of this identity and of its rooms, each once.
  func refreshRelays() throws {
    guard secret != nil else { return }
    var wanted = configuration.effectiveRelays
    if configuration.relays.isEmpty, let embedded { wanted = [embedded.url] }
    for room in try reader.rooms() { wanted += room.relays }
    let now = SystemCall.monotonicMilliseconds()
    for text in wanted {
      guard let url = try? RelayURL(text) else {
        Log.write("“\(text)” is not the address of a relay")
        continue
      }
      guard relays[url.text] == nil else { continue }
      attempt("adding \(url)") {
        relays[url.text] = RelayState(
          url: url, number: try replica.relayID(url.text), dialAt: now)
      }
    }
    updateInterests()
  }

  /// What this identity follows, from the replica.
  func interests() -> Interests? {
    guard let secret, let rooms = try? reader.rooms() else { return nil }
    let followed = rooms.filter { $0.relation != .left }
    return Interests(
      me: secret.publicKey, audiences: followed.map(\.audience),
      founded: followed.filter { $0.relation == .founded }.map(\.audience),
      joiningSlugs: (try? joiningSlugs()) ?? [])
  }

  func updateInterests() {
    guard let interests = interests() else { return }
    let now = SystemCall.monotonicMilliseconds()
    for url in relays.keys {
      guard relays[url]?.isOpen == true,
        let actions = relays[url]?.session?.change(interests, now: now)
      else { continue }
      perform(actions, on: url)
    }
  }

  /// Tells the workers about new keys.
  func updateIntake() {
    guard let secret else { return }
    var numbers: [LinkID: Int] = [:]
    for (link, url) in links { numbers[link] = relays[url]?.number }
    intake?.update(
      Intake.Context(secret: secret, epochs: keyring.secrets, relays: numbers))
  }

  private func dial(_ url: String) {
    guard let state = relays[url], let sockets else { return }
    let link = LinkID(raw: nextLink)
    nextLink += 1
    relays[url]?.link = link
    relays[url]?.dialAt = nil
    links[link] = url
    updateIntake()
    sockets.open(state.url, as: link)
  }

  func linkOpened(_ link: LinkID, serverDate: Int64?) throws {
    guard let url = links[link], let interests = interests() else { return }
    let now = SystemCall.monotonicMilliseconds()
    relays[url]?.backoff.opened(at: .milliseconds(now))
    relays[url]?.isOpen = true
    relays[url]?.faults = 0
    relays[url]?.lastError = nil
    relays[url]?.clockSkew = serverDate.map { $0 - SystemCall.now() }
    correctClock()
    var session = RelaySession(
      interests: interests, backfill: try owedBackfill(url),
      auth: AuthState(
        policy: .eager, parkedUntil: relays[url]?.authParkedUntil.map { .milliseconds($0) }),
      wasReadWithAuth: try quirks(of: url).readWithAuth, patience: patience, now: now)
    let actions = session.opened(now: now)
    relays[url]?.session = session
    perform(actions, on: url)
    try publish(to: url)
    broadcastStatus()
  }

  func linkClosed(_ link: LinkID, _ close: LinkClose) throws {
    guard let url = links.removeValue(forKey: link), let number = relays[url]?.number else {
      return
    }
    let now = SystemCall.monotonicMilliseconds()
    let delay = relays[url]?.backoff.lost(
      at: .milliseconds(now), close: close, unit: Double.random(in: 0..<1))
    let parkedUntil = relays[url]?.session?.auth.parkedUntil?.wholeMilliseconds
    relays[url]?.authParkedUntil = parkedUntil
    relays[url]?.link = nil
    relays[url]?.session = nil
    relays[url]?.isOpen = false
    relays[url]?.inFlight = [:]
    relays[url]?.dialAt = now + (delay ?? .seconds(5)).wholeMilliseconds
    relays[url]?.lastError = close.reason
    try replica.release(relay: number)
    updateIntake()
    broadcastStatus()
  }

  /// Ends every connection as if it were lost, at once: nothing more that comes on them counts.
  func abandonLinks(_ reason: String) {
    for link in links.keys {
      sockets?.close(link)
      attempt("leaving a relay") { try linkClosed(link, LinkClose(reason: reason)) }
    }
  }

  /// The median of what relays say the time is; only for AUTH and for what is dated in the future.
  private func correctClock() {
    let told = relays.values.compactMap(\.clockSkew).sorted()
    let skew = told.isEmpty ? 0 : told[told.count / 2]
    // A second or two is the way here; more than a day is no clock.
    replica.clockCorrection = abs(skew) <= 2 ? 0 : min(max(skew, -86_400), 86_400)
  }

  /// A relay that keeps breaking the protocol is left alone for a while.
  func fault(_ link: LinkID, _ reason: String) {
    guard let url = links[link] else { return }
    relays[url]?.faults += 1
    relays[url]?.lastError = reason
    totals.rejected += 1
    if relays[url]?.faults ?? 0 > 10_000 { sockets?.close(link) }
  }

  func noteArrival(
    _ id: EventID, createdAt: Int64, subscription: String, link: LinkID, _ arrival: Arrival
  ) {
    guard let url = links[link] else { return }
    relays[url]?.backoff.useful()
    if case .wrap = arrival, relays[url]?.session?.purpose(of: subscription) == .probe {
      // The newest wrap should have come by itself: the live subscription may be dead.
      catchUp(url, floor: max(0, SystemCall.now() - Self.overlap))
    }
    relays[url]?.session?.arrived(
      id, createdAt: createdAt, on: subscription, now: SystemCall.monotonicMilliseconds())
  }

  func linkSaid(_ link: LinkID, _ message: RelayMessage) throws {
    guard let url = links[link] else { return }
    let now = SystemCall.monotonicMilliseconds()
    relays[url]?.backoff.useful()
    switch message {
    case .eose(let subscription):
      let isPage = isPage(subscription, of: link)
      let actions = relays[url]?.session?.endOfStored(subscription, now: now) ?? []
      defer { tellRoundTrip(of: url) }
      let unfinished = actions.lazy.compactMap { action in
        if case .saveBackfill(let backfill, finished: false) = action { backfill } else { nil }
      }.first
      if isPage, let backfill = unfinished {
        // The next page is under way while this one is written.
        pendingPasses[url] = backfill
        perform(actions, on: url)
        if pending.isEmpty || pending.count >= Self.pageRows { try commit() }
        return
      }
      // Written with the events before it, and before anything that follows from it: what decides about wraps is
      // there before the first page is asked for.
      try commit {
        for case .saveBackfill(let backfill, let finished) in actions {
          try save(backfill, finished: finished, of: url)
        }
      }
      perform(actions, on: url)
    case .closed(let subscription, let reason):
      try commit()
      perform(relays[url]?.session?.closed(subscription, reason, now: now) ?? [], on: url)
    case .auth(let challenge):
      perform(relays[url]?.session?.challenged(challenge, now: now) ?? [], on: url)
    case .ok(let id, let accepted, let reason):
      if let actions = relays[url]?.session?.verdict(id, accepted: accepted, reason, now: now) {
        perform(actions, on: url)
        if accepted { relays[url]?.parkedUntil = 0 }
        try publish(to: url)
      } else {
        try published(id, accepted: accepted, reason, at: url)
      }
    case .notice(let text):
      relays[url]?.lastError = Self.cut(text)
    case .event, .count, .unknown: break
    }
  }

  /// Whether a subscription tells a page of stored wraps.
  func isPage(_ subscription: String, of link: LinkID) -> Bool {
    links[link].flatMap { relays[$0]?.session?.purpose(of: subscription) } == .page
  }

  func perform(_ actions: [RelaySession.Action], on url: String) {
    for action in actions {
      switch action {
      case .send(let message): send(message, to: url)
      case .authenticate(let challenge): authenticate(challenge, to: url)
      case .saveBackfill: break  // Saved in the transaction that committed its events.
      case .caughtUp: passEnded(url)
      case .report(let reason):
        relays[url]?.lastError = Self.cut(reason)
        broadcastStatus()
      case .hangUp(let reason):
        relays[url]?.lastError = reason
        if let link = relays[url]?.link { sockets?.close(link) }
      }
    }
  }

  func send(_ message: ClientMessage, to url: String) {
    guard let link = relays[url]?.link else { return }
    sockets?.send(message.bytes, on: link)
  }

  /// NIP-42: signed at the last moment, for the exact address we connected to.
  private func authenticate(_ challenge: String, to url: String) {
    guard let secret, let relay = relays[url] else { return }
    do {
      let event = try UnsignedEvent(
        pubkey: secret.publicKey, createdAt: SystemCall.now() + replica.clockCorrection,
        kind: 22_242,
        tags: [Tag("relay", relay.url.text), Tag("challenge", challenge)], content: ""
      ).signed(by: secret)
      send(.auth(event), to: url)
      relays[url]?.session?.sentAuthentication(event.id, now: SystemCall.monotonicMilliseconds())
    } catch {
      Log.write("AUTH to \(url): \(StudioError(describing: error))")
      let now = SystemCall.monotonicMilliseconds()
      perform(relays[url]?.session?.declinedAuthentication(now: now) ?? [], on: url)
    }
  }

  /// What a relay says, cut to what is worth showing.
  static func cut(_ text: String) -> String { String(text.unicodeScalars.prefix(200)) }

  func resumeSockets() { for link in links.keys { sockets?.resume(link) } }

  func tickLinks() throws {
    let now = SystemCall.monotonicMilliseconds()
    for url in relays.keys {
      if let dialAt = relays[url]?.dialAt, dialAt <= now { dial(url) }
      if let due = relays[url]?.session?.deadline, due <= now {
        perform(relays[url]?.session?.tick(now: now) ?? [], on: url)
      }
      try tickDeliveries(url, now: now)
    }
  }

  /// When the next connection has something due, in monotonic milliseconds.
  func linkDeadline() -> Int64 {
    var soonest = Int64.max / 2
    for state in relays.values {
      soonest = min(soonest, state.dialAt ?? soonest, state.session?.deadline ?? soonest)
      soonest = min(soonest, deliveryDeadline(state))
    }
    return soonest
  }
}

extension Duration {
  var wholeMilliseconds: Int64 {
    components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
  }
}
