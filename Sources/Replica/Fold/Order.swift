import Nostr

/// Where an event stands in time: later wins, of one second the lowest id wins (NIP-01).
struct Stamp: Hashable, Comparable, Sendable {
  var createdAt: Int64
  var id: EventID

  /// `a < b`: b is the newer one.
  static func < (a: Stamp, b: Stamp) -> Bool {
    a.createdAt == b.createdAt ? a.id > b.id : a.createdAt < b.createdAt
  }
}
