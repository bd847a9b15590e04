import Home
import Workspace

extension Command {
  /// Scripts that ask this program what a word could become.
  static let completion: [Command] = [
    Command(
      "completion", "completions for a shell",
      [.place("shell", "SHELL", "which shell", choices: ["bash", "zsh", "fish"])]
    ) { _, arguments in
      Output.text(Completion.script(for: try arguments.required("shell")))
      return 0
    },
    Command(
      "_complete", "what the last of some words could become, one a line",
      [
        .flag("described", "with what each means behind a tab"),
        .place("words", "WORD", "what was typed", required: false, repeated: true),
      ]
    ) { invocation, arguments in
      let found = Completion.candidates(for: arguments.texts("words"), invocation)
      for candidate in found {
        let isDescribed = arguments.flag("described") && !candidate.detail.isEmpty
        Output.line(isDescribed ? "\(candidate.text)\t\(candidate.detail)" : candidate.text)
      }
      return 0
    },
  ]
}

/// What a shell is told. The scripts hold no command and no name: they cannot drift from the parser, nor from what
/// is in the room.
enum Completion {
  static func script(for shell: String) -> String {
    switch shell {
    case "fish":
      return """
        function __studio_complete
          set -l words (commandline -opc) (commandline -ct)
          $words[1] _complete --described -- $words[2..-1] 2>/dev/null
        end
        complete -c studio -f -a '(__studio_complete)'

        """
    case "zsh":
      return "#compdef studio\nautoload -U +X bashcompinit && bashcompinit\n" + bash
    default: return bash
    }
  }

  /// Without a candidate the shell completes files. A colon belongs to a word, as in is:open.
  private static let bash = """
    COMP_WORDBREAKS=${COMP_WORDBREAKS//:/}
    _studio() {
      local IFS=$'\\n'
      COMPREPLY=($("${COMP_WORDS[0]}" _complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
    }
    complete -o default -F _studio studio

    """

  /// The ways to go on from the last word, in the home that the words name. Starts no engine.
  static func candidates(
    for words: [String], _ invocation: Invocation
  ) -> [LineCompletion.Candidate] {
    guard let last = words.last else { return [] }
    var invocation = invocation
    var done = words.dropLast()[...]
    guard (try? invocation.takeGlobalOptions(from: &done)) != nil else { return [] }
    let table = LineTable(of: Command.all.map(\.spec).filter { !$0.name.hasPrefix("_") })
    let workspace = try? Workspace(home: invocation.home(), unlock: { "" })
    let here = workspace?.vocabulary(in: try? workspace?.room()) ?? LineVocabulary()
    // What was typed stands in the line as it is; the words before it as they would be written there.
    let line = (done.map { LineWords.quoting($0) } + [last]).joined(separator: " ")
    let completion = LineCompletion(line, in: table, here)
    let kept = String(String.UnicodeScalarView(last.unicodeScalars.dropLast(completion.length)))
    var found = completion.candidates.map {
      LineCompletion.Candidate(kept + $0.text, oneLine($0.detail))
    }
    if last.hasPrefix("--") {
      found += Help.globalOptions.map { ($0.name.split(separator: " ")[0], $0.help) }
        .filter { $0.0.hasPrefix(last) }.map { .init(String($0.0), $0.1) }
    }
    // A shell would run a line break in a name, or show it as another candidate.
    return found.filter { !$0.text.unicodeScalars.contains { $0.value < 0x20 } }
  }

  /// What others wrote may hold anything.
  private static func oneLine(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.prefix(80).map { $0.properties.generalCategory == .control ? " " : $0 })
    )
  }
}
