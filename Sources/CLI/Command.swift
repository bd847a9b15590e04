import Home
import Nostr
import Workspace

/// One subcommand: the words of a verb and how this program runs it.
struct Command: Sendable {
  let spec: VerbSpec
  let run: @Sendable (Invocation, Arguments) throws -> Int32

  init(
    _ name: String, _ summary: String, _ parameters: [Parameter] = [],
    run: @escaping @Sendable (Invocation, Arguments) throws -> Int32
  ) {
    spec = VerbSpec(name, summary, parameters)
    self.run = run
  }

  /// A verb of the workspace, run the same way for all of them.
  init(_ verb: Verb) {
    spec = verb.spec
    run = { invocation, arguments in
      let arguments = try Secrets.readingStandardInput(arguments, for: verb.spec)
      let workspace = try invocation.workspace()
      let result = try verb.run(workspace, arguments)
      let names = { (try? workspace.memberNames()) ?? [:] }
      // A reader that went away has read nothing.
      if Output.deliver(result, json: invocation.json, names: names) {
        try workspace.resultWasWritten()
      }
      return Output.exitStatus(of: result)
    }
  }

  /// Every command, those of the process first, then the workspace's verbs.
  static let all: [Command] = processCommands + Verbs.all.map(Command.init)

  /// Takes the longest command name off the front of the words.
  ///
  /// - Returns: `nil` when only help was asked for; without any word, what opens the workspace.
  /// - Throws: `unknown_command`, with the nearest names as the hint.
  static func find(in words: inout ArraySlice<String>, wantsHelp: Bool) throws -> Command? {
    if words.isEmpty { return wantsHelp ? nil : openWorkspace }
    let given = Array(words)
    guard let name = all.map(\.spec).longest(in: given)?.name,
      let best = all.first(where: { $0.spec.name == name })
    else {
      throw StudioError.unknownCommand(
        given, among: all.map(\.spec.name).filter { !$0.hasPrefix("_") },
        otherwise: "studio --help lists them")
    }
    words = words.dropFirst(best.spec.words.count)
    return best
  }
}
