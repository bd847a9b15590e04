import ConfigLines
import Foundation
import Home
import Terminal
import Testing

@testable import Panes

@Suite struct SettingsTests {
  private let world: World

  init() throws { world = try World() }

  private func write(_ text: String, to name: String) throws {
    let path = "\(world.home.configDirectory)/\(name)"
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  @Test func `without files everything is the default`() {
    let settings = Settings.load(world.home)
    #expect(settings.problems == [])
    #expect(settings.trouble == nil)
    #expect(settings.theme.name == Theme.terminal.name)
    #expect(settings.keymap.keys(for: "pane.zoom", in: "board") == "z")
  }

  @Test func `studio_conf names the theme and the keymap, keys_conf stands over it`() throws {
    try write("name Ann\ntheme nord\nkeymap vim\n", to: "studio.conf")
    try write("map board X card.edit\n", to: "keys.conf")
    let settings = Settings.load(world.home)
    #expect(settings.problems == [])
    #expect(settings.theme.name == "Nord-like")
    #expect(settings.keymap.keys(for: "pane.zoom", in: "board") == "z z")
    #expect(settings.keymap.keys(for: "card.edit", in: "board") == "e")
    #expect(
      settings.keymap.match([try #require(Key(name: "X"))], in: "board")
        == .command(.init(command: "card.edit")))
    #expect(Configuration(parsing: try Configuration.load(from: world.home).text).theme == "nord")
  }

  @Test func `the check shows every line of every file, and each costs itself alone`() throws {
    try write("name Ann\ntehme nord\nlisten\ntheme nrod\nkeymap vin\n", to: "studio.conf")
    try write("map board X card.edti\nmap board Y card.edit\n", to: "keys.conf")
    try write("theme mine dark\ninherit nord\ncolor warn #30343c\n", to: "themes/mine.theme")
    try write("inherit vim\nmap lsit X open\n", to: "keymaps/own.keymap")
    let directory = world.home.configDirectory
    let found = Settings.check(world.home).filter { $0.severity == .error }
    #expect(
      found.map { $0.summary.dropFirst(directory.count + 1) } == [
        "studio.conf:2:1: there is no setting “tehme”",
        "studio.conf:3:1: “listen” has no value",
        "studio.conf:4:7: no theme named “nrod”",
        "studio.conf:5:8: no keymap named “vin”",
        "keys.conf:1:13: unknown command “card.edti”",
        "themes/mine.theme:3:12: “code” is #30343c on #2e3440: contrast 1.0:1, less than 4.5:1",
        "keymaps/own.keymap:2:5: no context named “lsit”",
      ])
    #expect(
      found.map(\.suggestion) == ["theme", nil, "nord", "vim", "card.edit", nil, "list"])
    #expect(
      found[2].description.hasSuffix(
        """
        studio.conf:4:7: no theme named “nrod”
          theme nrod
                ^~~~ did you mean “nord”?  this line is skipped
        """))
    let settings = Settings.load(world.home)
    #expect(settings.theme.name == Theme.terminal.name)
    #expect(
      settings.keymap.match([try #require(Key(name: "Y"))], in: "board")
        == .command(.init(command: "card.edit")))
    #expect(settings.trouble?.string.contains("(and 4 more: studio config check)") == true)
  }

  @Test func `a configuration that cannot be read is told and is no obstacle`() throws {
    try FileManager.default.createDirectory(
      atPath: "\(world.home.configDirectory)/keys.conf", withIntermediateDirectories: true)
    let settings = Settings.load(world.home)
    #expect(settings.problems.map(\.message).first == "it is not a plain file")
    #expect(settings.keymap.keys(for: "help", in: "board") != nil)
  }

  @Test func `other keys give up a sequence that was begun`() throws {
    let stage = try Stage(World.team())
    stage.press("g")
    try write("map browse X pane.zoom\n", to: "keys.conf")
    stage.shell.use(Settings.load(world.home).keymap)
    stage.press("X")
    #expect(stage.shell.isZoomed)
  }
}
