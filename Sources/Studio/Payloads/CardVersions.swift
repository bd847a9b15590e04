package import Nostr

// What a later version of a card takes over from the earlier one.
extension Card {
  /// This version as the successor of the event `id`: its extension object names the earlier ids,
  /// so that threads on them stay with the card (agents 0, G5).
  package func superseding(_ id: EventID) -> Card {
    var copy = self
    copy.fabric = (fabric ?? Fabric(type: "card")).adding(previous: id)
    return copy
  }

  /// Whether another client dropped the extension object that `older`, by the same author, had.
  package func lostFabric(of older: Card) -> Bool { fabric == nil && older.fabric != nil }

  /// This version with the extension object of `older` where a client that does not know it has
  /// dropped it (agents 0, G15).
  package func keepingFabric(of older: Card) -> Card {
    guard lostFabric(of: older) else { return self }
    var copy = self
    copy.fabric = older.fabric
    return copy
  }

  /// The tombstone: all text stays, nobody is assigned.
  package func deleted() -> Card {
    var copy = self
    copy.status = .deleted
    copy.assignees = []
    return copy
  }

  /// Whether the card is a record that no list shows: its kind begins with `_`.
  package var isHidden: Bool { kind.utf8.first == UInt8(ascii: "_") }

  /// Whether the card, by `author` and named `d`, is that member's profile: the kind is exactly
  /// `_profile` and the name that of the author's own.
  package func isProfile(author: PublicKey, d: String) -> Bool {
    sameBytes(kind, "_profile") && sameBytes(d, DTag.profile(author))
  }

  /// The kind of profile cards.
  package static let profileKind = "_profile"

  /// A member's profile card in a room: the title is the name that others see.
  package static func profile(name: String, of key: PublicKey) -> Card {
    Card(
      kind: profileKind, track: "inbox", title: name, body: "Profile of a member of this room.",
      createdBy: key.hex)
  }
}
