import Foundation
import Home
import Nostr
import Replica
@testable import Terminal
import Testing
import Workspace

@testable import Panes

/// A workspace on a screen without a terminal: keys in, text out, and time by hand.
final class Stage {
  let world: World
  let shell: Shell
  let screen: GridScreen
  private let time: Time

  final class Time {
    var wall = World.now
    var monotonic = Duration.seconds(1_000)
  }

  init(
    _ world: World, columns: Int = 80, rows: Int = 24, at place: Place = .board,
    isStaged: Bool = false
  ) throws {
    self.world = world
    screen = GridScreen(Size(columns: columns, rows: rows))
    let time = Time()
    self.time = time
    let (keymap, problems) = try WorkspaceScreen.keymap(world.home)
    #expect(problems == [])
    shell = Shell(
      workspace: try Workspace(home: world.home, unlock: { throw StudioError("test", "no") }),
      keymap: keymap,
      clock: Clock(now: { time.wall }, monotonic: { time.monotonic }, isUTC: true), budget: 10_000,
      at: place, isStaged: isStaged)
    // Neither the machine's clipboard nor its editor.
    shell.clipboard = { _ in .tmux }
    shell.variable = { _ in nil }
    shell.engine = .connected
    shell.engineStatus = [
      "unlocked": true, "relays": [["state": "live"], ["state": "connecting"]],
    ]
    draw()
  }

  func draw() {
    var surface = Surface(screen.size)
    shell.draw(on: &surface)
    screen.draw(surface.grid, cursor: surface.cursor)
  }

  func resize(_ columns: Int, _ rows: Int) {
    screen.size = Size(columns: columns, rows: rows)
    shell.resized(to: screen.size)
    draw()
  }

  /// Keys by their names in keymaps.
  func press(_ names: String...) {
    for name in names {
      guard let key = Key(name: name) else {
        Issue.record("no key is called \(name)")
        return
      }
      shell.receive(.key(key))
      draw()
    }
  }

  func type(_ text: String) {
    for scalar in text.unicodeScalars { shell.receive(.key(Key(.character(scalar)))) }
    draw()
  }

  /// A click of the first button.
  func click(_ x: Int, _ y: Int) {
    for action in [Mouse.Action.press, .release] {
      shell.receive(
        .mouse(Mouse(action: action, button: 0, point: Point(x: x, y: y), modifiers: [])))
    }
    draw()
  }

  /// The newest version of a card.
  func event(of card: CardRow) throws -> Event {
    let raw = try #require(try world.replica.reader.rawEvent(card.eventID))
    return try Event(parsing: raw)
  }

  /// Time passes; what is due is done.
  func wait(_ duration: Duration) {
    time.monotonic += duration
    time.wall += duration.components.seconds
    if let due = shell.deadline, due <= time.monotonic { _ = shell.tick(now: time.monotonic) }
    draw()
  }

  /// The engine says that something was committed.
  func changed() {
    shell.hear(.changed(seq: 0))
    draw()
  }

  var text: String { screen.grid.text }
  func row(_ y: Int) -> String { screen.grid.row(y) }
  var status: String { row(screen.size.rows - 1) }
  func shows(_ words: String) -> Bool { text.contains(words) }

  /// Orders that wait for the engine.
  func orders() throws -> [(intent: Intent, arguments: JSON)] {
    try world.replica.nextIntents().map { ($0, try JSON(parsing: $0.arguments)) }
  }
}

/// Screens kept as text under `Tests/Goldens`. With `STUDIO_UPDATE_GOLDENS` set they are written.
enum Golden {
  /// A screen with its styles: under each row the runs that are not plain text, such as
  /// `~~~ 12-18 state.waiting`, columns from 0.
  static func check(
    styles grid: Grid, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try check(grid.styledText, name, sourceLocation: sourceLocation)
  }

  static func check(
    _ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Goldens/Panes")
    let file = folder.appending(path: "\(name).txt")
    if ProcessInfo.processInfo.environment["STUDIO_UPDATE_GOLDENS"] != nil {
      try (text + "\n").write(to: file, atomically: true, encoding: .utf8)
    }
    let expected = try String(contentsOf: file, encoding: .utf8)
    let old = expected.split(separator: "\n", omittingEmptySubsequences: false)
    let new = (text + "\n").split(separator: "\n", omittingEmptySubsequences: false)
    // The first rows that differ tell enough.
    let rows = (0..<max(old.count, new.count)).filter {
      ($0 < old.count ? old[$0] : "(none)") != ($0 < new.count ? new[$0] : "(none)")
    }
    for y in rows.prefix(3) {
      let before = y < old.count ? old[y] : "(none)"
      let after = y < new.count ? new[y] : "(none)"
      #expect(after == before, "\(name), row \(y)", sourceLocation: sourceLocation)
    }
  }
}
