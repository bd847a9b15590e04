package import Nostr

/// The name of a room for the whole world: the key that signs its roster, and its slug.
///
/// Two rooms with one slug are two audiences; nothing local is ever keyed by the slug alone.
package struct Audience: Hashable, Sendable, CustomStringConvertible {
  /// The audience identity key; never changes.
  package let key: PublicKey
  /// The short name, `[A-Za-z0-9-]+`.
  package let slug: String

  /// `nil` when `slug` is not a slug.
  package init?(key: PublicKey, slug: String) {
    guard Slug.isValid(slug) else { return nil }
    self.key = key
    self.slug = slug
  }

  /// Reads `30520:<64 lower-case hex>:<slug>`; `nil` for anything else.
  package init?(address: String) {
    let parts = address.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, sameBytes(String(parts[0]), "30520"), let key = PublicKey(hex: parts[1])
    else { return nil }
    self.init(key: key, slug: String(parts[2]))
  }

  /// `30520:<hex>:<slug>`, the value of an `a` tag.
  package var address: String { "30520:\(key.hex):\(slug)" }

  package var description: String { address }
}
