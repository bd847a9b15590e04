import ConfigLines
import Glibc
import Home
import Replica
import Terminal
import Workspace

/// Changing the configuration from within: themes by looking at them, files in the editor.
extension Shell {
  private var home: Home { workspace.home }

  // MARK: Themes

  func pickTheme() {
    let store = Settings.themes(of: home)
    let items = store.list().map { theme in
      let ground: SafeText = theme.isDark.map { $0 ? "dark" : "light" } ?? "any ground"
      return Picker<String>.Item(
        theme.name, SafeText(untrusted: theme.name, limit: 64), detail: ground)
    }
    let chosen = Settings.chosen(home).themes.name(isDark: isDark)
    overlays.append(.pick(Picker(title: "Theme", items: items, selected: chosen), .theme))
  }

  /// Everything in the theme under the bar.
  func preview(_ picker: Picker<String>, _ purpose: PickPurpose) {
    guard case .theme = purpose, let name = picker.current?.id else { return }
    useTheme(Settings.themes(of: home).load(name).theme)
  }

  func revertTheme() { useTheme(Settings.load(home, isDark: isDark).theme) }

  /// Writes the theme into studio.conf, where every other line stays as it is.
  func keepTheme(_ name: String) {
    let choice = Settings.chosen(home).themes.replacing(name, isDark: isDark)
    do {
      isConfiguring = true
      try set("theme", to: choice.text)
      revertTheme()
      say("theme \(SafeText(untrusted: choice.text, limit: 140))")
    } catch {
      revertTheme()
      complain(error)
    }
  }

  private func set(_ setting: String, to value: String) throws(StudioError) {
    // A link to elsewhere stays one.
    let path = Self.target(of: home.configFile)
    let bytes = try SystemCall.read(path, limit: ConfigSource.longest) ?? []
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw StudioError("invalid_config", "studio.conf is not UTF-8", field: "path", value: path)
    }
    try SystemCall.replace(
      path, with: Array(Configuration.text(text, with: setting, value).utf8), mode: 0o600)
  }

  private static func target(of path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  // MARK: Files

  private var files: [(name: String, path: String, about: SafeText)] {
    [
      ("keys", "\(home.configDirectory)/keys.conf", "your own keys"),
      ("studio", home.configFile, "name, relays, theme, keymap, mouse, notify, motion"),
      ("views", SavedViews.path(in: home), "filters that have a name"),
    ]
  }

  /// Opens a file of the configuration in the person's editor; what is saved there holds at once.
  func configure(_ name: String?) {
    guard let name else {
      let items = files.map {
        Picker<String>.Item($0.name, SafeText(untrusted: "\($0.name).conf"), detail: $0.about)
      }
      return overlays.append(
        .pick(Picker(title: "Edit configuration", items: items), .configuration))
    }
    guard let file = files.first(where: { $0.name == name || "\($0.name).conf" == name }) else {
      return say("there are keys, studio and views to edit", .toastWarning)
    }
    do {
      if access(file.path, F_OK) != 0 {
        try SystemCall.makeDirectory(home.configDirectory)
        let bytes =
          switch file.name {
          case "keys": Array(keysTemplate.utf8)
          case "views": SavedViews.initial
          default: [UInt8]()
          }
        try SystemCall.replace(file.path, with: bytes, mode: 0o600)
      }
      runEditor(on: file.path)
    } catch {
      complain(error)
    }
  }

  /// What keys.conf begins with: how a line is written, and every command with its keys now.
  private var keysTemplate: String {
    var lines = [
      "# Your own keys. They stand over the keymap that studio.conf names.",
      "# A line is: map CONTEXTS KEYS COMMAND. Take the # away and change the keys; what you save",
      "# holds at once. `studio keys check` looks for mistakes.", "",
    ]
    for context in PaneCommand.contexts.names {
      for entry in keymap.bindings(of: context) {
        guard let command = PaneCommand(rawValue: entry.binding.command) else { continue }
        let words = ([command.name] + entry.binding.arguments).joined(separator: " ")
        let map = "# map \(context.padded(to: 8)) \(keys(entry.steps).padded(to: 8)) "
        lines.append("\(map)\(words.padded(to: 22))  # \(command.help.string)")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// As a line of a keymap writes them.
  private func keys(_ steps: [Keymap.Step]) -> String {
    steps.map { $0 == .digit ? "digit" : $0.description }.joined(separator: " ")
  }

  /// What `?` says about binding a key.
  var ownKeys: [HelpOverlay.Line] {
    let path = SafeText(untrusted: files[0].path, limit: 400)
    let edit = keymap.keys(for: PaneCommand.configure.name, arguments: ["keys"], in: focus.rawValue)
    return [
      .init(keys: allKeys(of: .bindKey), meaning: "choose a command and press its key"),
      .init(
        keys: edit.map { SafeText(untrusted: $0) } ?? allKeys(of: .configure),
        meaning: "edit your keys; the file lists every command"),
      .init(keys: "a line is", meaning: "map board X card.edit"),
      .init(keys: "the file is", meaning: path),
    ]
  }

  // MARK: The first time

  /// Somebody whose editor is vi or Emacs is told once that there is a keymap for their hands.
  func offerKeymap() {
    let name = "tip.keymap"
    guard Configuration.isSilent(on: "keymap", in: home), access(files[0].path, F_OK) != 0,
      let editor = ["VISUAL", "EDITOR"].lazy.compactMap(variable).first,
      let program = ChildProgram.words(editor)?.first?.split(separator: "/").last,
      let keymap = ["vi", "nvim", "emacs"].first(where: { program.hasPrefix($0) }),
      (try? workspace.reader.setting(name)) == nil
    else { return }
    try? workspace.desk.setSetting(name, "told")
    let line: SafeText = keymap == "emacs" ? "keymap emacs" : "keymap vim"
    say("“\(line)” in studio.conf gives you the keys of your editor")
  }
}

extension Configuration {
  /// Whether a home's file leaves a setting to the default.
  fileprivate static func isSilent(on setting: String, in home: Home) -> Bool {
    guard let text = ConfigSource.read(home.configFile)?.text else { return true }
    return fault(of: setting, in: text, "") == nil
  }
}

extension String {
  fileprivate func padded(to columns: Int) -> String {
    self + String(repeating: " ", count: max(0, columns - unicodeScalars.count))
  }
}
