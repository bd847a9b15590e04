import ConfigLines
import Glibc
import Testing

@testable import Terminal

/// A directory that is gone after the test.
private final class Folder {
  let path: String

  init() throws {
    var template = Array("/tmp/studio-config-XXXXXX".utf8CString)
    path = String(cString: try #require(mkdtemp(&template)))
  }

  deinit {
    for folder in ["themes", "keymaps"] {
      for name in ["a.theme", "nord.theme", "mine.keymap"] { unlink("\(path)/\(folder)/\(name)") }
      rmdir("\(path)/\(folder)")
    }
    for name in ["keys.conf", "studio.conf", "x", "x.new", "other"] { unlink("\(path)/\(name)") }
    rmdir(path)
  }

  func write(_ text: String, to name: String) throws {
    let file = try #require(fopen("\(path)/\(name)", "w"))
    fputs(text, file)
    fclose(file)
  }
}

/// Whether the watcher tells a change; waits for it at most `milliseconds`.
private func tells(_ watcher: ConfigWatcher, within milliseconds: Int32) -> Bool {
  while true {
    var wait = pollfd(fd: watcher.descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&wait, 1, milliseconds) > 0 else { return false }
    if watcher.changed() { return true }
  }
}

@Suite struct ConfigWatcherTests {
  @Test func `a file written in steps is told once, when it is quiet`() throws {
    let folder = try Folder()
    let watcher = try ConfigWatcher(directory: folder.path)
    try folder.write("map", to: "keys.conf")
    try folder.write("map * q quit", to: "keys.conf")
    var wait = pollfd(fd: watcher.descriptor, events: Int16(POLLIN), revents: 0)
    #expect(poll(&wait, 1, 2_000) == 1)
    #expect(!watcher.changed())
    #expect(tells(watcher, within: 2_000))
    #expect(!tells(watcher, within: 0))
  }

  @Test func `a file that an editor puts in its place counts, others do not`() throws {
    let folder = try Folder()
    try folder.write("", to: "keys.conf")
    let watcher = try ConfigWatcher(directory: folder.path)
    try folder.write("1", to: "other")
    try folder.write("2", to: "x.new")
    // Their events wait already: reading them arms nothing.
    #expect(!tells(watcher, within: 0))
    #expect(rename("\(folder.path)/x.new", "\(folder.path)/keys.conf") == 0)
    #expect(tells(watcher, within: 2_000))
  }

  @Test func `a folder of themes that comes later is watched`() throws {
    let folder = try Folder()
    let watcher = try ConfigWatcher(directory: folder.path)
    #expect(mkdir("\(folder.path)/themes", 0o700) == 0)
    #expect(tells(watcher, within: 2_000))
    try folder.write("theme a", to: "themes/a.theme")
    #expect(tells(watcher, within: 2_000))
    #expect(unlink("\(folder.path)/themes/a.theme") == 0)
    #expect(tells(watcher, within: 2_000))
  }

  @Test func `a file that is a link is watched where it lies`() throws {
    let folder = try Folder()
    let dotfiles = try Folder()
    try dotfiles.write("theme nord", to: "studio.conf")
    #expect(symlink("\(dotfiles.path)/studio.conf", "\(folder.path)/studio.conf") == 0)
    let watcher = try ConfigWatcher(directory: folder.path)
    try dotfiles.write("theme dark", to: "studio.conf")
    #expect(tells(watcher, within: 2_000))
  }

  @Test func `a directory that is not there watches nothing`() throws {
    let watcher = try ConfigWatcher(directory: "/nowhere/at/all")
    #expect(!tells(watcher, within: 0))
  }
}

@Suite struct ConfigPlacesTests {
  private let contexts = KeyContexts([("list", "*")])

  @Test func `the user's theme comes before the installed one and that before the binary's`() throws
  {
    let (user, prefix) = (try Folder(), try Folder())
    let store = ThemeStore(places: ConfigPlaces(user: user.path, installed: prefix.path))
    #expect(store.list().first { $0.name == "nord" }?.origin == .builtin)
    for (folder, title) in [(prefix, "theirs"), (user, "mine")] {
      mkdir("\(folder.path)/themes", 0o700)
      // A file that inherits its own name means the one it hides.
      try folder.write(
        "theme \(title)\ninherit nord\nstyle dim underline\n", to: "themes/nord.theme")
      let entry = try #require(store.list().first { $0.name == "nord" })
      #expect(entry.title == title)
      #expect(entry.origin == (title == "mine" ? .user : .installed))
    }
    let (theme, problems) = store.load("nord")
    #expect(problems == [])
    #expect(theme.name == "mine")
    let nord = try #require(Theme.shipped("nord"))
    #expect(
      theme.look(of: .text) == Theme.parse(nord, file: "nord.theme").theme.look(of: .text))
    try user.write("theme other\ninherit nord\ncolor bg #000000\n", to: "themes/nord.theme")
    #expect(store.load("nord").theme.name == "other")
  }

  @Test func `a theme that is not there gives the default and the nearest name`() {
    let (theme, problems) = ThemeStore(places: .builtin).load("nrod")
    #expect(theme.name == Theme.terminal.name)
    #expect(problems.map(\.suggestion) == ["nord"])
  }

  @Test func `a file that cannot be read is a problem and no crash`() throws {
    let folder = try Folder()
    #expect(mkdir("\(folder.path)/themes", 0o700) == 0)
    #expect(mkfifo("\(folder.path)/themes/a.theme", 0o600) == 0)
    let store = ThemeStore(places: ConfigPlaces(user: folder.path, installed: nil))
    #expect(store.load("a").problems.map(\.message) == ["it is not a plain file"])
    #expect(
      Theme.check(
        ConfigSource(file: "b", text: "theme b\ninherit a"),
        candidates: { ConfigPlaces(user: folder.path, installed: nil).candidates(.theme, $0) }
      ).problems.contains { $0.message == "“a” is not inherited: it is not a plain file" })
  }

  @Test func `the user's keys stand over the chosen keymap unless they say which`() throws {
    let folder = try Folder()
    let store = KeymapStore(
      places: ConfigPlaces(user: folder.path, installed: nil), commands: nil, contexts: contexts)
    mkdir("\(folder.path)/keymaps", 0o700)
    try folder.write("inherit none\nmap * a open\nmap * b open", to: "keymaps/mine.keymap")
    func command(_ key: String) -> String? {
      let (keymap, problems) = store.load("mine")
      #expect(problems == [])
      guard let key = Key(name: key), case .command(let binding) = keymap.match([key], in: "list")
      else { return nil }
      return binding.command
    }
    #expect(command("a") == "open")
    try folder.write("map * b close", to: "keys.conf")
    #expect(command("a") == "open")
    #expect(command("b") == "close")
    try folder.write("inherit none\nmap * b close", to: "keys.conf")
    #expect(command("a") == nil)
    try folder.write("inherit mnie\nmap * b close", to: "keys.conf")
    #expect(store.load("mine").problems.map(\.summary).count == 1)
    #expect(store.load("mine").keymap.keys(for: "open", in: "list") == "a")
    try folder.write("inherit keymaps/mine.keymap\nmap * b close", to: "keys.conf")
    #expect(command("a") == "open")
    #expect(store.list().map(\.name) == ["default", "vim", "emacs", "mine"])
  }

  @Test func `a keymap that is not there gives the default and says so`() {
    let store = KeymapStore(places: .builtin, commands: nil, contexts: contexts)
    #expect(store.load("vin").problems.first { $0.file == "keymap" }?.suggestion == "vim")
  }
}
