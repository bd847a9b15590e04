import ConfigLines
import Foundation
import Home
import Replica
import Terminal
import Testing

@testable import Panes

@Suite struct FilterTests {
  private func titles(_ stage: Stage) -> [String] { stage.shell.board.rows.map(\.title).sorted() }

  @Test func `what cannot be read leaves the last list, and the reason stands under the field`()
    throws
  {
    let stage = try Stage(World.team())
    stage.press("/")
    stage.type("is:done")
    #expect(titles(stage) == ["Empty state"])
    stage.type(" trak:ops ")
    #expect(titles(stage) == ["Empty state"])
    #expect(stage.status.contains("col 9: unknown field “trak”, did you mean “track”?"))
    #expect(stage.row(22).contains("filter: is:done trak:ops"))
    stage.press("Enter")
    #expect(!stage.shell.overlays.isEmpty, "a filter that cannot be read is not kept")
    #expect(titles(stage) == ["Empty state"])
    stage.press("Esc")
    #expect(stage.shell.overlays.isEmpty)
    #expect(stage.shell.scene.filter == "is:done")
    #expect(stage.shows("filter: is:done · 1 of 4"))
    stage.press("Esc")
    #expect(titles(stage).count == 4)
  }

  @Test func `groups, negation and order work in the field`() throws {
    let stage = try Stage(World.team())
    stage.press("/")
    stage.type("(agent:atlas | is:done) sort:title")
    #expect(
      stage.shell.board.rows.map(\.title) == ["Retry policy for the uploader", "Empty state"])
    stage.press("C-u")
    stage.type("-is:done -track:ops sort:title-desc")
    #expect(
      stage.shell.board.rows.map(\.title) == [
        "Garbage collect chunks", "Retry policy for the uploader",
      ])
    stage.press("C-u")
    stage.type("is:waiting")
    #expect(titles(stage) == ["Retry policy for the uploader"])
    stage.press("C-u")
    stage.type("age:>1d")
    #expect(titles(stage) == ["Empty state", "Garbage collect chunks"])
    stage.press("Enter")
    #expect(stage.shows("filter: age:>1d · 2 of 4"))
  }

  @Test func `Tab completes fields, tracks and people`() throws {
    let stage = try Stage(World.team())
    stage.press("/")
    stage.type("tr")
    #expect(stage.status.contains("Tab: track:"))
    stage.press("Tab")
    #expect(stage.shell.scene.filter == "track:")
    #expect(stage.status.contains("Tab: ops storage web"))
    stage.type("o")
    stage.press("Tab")
    #expect(stage.shell.scene.filter == "track:ops")
    #expect(titles(stage) == ["Flaky integration suite"])
    stage.press("C-u")
    stage.type("by:b")
    stage.press("Tab")
    #expect(titles(stage) == ["Empty state", "Flaky integration suite"])
    stage.press("C-u")
    stage.type("zzz")
    stage.press("Tab")
    #expect(stage.shell.scene.filter == "zzz", "where nothing fits, nothing is put in")
  }

  @Test func `Up recalls the filters before`() throws {
    let stage = try Stage(World.team())
    for text in ["is:done", "flaky"] {
      stage.press("/", "C-u")
      stage.type(text)
      stage.press("Enter")
    }
    stage.press("/", "C-u", "Up")
    #expect(stage.shell.scene.filter == "flaky")
    stage.press("Up", "Up")
    #expect(titles(stage) == ["Empty state"])
    stage.press("Down")
    #expect(titles(stage) == ["Flaky integration suite"])
  }

  @Test func `saved views are in the palette, and a broken line costs that line`() throws {
    let world = try World.team()
    try "view late age:>1d\nview broken is:lost\nview gone track:nowhere\n".write(
      toFile: "\(world.home.configDirectory)/views.conf", atomically: true, encoding: .utf8)
    let problems = Settings.check(world.home).filter { $0.severity == .error }
    #expect(problems.map(\.line) == [2] && problems.first?.column == 16)
    #expect(problems.first?.file.hasSuffix("/views.conf") == true)
    try "view late age:>1d\nview gone track:nowhere\n".write(
      toFile: "\(world.home.configDirectory)/views.conf", atomically: true, encoding: .utf8)
    let stage = try Stage(world)
    stage.press("C-k")
    stage.type("view late")
    #expect(stage.shows("age:>1d"))
    stage.press("Enter")
    #expect(titles(stage) == ["Empty state", "Garbage collect chunks"])
    #expect(stage.shows("filter: age:>1d"))
    stage.press("C-k")
    stage.type("view gone")
    stage.press("Enter")
    #expect(stage.shows("col 7: no track is called “nowhere”"))
    #expect(titles(stage) == ["Empty state", "Garbage collect chunks"])
    #expect(stage.shows("filter: age:>1d"))
  }

  @Test func `more pages of a filter go on where the last one ended`() throws {
    let world = try World()
    for index in 0..<130 { try world.card("Card \(1000 + index)", ago: Int64(index)) }
    let stage = try Stage(world)
    stage.press("/")
    stage.type("card sort:title")
    stage.press("Enter", "G")
    #expect(stage.shell.board.rows.map(\.title) == (1000..<1130).map { "Card \($0)" })
  }
}
