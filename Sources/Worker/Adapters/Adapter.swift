/// How a program is run as an agent: a file `NAME.adapter` of the same lines as themes and keymaps.
///
/// ```
/// adapter  claude
/// argv     claude -p --output-format stream-json --session-id {session}
/// resume   claude -p --output-format stream-json --resume {session}
/// also-if  budget  --max-budget-usd {budget}
/// parser   claude-stream
/// env_pass ANTHROPIC_API_KEY
/// stop     int
/// ```
/// `argv` and `resume` may stand in several lines, `also` goes on with both; with `-if NAME` a line counts only when
/// NAME is set.
/// The prompt is never among the words: it is the program's standard input.
package struct Adapter: Sendable, Equatable {
  /// Words that are there always, or only when a name has a value.
  package struct Words: Sendable, Equatable {
    package let condition: String?
    package let words: [String]

    package init(_ words: [String], if condition: String? = nil) {
      self.words = words
      self.condition = condition
    }
  }

  package var name: String
  package var argv: [Words] = []
  /// Empty when the program cannot go on with a session: a question then holds the process.
  package var resume: [Words] = []
  package var parser = ParserKind.lines
  /// Variables that it gets from the worker's own environment; their values count as secrets.
  package var passes: [String] = []
  /// Variables with their values.
  package var environment: [String: String] = [:]
  package var stop = RunSpec.PoliteStop.term
  /// The file of its last message, relative to the run's directory.
  package var lastMessage: String?
  /// Seconds; nil for what the profile says.
  package var firstOutput: Double?
  package var idle: Double?
  /// Words that show whether the program is there, such as `claude --version`.
  package var check: [String] = []

  package init(name: String) { self.name = name }

  package var isResumable: Bool { !resume.isEmpty }
  /// Whether it can go on only with a session that is known by its name.
  package var needsSession: Bool { Self.names("{session}", resume) }
  /// Whether we give the session its name, rather than its program.
  package var givesSession: Bool { Self.names("{session}", argv) }

  private static func names(_ placeholder: String, _ parts: [Words]) -> Bool {
    parts.contains { $0.words.contains { $0.contains(placeholder) } }
  }

  /// The names that may stand in braces: `{run}` is the run's directory, `{work}` where the program begins,
  /// `{session}` a UUID, `{command}` the words of `command` in `worker.conf`; the others come from there too.
  package static let placeholders = [
    "run", "work", "session", "command", "budget", "max_turns", "model", "perm", "sandbox",
  ]

  /// The words to start the program with, every placeholder replaced.
  ///
  /// - Parameter command: the words that a word `{command}` stands for.
  /// - Throws: the first name that has no value.
  package func words(
    _ mode: RunSpec.Mode, _ values: [String: String], command: [String] = []
  ) throws(MissingValue) -> [String] {
    var out: [String] = []
    for part in mode == .start ? argv : resume {
      if let condition = part.condition, values[condition] == nil { continue }
      for word in part.words {
        if word == "{command}" {
          guard !command.isEmpty else { throw MissingValue(name: "command") }
          out += command
        } else {
          out.append(try Self.fill(word, values))
        }
      }
    }
    return out
  }

  /// A placeholder without a value.
  package struct MissingValue: Error, Equatable { package let name: String }

  private static func fill(
    _ word: String, _ values: [String: String]
  ) throws(MissingValue) -> String {
    var out = ""
    var rest = word[...]
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      let name = String(rest[rest.index(after: open)..<close])
      out += rest[..<open]
      rest = rest[rest.index(after: close)...]
      if placeholders.contains(name) {
        guard let value = values[name] else { throw MissingValue(name: name) }
        out += value
      } else {
        out += "{\(name)}"
      }
    }
    return out + rest
  }
}
