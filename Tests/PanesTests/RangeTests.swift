import Replica
import Terminal
import Testing

@testable import Panes

/// Ranges of cards on the board, and keys of the footer under the mouse.
@Suite struct RangeTests {
  /// Five cards of one column, the first selected.
  private func board(columns: Int = 80, _ map: String? = nil) throws -> Stage {
    let world = try World()
    for number in 1...5 { try world.card("Card \(number)", ago: Int64(100 * number)) }
    let stage = try Stage(world, columns: columns, rows: 40)
    if let map { stage.shell.use(Settings.keymaps(of: world.home).load(map).keymap) }
    return stage
  }

  private func marked(_ stage: Stage) -> [String] {
    guard !stage.shell.board.marked.isEmpty else { return [] }
    return stage.shell.board.chosen.map { String($0.title.suffix(1)) }
  }

  @Test(arguments: [("default", "v"), ("vim", "V"), ("emacs", "C-space")])
  func `a range grows and shrinks with the selection until it is ended`(
    map: String, key: String
  ) throws {
    let stage = try board(map)
    stage.press("j", key)
    #expect(stage.shows("range: 1 marked"))
    stage.press("j", "j", "j")
    #expect(marked(stage) == ["2", "3", "4", "5"])
    stage.press("k", "k", "k", "k")
    #expect(marked(stage) == ["1", "2"])
    stage.press("Esc", "j", "j")
    #expect(marked(stage) == ["1", "2"], "Esc ends it and keeps the marks")
    #expect(!stage.shows("range"))
    stage.press(key, "j", key, "j")
    #expect(marked(stage) == ["1", "2", "3", "4"])
  }

  @Test func `S-Down and S-Up mark what they pass, and a movement without Shift ends that`() throws
  {
    let stage = try board()
    stage.press("S-Down", "S-Down", "S-Up")
    #expect(marked(stage) == ["1", "2"])
    #expect(!stage.shows("range"))
    stage.press("j", "j", "S-Down")
    #expect(marked(stage) == ["1", "2", "4", "5"])
  }

  @Test func `commands are about the whole range, which is then over`() throws {
    let stage = try board()
    stage.press("v", "G", "a")
    #expect(stage.shows("Assign 5 cards"))
    stage.type("bob")
    stage.press("Enter")
    #expect(try stage.orders().count == 5)
    #expect(marked(stage).isEmpty)
    stage.press("k")
    #expect(marked(stage).isEmpty)
  }

  @Test func `a range is one of a column, and elsewhere there is none`() throws {
    let stage = try board()
    stage.press("v", "j", "l", "h", "j")
    #expect(marked(stage) == ["1", "2"])
    stage.press("g", "a")
    stage.press(":")
    stage.type("select.range")
    stage.press("Enter")
    #expect(stage.shows("only the board has that"))
  }

  // MARK: Keys of the footer

  private func click(_ stage: Stage, _ words: String, part: Character) throws {
    let row = Array(stage.status)
    let start = try #require(row.indices.first { row[$0...].starts(with: words) })
    let x = try #require(row[start...].firstIndex(of: part))
    stage.click(x, stage.screen.size.rows - 1)
  }

  @Test func `of two keys in one hint the one under the pointer is run`() throws {
    let stage = try board()
    let before = stage.shell.board.current
    try click(stage, "h/l column", part: "l")
    #expect(stage.shell.board.current == before + 1)
    try click(stage, "h/l column", part: "h")
    #expect(stage.shell.board.current == before)
    try click(stage, "h/l column", part: "/")
    #expect(stage.shell.board.current == before)
  }

  @Test func `of digits the first and the last answer`() throws {
    for (part, option) in [("1", 1), ("3", 3)] as [(Character, Int)] {
      let world = try World()
      let card = try world.card("Retry", ago: 500)
      try world.question(
        "Which?", options: ["Once", "Twice", "Never"], on: card, by: .atlas, ago: 100)
      let stage = try Stage(world, at: .inbox)
      try click(stage, "1-3 answer", part: part)
      #expect(stage.shell.scene.answers.held.map(\.options) == [[option]])
    }
  }
}
