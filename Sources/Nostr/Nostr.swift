// Nostr: the protocol as values. Keys, events, the NIPs that Studio speaks, and nothing that
// touches a clock, a file or a socket.
//
//   Event/     ids, tags, addresses, the strict reader and the byte-exact writer (NIP-01)
//   Keys/      secret keys in locked memory, BIP-340 signatures, conversation keys
//   JSON/      one scanner and one writer, both in JavaScript's form
//   Crypto/    thin faces of libcrypto, libsodium and libsecp256k1
//   NIPs/      one file each: bech32 names (19), encryption (44), stored keys (49), wraps (59)
//   Messages/  what a client and a relay say to each other, and filters
//
// Everything read here may come from a stranger: every reader bounds its input and gives a value
// or a `NostrError`, never a repaired value.

/// Event kinds that this target itself must know.
package enum EventKind {
  /// A deletion request (NIP-09).
  package static let deletion = 5
  /// The sealed middle layer of a gift wrap (NIP-59).
  package static let seal = 13
  /// The outer layer of a gift wrap (NIP-59).
  package static let giftWrap = 1059
  /// A list of relays for receiving wraps (NIP-17).
  package static let inboxRelays = 10050
  /// An answer to a relay's AUTH challenge (NIP-42).
  package static let clientAuth = 22242
}

/// The bounds inside which an event is read or written at all.
package enum EventLimits {
  /// Bytes of one event's JSON.
  package static let eventBytes = 512 * 1024
  /// Tags in one event.
  package static let tags = 2_000
  /// Bytes of one tag's JSON.
  package static let tagBytes = 64 * 1024
  /// Keys beyond the seven of NIP-01 that are skipped before an event is refused.
  package static let unknownKeys = 32
  /// Largest `created_at`, in seconds: 2^53, where JavaScript stops counting exactly.
  package static let createdAt: Int64 = 1 << 53
  /// Largest kind.
  package static let kind = 65_535
}
