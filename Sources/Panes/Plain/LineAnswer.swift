import Home
import Nostr
import Replica
import Studio
import Workspace

/// What a line says to a question.
struct LineAnswer {
  /// From 1; none for an answer in words.
  var options: [Int] = []
  /// What it decides about an approval.
  var decision: String?
  /// The words of the answer.
  var text: String
  /// Whose suggestion it takes up.
  var adopting: EventID?

  /// Whether it may let something happen: not words alone, and not what denies.
  var lets: Bool { !options.isEmpty || decision?.hasPrefix("allow") ?? false }
}

extension LineAnswer {
  /// What somebody suggests, as one's own word.
  init(adopting suggestion: EntryRow, to question: EntryRow) {
    let choice = SuggestedAnswer(suggestion, to: question)
    self.init(
      options: choice.options, decision: choice.decision, text: suggestion.body,
      adopting: suggestion.eventID)
  }
}

extension EntryRow {
  /// Reads the arguments of `answer`. `1 and soon` is option 1 with words to it; `1,3` are both of a question that
  /// takes several.
  func answer(_ arguments: Arguments) throws -> LineAnswer {
    if isApproval, choices.isEmpty { return try decision(arguments) }
    var text = arguments.text("text") ?? ""
    var options = try self.options(arguments)
    if options.isEmpty, let begun = numbers(beginning: text) {
      options = begun.options
      text = FilterQuery.trimmed(begun.rest)
    }
    if !options.isEmpty {
      let chosen = words(of: options)
      text = text.isEmpty ? chosen : "\(chosen): \(text)"
    }
    return LineAnswer(options: options, text: try Self.checked(text))
  }

  private static func checked(_ text: String) throws -> String {
    guard !text.isEmpty else {
      throw StudioError("missing_argument", "an answer needs TEXT or --option N", field: "text")
    }
    return try Check.text(text, field: "text", limit: Limits.body)
  }

  /// An answer to an approval that names no choices: by the number of a decision, or in words that begin with one.
  private func decision(_ arguments: Arguments) throws -> LineAnswer {
    let text = arguments.text("text") ?? ""
    let first = text.prefix { $0 != " " }
    guard let number = Int(arguments.text("option") ?? String(first)) else {
      return LineAnswer(decision: decision(saying: text), text: try Self.checked(text))
    }
    let decisions = decisions
    guard decisions.indices.contains(number - 1) else {
      throw StudioError(
        "invalid_argument", "there are \(decisions.count) ways to decide", field: "option",
        value: "\(number)")
    }
    let rest = FilterQuery.trimmed(
      arguments.text("option") == nil ? String(text.dropFirst(first.count)) : text)
    switch decisions[number - 1].id {
    case "allow_once":
      return LineAnswer(decision: "allow_once", text: rest.isEmpty ? "allowed once" : rest)
    case "allow_run":
      return LineAnswer(decision: "allow_run", text: rest.isEmpty ? "allowed for this run" : rest)
    case "reason" where rest.isEmpty:
      throw StudioError("missing_argument", "say why after the number", field: "text")
    default: return LineAnswer(decision: "deny", text: rest.isEmpty ? "denied" : rest)
    }
  }

  /// The numbers of options that a text begins with, and what follows; `nil` when it begins with words.
  private func numbers(beginning text: String) -> (options: [Int], rest: String)? {
    let first = text.prefix { $0 != " " }
    let parts = takesSeveral ? first.split(separator: ",") : [first]
    let numbers = parts.compactMap { Int($0) }
    guard !numbers.isEmpty, numbers.count == parts.count,
      numbers.allSatisfy({ choices.indices.contains($0 - 1) })
    else { return nil }
    return (Set(numbers).sorted(), String(text.dropFirst(first.count)))
  }
}
