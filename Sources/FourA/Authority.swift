package import Nostr

/// Everything that is known about who belongs to one room, as a fold over the declarations and
/// grants seen: any order and any repetition gives the same answers (4A 2.5).
package struct Authority: Sendable, Hashable {
  /// The room.
  package let audience: Audience
  /// The declaration in force: of the highest epoch seen, the newest; of one second, the lowest id.
  package private(set) var current: Declaration?
  private var sightings: [EventID: Sighting] = [:]
  private var granted: [Int: Set<PublicKey>] = [:]

  /// One declaration, as far as history needs it.
  private struct Sighting: Sendable, Hashable {
    let epoch: Int
    let createdAt: Int64
    let id: EventID
    let epochKey: PublicKey
    let members: Set<PublicKey>

    func precedes(_ other: Sighting) -> Bool {
      if epoch != other.epoch { return epoch < other.epoch }
      if createdAt != other.createdAt { return createdAt < other.createdAt }
      return id > other.id
    }
  }

  /// Nothing is known of `audience` yet.
  package init(audience: Audience) { self.audience = audience }

  /// Takes in a declaration whose event the caller has verified. `false` when it was known, or is
  /// none of this room's.
  @discardableResult
  package mutating func admit(_ declaration: Declaration) -> Bool {
    guard declaration.audience == audience, let id = declaration.eventID, sightings[id] == nil
    else { return false }
    sightings[id] = Sighting(
      epoch: declaration.epoch, createdAt: declaration.createdAt, id: id,
      epochKey: declaration.epochKey, members: Set(declaration.members))
    if let held = current, !Self.supersedes(declaration, held) { return true }
    current = declaration
    return true
  }

  /// Takes in a grant whose event the caller has verified, for whoever it was made out to. Only the
  /// audience key's word proves a membership; `false` when it adds nothing.
  @discardableResult
  package mutating func admit(grant: KeyGrant) -> Bool {
    guard grant.audience == audience, grant.granter == audience.key else { return false }
    return granted[grant.epoch, default: []].insert(grant.recipient).inserted
  }

  private static func supersedes(_ new: Declaration, _ old: Declaration) -> Bool {
    if new.epoch != old.epoch { return new.epoch > old.epoch }
    if new.createdAt != old.createdAt { return new.createdAt > old.createdAt }
    guard let newID = new.eventID, let oldID = old.eventID else { return false }
    return newID < oldID
  }

  /// The public key that was declared for `epoch`, if a declaration of that epoch was seen.
  package func epochKey(_ epoch: Int) -> PublicKey? {
    latest { $0.epoch == epoch }?.epochKey
  }

  /// The epochs whose public keys are known, ascending.
  package var knownEpochs: [Int] { Set(sightings.values.map(\.epoch)).sorted() }

  private func latest(where test: (Sighting) -> Bool) -> Sighting? {
    var best: Sighting?
    for sighting in sightings.values where test(sighting) {
      guard let held = best else {
        best = sighting
        continue
      }
      if held.precedes(sighting) { best = sighting }
    }
    return best
  }
}

extension Authority {
  /// Why something is not taken.
  package enum Refusal: String, Sendable, Hashable {
    /// The signer was never seen on a roster of that epoch.
    case notAMember = "not_a_member"
    /// The signer was removed before the time of the event.
    case removed
    /// The room was closed before the time of the event.
    case closed
    /// A grant for another room.
    case otherRoom = "other_room"
    /// A grant signed by nobody with a right to.
    case strangerGrant = "stranger_grant"
    /// A grant of another key than the one declared.
    case otherKey = "other_key"

    /// The reason in plain words.
    package var message: String {
      switch self {
      case .notAMember: "the author was not a member at that epoch"
      case .removed: "the author was removed before it was written"
      case .closed: "the room was closed before it was written"
      case .otherRoom: "it belongs to another room"
      case .strangerGrant: "the granter is neither the room nor a member"
      case .otherKey: "the key is not the one that the room declared for that epoch"
      }
    }
  }

  /// What to do with a rumor of a room.
  package enum Verdict: Sendable, Hashable {
    /// It counts.
    case accepted
    /// It changes nothing, and why.
    case refused(Refusal)
    /// The declaration of its epoch has not come; keep it and ask again then.
    case awaitsDeclaration
  }

  /// Judges a rumor by its author, the epoch it names and its time in Unix seconds.
  ///
  /// Whoever is on the roster in force may speak at any epoch up to it. Whoever was, at that epoch,
  /// is heard up to the removal: the time of the first declaration held that left them out.
  package func judge(author: PublicKey, epoch: Int, createdAt: Int64) -> Verdict {
    guard let current, epoch <= current.epoch else { return .awaitsDeclaration }
    if current.isClosed, createdAt > current.closedAt ?? current.createdAt {
      return .refused(.closed)
    }
    if current.members.contains(author) { return .accepted }
    guard wasMember(author, at: epoch) else { return .refused(.notAMember) }
    guard let removal = removal(of: author), createdAt >= removal else { return .accepted }
    return .refused(.removed)
  }

  /// Whether `key` was on a roster of `epoch`, or was given its key by the room.
  package func wasMember(_ key: PublicKey, at epoch: Int) -> Bool {
    granted[epoch]?.contains(key) ?? false
      || sightings.values.contains { $0.epoch == epoch && $0.members.contains(key) }
  }

  /// When `key` left the roster, in Unix seconds; `nil` for somebody still on it, or never seen.
  package func removal(of key: PublicKey) -> Int64? {
    let named = latest { $0.members.contains(key) }
    // A grant shows a membership but not its end, so it stands before every roster of its epoch.
    let grantEpoch = granted.filter { $0.value.contains(key) }.keys.max() ?? 0
    guard named != nil || grantEpoch > 0 else { return nil }
    return sightings.values.filter { sighting in
      if let named, !named.precedes(sighting) { return false }
      return sighting.epoch >= grantEpoch && !sighting.members.contains(key)
    }.map(\.createdAt).min()
  }

  /// What to do with an epoch key that a grant carried.
  package enum GrantVerdict: Sendable, Hashable {
    /// The key is the room's; keep it for good.
    case proven
    /// It may be: keep it beside others, until a message decrypts with it or a declaration comes.
    case candidate
    /// The declaration of its epoch has not come; keep the grant and ask again then.
    case awaitsDeclaration
    /// Throw it away, and why.
    case refused(Refusal)
  }

  /// Judges a grant against the roster and the declared public key of its epoch. `openedKey` is the
  /// public half of the secret that the grant carried.
  ///
  /// The answer never depends on another grant, so a forged one cannot displace a proven key.
  package func judge(grant: KeyGrant, openedKey: PublicKey) -> GrantVerdict {
    guard grant.audience == audience else { return .refused(.otherRoom) }
    guard let current, grant.epoch <= current.epoch else { return .awaitsDeclaration }
    let isRoom = grant.granter == audience.key
    guard
      isRoom || current.members.contains(grant.granter)
        || wasMember(grant.granter, at: grant.epoch)
    else { return .refused(.strangerGrant) }
    guard let declared = epochKey(grant.epoch) else { return isRoom ? .proven : .candidate }
    return declared == openedKey ? .proven : .refused(.otherKey)
  }
}
