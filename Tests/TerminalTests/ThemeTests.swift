import ConfigLines
import TestKit
import Testing

@testable import Terminal

@Suite struct ThemeTests {
  @Test func `the terminal theme uses the user's own colours only`() throws {
    for style in StyleName.allCases {
      for layers in 0..<8 {
        let look = Theme.terminal.look(of: Style(style, StyleLayers(rawValue: UInt8(layers))))
        for color in [look.foreground, look.background] {
          if case .exact = color.base { Issue.record("\(style.rawValue) has an exact colour") }
        }
      }
    }
  }

  @Test func `a selected row keeps the colours of what stands in it`() {
    let (theme, problems) = Theme.parse(
      """
      theme t
      color low #112233 256=17 16=blue
      style text fg=white bg=low
      style state.* fg=red
      style state.silent fg=yellow underline
      style *.selected bg=cyan bold
      """, file: "t")
    #expect(problems == [])
    let look = theme.look(of: Style(.stateSilent, .selected))
    #expect(look.foreground == .ansi(3))
    #expect(look.background == .ansi(6))
    #expect(look.attributes == [.underline, .bold])
    #expect(theme.look(of: Style(.stateGone)).foreground == .ansi(1))
    #expect(theme.look(of: Style(.row)).background == .exact(0x112233, indexed: 17, ansi: 4))
  }

  @Test func `stand-ins are the nearest colours`() {
    #expect(Color.exact(0xFF0000).indexed == 196)
    #expect(Color.exact(0x000000).indexed == 16)
    #expect(Color.exact(0x88C0D0).indexed == 110)
  }

  @Test(arguments: [
    ("style txt fg=red", 7, "no style named “txt”", "text"),
    ("style text fg=redd", 12, "no colour named “redd”", "red"),
    ("style text blod", 12, "no attribute named “blod”", "bold"),
    ("color a #12345g", 9, "expected #rrggbb, not “#12345g”", nil),
    ("map * q quit", 1, "a theme has lines theme, inherit, color and style, not “map”", nil),
    ("inherit nowhere", 9, "no theme named “nowhere”", nil),
    ("color red #112233", 7, "“red” is the terminal's own and cannot be changed", nil),
    ("theme \"open", 7, "the quote is not closed", nil),
    ("style text \u{1B}[0m", 12, "a control character", nil),
  ])
  func `a mistake names its place and costs one line`(
    line: String, column: Int, message: String, suggestion: String?
  ) throws {
    let (theme, problems) = Theme.parse("# head\n\(line)\nstyle dim fg=blue\n", file: "x.theme")
    let problem = try #require(problems.first)
    #expect(problems.count == 1)
    #expect((problem.line, problem.column) == (2, column))
    #expect(problem.message == message)
    #expect(problem.suggestion == suggestion)
    #expect(problem.description.hasPrefix("x.theme:2:\(column): \(message)\n"))
    #expect(theme.look(of: Style(.dim)).foreground == .ansi(4))
  }

  @Test func `a theme that inherits itself is told where`() {
    let (_, problems) = Theme.parse("theme me\ninherit you", file: "me.theme") { name in
      [
        ConfigSource(
          file: "\(name).theme", text: name == "you" ? "# I\n inherit me" : "inherit you")
      ]
    }
    #expect(
      problems.map(\.summary) == [
        "you.theme:2:10: “me” inherits itself: me.theme, you.theme, me.theme"
      ])
  }

  @Test func `colours end where the terminal does`() {
    func decide(_ environment: [String: String], _ colors: Int) -> ColorDepth {
      ColorDepth.decide(environment: environment, terminfoColors: colors)
    }
    #expect(decide(["NO_COLOR": "1", "COLORTERM": "truecolor"], 256) == .mono)
    #expect(decide(["NO_COLOR": ""], 256) == .indexed)
    #expect(decide(["COLORTERM": "truecolor"], 256) == .direct)
    #expect(decide(["COLORTERM": "24bit"], 8) == .sixteen)
    #expect(decide([:], 8) == .sixteen)
    #expect(decide([:], -1) == .mono)
  }

  @Test func `random lines never crash the readers`() {
    var random = SeededRandom(5)
    let words = [
      "theme", "inherit", "color", "style", "map", "unmap", "leader", "timeout", "terminal", "*",
      "label", "default", "vim", "none", "dark", "fg", "a", "high-contrast",
      "fg=", "bg=red", "#", "#12", "#123456", "\"", "\"a b\"", "mono=bold,", "*.*.selected", "list",
      "a", "C-", "C-a", "digit", "quit", "  ", "\t", "é", "\u{0}", "256=300", "16=x", "-", "=",
    ]
    for _ in 0..<2_000 {
      let text = (0..<Int.random(in: 0..<30, using: &random)).map { _ in
        words[Int.random(in: 0..<words.count, using: &random)]
          + [" ", "  ", "\n", ""][Int.random(in: 0..<4, using: &random)]
      }.joined()
      _ = Theme.parse(text, file: "fuzz")
      _ = Keymap.parse(
        text, file: "fuzz", commands: ["quit"], contexts: KeyContexts([("list", "*")]))
    }
  }
}
