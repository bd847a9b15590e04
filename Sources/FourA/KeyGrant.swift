package import Nostr

/// A key grant (kind 30521): the secret of one epoch, encrypted for one member (4A 1.4).
package struct KeyGrant: Sendable, Hashable {
  /// The room.
  package let audience: Audience
  /// The epoch whose key is given.
  package let epoch: Int
  /// The member it is for.
  package let recipient: PublicKey
  /// Whoever signed it: the audience key or a member. Judge it before trusting the key.
  package let granter: PublicKey
  /// Time of the event in Unix seconds.
  package let createdAt: Int64
  /// Id of the event.
  package let eventID: EventID
  let content: String

  /// Reads the shape of `event`, whose id and signature the caller has verified.
  ///
  /// Address, epoch and recipient must agree wherever they are written; a missing `fa:epoch` tag
  /// is read from `d`.
  package init(reading event: Event) throws(FourAError) {
    try event.expect(kind: FourAWire.keyGrant)
    let audience = try event.audience()
    let d = try event.required("d")
    let parts = d.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, let epoch = Field.epoch(parts[1]), let named = PublicKey(hex: parts[2])
    else {
      throw FourAError(
        .invalid, "d", "expected <slug>:<epoch>:<recipient hex>, found \(Field.quoted(d))")
    }
    guard sameBytes(String(parts[0]), audience.slug) else {
      throw FourAError(
        .mismatch, "d", "expected the slug \(audience.slug) of the a tag, found \(parts[0])")
    }
    if let tag = event.firstTag("fa:epoch"), Field.epoch(tag) != epoch {
      throw FourAError(
        .mismatch, "fa:epoch", "expected \(epoch), as d says, found \(Field.quoted(tag))")
    }
    let recipients = event.tagValues("p")
    guard recipients.count == 1, let recipient = PublicKey(hex: recipients[0]) else {
      throw FourAError(.invalid, "p", "expected exactly one recipient, found \(recipients.count)")
    }
    guard recipient == named else {
      throw FourAError(
        .mismatch, "p", "expected \(named.short), as d says, found \(recipient.short)")
    }
    // 32 bytes fill the smallest padding: 1 + 32 + 34 + 32 bytes, 132 characters of base64.
    guard event.content.utf8.count <= 512 else {
      throw FourAError(
        .tooLarge, "content", "expected 132 characters, found \(event.content.utf8.count)")
    }
    self.audience = audience
    self.epoch = epoch
    self.recipient = recipient
    granter = event.pubkey
    createdAt = event.createdAt
    eventID = event.id
    content = event.content
  }
}
