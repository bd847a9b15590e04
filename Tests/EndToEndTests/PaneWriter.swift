import Glibc
import Synchronization
import TestKit

/// Writes comments on one card in the workspace, as a person does, and is killed with it again and again.
struct PaneWriter: Sendable {
  let path: String
  let name: String
  let seed: UInt64
  let round: Round

  /// What it wrote, once the round is over.
  func run() throws -> [Written] {
    var written: [Written] = []
    var random = SeededRandom(seed)
    var number = 0
    var unsent: String?
    var pane = try open()
    while !round.isOver {
      // The field opens with what the last one left in it.
      pane.type("r")
      try pane.wait(for: "WRITE")
      var text = ""
      if let left = unsent, Self.field(on: pane.text).contains(left) {
        text = left
      } else {
        number += 1
        text = "\(name) writes \(number)."
        pane.type(text)
        try pane.wait(for: text)
      }
      unsent = nil
      pane.type("\r")
      // A random moment of what follows: before the order is written, while it is, or after.
      if Bool.random(using: &random) {
        usleep(UInt32.random(in: 0...20_000, using: &random))
      } else {
        try pane.wait(for: "the field to close") { $0.contains("BROWSE") }
      }
      let isAccepted = pane.text.contains("BROWSE")
      if isAccepted {
        written.append(Written(text: text, outcome: .accepted))
      } else {
        unsent = text
      }
      guard Bool.random(using: &random) || unsent != nil else { continue }
      pane.end(SIGKILL)
      round.killed()
      pane = try open()
    }
    pane.end(SIGTERM)
    // Whether it was sent, nobody was told.
    if let unsent { written.append(Written(text: unsent, outcome: .unknown)) }
    return written
  }

  /// The rows of the field that is written in.
  private static func field(on screen: String) -> String {
    screen.split(separator: "\n").drop { !$0.contains("─ Comment on “") }.prefix(5)
      .joined(separator: "\n")
  }

  /// The workspace, on the one card.
  private func open() throws -> PaneProcess {
    let pane = try PaneProcess([Process.studio, "--home", path], columns: 110, rows: 40)
    try pane.wait(for: "BROWSE")
    pane.type("gb\r")
    try pane.wait(for: "the card") { $0.contains("BROWSE") && $0.contains("The first") }
    return pane
  }
}

/// Something that was written, and what its writer was told of it.
struct Written: Sendable {
  enum Outcome: Sendable {
    /// Accepted, as the event of this id.
    case event(String)
    /// Accepted.
    case accepted
    /// Refused, or killed before it could tell.
    case unknown
  }

  let text: String
  let outcome: Outcome

  var isAccepted: Bool { if case .unknown = outcome { false } else { true } }
}

/// Counts the kills of one round.
final class Round: Sendable {
  private let done = Mutex(0)
  private let kills: Int

  init(kills: Int) { self.kills = kills }

  var count: Int { done.withLock { $0 } }
  var isOver: Bool { count >= kills }
  /// No more of it: a writer has failed.
  func giveUp() { done.withLock { $0 = kills } }
  func killed() { done.withLock { $0 += 1 } }
}
