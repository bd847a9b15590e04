import Foundation
import Home
import Testing

@testable import Panes

/// Help that is searched, and a key that is bound without leaving.
@Suite struct BindingTests {
  private func keysFile(_ stage: Stage) throws -> String {
    try String(contentsOfFile: "\(stage.world.home.configDirectory)/keys.conf", encoding: .utf8)
  }

  @Test func `a command is chosen, its key pressed, and it holds at once and after a restart`()
    throws
  {
    let world = try World.team()
    let stage = try Stage(world)
    stage.press("C-k")
    stage.type("bind")
    stage.press("Enter")
    stage.type("archive")
    #expect(stage.shows("nothing fits"))
    for _ in 0..<7 { stage.press("BS") }
    stage.type("change status")
    stage.press("Enter")
    #expect(stage.shows("Press the key that shall do “Change status…”."))
    stage.press("C-y")
    #expect(stage.shows("C-y does “Change status…”"))
    #expect(try keysFile(stage).contains("C-y card.status\n"))
    stage.press("C-y")
    #expect(stage.shows("┌─ Status"))
    let again = try Stage(world)
    again.press("C-y")
    #expect(again.shows("┌─ Status"))
  }

  @Test func `a key that did something else says so; a digit and Esc bind nothing`() throws {
    let stage = try Stage(World.team())
    func bind(to key: String) {
      stage.press(";", "b")
      stage.type("zoom")
      stage.press("Enter", key)
    }
    bind(to: "Esc")
    bind(to: "3")
    #expect(stage.shows("3 answers questions"))
    #expect(throws: (any Error).self) { try keysFile(stage) }
    bind(to: "c")
    #expect(stage.shows("c does “New card…” now; it would do “Zoom pane” instead"))
    stage.press("Esc")
    #expect(throws: (any Error).self) { try keysFile(stage) }
    bind(to: "c")
    stage.press("Enter")
    #expect(stage.shows("not “New card…” any more"))
  }

  @Test func `the palette finds a command by what it does`() throws {
    let stage = try Stage(World.team())
    stage.press("C-k")
    stage.type(">snapshot")
    #expect(stage.shows("nothing fits"))
    for _ in 0..<8 { stage.press("BS") }
    stage.type("clipboard")
    #expect(stage.shows("▌ Copy…"))
  }

  @Test func `help begins with what is at hand and is searched`() throws {
    let stage = try Stage(World.team(), at: .inbox)
    stage.press("?")
    let first = stage.text.split(separator: "\n").first { $0.contains("│ In") }
    #expect(first?.contains("In the inbox") == true)
    stage.press("/")
    stage.type("clipboard")
    #expect(stage.shows("copy an id or a text of the card to the clipboard"))
    #expect(!stage.shows("In the inbox"))
    stage.press("Esc")
    #expect(stage.shows("In the inbox"), "Esc gives up the words first")
    stage.press("Esc")
    #expect(stage.shell.overlays.isEmpty)
  }
}

/// A key that is explained.
@Suite struct DescribingTests {
  @Test func `a sequence is waited for, and told with its command, its context and its line`()
    throws
  {
    let stage = try Stage(World.team())
    stage.press(":")
    stage.type("describe-key")
    stage.press("Enter")
    #expect(stage.shows("Press the key or the sequence that you want explained."))
    stage.press("g")
    #expect(stage.shows("g- goes on with"))
    stage.press("a")
    #expect(stage.shell.place == .board, "it is told, not done")
    #expect(stage.shows("What g a does"))
    #expect(stage.shows("place.go agents"))
    #expect(stage.shows("Go to…: go to a place"))
    #expect(stage.shows("bound in browse, default.keymap:"))
    stage.press("Esc", ";", "d", "u")
    #expect(stage.shows("not possible now: nothing is held"))
  }

  @Test func `a key that does nothing here says where it does something`() throws {
    let stage = try Stage(World.team())
    stage.press(";", "d", "w")
    #expect(stage.shows("nothing here (board)"))
    #expect(stage.shows("elsewhere: question.context, bound in inbox"))
    stage.press("Esc", ";", "d", "Esc")
    #expect(stage.shell.overlays.isEmpty)
  }

  @Test func `a key of one's own is told with its line of keys.conf`() throws {
    let world = try World.team()
    try FileManager.default.createDirectory(
      atPath: world.home.configDirectory, withIntermediateDirectories: true)
    try "# mine\nmap browse C-y pane.zoom\n".write(
      toFile: "\(world.home.configDirectory)/keys.conf", atomically: true, encoding: .utf8)
    let stage = try Stage(world)
    stage.press(";", "d", "C-y")
    #expect(stage.shows("Zoom pane: give the pane the whole screen"))
    #expect(stage.shows("keys.conf:2"))
  }
}
