import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// Somewhere on the screen that a click does something with.
struct Hit {
  enum Action {
    case go(Target)
    case command(PaneCommand, [String] = [])
  }

  let rect: Rect
  let action: Action
}

/// The first line: where the person is, what waits elsewhere, and how the connection stands.
extension Shell {
  /// A piece of the line, and where a click on it leads.
  private struct Piece {
    var spans: [Span]
    var target: Target?
    var width: Int { spans.reduce(0) { $0 + $1.text.width } }
  }

  func drawHeader(on surface: inout Surface, in rect: Rect) {
    guard !rect.isEmpty else { return }
    surface.fill(rect, Style(.header))
    let width = rect.width
    let left = width < 60 ? [here] : width < 100 ? tabs : wideLeft
    // What matters least goes first when there is no room.
    let fixed = left.reduce(0) { $0 + $1.width }
    var right = self.right(width, beside: fixed)
    while right.count > 1, fixed + right.reduce(1, { $0 + $1.width }) > width {
      right.removeFirst()
    }
    draw(left, from: rect.x, to: rect.right, on: &surface, in: rect)
    let start = rect.right - right.reduce(0) { $0 + $1.width }
    if start > rect.x + min(fixed, width / 2) {
      draw(right, from: start, to: rect.right, on: &surface, in: rect)
    }
    if width >= 100 { drawMiddle(on: &surface, in: rect, from: rect.x + fixed, to: start) }
  }

  private func draw(
    _ pieces: [Piece], from x: Int, to end: Int, on surface: inout Surface, in rect: Rect
  ) {
    var x = x
    for piece in pieces where x < end {
      let used = surface.spans(piece.spans, at: Point(x: x, y: rect.y), width: end - x)
      if let target = piece.target {
        hits.append(
          Hit(rect: Rect(x: x, y: rect.y, width: used, height: 1), action: .go(target)))
      }
      x += used
    }
  }

  /// The place and what waits elsewhere, where there is room for nothing else.
  private var here: Piece {
    Piece(spans: [Span(" ", .header), Span(place.title, .tabActive)] + spaced(list.badges))
  }

  private var tabs: [Piece] {
    Place.allCases.filter { $0 != .drafts || place == .drafts || !drafts.rows.isEmpty }.map {
      let style: StyleName = $0 == place ? .tabActive : .tab
      return Piece(
        spans: [Span(" ", .header), Span($0.title, style)] + spaced(pane($0.list).badges) + [
          Span(" ", .header)
        ], target: .place($0))
    }
  }

  private func spaced(_ badges: [Span]) -> [Span] {
    badges.flatMap { [Span(" ", .header), $0] }
  }

  private var wideLeft: [Piece] {
    var words: SafeText = " \(roomName)"
    if let size, size.columns >= 160 {
      let agents = scene.team.count.all
      let hosts = Set(scene.team.members.compactMap(\.row.host)).count
      if agents > 0 { words = "\(words) · \(agents == 1 ? "1 agent" : "\(agents) agents")" }
      if hosts > 1 { words = "\(words) · \(hosts) machines" }
    }
    return [Piece(spans: [Span("\(words) ", .header)])]
  }

  private var roomName: SafeText {
    guard let room = scene.room else { return "Studio" }
    let name = SafeText(untrusted: room.title ?? room.slug, limit: 200).truncated(to: 40)
    return room.status == "active" ? name : "\(name) (\(SafeText(untrusted: room.status)))"
  }

  private func drawMiddle(on surface: inout Surface, in rect: Rect, from: Int, to end: Int) {
    let x = max(from + 2, rect.x + 25)
    var spans = [Span(place.title, .tabActive)]
    if place == .board, let track = board.trackTitle {
      spans.append(Span(": \(track)", .header))
    }
    if place == .chat { spans.append(Span(": \(posts.title)", .header)) }
    if place == .board, !scene.filter.isEmpty {
      spans.append(Span("   filter: \(SafeText(untrusted: scene.filter, limit: 200))", .header))
    }
    guard x + 8 < end else { return }
    surface.spans(spans, at: Point(x: x, y: rect.y), width: end - x - 2)
  }

  /// What waits, the connection and the time; the dispensable first.
  ///
  /// - Parameter fixed: cells that are taken at the left.
  private func right(_ width: Int, beside fixed: Int) -> [Piece] {
    var pieces: [Piece] = []
    if scene.claims > 0 {
      pieces.append(Piece(spans: [Span("\(scene.claims) to admit  ", .badgeMention)]))
    }
    if width >= 100 {
      // The sidebar says where; here is the sum of it, which is the inbox.
      pieces += inbox.badges(inWords: width >= 160).map {
        Piece(spans: [$0, Span("  ", .header)], target: .place(.inbox))
      }
    } else if width < 60 {
      for other in Place.allCases where other != .drafts && other != place {
        // Without names beside them: the inbox has counted who is silent.
        if other == .agents, scene.badges.trouble > 0 { continue }
        for badge in pane(other.list).badges {
          pieces.append(
            Piece(spans: [badge, Span("  ", .header)], target: .place(other)))
        }
      }
    }
    let clock = width >= 60 ? [Span("  \(scene.moments.clock(of: self.clock.now()))", .header)] : []
    pieces.append(Piece(spans: [link] + clock + [Span(" ", .header)]))
    if width >= 60, width < 100, scene.room != nil {
      let room = width - pieces.reduce(fixed) { $0 + $1.width } - 4
      let name = roomName.truncated(to: max(12, room))
      pieces.insert(Piece(spans: [Span("\(name)  ", .header)]), at: 0)
    }
    return pieces
  }

  /// How much is here already, while the relays tell what they have.
  private var syncing: SafeText {
    scene.newest == 0 ? "○ syncing" : "○ syncing, \(scene.newest) events"
  }

  /// The engine and its relays.
  private var link: Span {
    switch engine {
    case .off: Span("○ no engine", .linkOffline)
    case .starting: Span("○ starting", .linkWaiting)
    case .gone: Span("○ engine gone", .linkOffline)
    case .connected: isLocked ? Span("○ locked", .linkOffline) : relays
    }
  }

  var isLocked: Bool { engineStatus?["unlocked"]?.bool == false }

  private var relays: Span {
    guard let relays = engineStatus?["relays"]?.array else {
      return Span("○ connecting", .linkWaiting)
    }
    let live = relays.count { $0["state"]?.string == "live" }
    if live == relays.count, live > 0 { return Span("● live\(roundTrip)", .linkLive) }
    if live > 0 { return Span("● live \(live)/\(relays.count)\(roundTrip)", .linkWaiting) }
    return relays.contains { $0["state"]?.string == "syncing" }
      ? Span(syncing, .linkWaiting) : Span("○ offline\(offlineFor)", .linkOffline)
  }

  /// How long the quickest relay takes to answer, where there is room to say so: ` 38 ms`.
  private var roundTrip: SafeText {
    guard let size, size.columns >= 160,
      let times = engineStatus?["round_trip_ms"]?.object,
      let milliseconds = times.keys.compactMap({ times[$0]?.integer }).min()
    else { return "" }
    return milliseconds < 10_000 ? " \(milliseconds) ms" : " \(milliseconds / 1_000) s"
  }

  /// ` 40s`, ` 3m`: since when no relay is reached.
  private var offlineFor: SafeText {
    guard case .down(let since)? = scene.presences.link?.link else { return "" }
    let seconds = max(0, clock.now() - since)
    return seconds < 60 ? " \(seconds)s" : " \(scene.moments.age(of: since))"
  }

  /// When that reads differently.
  var linkChange: Int64? {
    guard engine == .connected, !isLocked, !isLive, !offlineFor.isEmpty,
      case .down(let since)? = scene.presences.link?.link
    else { return nil }
    let now = clock.now()
    return now - since < 60 ? now + 1 : now + 60 - (now - since) % 60
  }
}
