import Nostr

/// What the relay's own thread is told.
enum RelayTask: Sendable {
  case opened(LinkID)
  case closed(LinkID)
  /// A message other than EVENT.
  case text(LinkID, [UInt8])
  /// An event whose id and signature are right, with the JSON to store.
  case verified(LinkID, Event, [UInt8])
  /// An answer that needs no store.
  case reply(LinkID, RelayMessage)
  case reached(LinkID, UInt64)
}

/// Reads and checks EVENT messages; the part of a relay that costs, and that needs no state.
struct Verifier: Sendable {
  let limits: RelayLimits
  let clock: @Sendable () -> Int64

  /// Whether `frame` begins like an EVENT message; anything else is short and cheap.
  static func isEvent(_ frame: [UInt8]) -> Bool {
    var rest = frame[...]
    func skip() {
      rest = rest.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0a || $0 == 0x0d }
    }
    skip()
    guard rest.popFirst() == UInt8(ascii: "[") else { return false }
    skip()
    return rest.starts(with: "\"EVENT\"".utf8)
  }

  func task(for frame: [UInt8], from link: LinkID) -> RelayTask {
    let event: Event
    do {
      guard case .event(let read) = try ClientMessage(parsing: frame) else {
        return .reply(link, .notice("invalid: expected an event"))
      }
      event = read
    } catch {
      return unreadable(frame, link, error)
    }
    func refuse(_ prefix: Reason.Prefix, _ detail: String) -> RelayTask {
      .reply(link, .ok(event.id, false, Reason(prefix, detail)))
    }
    let json = event.json
    guard json.count <= limits.eventBytes else {
      return refuse(.invalid, "the event is larger than \(limits.eventBytes) bytes")
    }
    let now = clock()
    guard event.createdAt <= now + limits.future else {
      return refuse(
        .invalid, "created_at is more than \(limits.future) seconds in the future")
    }
    if let expiration = event.expiration, expiration <= now {
      return refuse(.invalid, "the event has expired")
    }
    guard event.kind != EventKind.clientAuth else {
      return refuse(.invalid, "kind 22242 is for AUTH, not for EVENT")
    }
    do {
      try event.verify()
    } catch {
      return refuse(.invalid, error.message)
    }
    return .verified(link, event, json)
  }

  private func unreadable(_ frame: [UInt8], _ link: LinkID, _ error: NostrError) -> RelayTask {
    let json = try? JSON(parsing: frame)
    guard let elements = json?.array, elements.count > 1,
      let id = elements[1]["id"]?.string.flatMap({ EventID(hex: $0) })
    else { return .reply(link, .notice("invalid: \(error)")) }
    return .reply(link, .ok(id, false, Reason(.invalid, "\(error)")))
  }
}

extension Event {
  // NIP-40: the time at which an event expires
  // https://github.com/nostr-protocol/nips/blob/master/40.md
  var expiration: Int64? { firstTag("expiration").flatMap { Int64($0) } }
}
