package import ConfigLines
package import Home
import Nostr
package import Terminal
import Workspace

/// How a home's workspace looks and which keys it has: `studio.conf`, `keys.conf` and the themes
/// and keymaps they name; and what is wrong in them and in `views.conf`. A value; load it again after a file has changed.
package struct Settings: Sendable {
  package let theme: Theme
  package let keymap: Keymap
  /// When posts count as read.
  package let readTrigger: ReadTrigger
  /// Which themes suit a dark and a light ground.
  package let themes: ThemeChoice
  /// Clicks and the wheel are the workspace's.
  package let mouse: Bool
  /// The sign of who works turns.
  package let motion: Bool
  package let emoji: Emoji
  package let notify: Notify
  /// What is wrong in the files. Every problem costs one line.
  package let problems: [ConfigProblem]

  /// How clusters are drawn.
  package enum Emoji: String, Sendable {
    /// As the terminal shows that it can.
    case auto
    /// Reduced to what is right everywhere.
    case plain
    /// No sign that is not ASCII.
    case ascii
  }

  /// How the person is told of what happens while the terminal is out of sight.
  package struct Notify: Hashable, Sendable {
    package let channel: NotificationChannel
    /// The program and its words, for `command`.
    package let program: [String]
  }

  /// Never fails: what cannot be read leaves the default.
  ///
  /// - Parameter isDark: the ground of the terminal, which chooses among two themes.
  package static func load(_ home: Home, isDark: Bool? = nil) -> Settings {
    let file = ConfigFile(home)
    let store = themes(of: home)
    let chosen = file.themes.name(isDark: isDark)
    let (theme, chosenProblems) = store.load(chosen)
    let others = file.themes.names.filter { !sameBytes($0, chosen) }
    let themeProblems = chosenProblems + others.flatMap { store.load($0).problems }
    let (keymap, keyProblems) = keymaps(of: home).load(file.keymap)
    return Settings(
      theme: theme, keymap: keymap, readTrigger: file.readTrigger, themes: file.themes,
      mouse: file.mouse, motion: file.motion, emoji: file.emoji, notify: file.notify,
      problems: file.problems + file.placed(themeProblems + keyProblems) + views(of: home))
  }

  /// What is wrong in `views.conf`.
  private static func views(of home: Home) -> [ConfigProblem] {
    let path = SavedViews.path(in: home)
    do throws(StudioError) {
      return try SavedViews.load(from: home).faults.map { fault in
        ConfigProblem(
          file: path, line: fault.line, column: fault.column, length: fault.length,
          message: fault.message, suggestion: fault.suggestion,
          source: SafeText(untrusted: fault.source, limit: 1_000).string)
      }
    } catch {
      return [ConfigProblem(file: path, message: error.message, skipsLine: false)]
    }
  }

  /// One line about the problems that cost a line; `nil` without any.
  package var trouble: SafeText? {
    let errors = problems.filter { $0.severity == .error }
    guard let first = errors.first ?? problems.first(where: { $0.severity == .warning }) else {
      return nil
    }
    let more = errors.count > 1 ? " (and \(errors.count - 1) more: studio config check)" : ""
    return SafeText(untrusted: first.summary + more)
  }

  /// Everything that is wrong in the configuration of a home: `studio.conf`, `keys.conf` or the
  /// keymap in force, and every theme and keymap of the person's own.
  package static func check(_ home: Home) -> [ConfigProblem] {
    let file = ConfigFile(home)
    let (themes, keymaps) = (themes(of: home), keymaps(of: home))
    var found = file.problems
    for name in file.themes.names { found += file.placed(themes.load(name).problems) }
    found += file.placed(keymaps.check(named: file.keymap))
    for theme in themes.list() where theme.origin == .user {
      if let source = themes.source(theme.name) { found += themes.check(source).problems }
    }
    for keymap in keymaps.list() where keymap.origin == .user {
      if let source = keymaps.source(keymap.name) { found += keymaps.check(source) }
    }
    found += views(of: home)
    var seen: Set<ConfigProblem> = []
    // A note on a file that ships is nothing that the person could put right.
    let own = home.configDirectory + "/"
    let each = found.filter {
      ($0.severity != .note || $0.file.hasPrefix(own)) && seen.insert($0).inserted
    }
    return each.filter { $0.file == home.configFile } + each.filter { $0.file != home.configFile }
  }

  /// The themes a home can choose from.
  package static func themes(of home: Home) -> ThemeStore {
    ThemeStore(places: ConfigPlaces(user: home.configDirectory))
  }

  /// The keymaps a home can choose from, with its own keys.
  package static func keymaps(of home: Home) -> KeymapStore {
    KeymapStore(
      places: ConfigPlaces(user: home.configDirectory), commands: PaneCommand.names,
      palette: Set(PaneCommand.allCases.filter(\.isInPalette).map(\.name)),
      contexts: PaneCommand.contexts, guaranteed: PaneCommand.guaranteed)
  }

  /// The names that `studio.conf` chooses, or the defaults.
  package static func chosen(_ home: Home) -> (themes: ThemeChoice, keymap: String) {
    let file = ConfigFile(home)
    return (file.themes, file.keymap)
  }
}

/// `studio.conf` as far as it says what this program looks like.
private struct ConfigFile {
  let themes: ThemeChoice
  let keymap: String
  let readTrigger: ReadTrigger
  let mouse: Bool
  let motion: Bool
  let emoji: Settings.Emoji
  let notify: Settings.Notify
  let problems: [ConfigProblem]
  private let path: String
  private let text: String

  init(_ home: Home) {
    path = home.configFile
    let source = ConfigSource.read(path)
    text = source?.text ?? ""
    let configuration = Configuration(parsing: text)
    themes = ThemeChoice(configuration.theme ?? ThemeStore.defaultName)
    keymap = configuration.keymap ?? KeymapStore.defaultName
    readTrigger = configuration.readTrigger.flatMap(ReadTrigger.init) ?? .focused
    mouse = configuration.mouse != "off"
    motion = configuration.motion == "on"
    emoji = configuration.emoji.flatMap(Settings.Emoji.init) ?? .auto
    let words = configuration.notify.flatMap(ChildProgram.words) ?? []
    notify = Settings.Notify(
      channel: words.first.flatMap(NotificationChannel.init) ?? .auto,
      program: Array(words.dropFirst()))
    let path = path
    let unread = source?.failure.map {
      ConfigProblem(file: path, message: $0, skipsLine: false)
    }
    problems =
      (unread.map { [$0] } ?? []) + configuration.faults.map { Self.problem($0, path) }
  }

  /// Problems of a name belong to the line that chose it.
  func placed(_ problems: [ConfigProblem]) -> [ConfigProblem] {
    problems.map { problem in
      guard ["theme", "keymap"].contains(problem.file),
        let fault = Configuration.fault(of: problem.file, in: text, problem.message)
      else { return problem }
      return Self.problem(fault, path, suggestion: problem.suggestion)
    }
  }

  private static func problem(
    _ fault: Configuration.Fault, _ path: String, suggestion: String? = nil
  ) -> ConfigProblem {
    let isKnown = Configuration.settings.contains(fault.word) || suggestion != nil
    return ConfigProblem(
      file: path, line: fault.line, column: fault.column,
      length: fault.word.unicodeScalars.count, message: fault.message,
      suggestion: isKnown ? suggestion : nearest(fault.word, among: Configuration.settings),
      source: SafeText(untrusted: fault.source).string)
  }
}
