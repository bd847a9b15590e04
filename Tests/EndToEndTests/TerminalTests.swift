import Glibc
import TestKit
import Testing

/// The built program on a real terminal: what it leaves behind, however it ends.
@Suite struct TerminalTests {
  /// A workspace that has been opened.
  private func open(
    _ world: World, columns: Int = 80, rows: Int = 24, environment: [String: String] = [:]
  ) throws -> PaneProcess {
    let home = try world.person("Ann")
    let pane = try PaneProcess(
      [Process.studio, "--home", home.path], columns: columns, rows: rows, environment: environment)
    try pane.wait(for: "BROWSE")
    #expect(pane.modes.isSuperset(of: ["?1049", "?1002", "?2004"]))
    return pane
  }

  @Test(arguments: [SIGTERM, SIGHUP, SIGINT])
  func `a signal that asks it to end finds the terminal given back`(signal: Int32) throws {
    let world = try World()
    let pane = try open(world)
    #expect(pane.end(signal) == 128 + signal)
    #expect(pane.modes == [])
  }

  @Test(arguments: [SIGSEGV, SIGTRAP, SIGABRT, SIGKILL])
  func `a death without warning finds the terminal given back`(signal: Int32) throws {
    let world = try World()
    let pane = try open(world)
    #expect(pane.end(signal) == 128 + signal)
    // After SIGKILL it is the guard that does it, a moment later.
    try pane.wait(for: "the terminal given back") { _ in pane.modes == [] }
  }

  @Test func `it can be suspended and resumed, and ends with its terminal`() throws {
    let world = try World()
    let home = try world.person("Ann")
    let taken: Set<String> = ["?1049", "?1000", "?1002", "?1004"]
    let shell = try PaneProcess(
      ["/bin/bash", "--norc", "--noprofile", "-i"], environment: ["PS1": "ready> "])
    try shell.wait(for: "ready>")
    shell.type("\(Process.studio) --home \(home.path)\r")
    try shell.wait(for: "BROWSE")
    for _ in 0..<2 {
      shell.type("\u{1A}")
      try shell.wait(for: "the shell") { text in
        text.contains("Stopped") && shell.modes.isDisjoint(with: taken)
      }
      shell.type("fg\r")
      try shell.wait(for: "the workspace again") { text in
        text.contains("BROWSE") && shell.modes.isSuperset(of: taken)
      }
    }
    shell.type("q")
    try shell.wait(for: "the shell at last") { _ in shell.modes.isDisjoint(with: taken) }
  }

  @Test func `after a storm of sizes the last one is drawn whole`() throws {
    let world = try World()
    let pane = try open(world)
    var random = SeededRandom(5)
    for _ in 0..<50 {
      pane.resize(
        columns: Int.random(in: 1...220, using: &random),
        rows: Int.random(in: 1...70, using: &random))
    }
    pane.resize(columns: 120, rows: 40)
    try pane.wait(for: "the whole screen") { text in
      let rows = text.split(separator: "\n", omittingEmptySubsequences: false)
      return rows.count == 40 && rows[39].contains("BROWSE") && rows[39].contains("keys")
    }
  }

  @Test func `what a terminal answers is never a key, asked for or not`() throws {
    let world = try World()
    let pane = try open(world)
    pane.type("\u{1B}P>|q\u{1B}\\\u{1B}[?2026;2$y\u{1B}[?0u\u{1B}]11;rgb:q/q/q\u{7}")
    pane.type(
      "\u{1B}[2;3R\u{1B}[2;9999999R\u{1B}[?62;4c\u{1B}[?1;2c\u{1B}[?997;1n\u{1B}]52;c;cQ==\u{7}")
    try pane.wait(for: "the kitty keyboard") { _ in pane.modes.contains("keyboard") }
    pane.type("?")
    try pane.wait(for: "any other key closes")
    #expect(pane.end(SIGTERM) == 128 + SIGTERM)
    #expect(pane.modes == [])
  }

  @Test func `without UTF-8 in the locale lines are still lines`() throws {
    let world = try World()
    let pane = try open(world, environment: ["LC_ALL": "POSIX", "LANG": ""])
    #expect(pane.text.contains("───"))
  }

  @Test(arguments: ["no-such-terminal", "", "dumb"])
  func `a terminal that cannot place its cursor gets lines`(type: String) throws {
    let world = try World()
    let home = try world.person("Ann")
    let pane = try PaneProcess(
      [Process.studio, "--home", home.path], columns: 200, environment: ["TERM": type])
    try pane.wait(for: "no room yet")
    #expect(pane.modes == [])
  }
}
