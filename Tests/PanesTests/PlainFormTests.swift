import Foundation
import Home
import Nostr
import Replica
import Terminal
import Testing
import Workspace

@testable import Panes

/// One table: what the panes can do, lines can do, or it is said why that would make no sense.
@Suite struct PlainFormTests {
  @Test func `every command of the panes has its plain form, or a reason`() throws {
    let table = LineTable()
    for command in PaneCommand.allCases {
      switch PlainForm.all[command.name] {
      case .line(let name)?:
        #expect(table.named(name) != nil, "\(command.name) is said to be “\(name)”")
        #expect(Self.lines[name] != nil, "“\(name)” is tried by no line of this test")
      case .none(let reason)?: #expect(!reason.isEmpty)
      case nil:
        Issue.record("\(command.name) needs its command of the line in PlainForm, or a reason")
      }
    }
    let gone = Set(PlainForm.all.keys).subtracting(PaneCommand.names)
    #expect(gone.isEmpty, "PlainForm knows commands that are gone")
    let forms = Set(
      PlainForm.all.values.compactMap { if case .line(let name) = $0 { name } else { nil } })
    #expect(forms == Set(Self.lines.keys), "every form is tried, and nothing else")
  }

  /// A line for each form, and what it says, or how what it says begins.
  private static let lines: [String: (line: String, says: String)] = [
    "quit": ("quit", ""),
    "help": ("help", "numbers and ids name things"),
    "list": ("list agent:atlas", "card "),
    "open": ("open 1", "card 1 “Retry policy"),
    "go": ("go board", "track ops “Operations”"),
    "questions": ("questions", "question 1 on card 1"),
    "new": ("new --track ops Another card", "made "),
    "track create": ("track create care --title Care", "track care: made"),
    "use": ("use team", "room team"),
    "room create": ("room create club --title Club", "room "),
    "join": ("join s4a://invite/x", "error: "),
    "invite": ("invite", "an invite for one person"),
    "admit": ("admit mallory", "error: no claim waiting"),
    "assign": ("assign 1 bob", "card 1 “Retry policy for the uploader”: for "),
    "move": ("move 1 done", "card 1 “Retry policy for the uploader”: done"),
    "edit": ("edit 1 --title Better", "changed card 1"),
    "delete": ("delete 1", "card 1 “Retry policy for the uploader” goes from everybody's lists"),
    "card cancel": ("card cancel 1 enough", "asked to stop: card 1"),
    "card retry": ("card retry 1", "error: "),
    "card steer": ("card steer 1 faster", "error: "),
    "comment": ("comment 1 hello", "commented on card 1"),
    "nudge": ("nudge atlas", "asked atlas for a word"),
    "team": ("team atlas", "atlas "),
    "problems": ("problems", "#"),
    "answer": ("answer 1 2", "held: answer to question 1"),
    "inbox": ("inbox", ""),
    "inbox read": ("inbox read", "everything is read"),
    "inbox snooze": ("inbox snooze 1 --for 2h", "put aside until "),
    "inbox done": ("inbox done 1", "put aside until somebody else writes"),
    "inbox aside": ("inbox aside atlas", "error: they are not silent"),
    "undo": ("undo", "error: undo: no answer is held"),
    "ask": ("ask --card 1 Well?", ""),
    "show": ("show 1", "card 1 “Retry policy"),
    "discard": ("discard 1", "draft 1"),
    "post": ("post general hello", "posted in #general"),
    "channel subscribe": ("channel subscribe general", ""),
    "channel mute": ("channel subscribe general\nchannel mute general", ""),
    "search": ("search timeout", "card "),
    "set": ("set theme nord", "theme is nord now"),
  ]

  @Test(arguments: lines.keys.sorted())
  func `a plain form does what it says`(name: String) throws {
    let (line, says) = try #require(Self.lines[name])
    let plain = try Transcript(World.team(founded: true))
    let desk = try Desk(path: plain.world.home.replicaFile)
    try desk.setDraft("card:x", "half a card", now: World.now)
    try plain.world.say("hello everybody", by: .bob, ago: 50)
    _ = plain.changed() + plain.open("uploader")
    var said = line.split(separator: "\n").flatMap { plain.type(String($0)) }
    while try !plain.orders().isEmpty {
      said += try plain.answerOrder(["delivery": "queued", "url": "s4a://invite/x"])
    }
    #expect(Transcript.has(says, in: said + [""]), "\(said)")
    #expect(says.hasPrefix("error: ") || !Transcript.has("error: ", in: said), "\(said)")
    #expect(
      !said.contains { $0.contains("is for the panes") || $0.contains("there is no command") })
  }
}
