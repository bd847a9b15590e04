import Foundation
import Home
import Nostr
import Replica
import Studio
import Terminal
import Testing

@testable import Panes

/// What a field does with what is typed, pasted and brought from elsewhere.
@Suite struct ComposerTests {
  private func text(_ stage: Stage) -> String? {
    guard case .compose(let composer)? = stage.shell.overlays.last else { return nil }
    return composer.prompt.editor.text
  }

  @Test func `pasting is one insert with its line ends, and sends nothing`() throws {
    let stage = try Stage(World.team())
    stage.press("r")
    stage.type("see: ")
    stage.shell.receive(.paste("one\r\ntwo\n\tq\u{1B}[2J\u{202E}end\n"))
    stage.draw()
    #expect(text(stage) == "see: one\ntwo\n    q[2Jend\n")
    #expect(try stage.orders().isEmpty)
  }

  @Test func `a pasted megabyte is cut, and says so`() throws {
    let stage = try Stage(World.team())
    stage.press("r")
    stage.shell.receive(.paste(String(repeating: "0123456789abcdef", count: 65_536)))
    stage.draw()
    #expect(stage.shows("it was cut after 16384 characters"))
    #expect((text(stage)?.unicodeScalars.count ?? 0) <= 16_385)
    stage.press("Enter")
    #expect(try stage.orders().isEmpty)
    #expect(stage.shows("text is 1 to 4000 characters"))
  }

  @Test func `the gauge counts as others do, and refuses what is over`() throws {
    let stage = try Stage(World.team())
    stage.press("r")
    stage.type("né👍")
    #expect(stage.shows("4/4000"))
    stage.shell.receive(.paste(String(repeating: "x", count: 3_996)))
    stage.draw()
    #expect(stage.shows("4000/4000"))
    stage.type("y")
    stage.press("Enter")
    #expect(stage.shows("text is 1 to 4000 characters, this is 4001"))
    #expect(try stage.orders().isEmpty)
    stage.press("BS", "Enter")
    #expect(try stage.orders().count == 1)
  }

  @Test func `a text within its length may still be too many bytes`() throws {
    let stage = try Stage(World.team())
    stage.press("g", "t", "Down", "Down", "Down", "Enter", "c")
    stage.type("Wide")
    stage.press("Enter")
    stage.shell.receive(.paste(String(repeating: "漢", count: 5_500)))
    stage.draw()
    #expect(stage.shows("/16384 bytes"))
    stage.press("Enter")
    #expect(stage.shows("16384 is the most that relays take"))
    #expect(try stage.orders().isEmpty)
    for _ in 0..<400 { stage.shell.receive(.key(Key(.backspace))) }
    stage.press("Enter")
    #expect(try stage.orders().count == 1)
  }

  /// What the gauge lets through must never be refused by the strict writer.
  @Test func `the gauge is never kinder than the writer`() throws {
    let card = try World().card("x", ago: 5)
    for unit in ["a", "\"", "\n", "é", "漢", "👍"] {
      let body = String(repeating: unit, count: 4_000 / unit.utf16.count)
      let comment = Comment(
        target: TargetReference(card.id), body: body, createdBy: card.pubkey.hex,
        fabric: Fabric(type: "comment").setting("addr", .string(card.address.text)))
      let gauge = Gauge(
        field: "text", limit: 4_000, envelope: 900 + 2 * card.address.text.utf8.count)
      if gauge.refusal(body) == nil {
        #expect(throws: Never.self) { try Payload.comment(comment).encoded() }
      }
    }
  }

  @Test func `Tab completes people and cards, and goes on to the next`() throws {
    let stage = try Stage(World.team())
    stage.press("r")
    stage.type("ask @atl")
    stage.press("Tab")
    #expect(text(stage) == "ask @atlas ")
    stage.type("about #flaky")
    stage.press("Tab")
    let row = try #require(stage.shell.board.rows.first { $0.title.hasPrefix("Flaky") })
    #expect(text(stage) == "ask @atlas about #\(row.eventID.short) “Flaky integration suite” ")
    stage.type("@")
    stage.press("Tab")
    let first = try #require(text(stage))
    stage.press("Tab")
    let second = try #require(text(stage))
    #expect(first != second)
    #expect(stage.shows("Tab for more"))
    stage.type("x")
    stage.press("Tab")
    #expect(text(stage) == second + "x")
  }

  @Test func `a name that two have is completed with the key's beginning`() throws {
    let world = try World.team()
    try world.post(
      .card(
        Card(kind: "_profile", track: "inbox", title: "atlas", body: "p", createdBy: "x")),
      d: DTag.profile(Person.bob.key), by: .bob, at: 900)
    let stage = try Stage(world)
    stage.press("r")
    stage.type("@atl")
    stage.press("Tab")
    #expect(text(stage)?.hasPrefix("@atlas#") == true)
  }

  // MARK: The editor

  /// A script that gets the file as its argument, in a folder of its own.
  private func editor(_ stage: Stage, _ script: String) throws -> String {
    let path = "\(stage.world.folder)/fake editor.sh"
    try "#!/bin/sh\n\(script)\n".write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
    return path
  }

  @Test func `the editor gets the text in a private file, which goes afterwards`() throws {
    let stage = try Stage(World.team())
    let log = "\(stage.world.folder)/log"
    let path = try editor(
      stage,
      """
      stat -c '%a %n' "$2" "$(dirname "$2")" > '\(log)'
      cat "$2" >> '\(log)'; echo "[$1]" >> '\(log)'
      cp "$2" "$2~"
      printf 'first\\nsecond \\033[2J\\n' > "$2"
      """)
    stage.shell.variable = { $0 == "VISUAL" ? "'\(path)' 'a  b;$(x)'" : nil }
    var lent = 0
    stage.shell.lend = {
      lent += 1
      $0()
    }
    stage.press("r")
    stage.type("so far")
    stage.press("C-x", "C-e")
    #expect(lent == 1)
    #expect(text(stage) == "first\nsecond [2J")
    let told = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
    #expect(told[0].hasPrefix("600 ") && told[0].hasSuffix("/text.md"))
    #expect(told[1].hasPrefix("700 "))
    #expect(told[2] == "so far[a  b;$(x)]")
    let state = try FileManager.default.contentsOfDirectory(
      atPath: stage.world.home.stateDirectory)
    #expect(!state.contains { $0.hasPrefix("write.") })
    #expect(try stage.orders().isEmpty)
  }

  @Test func `an editor that fails, or is not there, changes nothing`() throws {
    let stage = try Stage(World.team())
    stage.press("r")
    stage.type("precious")
    let path = try editor(stage, "echo lost > \"$1\"; exit 3")
    stage.shell.variable = { $0 == "EDITOR" ? "\"\(path)\"" : nil }
    stage.press("A-e")
    #expect(stage.shows("ended with 3; nothing was changed"))
    stage.shell.variable = { $0 == "EDITOR" ? "no-such-editor-here" : nil }
    stage.press("A-e")
    #expect(stage.shows("no editor “no-such-editor-here” was found"))
    stage.shell.variable = { $0 == "EDITOR" ? "vi 'x" : nil }
    stage.press("A-e")
    #expect(stage.shows("EDITOR: a quote is not closed"))
    #expect(text(stage) == "precious")
  }

  @Test func `an editor is never given the signals that the workspace blocks`() throws {
    let stage = try Stage(World.team())
    let path = try editor(stage, "grep SigBlk /proc/self/status > \"$1\"")
    stage.shell.variable = { $0 == "EDITOR" ? "'\(path)'" : nil }
    Signals.block()
    stage.press("r", "A-e")
    #expect(text(stage) == "SigBlk: 0000000000000000")
  }

  @Test(arguments: [
    ("vi", ["vi"]), ("  code --wait ", ["code", "--wait"]), ("'a b' c\\ d", ["a b", "c d"]),
    (#""a \"b\"" ''"#, ["a \"b\"", ""]), ("e $HOME `x` ; y", ["e", "$HOME", "`x`", ";", "y"]),
    ("a'b", nil), ("a\\", nil), ("", []),
  ])
  func `a command line is words and nothing more`(line: String, words: [String]?) {
    #expect(ChildProgram.words(line) == words)
  }

  // MARK: Deleting and copying

  @Test func `deleting wants the word, and is for the author alone`() throws {
    let stage = try Stage(World.team())
    stage.press("C-k")
    stage.type("delete")
    stage.press("Enter")
    #expect(stage.shows("Type delete to delete “Retry policy for the uploader”"))
    stage.press("Enter")
    stage.type("yes")
    stage.press("Enter")
    #expect(stage.shows("type “delete”, or Esc"))
    #expect(try stage.orders().isEmpty)
    stage.press("C-u")
    stage.type("delete")
    stage.press("Enter")
    let order = try #require(try stage.orders().first)
    #expect(order.arguments["payload"]?["status"] == "deleted")
    stage.press("h", "h", "D")
    #expect(stage.shows("only its author can change this card"))
  }

  @Test func `ids and texts are copied harmless, and C-y inserts them`() throws {
    let world = try World.team()
    let card = try world.card("Evil", on: "storage", by: .bob, ago: 5)
    try world.comment("run\u{1B}[201~ this\nnow", on: card, by: .bob, ago: 4)
    let stage = try Stage(world)
    var copied: [String] = []
    stage.shell.clipboard = {
      copied.append($0)
      return .tmux
    }
    stage.press("h", "h", "g", "g", "y")
    stage.type("card's id")
    stage.press("Enter", "y")
    stage.type("bob")
    stage.press("Enter")
    #expect(copied == [card.id.hex, "run[201~ this\nnow"])
    #expect(stage.shows("copied 17 characters via tmux"))
    stage.press("r", "C-y")
    #expect(text(stage) == "run[201~ this\nnow")
  }

  @Test func `an invite is copied by its key`() throws {
    let stage = try Stage(World(founded: true))
    var copied: [String] = []
    stage.shell.clipboard = {
      copied.append($0)
      return .terminal
    }
    stage.press("I")
    let order = try #require(try stage.orders().first)
    try stage.world.replica.finishIntent(order.intent.id, result: #"{"url":"s4a://invite/x"}"#)
    stage.changed()
    #expect(stage.shows("y copy"))
    stage.press("y")
    #expect(copied == ["s4a://invite/x"])
    #expect(stage.shows("via the terminal"))
  }

  @Test func `a terminal's clipboard takes base64, and no more than it can`() throws {
    func sequence(_ text: String) -> String? {
      Clipboard.sequence(text).map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(sequence("") == "\u{1B}]52;c;\u{7}")
    #expect(sequence("M") == "\u{1B}]52;c;TQ==\u{7}")
    #expect(sequence("Ma") == "\u{1B}]52;c;TWE=\u{7}")
    #expect(sequence("Man") == "\u{1B}]52;c;TWFu\u{7}")
    #expect(sequence("né👍") == "\u{1B}]52;c;bsOp8J+RjQ==\u{7}")
    #expect(sequence(String(repeating: "x", count: 55_500)) != nil)
    #expect(sequence(String(repeating: "x", count: 55_501)) == nil)
  }

  @Test func `a fed program gets its input, and one that hangs is ended`() throws {
    let cat = try #require(ChildProgram(["sh", "-c", "test $(wc -c) = 200000"]))
    #expect(cat.feed([UInt8](repeating: 0x61, count: 200_000), within: 10_000) == .exited(0))
    let hang = try #require(ChildProgram(["sleep", "60"]))
    #expect(hang.feed([], within: 50) == .late)
    #expect(ChildProgram([]) == nil)
    #expect(ChildProgram(["a\0b"]) == nil)
  }
}
