package import Nostr
package import Studio

/// Somebody of a room, or somebody at one card, with all that is known of their presence.
package struct PresenceRow: Sendable, Hashable {
  /// Who, and at which card.
  package struct ID: Sendable, Hashable {
    package let pubkey: PublicKey
    package let connection: ConnectionID?
    package let card: ObjectID?

    package init(_ pubkey: PublicKey, _ connection: ConnectionID? = nil, card: ObjectID? = nil) {
      self.pubkey = pubkey
      self.connection = connection
      self.card = card
    }
  }

  /// The card that they are at.
  package struct Card: Sendable, Hashable {
    package let id: ObjectID
    package let eventID: EventID
    package let title: String
    package let status: String
    package let assignee: PublicKey?
    package let updatedAt: Int64

    package init(
      id: ObjectID, eventID: EventID, title: String, status: String, assignee: PublicKey?,
      updatedAt: Int64
    ) {
      self.id = id
      self.eventID = eventID
      self.title = title
      self.status = status
      self.assignee = assignee
      self.updatedAt = updatedAt
    }
  }

  /// An open question of theirs.
  package struct Question: Sendable, Hashable {
    package let id: ObjectID
    package let body: String
    /// When it says that it was, but not after it came.
    package let askedAt: Int64
  }

  package var id: ID
  /// From their registry card or profile.
  package var name: String?
  /// Of the connection, or of the key.
  package var short: String
  package var host: String?
  package var card: Card?
  package var question: Question?
  package var evidence: PresenceEvidence
  /// When the last sign of life says that it was signed; it was heard at `evidence.lifeAt`.
  package var lifeSigned: Int64?
  /// The last that was said, as its author wrote it.
  package var words: String?
  package var step: WorkStep?
  /// Their last heartbeat, whatever was said since.
  package var beat: Heartbeat?
  /// Events in each five minutes of the last hour, the oldest first: twelve.
  package var activity: [Int]

  package init(
    id: ID, name: String?, short: String, card: Card? = nil, question: Question? = nil,
    evidence: PresenceEvidence = .init(), lifeSigned: Int64? = nil, words: String? = nil,
    step: WorkStep? = nil, host: String? = nil, activity: [Int] = []
  ) {
    self.id = id
    self.name = name
    self.short = short
    self.card = card
    self.question = question
    self.evidence = evidence
    self.lifeSigned = lifeSigned
    self.words = words
    self.step = step
    self.host = host
    self.activity = activity
  }

  /// By how many seconds their clock is ahead of ours, or behind; `nil` for a difference not worth
  /// a word, and for what has only come late.
  package var clockSkew: Int64? {
    guard let heard = evidence.lifeAt, let lifeSigned else { return nil }
    let skew = lifeSigned - heard
    return abs(skew) > PresenceEvidence.skew ? skew : nil
  }
}

/// A silence that the person has put aside.
package struct PutAside: Sendable, Hashable {
  package let pubkey: PublicKey
  package let connection: ConnectionID?
  /// The sign of life that it began with.
  package let lifeAt: Int64

  package init(pubkey: PublicKey, connection: ConnectionID?, lifeAt: Int64) {
    self.pubkey = pubkey
    self.connection = connection
    self.lifeAt = lifeAt
  }
}

extension Desk {
  /// Puts a silence aside: it does not come back until there was a sign of life.
  package func putAside(
    silenceOf pubkey: PublicKey, _ connection: ConnectionID?, since lifeAt: Int64, in room: RoomID
  ) throws {
    try self.connection.run(
      "INSERT OR REPLACE INTO silence (room, pubkey, conn, life_at) VALUES (?, ?, ?, ?)", room,
      pubkey, connection?.text ?? "", lifeAt)
  }

  /// Takes back that a silence was put aside.
  package func bringBack(
    silenceOf pubkey: PublicKey, _ connection: ConnectionID?, since lifeAt: Int64, in room: RoomID
  ) throws {
    try self.connection.run(
      "DELETE FROM silence WHERE room = ? AND pubkey = ? AND conn = ? AND life_at = ?", room,
      pubkey, connection?.text ?? "", lifeAt)
  }
}

extension Reader {
  /// The silences of a room that were put aside.
  package func silencesPutAside(_ room: RoomID) throws -> Set<PutAside> {
    Set(
      try db.rows("SELECT pubkey, conn, life_at FROM silence WHERE room = ? LIMIT 1000", room) {
        PutAside(
          pubkey: try $0.publicKey(0), connection: ConnectionID($0.text(1)), lifeAt: $0.int64(2))
      })
  }
}
