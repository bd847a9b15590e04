import Foundation
import Nostr
import Replica
import Studio
import Terminal
import Testing
import Workspace

@testable import Panes

@Suite struct AgentsTests {
  private func world() throws -> (World, opus: ConnectionID) { try World.atWork() }

  private func stage(_ world: World, _ columns: Int, _ rows: Int) throws -> Stage {
    let stage = try Stage(world, columns: columns, rows: rows, at: .agents)
    stage.wait(.seconds(6))
    return stage
  }

  @Test(arguments: [(80, 24), (120, 40), (200, 60)] as [(Int, Int)])
  func `the agents are shown with what they do and how long they were not heard`(
    columns: Int, rows: Int
  ) throws {
    let (world, _) = try world()
    let stage = try stage(world, columns, rows)
    try Golden.check(stage.text, "team-\(columns)x\(rows)")
  }

  @Test func `large screens show the agents along the bottom of every other place`() throws {
    let (world, _) = try world()
    let stage = try Stage(world, columns: 200, rows: 60, at: .board)
    stage.wait(.seconds(6))
    let strip = (50..<60).map(stage.row).joined(separator: "\n")
    #expect(strip.contains("Agents live"))
    #expect(strip.contains("opus") && strip.contains("silent"))
    #expect(strip.contains("31/40"))
  }

  @Test func `who needs somebody comes first, and the detail explains itself`() throws {
    let (world, _) = try world()
    let stage = try stage(world, 200, 60)
    let rows = (0..<20).map(stage.row)
    let lines = try ["? atlas", "○ opus", "● atlas"].map { sign in
      try #require(rows.firstIndex { $0.contains(sign) }, "\(sign)")
    }
    #expect(lines == lines.sorted())
    #expect(stage.shows("waits 4m for an answer: “Which policy?”"))
    stage.press("j")
    #expect(stage.shows("last event 12m ago; progress 12m ago"))
    #expect(stage.shows("it has work in hand and has not said a word for 12m"))
  }

  @Test func `ages move without anything happening, and nobody is drawn for nothing`() throws {
    let (world, _) = try world()
    let stage = try stage(world, 120, 40)
    #expect(stage.shows("working 6s"))
    let due = try #require(stage.shell.deadline)
    stage.wait(.seconds(5))
    #expect(stage.shows("working 10s"))
    // The next step of an age is the next moment to wake at.
    #expect(due <= .seconds(1_011))
    stage.wait(.seconds(115))
    #expect(stage.shows("quiet 2m"))
    stage.wait(.seconds(600))
    #expect(!stage.shows("● atlas"))
  }

  @Test func `while our own connection is down nobody is said to be silent`() throws {
    let (world, _) = try world()
    let stage = try stage(world, 120, 40)
    #expect(stage.shell.scene.presences.silences.map(\.row.name) == ["opus"])
    stage.shell.engineStatus = ["unlocked": true, "relays": [["state": "connecting"]]]
    stage.changed()
    stage.wait(.seconds(6))
    #expect(stage.shows("unknown since 14:03"))
    #expect(stage.shell.scene.presences.silences.isEmpty)
    stage.wait(.seconds(3_600))
    #expect(stage.shows("unknown since 14:03"))
    #expect(!stage.shows("silent 1h"))
    stage.shell.engineStatus = ["unlocked": true, "relays": [["state": "live"]]]
    stage.changed()
    #expect(!stage.shows("unknown since"))
  }

  @Test func `a nudge goes to the card, mentions whom it means and asks for a word`() throws {
    let (world, opus) = try world()
    let stage = try stage(world, 120, 40)
    stage.press("j", "n")
    let order = try #require(try stage.orders().last)
    let payload = order.arguments["payload"] ?? order.arguments["post"]?["payload"] ?? .null
    #expect(payload["intent"]?.string == "nudge")
    #expect(payload["fabric"]?["ack"]?.bool == true)
    let mention = payload["fabric"]?["mentions"]?.array?.first
    #expect(mention?["pubkey"]?.string == (try Person.bob.key.hex))
    #expect(mention?["conn"]?.string == opus.text)
  }

  @Test func `a silence is put aside until there is a sign of life`() throws {
    let (world, _) = try world()
    let stage = try stage(world, 120, 40)
    stage.press("j")
    #expect(stage.shell.scene.presences.silences.count == 1)
    stage.press("s")
    #expect(stage.shell.scene.presences.silences.isEmpty)
    stage.wait(.seconds(3_000))
    #expect(stage.shell.scene.presences.silences.filter { $0.row.name == "opus" }.isEmpty)
    stage.press("s")
    #expect(stage.shows("no silence of theirs is in the inbox"))
  }

  @Test func `the last notes are a key away, and a card can be given`() throws {
    let (world, _) = try world()
    try world.card("Left lying", status: .open)
    let stage = try stage(world, 120, 40)
    stage.press("j", "l")
    #expect(stage.shell.focus == .agent)
    #expect(stage.shows("running tests"))
    stage.press("a")
    #expect(stage.shows("Which card for opus?"))
    stage.press("Enter")
    let order = try #require(try stage.orders().last)
    #expect("\(order.arguments.text)".contains(try Person.bob.key.hex))
  }

  @Test func `a card says how whoever is at it is`() throws {
    let (world, _) = try world()
    let stage = try Stage(world, columns: 120, rows: 40, at: .board)
    stage.wait(.seconds(6))
    for _ in 0..<4 where !stage.shows("NOW ● ") { stage.press("j") }
    #expect(stage.shows("NOW ● 6s  writing tests for resume()"))
    #expect(stage.shows("31/40  2h10m"))
  }

  @Test func `an hour of events is twelve bars, and none is dots`() {
    #expect(PresenceText.spark(Array(repeating: 0, count: 12)).string == "············")
    #expect(PresenceText.spark([0, 1, 2, 3, 6, 12]).string == "▁▂▂▃▄▇")
    #expect(PresenceText.spark([1]).string == "▂")
  }
}
