import Home
import Nostr
import Replica
import Studio
import Terminal
import Testing
import Workspace

@testable import Panes

/// Lines about who is here, what is wrong and what there is to decide.
@Suite struct PlainTeamTests {
  @Test func `a silent agent is told once, until it speaks or is put aside`() throws {
    let (world, opus) = try World.atWork()
    let plain = try Transcript(world)
    #expect(plain.live().filter { $0.contains("silent") }.count == 1)
    let again = plain.type("go inbox")
    #expect(Transcript.has("silent: opus #7a7a7a7a on card 1 “Flaky suite”, silent 12m", in: again))
    #expect(plain.wait(.seconds(60)).isEmpty && plain.changed().isEmpty)
    // While we hear nobody, nobody's silence has ended.
    _ = plain.live(false)
    #expect(plain.live() == ["14:04 online"])

    let card = try #require(
      try world.replica.reader.cards(world.room, CardFilter()).first { $0.title == "Flaky suite" })
    let flaky = try Event(parsing: try #require(try world.replica.reader.rawEvent(card.eventID)))
    try world.step("44", 44, of: 120, on: flaky, by: .bob, connection: opus, ago: -60)
    #expect(plain.changed().contains { $0.contains("44") })
    let later = plain.wait(.seconds(606))
    #expect(Transcript.has("14:14 silent: opus", in: later), "\(later)")
    #expect(plain.type("inbox aside opus") == ["put aside until they speak"])
    #expect(!Transcript.has("silent: opus", in: plain.type("go inbox")))
  }

  @Test func `the team is told with states, ages and last words, and one of it with all of that`()
    throws
  {
    let plain = try Transcript(World.atWork().0)
    _ = plain.live()
    let team = plain.type("go agents")
    #expect(team.first?.hasPrefix("atlas ") == true && team.first?.contains("waits 4m") == true)
    #expect(
      team.contains { $0.contains("opus #7a7a7a7a, silent 12m on card 1 “Flaky suite”, 43/120") })
    let one = plain.type("team opus")
    #expect(one.contains { $0.contains("it has work in hand and has not said a word for 12m") })
    #expect(one.last?.hasSuffix("running tests") == true)
    #expect(
      plain.type("problems").contains {
        $0.hasPrefix("opus on card 1 “Flaky suite”: last event 12m ago")
      })
    #expect(plain.type("list suite").first?.hasSuffix(", silent 12m, last: running tests") == true)
  }

  @Test func `what a member suggests is told with the question, and taken up by its id`() throws {
    let (world, _, suggestion) = try World.suggested()
    let plain = try Transcript(world)
    let id = suggestion.id.hex.prefix(12)
    let told = plain.type("go inbox")
    #expect(told.contains("      bob suggests: two"))
    #expect(told.contains("      taken up by: answer 1 --adopt \(id)"))
    let said = plain.type("answer 1 --adopt \(id) --now")
    let order = try #require(try world.replica.nextIntents().last, "\(said)")
    let arguments = try JSON(parsing: order.arguments)
    let payload = arguments["payload"] ?? arguments["post"]?["payload"] ?? .null
    #expect(payload["fabric"]?["adopts"]?.string == suggestion.id.hex)
    #expect(payload["fabric"]?["choice"] == ["2"] && payload["body"] == "two")
  }

  @Test func `consent is told with all that a program would be told, and is for that alone`()
    throws
  {
    let world = try World()
    let plain = try Transcript(world)
    let card = try world.card(
      "Update the docs", body: "Then\u{202e} run it.", by: .bob, to: .alice, ago: 300)
    try world.passOver(card)
    #expect(
      plain.changed().contains(
        "14:03 consent: may your agent work on card 1 “Update the docs” by bob?"))
    #expect(
      plain.type("consent 1 once").first?.contains("it was not told what the card says") == true)
    let told = plain.type("consent 1")
    #expect(told.contains("      1 characters that no eye would see stand there as ⟨U+…⟩"))
    #expect(told.contains("      Then⟨U+202E⟩ run it."))
    try world.card("Update the docs", body: "Another.", by: .bob, to: .alice, ago: 5, d: card.d)
    _ = plain.changed()
    #expect(
      plain.type("consent 1 once").first?.contains("it was not told what the card says") == true)
    _ = plain.type("consent 1")
    #expect(
      plain.type("consent 1 always --days 7 --per-day 5").first?.hasPrefix("always allowed") == true
    )
    let kept = try #require(try world.replica.reader.consents("default").first)
    #expect(WorkerConsent.Limits(try JSON(parsing: kept.limits)).perDay == 5)
    _ = plain.type("undo")
    #expect(try world.replica.reader.consents("default").isEmpty)
  }

  @Test(arguments: [("1", "allow_once"), ("2", "allow_run"), ("3", "deny"), ("no, never", "deny")])
  func `an approval is decided by number or word`(words: String, decision: String) throws {
    let plain = try Transcript(World.team())
    let card = try plain.world.card("Clean up", ago: 50)
    try plain.world.question(
      "May I?", on: card, by: .atlas, ago: 40,
      fields: [
        "kind": "approval", "action": ["tool": "Bash", "risk": "none", "preview": "make clean"],
      ])
    let told = plain.changed()
    #expect(told.contains("      make clean") && told.contains("      choice 1: allow it once"))
    _ = plain.type("answer 1 --now \(words)")
    let order = try #require(try plain.orders().first)
    #expect(
      order.intent.arguments.contains("\"decision\":\"\(decision)\""), "\(order.intent.arguments)")
  }

  @Test func `an approval of something risky wants the word, however it is allowed`() throws {
    let plain = try Transcript(World.team())
    let card = try plain.world.card("Clean up", ago: 50)
    try plain.world.question(
      "May I?", on: card, by: .atlas, ago: 40,
      fields: [
        "kind": "approval", "action": ["tool": "Bash", "risk": "high", "preview": "rm -rf build"],
      ])
    _ = plain.changed()
    for words in ["1", "2", "yes", "allow it"] {
      #expect(plain.type("answer 1 --now \(words)").last == "if that is meant: confirm allow")
    }
    #expect(try plain.orders().isEmpty)
    _ = plain.type("answer 1 --now no")
    #expect(try plain.orders().count == 1)
  }

  @Test func `what a post answers and refers to is told with it`() throws {
    let plain = try Transcript(World.team())
    let card = try plain.world.card("Ship it", ago: 90)
    let first = try plain.world.say("Shall we?", by: .bob, ago: 80)
    try plain.world.say(
      "Yes.", by: .atlas, ago: 70, to: first, refs: ["card": [.string(card.id.hex)]])
    let said = plain.type("open #general")
    #expect(
      said.contains { $0.hasPrefix("      answers post 1 of bob #") && $0.hasSuffix("Shall we?") })
    #expect(said.contains("      refers to card 1 “Ship it”"))
  }

  @Test func `undo brings a card back where it was`() throws {
    let plain = try Transcript(World.team())
    _ = plain.open("uploader") + plain.type("move done")
    _ = try plain.answerOrder()
    _ = plain.type("undo")
    #expect(
      try plain.answerOrder() == ["card 1 “Retry policy for the uploader”: in progress again"])
  }

  @Test func `a draft is sent as it stands, and then it is gone`() throws {
    let plain = try Transcript(World.team())
    _ = plain.open("uploader")
    let card = try #require(plain.session.card.flatMap { try? plain.world.replica.reader.card($0) })
    let desk = try Desk(path: plain.world.home.replicaFile)
    try desk.setDraft("comment:\(card.address)", "well begun", now: World.now)
    #expect(plain.type("send 1").isEmpty)
    #expect(try plain.orders().first?.arguments["payload"]?["body"]?.string == "well begun")
    #expect(try plain.answerOrder() == ["commented on card 1 “Retry policy for the uploader”"])
    #expect(plain.type("drafts") == ["nothing is begun and not sent"])
  }
}
