/// What the word of an argument stands for: what completes it, and what may stand for it.
package enum LineValue: Sendable, Hashable {
  case card, question, post, member, claim, room, track, channel, query, view, command, word
}

extension VerbSpec {
  /// What a value of a parameter names.
  package func value(of parameter: Parameter) -> LineValue {
    switch (parameter.placeholder, parameter.name) {
    case ("WHO", _): name == "room admit" || name == "admit" ? .claim : .member
    case ("QUESTION", _): .question
    case ("CARD", _): .card
    case ("ID", "reply-to"): .post
    case ("ID", _): name == "answer" ? .question : .card
    case ("CHANNEL", _), ("NAME", "channel"): .channel
    case ("NAME", "view"), ("VIEW", _): .view
    case ("NAME", "name"): words[0] == "channel" ? .channel : .word
    case ("QUERY", _): .query
    case ("COMMAND", _): .command
    case ("SLUG", "room"): .room
    case ("SLUG", "slug"): name == "track close" ? .track : .word
    case ("SLUG", _): .track
    default: .word
    }
  }

  /// The parameter that takes the rest of a line as it stands: the last one given by its place, when it is a text.
  package var rest: Parameter? {
    guard let last = parameters.last(where: { $0.form == .positional }), !last.isRepeated,
      ["TEXT", "QUERY"].contains(last.placeholder)
    else { return nil }
    return last
  }
}
