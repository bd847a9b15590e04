import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// Going through the posts of a channel, by keys and by the mouse.
extension PostsPane {
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
    if hasOlder {
      guard window?.readStart(scene) == true else { return }
      readAround()
      layOut()
    }
    (selected, revealsSelected, follows) = (posts.first?.id, true, false)
    offset = 0
    anchor = nil
  }

  func scroll(by amount: Int) {
    if amount < 0, offset + amount < height, hasOlder { readOlder() }
    if amount > 0, offset + amount > lastOffset - height, hasNewer { readNewer() }
    if let anchor, let index = lines.firstIndex(where: { $0.post == anchor.post }) {
      offset = index + anchor.line
    }
    offset += amount
    settle()
    keepSelectionInSight(preferringLast: amount > 0)
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
