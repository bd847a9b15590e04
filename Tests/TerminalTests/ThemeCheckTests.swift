import ConfigLines
import Testing

@testable import Terminal

private func check(_ text: String) -> ThemeReport {
  Theme.check(ConfigSource(file: "x.theme", text: text))
}

@Suite struct ThemeCheckTests {
  @Test(arguments: Theme.shippedNames + ["base"])
  func `every shipped theme passes every check`(name: String) throws {
    let source = ConfigSource(file: "\(name).theme", text: try #require(Theme.shipped(name)))
    let report = Theme.check(source)
    #expect(report.problems.map(\.description) == [])
    for style in StyleName.allCases {
      let plain = report.theme.look(of: Style(style), depth: .mono)
      let selected = report.theme.look(of: Style(style, .selected), depth: .mono)
      #expect(selected.attributes.contains(.reverse), "\(style.rawValue) hides the selection")
      #expect(plain.foreground == .standard && plain.background == .standard)
    }
  }

  @Test func `the binary holds sixteen themes, and says which suits what`() throws {
    #expect(Theme.shippedNames.count == 16)
    #expect(Set(Theme.shippedNames).count == 16)
    let themes = ThemeStore(places: .builtin).list()
    #expect(themes.map(\.name) == Theme.shippedNames)
    for theme in themes where theme.name.hasSuffix("-light") || theme.name.hasSuffix("-dark") {
      #expect(theme.isDark == theme.name.hasSuffix("-dark"), "\(theme.name)")
    }
    for name in ["high-contrast-dark", "high-contrast-light"] {
      let source = try #require(ThemeStore(places: .builtin).source(name))
      #expect(try #require(ThemeStore(places: .builtin).check(source).lowestContrast) >= 7)
    }
  }

  @Test func `contrast is that of WCAG`() {
    #expect(Color.contrast(0x000000, 0xFFFFFF) == 21)
    #expect(Color.contrast(0x777777, 0xFFFFFF) < 4.5)
    #expect(Color.contrast(0x767676, 0xFFFFFF) >= 4.5)
  }

  @Test func `text too near its ground is a fault of the line that gives its colour`() throws {
    let report = check("theme t dark\ninherit nord\ncolor quiet #4c566a 256=240 16=white\n")
    #expect(!report.isSound)
    let problem = try #require(report.problems.first)
    #expect(report.problems.count == 1)
    #expect(
      problem.description == """
        x.theme:3:13: “dim” is #4c566a on #2e3440: contrast 1.69:1, less than 4.5:1
          color quiet #4c566a 256=240 16=white
                      ^~~~~~~
        """)
    #expect(try #require(report.lowestContrast) < 1.7)
  }

  @Test func `a shipped theme with one colour broken is refused`() throws {
    for name in Theme.shippedNames where name != "terminal" && name != "mono" {
      let text = try #require(Theme.shipped(name))
      let ground = try #require(
        text.split(separator: "\n").first { $0.hasPrefix("color bg") }?.split(separator: " ")[2])
      let report = check(text + "\ncolor warn \(ground)\n")
      #expect(!report.isSound, "\(name) may have text in the colour of its ground")
    }
  }

  @Test(arguments: [
    // Exact colours pass, the stand-in in 256 does not.
    ("color fg #ffffff 256=235", "in 256 colours"),
    ("color quiet #ffffff 16=blue\ncolor chosen #16181d 16=blue", "in sixteen colours"),
    ("color fg default", "beside the terminal's own"),
    ("color line #22262f", "“border” is #22262f on #16181d"),
    ("style state.gone mono=bold", "“state.blocked” and “state.gone” look the same"),
    ("style dim dim", "“dim” carries meaning and may not be dim"),
    ("style *.unread dim", "carries meaning and may not be dim"),
    ("style text mono=dim", "“text” carries meaning and may not be dim"),
  ])
  func `what a person could not read is found`(lines: String, message: String) {
    let problems = check("theme t dark\ninherit dark\n\(lines)\n").problems
    #expect(problems.contains { $0.message.contains(message) && $0.line >= 3 }, "\(problems)")
    #expect(problems.allSatisfy { !$0.skipsLine })
  }

  @Test func `lines and sparks may be dim and need three to one`() {
    #expect(check("theme t dark\ninherit dark\nstyle border dim fg=line\n").problems == [])
    #expect(check("theme t dark\ninherit dark\ncolor line #646c7c\n").problems == [])
  }

  @Test func `the word high-contrast asks for seven to one`() {
    #expect(check("theme t dark\ninherit dark\n").isSound)
    #expect(!check("theme t dark high-contrast\ninherit dark\n").isSound)
  }

  @Test func `a state without mono is a fault`() {
    let problems = check("theme t\nstyle state.gone fg=red\n").problems
    #expect(problems.contains { $0.message.contains("“state.gone” has no mono=") && $0.line == 2 })
  }

  @Test func `a name that is given anew changes every inherited style`() {
    let (theme, problems) = Theme.parse(
      "color accent #010203\ntheme t\ninherit dark\n", file: "x.theme")
    #expect(problems == [])
    #expect(theme.look(of: Style(.tabActive)).foreground == .exact(0x010203))
  }

  @Test func `a theme without any colour shows its mono attributes`() throws {
    let mono = ThemeStore(places: .builtin).load("mono").theme
    for style in StyleName.allCases {
      #expect(mono.look(of: Style(style)) == mono.look(of: Style(style), depth: .mono))
    }
    #expect(mono.look(of: Style(.stateGone)).attributes == [.bold, .underline])
  }

  @Test(arguments: [
    (UInt32(0x88C0D0), UInt8(6)), (0xF38BA8, 1), (0xEBCB8B, 3), (0xA3BE8C, 2), (0x89B4FA, 4),
    (0xCBA6F7, 5), (0x2E3440, 8), (0x000000, 0), (0xD8DEE9, 7), (0xFFFFFF, 15), (0xFF0000, 1),
    (0x00FF00, 2), (0x0000FF, 4), (0xFFFF00, 3), (0x00FFFF, 6), (0xFF00FF, 5),
  ])
  func `the stand-in of sixteen keeps the hue`(rgb: UInt32, ansi: UInt8) {
    #expect(Color.exact(rgb).ansi == ansi)
  }

  @Test(arguments: [
    ("color a b\ncolor b a\nstyle dim fg=a", "x.theme:3:9: “b” is given as itself"),
    ("color a nowhere", "x.theme:2:9: no colour named “nowhere”"),
    ("color #a red", "x.theme:2:7: expected a name, not “#a”"),
    ("color a #112233 256=7", "x.theme:2:17: expected 256=16…255 or 16=COLOUR, not “256=7”"),
    ("theme t grey", "x.theme:2:9: expected dark, light or high-contrast"),
    ("inherit dark\ninherit nord", "x.theme:3:1: a theme inherits one other"),
    ("inherit ../../etc/passwd", "x.theme:2:9: no theme named “../../etc/passwd”"),
    ("keymap vim", "x.theme:2:1: a theme has lines theme, inherit, color and style, not “keymap”"),
  ])
  func `a theme can say nothing else, and mistakes are told`(lines: String, summary: String) {
    let problems = Theme.parse("# head\n\(lines)\n", file: "x.theme").problems
    #expect(problems.map(\.summary).contains(summary), "\(problems.map(\.summary))")
  }
}
