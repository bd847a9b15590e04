import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// The posts of the chosen channel. Stays where the person reads; follows
/// only while the last line is in sight.
final class PostsPane: Pane {
  let scene: Scene
  var window: PostWindow?
  var channel: ChannelName? { window?.channel }
  var posts: [PostRow] { window?.posts ?? [] }
  var hasOlder: Bool { window?.hasOlder ?? false }
  var hasNewer: Bool { window?.hasNewer ?? false }
  private var topic: SafeText = ""
  private var firstUnread: ObjectID?
  private var wasStopped = false
  /// What stands around the posts; see `readAround`.
  var around = PostSurroundings()

  /// The post that commands are about; `nil` for the last one, whichever that is.
  var selected: ObjectID?
  var unfolded: Set<ObjectID> = []
  /// Words that are looked for, folded.
  var sought: [String] = []
  /// What is written in this channel and not sent.
  var hasDraft = false
  /// The person has the channel before them.
  var isWatched = false

  /// The first line in sight, by the post whose lines it is counted from.
  var anchor: (post: ObjectID, line: Int)?
  private var needsPlace = false
  var revealsSelected = false
  var follows = true
  var offset = 0
  var (height, width) = (1, 80)
  var lines: [PostLine] = []
  private var drawnText: PostText?
  /// The newest post when the end was last in sight.
  private var seenEnd: EntryCursor?
  private var arrived = (all: 0, questions: 0)
  /// Posts with a line in sight, as of the last frame.
  private(set) var inSight: Set<ObjectID> = []

  init(_ scene: Scene) { self.scene = scene }

  var title: SafeText {
    guard let channel else { return "Chat" }
    let name = SafeText(untrusted: channel.description, limit: 80)
    return topic.isEmpty ? name : "\(name) · \(topic)"
  }

  var trailing: SafeText {
    var parts: [SafeText] = []
    if wasStopped { parts.append(scene.stopped) }
    if scene.channels.first(where: { $0.name == channel })?.isMuted == true {
      parts.append("muted")
    }
    if hasDraft { parts.append("draft") }
    if isAtEnd {
      if lines.count > height { parts.append("end") }
    } else if hasNewer || hasOlder {
      parts.append("older")
    } else {
      parts.append("\(min(99, (offset + height) * 100 / max(1, lines.count)))%")
    }
    return parts.dropFirst().reduce(parts.first ?? "") { "\($0) · \($1)" }
  }

  /// The last line of the channel is in sight.
  var isAtEnd: Bool { follows && !hasNewer }

  /// The post that commands are about.
  var post: PostRow? {
    guard let selected else { return posts.last }
    return posts.first { $0.id == selected } ?? posts.last
  }

  /// The question that digits answer: the chosen post, when it is one that waits.
  var question: EntryRow? {
    guard let post, !scene.answers.isOnTheWay(post.id) else { return nil }
    return around.questions[post.id]
  }

  // MARK: Reading

  func refresh() {
    wasStopped = false
    guard let room = scene.room?.id, let channel = scene.channel else {
      (window, lines, drawnText) = (nil, [], nil)
      return
    }
    let isOther = channel != window?.channel || room != window?.room
    if isOther { open(channel, in: room) } else { read { $0.readAgain(scene, follows: follows) } }
    if firstUnread == nil, !isOther, !isWatched || !isAtEnd {
      firstUnread = scene.read { try $0.firstUnread(channel, in: room, of: scene.owner)?.id } ?? nil
    }
    topic =
      scene.read {
        SafeText(untrusted: try $0.root(of: channel, in: room)?.topic ?? "", limit: 200)
      } ?? topic
    readAround()
    countArrivals()
  }

  private func open(_ channel: ChannelName, in room: RoomID) {
    window = PostWindow(channel, in: room)
    (selected, anchor, unfolded, sought) = (nil, nil, [], [])
    (follows, needsPlace) = (true, true)
    (seenEnd, arrived, around, inSight) = (nil, (0, 0), PostSurroundings(), [])
    let unread = scene.read { try $0.firstUnread(channel, in: room, of: scene.owner) } ?? nil
    firstUnread = unread?.id
    read { window in
      unread.map { window.read(around: $0.cursor, scene) } ?? window.readEnd(scene)
    }
    seenEnd = hasNewer ? window?.newest(scene) : posts.last?.cursor
  }

  /// Reads into the window.
  private func read(_ body: (inout PostWindow) -> Bool) {
    guard var window else { return }
    if !body(&window) { wasStopped = true }
    self.window = window
  }

  func readOlder() {
    guard window?.readOlder(scene) == true else { return }
    if hasNewer { follows = false }
    readAround()
    layOut()
  }

  func readNewer() {
    guard window?.readNewer(scene) == true else { return }
    readAround()
    layOut()
  }

  private func countArrivals() {
    guard let window else { return }
    if isAtEnd || seenEnd == nil { seenEnd = isAtEnd ? posts.last?.cursor : window.newest(scene) }
    guard !isAtEnd, let seenEnd else {
      arrived = (0, 0)
      return
    }
    arrived =
      scene.read {
        try $0.postsAfter(seenEnd, window.channel, in: window.room, me: scene.me)
      } ?? arrived
  }

  /// The person looks away: the line above what was new goes, and what is there counts as seen.
  func leave() { firstUnread = nil }

  // MARK: Going

  /// Goes to the newest post and stays there.
  func goToEnd() {
    if hasNewer { read { $0.readEnd(scene) } }
    (selected, follows) = (nil, true)
    readAround()
  }

  /// Goes to a post, wherever in the channel it stands.
  func go(to post: ObjectID, at cursor: EntryCursor) {
    if !posts.contains(where: { $0.id == post }) {
      read { $0.read(around: cursor, scene) }
      readAround()
    }
    unfoldHeartbeat(post)
    (selected, revealsSelected, follows, needsPlace) = (post, true, false, false)
  }

  private func unfoldHeartbeat(_ id: ObjectID) {
    if let post = posts.first(where: { $0.id == id }),
      sameBytes(post.kind, PostKind.heartbeat.rawValue)
    {
      unfolded.insert(id)
    }
  }

  // MARK: Drawing

  func draw(on surface: inout Surface, in area: Rect, focused: Bool) {
    guard channel != nil else {
      surface.paragraph(
        scene.room == nil ? "" : "No channel is chosen.", in: area.inset(dx: 1, dy: 0),
        style: Style(.dim))
      return
    }
    width = max(8, area.width - 2)
    layOut()
    if lines.isEmpty {
      surface.paragraph(
        scene.empty("Nobody has posted here yet. The first post makes the channel."),
        in: area.inset(dx: 1, dy: 0), style: Style(.dim))
    }
    // What came below takes a line for itself, and never one that was being read.
    let hasFooter = arrived.all > 0 && area.height >= 3
    height = max(1, area.height - (hasFooter ? 1 : 0))
    place()
    let chosen = post?.id
    inSight = []
    var cursor: Point?
    for (y, line) in lines.dropFirst(offset).prefix(height).enumerated() {
      let point = Point(x: area.x, y: area.y + y)
      if let id = line.post {
        inSight.insert(id)
        if id == chosen, focused {
          surface.text("▌", at: point, style: Style(.strong))
          if cursor == nil { cursor = point }
        }
      }
      surface.spans(
        line.spans, at: Point(x: point.x + 1, y: point.y), width: area.width - 1)
    }
    if hasFooter, !isAtEnd { drawFooter(on: &surface, in: area.row(area.height - 1)) }
    if focused { surface.cursor = cursor ?? area.origin }
  }

  private func drawFooter(on surface: inout Surface, in rect: Rect) {
    let questions: SafeText = arrived.questions > 0 ? " ?\(arrived.questions)" : ""
    let count: SafeText = arrived.all >= 1_000 ? "1000+" : "\(arrived.all)"
    surface.row(
      rect,
      left: [
        Span(" ↓ \(count) new", .badgeUnread), Span(questions, .badgeQuestion),
        Span(", ", .dim), Span("End", .hintKey),
      ], style: .text)
  }

  /// The lines of the posts as they are; laid out again only when something is different.
  func layOut() {
    var text = PostText(
      posts: posts, me: scene.me, moments: scene.moments.toTheMinute, width: width,
      firstUnread: firstUnread, hasOlder: hasOlder, hasNewer: hasNewer)
    text.quotes = around.quotes
    text.references = around.references.values
    text.choices = around.questions.mapValues { OptionLines($0, scene.answers) }
    text.question = question?.id
    text.deliveries = around.deliveries
    text.names = around.names
    text.queued = scene.queuedPosts(in: channel)
    (text.unfolded, text.sought) = (unfolded, sought)
    for (id, held) in scene.answers.held(at: scene.clock.monotonic()) {
      text.answers[id] = "you: \(held.text) · goes in \(held.seconds) s"
    }
    for (id, words) in scene.answers.queued { text.answers[id] = "you: \(words) · queued" }
    guard text != drawnText else { return }
    lines = text.lines()
    drawnText = text
  }

  var lastOffset: Int { max(0, lines.count - height) }

  private func place() {
    if needsPlace {
      needsPlace = false
      let mark = lines.firstIndex { $0.isUnreadMark }
      offset = mark.map { max(0, $0 - 1) } ?? lastOffset
      // What is chosen is in sight.
      if let mark, offset < lastOffset { selected = lines[mark...].compactMap(\.post).first }
    } else if revealsSelected, let range = lineRange(of: post?.id) {
      if range.lowerBound < offset || range.upperBound > offset + height {
        offset =
          range.lowerBound < offset || range.count > height
          ? range.lowerBound : range.upperBound - height
      }
    } else if follows, !hasNewer {
      offset = lastOffset
    } else if let anchor, let index = lines.firstIndex(where: { $0.post == anchor.post }) {
      offset = index + anchor.line
    }
    revealsSelected = false
    settle()
  }

  /// Takes the offset as the place of the person.
  func settle() {
    offset = max(0, min(offset, lastOffset))
    follows = offset == lastOffset && !hasNewer
    if follows {
      seenEnd = posts.last?.cursor
      arrived = (0, 0)
    }
    anchor = lines[min(offset, lines.count)...].first { $0.post != nil }?.post.flatMap { id in
      lines.firstIndex { $0.post == id }.map { (id, offset - $0) }
    }
  }

  func lineRange(of post: ObjectID?) -> Range<Int>? {
    guard let post, let first = lines.firstIndex(where: { $0.post == post }),
      let last = lines.lastIndex(where: { $0.post == post })
    else { return nil }
    return first..<(last + 1)
  }
}
