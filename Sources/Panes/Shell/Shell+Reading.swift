import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// When posts and what is said on cards count as read; `read.trigger` in `studio.conf`.
package enum ReadTrigger: String, CaseIterable, Sendable {
  /// The last line has been in sight for a while, in the pane that has the focus.
  case focused
  /// The same in any pane.
  case visible
  /// Each post once it has been in sight for a while, in the pane that has the focus; a card at its end.
  case scrollback
  /// Only by posting in the channel, or by saying so.
  case message
}

/// Reading: a pane that nobody looks at reads nothing.
extension Shell {
  /// How long something has to be in sight to count as read.
  static let readTime = Duration.milliseconds(1_500)

  /// After a frame: what is in sight, and since when.
  func watchReading() {
    let sight = sightToRead
    if sight != readSight {
      readSight = sight
      readDue = sight.map { _ in clock.monotonic() + Self.readTime }
    }
  }

  /// What would be read if it stayed in sight; `nil` for nothing.
  private var sightToRead: ReadSight? {
    guard terminalHasFocus, overlays.isEmpty || isWriting else { return nil }
    return cardToRead ?? postsToRead
  }

  private var cardToRead: ReadSight? {
    guard isInSight(.card), let row = card.card, row.unread > 0, card.isAtEnd,
      readTrigger != .message, focus == .card || readTrigger == .visible
    else { return nil }
    return .card(row.id, card.entries.last?.id)
  }

  private var postsToRead: ReadSight? {
    guard place == .chat, isInSight(.posts), let channel = scene.channel,
      scene.channels.contains(where: { $0.name == channel && $0.unread > 0 })
    else { return nil }
    switch readTrigger {
    case .message: return nil
    case .visible:
      return posts.isAtEnd ? .posts(channel, last) : nil
    case .focused:
      return posts.isAtEnd && focus == .posts ? .posts(channel, last) : nil
    case .scrollback:
      return focus == .posts ? .posts(channel, posts.inSight) : nil
    }
  }

  private var last: Set<ObjectID> { posts.posts.last.map { [$0.id] } ?? [] }

  /// It has been in sight for long enough.
  func read() {
    readDue = nil
    switch readSight {
    case nil: return
    case .card?: card.markRead()
    case .posts(_, let posts)? where readTrigger == .scrollback:
      try? workspace.desk.markSeen(Array(posts), by: scene.owner, now: clock.now())
    case .posts?: markChannelRead()
    }
    setNeedsRefresh()
  }

  func markChannelRead() {
    guard let room = scene.room, let channel = scene.channel else { return }
    try? workspace.desk.markSeen(channel, in: room.id, by: scene.owner, now: clock.now())
    setNeedsRefresh()
  }

  /// Everything in the channel is read; or, when it is, what stands from the chosen post on is not.
  func toggleRead() {
    guard let room = scene.room, let row = chat.channel else { return }
    let name = SafeText(untrusted: row.name.description, limit: 80)
    if row.unread > 0 {
      markChannelRead()
      return say("\(name) is read")
    }
    guard let post = posts.post else { return }
    try? workspace.desk.markUnseen(
      row.name, in: room.id, from: post.cursor, by: scene.owner)
    // Not to be read again by staying where it is.
    if focus == .posts { focus(on: .chat) }
    posts.leave()
    setNeedsRefresh()
    say("\(name) is unread from there on")
  }

  func markAllRead() {
    guard let room = scene.room else { return }
    try? workspace.desk.markSeen(nil, in: room.id, by: scene.owner, now: clock.now())
    setNeedsRefresh()
    say("all channels are read")
  }
}

/// What is in sight and not read yet.
enum ReadSight: Equatable {
  case posts(ChannelName, Set<ObjectID>)
  /// A card to its end, which is its newest entry.
  case card(ObjectID, ObjectID?)
}
