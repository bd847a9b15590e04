import Foundation
import Home
import Nostr
import Replica
import Terminal
import Testing
import Workspace

@testable import Panes

/// The plain mode as a transcript: lines in, lines out, time and the engine by hand.
final class Transcript {
  let world: World
  let session: PlainSession
  private let output = Output()
  private let time = Stage.Time()

  private final class Output { var lines: [String] = [] }

  init(_ world: World) throws {
    self.world = world
    let (time, output) = (time, output)
    session = PlainSession(
      workspace: try Workspace(home: world.home, unlock: { throw StudioError("test", "no") }),
      clock: Clock(now: { time.wall }, monotonic: { time.monotonic }, isUTC: true),
      write: { output.lines.append($0) })
    session.begin()
    _ = take()
  }

  /// What was said since it was last asked.
  func take() -> [String] {
    defer { output.lines = [] }
    return output.lines
  }

  func type(_ lines: String...) -> [String] {
    for line in lines { session.receive(line) }
    return take()
  }

  /// Opens the first card that fits a filter, by the number that it was told with.
  func open(_ filter: String) -> [String] {
    let list = type("list \(filter)")
    let number = list.first.flatMap { $0.split(separator: " ").dropFirst().first } ?? "0"
    return list + type("open \(number)")
  }

  /// The engine says that a relay is live, or that none is.
  func live(_ isLive: Bool = true) -> [String] {
    session.hear(.status(["relays": [["state": isLive ? "live" : "connecting"]]]))
    return take()
  }

  /// Something was committed.
  func changed() -> [String] {
    session.hear(.changed(seq: 0))
    return take()
  }

  func wait(_ duration: Duration) -> [String] {
    time.monotonic += duration
    time.wall += duration.components.seconds
    if let due = session.deadline, due <= time.monotonic { session.tick() }
    return take()
  }

  /// Whether a line that begins so was said.
  static func has(_ beginning: String, in lines: [String]) -> Bool {
    lines.contains { $0.hasPrefix(beginning) }
  }

  func orders() throws -> [(intent: Intent, arguments: JSON)] {
    try world.replica.nextIntents().map { ($0, try JSON(parsing: $0.arguments)) }
  }

  /// The engine answers the oldest order.
  func answerOrder(_ result: JSON = ["delivery": "queued"]) throws -> [String] {
    let order = try #require(try world.replica.nextIntents().first)
    try world.replica.finishIntent(order.id, result: result.text)
    return changed()
  }
}
