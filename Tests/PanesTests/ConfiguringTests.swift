import ConfigLines
import Foundation
import Glibc
import Home
import Replica
import Testing

@testable import Panes
@testable import Terminal

/// Changing the configuration from within, and what the terminal around the workspace is told.
@Suite struct ConfiguringTests {
  /// What the shell asks of the terminal.
  private final class Around {
    var themes: [String] = []
    var mouse: [Bool] = []
    var told: [String] = []

    init(_ stage: Stage) {
      stage.shell.useTheme = { self.themes.append($0.name) }
      stage.shell.useMouse = { self.mouse.append($0) }
      stage.shell.notify = { self.told.append($0.string) }
    }
  }

  private func write(_ text: String, _ path: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  private func read(_ path: String) throws -> String {
    try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
  }

  @Test func `a theme shows while it is chosen, Esc brings the old one back`() throws {
    let world = try World.team()
    try write("# mine\ntheme gruvbox-dark  # warm\nname Ann\n", world.home.configFile)
    let stage = try Stage(world)
    let around = Around(stage)
    stage.press(";", "t")
    #expect(stage.shows("▌ gruvbox-dark"))
    stage.press("Down", "Down")
    let store = Settings.themes(of: world.home)
    #expect(around.themes == ["gruvbox-light", "nord"].map { store.load($0).theme.name })
    stage.press("Esc")
    #expect(around.themes.count == 3 && around.themes.last == Settings.load(world.home).theme.name)
    #expect(try read(world.home.configFile) == "# mine\ntheme gruvbox-dark  # warm\nname Ann\n")
  }

  @Test func `Enter keeps a theme, and every other line of the file`() throws {
    let world = try World.team()
    try write("# mine\ntheme gruvbox-dark  # warm\nname Ann", world.home.configFile)
    let stage = try Stage(world)
    let around = Around(stage)
    stage.press(";", "t")
    stage.type("nord")
    stage.press("Enter")
    #expect(try read(world.home.configFile) == "# mine\ntheme nord  # warm\nname Ann")
    #expect(around.themes.last == "Nord-like")
    #expect(stage.shows("theme nord"))
  }

  @Test func `of two themes the one for this ground is chosen anew`() throws {
    let world = try World.team()
    try write("theme dark=nord light=light\n", world.home.configFile)
    #expect(Settings.load(world.home).theme.name == "Nord-like")
    #expect(Settings.load(world.home, isDark: false).theme.isDark == false)
    #expect(Settings.load(world.home).problems == [])
    let stage = try Stage(world)
    stage.shell.isDark = false
    stage.press(";", "t")
    stage.type("solarized-light")
    stage.press("Enter")
    #expect(try read(world.home.configFile) == "theme dark=nord light=solarized-light\n")
    try write("theme dark=nrod light=light\n", world.home.configFile)
    #expect(Settings.load(world.home).problems.map(\.suggestion) == ["nord"])
  }

  @Test func `reading help alone one finds the file of keys, and it lists every command`() throws {
    let world = try World.team()
    let keys = "\(world.home.configDirectory)/keys.conf"
    let stage = try Stage(world, columns: 120, rows: 200)
    stage.press("?")
    #expect(stage.shows(keys) && stage.shows("map board X card.edit") && stage.shows("; k"))
    stage.press("Esc")
    // An editor that takes the first commented line for the edit of a card and gives it another key.
    let script = "\(world.home.configDirectory)/editor"
    try write("#!/bin/sh\nprintf 'map board X card.edit\\n' >> \"$1\"\n", script)
    chmod(script, 0o700)
    stage.shell.variable = { $0 == "EDITOR" ? script : nil }
    stage.press(";", "k")
    let text = try read(keys)
    for command in PaneCommand.allCases {
      #expect(text.contains(" \(command.name) "), "\(command.name)")
    }
    let settings = Settings.load(world.home)
    #expect(settings.problems == [])
    #expect(
      settings.keymap.match([try #require(Key(name: "X"))], in: "board")
        == .command(.init(command: "card.edit")))
    // Every line of it can be taken as it is.
    let open = text.split(separator: "\n").map {
      $0.hasPrefix("# map ") ? String($0.dropFirst(2)) : String($0)
    }
    try write(open.joined(separator: "\n"), keys)
    #expect(Settings.load(world.home).problems.filter { $0.severity == .error } == [])
  }

  @Test func `a drag that means nothing here leaves the mouse to the terminal, for a while`() throws
  {
    let stage = try Stage(World.team())
    let around = Around(stage)
    func mouse(_ action: Mouse.Action, _ x: Int) {
      stage.shell.receive(
        .mouse(Mouse(action: action, button: 0, point: Point(x: x, y: 6), modifiers: [])))
      stage.draw()
    }
    mouse(.press, 10)
    mouse(.drag, 11)
    mouse(.release, 11)
    #expect(around.mouse == [], "a hand that trembles")
    mouse(.press, 10)
    mouse(.drag, 14)
    #expect(around.mouse == [false])
    #expect(stage.status.contains("select text now"))
    stage.press("j")
    #expect(around.mouse == [false, true])
    #expect(!stage.status.contains("select text now"))
    mouse(.press, 10)
    mouse(.drag, 30)
    stage.wait(.seconds(10))
    #expect(around.mouse == [false, true, false, true])
    stage.press(";", "m")
    #expect(around.mouse.last == false)
    stage.press("j")
    #expect(around.mouse.last == false, "it stays off until it is wanted")
  }

  @Test func `what happens out of sight is told once, by title, and not what was there`() throws {
    let world = try World.team()
    let stage = try Stage(world)
    let around = Around(stage)
    let card = try world.card("Retry policy", to: .atlas, ago: 100)
    try world.question("Secret body?", options: ["a", "b"], on: card, by: .atlas, ago: 50)
    stage.changed()
    stage.shell.receive(.focus(false))
    stage.wait(.seconds(10))
    #expect(around.told == [], "it was in sight")
    try world.question("Which?", options: ["a", "b"], on: card, by: .atlas, ago: 5)
    stage.changed()
    stage.wait(.zero)
    #expect(around.told.count == 1)
    #expect(around.told[0].hasSuffix("asks: Retry policy") && !around.told[0].contains("Which"))
    for ago in [4, 3] as [Int64] {
      try world.question("And \(ago)?", options: ["a", "b"], on: card, by: .atlas, ago: ago)
    }
    stage.changed()
    stage.wait(.seconds(1))
    #expect(around.told.count == 1)
    stage.wait(.seconds(5))
    #expect(around.told.dropFirst() == ["2 questions"])
    stage.shell.receive(.focus(true))
    try world.question("Last?", options: ["a", "b"], on: card, by: .atlas, ago: 1)
    stage.changed()
    stage.wait(.seconds(10))
    #expect(around.told.count == 2)
  }

  @Test func `the title of the window says what waits, and nothing that commands a terminal`()
    throws
  {
    let stage = try Stage(World.team())
    #expect(stage.shell.title?.string == "(?1) Web team")
  }

  @Test func `who edits with vi is told of its keys once`() throws {
    let world = try World.team()
    let stage = try Stage(world)
    stage.shell.variable = { $0 == "EDITOR" ? "/usr/bin/vim -f" : nil }
    stage.shell.offerKeymap()
    stage.draw()
    #expect(stage.shows("keymap vim"))
    let again = try Stage(world)
    again.shell.variable = { $0 == "EDITOR" ? "vim" : nil }
    again.shell.offerKeymap()
    again.draw()
    #expect(!again.shows("keymap vim"))
    let other = try Stage(World.team())
    other.shell.variable = { $0 == "EDITOR" ? "nano" : nil }
    other.shell.offerKeymap()
    #expect(other.shell.toast == nil)
  }

  @Test func `settings that take words take no others`() throws {
    let world = try World()
    try write(
      "mouse of\nnotify command notify-send 'a b'\nemoji ascii\nmouse off\n", world.home.configFile)
    let settings = Settings.load(world.home)
    #expect(settings.problems.map(\.message) == ["mouse is one of on, off"])
    #expect(settings.problems.map(\.line) == [1])
    #expect(!settings.mouse && settings.emoji == .ascii)
    #expect(settings.notify == .init(channel: .command, program: ["notify-send", "a b"]))
  }
}
