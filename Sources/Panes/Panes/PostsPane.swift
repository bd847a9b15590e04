import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// The posts of the chosen channel. Holds a window of them and stays where the person reads; follows
/// only while the last line is in sight.
final class PostsPane: Pane {
  static let pageSize = 80
  /// Posts held at once.
  static let mostPosts = 240

  let scene: Scene
  private(set) var channel: ChannelName?
  private(set) var posts: [PostRow] = []
  private var room: RoomID?
  private var topic: SafeText = ""
  private(set) var hasOlder = false
  private(set) var hasNewer = false
  private var firstUnread: ObjectID?
  private var wasStopped = false
  /// What stands around the posts; see `readAround`.
  var around = PostSurroundings()

  /// The post that commands are about; `nil` for the last one, whichever that is.
  private var selected: ObjectID?
  private var unfolded: Set<ObjectID> = []
  /// Words that are looked for, folded.
  var sought: [String] = []
  /// What is written in this channel and not sent.
  var hasDraft = false
  /// The person has the channel before them.
  var isWatched = false

  /// The first line in sight, by the post whose lines it is counted from.
  private var anchor: (post: ObjectID, line: Int)?
  private var needsPlace = false
  private var revealsSelected = false
  private(set) var follows = true
  private var offset = 0
  private var (height, width) = (1, 80)
  private var lines: [PostLine] = []
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
      (self.channel, posts, lines, drawnText) = (nil, [], [], nil)
      return
    }
    let isOther = channel != self.channel || room != self.room
    if isOther { open(channel, in: room) } else { readAgain(channel, in: room) }
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
    (self.channel, self.room) = (channel, room)
    (posts, selected, anchor, unfolded, sought) = ([], nil, nil, [], [])
    (hasOlder, hasNewer, follows, needsPlace) = (false, false, true, true)
    (seenEnd, arrived, around, inSight) = (nil, (0, 0), PostSurroundings(), [])
    let unread = scene.read { try $0.firstUnread(channel, in: room, of: scene.owner) } ?? nil
    firstUnread = unread?.id
    if let unread { read(around: unread.cursor) } else { readEnd() }
    if !hasNewer { seenEnd = posts.last?.cursor } else { seenEnd = newestCursor }
  }

  private var newestCursor: EntryCursor? {
    guard let channel, let room else { return nil }
    return scene.read { try $0.posts(channel, in: room, limit: 1).first?.cursor } ?? nil
  }

  /// The newest page.
  private func readEnd() {
    guard let channel, let room,
      let page = scene.read({ try $0.posts(channel, in: room, limit: Self.pageSize + 1) })
    else {
      wasStopped = true
      return
    }
    hasOlder = page.count > Self.pageSize
    hasNewer = false
    posts = page.prefix(Self.pageSize).reversed()
  }

  /// A page around a place.
  private func read(around cursor: EntryCursor) {
    guard let channel, let room,
      let pages = scene.read({ reader in
        (
          before: try reader.posts(
            channel, in: room, before: cursor, limit: Self.pageSize / 2 + 1),
          after: try reader.posts(channel, in: room, from: cursor, limit: Self.pageSize + 1)
        )
      })
    else {
      wasStopped = true
      return
    }
    hasOlder = pages.before.count > Self.pageSize / 2
    hasNewer = pages.after.count > Self.pageSize
    posts = pages.before.prefix(Self.pageSize / 2).reversed() + pages.after.prefix(Self.pageSize)
  }

  /// The window as it is now: from its first post on.
  private func readAgain(_ channel: ChannelName, in room: RoomID) {
    guard let first = posts.first?.cursor else { return readEnd() }
    let found = scene.read { reader in
      (
        posts: try reader.posts(channel, in: room, from: first, limit: Self.mostPosts + 1),
        older: try reader.posts(channel, in: room, before: first, limit: 1)
      )
    }
    guard let found else {
      wasStopped = true
      return
    }
    hasOlder = !found.older.isEmpty
    hasNewer = false
    posts = found.posts
    guard posts.count > Self.mostPosts else { return }
    if follows { return readEnd() }
    posts.removeLast(posts.count - Self.mostPosts)
    hasNewer = true
  }

  private func readOlder() {
    guard let channel, let room, hasOlder, let first = posts.first?.cursor,
      let page = scene.read({
        try $0.posts(channel, in: room, before: first, limit: Self.pageSize + 1)
      })
    else { return }
    hasOlder = page.count > Self.pageSize
    posts = page.prefix(Self.pageSize).reversed() + posts
    if posts.count > Self.mostPosts {
      posts.removeLast(posts.count - Self.mostPosts)
      (hasNewer, follows) = (true, false)
    }
    readAround()
    layOut()
  }

  private func readNewer() {
    guard let channel, let room, hasNewer, let last = posts.last?.cursor,
      let page = scene.read({
        try $0.posts(channel, in: room, from: last, limit: Self.pageSize + 2)
      })
    else { return }
    hasNewer = page.count > Self.pageSize + 1
    posts += page.dropFirst().prefix(Self.pageSize)
    if posts.count > Self.mostPosts {
      posts.removeFirst(posts.count - Self.mostPosts)
      hasOlder = true
    }
    readAround()
    layOut()
  }

  private func countArrivals() {
    guard let channel, let room else { return }
    if isAtEnd || seenEnd == nil { seenEnd = isAtEnd ? posts.last?.cursor : newestCursor }
    guard !isAtEnd, let seenEnd else {
      arrived = (0, 0)
      return
    }
    arrived =
      scene.read { try $0.postsAfter(seenEnd, channel, in: room, me: scene.me) } ?? arrived
  }

  /// The person looks away: the line above what was new goes, and what is there counts as seen.
  func leave() { firstUnread = nil }

  // MARK: Going

  /// Goes to the newest post and stays there.
  func goToEnd() {
    if hasNewer { readEnd() }
    (selected, follows) = (nil, true)
    readAround()
  }

  /// Goes to a post, wherever in the channel it stands.
  func go(to post: ObjectID, at cursor: EntryCursor) {
    if !posts.contains(where: { $0.id == post }) {
      read(around: cursor)
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
  private func layOut() {
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

  private var lastOffset: Int { max(0, lines.count - height) }

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
  private func settle() {
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

  private func lineRange(of post: ObjectID?) -> Range<Int>? {
    guard let post, let first = lines.firstIndex(where: { $0.post == post }),
      let last = lines.lastIndex(where: { $0.post == post })
    else { return nil }
    return first..<(last + 1)
  }

  // MARK: Moving

  func ability(to command: PaneCommand) -> Ability? {
    switch command {
    case .scrollDown, .scrollUp, .scrollFirst, .scrollLast, .pageDown, .pageUp:
      posts.isEmpty ? .unable(because: "nothing is posted here") : .able
    case .fold:
      run(of: post?.id) == nil ? .unable(because: "the post is not folded") : .able
    default: nil
    }
  }

  func perform(_ command: PaneCommand) -> Bool {
    switch command {
    case .scrollDown: step(by: 1)
    case .scrollUp: step(by: -1)
    case .scrollFirst: goToStart()
    case .scrollLast: goToEnd()
    case .pageDown: scroll(by: max(1, height - 1))
    case .pageUp: scroll(by: -max(1, height - 1))
    case .fold: run(of: post?.id).map(fold)
    default: return false
    }
    return true
  }

  /// To the next post, or within one that is longer than the pane.
  private func step(by step: Int) {
    guard let here = lineRange(of: post?.id) else { return }
    if step > 0, here.upperBound > offset + height { return scroll(by: 1) }
    if step < 0, here.lowerBound < offset { return scroll(by: -1) }
    var next = neighbour(of: here, step)
    if next == nil, step < 0 ? hasOlder : hasNewer {
      if step < 0 { readOlder() } else { readNewer() }
      next = lineRange(of: post?.id).flatMap { neighbour(of: $0, step) }
    }
    guard let next else {
      if step > 0 { goToEnd() } else { scroll(by: -1) }
      return
    }
    (selected, revealsSelected, follows) = (next, true, false)
    readAhead()
  }

  private func neighbour(of range: Range<Int>, _ step: Int) -> ObjectID? {
    step > 0
      ? lines[range.upperBound...].first { $0.post != nil }?.post
      : lines[..<range.lowerBound].last { $0.post != nil }?.post
  }

  /// The next page, before it is needed.
  private func readAhead() {
    guard let id = post?.id, let index = posts.firstIndex(where: { $0.id == id }) else { return }
    if index < 10, hasOlder { readOlder() }
    if index >= posts.count - 10, hasNewer { readNewer() }
  }

  /// To the oldest post, page by page no further than the first there is.
  private func goToStart() {
    guard let channel, let room else { return }
    if hasOlder {
      guard
        let page = scene.read({
          try $0.posts(
            channel, in: room, from: EntryCursor(createdAt: .min, eventID: EventID(Bytes32())),
            limit: Self.pageSize + 1)
        })
      else { return }
      posts = Array(page.prefix(Self.pageSize))
      (hasOlder, hasNewer) = (false, page.count > Self.pageSize)
      readAround()
      layOut()
    }
    (selected, revealsSelected, follows) = (posts.first?.id, true, false)
    offset = 0
    anchor = nil
  }

  func scroll(by amount: Int) {
    if amount < 0, offset + amount < height, hasOlder { readOlderInPlace() }
    if amount > 0, offset + amount > lastOffset - height, hasNewer { readNewer() }
    if let anchor, let index = lines.firstIndex(where: { $0.post == anchor.post }) {
      offset = index + anchor.line
    }
    offset += amount
    settle()
    keepSelectionInSight(preferringLast: amount > 0)
  }

  private func readOlderInPlace() {
    readOlder()
  }

  private func keepSelectionInSight(preferringLast: Bool) {
    let shown = lines.dropFirst(offset).prefix(height).compactMap(\.post)
    if isAtEnd {
      selected = nil
    } else if let id = post?.id, !shown.contains(id) {
      selected = preferringLast ? shown.last : shown.first
    }
  }

  // MARK: Folding and clicks

  /// The run of heartbeats that a post stands for.
  private func run(of post: ObjectID?) -> ObjectID? {
    post.flatMap { id in lines.first { $0.post == id && $0.run != nil }?.run }
  }

  private func fold(_ run: ObjectID) {
    guard let start = posts.firstIndex(where: { $0.id == run }) else { return }
    let ids = Set(
      posts[start...].prefix { sameBytes($0.kind, PostKind.heartbeat.rawValue) }.map(\.id))
    if unfolded.isDisjoint(with: ids) { unfolded.insert(run) } else { unfolded.subtract(ids) }
    follows = false
  }

  func option(at point: Point) -> Int? {
    let row = offset + point.y
    return lines.indices.contains(row) ? lines[row].option : nil
  }

  func click(at point: Point) {
    let row = offset + point.y
    guard lines.indices.contains(row), let id = lines[row].post else { return }
    if id == post?.id, let run = run(of: id) { fold(run) }
    selected = id
  }
}
