import FourA
import Nostr
import Replica
import Studio
import Workspace

/// What a program is told of its question.
struct RunAnswer: Sendable, Equatable {
  enum State: String, Sendable {
    case answered
    case timedOut = "timed_out"
    /// It was not asked at all; `text` says why.
    case refused
  }

  var state: State
  /// For people, and for programs that want words: the answer, or the option's label.
  var text: String
  /// Ids of options.
  var choice: [String] = []
  /// Of a number or a yes and no.
  var value: JSON?
  /// Of an approval: `allow_once`, `allow_run` or `deny`.
  var decision: String?
  var by: String?
  /// Nobody answered, and it said itself what to go on with.
  var hasDefault = false

  var json: JSON {
    var object: JSONObject = ["state": .string(state.rawValue), "text": .string(text)]
    if !choice.isEmpty { object["choice"] = .array(choice.map { .string($0) }) }
    object["value"] = value
    object["decision"] = decision.map { .string($0) }
    if hasDefault { object["has_default"] = true }
    object["by"] = by.map { .string($0) }
    return .object(object)
  }

  var isAllowed: Bool { decision.map { $0.hasPrefix("allow") } ?? false }
}

extension RunQuestion {
  /// What an answer, or a comment that counts as one, says to it.
  func answer(_ entry: EntryRow, by name: String) -> RunAnswer {
    let object = entry.fabric.flatMap { try? JSON(parsing: $0) }.flatMap { Fabric($0) }
    let body = RunPrompt.plain(entry.body)
    var answer = RunAnswer(state: .answered, text: body, by: name)
    switch kind {
    case .approval:
      let decision = object?["decision"]?.string ?? ""
      // Whatever is no clear yes is a no.
      answer.decision = ["allow_once", "allow_run"].contains(decision) ? decision : "deny"
      if let message = object?["message"]?.string { answer.text = RunPrompt.plain(message, 2_000) }
    case .choice:
      let named = (object?["choice"]?.array ?? []).compactMap(\.string).filter { id in
        options.contains { sameBytes($0.id, id) }
      }
      let said = named.isEmpty ? Self.option(body, among: options).map { [$0.id] } ?? [] : named
      answer.choice = isMultiple ? said : Array(said.prefix(1))
      if !said.isEmpty { answer.text = answer.choice.map(label).joined(separator: ", ") }
    case .confirm:
      let isYes = object?["value"]?.bool ?? Self.confirms(body)
      answer.value = isYes.map { .bool($0) }
      if let isYes { answer.text = isYes ? "yes" : "no" }
    case .number:
      answer.value = object?["value"].flatMap { $0.number == nil ? nil : $0 }
      if answer.value == nil { answer.value = Double(body).map { .number($0) } }
    case .text: break
    }
    return answer
  }

  private static func confirms(_ text: String) -> Bool? {
    let word = text.lowercased().prefix { $0.isLetter }
    if ["yes", "y", "ok", "okay", "sure", "true", "ja", "oui", "si"].contains(word) { return true }
    if ["no", "n", "false", "nein", "non"].contains(word) { return false }
    return nil
  }

  /// What it is told when nobody has answered.
  var unanswered: RunAnswer {
    var answer = RunAnswer(state: .timedOut, text: "Nobody has answered in time.")
    switch timeout {
    case .fallback:
      answer.text = label(of: fallback ?? "")
      answer.hasDefault = true
      if kind == .choice { answer.choice = fallback.map { [$0] } ?? [] }
      if kind == .confirm { answer.value = Self.confirms(answer.text).map { .bool($0) } }
      if kind == .number { answer.value = Double(answer.text).map { .number($0) } }
    case .continue, .fail:
      if kind == .approval { answer.decision = "deny" }
    }
    return answer
  }
}
