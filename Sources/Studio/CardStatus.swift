package import Nostr

/// Where a card stands. A state that we do not know is kept as it came.
package struct CardStatus: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
  /// The word on the wire.
  package let rawValue: String

  /// The state with the word `rawValue`.
  package init(rawValue: String) { self.rawValue = rawValue }

  /// Waits for somebody.
  package static let open = CardStatus(rawValue: "open")
  /// Somebody is at it.
  package static let inProgress = CardStatus(rawValue: "in_progress")
  /// Finished.
  package static let done = CardStatus(rawValue: "done")
  /// Put away.
  package static let archived = CardStatus(rawValue: "archived")
  /// A tombstone; only a card's own version sets it, never a comment.
  package static let deleted = CardStatus(rawValue: "deleted")

  /// The states of a card's life, which a comment may set.
  package static let lifecycle: [CardStatus] = [.open, .inProgress, .done, .archived]

  /// Whether it is one of `lifecycle`.
  package var isLifecycle: Bool { Self.lifecycle.contains(self) }

  package var description: String { rawValue }

  package static func == (left: CardStatus, right: CardStatus) -> Bool {
    sameBytes(left.rawValue, right.rawValue)
  }

  package func hash(into hasher: inout Hasher) {
    for byte in rawValue.utf8 { hasher.combine(byte) }
  }

  /// What a payload says: absent, of another type or the older `active` all mean open.
  init(reading json: JSON?) throws(PayloadError) {
    guard let text = json?.string, !sameBytes(text, "active") else {
      self = .open
      return
    }
    try Check.text(text, "status", 1...Limits.word)
    self.init(rawValue: text)
  }
}

/// Who may move a card (agents 2.14).
package enum StatusRule {
  /// Whether `signer` may set `status` by a comment: the author any state of a card's life, the
  /// assignee those of doing it, the founder of the room only `archived`. Of several assignees only
  /// the first is one.
  package static func allows(
    _ status: CardStatus, by signer: PublicKey, author: PublicKey, assignees: [PublicKey],
    founder: PublicKey?
  ) -> Bool {
    guard status.isLifecycle else { return false }
    if signer == author { return true }
    if signer == assignees.first, status != .archived { return true }
    return signer == founder && status == .archived
  }
}

/// Who may tell the run on a card what to do (agents 2.14).
package enum ControlRule {
  /// Whether `signer` may give the order: the author any; the assignee to cancel; an approver to retry and to
  /// steer; whoever owns the assignee's machine any. Of several assignees only the first is one.
  package static func allows(
    _ effect: CardEffect, by signer: PublicKey, author: PublicKey, assignees: [PublicKey],
    approvers: [PublicKey], owners: Set<PublicKey>
  ) -> Bool {
    if signer == author || owners.contains(signer) { return true }
    return switch effect {
    case .cancel: signer == assignees.first
    case .retry, .steer: approvers.contains(signer)
    case .none, .status, .report: false
    }
  }

  /// Why an order counts for nothing, for who may not give it.
  package static func refusal(_ effect: CardEffect) -> String {
    effect == .cancel
      ? "neither the author, the assignee nor the assignee's owner may cancel"
      : "neither the author, an approver nor the assignee's owner may \(effect)"
  }
}
