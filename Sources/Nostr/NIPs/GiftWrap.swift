// NIP-59: gift wraps, with the signed rumors that 4A asks for
// https://github.com/nostr-protocol/nips/blob/master/59.md

/// Three layers: a signed rumor, a seal by its author, a wrap by nobody.
package enum GiftWrap {
  /// What a wrap held, every layer checked.
  package struct Opened: Sendable {
    /// The seal's id.
    package let sealID: EventID
    /// Who sealed it, which is who wrote the rumor.
    package let author: PublicKey
    /// The inner event; its id and signature hold and its key is the seal's.
    package let rumor: Event
  }

  /// Seals a signed rumor for one reader. `key` is the one between `from` and `to`; another one
  /// throws `.authorMismatch`. A rumor over `NIP44.authorLimit` throws `.tooLarge`.
  package static func seal(
    _ rumor: Event, from author: SecretKey, key: ConversationKey, to reader: PublicKey,
    createdAt: Int64
  ) throws(NostrError) -> Event {
    guard key.owner == author.publicKey, key.peer == reader else {
      throw NostrError(
        .authorMismatch, "seal",
        "expected the key between \(author.publicKey.hex) and \(reader.hex), got another")
    }
    let content = try encrypt(rumor, "rumor") { json throws(NostrError) in
      try NIP44.encrypt(json, with: key)
    }
    return try UnsignedEvent(
      pubkey: author.publicKey, createdAt: createdAt, kind: EventKind.seal, content: content
    ).signed(by: author)
  }

  /// Wraps a seal for its reader under a fresh key that is forgotten at once. One `p` tag.
  package static func wrap(
    _ seal: Event, to reader: PublicKey, createdAt: Int64
  ) throws(NostrError) -> Event {
    let point = try CurveKey(reader)
    var ephemeral = EphemeralKey()
    defer { ephemeral.wipe() }
    var key = Bytes32()
    defer { key.withUnsafeMutableBytes { Nostr.wipe($0) } }
    guard key.withUnsafeMutableBytes({ ephemeral.derive(with: point, into: $0) }) else {
      throw ConversationKey.invalid
    }
    let content = try encrypt(seal, "seal") { json throws(NostrError) in
      try json.withUnsafeBufferPointer { bytes throws(NostrError) in
        try withUnsafe(key) { key throws(NostrError) in
          try NIP44.encrypt(UnsafeRawBufferPointer(bytes), key: key)
        }
      }
    }
    return try UnsignedEvent(
      pubkey: ephemeral.publicKey, createdAt: createdAt, kind: EventKind.giftWrap,
      tags: [Tag("p", reader.hex)], content: content
    ).signed { id throws(NostrError) in try ephemeral.sign(id) }
  }

  private static func encrypt(
    _ event: Event, _ layer: String, _ body: ([UInt8]) throws(NostrError) -> String
  ) throws(NostrError) -> String {
    let json = event.json
    guard json.count <= NIP44.authorLimit else {
      throw NostrError(
        .tooLarge, layer,
        "expected at most \(NIP44.authorLimit) bytes in this layer, got \(json.count)")
    }
    return try body(json)
  }

  /// Opens a wrap addressed to `secret`, checking every layer: kinds, tags, ids and signatures,
  /// and that the rumor is its sealer's. When `known` says that the inner id is held already, the
  /// last signature is not checked and `.alreadyKnown` is thrown; the closure has seen the id.
  /// A rumor without signature, as plain NIP-17 clients send, throws `.unsignedRumor`.
  package static func open(
    _ wrap: Event, with secret: SecretKey, cache: ConversationKeyCache,
    known: (EventID) -> Bool = { _ in false }
  ) throws(NostrError) -> Opened {
    try checkWrap(wrap, to: secret.publicKey)
    let ephemeral = try CurveKey(wrap.pubkey)
    try wrap.verifySignature(with: ephemeral)
    let seal = try openOuter(wrap.content, ephemeral, secret)
    try checkSeal(seal)
    let sender: ConversationKeyCache.Entry
    if let held = cache.entry(owner: secret.publicKey, peer: seal.pubkey) {
      try seal.verifySignature(with: held.point)
      sender = held
    } else {
      let point = try CurveKey(seal.pubkey)
      try seal.verifySignature(with: point)
      sender = try cache.insert(secret: secret, peer: seal.pubkey, point: point)
    }
    let rumor = try openInner(seal, sender.key)
    guard !known(rumor.id) else {
      throw NostrError(.alreadyKnown, "rumor", "expected a new event, got \(rumor.id.hex) again")
    }
    try rumor.verifySignature(with: sender.point)
    return Opened(sealID: seal.id, author: seal.pubkey, rumor: rumor)
  }

  private static func checkWrap(_ wrap: Event, to reader: PublicKey) throws(NostrError) {
    guard wrap.kind == EventKind.giftWrap else {
      throw NostrError(
        .wrongKind, "wrap", "expected kind \(EventKind.giftWrap), got \(wrap.kind)")
    }
    guard wrap.tags.count == 1, wrap.tags[0].fields.count >= 2,
      sameBytes(wrap.tags[0].name, "p"), PublicKey(hex: wrap.tags[0].value) == reader
    else {
      throw NostrError(.wrongTags, "wrap", "expected exactly one p tag, naming the reader")
    }
    try wrap.checkID()
  }

  private static func openOuter(
    _ content: String, _ ephemeral: CurveKey, _ secret: SecretKey
  ) throws(NostrError) -> Event {
    // A wrap's key is used once, so it is neither cached nor given locked memory.
    var key = Bytes32()
    defer { key.withUnsafeMutableBytes { Nostr.wipe($0) } }
    let isValid = key.withUnsafeMutableBytes { out in
      secret.withBytes { ConversationKey.derive(secret: $0, point: ephemeral, into: out) }
    }
    guard isValid else { throw ConversationKey.invalid }
    return try withUnsafe(key) { key throws(NostrError) in
      try NIP44.withDecrypted(content, key: key) { json throws(NostrError) in
        try EventReader.read(json, computingMissingID: false)
      }
    }
  }

  private static func checkSeal(_ seal: Event) throws(NostrError) {
    guard seal.kind == EventKind.seal else {
      throw NostrError(.wrongKind, "seal", "expected kind \(EventKind.seal), got \(seal.kind)")
    }
    guard seal.tags.isEmpty else {
      throw NostrError(.wrongTags, "seal", "expected no tags, got \(seal.tags.count)")
    }
    try seal.checkID()
  }

  private static func openInner(
    _ seal: Event, _ key: ConversationKey
  ) throws(NostrError) -> Event {
    let rumor: Event
    do throws(NostrError) {
      rumor = try NIP44.withDecrypted(seal.content, key: key.bytes) { json throws(NostrError) in
        try EventReader.read(json, computingMissingID: true)
      }
    } catch {
      guard error.code == .missingField, error.field == "sig" else { throw error }
      throw NostrError(
        .unsignedRumor, "rumor", "expected a signed inner event (4A), got an unsigned one")
    }
    guard rumor.pubkey == seal.pubkey else {
      throw NostrError(
        .authorMismatch, "rumor",
        "expected the sealer \(seal.pubkey.hex), got \(rumor.pubkey.hex)")
    }
    try rumor.checkID()
    return rumor
  }

  /// A time from `spread` seconds ago up to `now`, each second as likely; never before 1970.
  package static func jitteredPast(from now: Int64, spread: Int64 = 86_400) -> Int64 {
    max(0, now - RandomBytes.uniform(below: max(0, spread) + 1))
  }
}

/// Calls `body` with the bytes in place, keeping the error's type.
private func withUnsafe<R>(
  _ value: Bytes32, _ body: (UnsafeRawBufferPointer) throws(NostrError) -> R
) throws(NostrError) -> R {
  try value.withUnsafeBytes { bytes -> Result<R, NostrError> in
    do throws(NostrError) { return .success(try body(bytes)) } catch { return .failure(error) }
  }.get()
}
