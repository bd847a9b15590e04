import ConfigLines
import Home
import Nostr
import Panes
import Terminal
import Workspace

extension Command {
  static let themes: [Command] = [
    Command("theme list", "the themes there are, and which is chosen") { invocation, _ in
      let home = try invocation.home()
      let chosen = Settings.chosen(home).themes.names
      let rows = Settings.themes(of: home).list().map { theme -> JSON in
        [
          "name": .string(theme.name), "title": .string(theme.title),
          "background": theme.isDark.map { .string($0 ? "dark" : "light") } ?? .null,
          "origin": .string(theme.origin.rawValue), "file": .string(theme.file),
          "chosen": .bool(chosen.contains(theme.name)),
        ]
      }
      Output.result(["themes": .array(rows)], of: "theme list", json: invocation.json)
      return 0
    },
    Command(
      "theme check", "whether a theme can be read: contrast, colours, and what stands without them",
      [.place("theme", "NAME|FILE", "all of them unless given", required: false)]
    ) { invocation, arguments in
      let store = Settings.themes(of: try invocation.home())
      let sources: [(name: String, source: ConfigSource)]
      if let given = arguments.text("theme") {
        guard let source = ConfigSource.named(given, store.source) else {
          throw StudioError(
            "unknown_theme", "there is no theme or file “\(given)”", field: "theme", value: given,
            hint: nearest(given, among: store.list().map(\.name)).map { "perhaps \($0)" }
              ?? "studio theme list has them")
        }
        sources = [(given, source)]
      } else {
        sources = store.list().compactMap { theme in
          store.source(theme.name).map { (theme.name, $0) }
        }
      }
      var faults: [ConfigProblem] = []
      let rows = sources.map { name, source -> JSON in
        let report = store.check(source)
        faults += report.problems.filter { !faults.contains($0) }
        return [
          "name": .string(name), "ok": .bool(report.isSound),
          "lowest_contrast": report.lowestContrast.map { .number(($0 * 100).rounded(.down) / 100) }
            ?? .null,
        ]
      }
      if invocation.json {
        Output.json([
          "ok": .bool(faults.isSound), "themes": .array(rows),
          "faults": .array(faults.map(\.json)),
        ])
      } else {
        Output.problems(
          faults, none: sources.count == 1 ? "the theme is in order" : "the themes are in order")
      }
      return faults.isSound ? 0 : 1
    },
  ]
}

extension ConfigSource {
  /// A file by its path, or what a name stands for. A word with a slash or a dot is a path.
  static func named(_ word: String, _ source: (String) -> ConfigSource?) -> ConfigSource? {
    if word.contains("/") { return read(word) }
    return source(word) ?? (word.contains(".") ? read(word) : nil)
  }
}

extension [ConfigProblem] {
  /// Whether nothing has to be put right.
  var isSound: Bool { !contains { $0.severity == .error } }
}

extension ConfigProblem {
  var json: JSON {
    [
      "file": .string(file), "line": .integer(Int64(line)), "column": .integer(Int64(column)),
      "severity": .string(severity.rawValue), "message": .string(message),
      "suggestion": suggestion.map { .string($0) } ?? .null,
    ]
  }
}

extension Output {
  /// Each problem with its line and a mark under the word.
  static func problems(_ problems: [ConfigProblem], none: String) {
    for problem in problems {
      line(SafeText(untrustedMultiline: problem.description).string)
    }
    if problems.isEmpty { line(none) }
  }
}
