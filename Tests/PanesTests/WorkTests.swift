import Home
import Nostr
import Replica
import Studio
import Terminal
import Testing
import Workspace

@testable import Panes

@Suite struct WorkTests {
  @Test func `a card of another appears, and the selection stays with its card`() throws {
    let world = try World.team()
    let stage = try Stage(world)
    stage.press("h", "h", "j")
    let selected = try #require(stage.shell.scene.card)
    let title = try #require(stage.shell.card.card?.title)
    try world.card("Brand new", by: .bob, ago: 0)
    #expect(!stage.shows("Brand new"))
    stage.changed()
    #expect(stage.shows("Brand new"))
    #expect(stage.shell.scene.card == selected)
    let marked = stage.text.split(separator: "\n").first { $0.hasPrefix("▌") }
    #expect(marked?.contains(title) == true)
  }

  @Test func `a digit answers the question in place`() throws {
    let stage = try Stage(World.team(), at: .inbox)
    stage.press("2")
    stage.wait(.seconds(5))
    let order = try #require(try stage.orders().first)
    #expect(order.intent.verb == "post")
    #expect(order.arguments["kind"] == 30535)
    #expect(order.arguments["payload"]?["body"] == "Fixed 3 s delay, at most 3 tries")
    #expect(order.arguments["payload"]?["fabric"]?["choice"] == ["2"])
    #expect(try stage.orders().count == 1)
  }

  @Test func `a digit beyond the options answers nothing`() throws {
    let stage = try Stage(World.team(), at: .inbox)
    stage.press("4")
    #expect(stage.shows("the question has 3 options"))
    #expect(try stage.orders().isEmpty)
  }

  @Test func `an answer in other words is written in a field`() throws {
    let stage = try Stage(World.team(), at: .inbox)
    stage.press("o")
    stage.type("Ask me tomorrow.")
    stage.press("Enter")
    stage.wait(.seconds(5))
    let order = try #require(try stage.orders().first)
    #expect(order.arguments["kind"] == 30535)
    #expect(order.arguments["payload"]?["body"] == "Ask me tomorrow.")
  }

  @Test func `a comment is handed in, and what the engine accepted is gone from the field`() throws
  {
    let stage = try Stage(World.team(), at: .inbox)
    stage.press("m")
    stage.type("one")
    stage.press("A-Enter")
    stage.type("q two")
    stage.press("Enter")
    let order = try #require(try stage.orders().first)
    #expect(order.arguments["payload"]?["body"] == "one\nq two")
    #expect(stage.shell.pending.count == 1)
    try stage.world.replica.finishIntent(order.intent.id, result: "{}")
    stage.changed()
    #expect(stage.shell.pending.isEmpty)
    stage.press("m")
    #expect(!stage.shows("q two"))
  }

  @Test func `a refusal of the engine is told in its words and gives the text back`() throws {
    let stage = try Stage(World.team(), at: .inbox)
    stage.press("r")
    stage.type("precious")
    stage.press("Enter")
    let order = try #require(try stage.orders().first)
    let error = StudioError("room_closed", "the room is closed", hint: "reopen it")
    try stage.world.replica.failIntent(order.intent.id, error: error.json.text)
    stage.changed()
    #expect(stage.shows("the room is closed (reopen it)"))
    stage.press("r")
    #expect(stage.shows("precious"))
  }

  @Test func `a remark stands after what was seen, whatever the clock of its author says`() throws {
    let world = try World()
    let card = try world.card("Chunks", to: .atlas)
    try world.comment("from a fast clock", on: card, by: .atlas, ago: -40)
    let stage = try Stage(world, at: .board)
    stage.press("r")
    stage.type("seen")
    stage.press("Enter")
    #expect(try stage.orders().last?.arguments["after"] == .integer(World.now + 40))
  }

  @Test func `Esc keeps what was written, and so does the end`() throws {
    let world = try World.team()
    let stage = try Stage(world, at: .inbox)
    stage.press("r")
    stage.type("half a thought")
    stage.press("Esc")
    #expect(stage.shell.overlays.isEmpty)
    #expect(!stage.shows("half a thought"))
    #expect(stage.shows("draft"))
    stage.press("r")
    #expect(stage.shows("half a thought"))
    stage.type(", then more")
    stage.shell.close()
    let next = try Stage(world, at: .inbox)
    next.press("r")
    #expect(next.shows("half a thought, then more"))
    #expect(try next.orders().isEmpty)
  }

  @Test func `a draft is kept 300 ms after the last key`() throws {
    let stage = try Stage(World.team(), at: .inbox)
    let name = try #require(stage.shell.card.card.map { "comment:\($0.address)" })
    stage.press("r")
    stage.type("x")
    stage.wait(.milliseconds(299))
    #expect(stage.shell.draft(name) == nil)
    stage.wait(.milliseconds(1))
    #expect(stage.shell.draft(name) == "x")
  }

  @Test func `a card is made by title and text, on the chosen track`() throws {
    let stage = try Stage(World.team())
    stage.press("g", "t", "Down", "Down", "Down", "Enter", "c")
    stage.type("Shorten it")
    stage.press("Enter")
    stage.type("because")
    stage.press("Enter")
    let order = try #require(try stage.orders().first)
    #expect(order.arguments["kind"] == 30530)
    #expect(order.arguments["payload"]?["title"] == "Shorten it")
    #expect(order.arguments["payload"]?["body"] == "because")
    #expect(order.arguments["payload"]?["track"] == "web")
  }

  @Test func `what a verb refuses stays in the field with the reason`() throws {
    let stage = try Stage(World.team())
    stage.press("g", "t", "Down", "Enter", "c")
    stage.type(String(repeating: "x", count: 201))
    stage.press("Enter", "Enter")
    #expect(stage.shows("title is 1 to 200 characters, this is 201"))
    #expect(!stage.shell.overlays.isEmpty)
    #expect(try stage.orders().isEmpty)
  }

  @Test func `status and assignment are picked, and nobody is a choice`() throws {
    let stage = try Stage(World.team())
    stage.press("s")
    stage.type("done")
    stage.press("Enter")
    stage.press("a")
    stage.type("bob")
    stage.press("Enter", "a", "Up")
    stage.type("nobody")
    stage.press("Enter")
    let orders = try stage.orders()
    try #require(orders.count == 3)
    #expect(orders[0].arguments["payload"]?["to_status"] == "done")
    let bob = try Person.bob.key.hex
    #expect(orders[1].arguments["payload"]?["assignees"] == [.string(bob)])
    #expect(orders[2].arguments["payload"]?["assignees"] == [])
  }

  @Test func `a card is read when its end was in sight for 1.5 s, not by passing or beginning it`()
    throws
  {
    let stage = try Stage(World.team(), at: .inbox)
    let card = try #require(stage.shell.scene.card)
    let reader = stage.world.replica.reader
    let me = try Person.alice.key
    #expect(try reader.card(card, me: me)?.unread ?? 0 > 0)
    stage.press("j", "k")
    #expect(try reader.card(card, me: me)?.unread ?? 0 > 0)
    stage.press("Enter")
    stage.wait(.milliseconds(1_400))
    #expect(try reader.card(card, me: me)?.unread ?? 0 > 0)
    stage.shell.receive(.focus(false))
    stage.wait(.seconds(60))
    #expect(try reader.card(card, me: me)?.unread ?? 0 > 0, "nobody looked")
    stage.shell.receive(.focus(true))
    stage.draw()
    stage.wait(.milliseconds(1_500))
    #expect(try reader.card(card, me: me)?.unread == 0)
    #expect(stage.shows("─ unread ─"))
  }

  @Test func `a long card is not read before its end was in sight`() throws {
    let world = try World()
    let card = try world.card("Long", ago: 9_000)
    for index in 0..<60 {
      try world.comment("word \(index)", on: card, by: .bob, ago: Int64(8_000 - index))
    }
    let stage = try Stage(world)
    stage.press("Enter")
    stage.wait(.seconds(10))
    let unread = { try world.replica.reader.card(world.object(card), me: Person.alice.key)?.unread }
    #expect(try unread() == 60)
    stage.press("G")
    stage.wait(.milliseconds(1_500))
    #expect(try unread() == 0)
  }

  @Test func `the filter narrows with every key`() throws {
    let stage = try Stage(World.team())
    stage.press("/")
    stage.type("fl")
    #expect(stage.shell.board.rows.count == 4)
    stage.type("a")
    #expect(stage.shows("Flaky integration suite"))
    #expect(!stage.shows("Garbage collect chunks"))
    stage.press("C-u")
    stage.type("is:done")
    #expect(stage.shell.board.rows.map(\.title) == ["Empty state"])
    stage.press("C-u")
    stage.type("to:atlas")
    #expect(stage.shell.board.rows.map(\.title) == ["Retry policy for the uploader"])
  }

  @Test func `the next question is gone to wherever it is`() throws {
    let stage = try Stage(World.team())
    stage.press("/")
    stage.type("garbage")
    stage.press("Enter", "]")
    #expect(stage.shell.focus == .card)
    #expect(stage.shell.card.card?.title == "Retry policy for the uploader")
    #expect(stage.shows("▌? atlas"))
  }

  @Test func `status changes fold into a line, refused ones stand with their reason`() throws {
    let stage = try Stage(World.team(), columns: 120, rows: 40)
    #expect(stage.shows("wanted archived · refused:"))
    stage.press("/")
    stage.type("empty")
    #expect(stage.shows("▸ open → in progress → done · bob"))
  }

  @Test func `letters written are text, and pasting in a list does nothing`() throws {
    let stage = try Stage(World.team())
    stage.press("r")
    stage.type("q?:z/c")
    #expect(stage.shows("q?:z/c"))
    stage.press("Esc")
    stage.shell.receive(.paste("c\nsomething\n"))
    stage.draw()
    #expect(stage.shows("pasting is for text fields"))
    #expect(stage.shell.overlays.isEmpty)
  }

  @Test func `long threads open at what is new and load what is older`() throws {
    let world = try World()
    let card = try world.card("Long", ago: 9_000)
    for index in 0..<250 {
      try world.comment("word \(index)", on: card, by: .alice, ago: Int64(8_000 - index))
    }
    let stage = try Stage(world)
    #expect(stage.shell.card.entries.count == 200)
    stage.press("Enter")
    #expect(stage.shows("word 249"))
    stage.press("g", "g")
    #expect(stage.shell.card.entries.count == 250 || stage.shows("What is to be done."))
    stage.press("k")
    #expect(stage.shell.card.entries.count == 250)
  }

  @Test func `an order handed in without waiting is answered later`() throws {
    let world = try World.team()
    let workspace = try Workspace(home: world.home, unlock: { "" })
    let verb = try #require(Verbs.named("card create"))
    let order = try #require(
      try workspace.start(verb, Arguments(["track": "web", "title": "Later"])))
    #expect(try workspace.outcome(of: order) == nil)
    let intent = try #require(try world.replica.nextIntents().first)
    try world.replica.finishIntent(intent.id, result: #"{"event_id":"x"}"#)
    #expect(try workspace.outcome(of: order)?.get() == ["event_id": "x"])
    #expect(throws: StudioError.self) {
      try workspace.start(verb, Arguments(["track": "web", "title": ""]))
    }
    #expect(try world.replica.nextIntents().isEmpty)
  }
}
