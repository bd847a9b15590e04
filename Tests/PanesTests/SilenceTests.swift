import Foundation
import Nostr
import Replica
import Studio
import Terminal
import Testing
import Workspace

@testable import Panes

/// Agents that have fallen silent, wherever they are shown.
@Suite struct SilenceTests {
  private func stage(
    at place: Place = .inbox, _ columns: Int = 120, _ rows: Int = 40
  ) throws -> (Stage, opus: ConnectionID) {
    let (world, opus) = try World.atWork()
    let stage = try Stage(world, columns: columns, rows: rows, at: place)
    stage.wait(.seconds(6))
    return (stage, opus)
  }

  /// Goes to the row of the silence.
  private func choose(_ stage: Stage) {
    for _ in 0..<9 where stage.shell.inbox.row?.silence == nil { stage.press("j") }
  }

  private func badges(_ stage: Stage) -> String {
    stage.shell.inbox.badges.map(\.text.string).joined(separator: " ")
  }

  @Test(arguments: [(80, 24), (120, 40), (200, 60)] as [(Int, Int)])
  func `the inbox tells of a silent agent once, with its last words`(
    columns: Int, rows: Int
  ) throws {
    let (stage, _) = try stage(at: .inbox, columns, rows)
    let lines = (0..<rows).map(stage.row).filter { $0.contains("silent 12m, last said “") }
    #expect(lines.count == 1)
    #expect(lines.first?.contains("! Flaky suite") == true)
    #expect(badges(stage).contains("!1"))
    #expect(stage.row(0).components(separatedBy: "!1").count == (columns < 100 ? 3 : 2))
  }

  @Test func `its age moves on, and it is over when there is a word`() throws {
    let (stage, opus) = try stage()
    #expect(stage.shell.inbox.nextChange != nil)
    stage.wait(.seconds(60))
    #expect(stage.shows("silent 13m, last said “running tests”"))
    choose(stage)
    let flaky = try #require(stage.shell.inbox.row?.silence?.member.row.card?.eventID)
    let card = try Event(
      parsing: try #require(try stage.world.replica.reader.rawEvent(flaky)))
    try stage.world.step("44", 44, of: 120, on: card, by: .bob, connection: opus, ago: 0)
    stage.changed()
    stage.wait(.seconds(6))
    #expect(!badges(stage).contains("!"))
    #expect(stage.shows("not silent any more"))
  }

  @Test func `who is silent in a room that is not shown is in the inbox too, and put aside there`()
    throws
  {
    let (world, _) = try World.atWork()
    try world.otherRoom("Garden")
    let stage = try Stage(world, columns: 120, rows: 40, at: .inbox)
    stage.press("R")
    stage.type("Garden")
    stage.press("Enter")
    #expect(stage.shell.scene.room?.title == "Garden")
    stage.wait(.seconds(6))
    stage.wait(.seconds(60))
    #expect(stage.shows("silent 13m, last said"))
    #expect(badges(stage).contains("!1"))
    choose(stage)
    #expect(stage.shell.chosenAgent == nil, "a nudge would go to another room")
    stage.press("d")
    #expect(!stage.shows("silent 13m, last said"))
    #expect(!badges(stage).contains("!"))
  }

  @Test(arguments: ["s", "d"])
  func `it is put aside until it speaks, and that is taken back`(key: String) throws {
    let (stage, _) = try stage()
    choose(stage)
    #expect(stage.shell.detail == .agent)
    #expect(stage.shows("it has work in hand and has not said a word for 12m"))
    stage.press(key)
    #expect(!stage.shows("last said"))
    #expect(!badges(stage).contains("!"))
    stage.press("u")
    #expect(stage.shows("silent 12m, last said “running tests”"))
    choose(stage)
    stage.press(key)
    stage.wait(.seconds(9_000))
    #expect(!stage.shows("last said “running tests”"))
  }

  @Test func `it is opened among the agents, and nudged from where it stands`() throws {
    let (stage, opus) = try stage()
    choose(stage)
    stage.press("Enter")
    #expect(stage.shell.place == .agents)
    #expect(stage.shell.agents.selected?.id.connection == opus)
    stage.press("A-Left", "Tab", "n")
    let order = try #require(try stage.orders().last)
    let payload = order.arguments["payload"] ?? order.arguments["post"]?["payload"] ?? .null
    #expect(payload["intent"]?.string == "nudge")
  }

  @Test func `what needs the person leads from the question to the silent agent`() throws {
    let (stage, opus) = try stage(at: .board)
    stage.press("]")
    #expect(stage.shell.card.question != nil)
    stage.press("]")
    #expect(stage.shell.place == .agents)
    #expect(stage.shell.agents.selected?.id.connection == opus)
  }

  @Test func `while nobody looks a silence is told, once`() throws {
    let (world, _) = try World.atWork()
    let stage = try Stage(world, at: .inbox)
    var told: [String] = []
    stage.shell.notify = { told.append($0.string) }
    stage.wait(.seconds(6))
    stage.shell.receive(.focus(false))
    stage.wait(.seconds(6))
    #expect(told == [], "it was in sight")
    // Atlas has work in hand too, and says nothing.
    stage.wait(.seconds(620))
    stage.wait(.seconds(6))
    stage.wait(.seconds(6))
    #expect(told == ["atlas is silent: Chunked upload"])
    stage.wait(.seconds(1_500))
    stage.wait(.seconds(10))
    #expect(told.count == 1)
  }

  // MARK: Board and sidebar

  @Test func `a card on the board says how whoever is at it is, and how far`() throws {
    let (stage, _) = try stage(at: .board, 80, 24)
    for _ in 0..<4 where !stage.shows("Flaky suite") { stage.press("l") }
    let rows = (0..<24).map(stage.row)
    func below(_ title: String) throws -> (sign: String, state: String) {
      let row = try #require(rows.firstIndex { $0.contains(title) })
      return (rows[row], rows[row + 1])
    }
    let silent = try below("Flaky suite")
    #expect(silent.sign.contains("○ Flaky suite"))
    #expect(silent.state.contains("12m silent") && silent.state.contains("43/120"))
    let works = try below("Chunked upload")
    #expect(works.sign.contains("● Chunked upload"))
    #expect(works.state.contains("31/40") && works.state.contains("▂"))
    #expect(works.state.contains("writing tests for resume()") || works.state.contains("new"))
    #expect(try below("Retry policy").sign.contains("? Retry policy"))
    #expect(stage.shell.board.nextChange != nil)
  }

  @Test func `a track says what waits and what is wrong on it`() throws {
    let (stage, _) = try stage(at: .board)
    try stage.world.post(
      .track(Track(name: "storage", title: "Storage", layout: .column, createdBy: "x")),
      d: "storage", by: .alice, at: 300)
    stage.changed()
    let row = try #require((0..<40).map(stage.row).first { $0.contains("  Storage") })
    #expect(row.contains("?1 !1   3"))
  }

  @Test(arguments: ["is:silent", "quiet:>10m", "-quiet:<=12m quiet:>=12m"])
  func `a filter finds the cards at which somebody is silent`(filter: String) throws {
    let (stage, _) = try stage(at: .board)
    stage.press("/")
    stage.type(filter)
    stage.press("Enter")
    let shown = ["Flaky suite", "Chunked upload", "Retry policy"].filter(stage.shows)
    #expect(shown == ["Flaky suite"])
  }

  @Test func `q closes a card for where it was opened, and says so`() throws {
    let (stage, _) = try stage(at: .board, 80, 24)
    stage.press("Enter")
    #expect(stage.shell.place == .card && stage.shell.isOnTop)
    stage.press("q")
    #expect(stage.shell.place == .board && !stage.shell.isOnTop)
    stage.resize(200, 60)
    #expect(stage.status.contains("q quit"))
    stage.press("g", "k")
    #expect(stage.status.contains("q close"))
  }

  @Test func `the mouse is left to the terminal by a line`() throws {
    let (stage, _) = try stage(at: .board)
    var mouse: [Bool] = []
    stage.shell.useMouse = { mouse.append($0) }
    for line in ["mouse off", "mouse on"] {
      stage.press(":")
      stage.type(line)
      stage.press("Enter")
    }
    #expect(mouse == [false, true])
  }

  // MARK: The list of agents

  @Test func `the first opening selects the first row, whatever was first before`() throws {
    let (world, _) = try World.atWork()
    let stage = try Stage(world, columns: 120, rows: 40, at: .board)
    stage.shell.engineStatus = ["unlocked": true, "relays": [["state": "connecting"]]]
    stage.changed()
    stage.wait(.seconds(6))
    stage.shell.engineStatus = ["unlocked": true, "relays": [["state": "live"]]]
    stage.changed()
    stage.press("g", "a")
    #expect(stage.shell.agents.selected?.id == stage.shell.scene.team.members.first?.id)
    #expect(stage.shell.agents.selected?.row.question != nil)
    stage.press("j")
    let chosen = stage.shell.agents.selected?.id
    stage.wait(.seconds(700))
    #expect(stage.shell.agents.selected?.id == chosen, "a choice is kept")
  }

  // MARK: The next thing that needs the person

  @Test func `what means the person in a channel is gone to itself, not to its root`() throws {
    let world = try World()
    let first = try world.postMention("can we ship today?", by: .bob, ago: 600)
    for number in 0..<40 {
      try world.postMention("later \(number)", by: .atlas, ago: Int64(500 - number))
    }
    let stage = try Stage(world, columns: 120, rows: 40, at: .board)
    stage.press("[")
    #expect(stage.shell.place == .chat)
    #expect(stage.shell.posts.post?.eventID == first.id)
    stage.press("[")
    #expect(stage.shell.posts.post?.body == "later 0")
  }
}
