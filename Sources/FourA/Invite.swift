package import Nostr

/// What an invite URL carries: the room's slug and epoch, the invite's secret key and, where the
/// writer was kind, the room's address, the inviter and relays (4A 2.1). Whoever holds the text
/// may claim the place, so it is shown to people and never logged.
package struct Invite: Sendable, CustomStringConvertible {
  /// The short name of the room.
  package let slug: String
  /// The epoch at the time of the invite; carries no authority.
  package let epoch: Int
  /// The key that signs the claim.
  package let secret: SecretKey
  /// The room, when the URL names it. Without it, anyone can set up a decoy of the same slug.
  package let audience: Audience?
  /// The identity key of the inviter, when the URL names it.
  package let inviter: PublicKey?
  /// Relays on which the room lives, `ws://` or `wss://`, as written; at most 16.
  package let relays: [String]

  /// The largest URL that is read, in UTF-8 bytes.
  package static let maximumBytes = 4096
  /// The most relays that a URL may name.
  package static let maximumRelays = 16

  /// A new invite to `audience`.
  package init(
    audience: Audience, epoch: Int, secret: SecretKey, inviter: PublicKey?, relays: [String]
  ) {
    slug = audience.slug
    self.epoch = epoch
    self.secret = secret
    self.audience = audience
    self.inviter = inviter
    self.relays = relays
  }

  /// The public key of the invite, as `fa:pending` lists it.
  package var key: PublicKey { secret.publicKey }

  package var description: String { "Invite(\(slug), epoch \(epoch), key \(key.short))" }

  /// `s4a://invite/…`
  package var url: String { "s4a://invite/" + tail }

  /// `https://claim.4a4.ai/invite/…`, for people without a program that knows `s4a://`.
  package var webURL: String { "https://claim.4a4.ai/invite/" + tail }

  private var tail: String {
    var text = "\(slug)/\(epoch)?k=\(secret.withBytes { Bech32.encode(hrp: Self.hrp, Array($0)) })"
    if let audience { text += "&address=" + PercentCoding.encode(audience.address) }
    if let inviter { text += "&inviter=" + inviter.hex }
    for relay in relays { text += "&relay=" + PercentCoding.encode(relay) }
    return text
  }

  private static let hrp = "4ainv"

  /// Reads every form in use: `s4a://` and the older `4a://` in any case, `http(s)` on any host,
  /// the key as `k` or `priv`, in bech32 or hex of any case, the invite's public key in the path.
  /// Unknown parameters, a fragment, and words around the URL are ignored.
  package init(parsing text: String) throws(FourAError) {
    guard text.utf8.count <= Self.maximumBytes else {
      throw FourAError(
        .tooLarge, "url",
        "expected at most \(Self.maximumBytes) bytes, found \(text.utf8.count)")
    }
    let parts = try InviteText(text)
    slug = try Self.slug(parts)
    epoch = try Self.epoch(parts)
    secret = try Self.secret(parts)
    if let legacy = parts.path.count > 2 ? parts.path[2] : nil {
      guard let named = PublicKey(hex: legacy.lowercased()) else {
        throw FourAError(
          .invalid, "path", "expected the invite's public key in 64 hex, found an unknown part")
      }
      guard named == secret.publicKey else {
        throw FourAError(.mismatch, "k", "is not the key of \(named.short), which the path names")
      }
    }
    audience = try Self.audience(parts, slug: slug)
    inviter = try Self.inviter(parts)
    relays = try Self.relays(parts)
  }

  private static func slug(_ parts: InviteText) throws(FourAError) -> String {
    guard let slug = parts.path.first else {
      throw FourAError(.missing, "slug", "expected invite/<slug>/<epoch>, found no slug")
    }
    guard Slug.isValid(slug) else {
      throw FourAError(
        .invalid, "slug", "expected letters, digits and dashes, found \(Field.quoted(slug))")
    }
    return slug
  }

  private static func epoch(_ parts: InviteText) throws(FourAError) -> Int {
    guard parts.path.count > 1 else {
      throw FourAError(.missing, "epoch", "expected invite/<slug>/<epoch>, found no epoch")
    }
    let text = parts.path[1]
    guard let epoch = looseEpoch(text) else {
      throw FourAError(
        .invalid, "epoch", "expected a whole number from 1, found \(Field.quoted(text))")
    }
    guard parts.path.count <= 3 else {
      throw FourAError(.invalid, "path", "expected at most three parts after invite/")
    }
    return epoch
  }

  /// The reference reads `01` and `1e1`, as JavaScript's `Number` does; so do we, within bounds.
  private static func looseEpoch(_ text: String) -> Int? {
    let halves = text.utf8.split(
      omittingEmptySubsequences: false, whereSeparator: { $0 | 0x20 == UInt8(ascii: "e") })
    guard halves.count <= 2, text.utf8.count <= 24,
      halves.allSatisfy({ half in
        !half.isEmpty && half.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      }),
      var value = Int(Substring(halves[0])),
      let zeros = halves.count == 2 ? Int(Substring(halves[1])) : 0, zeros <= 9
    else { return nil }
    for _ in 0..<zeros {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      guard !overflow else { return nil }
      value = product
    }
    return (1...FourAWire.maximumEpoch).contains(value) ? value : nil
  }

  private static func secret(_ parts: InviteText) throws(FourAError) -> SecretKey {
    let name = parts.first("k") != nil ? "k" : "priv"
    guard let text = parts.first(name), !text.isEmpty else {
      throw FourAError(.missing, "k", "expected the invite's key as k=4ainv1…, found none")
    }
    // The key itself never stands in an error.
    var bytes: [UInt8]
    if let hex = Bytes32(hex: text.lowercased()) {
      bytes = hex.bytes
    } else if let (prefix, data) = try? Bech32.decode(text, limit: 256), prefix == hrp {
      bytes = data
    } else {
      throw FourAError(.invalid, name, "expected 4ainv1… or 64 hex; the key is damaged")
    }
    defer { for index in bytes.indices { bytes[index] = 0 } }
    do {
      return try SecretKey(bytes: bytes)
    } catch {
      throw FourAError(.invalid, name, "expected a valid secret key of 32 bytes")
    }
  }

  private static func audience(_ parts: InviteText, slug: String) throws(FourAError) -> Audience? {
    guard let text = parts.first("address") else { return nil }
    guard let audience = Audience(address: text) else {
      throw FourAError(
        .invalid, "address", "expected 30520:<64 hex>:<slug>, found \(Field.quoted(text))")
    }
    guard sameBytes(audience.slug, slug) else {
      throw FourAError(
        .mismatch, "address", "expected the slug \(slug) of the path, found \(audience.slug)")
    }
    return audience
  }

  private static func inviter(_ parts: InviteText) throws(FourAError) -> PublicKey? {
    guard let text = parts.first("inviter") else { return nil }
    guard let key = PublicKey(hex: text.lowercased()) ?? PublicKey(npub: text) else {
      throw FourAError(
        .invalid, "inviter", "expected 64 hex or an npub, found \(Field.quoted(text))")
    }
    return key
  }

  private static func relays(_ parts: InviteText) throws(FourAError) -> [String] {
    let relays = parts.all("relay")
    guard relays.count <= maximumRelays else {
      throw FourAError(
        .tooLarge, "relay", "expected at most \(maximumRelays) relays, found \(relays.count)")
    }
    for relay in relays {
      let scheme = relay.lowercased()
      guard scheme.hasPrefix("ws://") || scheme.hasPrefix("wss://"),
        relay.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
      else {
        throw FourAError(
          .invalid, "relay", "expected ws:// or wss://, found \(Field.quoted(relay))")
      }
    }
    return relays
  }
}
