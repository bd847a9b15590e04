import Home
import Replica
import Testing

@testable import Panes

/// Digits before a key, in the keymap for hands that know vi.
@Suite struct CountTests {
  private func stage(_ keymap: String, cards: Int = 9) throws -> Stage {
    let world = try World()
    for index in 0..<cards { try world.card("Card \(index)", ago: Int64(100 + index)) }
    try SystemCall.replace(
      "\(world.home.configDirectory)/keys.conf", with: Array("inherit \(keymap)\n".utf8),
      mode: 0o600)
    return try Stage(world)
  }

  private func selected(_ stage: Stage) -> String { stage.shell.board.selected?.title ?? "-" }

  @Test func `a count moves that far, and shows while it is typed`() throws {
    let stage = try stage("vim")
    #expect(selected(stage) == "Card 0")
    stage.press("3")
    #expect(stage.status.contains(" 3 "))
    stage.press("j")
    #expect(selected(stage) == "Card 3")
    stage.press("1", "0", "k")
    #expect(selected(stage) == "Card 0")
    stage.press("5", "Esc", "j")
    #expect(selected(stage) == "Card 1", "Esc gives the count up")
  }

  @Test func `what is no movement is done once`() throws {
    let stage = try stage("vim")
    stage.press("3", "m")
    #expect(stage.shell.board.marked.count == 1)
  }

  @Test func `where a question waits a digit answers it`() throws {
    let world = try World.team()
    try SystemCall.replace(
      "\(world.home.configDirectory)/keys.conf", with: Array("inherit vim\n".utf8), mode: 0o600)
    let stage = try Stage(world, at: .inbox)
    stage.press("2")
    #expect(stage.shell.scene.answers.held.map(\.options) == [[2]])
    #expect(stage.shell.count == nil)
  }

  @Test func `other keymaps have none`() throws {
    let stage = try stage("default")
    stage.press("3", "j")
    #expect(selected(stage) == "Card 1")
  }
}
