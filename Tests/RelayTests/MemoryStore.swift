import Nostr
import Replica

@testable import Relay

extension RelayArchive: EventStore {}

/// The rules of a store, written as plainly as they can be: what the SQLite one is held against.
final class MemoryStore: EventStore {
  private var held: [(event: Event, json: [UInt8])] = []

  func save(_ events: [(event: Event, json: [UInt8])]) throws -> [Reason?] {
    events.map { event, json in
      if held.contains(where: { $0.event.id == event.id }) {
        return Reason(.duplicate, "already have this event")
      }
      if event.isReplaceable || event.isAddressable {
        let rivals = held.filter {
          $0.event.kind == event.kind && $0.event.pubkey == event.pubkey
            && (event.isReplaceable || sameBytes($0.event.d, event.d))
        }
        if rivals.contains(where: { Event.precedes(newer: $0.event, event) }) {
          return Reason(.replaced, "a newer version is here")
        }
        held.removeAll { entry in rivals.contains { $0.event.id == entry.event.id } }
      }
      held.append((event, json))
      return nil
    }
  }

  func query(
    _ filter: Filter, at now: Int64, wrapsFor readers: [PublicKey]?,
    after: (createdAt: Int64, id: EventID)?,
    _ each: (_ createdAt: Int64, _ id: EventID, _ json: [UInt8]) throws -> Bool
  ) throws {
    let found = held.filter { visible($0.event, filter, now, readers) }
      .sorted { Event.precedes(newer: $0.event, $1.event) }
    for (event, json) in found {
      if let after,
        !Event.precedes(newer: after, (createdAt: event.createdAt, id: event.id))
      {
        continue
      }
      guard try each(event.createdAt, event.id, json) else { return }
    }
  }

  func count(_ filters: [Filter], at now: Int64, wrapsFor readers: [PublicKey]?) throws -> Int {
    held.count { entry in filters.contains { visible(entry.event, $0, now, readers) } }
  }

  private func visible(
    _ event: Event, _ filter: Filter, _ now: Int64, _ readers: [PublicKey]?
  ) -> Bool {
    if let expiration = event.expiration, expiration <= now { return false }
    if let readers, event.kind == EventKind.giftWrap {
      let recipients = event.tagValues("p")
      guard readers.contains(where: { recipients.contains($0.hex) }) else { return false }
    }
    return filter.matches(event)
  }
}
