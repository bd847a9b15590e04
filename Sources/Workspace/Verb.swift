package import Nostr

/// One thing that can be done with the workspace: named, described and checked once, and run by every face.
package struct Verb: Sendable {
  package let spec: VerbSpec
  /// Does it and returns the result object of the command line's contract.
  package let run: @Sendable (Workspace, Arguments) throws -> JSON

  /// The key that stands in a result, as `true`, when the time was up before all was done.
  package static let timedOut = "timed_out"

  package init(
    _ name: String, _ summary: String, _ parameters: [Parameter] = [],
    run: @escaping @Sendable (Workspace, Arguments) throws -> JSON
  ) {
    spec = VerbSpec(name, summary, parameters)
    self.run = run
  }
}

/// The words of a verb: what help, completion, the palette and the parser of arguments read.
package struct VerbSpec: Sendable {
  /// One to three words, such as `card create`.
  package let name: String
  package let summary: String
  package let parameters: [Parameter]

  package init(_ name: String, _ summary: String, _ parameters: [Parameter] = []) {
    self.name = name
    self.summary = summary
    self.parameters = parameters
  }

  /// The name as words.
  package var words: [String] { name.split(separator: " ").map(String.init) }

  /// `studio card create --track S --title TEXT [--body TEXT] …`
  package var usage: String { (["studio", name] + parameters.map(\.usage)).joined(separator: " ") }
}

/// One argument of a verb.
package struct Parameter: Sendable {
  /// How it is given.
  package enum Form: Sendable, Equatable {
    /// By its place.
    case positional
    /// `--name VALUE`.
    case option
    /// `--name`.
    case flag
    /// `--name` or `--name VALUE`, where the value looks like a number.
    case optionalNumber
  }

  package let name: String
  package let form: Form
  /// What the value is, in capitals, for usage lines.
  package let placeholder: String
  package let isRequired: Bool
  package let isRepeated: Bool
  /// The only values allowed, when there are few.
  package let choices: [String]
  package let help: String

  /// A value given by its place.
  package static func place(
    _ name: String, _ placeholder: String, _ help: String, required: Bool = true,
    repeated: Bool = false, choices: [String] = []
  ) -> Parameter {
    Parameter(
      name: name, form: .positional, placeholder: placeholder, isRequired: required,
      isRepeated: repeated, choices: choices, help: help)
  }

  /// `--name VALUE`.
  package static func option(
    _ name: String, _ placeholder: String, _ help: String, required: Bool = false,
    repeated: Bool = false, choices: [String] = []
  ) -> Parameter {
    Parameter(
      name: name, form: .option, placeholder: placeholder, isRequired: required,
      isRepeated: repeated, choices: choices, help: help)
  }

  /// `--name`.
  package static func flag(_ name: String, _ help: String) -> Parameter {
    Parameter(
      name: name, form: .flag, placeholder: "", isRequired: false, isRepeated: false, choices: [],
      help: help)
  }

  /// `--name [NUMBER]`.
  package static func optionalNumber(_ name: String, _ placeholder: String, _ help: String)
    -> Parameter
  {
    Parameter(
      name: name, form: .optionalNumber, placeholder: placeholder, isRequired: false,
      isRepeated: false, choices: [], help: help)
  }

  package var usage: String {
    let more = isRepeated ? "…" : ""
    switch form {
    case .positional: return isRequired ? "\(placeholder)\(more)" : "[\(placeholder)]\(more)"
    case .option:
      return isRequired ? "--\(name) \(placeholder)\(more)" : "[--\(name) \(placeholder)]\(more)"
    case .flag: return "[--\(name)]"
    case .optionalNumber: return "[--\(name) [\(placeholder)]]"
    }
  }
}
