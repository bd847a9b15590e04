package import FourA
package import Nostr

/// How we stand to a room.
package enum Relation: Int, Sendable, CaseIterable {
  /// We hold its audience key.
  case founded = 1
  /// We claimed an invite and wait for a key.
  case claimed
  /// We are a member.
  case joined
  /// We left, or were removed; what we have stays readable.
  case left
}

/// An epoch key as it lies in the database.
package struct StoredEpochKey: Sendable {
  package enum State: Int, Sendable {
    /// Its declaration has not come.
    case waiting = 0
    /// A declaration or the audience key vouches for it.
    case proven
    /// May be right; tried beside others.
    case candidate
  }

  package let room: RoomID
  package let audience: Audience
  package let epoch: Int
  package let pubkey: PublicKey
  package let sealed: String
  package let state: State
}

extension Replica {
  /// The room of `audience`; `nil` when we do not follow it.
  package func room(_ audience: Audience) throws -> RoomID? {
    if let known = rooms[audience] { return known }
    let found = try connection.first(
      "SELECT id FROM room WHERE audience = ? AND slug = ?", audience.key, audience.slug
    ) { $0.room(0) }
    if let found { rooms[audience] = found }
    return found
  }

  /// Follows a room from now on; what was held for it is judged. Following twice keeps the first
  /// time and takes the new relation and relays.
  @discardableResult
  package func follow(
    _ audience: Audience, relation: Relation, relays: [String] = [], keyring: Keyring
  ) throws -> RoomID {
    try transaction {
      try connection.run(
        """
        INSERT INTO room (audience, slug, relation, since, relays) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (audience, slug) DO UPDATE
        SET relation = excluded.relation, relays = excluded.relays
        """, audience.key, audience.slug, relation.rawValue, now(),
        JSON.array(relays.map { .string($0) }).text)
      guard let room = try room(audience) else {
        throw ReplicaError(.corrupt, "a room vanished while it was written")
      }
      let pass = Pass(self, keyring: keyring)
      try pass.drain(.room, address: audience.address)
      try pass.finish()
      return room
    }
  }

  /// Says how we now stand to a room.
  package func setRelation(_ relation: Relation, room: RoomID) throws {
    try connection.run("UPDATE room SET relation = ? WHERE id = ?", relation.rawValue, room)
  }

  /// All that is known of a room's roster.
  package func authority(of room: RoomID) throws -> Authority {
    if let known = authorities[room] { return known }
    let authority = try reader.authority(of: room)
    authorities[room] = authority
    return authority
  }

  /// The relay's number, and its bit in every mask. At most 63 relays are ever known by number;
  /// later ones share the last.
  package func relayID(_ url: String) throws -> Int {
    if let known = relays[url] { return known }
    let found = try connection.first("SELECT id FROM relay WHERE url = ?", url) { $0.int(0) }
    if let found {
      relays[url] = found
      return found
    }
    let next = Int(try connection.number("SELECT count(*) FROM relay"))
    guard next <= 62 else { throw ReplicaError(.full, "63 relays are known, \(url) is one more") }
    try connection.run("INSERT INTO relay (id, url) VALUES (?, ?)", next, url)
    relays[url] = next
    return next
  }

  // MARK: Keys and secrets

  /// Every epoch key, still sealed, for whoever can unseal them.
  package func epochKeys() throws -> [StoredEpochKey] {
    try connection.rows(
      """
      SELECT k.room, r.audience, r.slug, k.epoch, k.pubkey, k.sealed, k.state
      FROM epoch_key k JOIN room r ON r.id = k.room ORDER BY k.room, k.epoch
      """
    ) { row in
      guard let audience = Audience(key: try row.publicKey(1), slug: row.text(2)) else {
        throw ReplicaError(.corrupt, "a room has a slug that is none: \(row.text(2))")
      }
      return StoredEpochKey(
        room: row.room(0), audience: audience, epoch: row.int(3), pubkey: try row.publicKey(4),
        sealed: row.text(5), state: StoredEpochKey.State(rawValue: row.int(6)) ?? .waiting)
    }
  }

  /// Hands back an unsealed key after a start: into `keyring`, or aside while it is not believed.
  package func load(_ key: StoredEpochKey, secret: SecretKey, keyring: Keyring) {
    switch key.state {
    case .proven:
      keyring.add(epochSecret: secret, audience: key.audience, epoch: key.epoch)
    case .candidate:
      _ = keyring.secrets.add(candidate: secret, audience: key.audience, epoch: key.epoch)
    case .waiting: break
    }
    if key.state != .proven { waitingSecrets[key.pubkey] = secret }
  }

  /// Keeps an epoch key that we made ourselves, and judges what waited for it.
  @discardableResult
  package func addEpochKey(
    _ secret: SecretKey, sealed: String, audience: Audience, epoch: Int, keyring: Keyring
  ) throws -> IngestReport {
    try transaction {
      guard let room = try room(audience) else {
        throw ReplicaError(.notFound, "no room \(audience.address) here")
      }
      let pass = Pass(self, keyring: keyring)
      try pass.keep(
        secret, sealed: sealed, granter: audience.key, grant: nil, room: room, audience: audience,
        epoch: epoch, state: .proven)
      try pass.finish()
      return pass.report
    }
  }

  /// Stores a secret that the caller has sealed; `nil` forgets it.
  package func setSecret(_ name: String, sealed: String?) throws {
    if let sealed {
      try connection.run(
        "INSERT INTO secret VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed",
        name, sealed)
    } else {
      try connection.run("DELETE FROM secret WHERE name = ?", name)
    }
  }

  /// A sealed secret.
  package func secret(_ name: String) throws -> String? {
    try connection.first("SELECT sealed FROM secret WHERE name = ?", name) { $0.text(0) }
  }

  /// The names of the secrets that begin with `prefix`.
  package func secretNames(prefix: String) throws -> [String] {
    try connection.rows(
      "SELECT name FROM secret WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name", prefix
    ) { $0.text(0) }
  }
}
