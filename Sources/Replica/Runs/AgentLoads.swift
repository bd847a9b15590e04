package import Nostr
package import Studio

/// What a worker of a room says that it takes, and what it has in hand: for whoever wants to give it a card.
package struct AgentLoad: Sendable, Hashable {
  package let pubkey: PublicKey
  package let connection: ConnectionID
  package let name: String
  /// Whose machine it runs on, as it says itself.
  package let owner: PublicKey?
  package let program: String?
  package let host: String?
  /// Runs at once; `nil` where it does not say.
  package let parallel: Int?
  /// Empty: every kind.
  package let kinds: [String]
  /// It begins nothing for now.
  package let isPaused: Bool
  package var queued = 0
  package var running = 0
  /// Runs that wait for an answer.
  package var waiting = 0
}

extension Reader {
  /// The workers of a room, by name.
  package func agentLoads(_ room: RoomID) throws -> [AgentLoad] {
    var loads = try db.rows(
      """
      SELECT a.pubkey, a.conn, a.name, a.owner, w.fabric FROM agent a
      JOIN words w ON w.object = a.object
      JOIN member m ON m.room = a.room AND m.pubkey = a.pubkey
      WHERE a.room = ? AND a.role = 'worker' AND NOT a.retired ORDER BY a.name, a.pubkey, a.conn
      LIMIT 256
      """, room
    ) { row -> AgentLoad? in
      guard let connection = ConnectionID(row.text(1)) else { return nil }
      let fabric = row.optionalText(4).flatMap { try? JSON(parsing: $0) }.flatMap { Fabric($0) }
      let accepts = fabric?["accepts"]
      return AgentLoad(
        pubkey: try row.publicKey(0), connection: connection, name: row.text(2),
        owner: row.isNull(3) ? nil : try row.publicKey(3),
        program: fabric?["program"]?.string.map { String($0.prefix(64)) },
        host: fabric?["host"]?.string.map { String($0.prefix(64)) },
        parallel: accepts?["max_parallel"]?.integer.map { Int(clamping: max(0, $0)) },
        kinds: accepts?["card_kinds"]?.array?.prefix(64).compactMap(\.string) ?? [],
        isPaused: accepts?["paused"]?.bool ?? false)
    }.compactMap(\.self)
    for (author, payload) in try db.rows(
      """
      SELECT d.author, b.payload FROM dispatch d JOIN event_body b ON b.event = d.event
      WHERE d.room = ? AND d.allowed AND d.run IS NOT NULL AND d.chosen IN ('dispatch', 'waiting')
      ORDER BY d.created_at DESC LIMIT 1000
      """, room,
      read: { (try $0.publicKey(0), $0.optionalBytes(1)) })
    {
      guard let payload, let index = loads.firstIndex(where: { $0.pubkey == author }),
        case .dispatch(let intent)? = try? Payload(kind: 30532, parsing: payload),
        let record = RunRecord(intent)
      else { continue }
      switch record.state {
      case .queued: loads[index].queued += 1
      case .starting, .running, .cancelling: loads[index].running += 1
      case .waiting: loads[index].waiting += 1
      case .done: break
      }
    }
    return loads
  }
}
