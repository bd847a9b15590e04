import Workspace

/// Help for people, made from the same table that parses.
enum Help {
  /// What stands anywhere among the words of a command.
  static let globalOptions: [(name: String, help: String)] = [
    ("--home DIR", "the directory of one identity, instead of STUDIO_HOME or the XDG directories"),
    ("--json", "results and errors as JSON"),
    ("--plain", "the workspace as lines, for screen readers and pipes"),
    ("--script FILE", "the workspace as lines, which the file holds"),
    ("--help", "what a command does"), ("--version", "the version"),
  ]

  static func overview() -> String {
    var lines = [
      "studio — a terminal workspace for teams of people and AI agents", "",
      "usage: studio [--home DIR] [--json] [--plain] [--script FILE] [COMMAND …]", "",
      "Without a command it opens the workspace. Each command has --help.", "",
    ]
    let widest = globalOptions.map(\.name.count).max() ?? 0
    lines += globalOptions.map { "  \($0.name.padded(to: widest))  \($0.help)" } + [""]
    let width = Command.all.map(\.spec.name.count).max() ?? 0
    for command in Command.all where command.isShown {
      lines.append("  \(command.spec.name.padded(to: width))  \(command.spec.summary)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  static func page(for spec: VerbSpec) -> String {
    var lines = [spec.usage, "", spec.summary]
    let rows = spec.parameters.map { parameter in
      (
        parameter.form == .positional
          ? parameter.placeholder
          : "--\(parameter.name)\(parameter.placeholder.isEmpty ? "" : " \(parameter.placeholder)")",
        parameter.choices.isEmpty
          ? parameter.help : "\(parameter.help): \(parameter.choices.joined(separator: ", "))"
      )
    }
    if !rows.isEmpty {
      lines.append("")
      let width = rows.map(\.0.count).max() ?? 0
      lines += rows.map { "  \($0.0.padded(to: width))  \($0.1)" }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension String {
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
