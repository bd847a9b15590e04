import Nostr
import Replica
import Studio
import Terminal
import Testing
import Workspace

@testable import Panes

/// Orders to whoever works on a card, from the screen.
@Suite struct RunOrderTests {
  private func payload(_ stage: Stage) throws -> JSON {
    let order = try #require(try stage.orders().last)
    return order.arguments["payload"] ?? order.arguments["post"]?["payload"] ?? .null
  }

  private func stage(_ author: Person = .alice, live: Bool = true) throws -> Stage {
    let world = try World()
    let card = try world.card("Retry policy", by: author, to: .atlas, ago: 900)
    try world.status(.inProgress, on: card, by: .atlas, ago: 600)
    try world.run(on: card, by: .atlas, ago: 30) {
      $0.host = "build-3"
      if !live { ($0.state, $0.outcome, $0.code) = (.done, "failed", "no_result") }
    }
    if !live { try world.hold(card, by: .atlas, ago: 20) }
    return try Stage(world, columns: 120, rows: 40, at: .board)
  }

  @Test func `stopping says what it does, wants Enter, and names the run`() throws {
    let stage = try stage()
    stage.press("x")
    #expect(stage.shows("program on build-3 is stopped"))
    #expect(stage.shows("the card goes back to open, on hold"))
    #expect(try stage.orders().isEmpty)
    stage.press("Enter")
    let payload = try payload(stage)
    #expect(payload["intent"]?.string == "cancel")
    #expect(payload["fabric"]?["op"]?.string == "cancel")
    #expect(payload["fabric"]?["run"]?.string == World.runID)
  }

  @Test func `who may not says nothing to a run, and is told why`() throws {
    let stage = try stage(.bob)
    for key in ["x", "t", "S"] {
      stage.press(key)
      #expect(stage.shows("neither the author"), "\(key)")
    }
    #expect(stage.shell.overlays.isEmpty)
    #expect(try stage.orders().isEmpty)
    for verb in ["card cancel", "card steer"] {
      stage.press(":")
      stage.type("\(verb) . stop")
      stage.press("Enter")
      #expect(stage.shows("not_allowed") || stage.shows("neither the author"), "\(verb)")
      stage.press("Esc", "Esc")
    }
    #expect(try stage.orders().isEmpty)
  }

  @Test func `what runs is not begun again, and what has ended is, as the person says`() throws {
    let running = try stage()
    running.press("t")
    #expect(running.shows("it is being worked on"))
    let ended = try stage(live: false)
    ended.press("x")
    #expect(ended.shows("nobody is at work on it"))
    ended.press("t", "Down", "Enter")
    let payload = try payload(ended)
    #expect(payload["intent"]?.string == "retry")
    #expect(payload["fabric"]?["mode"]?.string == "fresh")
    #expect(payload["fabric"]?["from_run"]?.string == World.runID)
  }

  @Test func `a word to the run is written like a comment, and kept while it is not sent`() throws {
    let stage = try stage()
    stage.press("S")
    stage.type("mind the old route")
    stage.press("Esc", "g", "d")
    #expect(stage.shows("word to the run on “Retry policy”"))
    stage.press("Enter", "Enter")
    let payload = try payload(stage)
    #expect(payload["intent"]?.string == "steer")
    #expect(payload["body"]?.string == "mind the old route")
    #expect(payload["fabric"]?["run"]?.string == World.runID)
  }
}
