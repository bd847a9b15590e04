import Panes
import Workspace

/// The manual page, made from the tables that parse: it cannot say what the program does not do.
enum Manual {
  static func page() -> String {
    var page = Page()
    page.line(".TH STUDIO 1 \"\" \"studio \(Program.version)\" \"User Commands\"")
    page.section("NAME")
    page.text("studio \\- a terminal workspace for teams of people and AI agents", escaped: true)
    page.section("SYNOPSIS")
    page.line(".B studio")
    page.text("[--home DIR] [--json] [--plain] [--script FILE] [COMMAND …]")
    page.section("DESCRIPTION")
    page.text(
      "Without a command it opens the workspace; in a home without an identity it asks a few questions first. "
        + "Where the terminal cannot place its cursor, and in a pipe, it works in lines; see PLAIN MODE."
    )
    page.section("OPTIONS")
    for (name, help) in Help.globalOptions { page.item(name, help) }
    page.section("COMMANDS")
    for command in Command.all where command.isShown {
      page.item(command.spec.usage, command.spec.summary)
      page.parameters(command.spec)
    }
    page.section("PLAIN MODE")
    page.text(
      "The lines of studio --plain, of a script, and of the command line in the workspace (:). Verbs take the "
        + "arguments that they take above. An ID left out is the card that is open, “.” says so, and the last text "
        + "is the rest of the line; options stand before it. These are the line's own:")
    for entry in LineTable().entries where entry.isOwn {
      page.item(entry.spec.lineUsage, entry.spec.summary)
      if case .own = entry.meaning { page.parameters(entry.spec) }
    }
    page.section("IN THE WORKSPACE")
    page.text("The commands of the panes, for keymaps and the command line. ? lists their keys.")
    for (name, help) in WorkspaceScreen.commands { page.item(name, help) }
    page.section("EXIT STATUS")
    for (status, meaning) in [
      ("0", "done"), ("1", "refused or failed; a line of a script was refused"), ("2", "bad usage"),
      ("3", "not reachable in time; what was accepted stays queued"), ("130", "interrupted"),
    ] { page.item(status, meaning) }
    page.section("ENVIRONMENT")
    page.item("STUDIO_HOME", "one directory for everything of one identity, as --home")
    page.item("STUDIO_CONN", "the connection that speaks or reads, as --conn")
    page.item("XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME", "where a home without --home lies")
    page.item("NO_COLOR, COLORTERM, TERM", "what the terminal can show")
    page.item("VISUAL, EDITOR", "the editor for long texts")
    page.section("FILES")
    page.item("studio.conf, keys.conf, views.conf, themes/, keymaps/", "the configuration")
    page.item("key.ncryptsec or key.nsec", "the secret key, with or without a passphrase")
    page.item("replica.sqlite", "everything that was received and written")
    return page.text
  }

  private struct Page {
    private(set) var text = ""

    mutating func line(_ line: String) { text += line + "\n" }
    mutating func section(_ name: String) { line(".SH \(name)") }

    mutating func text(_ words: String, escaped: Bool = false) {
      line(escaped ? words : Self.escaped(words))
    }

    mutating func item(_ name: String, _ words: String) {
      line(".TP")
      line(".B \(Self.escaped(name))")
      line(Self.escaped(words))
    }

    mutating func parameters(_ spec: VerbSpec) {
      for parameter in spec.parameters {
        let name = parameter.form == .positional ? parameter.placeholder : "--\(parameter.name)"
        let choices =
          parameter.choices.isEmpty ? "" : ": \(parameter.choices.joined(separator: ", "))"
        line(".br")
        line(Self.escaped("\(name)  \(parameter.help)\(choices)"))
      }
    }

    /// As text for roff: no line begins a request, and a hyphen can be copied.
    private static func escaped(_ words: String) -> String {
      var escaped = ""
      for character in words {
        switch character {
        case "\\": escaped += "\\e"
        case "-": escaped += "\\-"
        case "\n": escaped += " "
        default: escaped.append(character)
        }
      }
      return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&\(escaped)" : escaped
    }
  }
}

extension Command {
  /// Whether help lists it.
  var isShown: Bool { !spec.name.isEmpty && !spec.name.hasPrefix("_") }

  /// Help as a command, and the manual page.
  static let help = Command(
    "help", "what a command does; without one, all of them",
    [
      .place("command", "COMMAND", "its name", required: false, repeated: true),
      .flag("man", "the manual page, as roff"),
    ]
  ) { _, arguments in
    if arguments.flag("man") {
      Output.text(Manual.page())
      return 0
    }
    var words = arguments.texts("command")[...]
    if words.isEmpty {
      Output.text(Help.overview())
    } else if let command = try Command.find(in: &words, wantsHelp: true) {
      Output.text(Help.page(for: command.spec))
    }
    return 0
  }
}
