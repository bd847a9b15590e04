import Home
import Replica
import Terminal
import Workspace

/// Help, with the reason where something is not possible now.
extension PlainSession {
  /// Whether a command is possible now, as far as that can be told without its arguments.
  func ability(to entry: LineEntry) -> Ability {
    switch entry.meaning {
    case .own(.undo) where answers.held.isEmpty && undos.isEmpty:
      return .unable(because: "no answer is held, and nothing was moved")
    case .own(.more) where next == nil: return .unable(because: "nothing more to tell")
    case .own(.confirm) where unconfirmed == nil:
      return .unable(because: "nothing was asked back")
    case .own(.reply):
      return card == nil && channel == nil
        ? .unable(because: "no card and no channel is open") : writing
    case .own(.list): return room == nil ? noRoom : .able
    case .own(.answer), .own(.delete): return writing
    case .verb(let name):
      switch name {
      case "card create", "card edit", "card assign", "card status", "card delete", "comment",
        "ask", "post", "track create", "track close":
        // Another room may be named.
        return .able
      case "room invite", "room admit": return founding
      default: return .able
      }
    default: return .able
    }
  }

  private var noRoom: Ability { .unable(because: "this home is in no room yet") }

  private var writing: Ability {
    guard let room else { return noRoom }
    switch room.status {
    case "active": return .able
    case "pending": return .unable(because: "nobody has admitted you yet")
    case "closed": return .unable(because: "the room is closed")
    default: return .unable(because: "you have left the room")
    }
  }

  private var founding: Ability {
    guard let room else { return .able }
    return room.relation == .founded ? .able : .unable(because: "only who founded the room can")
  }

  func help(_ words: [String]) throws {
    if !words.isEmpty {
      guard let name = table.entries.map(\.spec).longest(in: words)?.name,
        let entry = table.named(name)
      else {
        throw StudioError.unknownCommand(
          words, among: table.entries.map(\.spec.name), otherwise: "help lists them")
      }
      return help(entry)
    }
    say("numbers and ids name things; “.” is what is open; a text can be “-”, and its lines follow")
    for entry in table.entries where !entry.isOfPanes {
      let reason: SafeText = ability(to: entry).refusal.map { " (not now: \($0))" } ?? ""
      say(
        "\(SafeText(untrusted: entry.spec.lineUsage)): \(SafeText(untrusted: entry.spec.summary))\(reason)"
      )
    }
  }

  private func help(_ entry: LineEntry) {
    say("\(SafeText(untrusted: entry.spec.lineUsage)): \(SafeText(untrusted: entry.spec.summary))")
    if let reason = ability(to: entry).refusal { sayUnder("not now: \(reason)") }
    for parameter in entry.spec.parameters {
      let name =
        parameter.form == .positional ? parameter.placeholder : "--\(parameter.name)"
      let choices =
        parameter.choices.isEmpty ? "" : ": \(parameter.choices.joined(separator: ", "))"
      sayUnder("\(SafeText(untrusted: name)), \(SafeText(untrusted: parameter.help + choices))")
    }
  }
}

extension LineEntry {
  var isOfPanes: Bool { if case .pane = meaning { true } else { false } }
}
