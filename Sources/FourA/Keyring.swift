package import Nostr

/// Opens the rumors of rooms with the epoch secrets held. Not `Sendable`: each thread makes its own
/// from one `EpochSecrets`, with its own cache of conversation keys.
package final class Keyring {
  /// The keys; setting them keeps the cache.
  package var secrets: EpochSecrets
  private var conversations: [Conversation: ConversationKey] = [:]

  /// The most conversation keys that are cached before the cache starts again.
  package static let cacheLimit = 4096

  private struct Conversation: Hashable {
    let epochKey: PublicKey
    let author: PublicKey
  }

  /// A keyring over `secrets`.
  package init(_ secrets: EpochSecrets = EpochSecrets()) { self.secrets = secrets }

  /// Keeps a proven epoch secret; `false` when another proven one is held, which stays.
  @discardableResult
  package func add(epochSecret: SecretKey, audience: Audience, epoch: Int) -> Bool {
    secrets.add(epochSecret, audience: audience, epoch: epoch)
  }

  /// A rumor's payload, and under which key it was.
  package struct Opened: Sendable, Hashable {
    /// The room.
    package let audience: Audience
    /// The epoch.
    package let epoch: Int
    /// The decrypted payload: JSON, for the Studio kinds.
    package let payload: [UInt8]
    /// The public half of the epoch key that opened it.
    package let epochKey: PublicKey
    /// Whether that key is proven, and not only a candidate.
    package let isProven: Bool

    /// What its own author knows of a rumor without opening it.
    package init(
      audience: Audience, epoch: Int, payload: [UInt8], epochKey: PublicKey, isProven: Bool
    ) {
      self.audience = audience
      self.epoch = epoch
      self.payload = payload
      self.epochKey = epochKey
      self.isProven = isProven
    }
  }

  /// Decrypts the content of a verified rumor. Fails with `.noEpochKey` when the key of its epoch
  /// is not held: keep the rumor until the grant comes.
  package func open(rumor: Event) throws(FourAError) -> Opened {
    let envelope = try Envelope(reading: rumor)
    let (keys, areProven) = secrets.keys(envelope.audience, epoch: envelope.epoch)
    guard !keys.isEmpty else {
      throw FourAError(
        .noEpochKey, "fa:epoch", "the key of epoch \(envelope.epoch) is not held")
    }
    var reason = ""
    for secret in keys {
      do {
        let key = try conversation(of: secret, with: rumor.pubkey)
        return Opened(
          audience: envelope.audience, epoch: envelope.epoch,
          payload: try NIP44.decrypt(rumor.content, with: key), epochKey: secret.publicKey,
          isProven: areProven)
      } catch {
        reason = error.message
      }
    }
    // With candidates alone, the right key may still come.
    if !areProven {
      throw FourAError(.noEpochKey, "fa:epoch", "no key held for epoch \(envelope.epoch) fits")
    }
    throw FourAError(.undecryptable, "content", "does not decrypt: \(reason)")
  }

  private func conversation(
    of secret: SecretKey, with author: PublicKey
  ) throws(NostrError) -> ConversationKey {
    let pair = Conversation(epochKey: secret.publicKey, author: author)
    if let key = conversations[pair] { return key }
    if conversations.count >= Self.cacheLimit { conversations.removeAll(keepingCapacity: true) }
    let key = try ConversationKey(secret: secret, peer: author)
    conversations[pair] = key
    return key
  }
}
