import Workspace

/// Help for people, made from the same table that parses.
enum Help {
  static func overview() -> String {
    var lines = [
      "studio — a terminal workspace for teams of people and AI agents", "",
      "usage: studio [--home DIR] [--json] [--plain] [COMMAND …]", "",
      "Without a command it opens the workspace. Each command has --help.", "",
    ]
    let width = Command.all.map(\.spec.name.count).max() ?? 0
    for command in Command.all where !command.spec.name.isEmpty && !command.spec.name.hasPrefix("_")
    {
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
