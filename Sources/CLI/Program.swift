import Glibc
import Home
import Nostr
import Workspace

/// The executable: finds the command in the words it was given, runs it, and ends with its exit status.
enum Program {
  static let version = "0.1.0"

  static func run(_ words: [String]) -> Int32 {
    Interruption.install()
    var words = words[...]
    var invocation = Invocation()
    do {
      try invocation.takeGlobalOptions(from: &words)
      if invocation.wantsVersion {
        if invocation.json {
          Output.json(["version": .string(version)])
        } else {
          Output.line("studio \(version)")
        }
        return 0
      }
      guard let command = try Command.find(in: &words, wantsHelp: invocation.wantsHelp) else {
        Output.text(Help.overview())
        return 0
      }
      if invocation.wantsHelp {
        Output.text(Help.page(for: command.spec))
        return 0
      }
      let arguments = try command.spec.parse(words)
      return try command.run(invocation, arguments)
    } catch {
      return Output.fail(error, json: invocation.json)
    }
  }
}

/// What stands before, or anywhere among, a command's own words.
struct Invocation {
  var homeOption: String?
  var json = false
  var plain = false
  /// Lines to do, for what opens the workspace.
  var script: String?
  var wantsHelp = false
  var wantsVersion = false

  /// Takes `--home DIR`, `--json`, `--plain`, `--script FILE`, `--help` and `--version` out of the words, up to `--`.
  mutating func takeGlobalOptions(from words: inout ArraySlice<String>) throws {
    var rest: [String] = []
    while let word = words.popFirst() {
      switch word {
      case "--home":
        guard let directory = words.popFirst(), !directory.isEmpty else {
          throw StudioError("missing_argument", "--home needs a directory", field: "home")
        }
        homeOption = directory
      case _ where word.hasPrefix("--home="): homeOption = String(word.dropFirst(7))
      case "--script":
        guard let file = words.popFirst(), !file.isEmpty else {
          throw StudioError("missing_argument", "--script needs a file", field: "script")
        }
        script = file
      case _ where word.hasPrefix("--script="): script = String(word.dropFirst(9))
      case "--json": json = true
      case "--plain": plain = true
      case "--help", "-h": wantsHelp = true
      case "--version": wantsVersion = true
      case "--":
        rest.append(word)
        rest += words
        words = []
      default: rest.append(word)
      }
    }
    words = rest[...]
  }

  func home() throws -> Home { try Home(option: homeOption) }

  /// Opens the home for a verb, with its engine running.
  func workspace() throws -> Workspace {
    let home = try home()
    return try Workspace(home: home, unlock: { try Secrets.passphrase(prompt: "Passphrase: ") })
  }
}
