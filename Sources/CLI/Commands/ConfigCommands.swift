import Home
import Nostr
import Panes
import Terminal
import Worker
import Workspace

extension Command {
  static let configuration: [Command] = [
    Command("config path", "where the configuration is") { invocation, _ in
      let home = try invocation.home()
      Output.result(
        [
          "config": .string(home.configFile), "data": .string(home.dataDirectory),
          "state": .string(home.stateDirectory),
        ], of: "config path", json: invocation.json)
      return 0
    },
    Command("config show", "the configuration in force") { invocation, _ in
      let configuration = try Configuration.load(from: try invocation.home())
      Output.result(
        [
          "name": .string(configuration.name),
          "relays": .array(configuration.effectiveRelays.map { .string($0) }),
          "listen": configuration.listen.map { .string($0) } ?? .null,
          "theme": .string(configuration.theme ?? ThemeStore.defaultName),
          "keymap": .string(configuration.keymap ?? KeymapStore.defaultName),
          "mouse": .string(configuration.mouse ?? "on"),
          "emoji": .string(configuration.emoji ?? "auto"),
          "notify": .string(configuration.notify ?? "auto"),
        ], of: "config show", json: invocation.json)
      return 0
    },
    Command("config check", "what is wrong in the configuration, line by line") { invocation, _ in
      let home = try invocation.home()
      let problems = Settings.check(home) + WorkerConfig.check(home)
      if invocation.json {
        Output.json(["ok": .bool(problems.isSound), "faults": .array(problems.map(\.json))])
      } else {
        Output.problems(problems, none: "the configuration is in order")
      }
      return problems.isSound ? 0 : 1
    },
  ]

  /// Completions for a shell, made from the table of commands.
  static let completion = Command(
    "completion", "completions for a shell",
    [.place("shell", "SHELL", "which shell", choices: ["bash", "zsh", "fish"])]
  ) { _, arguments in
    Output.text(try Completion.script(for: arguments.required("shell")))
    return 0
  }
}

/// Completion scripts, one line a command, so that they cannot drift from the parser.
enum Completion {
  static func script(for shell: String) -> String {
    let commands = Command.all.map(\.spec).filter { !$0.name.hasPrefix("_") && !$0.name.isEmpty }
    switch shell {
    case "fish": return fish(commands)
    case "zsh":
      return "#compdef studio\nautoload -U +X bashcompinit && bashcompinit\n" + bash(commands)
    default: return bash(commands)
    }
  }

  private static func bash(_ commands: [VerbSpec]) -> String {
    let cases = commands.map { spec in
      "    \"\(spec.name)\") words=\"\(options(spec).joined(separator: " "))\" ;;"
    }
    let names = Set(commands.map { $0.words[0] }).sorted().joined(separator: " ")
    let seconds = Dictionary(grouping: commands.filter { $0.words.count == 2 }) { $0.words[0] }
      .sorted { $0.key < $1.key }
      .map {
        "    \"\($0.key)\") words=\"\($0.value.map { $0.words[1] }.joined(separator: " "))\" ;;"
      }
    return """
      _studio() {
        local current="${COMP_WORDS[COMP_CWORD]}" words="" given=() word
        for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
          [[ $word == -* ]] || given+=("$word")
        done
        case "${given[0]:-}" in
          "") words="\(names)" ;;
      \(seconds.joined(separator: "\n"))
        esac
        case "${given[*]:0:2}" in
      \(cases.joined(separator: "\n"))
        esac
        COMPREPLY=($(compgen -W "$words --home --json --plain --script --help" -- "$current"))
      }
      complete -F _studio studio

      """
  }

  private static func fish(_ commands: [VerbSpec]) -> String {
    var lines: [String] = ["complete -c studio -f"]
    for spec in commands {
      let words = spec.words
      let summary = spec.summary.split(separator: "'", omittingEmptySubsequences: false)
        .joined(separator: "\\'")
      let condition =
        words.count == 1
        ? "__fish_use_subcommand"
        : "__fish_seen_subcommand_from \(words[0]); and not __fish_seen_subcommand_from \(words[1])"
      lines.append(
        "complete -c studio -n '\(condition)' -a '\(words[words.count - 1])' -d '\(summary)'")
      for option in options(spec) {
        lines.append(
          "complete -c studio -n '__fish_seen_subcommand_from \(words[words.count - 1])' -l '\(option.dropFirst(2))'"
        )
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func options(_ spec: VerbSpec) -> [String] {
    spec.parameters.flatMap { $0.form == .positional ? $0.choices : ["--\($0.name)"] }
  }
}
