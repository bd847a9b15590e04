import Nostr
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
      SELECT ?2, u.object, ?3 FROM unread u JOIN post p ON p.object = u.object
      WHERE p.room = ?4 AND (?5 IS NULL OR p.channel = ?5)
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
