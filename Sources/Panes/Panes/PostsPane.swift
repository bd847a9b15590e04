import Nostr
import Replica
import Studio
import Terminal

/// The posts of the chosen channel, the newest at the end.
final class PostsPane: Pane {
  static let pageSize = 100

  private let scene: Scene
  private var posts: [PostRow] = []
  private var channel: ChannelName?
  /// Lines between the end and what is shown.
  private var fromEnd = 0
  private var lineCount = 0
  private var height = 1

  init(_ scene: Scene) { self.scene = scene }

  var title: SafeText {
    scene.channel.map { "# \(SafeText(untrusted: $0.text, limit: 80))" } ?? "Posts"
  }
  var trailing: SafeText { fromEnd > 0 ? "\(fromEnd) below" : "" }

  func refresh() {
    if channel != scene.channel { (channel, fromEnd, posts) = (scene.channel, 0, []) }
    guard let room = scene.room, let channel else {
      posts = []
      return
    }
    posts =
      scene.read { try $0.posts(channel, in: room.id, limit: Self.pageSize).reversed() } ?? posts
  }

  func draw(on surface: inout Surface, in area: Rect, focused: Bool) {
    let width = max(8, area.width - 2)
    var lines: [(SafeText, StyleName)] = []
    for post in posts {
      let name = SafeText(untrusted: post.speaker.name ?? "", limit: 80)
      let short = SafeText(untrusted: post.speaker.short)
      lines.append(("\(name) #\(short) \(scene.moments.clock(of: post.at))", .threadHuman))
      let body = SafeText(untrustedMultiline: post.body)
      for line in body.wrapped(to: width - 2) { lines.append(("  \(line)", .text)) }
    }
    height = max(1, area.height)
    lineCount = lines.count
    fromEnd = max(0, min(fromEnd, lineCount - height))
    if lines.isEmpty {
      surface.text("Nothing was posted here yet.", at: area.origin, style: Style(.dim))
    }
    for (y, line) in lines.dropLast(fromEnd).suffix(height).enumerated() {
      surface.text(
        line.0, at: Point(x: area.x + 1, y: area.y + y), width: width, style: Style(line.1))
    }
    if focused { surface.cursor = area.origin }
  }

  func ability(to command: PaneCommand) -> Ability? {
    switch command {
    case .scrollDown, .scrollUp, .scrollFirst, .scrollLast, .pageDown, .pageUp: .able
    default: nil
    }
  }

  func perform(_ command: PaneCommand) -> Bool {
    switch command {
    case .scrollDown: fromEnd -= 1
    case .scrollUp: fromEnd += 1
    case .scrollFirst: fromEnd = lineCount
    case .scrollLast: fromEnd = 0
    case .pageDown: fromEnd -= max(1, height - 1)
    case .pageUp: fromEnd += max(1, height - 1)
    default: return false
    }
    fromEnd = max(0, min(fromEnd, lineCount - height))
    return true
  }

  func click(at point: Point) {}
}
