// NIP-19: bech32 names for keys, events and addresses
// https://github.com/nostr-protocol/nips/blob/master/19.md

extension PublicKey {
  /// The key as `npub1…`.
  package var npub: String { Bech32.encode(hrp: "npub", bytes) }

  /// `nil` unless the text is a well-formed `npub`.
  package init?(npub text: String) {
    guard case .pubkey(let key)? = try? NIP19(parsing: text) else { return nil }
    self = key
  }
}

extension EventID {
  /// The id as `note1…`.
  package var note: String { Bech32.encode(hrp: "note", bytes) }

  /// `nil` unless the text is a well-formed `note`.
  package init?(note text: String) {
    guard case .note(let id)? = try? NIP19(parsing: text) else { return nil }
    self = id
  }
}

extension SecretKey {
  /// The key as the ASCII bytes of `nsec1…`; the caller wipes them.
  package func nsec() -> [UInt8] {
    var bytes = withBytes { [UInt8]($0) }
    defer { bytes.wipe() }
    return Bech32.encodedBytes(hrp: "nsec", bytes)
  }

  /// Reads the ASCII bytes of an `nsec`. Throws `.invalidBech32`, `.wrongPrefix` or
  /// `.invalidSecretKey`; no error repeats what was given.
  package convenience init(nsec text: some Collection<UInt8>) throws(NostrError) {
    var (hrp, bytes) = try Bech32.decode(ascii: text, limit: 90)
    defer { bytes.wipe() }
    guard hrp == "nsec" else {
      throw NostrError(.wrongPrefix, "secret key", "expected nsec1…, got another bech32 name")
    }
    try self.init(bytes: bytes)
  }
}

/// A public name of NIP-19. A secret key is deliberately none of them.
package enum NIP19: Hashable, Sendable {
  case pubkey(PublicKey)
  case note(EventID)
  case profile(Profile)
  case event(EventPointer)
  case address(AddressPointer)

  /// A person and where to find them (`nprofile`).
  package struct Profile: Hashable, Sendable {
    /// Who.
    package var pubkey: PublicKey
    /// Relays, untrusted and unchecked.
    package var relays: [String]

    /// A profile name.
    package init(pubkey: PublicKey, relays: [String] = []) {
      self.pubkey = pubkey
      self.relays = relays
    }
  }

  /// An event and where to find it (`nevent`).
  package struct EventPointer: Hashable, Sendable {
    /// Which.
    package var id: EventID
    /// Relays, untrusted and unchecked.
    package var relays: [String]
    /// Its author, as the name claims.
    package var author: PublicKey?
    /// Its kind, as the name claims.
    package var kind: Int?

    /// An event name.
    package init(id: EventID, relays: [String] = [], author: PublicKey? = nil, kind: Int? = nil) {
      self.id = id
      self.relays = relays
      self.author = author
      self.kind = kind
    }
  }

  /// A coordinate and where to find its event (`naddr`).
  package struct AddressPointer: Hashable, Sendable {
    /// Which.
    package var address: Address
    /// Relays, untrusted and unchecked.
    package var relays: [String]

    /// An address name.
    package init(address: Address, relays: [String] = []) {
      self.address = address
      self.relays = relays
    }
  }

  /// Most relays that are read from one name.
  package static let relayLimit = 32

  /// Reads any public name, with or without `nostr:` before it (NIP-21). Throws `.invalidBech32`,
  /// `.wrongPrefix` for a name of another sort, or the code of the part that is wrong.
  package init(parsing text: String) throws(NostrError) {
    let hasScheme = text.utf8.starts(with: "nostr:".utf8)
    let name = hasScheme ? String(text.utf8.dropFirst(6)) ?? "" : text
    let (hrp, bytes) = try Bech32.decode(name)
    switch hrp {
    case "npub": self = .pubkey(PublicKey(try NIP19.bytes32(bytes, hrp)))
    case "note": self = .note(EventID(try NIP19.bytes32(bytes, hrp)))
    case "nprofile": self = .profile(try NIP19.profile(TLV(bytes)))
    case "nevent": self = .event(try NIP19.event(TLV(bytes)))
    case "naddr": self = .address(try NIP19.address(TLV(bytes)))
    default:
      throw NostrError(
        .wrongPrefix, "name", "expected npub, note, nprofile, nevent or naddr")
    }
  }

  /// The name, without `nostr:`.
  package var text: String {
    switch self {
    case .pubkey(let key): return key.npub
    case .note(let id): return id.note
    case .profile(let profile):
      var out = TLV()
      out.add(.special, profile.pubkey.bytes)
      out.add(relays: profile.relays)
      return Bech32.encode(hrp: "nprofile", out.bytes)
    case .event(let event):
      var out = TLV()
      out.add(.special, event.id.bytes)
      out.add(relays: event.relays)
      if let author = event.author { out.add(.author, author.bytes) }
      if let kind = event.kind { out.add(kind: kind) }
      return Bech32.encode(hrp: "nevent", out.bytes)
    case .address(let pointer):
      var out = TLV()
      out.add(.special, Array(pointer.address.d.utf8))
      out.add(relays: pointer.relays)
      out.add(.author, pointer.address.pubkey.bytes)
      out.add(kind: pointer.address.kind)
      return Bech32.encode(hrp: "naddr", out.bytes)
    }
  }

  private static func bytes32(_ bytes: [UInt8], _ field: String) throws(NostrError) -> Bytes32 {
    guard let value = Bytes32(bytes) else {
      throw NostrError(.invalidLength, field, "expected 32 bytes, got \(bytes.count)")
    }
    return value
  }

  private static func profile(_ parts: TLV) throws(NostrError) -> Profile {
    Profile(
      pubkey: PublicKey(try bytes32(try parts.special("nprofile"), "nprofile")),
      relays: try parts.relays())
  }

  private static func event(_ parts: TLV) throws(NostrError) -> EventPointer {
    var pointer = EventPointer(id: EventID(try bytes32(try parts.special("nevent"), "nevent")))
    pointer.relays = try parts.relays()
    if let author = parts.first(.author) {
      pointer.author = PublicKey(try bytes32(Array(author), "author"))
    }
    pointer.kind = try parts.kind()
    return pointer
  }

  private static func address(_ parts: TLV) throws(NostrError) -> AddressPointer {
    guard let d = String(validating: try parts.special("naddr"), as: UTF8.self) else {
      throw NostrError(.invalidUTF8, "naddr", "expected valid UTF-8 in the identifier")
    }
    guard let author = parts.first(.author), let kind = try parts.kind() else {
      throw NostrError(.missingField, "naddr", "expected an author and a kind")
    }
    let address = Address(
      kind: kind, pubkey: PublicKey(try bytes32(Array(author), "author")), d: d)
    return AddressPointer(address: address, relays: try parts.relays())
  }
}

/// The type-length-value list inside the longer names.
private struct TLV {
  enum Sort: UInt8 {
    case special, relay, author, kind
  }

  private(set) var bytes: [UInt8] = []
  private var parts: [(sort: UInt8, value: ArraySlice<UInt8>)] = []

  init() {}

  init(_ bytes: [UInt8]) throws(NostrError) {
    var rest = bytes[...]
    while let sort = rest.popFirst() {
      guard let count = rest.popFirst(), rest.count >= Int(count) else {
        throw NostrError(.invalidLength, "name", "expected a part as long as it says")
      }
      parts.append((sort, rest.prefix(Int(count))))
      rest = rest.dropFirst(Int(count))
    }
  }

  func first(_ sort: Sort) -> ArraySlice<UInt8>? {
    parts.first { $0.sort == sort.rawValue }?.value
  }

  func special(_ field: String) throws(NostrError) -> [UInt8] {
    guard let value = first(.special) else {
      throw NostrError(.missingField, field, "expected what it names, got none")
    }
    return Array(value)
  }

  func relays() throws(NostrError) -> [String] {
    let found = parts.filter { $0.sort == Sort.relay.rawValue }.prefix(NIP19.relayLimit)
    return try found.map { part throws(NostrError) in
      guard let text = String(validating: part.value, as: UTF8.self) else {
        throw NostrError(.invalidUTF8, "relay", "expected valid UTF-8")
      }
      return text
    }
  }

  func kind() throws(NostrError) -> Int? {
    guard let value = first(.kind) else { return nil }
    let kind = value.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard value.count == 4, kind <= UInt64(EventLimits.kind) else {
      throw NostrError(.outOfRange, "kind", "expected four bytes, at most \(EventLimits.kind)")
    }
    return Int(kind)
  }

  /// Adds a part; one of more than 255 bytes has no place in this format and is left out.
  mutating func add(_ sort: Sort, _ value: [UInt8]) {
    guard value.count <= 255 else { return }
    bytes.append(sort.rawValue)
    bytes.append(UInt8(value.count))
    bytes.append(contentsOf: value)
  }

  mutating func add(relays: [String]) {
    for relay in relays.prefix(NIP19.relayLimit) { add(.relay, Array(relay.utf8)) }
  }

  mutating func add(kind: Int) {
    withUnsafeBytes(of: UInt32(truncatingIfNeeded: kind).bigEndian) { add(.kind, Array($0)) }
  }
}
