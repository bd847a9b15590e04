package import Nostr

/// Where the embedded relay keeps events. Used on one thread only.
///
/// The relay hands over verified events; the store applies the rules of NIP-01 for replaceable and
/// addressable events (larger `created_at`, then the lowest id), hides what has expired (NIP-40), and
/// shows gift wraps to their recipients only when it is told who reads.
package protocol EventStore: AnyObject {
  /// Keeps `events` with the JSON to serve for each, all in one transaction that survives the end of the
  /// process once this returns. Answers, in order, `nil` for an event that is now stored, or why it is
  /// not: `.duplicate` for one that was there, `.replaced` for one older than what is there.
  func save(_ events: [(event: Event, json: [UInt8])]) throws -> [Reason?]

  /// Tells the events that match, newest first and the lowest id first within a second, until `each`
  /// answers `false`. `limit` is not looked at.
  ///
  /// - Parameters:
  ///   - now: Unix seconds; what has expired by then is not told.
  ///   - readers: when not `nil`, kind 1059 is told only when one of these keys is in its `p` tags.
  ///   - after: only what comes later in the order than this place.
  func query(
    _ filter: Filter, at now: Int64, wrapsFor readers: [PublicKey]?,
    after: (createdAt: Int64, id: EventID)?,
    _ each: (_ createdAt: Int64, _ id: EventID, _ json: [UInt8]) throws -> Bool) throws

  /// How many events match at least one of `filters`, under the conditions of `query`.
  func count(_ filters: [Filter], at now: Int64, wrapsFor readers: [PublicKey]?) throws -> Int
}
