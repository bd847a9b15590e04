import Home
import Replica
import Studio
import Workspace

extension EntryRow {
  /// What a line says to this question: an option, from 1, and the words of the answer. `1 and soon` is option 1
  /// with words to it.
  func answer(_ arguments: Arguments) throws -> (option: Int?, text: String) {
    let choices = choices
    var text = arguments.text("text") ?? ""
    var option = try arguments.number("option", in: 1...9)
    if option == nil, !choices.isEmpty {
      let first = text.prefix { $0 != " " }
      if let number = Int(first), choices.indices.contains(number - 1) {
        option = number
        text = FilterQuery.trimmed(String(text.dropFirst(first.count)))
      }
    }
    if let option {
      guard choices.indices.contains(option - 1) else {
        throw StudioError(
          "invalid_argument", "the question has \(choices.count) options", field: "option",
          value: "\(option)")
      }
      let label = choices[option - 1].label
      text = text.isEmpty ? label : "\(label): \(text)"
    }
    guard !text.isEmpty else {
      throw StudioError("missing_argument", "an answer needs TEXT or --option N", field: "text")
    }
    return (option, try Check.text(text, field: "text", limit: Limits.body))
  }
}
