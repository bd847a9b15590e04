package import Nostr

/// Epoch secrets by room and epoch, cheap to hand to another thread.
package struct EpochSecrets: Sendable {
  /// The most unproven keys kept for one epoch of one room.
  package static let maximumCandidates = 8

  private struct Slot: Hashable, Sendable {
    let audience: Audience
    let epoch: Int
  }

  private struct Held: Sendable {
    var proven: SecretKey?
    var candidates: [SecretKey] = []
  }

  private var held: [Slot: Held] = [:]

  /// No key yet.
  package init() {}

  /// Keeps a key that a declaration proved. A proven key is never overwritten: `false` when another
  /// one is held already.
  package mutating func add(_ secret: SecretKey, audience: Audience, epoch: Int) -> Bool {
    let slot = Slot(audience: audience, epoch: epoch)
    if let proven = held[slot]?.proven { return proven.publicKey == secret.publicKey }
    held[slot] = Held(proven: secret)
    return true
  }

  /// Keeps an unproven key beside others; `false` when a proven one is held, or too many.
  package mutating func add(candidate secret: SecretKey, audience: Audience, epoch: Int) -> Bool {
    let slot = Slot(audience: audience, epoch: epoch)
    var entry = held[slot] ?? Held()
    guard entry.proven == nil else { return false }
    guard !entry.candidates.contains(where: { $0.publicKey == secret.publicKey }) else {
      return true
    }
    guard entry.candidates.count < Self.maximumCandidates else { return false }
    entry.candidates.append(secret)
    held[slot] = entry
    return true
  }

  /// The keys to try for an epoch: the proven one alone, or the candidates.
  package func secrets(_ audience: Audience, epoch: Int) -> [SecretKey] {
    keys(audience, epoch: epoch).secrets
  }

  /// The keys to try for an epoch, and whether they are the proven one.
  func keys(_ audience: Audience, epoch: Int) -> (secrets: [SecretKey], areProven: Bool) {
    guard let entry = held[Slot(audience: audience, epoch: epoch)] else { return ([], false) }
    return entry.proven.map { ([$0], true) } ?? (entry.candidates, false)
  }

  /// The proven key of an epoch.
  package func proven(_ audience: Audience, epoch: Int) -> SecretKey? {
    held[Slot(audience: audience, epoch: epoch)]?.proven
  }

  /// Forgets every key of a room.
  package mutating func remove(_ audience: Audience) {
    held = held.filter { $0.key.audience != audience }
  }
}
