package import FourA
package import Nostr

/// What this identity wants from every relay; the subscriptions are a function of it.
package struct Interests: Sendable, Equatable {
  package var me: PublicKey
  /// Audiences whose declarations and grants are followed: joined, founded or claimed.
  package var audiences: [Audience]
  /// Audiences founded here, whose claims are followed.
  package var founded: [Audience]
  /// Slugs of invites taken whose audience is not known yet.
  package var joiningSlugs: [String]

  package init(
    me: PublicKey, audiences: [Audience] = [], founded: [Audience] = [], joiningSlugs: [String] = []
  ) {
    self.me = me
    self.audiences = audiences
    self.founded = founded
    self.joiningSlugs = joiningSlugs
  }

  /// Declarations, grants and claims: what must be known before wraps can be judged.
  package var keyFilters: [Filter] {
    var filters = [Filter(kinds: [FourAWire.keyGrant], tags: ["p": [me.hex]], limit: 1000)]
    let keys = Array(Set(audiences.map(\.key))).sorted()
    if !keys.isEmpty {
      filters.append(Filter(authors: keys, kinds: [FourAWire.declaration], limit: 500))
      filters.append(Filter(authors: keys, kinds: [FourAWire.keyGrant], limit: 1000))
    }
    if !founded.isEmpty {
      filters.append(
        Filter(kinds: [FourAWire.claim], tags: ["a": founded.map(\.address)], limit: 500))
    }
    if !joiningSlugs.isEmpty {
      filters.append(
        Filter(kinds: [FourAWire.declaration], tags: ["d": joiningSlugs], limit: 100))
    }
    return filters
  }

  /// Wraps as they arrive from now on. Without `since`: a wrap's clock is jittered (NIP-59).
  package var tailFilter: Filter {
    Filter(kinds: [EventKind.giftWrap], tags: ["p": [me.hex]], limit: 0)
  }

  /// One page of stored wraps.
  package func pageFilter(_ page: Backfill.Page) -> Filter {
    Filter(
      kinds: [EventKind.giftWrap], tags: ["p": [me.hex]], since: page.since, until: page.until,
      limit: page.limit)
  }
}
