import Nostr

/// One connection as the relay sees it.
final class Session {
  let link: LinkID
  let challenge: String
  var readers: [PublicKey] = []
  var subscriptions: [String: Subscription] = [:]
  var events: Allowance
  var requests: Allowance

  /// Subscriptions whose stored events are still on their way, oldest first.
  var walking: [Subscription] = []
  /// Stored bytes sent since the last mark.
  var unmarked = 0
  /// The mark that has to be reached before more is read from the store.
  var awaitedMark: UInt64?
  var nextMark: UInt64 = 1

  init(link: LinkID, limits: RelayLimits, at now: ContinuousClock.Instant) {
    self.link = link
    challenge = Hex32Text.random()
    events = Allowance(perSecond: limits.eventsPerSecond, at: now)
    requests = Allowance(perSecond: limits.requestsPerSecond, at: now)
  }
}

/// One open subscription.
final class Subscription {
  unowned let session: Session
  let id: String
  let filters: [Filter]
  /// The stored part, while it lasts.
  var walk: StoredWalk?
  /// Live events that came during the walk: they are told after its end, so that what stands before
  /// EOSE is the stored page and nothing else.
  var held: [(id: EventID, frame: [UInt8])] = []
  var heldBytes = 0
  /// The last event that was looked at for this subscription.
  var looked: UInt64 = 0
  var isOpen = true

  init(session: Session, id: String, filters: [Filter]) {
    self.session = session
    self.id = id
    self.filters = filters
  }
}

enum Hex32Text {
  /// 32 random hexadecimal digits.
  static func random() -> String {
    Bytes32(RandomBytes.bytes(32)).map { String($0.hex.prefix(32)) } ?? ""
  }
}

/// The open subscriptions, found by what an event is about.
struct LiveIndex {
  private typealias Group = [ObjectIdentifier: Subscription]
  private var byRecipient: [[UInt8]: Group] = [:]
  private var byKind: [Int: Group] = [:]
  private var rest: Group = [:]
  private var counter: UInt64 = 0

  mutating func insert(_ subscription: Subscription) {
    let key = ObjectIdentifier(subscription)
    if let recipients = Self.recipients(subscription) {
      for one in recipients { byRecipient[one, default: [:]][key] = subscription }
    } else if let kinds = Self.kinds(subscription) {
      for one in kinds { byKind[one, default: [:]][key] = subscription }
    } else {
      rest[key] = subscription
    }
  }

  mutating func remove(_ subscription: Subscription) {
    let key = ObjectIdentifier(subscription)
    if let recipients = Self.recipients(subscription) {
      for one in recipients {
        byRecipient[one]?[key] = nil
        if byRecipient[one]?.isEmpty == true { byRecipient[one] = nil }
      }
    } else if let kinds = Self.kinds(subscription) {
      for one in kinds {
        byKind[one]?[key] = nil
        if byKind[one]?.isEmpty == true { byKind[one] = nil }
      }
    } else {
      rest[key] = nil
    }
  }

  /// The subscriptions that match `event`, each once.
  mutating func matching(_ event: Event) -> [Subscription] {
    counter += 1
    var found: [Subscription] = []
    func look(_ group: Group?) {
      for subscription in (group ?? [:]).values where subscription.looked != counter {
        subscription.looked = counter
        if subscription.filters.contains(where: { $0.matches(event) }) {
          found.append(subscription)
        }
      }
    }
    if !byRecipient.isEmpty {
      for tag in event.tags where tag.fields.count > 1 && sameBytes(tag.fields[0], "p") {
        look(byRecipient[Array(tag.fields[1].utf8)])
      }
    }
    look(byKind[event.kind])
    look(rest)
    return found
  }

  private static func recipients(_ subscription: Subscription) -> Set<[UInt8]>? {
    var all: Set<[UInt8]> = []
    for filter in subscription.filters {
      guard let values = filter.tags["p"] else { return nil }
      for value in values { all.insert(Array(value.utf8)) }
    }
    return all
  }

  private static func kinds(_ subscription: Subscription) -> Set<Int>? {
    var all: Set<Int> = []
    for filter in subscription.filters {
      guard let kinds = filter.kinds else { return nil }
      all.formUnion(kinds)
    }
    return all
  }
}
