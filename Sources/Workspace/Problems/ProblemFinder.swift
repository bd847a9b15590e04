package import Nostr
package import Replica
import Studio

/// Finds what is wrong in a room and on this machine, as far as it is known here.
package struct ProblemFinder {
  package var room: RoomRow?
  package var team = Team()
  package var runs = RoomRuns()
  /// Of all rooms.
  package var failures: [FailureNeed] = []
  /// What the engine told last; `nil` before it told anything.
  package var status: JSON?
  package var isEngineGone = false
  /// What the database said when it could not be read.
  package var fault: String?
  /// Copies that are on no relay yet, where they should be.
  package var isSending = false
  package var disk: DiskUse?
  package let now: Int64

  package init(now: Int64) { self.now = now }

  /// Whether the engine tells of a relay from which everything has come.
  package static func isLive(_ status: JSON?) -> Bool {
    status?["relays"]?.array?.contains {
      $0["state"]?.string.map { sameBytes($0, "live") } ?? false
    } ?? false
  }

  /// Everything, the agents first; what was put aside says so.
  package func all(_ reader: Reader) throws -> [Problem] {
    try mark(agents + runs(reader) + machine(reader), reader)
  }

  /// Says of each until when it was put aside.
  package func mark(_ problems: [Problem], _ reader: Reader) throws -> [Problem] {
    let asides = try reader.problemsAside(now: now)
    return problems.map { problem in
      var problem = problem
      problem.aside = asides[problem.key].flatMap { aside in
        aside.until != nil || sameBytes(aside.mark, problem.mark) ? aside : nil
      }
      return problem
    }
  }

  // MARK: Agents

  package var agents: [Problem] {
    team.members.filter(isTroubled).map { Problem(.agent($0), in: room?.id) }
  }

  private func isTroubled(_ member: TeamMember) -> Bool {
    guard member.row.evidence.isAgent, ![.waiting, .done, .unknown].contains(member.presence.state)
    else { return false }
    // Who waits for an answer is never in trouble.
    let run = member.id.card.flatMap { runs.byCard[$0] }
    if let run, run.author == member.id.pubkey, run.record.state == .waiting { return false }
    return member.isSilent || member.presence.isStalled || member.row.clockSkew != nil
  }

  // MARK: Runs

  /// Runs of the room, but for those that an agent's trouble tells of: those under way and passed over, and those
  /// that have failed.
  package func runs(_ reader: Reader) throws -> [Problem] {
    let told = Set(agents.compactMap(\.card))
    let failures = failures.filter { $0.card.room == room?.id }
    let failed = failures.compactMap { need in
      need.record.flatMap { Problem(RunClocks($0), on: need.card, now: now) }
    }
    let known = Set(failures.map(\.card.id)).union(told)
    // Of others' silence nothing is known while we are not connected ourselves.
    let isBlind = team.members.first?.presence.state == .unknown
    let rows = runs.byCard.filter { !known.contains($0.key) && !(isBlind && $0.value.isLive) }
      .sorted { ($0.value.signedAt, $0.key.rawValue) < ($1.value.signedAt, $1.key.rawValue) }
    let found = try rows.prefix(60).compactMap { id, row -> Problem? in
      guard let card = try reader.card(id), card.isShown,
        ["open", "in_progress"].contains(card.status), card.assignees.first == row.author
      else { return nil }
      var cancelledAt: Int64?
      if row.isLive, row.record.state != .cancelling {
        cancelledAt = try reader.controls(on: id, since: row.record.startedAt ?? row.signedAt)
          .last { $0.intent == "cancel" }?.createdAt
      }
      let clocks = RunClocks(row, saidAt: team.saidAt(id, by: row.author))
      return Problem(clocks, on: card, cancelledAt: cancelledAt, now: now)
    }
    return failed.filter { $0.card.map { !told.contains($0) } ?? true } + found
  }
}

extension Team {
  /// When whoever runs a card last said something on it.
  package func saidAt(_ card: ObjectID, by author: PublicKey) -> Int64? {
    members.first { $0.id.card == card && $0.id.pubkey == author }?.row.evidence.progressAt
  }
}
