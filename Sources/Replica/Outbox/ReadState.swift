package import Nostr
package import Studio

// What a connection has read and follows: local to this home, never on the wire.
extension Desk {
  /// How many posts before a first subscription still count as unread.
  package static let backlog = 20

  /// Says that a connection has read these; what other connections have read stays as it is.
  package func markSeen(_ objects: [ObjectID], by owner: InboxOwner, now: Int64) throws {
    guard !objects.isEmpty else { return }
    try connection.transaction { db in
      for object in objects {
        try db.run(
          "INSERT OR IGNORE INTO seen (conn, object, at) VALUES (?, ?, ?)", owner.key, object, now)
      }
    }
  }

  /// Says that a connection has read everything that is unread of a channel, or of all channels of a
  /// room; what was said on cards stays as it is.
  package func markSeen(
    _ channel: ChannelName?, in room: RoomID, by owner: InboxOwner, now: Int64
  ) throws {
    try connection.run(
      """
      \(Reader.unreadStatement(owner))
      INSERT OR IGNORE INTO seen (conn, object, at)
      SELECT ?2, object, ?3 FROM unread
      WHERE room = ?4 AND channel IS NOT NULL AND (?5 IS NULL OR channel = ?5)
      """, owner.me, owner.key, now, room, channel?.text)
  }

  /// Says that a connection has not read what stands in a channel from a place on.
  package func markUnseen(
    _ channel: ChannelName, in room: RoomID, from cursor: EntryCursor, by owner: InboxOwner
  ) throws {
    try connection.run(
      """
      DELETE FROM seen WHERE conn = ? AND object IN (
        SELECT object FROM post WHERE room = ? AND channel = ? AND (at, id) >= (?, ?))
      """, owner.key, room, channel.text, cursor.createdAt, cursor.eventID)
  }

  /// Keeps a subscribed channel's posts out of the inbox, except those that mention or answer the
  /// connection; or lets them in again.
  package func mute(
    _ isMuted: Bool, _ owner: InboxOwner, _ channel: ChannelName, in room: RoomID
  ) throws {
    try connection.run(
      "UPDATE subscription SET muted = ? WHERE conn = ? AND room = ? AND channel = ?", isMuted,
      owner.key, room, channel.text)
  }

  /// Says that a connection has not read these after all.
  package func markUnseen(_ objects: [ObjectID], by owner: InboxOwner) throws {
    try connection.transaction { db in
      for object in objects {
        try db.run("DELETE FROM seen WHERE conn = ? AND object = ?", owner.key, object)
      }
    }
  }

  /// Says that this person has seen everything on a card up to the event `seq`; what was said to
  /// them there is read with it.
  package func markRead(_ card: ObjectID, through seq: Int64) throws {
    try connection.transaction { db in
      try db.run(
        """
        INSERT INTO read_mark (object, through) VALUES (?, ?)
        ON CONFLICT DO UPDATE SET through = max(through, excluded.through)
        """, card, seq)
      try db.run(
        """
        INSERT OR IGNORE INTO seen (conn, object, at) SELECT '', n.object, 0
        FROM entry n WHERE n.root = ?1 AND n.to_status IS NULL AND n.news <= ?2
          AND (n.kind >= 30534 OR EXISTS (SELECT 1 FROM mention m WHERE m.object = n.object))
        """, card, seq)
    }
  }

  /// Says that this person has seen a card up to the event `seq` and not what came after it.
  package func markUnread(_ card: ObjectID, from seq: Int64) throws {
    try connection.run(
      """
      INSERT INTO read_mark (object, through) VALUES (?1, ?2 - 1)
      ON CONFLICT DO UPDATE SET through = excluded.through
      """, card, seq)
  }

  /// Says that everything in a room up to the event `seq` was seen.
  package func markRead(room: RoomID, through seq: Int64) throws {
    try connection.transaction { db in
      try db.run(
        """
        INSERT INTO read_floor (room, through) VALUES (?, ?)
        ON CONFLICT DO UPDATE SET through = max(through, excluded.through)
        """, room, seq)
      // A mark goes before the floor, so that a card can be unread below it.
      try db.run(
        """
        DELETE FROM read_mark WHERE through <= ?2
          AND EXISTS (SELECT 1 FROM object o WHERE o.id = read_mark.object AND o.room = ?1)
        """, room, seq)
    }
  }

  /// Says that this person has read everything that lies in any inbox or on any card up to the
  /// event `seq`.
  package func markAllRead(_ owner: InboxOwner, through seq: Int64, now: Int64) throws {
    try connection.run(
      """
      \(Reader.unreadStatement(owner))
      INSERT OR IGNORE INTO seen (conn, object, at) SELECT ?2, object, ?3 FROM unread
      """, owner.me, owner.key, now)
    for room in try connection.rows("SELECT id FROM room", read: { $0.room(0) }) {
      try markRead(room: room, through: seq)
    }
  }

  // MARK: Out of sight

  /// When something that was put out of sight comes back; new words bring back what has no time.
  package enum Return: Sendable, Hashable {
    case at(Int64)
    /// When that author writes.
    case spoken(PublicKey)
    /// When anybody else writes: it is done.
    case news
  }

  /// Puts a question, a card or a post out of this person's inbox.
  package func putAside(_ object: ObjectID, until end: Return, through seq: Int64) throws {
    var (time, speaker): (Int64?, PublicKey?) = (nil, nil)
    switch end {
    case .at(let moment): time = moment
    case .spoken(let author): speaker = author
    case .news: break
    }
    try connection.run(
      "INSERT OR REPLACE INTO aside (object, until, speaker, through) VALUES (?, ?, ?, ?)", object,
      time, speaker, seq)
  }

  /// Brings it back at once.
  package func bringBack(_ object: ObjectID) throws {
    try connection.run("DELETE FROM aside WHERE object = ?", object)
  }

  /// Subscribes a connection to a channel, from the last 20 posts on; doing it again changes
  /// nothing.
  package func subscribe(_ owner: InboxOwner, to channel: ChannelName, in room: RoomID) throws {
    try connection.run(
      """
      INSERT INTO subscription (conn, room, channel, since) SELECT ?1, ?2, ?3, coalesce(
        (SELECT seq - 1 FROM post WHERE room = ?2 AND channel = ?3
         ORDER BY seq DESC LIMIT 1 OFFSET ?4), 0)
      WHERE true ON CONFLICT DO NOTHING
      """, owner.key, room, channel.text, Self.backlog - 1)
  }

  /// Ends a subscription, if there is one.
  package func unsubscribe(
    _ owner: InboxOwner, from channel: ChannelName, in room: RoomID
  ) throws {
    try connection.run(
      "DELETE FROM subscription WHERE conn = ? AND room = ? AND channel = ?", owner.key, room,
      channel.text)
  }

  /// The connection of this identity that goes by a name; a new one the first time.
  package func connection(named name: String, now: Int64) throws -> ConnectionID {
    try connection.run(
      "INSERT INTO connection (id, name, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
      ConnectionID.random().text, name, now)
    guard
      let id = try connection.first(
        "SELECT id FROM connection WHERE name = ?", name, read: { ConnectionID($0.text(0)) }) ?? nil
    else { throw ReplicaError(.corrupt, "the connection “\(name)” has no identifier") }
    return id
  }
}
