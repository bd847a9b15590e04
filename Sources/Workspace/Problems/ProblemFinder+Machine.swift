import Nostr
package import Replica
import Studio

// What is wrong on this machine, and with what it has heard.
extension ProblemFinder {
  package func machine(_ reader: Reader) throws -> [Problem] {
    let own = try outbox(reader) + workers(reader)
    let heard = try unattested(reader) + refusals(reader)
    return withoutDatabase + own.map { Problem(.machine($0), in: nil) }
      + heard.map { Problem(.machine($0), in: room?.id) }
  }

  /// What can be told even when the database cannot be read.
  package var withoutDatabase: [Problem] {
    (database + engine + relays + clock + fullDisk).map { Problem(.machine($0), in: nil) }
  }

  private var database: [MachineProblem] { fault.map { [thing("database", "", $0)] } ?? [] }

  private var engine: [MachineProblem] {
    guard isEngineGone else { return [] }
    return [thing("engine", "", "it is gone, and is being started again")]
  }

  private var relays: [MachineProblem] {
    (status?["relays"]?.array ?? []).compactMap { relay in
      let state = relay["state"]?.string ?? ""
      guard !sameBytes(state, "live"), !sameBytes(state, "syncing") else { return nil }
      return thing(
        "relay", relay["url"]?.string ?? "", relay["error"]?.string ?? "no connection yet")
    }
  }

  private func outbox(_ reader: Reader) throws -> [MachineProblem] {
    let counts = try reader.counts()
    var found: [MachineProblem] = []
    if isSending, counts.pending > 0 {
      found.append(
        thing(
          "outbox", "",
          "\(counts.pending) copies are on no relay yet; they are kept, and go when one is reached",
          mark: "\(counts.pending)"))
    }
    if counts.held > 0 {
      found.append(
        thing(
          "held", "", "\(counts.held) events wait for a key, or for what they are about",
          mark: "\(counts.held)"))
    }
    return found
  }

  private var clock: [MachineProblem] {
    guard let skew = status?["clock_skew"]?.integer, abs(skew) > PresenceEvidence.skew else {
      return []
    }
    return [
      thing("clock", "", "this machine's clock is \(Age(since: 0, now: abs(skew)).text) off")
    ]
  }

  // MARK: Agents of this home

  private func workers(_ reader: Reader) throws -> [MachineProblem] {
    let paused = try reader.workerStates().filter { $0.state.mode != .active }.map {
      profile, state in
      let why =
        sameBytes(state.reason, "breaker") ? "too many failures in a row" : "as its owner said"
      return thing(
        "worker", profile,
        "\(state.mode.rawValue) \(ago(state.changedAt)): \(why); studio worker resume",
        mark: "\(state.mode.rawValue) \(state.changedAt)")
    }
    let adapters = try reader.adapterVerdicts().compactMap { verdict -> MachineProblem? in
      guard verdict.isChosen, let failure = verdict.failure else { return nil }
      return thing(
        "adapter", verdict.name,
        "cannot be run, as looked at \(ago(verdict.at)): \(failure); "
          + "studio worker adapters check looks again", mark: failure)
    }
    return paused + adapters
  }

  private var fullDisk: [MachineProblem] {
    guard let disk, let words = disk.words else { return [] }
    return [thing("disk", "", words, mark: "\((disk.runs.bytes + disk.worktrees.bytes) >> 30)")]
  }

  // MARK: What was heard

  /// Names that nobody vouches for.
  private func unattested(_ reader: Reader) throws -> [MachineProblem] {
    guard let room else { return [] }
    return try reader.unattested(room.id, since: now - 7 * 86_400).map { row in
      let count = row.connections
      return MachineProblem(
        kind: "unattested", subject: .member(row.pubkey),
        place: "\(count) connection\(count == 1 ? "" : "s")",
        words: "not registered, heard \(ago(row.lifeAt)): nobody vouches for its name",
        mark: "\(count)")
    }
  }

  /// What changed nothing, of the last day.
  private func refusals(_ reader: Reader) throws -> [MachineProblem] {
    guard let room else { return [] }
    let rows = try reader.refusals(room.id, limit: 50).filter {
      $0.receivedAt >= now - 86_400 && $0.verdict == .refused
    }
    guard let last = rows.first else { return [] }
    return [
      MachineProblem(
        kind: "refused", subject: .member(last.signer), place: last.effect,
        words: "\(rows.count) refused since yesterday, the last \(ago(last.receivedAt)): "
          + (last.reason ?? ""), mark: last.eventID.hex)
    ]
  }

  /// Nothing here changes by the second.
  private func ago(_ time: Int64) -> String {
    now - time < 60 ? "just now" : "\(Age(since: time, now: now).text) ago"
  }

  private func thing(_ kind: String, _ place: String, _ words: String, mark: String? = nil)
    -> MachineProblem
  {
    MachineProblem(
      kind: kind, subject: .thing(kind), place: place, words: words, mark: mark ?? words)
  }
}
