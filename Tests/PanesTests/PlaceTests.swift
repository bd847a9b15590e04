import Foundation
import Home
import Nostr
import Replica
import Studio
@testable import Terminal
import Testing

@testable import Panes

@Suite struct PlaceTests {
  @Test func `g and a letter goes to a place, function keys too, and a place is as it was left`()
    throws
  {
    let stage = try Stage(World.team())
    stage.press("h", "h", "j")
    let selected = try #require(stage.shell.scene.card)
    for (key, place) in [
      ("i", Place.inbox), ("c", .chat), ("a", .agents), ("d", .drafts), ("k", .card), ("b", .board),
    ] {
      stage.press("g", key)
      #expect(stage.shell.place == place)
      #expect(stage.shell.focus == place.list)
    }
    #expect(stage.shell.scene.card == selected)
    for (key, place) in zip(["F3", "F4", "F5", "F6", "F7", "F8"], Place.allCases) {
      stage.press(key)
      #expect(stage.shell.place == place)
    }
  }

  @Test func `a click on a tab goes there, on a badge too`() throws {
    let stage = try Stage(World.team())
    let row = stage.row(0)
    let tab = try #require(row.range(of: "Chat"))
    let x = row.distance(from: row.startIndex, to: tab.lowerBound)
    stage.click(x, 0)
    #expect(stage.shell.place == .chat)
    stage.resize(120, 40)
    let badge = try #require(stage.row(0).range(of: "?1"))
    let header = stage.row(0)
    stage.click(header.distance(from: header.startIndex, to: badge.lowerBound), 0)
    #expect(stage.shell.place == .inbox)
  }

  @Test
  func `a wide header says how long the quickest relay takes, and for how long none is reached`()
    throws
  {
    let stage = try Stage(World.team(), columns: 200, rows: 60)
    stage.shell.engineStatus = [
      "unlocked": true, "relays": [["state": "live"], ["state": "live"]],
      "round_trip_ms": ["wss://one": 38, "wss://two": 120],
    ]
    stage.draw()
    #expect(stage.row(0).contains("● live 38 ms"))
    stage.resize(120, 40)
    #expect(stage.row(0).contains("● live  "))
    stage.shell.engineStatus = ["unlocked": true, "relays": [["state": "waiting"]]]
    stage.draw()
    #expect(stage.row(0).contains("○ offline 0s"))
    stage.wait(.seconds(1))
    #expect(stage.row(0).contains("○ offline 1s"))
    stage.wait(.seconds(200))
    #expect(stage.row(0).contains("○ offline 3m"))
  }

  @Test func `what was said is kept, the newest first`() throws {
    let stage = try Stage(World.team())
    stage.press("g", "m")
    #expect(stage.shows("nothing was said yet"))
    stage.shell.say("the second word")
    stage.press("g", "m")
    let rows = (0..<24).map { stage.row($0) }
    let newest = try #require(rows.firstIndex { $0.contains("the second word") })
    let oldest = try #require(
      rows.firstIndex { $0.contains("14:03 Messages: nothing was said yet") })
    #expect(newest < oldest)
    for index in 0..<300 { stage.shell.say("\(index)") }
    #expect(stage.shell.messages.count == 200)
  }

  @Test func `a question that comes is told of at the foot, and nothing moves`() throws {
    let world = try World()
    let card = try world.card("Uploads", ago: 500)
    try world.card("Other", ago: 100)
    let stage = try Stage(world, columns: 120, rows: 40)
    let (place, focus, selected) = (stage.shell.place, stage.shell.focus, stage.shell.scene.card)
    #expect(!stage.shows("asks on"), "what was there at the start is no news")
    try world.question("Which policy?", options: ["a", "b"], on: card, by: .atlas, ago: 1)
    stage.changed()
    #expect(stage.shows("atlas asks on Uploads: Which policy?  ] to see"))
    #expect(stage.shell.place == place && stage.shell.focus == focus)
    #expect(stage.shell.scene.card == selected)
    stage.wait(.seconds(10))
    stage.changed()
    #expect(!stage.shows("asks on"), "once")
    stage.press("g", "q")
    #expect(stage.shell.card.card?.title == "Uploads")
  }

  @Test func `g q and g u go to questions and to what is new, each alone`() throws {
    let stage = try Stage(World.team(), at: .inbox)
    for _ in 0..<4 {
      stage.press("g", "q")
      #expect(stage.shell.inbox.row?.isNeed == true)
      stage.press("g", "u")
      #expect(stage.shell.inbox.row?.update != nil)
    }
    let none = try Stage(World(), at: .inbox)
    none.shell.goToAttention(by: 1, among: .question)
    #expect(none.shell.toast?.text == "no question waits for you")
  }

  @Test func `the right button has what can be done with what is under it`() throws {
    let world = try World()
    try world.card("Mine", to: .alice, ago: 90)
    let stage = try Stage(world)
    let y = try #require((0..<24).first { stage.row($0).contains("Mine") })
    stage.shell.receive(
      .mouse(Mouse(action: .press, button: 2, point: Point(x: 6, y: y), modifiers: [])))
    stage.draw()
    #expect(stage.shows("Comment…"))
    #expect(stage.shows("Assign card…"))
    #expect(!stage.shows("Answer…"), "no question waits")
    #expect(!stage.shows("Switch room…"))
    stage.type("status")
    stage.press("Enter")
    #expect(stage.shows("in progress"))
    #expect(try stage.orders().isEmpty)
  }

  @Test func `back and forward go where one was, with the card and the selection`() throws {
    let stage = try Stage(World.team())
    stage.press("h", "h", "j", "Enter")
    let first = try #require(stage.shell.scene.card)
    stage.press("g", "c", "g", "i", "A-Left")
    #expect(stage.shell.place == .chat)
    stage.press("C-o")
    #expect(stage.shell.place == .card)
    #expect(stage.shell.scene.card == first)
    stage.press("A-Left")
    #expect(stage.shell.place == .board)
    #expect(stage.shell.scene.card == first)
    stage.press("A-Left")
    #expect(stage.shows("this is where you began"))
    stage.press("A-Right", "A-Right", "A-Right")
    #expect(stage.shell.place == .inbox)
    stage.press("A-Right")
    #expect(stage.shows("this is the newest"))
  }

  @Test func `a thread is where it was left when one comes back to it`() throws {
    let world = try World()
    try world.card("Other", ago: 10)
    let card = try world.card("Long", ago: 9_000)
    for index in 0..<60 {
      try world.comment("word \(index)", on: card, by: .alice, ago: Int64(8_000 - index))
    }
    let stage = try Stage(world)
    stage.press("G", "Enter", "PgUp", "PgUp")
    let before = stage.text
    stage.press("Esc", "g", "g", "Enter")
    #expect(stage.text != before)
    stage.press("Esc", "G", "Enter")
    #expect(stage.text == before)
  }

  @Test func `history keeps so many, and going on from the middle drops what was ahead`() {
    var history = History()
    let spots = (0..<60).map { Spot(place: .card, focus: .card, card: ObjectID($0)) }
    for spot in spots { history.leave(spot) }
    #expect(history.back.count == History.most)
    let here = Spot(place: .inbox, focus: .inbox)
    #expect(history.goBack(from: here) == spots[59])
    #expect(history.goForward(from: spots[59]) == here)
    #expect(history.goBack(from: here) == spots[59])
    history.leave(spots[0])
    #expect(history.forward.isEmpty)
    // The same thing seen twice in a row is one step.
    let count = history.back.count
    history.leave(spots[0])
    #expect(history.back.count == count)
    #expect(Spot(spots[3].json) == spots[3])
  }

  @Test func `the next start is where the last one ended`() throws {
    let world = try World.team()
    let first = try Stage(world, columns: 120, rows: 40)
    first.press("g", "t")
    first.type("storage")
    first.press("Enter", "/")
    first.type("is:open")
    first.press("Enter", "Tab", "-")
    let card = try #require(first.shell.scene.card)
    first.shell.close()
    let second = try Stage(world, columns: 120, rows: 40, at: .inbox)
    #expect(second.shell.place == .board)
    #expect(second.shell.scene.track == "storage")
    #expect(second.shell.scene.filter == "is:open")
    #expect(second.shell.scene.card == card)
    #expect(second.shell.hiding == first.shell.hiding)
    second.press("A-Left")
    #expect(second.shell.scene.track == nil)
  }

  @Test func `the sidebar leads to tracks, channels and views, and counts them`() throws {
    let world = try World.team()
    try "view late age:>1d\n".write(
      toFile: "\(world.home.configDirectory)/views.conf", atomically: true, encoding: .utf8)
    let stage = try Stage(world, columns: 120, rows: 40)
    let rows = stage.text.split(separator: "\n").map { String($0.prefix(24)) }
    #expect(rows.contains { $0.contains("Storage") && $0.contains("?1") })
    #expect(rows.contains { $0.contains("late") && $0.contains("2") })
    stage.press("g", "p")
    #expect(stage.shell.focus == .places)
    stage.press("G")
    stage.press("Enter")
    #expect(stage.shell.scene.filter == "age:>1d")
    let channel = try #require(rows.firstIndex { $0.contains("# general") })
    stage.click(6, channel)
    #expect(stage.shell.place == .chat)
    #expect(stage.shell.scene.channel == .general)
  }

  @Test func `Tab goes around the panes of the place`() throws {
    let stage = try Stage(World.team(), columns: 120, rows: 40)
    stage.press("Tab")
    #expect(stage.shell.focus == .card)
    stage.press("Tab")
    #expect(stage.shell.focus == .places)
    stage.press("Tab", "S-Tab")
    #expect(stage.shell.focus == .places)
    stage.press("-")
    #expect(stage.shell.focus == .board)
    #expect(!stage.shows("Places"))
    stage.press("-")
    #expect(stage.shows("Places"))
  }

  @Test func `H and L change the status, the cursor goes along, and u undoes it`() throws {
    let stage = try Stage(World.team(), columns: 120, rows: 40)
    let card = try #require(stage.shell.card.card)
    stage.press("L")
    let order = try #require(try stage.orders().first)
    #expect(order.arguments["payload"]?["to_status"] == "done")
    try stage.world.status(.done, from: .inProgress, on: stage.event(of: card), by: .alice, ago: 0)
    try stage.world.replica.finishIntent(order.intent.id, result: "{}")
    stage.changed()
    #expect(stage.shell.scene.card == card.id)
    #expect(stage.shell.board.selected?.status == "done")
    #expect(stage.shows("u undoes"))
    stage.press("u")
    let back = try #require(try stage.orders().first)
    #expect(back.arguments["payload"]?["to_status"] == "in_progress")
  }

  @Test func `marks make one command of many`() throws {
    let world = try World.team()
    try world.card("Mine too", ago: 5)
    let stage = try Stage(world, columns: 120, rows: 40)
    stage.press("h", "h", "m", "g", "g", "j", "j", "m")
    #expect(stage.shell.board.chosen.map(\.title) == ["Mine too", "Garbage collect chunks"])
    #expect(stage.shows("2 marked"))
    stage.press("a")
    #expect(stage.shows("Assign 2 cards"))
    stage.type("bob")
    stage.press("Enter")
    #expect(try stage.orders().count == 2)
    #expect(!stage.shows("2 marked"))
    stage.press("M")
    #expect(stage.shell.board.chosen.count == 3)
    stage.press("M")
    #expect(!stage.shows("marked"))
  }

  @Test func `columns scroll sideways where they do not fit, and stay whole`() throws {
    let stage = try Stage(World.team(), columns: 100, rows: 40)
    #expect(stage.shows("BACKLOG 2"))
    #expect(!stage.shows("DONE 1"))
    stage.press("l")
    #expect(stage.shows("▸DONE 1"))
    #expect(!stage.shows("BACKLOG 2"))
    stage.press("l")
    #expect(stage.shows("this is the last column"))
  }

  @Test func `a draft is listed with what it is for, opened there, and deleted by a word`() throws {
    let stage = try Stage(World.team(), at: .inbox)
    stage.press("r")
    stage.type("half a thought")
    stage.press("Esc", "g", "d")
    #expect(stage.shows("comment on “Retry policy for the uploader”"))
    #expect(stage.shows("half a thought"))
    stage.press("Enter")
    #expect(stage.shell.place == .card)
    #expect(!stage.shell.overlays.isEmpty)
    #expect(stage.shows("half a thought"))
    stage.press("Esc", "g", "d", "D")
    stage.type("delete")
    stage.press("Enter")
    #expect(!stage.shows("half a thought"))
    #expect(stage.shows("Nothing is begun and not sent"))
  }

  @Test func `the next thing that needs the person is gone to from any place`() throws {
    for place in Place.allCases where place != .inbox {
      let stage = try Stage(World.team(), at: place)
      stage.press("]")
      #expect(stage.shell.card.card?.title == "Retry policy for the uploader")
      #expect(stage.shell.focus == .card)
    }
  }
}
