import Nostr

/// What clients ask for, and whether they may.
extension RelayCore {
  func answer(_ frame: [UInt8], _ session: Session, at now: ContinuousClock.Instant) {
    let message: ClientMessage
    do {
      message = try ClientMessage(parsing: frame)
    } catch {
      return complain(frame, "\(error)", session)
    }
    guard session.requests.take(at: now) else {
      let reason = Reason(.rateLimited, "at most \(limits.requestsPerSecond) requests a second")
      switch message {
      case .req(let id, _), .count(let id, _): send(.closed(id, reason), to: session.link)
      case .auth(let event): send(.ok(event.id, false, reason), to: session.link)
      case .close(let id): forget(id, session)
      case .event: break
      }
      return
    }
    switch message {
    case .req(let id, let filters): subscribe(id, filters, session)
    case .count(let id, let filters): count(id, filters, session)
    case .close(let id): forget(id, session)
    case .auth(let event): authenticate(event, session)
    // Events take the way through the verifier; none is accepted without it.
    case .event: send(.notice("invalid: expected EVENT as the first word"), to: session.link)
    }
  }

  private func complain(_ frame: [UInt8], _ why: String, _ session: Session) {
    let elements = (try? JSON(parsing: frame))?.array ?? []
    let verb = elements.first?.string ?? ""
    guard verb.utf8.elementsEqual("REQ".utf8) || verb.utf8.elementsEqual("COUNT".utf8),
      elements.count > 1, let id = elements[1].string,
      (1...limits.subscriptionID).contains(id.utf8.count)
    else { return send(.notice("invalid: \(why)"), to: session.link) }
    forget(id, session)
    send(.closed(id, Reason(.invalid, why)), to: session.link)
  }

  private func forget(_ id: String, _ session: Session) {
    if let subscription = session.subscriptions[id] { end(subscription) }
  }

  private func subscribe(_ id: String, _ filters: [Filter], _ session: Session) {
    // A REQ with the id of an open subscription takes its place.
    forget(id, session)
    guard admits(id, filters, session) else { return }
    guard session.subscriptions.count < limits.subscriptions else {
      let reason = Reason(.rateLimited, "at most \(limits.subscriptions) subscriptions at a time")
      return send(.closed(id, reason), to: session.link)
    }
    let subscription = Subscription(session: session, id: id, filters: filters)
    session.subscriptions[id] = subscription
    live.insert(subscription)
    subscription.walk = StoredWalk(filters, limits: limits)
    session.walking.append(subscription)
    walk(session)
  }

  private func count(_ id: String, _ filters: [Filter], _ session: Session) {
    guard admits(id, filters, session) else { return }
    do {
      let readers = configuration.wantsAuthentication ? session.readers : nil
      let number = try store.count(filters, at: configuration.clock(), wrapsFor: readers)
      send(.count(id, number), to: session.link)
    } catch {
      send(.closed(id, Reason(.error, "the store could not be read")), to: session.link)
    }
  }

  /// Whether `filters` may be asked; says why when not.
  private func admits(_ id: String, _ filters: [Filter], _ session: Session) -> Bool {
    func refuse(_ prefix: Reason.Prefix, _ detail: String) -> Bool {
      if prefix == .authRequired { send(.auth(session.challenge), to: session.link) }
      send(.closed(id, Reason(prefix, detail)), to: session.link)
      return false
    }
    guard filters.count <= limits.filters else {
      return refuse(.invalid, "at most \(limits.filters) filters")
    }
    if configuration.requireAuth, session.readers.isEmpty {
      return refuse(.authRequired, "this relay answers those it knows only")
    }
    guard configuration.wantsAuthentication else { return true }
    for filter in filters {
      guard let kinds = filter.kinds, kinds.contains(EventKind.giftWrap) else { continue }
      guard !session.readers.isEmpty else {
        return refuse(.authRequired, "gift wraps are served to their recipients only")
      }
      guard kinds.allSatisfy({ $0 == EventKind.giftWrap }), let recipients = filter.tags["p"] else {
        continue
      }
      let mine = recipients.contains { text in
        PublicKey(hex: text).map(session.readers.contains) == true
      }
      guard mine else { return refuse(.restricted, "these gift wraps are for somebody else") }
    }
    return true
  }

  // NIP-42: authentication of clients to relays
  // https://github.com/nostr-protocol/nips/blob/master/42.md
  private func authenticate(_ event: Event, _ session: Session) {
    func refuse(_ detail: String) {
      send(.ok(event.id, false, Reason(.invalid, detail)), to: session.link)
    }
    let now = configuration.clock()
    guard event.kind == EventKind.clientAuth else { return refuse("expected kind 22242") }
    guard let challenge = event.firstTag("challenge"), sameBytes(challenge, session.challenge)
    else { return refuse("the challenge is not the one that was sent") }
    guard let relay = event.firstTag("relay"), addresses.contain(relay) else {
      return refuse("the relay tag names another relay")
    }
    guard abs(now.subtractingReportingOverflow(event.createdAt).partialValue) <= limits.authAge
    else { return refuse("created_at is more than \(limits.authAge) seconds away") }
    do {
      try event.verify()
    } catch {
      return refuse(error.message)
    }
    if !session.readers.contains(event.pubkey) {
      guard session.readers.count < limits.identities else {
        let reason = Reason(.restricted, "at most \(limits.identities) keys on one connection")
        return send(.ok(event.id, false, reason), to: session.link)
      }
      session.readers.append(event.pubkey)
    }
    send(.ok(event.id, true, .none), to: session.link)
  }
}
