package import Nostr

// What a founder does to a roster. Each step starts from the declaration in force and carries over
// everything it does not change: earlier invites, the closed state, the retirement time.
extension Declaration {
  /// The earliest time at which a successor may be signed: strictly after this one, since two
  /// declarations of the same second compete by id.
  package func nextCreatedAt(now: Int64) -> Int64 { max(now, createdAt + 1) }

  /// With one more open invite; the earlier ones stay.
  package func inviting(_ key: PublicKey, expiresAt: Int64) -> Declaration {
    var copy = self
    copy.pending.removeAll { $0.key == key }
    copy.pending.append(PendingInvite(key: key, expiresAt: expiresAt))
    return copy
  }

  /// With the invite `key` withdrawn.
  package func withdrawingInvite(_ key: PublicKey) -> Declaration {
    var copy = self
    copy.pending.removeAll { $0.key == key }
    return copy
  }

  /// With the claimants on the roster, their invites used up and the next epoch's key in force.
  package func admitting(_ claims: [Claim], rotatingTo key: PublicKey) -> Declaration {
    var copy = rotated(to: key)
    for claim in claims {
      if !copy.members.contains(claim.claimant) { copy.members.append(claim.claimant) }
      if case .join(let invite) = claim.kind { copy.pending.removeAll { $0.key == invite } }
    }
    return copy
  }

  /// Without `member`, and with the next epoch's key in force: a removed member keeps the old key.
  /// The founder cannot be removed.
  package func removing(_ member: PublicKey, rotatingTo key: PublicKey) throws(FourAError)
    -> Declaration
  {
    guard member != founder else {
      throw FourAError(.invalid, "p", "the founder cannot be removed; close the room instead")
    }
    guard members.contains(member) else {
      throw FourAError(.missing, "p", "expected a member, found \(member.short)")
    }
    var copy = rotated(to: key)
    copy.members.removeAll { $0 == member }
    return copy
  }

  /// With the next epoch's key in force and everything else as it was.
  package func rotated(to key: PublicKey) -> Declaration {
    var copy = self
    copy.epoch += 1
    copy.epochKey = key
    copy.eventID = nil
    return copy
  }

  /// Closed at `time` seconds; a closed room keeps the time it was first closed at.
  package func closed(at time: Int64) -> Declaration {
    var copy = self
    copy.closedAt = isClosed ? closedAt : time
    copy.isClosed = true
    return copy
  }

  /// Open again.
  package func reopened() -> Declaration {
    var copy = self
    copy.closedAt = nil
    copy.isClosed = false
    return copy
  }

  /// What stands between a join claim and admission.
  package enum ClaimVerdict: Sendable, Hashable {
    /// The claim may be admitted.
    case admissible
    /// The claimant is on the roster already.
    case alreadyMember
    /// The claim may not be admitted, and why.
    case refused(String)
  }

  /// Judges a claim by its invite key at `now` seconds. The epoch that the claim names is ignored:
  /// an invite outlives a rotation (4A 1.13, 16).
  package func judge(claim: Claim, at now: Int64) -> ClaimVerdict {
    guard claim.audience == audience else { return .refused("claims a place in another room") }
    guard case .join(let key) = claim.kind else { return .refused("is a leave, not a join") }
    guard !members.contains(claim.claimant) else { return .alreadyMember }
    guard let invite = pending.first(where: { $0.key == key }) else {
      return .refused("names an invite that is not open")
    }
    guard invite.expiresAt > now else { return .refused("names an invite that has ended") }
    if let end = claim.expiresAt, end <= now { return .refused("has ended itself") }
    return .admissible
  }
}
