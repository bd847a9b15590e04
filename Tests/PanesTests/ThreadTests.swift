import Nostr
import Replica
import Studio

import Testing

@testable import Panes
@testable import Terminal

/// What a thread does while it is read.
@Suite struct ThreadTests {
  /// A card with more on it than a screen shows.
  private func long(_ world: World, by author: Person = .alice) throws -> Event {
    let card = try world.card("Long", ago: 9_000)
    for index in 0..<60 {
      try world.comment("word \(index)", on: card, by: author, ago: Int64(8_000 - index))
    }
    return card
  }

  @Test func `the unread line stands where it was while the card is read, and goes with it`() throws
  {
    let world = try World()
    let card = try world.card("Read me", ago: 9_000)
    try world.comment("seen", on: card, by: .alice, ago: 500)
    try world.comment("new to me", on: card, by: .bob, ago: 400)
    let stage = try Stage(world)
    stage.press("Enter")
    func rows() -> [Substring] { stage.text.split(separator: "\n") }
    func line() throws -> Int { try #require(rows().firstIndex { $0.contains("─ unread ─") }) }
    #expect(rows()[try line() + 2].contains("new to me"))
    let before = try line()
    try world.comment("newer still", on: card, by: .atlas, ago: 10)
    stage.changed()
    #expect(try line() == before)
    #expect(stage.shows("newer still"))
    stage.wait(.milliseconds(1_500))
    #expect(try line() == before)
    stage.press("Esc")
    #expect(!stage.shows("─ unread ─"))
    stage.press("Enter")
    #expect(!stage.shows("─ unread ─"))
  }

  @Test func `what arrives while it is read gets no line, what arrives while looking away does`()
    throws
  {
    let world = try World()
    let card = try world.card("Talk", ago: 9_000)
    let stage = try Stage(world)
    stage.press("Enter")
    try world.comment("now", on: card, by: .bob, ago: 20)
    stage.changed()
    #expect(stage.shows("now") && !stage.shows("─ unread ─"))
    stage.wait(.milliseconds(1_500))
    stage.shell.receive(.focus(false))
    try world.comment("meanwhile", on: card, by: .bob, ago: 10)
    stage.changed()
    stage.shell.receive(.focus(true))
    stage.draw()
    let rows = stage.text.split(separator: "\n")
    let line = try #require(rows.firstIndex { $0.contains("─ unread ─") })
    #expect(rows[line + 2].contains("meanwhile"))
  }

  @Test func `the line stands before the first unread, however far up and late it came`() throws {
    let world = try World()
    let card = try world.card("Long", ago: 9_000)
    try world.comment("the first unread", on: card, by: .bob, ago: 8_500)
    for index in 0..<250 {
      try world.comment("word \(index)", on: card, by: .alice, ago: Int64(8_000 - index))
    }
    let stage = try Stage(world)
    stage.press("Enter")
    let rows = stage.text.split(separator: "\n")
    let line = try #require(rows.firstIndex { $0.contains("─ unread ─") })
    #expect(rows[line + 2].contains("the first unread"))
  }

  @Test func `new words scroll only when the end was in sight`() throws {
    let world = try World()
    let card = try long(world)
    let stage = try Stage(world)
    stage.press("Enter", "G")
    try world.comment("at the end", on: card, by: .bob, ago: 90)
    stage.changed()
    #expect(stage.shows("at the end"))
    stage.press("PgUp")
    let before = (9..<22).map(stage.row)
    try world.comment("one more", on: card, by: .bob, ago: 80)
    try world.question("And?", on: card, by: .bob, ago: 70)
    stage.changed()
    #expect((9..<22).map(stage.row) == before)
    #expect(stage.shows("▼ 2 new ?1"))
    stage.press("G")
    #expect(stage.shows("And?"))
    #expect(!stage.shows("▼"))
    try world.comment("followed again", on: card, by: .bob, ago: 60)
    stage.changed()
    #expect(stage.shows("followed again"))
  }

  @Test func `a question that was gone to does not hold the thread back`() throws {
    let world = try World()
    let card = try world.card("Long", ago: 9_000)
    try world.question("Where?", options: ["Here"], on: card, by: .bob, ago: 8_500)
    for index in 0..<60 {
      try world.comment("word \(index)", on: card, by: .alice, ago: Int64(8_000 - index))
    }
    let stage = try Stage(world)
    stage.press("]")
    #expect(stage.shows("▌? bob"))
    stage.press("G")
    try world.comment("at the end", on: card, by: .alice, ago: 90)
    stage.changed()
    #expect(stage.shows("at the end"))
    stage.press("]")
    #expect(stage.shows("▌? bob"))
    stage.press("1", "u")
    #expect(stage.shows("▌? bob"))
  }

  @Test func `own words far below are no news`() throws {
    let world = try World()
    let card = try long(world)
    let stage = try Stage(world)
    stage.press("Enter", "g", "g")
    try world.comment("mine", on: card, by: .alice, ago: 80)
    stage.changed()
    #expect(!stage.shows("▼"))
  }

  /// 13:21 is 2,520 seconds before 14:03.
  private func steps(
    _ world: World, on card: Event, by author: Person = .atlas,
    minutes: [Int64] = [21, 22, 24, 25, 27]
  ) throws {
    for (index, minute) in minutes.enumerated() {
      try world.comment(
        "step \(index)\u{1B}[2J", on: card, by: author, ago: (63 - minute) * 60,
        intent: "progress")
    }
  }

  @Test func `steps of one author are one line, which unfolds and folds`() throws {
    let world = try World()
    let card = try world.card("Work", ago: 9_000)
    try steps(world, on: card)
    let stage = try Stage(world)
    stage.press("Enter")
    #expect(stage.shows("▸ 13:21-13:27 atlas · 5 steps"))
    #expect(!stage.shows("step 2"))
    stage.press("Enter")
    #expect(stage.shows("▾ 13:21-13:27 atlas · 5 steps"))
    #expect(stage.shows("13:24 step 2[2J"))
    try world.comment("step 5", on: card, by: .atlas, ago: 60, intent: "progress")
    stage.changed()
    #expect(stage.shows("▾ 13:21-14:02 atlas · 6 steps"))
    stage.press("space")
    #expect(!stage.shows("step 2"))
    #expect(stage.shell.overlays.isEmpty)
  }

  @Test func `a run ends where another speaks, at the unread line, and at a refusal`() throws {
    let world = try World()
    let card = try world.card("Work", to: .atlas, ago: 9_000)
    func progress(_ ago: Int64, _ author: Person = .atlas) throws {
      try world.comment("p\(ago)", on: card, by: author, ago: ago, intent: "progress")
    }
    for ago in [900, 890] as [Int64] { try progress(ago) }
    try world.status(.inProgress, on: card, by: .atlas, ago: 880)
    try progress(870, .bob)
    try world.comment("human words", on: card, by: .bob, ago: 860)
    for ago in [850, 840] as [Int64] { try progress(ago) }
    try world.status(.archived, from: .inProgress, on: card, by: .atlas, ago: 830)
    try progress(820)
    let stage = try Stage(world, columns: 120, rows: 60)
    let lines = stage.text.split(separator: "\n")
    #expect(lines.count { $0.contains("steps") } == 2)
    #expect(stage.shows("atlas · 3 steps · open → in progress"))
    #expect(stage.shows("atlas · 2 steps"))
    #expect(stage.shows("wanted archived · refused"))
    for alone in ["p870", "human words", "p820"] { #expect(stage.shows(alone)) }
  }

  @Test func `steps are never new, and go on in their run`() throws {
    let world = try World()
    let card = try world.card("Work", ago: 9_000)
    try steps(world, on: card)
    let stage = try Stage(world)
    stage.press("Enter", "Esc")
    for ago in [100, 90] as [Int64] {
      try world.comment("later \(ago)", on: card, by: .atlas, ago: ago, intent: "progress")
    }
    stage.changed()
    stage.press("Enter")
    #expect(!stage.shows("─ unread ─"))
    #expect(stage.shows("7 steps"))
    stage.press("Esc")
    try world.comment("the result", on: card, by: .atlas, ago: 80, intent: "result")
    stage.changed()
    stage.press("Enter")
    let rows = stage.text.split(separator: "\n")
    let line = try #require(rows.firstIndex { $0.contains("─ unread ─") })
    #expect(rows[line - 1].contains("7 steps"))
    #expect(rows[line + 2].contains("the result"))
  }

  @Test func `a click unfolds the steps under it`() throws {
    let world = try World()
    let card = try world.card("Work", ago: 9_000)
    try steps(world, on: card)
    try steps(world, on: card, by: .bob, minutes: [31, 32])
    let stage = try Stage(world)
    stage.press("Enter")
    let rows = stage.text.split(separator: "\n", omittingEmptySubsequences: false)
    let y = try #require(rows.firstIndex { $0.contains("atlas · 5 steps") })
    stage.shell.receive(
      .mouse(Mouse(action: .press, button: 0, point: Point(x: 5, y: y), modifiers: [])))
    stage.draw()
    #expect(stage.shows("▾ 13:21-13:27 atlas"))
    #expect(stage.shows("▸ 13:31-13:32 bob"))
  }
}
