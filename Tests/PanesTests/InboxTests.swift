import Home
import Nostr
import Replica
import Studio
import Terminal
import Testing
import Workspace

@testable import Panes

/// The home screen: what needs me, answered where it stands.
@Suite struct InboxPaneTests {
  private let options = ["Exponential backoff", "Fixed delay", "No retry"]

  /// Three questions, the costliest first: an approval with danger, a blocking one, a plain one.
  private func asked() throws -> (stage: Stage, questions: [Event], card: Event) {
    let world = try World()
    let card = try world.card("Retry policy", to: .atlas, ago: 5_000)
    let other = try world.card("Empty state", on: "web", by: .bob, ago: 6_000)
    let risk: JSON = ["tool": "psql", "preview": "DROP TABLE legacy_sessions", "risk": "high"]
    let questions = [
      try world.question(
        "Delete legacy_sessions?", options: ["Yes", "No"], on: other, by: .bob, ago: 660,
        fields: ["kind": "approval", "action": risk]),
      try world.question(
        "Which policy should I use?", options: options, on: card, by: .atlas, ago: 240,
        fields: ["blocking": true, "default": "1"]),
      try world.question("Copy for the empty state?", on: other, by: .bob, ago: 1_560),
    ]
    let stage = try Stage(world, at: .inbox)
    stage.wait(.seconds(1))
    return (stage, questions, card)
  }

  private func held(_ stage: Stage) -> [String] { stage.shell.scene.answers.held.map(\.text) }

  /// The question under the cursor.
  private func selected(_ stage: Stage) -> String? { stage.shell.inbox.row?.need?.question.body }

  private func news(_ world: World) throws {
    let done = try world.card("Chunked upload", to: .atlas, ago: 9_000)
    try world.status(.done, on: done, by: .atlas, ago: 1_080)
    let notes = try world.card("Quota", ago: 9_000)
    for ago in [1_900, 1_880, 1_860] as [Int64] {
      try world.comment("note \(ago)", on: notes, by: .atlas, ago: ago)
    }
    let broken = try world.card("Flaky suite", by: .bob, ago: 9_000)
    try world.comment("tests hang at 43/120", on: broken, by: .bob, ago: 720, intent: "error")
    try world.postMention("can we ship today?", by: .bob, ago: 1_260)
  }

  @Test func `the inbox at each size`() throws {
    for (columns, rows) in [(80, 24), (40, 12), (120, 40), (200, 60)] {
      let (stage, _, _) = try asked()
      try news(stage.world)
      stage.resize(columns, rows)
      stage.changed()
      stage.press("j")
      try Golden.check(stage.text, "needs-\(columns)x\(rows)")
    }
  }

  @Test func `three answers are three keys, and the selection goes to the next question`() throws {
    let (stage, _, _) = try asked()
    #expect(selected(stage) == "Delete legacy_sessions?")
    stage.press("y")
    #expect(held(stage).isEmpty)
    #expect(stage.shows("“Yes” lets this happen: high risk · psql: DROP TABLE legacy_sessions"))
    stage.type("1")
    stage.press("Enter")
    #expect(held(stage).isEmpty, "Enter alone, on that line")
    stage.press("BS", "Enter")
    #expect(held(stage) == ["Yes"])
    #expect(selected(stage) == "Which policy should I use?")
    stage.press("2")
    #expect(held(stage) == ["Yes", "Fixed delay"])
    #expect(selected(stage) == "Copy for the empty state?")
    // At once it would be about the option that was just chosen.
    stage.wait(.seconds(1))
    stage.press("o")
    stage.type("Nothing here yet")
    stage.press("Enter")
    #expect(held(stage).count == 3)
    #expect(stage.shows("“Nothing here yet” goes in 5 s"))
    stage.press("u")
    #expect(held(stage).count == 2)
    stage.press("Esc")
    stage.wait(.seconds(5))
    let bodies = try stage.orders().map { $0.arguments["payload"]?["body"]?.string }
    #expect(bodies == ["Yes", "Fixed delay"])
  }

  @Test
  func `a question answered elsewhere says by whom and with what, and stays until one leaves`()
    throws
  {
    let (stage, questions, _) = try asked()
    stage.press("j")
    try stage.world.post(
      World.answer("Fixed delay", to: questions[1]), d: "a", by: .bob, at: World.now - 3)
    stage.changed()
    #expect(stage.shows("answered by bob 4 s ago: 2"))
    stage.press("1")
    #expect(held(stage).isEmpty)
    #expect(stage.shows("NEEDS YOU 2"))
    stage.press("g", "b", "g", "i")
    #expect(!stage.shows("answered by bob"))
  }

  @Test func `keys do not answer a question that has just come under them`() throws {
    let world = try World()
    let card = try world.card("Move", ago: 500)
    let stage = try Stage(world, at: .inbox)
    try world.question("Now?", options: options, on: card, by: .atlas, ago: 1)
    stage.changed()
    stage.press("1")
    #expect(held(stage).isEmpty)
    #expect(stage.shows("another question has just come here"))
    stage.wait(.milliseconds(400))
    stage.press("1")
    #expect(held(stage) == ["Exponential backoff"])
  }

  @Test func `a costlier question goes above and moves nothing under the fingers`() throws {
    let (stage, _, card) = try asked()
    stage.press("j")
    try stage.world.question(
      "May I?", options: options, on: card, by: .atlas, ago: 5, fields: ["kind": "approval"])
    stage.changed()
    #expect(selected(stage) == "Which policy should I use?")
    stage.press("3")
    #expect(held(stage) == ["No retry"])
  }

  @Test func `snoozed it goes, u brings it back, and its time brings it back by itself`() throws {
    let (stage, _, _) = try asked()
    stage.press("s")
    #expect(stage.shows("for an hour"))
    stage.press("Enter")
    #expect(stage.shows("NEEDS YOU 2") && !stage.shows("Delete legacy_sessions?"))
    #expect(stage.row(0).contains("?2"))
    stage.press("u")
    #expect(stage.shows("NEEDS YOU 3"))
    stage.press("g", "g", "s", "Enter")
    stage.wait(.seconds(3_599))
    #expect(stage.shows("NEEDS YOU 2"))
    stage.wait(.seconds(1))
    #expect(stage.shows("NEEDS YOU 3"))
  }

  @Test func `done comes back with new words of others`() throws {
    let (stage, _, card) = try asked()
    stage.press("j", "d")
    #expect(stage.shows("NEEDS YOU 2"))
    try stage.world.comment("a step", on: card, by: .atlas, ago: 1, intent: "progress")
    stage.changed()
    #expect(stage.shows("NEEDS YOU 2"))
    try stage.world.comment("still stuck", on: card, by: .atlas, ago: 0)
    stage.changed()
    #expect(stage.shows("NEEDS YOU 3"))
  }

  @Test func `what is read stays until one leaves, and t makes it unread again`() throws {
    let world = try World()
    try news(world)
    let stage = try Stage(world, at: .inbox)
    #expect(stage.row(0).contains("•4 !1 @1"))
    stage.press("t")
    #expect(stage.row(0).contains("•3 !1"))
    #expect(stage.shows("UPDATES 3"))
    #expect(stage.shell.inbox.outcomes.count == 1)
    stage.press("t")
    #expect(stage.row(0).contains("•4 !1 @1"))
    stage.press("X")
    #expect(stage.shows("UPDATES 0"))
    #expect(!stage.row(0).contains("•"))
  }

  @Test func `the next thing is gone to where it stands, past what is over`() throws {
    let (stage, questions, _) = try asked()
    try stage.world.post(
      World.answer("Fixed delay", to: questions[1]), d: "a", by: .bob, at: World.now - 3)
    stage.changed()
    stage.press("]")
    #expect(selected(stage) == "Copy for the empty state?")
    #expect(stage.shows("2 of 3 that need you") && stage.shell.focus == .inbox)
    stage.press("[")
    #expect(selected(stage) == "Delete legacy_sessions?")
  }

  @Test func `Enter opens, Esc returns to the same row`() throws {
    let (stage, _, _) = try asked()
    stage.press("j", "Enter")
    #expect(stage.shell.place == .card && stage.shows("Retry policy"))
    #expect(stage.shell.card.question?.body == "Which policy should I use?")
    stage.press("Esc")
    #expect(stage.shell.place == .inbox)
    #expect(selected(stage) == "Which policy should I use?")
  }

  @Test func `a question is handed to somebody else by a word on its card`() throws {
    let (stage, questions, _) = try asked()
    stage.press("j", "a")
    stage.type("bob")
    stage.press("Enter")
    let payload = try #require(try stage.orders().first?.arguments["payload"])
    #expect(payload["body"]?.string == "@bob can you answer this?")
    #expect(payload["fabric"]?["reply_to"]?.string == questions[1].id.hex)
    #expect(
      try payload["fabric"]?["mentions"]?.array?.first?["pubkey"]?.string == Person.bob.key.hex)
    #expect(stage.shows("NEEDS YOU 2"))
  }

  @Test func `where the options are out of sight a key shows them first`() throws {
    let (stage, _, _) = try asked()
    stage.press("j")
    stage.resize(40, 12)
    stage.press("1")
    #expect(held(stage).isEmpty && stage.shows("Exponential backoff"))
    stage.press("1")
    #expect(held(stage) == ["Exponential backoff"])
  }

  @Test func `after it the answer says how far it has come`() throws {
    let (stage, questions, card) = try asked()
    stage.press("j", "1", "k", "j")
    stage.wait(.seconds(5))
    let order = try #require(try stage.orders().first)
    _ = try stage.world.accept(
      World.answer("Exponential backoff", to: questions[1]), d: "a", ago: 0)
    try stage.world.replica.finishIntent(order.intent.id, result: "{}")
    stage.changed()
    #expect(stage.shows("answered by you") && stage.shows(": 1 · stored"))
    try stage.world.comment("on it", on: card, by: .atlas, ago: -10, intent: "progress")
    stage.changed()
    #expect(stage.shows(": 1 · taken up"))
  }
}
