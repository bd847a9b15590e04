import FourA
import Foundation
import Home
import Nostr
import Replica
import Studio
import Terminal
import Testing
import Workspace

@testable import Panes

@Suite struct PlainTests {
  @Test func `news come as lines, a question with its choices`() throws {
    let plain = try Transcript(World.team())
    let world = plain.world
    let card = try world.card("Retry policy", by: .bob, to: .alice, ago: 50)
    #expect(plain.changed() == ["14:03 new: card 1 “Retry policy”, open, for you, by bob"])
    try world.comment(
      "Writing tests for resume(), step 31 of 40", on: card, by: .atlas, ago: 40, intent: "progress"
    )
    try world.question(
      "Which retry policy should the uploader use?",
      options: ["Exponential backoff, at most 5 tries", "Fixed 3 s delay"], on: card, by: .atlas,
      ago: 30, fields: ["default": "1"])
    #expect(
      plain.changed() == [
        "14:03 progress on card 1 “Retry policy” from atlas: Writing tests for resume(), step 31 of 40",
        "14:03 question 1 on card 1 “Retry policy” from atlas: Which retry policy should the uploader use?",
        "      choice 1, suggested: Exponential backoff, at most 5 tries",
        "      choice 2: Fixed 3 s delay",
      ])
  }

  @Test func `an answer is held for five seconds, and undo takes it back`() throws {
    let plain = try Transcript(World.team())
    _ = plain.open("has:question")
    #expect(
      plain.type("answer 1 1 and cap the total at 30 s") == [
        "held: answer to question 1, sends in 5 s, undo takes it back"
      ])
    #expect(plain.wait(.milliseconds(4_900)) == [])
    #expect(
      plain.type("undo") == [
        "taken back: answer to question 1: Exponential backoff, at most 5 tries: and cap the total at 30 s"
      ])
    #expect(plain.wait(.seconds(10)) == [])
    #expect(try plain.orders().isEmpty)

    _ = plain.type("answer 1 1 and cap the total at 30 s")
    _ = plain.wait(.seconds(5))
    let order = try #require(try plain.orders().first)
    #expect(order.intent.verb == "post")
    #expect(order.intent.arguments.contains("and cap the total at 30 s"))
    #expect(try plain.answerOrder().last?.hasPrefix("answered question 1: Exponential") == true)
  }

  @Test func `at the end of the input what is held is sent`() throws {
    let plain = try Transcript(World.team())
    _ = plain.open("has:question") + plain.type("answer 1 no retry at all")
    plain.session.end()
    #expect(!plain.session.isDone)
    #expect(try plain.orders().count == 1)
    _ = try plain.answerOrder()
    #expect(plain.session.isDone)
  }

  @Test func `a question answered by somebody else takes no second answer`() throws {
    let plain = try Transcript(World.team())
    let card = try plain.world.card("Retry policy", ago: 50)
    let question = try plain.world.question(
      "Yes?", options: ["Yes", "No"], on: card, by: .atlas, ago: 40)
    _ = plain.changed()
    #expect(plain.type("answer 1 2").count == 1)
    try plain.world.post(World.answer("Yes", to: question), d: "a", by: .bob, at: World.now - 10)
    _ = plain.changed()
    #expect(
      plain.wait(.seconds(5)) == ["bob has answered: “Yes”; yours to question 1 was not sent: No"])
    #expect(plain.type("answer 1 2").first?.hasPrefix("error: bob has answered") == true)
    #expect(try plain.orders().isEmpty)
  }

  @Test func `a dangerous answer wants a word first`() throws {
    let plain = try Transcript(World.team())
    let card = try plain.world.card("Clean up", ago: 50)
    try plain.world.question(
      "May I?", options: ["Allow", "Deny"], on: card, by: .atlas, ago: 40,
      fields: [
        "kind": "approval", "action": ["tool": "Bash", "risk": "high", "preview": "rm -rf build"],
      ])
    _ = plain.changed()
    _ = plain.type("hold 0")
    #expect(
      plain.type("answer 1 1") == [
        "high risk · Bash: rm -rf build: “Allow”", "if that is meant: confirm allow",
      ])
    #expect(plain.type("confirm yes") == ["error: the word is “allow”"])
    #expect(try plain.orders().isEmpty)
    _ = plain.type("confirm allow")
    #expect(try plain.orders().count == 1)
  }

  @Test func `a command waits for the engine's answer to the one before`() throws {
    let plain = try Transcript(World.team())
    #expect(plain.type("card status 12345678 done", "list is:done") != [])
    _ = plain.open("uploader")
    #expect(plain.type("assign @bob", "list title-that-nothing-has") == [])
    #expect(try plain.answerOrder().last == "no cards")
  }

  @Test func `an order that the engine leaves alone does not hold up the rest`() throws {
    let plain = try Transcript(World.team())
    _ = plain.open("uploader") + plain.type("comment hello")
    #expect(plain.type("list nothing-at-all") == [])
    let said = plain.wait(.seconds(10))
    #expect(said.first?.hasPrefix("error: the engine has not answered") == true)
    #expect(said.last == "no cards")
    #expect(try plain.orders().count == 1)
  }

  @Test func `a text in lines ends with a dot alone`() throws {
    let plain = try Transcript(World.team())
    _ = plain.open("uploader")
    #expect(plain.type("comment -") == ["the text, to a line with a dot alone"])
    _ = plain.type("first", "help", "  third", ".")
    let order = try #require(try plain.orders().first)
    #expect(order.arguments["payload"]?["body"]?.string == "first\nhelp\n  third")
  }

  @Test func `what others wrote reaches the lines without control sequences`() throws {
    let plain = try Transcript(World.team())
    let card = try plain.world.card("Title \u{1b}[31m\u{202e}red", by: .bob, ago: 50)
    try plain.world.comment(
      "body \u{1b}]52;c;aGk=\u{7}\nsecond\u{9b}2J", on: card, by: .bob, ago: 40)
    let said = plain.changed() + plain.type("list", "open 1", "help", "go board", "go inbox")
    #expect(said.count > 10)
    for line in said {
      #expect(
        line.unicodeScalars.allSatisfy {
          $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value) && $0.value != 0x202e
        },
        "\(line.debugDescription)")
    }
  }

  @Test func `much at once is summed up, and its questions are still told`() throws {
    let plain = try Transcript(World.team())
    let card = try plain.world.card("Busy", by: .bob, ago: 500)
    for index in 0..<60 { try plain.world.comment("remark \(index)", on: card, by: .bob, ago: 400) }
    try plain.world.question("Stop?", options: ["Yes"], on: card, by: .bob, ago: 300)
    let said = plain.changed()
    #expect(said.count == 3)
    #expect(said[0] == "14:03 question 1 on card 1 “Busy” from bob: Stop?")
    #expect(
      said[2] == "14:03 much has come: 1 card, 60 comment, 1 question; inbox and list tell it")
  }

  @Test func `a filter that cannot be read says where, and a refused line is told`() throws {
    let plain = try Transcript(World.team())
    let said = plain.type("list is:open trak:web")
    #expect(said.first?.contains("unknown field “trak”, did you mean “track”?") == true)
    #expect(plain.session.hasFailed)
  }

  @Test func `help lists every command, with the reason when it is not possible`() throws {
    let plain = try Transcript(World.team())
    let help = plain.type("help")
    for entry in plain.session.table.entries where !entry.isOfPanes {
      #expect(help.contains { $0.hasPrefix("\(entry.spec.lineUsage): ") }, "\(entry.spec.name)")
    }
    #expect(
      help.contains {
        $0.hasPrefix("undo: ")
          && $0.hasSuffix("(not now: no answer is held, and nothing was moved)")
      })
    #expect(
      help.contains { $0.hasPrefix("invite ") && $0.contains("only who founded the room can") })
    #expect(plain.type("help move").first?.hasPrefix("move ID STATUS") == true)
  }

  @Test func `the home without a room says what to do`() throws {
    let folder = NSTemporaryDirectory() + "plain-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let home = Home(directory: folder)
    _ = try Setup.initialise(
      home, name: "x", relays: ["ws://127.0.0.1:1"], secret: nil, passphrase: nil)
    var said: [String] = []
    let session = PlainSession(
      workspace: try Workspace(home: home, unlock: { "" }), write: { said.append($0) })
    session.begin()
    #expect(said.first?.contains("in no room yet") == true)
    for line in ["list", "inbox", "reply x", "go board", "new x", "members", "go card", "drafts"] {
      session.receive(line)
    }
    #expect(said.contains { $0.contains("no room yet") })
  }

  @Test func `a draft of the panes is told, and forgotten after a word`() throws {
    let plain = try Transcript(World.team())
    let desk = try Desk(path: plain.world.home.replicaFile)
    try desk.setDraft("card:x", "half a card", now: World.now)
    #expect(plain.type("drafts") == ["draft 1, new card: title: half a card"])
    #expect(plain.type("discard 1").last == "if that is meant: confirm delete")
    #expect(
      plain.type("confirm delete", "drafts") == [
        "the draft is gone", "nothing is begun and not sent",
      ])
  }
}
