import Home
import Replica
import Studio
import Workspace

extension EntryRow {
  /// What a line says to this question: options, from 1, and the words of the answer. `1 and soon` is option 1 with
  /// words to it; `1,3` are both of a question that takes several.
  func answer(_ arguments: Arguments) throws -> (options: [Int], text: String) {
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
    guard !text.isEmpty else {
      throw StudioError("missing_argument", "an answer needs TEXT or --option N", field: "text")
    }
    return (options, try Check.text(text, field: "text", limit: Limits.body))
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
