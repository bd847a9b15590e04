package import Nostr
package import Studio

/// A connection of a member, as that member's own registry card names it.
package struct AgentRow: Sendable, Hashable {
  package let pubkey: PublicKey
  package let connection: ConnectionID
  package let name: String
  /// `interactive`, `human`, or whatever else its card says.
  package let role: String
  package let isRetired: Bool
  /// The first 8 hex digits of the connection; 12 where two of the room share those.
  package let short: String
}

/// Who speaks, as a reader may believe it: never from the body of what is said.
package struct Speaker: Sendable, Hashable {
  /// From the signer's own registry card or profile; `nil` when there is neither.
  package let name: String?
  /// Of the connection, or of the key where there is no connection that the key vouches for.
  package let short: String
  /// `false` when the signer names a connection that they have not registered.
  package let isAttested: Bool
  /// Whether a registered connection that is no person's speaks.
  package let isAgent: Bool

  package init(name: String?, short: String, isAttested: Bool, isAgent: Bool) {
    self.name = name
    self.short = short
    self.isAttested = isAttested
    self.isAgent = isAgent
  }
}

/// The names of one room, read once.
package struct Identities: Sendable {
  private let names: [PublicKey: String]
  private let agents: [PublicKey: [ConnectionID: AgentRow]]

  init(names: [PublicKey: String], agents: [AgentRow]) {
    self.names = names
    self.agents = Dictionary(grouping: agents, by: \.pubkey).mapValues {
      Dictionary($0.map { ($0.connection, $0) }, uniquingKeysWith: { first, _ in first })
    }
  }

  /// The signer `key` who says that they spoke through `connection`.
  package func speaker(_ key: PublicKey, _ connection: ConnectionID?) -> Speaker {
    guard let connection else {
      return Speaker(name: names[key], short: key.short, isAttested: true, isAgent: false)
    }
    guard let agent = agents[key]?[connection] else {
      return Speaker(name: names[key], short: key.short, isAttested: false, isAgent: false)
    }
    return Speaker(
      name: agent.name, short: agent.short, isAttested: true,
      isAgent: !sameBytes(agent.role, "human"))
  }
}

extension Reader {
  /// Keys that are an agent's own, as their registry cards say: whoever works with them works through them, not
  /// through a connection beside them. Each with whose machine it runs on.
  package func workers(_ room: RoomID) throws -> [PublicKey: Set<PublicKey>] {
    var owners: [PublicKey: Set<PublicKey>] = [:]
    var workers: Set<PublicKey> = []
    for (key, isWorker, owner) in try db.rows(
      "SELECT pubkey, role = 'worker', owner FROM agent WHERE room = ? AND NOT retired", room,
      read: { (try $0.publicKey(0), $0.bool(1), $0.isNull(2) ? nil : try $0.publicKey(2)) })
    {
      owners[key, default: []].formUnion(owner.map { [$0] } ?? [])
      if isWorker { workers.insert(key) }
    }
    return owners.filter { workers.contains($0.key) }
  }

  /// The registered connections of a room, by name.
  package func agents(_ room: RoomID) throws -> [AgentRow] {
    let rows = try db.rows(
      """
      SELECT pubkey, conn, name, role, retired FROM agent WHERE room = ? AND role <> 'worker'
      ORDER BY name, pubkey, conn
      """, room
    ) { row in
      (
        pubkey: try row.publicKey(0), connection: ConnectionID(row.text(1)), name: row.text(2),
        role: row.text(3), isRetired: row.bool(4)
      )
    }
    var alike: [String: Int] = [:]
    for row in rows where !row.isRetired { alike[row.connection?.short() ?? "", default: 0] += 1 }
    return rows.compactMap { row in
      guard let connection = row.connection else { return nil }
      let isShared = alike[connection.short(), default: 0] > 1
      return AgentRow(
        pubkey: row.pubkey, connection: connection, name: row.name, role: row.role,
        isRetired: row.isRetired, short: connection.short(isShared ? 12 : 8))
    }
  }

  /// Who is who in a room.
  package func identities(in room: RoomID) throws -> Identities {
    Identities(names: try names(in: room), agents: try agents(room))
  }

  /// Whom WHO means in a room: as `resolveMember`, or a registered connection by its name,
  /// `name#short`, `#short` or a beginning of the name. Exact names go before beginnings; a member
  /// and a connection of one name are ambiguous.
  package func resolveAddressee(_ who: String, in room: RoomID) throws -> Resolution<Mention> {
    let agents = try agents(room).filter { !$0.isRetired }
    func answer(_ found: [Mention]) -> Resolution<Mention>? {
      switch found.count {
      case 0: nil
      case 1: .one(found[0])
      default: .ambiguous(Array(found.prefix(Self.candidateLimit)))
      }
    }
    func mention(_ agent: AgentRow) -> Mention { Mention(agent.pubkey, agent.connection) }
    let named = try members(room).filter { $0.name.map { sameBytes($0, who) } ?? false }
    let exact = agents.filter { sameBytes($0.name, who) }
    if let found = answer(named.map { Mention($0.pubkey) } + exact.map(mention)) { return found }
    let marked = agents.filter { agent in
      [8, 12].map { agent.connection.short($0) }.contains {
        sameBytes("\(agent.name)#\($0)", who) || sameBytes("#\($0)", who)
          || sameBytes("\(agent.name) #\($0)", who)
      } || sameBytes(agent.connection.text, who)
    }
    if let found = answer(marked.map(mention)) { return found }
    let folded = who.lowercased()
    let begun =
      folded.isEmpty ? [] : agents.filter { $0.name.lowercased().hasPrefix(folded) }
    switch try resolveMember(who, in: room) {
    case .none: return answer(begun.map(mention)) ?? .none
    case .one(let member):
      return answer([Mention(member.pubkey)] + begun.map(mention)) ?? .none
    case .ambiguous(let members):
      return .ambiguous(members.map { Mention($0.pubkey) } + begun.map(mention))
    }
  }
}
