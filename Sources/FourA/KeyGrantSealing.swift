package import Nostr

extension KeyGrant {
  /// The epoch secret, opened with the recipient's identity key. It proves nothing by itself: see
  /// `Authority.judge(grant:openedKey:)`.
  package func open(with secret: SecretKey) throws(FourAError) -> SecretKey {
    guard secret.publicKey == recipient else {
      throw FourAError(
        .notForMe, "p", "is for \(recipient.short), opened with \(secret.publicKey.short)")
    }
    var bytes: [UInt8]
    do {
      bytes = try NIP44.decrypt(content, with: ConversationKey(secret: secret, peer: granter))
    } catch {
      throw FourAError(.undecryptable, "content", "does not decrypt: \(error.message)")
    }
    defer { for index in bytes.indices { bytes[index] = 0 } }
    guard bytes.count == 32 else {
      throw FourAError(.invalid, "content", "expected 32 bytes, found \(bytes.count)")
    }
    do {
      return try SecretKey(bytes: bytes)
    } catch {
      throw FourAError(.invalid, "content", "is not a valid secret key")
    }
  }

  /// Writes a grant of `epochSecret` to `recipient`, signed by `granter` (the audience key, where
  /// it is held) at `createdAt` seconds. `nonce` is for tests alone.
  package static func event(
    epochSecret: SecretKey, epoch: Int, audience: Audience, to recipient: PublicKey,
    signedBy granter: SecretKey, createdAt: Int64, nonce: [UInt8]? = nil
  ) throws -> Event {
    let key = try ConversationKey(secret: granter, peer: recipient)
    let content = try epochSecret.withBytes { bytes in
      var plain = [UInt8](bytes)
      defer { for index in plain.indices { plain[index] = 0 } }
      return try NIP44.encrypt(plain, with: key, nonce: nonce)
    }
    return try UnsignedEvent(
      pubkey: granter.publicKey, createdAt: createdAt, kind: FourAWire.keyGrant,
      tags: [
        Tag("d", "\(audience.slug):\(epoch):\(recipient.hex)"),
        Tag("fa:context", FourAWire.context),
        Tag("alt", "KeyGrant: \(audience.slug) epoch \(epoch)"),
        Tag("a", audience.address),
        Tag("fa:epoch", String(epoch)),
        Tag("p", recipient.hex),
      ],
      content: content
    ).signed(by: granter)
  }
}
