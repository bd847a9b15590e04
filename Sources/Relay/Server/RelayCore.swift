import Nostr
import Threads

/// The relay itself, on one thread: it commits verified events in batches, answers requests, and tells
/// every event after its commit to the subscriptions that it matches.
final class RelayCore {
  let configuration: EmbeddedRelay.Configuration
  let limits: RelayLimits
  let store: any EventStore
  let addresses: RelayNames
  private let inbox: Inbox<RelayTask>
  private let listener: Inbox<SocketCommand>

  var sessions: [LinkID: Session] = [:]
  var live = LiveIndex()
  private var outgoing: [SocketCommand] = []

  /// Stored bytes that one connection is given before they must have left.
  private static let stride = 1_048_576

  init(
    configuration: EmbeddedRelay.Configuration, limits: RelayLimits, store: any EventStore,
    addresses: RelayNames, inbox: Inbox<RelayTask>, listener: Inbox<SocketCommand>
  ) {
    self.configuration = configuration
    self.limits = limits
    self.store = store
    self.addresses = addresses
    self.inbox = inbox
    self.listener = listener
  }

  /// Works until the inbox is closed and empty.
  func run() {
    while true {
      let tasks = inbox.wait(limit: 1024)
      guard !tasks.isEmpty else { return }
      perform(tasks)
      listener.post(contentsOf: outgoing)
      outgoing.removeAll(keepingCapacity: outgoing.count <= 8192)
    }
  }

  // Events that follow each other are committed together. A request parts them: it sees what came
  // before it, and a CLOSE ends its subscription before what comes after.
  private func perform(_ tasks: [RelayTask]) {
    let now = ContinuousClock.now
    var fresh: [(link: LinkID, event: Event, json: [UInt8])] = []
    for task in tasks {
      switch task {
      case .verified(let link, let event, let json):
        // Who hangs up before the OK has published all the same, where nobody needs to be known.
        let admitted =
          sessions[link].map { admits(event, from: $0, at: now) } ?? !configuration.requireAuth
        if admitted { fresh.append((link, event, json)) }
      case .reply(let link, let message): send(message, to: link)
      case .opened(let link): open(link, at: now)
      case .closed(let link): close(link)
      case .text(let link, let frame):
        commit(fresh)
        fresh.removeAll(keepingCapacity: true)
        if let session = sessions[link] { answer(frame, session, at: now) }
      case .reached(let link, let mark):
        guard let session = sessions[link], session.awaitedMark == mark else { continue }
        session.awaitedMark = nil
        walk(session)
      }
    }
    commit(fresh)
  }

  func send(_ message: RelayMessage, to link: LinkID) {
    outgoing.append(.send(message.bytes, link))
  }

  private func open(_ link: LinkID, at now: ContinuousClock.Instant) {
    let session = Session(link: link, limits: limits, at: now)
    sessions[link] = session
    if configuration.wantsAuthentication { send(.auth(session.challenge), to: link) }
  }

  private func close(_ link: LinkID) {
    guard let session = sessions.removeValue(forKey: link) else { return }
    for subscription in session.subscriptions.values { end(subscription) }
    session.walking = []
  }

  func end(_ subscription: Subscription) {
    subscription.isOpen = false
    subscription.walk = nil
    subscription.held = []
    live.remove(subscription)
    subscription.session.subscriptions[subscription.id] = nil
  }

  // MARK: Events

  private func admits(
    _ event: Event, from session: Session, at now: ContinuousClock.Instant
  ) -> Bool {
    if configuration.requireAuth, session.readers.isEmpty {
      send(.auth(session.challenge), to: session.link)
      let reason = Reason(.authRequired, "this relay takes events from those it knows only")
      send(.ok(event.id, false, reason), to: session.link)
      return false
    }
    guard session.events.take(at: now) else {
      let reason = Reason(.rateLimited, "at most \(limits.eventsPerSecond) events a second")
      send(.ok(event.id, false, reason), to: session.link)
      return false
    }
    return true
  }

  private func commit(_ fresh: [(link: LinkID, event: Event, json: [UInt8])]) {
    guard !fresh.isEmpty else { return }
    let lasting = fresh.filter { !$0.event.isEphemeral }
    do {
      let verdicts = try store.save(lasting.map { ($0.event, $0.json) })
      for (entry, verdict) in zip(lasting, verdicts) {
        let accepted = verdict == nil || verdict?.prefix == .duplicate
        send(.ok(entry.event.id, accepted, verdict ?? .none), to: entry.link)
        if verdict == nil { tell(entry.event, entry.json) }
      }
    } catch {
      for entry in lasting {
        let reason = Reason(.error, "the event could not be stored")
        send(.ok(entry.event.id, false, reason), to: entry.link)
      }
    }
    for entry in fresh where entry.event.isEphemeral {
      send(.ok(entry.event.id, true, .none), to: entry.link)
      tell(entry.event, entry.json)
    }
  }

  /// Sends `event` to every subscription that it matches. Equal subscription ids share one frame.
  private func tell(_ event: Event, _ json: [UInt8]) {
    var frames: [String: [UInt8]] = [:]
    for subscription in live.matching(event)
    where event.kind != EventKind.giftWrap || mayRead(event, subscription.session) {
      let frame = frames[subscription.id] ?? RelayMessage.frame(subscription.id, json)
      frames[subscription.id] = frame
      guard subscription.walk != nil else {
        outgoing.append(.send(frame, subscription.session.link))
        continue
      }
      subscription.held.append((event.id, frame))
      subscription.heldBytes += frame.count
      if subscription.heldBytes > limits.pendingOutput {
        hangUp(subscription.session, "the connection is too slow")
      }
    }
  }

  private func mayRead(_ wrap: Event, _ session: Session) -> Bool {
    guard configuration.wantsAuthentication else { return true }
    return wrap.tags.contains { tag in
      tag.fields.count > 1 && sameBytes(tag.fields[0], "p")
        && PublicKey(hex: tag.fields[1]).map(session.readers.contains) == true
    }
  }

  private func hangUp(_ session: Session, _ reason: String) {
    outgoing.append(.close(session.link, code: 1008, reason: reason))
    close(session.link)
  }

  // MARK: Stored events

  /// Sends stored events until the connection has had its stride, or all are told.
  func walk(_ session: Session) {
    let now = configuration.clock()
    let readers = configuration.wantsAuthentication ? session.readers : nil
    while session.awaitedMark == nil, let subscription = session.walking.first {
      guard subscription.isOpen, let walk = subscription.walk else {
        session.walking.removeFirst()
        continue
      }
      do {
        guard let row = try walk.next(from: store, at: now, readers: readers) else {
          finish(subscription)
          session.walking.removeFirst()
          continue
        }
        let frame = RelayMessage.frame(subscription.id, row.json)
        if !subscription.held.isEmpty { subscription.held.removeAll { $0.id == row.id } }
        outgoing.append(.send(frame, session.link))
        session.unmarked += frame.count
      } catch {
        end(subscription)
        let reason = Reason(.error, "the store could not be read")
        send(.closed(subscription.id, reason), to: session.link)
      }
      if session.unmarked >= Self.stride {
        session.unmarked = 0
        session.awaitedMark = session.nextMark
        outgoing.append(.mark(session.nextMark, session.link))
        session.nextMark += 1
      }
    }
  }

  private func finish(_ subscription: Subscription) {
    subscription.walk = nil
    send(.eose(subscription.id), to: subscription.session.link)
    for held in subscription.held {
      outgoing.append(.send(held.frame, subscription.session.link))
    }
    subscription.held = []
    subscription.heldBytes = 0
  }
}
