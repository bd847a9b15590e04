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
        round.accepted()
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

/// Counts the kills of one round, and what was accepted meanwhile: without that nothing could be lost.
final class Round: Sendable {
  private struct Counts {
    var kills = 0
    var accepted = 0
    var isGivenUp = false
  }

  /// So much is accepted at least, unless so many times the kills were not enough for it.
  static let least = 6
  private static let patience = 20

  private let counts = Mutex(Counts())
  private let kills: Int

  init(kills: Int) { self.kills = kills }

  var count: Int { counts.withLock { $0.kills } }
  var isOver: Bool {
    counts.withLock {
      $0.isGivenUp || $0.kills >= kills && $0.accepted >= Self.least
        || $0.kills >= kills * Self.patience
    }
  }
  /// No more of it: a writer has failed.
  func giveUp() { counts.withLock { $0.isGivenUp = true } }
  func killed() { counts.withLock { $0.kills += 1 } }
  func accepted() { counts.withLock { $0.accepted += 1 } }
}
