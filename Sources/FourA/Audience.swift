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
    // By bytes, since every event that comes names its room so; a colon is in no slug.
    var address = address
    let parts = address.withUTF8 { bytes -> (key: PublicKey, slug: String)? in
      let bytes = UnsafeRawBufferPointer(bytes)
      guard bytes.count > 71, bytes.starts(with: "30520:".utf8), bytes[70] == UInt8(ascii: ":"),
        let key = Bytes32(hexBytes: .init(rebasing: bytes[6..<70]))
      else { return nil }
      return (PublicKey(key), String(decoding: bytes[71...], as: UTF8.self))
    }
    guard let parts else { return nil }
    self.init(key: parts.key, slug: parts.slug)
  }

  /// `30520:<hex>:<slug>`, the value of an `a` tag.
  package var address: String { "30520:\(key.hex):\(slug)" }

  package var description: String { address }
}
