package import Nostr
import Studio

/// An agent that can be given cards: what it says that it takes, and what its records say that it has in hand.
package struct AgentLoad: Sendable, Hashable {
  package let pubkey: PublicKey
  /// As its registry card names it; `nil` where its records alone tell that it works.
  package var name: String?
  /// Whose machine it runs on, as it says itself.
  package var owner: PublicKey?
  package var program: String?
  package var host: String?
  /// Runs at once; `nil` where it does not say.
  package var parallel: Int?
  /// Empty: every kind that people use.
  package var kinds: [String] = []
  /// It begins nothing for now.
  package var isPaused = false
  package var work = RunLoad()

  package init(pubkey: PublicKey) { self.pubkey = pubkey }

  /// Whether it says that it takes cards of a kind.
  package func takes(_ kind: String) -> Bool {
    kinds.isEmpty ? !kind.hasPrefix("_") : kinds.contains { sameBytes($0, kind) }
  }

  /// Whether one more card would begin at once, as far as it says.
  package var hasSlot: Bool {
    guard !isPaused, work.queued == 0 else { return false }
    return parallel.map { work.running < $0 } ?? (work.running == 0)
  }
}

extension Reader {
  /// The agents of a room that take cards: those that say so in their registry cards, by name, and those that
  /// have worked without saying it.
  package func agentLoads(_ room: RoomID) throws -> [AgentLoad] {
    var works = try roomRuns(room).loads
    var loads: [AgentLoad] = []
    for var load in try workerCards(room) {
      if let index = loads.firstIndex(where: { $0.pubkey == load.pubkey }) {
        // A second worker of the same key takes cards beside the first.
        loads[index].add(load)
        continue
      }
      load.work = works.removeValue(forKey: load.pubkey) ?? RunLoad()
      loads.append(load)
    }
    let others = try members(room).map(\.pubkey).filter { works[$0] != nil }
    return loads
      + others.map { key in
        var load = AgentLoad(pubkey: key)
        load.work = works[key] ?? RunLoad()
        return load
      }
  }

  private func workerCards(_ room: RoomID) throws -> [AgentLoad] {
    try db.rows(
      """
      SELECT a.pubkey, a.name, a.owner, w.fabric FROM agent a
      JOIN words w ON w.object = a.object
      JOIN member m ON m.room = a.room AND m.pubkey = a.pubkey
      WHERE a.room = ? AND a.role = 'worker' AND NOT a.retired ORDER BY a.name, a.pubkey, a.conn
      LIMIT 256
      """, room
    ) { row in
      var load = AgentLoad(pubkey: try row.publicKey(0))
      load.name = row.text(1)
      load.owner = row.isNull(2) ? nil : try row.publicKey(2)
      let fabric = row.optionalText(3).flatMap { try? JSON(parsing: $0) }.flatMap { Fabric($0) }
      let accepts = fabric?["accepts"]
      load.program = fabric?["program"]?.string.map { String($0.prefix(64)) }
      load.host = fabric?["host"]?.string.map { String($0.prefix(64)) }
      load.parallel = accepts?["max_parallel"]?.integer.map { Int(max(0, min($0, 1_000))) }
      load.kinds = accepts?["card_kinds"]?.array?.prefix(64).compactMap(\.string) ?? []
      load.isPaused = accepts?["paused"]?.bool ?? false
      return load
    }
  }
}

extension AgentLoad {
  fileprivate mutating func add(_ other: AgentLoad) {
    if isPaused, !other.isPaused {
      (parallel, kinds, isPaused) = (other.parallel, other.kinds, false)
    }
    guard !other.isPaused, !isPaused else { return }
    parallel = parallel.flatMap { mine in other.parallel.map { mine + $0 } }
    kinds = kinds.isEmpty || other.kinds.isEmpty ? [] : kinds + other.kinds
  }
}
