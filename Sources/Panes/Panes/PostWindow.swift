import Nostr
import Replica
import Studio
import Terminal

/// The posts of a channel that are held: a run of them without gaps, read page by page in both directions. What is
/// read adds to one end and takes from the other once it is too much.
struct PostWindow {
  static let pageSize = 80
  /// Posts held at once.
  static let most = 240

  let channel: ChannelName
  let room: RoomID
  /// Oldest first.
  private(set) var posts: [PostRow] = []
  private(set) var hasOlder = false
  private(set) var hasNewer = false

  init(_ channel: ChannelName, in room: RoomID) { (self.channel, self.room) = (channel, room) }

  /// The newest post of the channel, held or not.
  func newest(_ scene: Scene) -> EntryCursor? {
    scene.read { try $0.posts(channel, in: room, limit: 1).first?.cursor } ?? nil
  }

  /// The newest page; false when it could not be read.
  mutating func readEnd(_ scene: Scene) -> Bool {
    guard let page = scene.read({ try $0.posts(channel, in: room, limit: Self.pageSize + 1) })
    else { return false }
    hasOlder = page.count > Self.pageSize
    hasNewer = false
    posts = page.prefix(Self.pageSize).reversed()
    return true
  }

  /// The oldest page; false when it could not be read.
  mutating func readStart(_ scene: Scene) -> Bool {
    let first = EntryCursor(createdAt: .min, eventID: EventID(Bytes32()))
    guard
      let page = scene.read({
        try $0.posts(channel, in: room, from: first, limit: Self.pageSize + 1)
      })
    else { return false }
    posts = Array(page.prefix(Self.pageSize))
    (hasOlder, hasNewer) = (false, page.count > Self.pageSize)
    return true
  }

  /// A page around a place; false when it could not be read.
  mutating func read(around cursor: EntryCursor, _ scene: Scene) -> Bool {
    let half = Self.pageSize / 2
    guard
      let pages = scene.read({ reader in
        (
          before: try reader.posts(channel, in: room, before: cursor, limit: half + 1),
          after: try reader.posts(channel, in: room, from: cursor, limit: Self.pageSize + 1)
        )
      })
    else { return false }
    hasOlder = pages.before.count > half
    hasNewer = pages.after.count > Self.pageSize
    posts = pages.before.prefix(half).reversed() + pages.after.prefix(Self.pageSize)
    return true
  }

  /// The window as it is now: from its first post on; false when it could not be read.
  ///
  /// - Parameter follows: the end is looked at, and stays.
  mutating func readAgain(_ scene: Scene, follows: Bool) -> Bool {
    guard let first = posts.first?.cursor else { return readEnd(scene) }
    let found = scene.read { reader in
      (
        posts: try reader.posts(channel, in: room, from: first, limit: Self.most + 1),
        older: try reader.posts(channel, in: room, before: first, limit: 1)
      )
    }
    guard let found else { return false }
    hasOlder = !found.older.isEmpty
    hasNewer = false
    posts = found.posts
    guard posts.count > Self.most else { return true }
    if follows { return readEnd(scene) }
    posts.removeLast(posts.count - Self.most)
    hasNewer = true
    return true
  }

  /// One more page above; false where there is none.
  mutating func readOlder(_ scene: Scene) -> Bool {
    guard hasOlder, let first = posts.first?.cursor,
      let page = scene.read({
        try $0.posts(channel, in: room, before: first, limit: Self.pageSize + 1)
      })
    else { return false }
    hasOlder = page.count > Self.pageSize
    posts = page.prefix(Self.pageSize).reversed() + posts
    if posts.count > Self.most {
      posts.removeLast(posts.count - Self.most)
      hasNewer = true
    }
    return true
  }

  /// One more page below; false where there is none.
  mutating func readNewer(_ scene: Scene) -> Bool {
    guard hasNewer, let last = posts.last?.cursor,
      let page = scene.read({
        try $0.posts(channel, in: room, from: last, limit: Self.pageSize + 2)
      })
    else { return false }
    hasNewer = page.count > Self.pageSize + 1
    posts += page.dropFirst().prefix(Self.pageSize)
    if posts.count > Self.most {
      posts.removeFirst(posts.count - Self.most)
      hasOlder = true
    }
    return true
  }
}
