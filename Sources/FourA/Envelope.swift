package import Nostr

/// The room and epoch that a rumor names, without a key.
package struct Envelope: Sendable, Hashable {
  /// The room, from the first `a` tag.
  package let audience: Audience
  /// The epoch, from `fa:epoch`.
  package let epoch: Int

  /// What was read before.
  package init(audience: Audience, epoch: Int) {
    self.audience = audience
    self.epoch = epoch
  }

  /// Reads the tags of a rumor; wrong or missing `blake3`, `alt`, `fa:context` and `p` are borne.
  package init(reading rumor: Event) throws(FourAError) {
    guard FourAWire.isMessage(kind: rumor.kind) else {
      throw FourAError(
        .wrongKind, "kind", "expected 30510 to 30514 or 30530 to 30536, found \(rumor.kind)")
    }
    audience = try rumor.audience()
    let text = try rumor.required("fa:epoch")
    guard let epoch = Field.epoch(text) else {
      throw FourAError(
        .invalid, "fa:epoch", "expected a whole number from 1, found \(Field.quoted(text))")
    }
    self.epoch = epoch
  }
}
