import Studio

/// What a line can do besides the verbs: each face does it in its way.
package enum LineCommand: String, CaseIterable, Sendable {
  case go, open, list, more, consent, reply, answer, confirm, undo, hold, delete
  case set, saveView = "save-view", drafts, send, discard, help, quit

  /// The line's own commands, and short names of verbs for what is open.
  static let entries: [LineEntry] =
    allCases.map { LineEntry($0.spec, .own($0)) } + shorthands

  package static let places = ["inbox", "board", "card", "chat", "agents", "drafts"]

  package var spec: VerbSpec {
    switch self {
    case .go:
      VerbSpec(
        rawValue, "go to a place",
        [.place("place", "PLACE", "where", choices: Self.places)])
    case .open:
      VerbSpec(
        rawValue, "open a card, or the card of a question; later commands mean it",
        [.place("id", "CARD", "its number, an event id or 8 of its characters, an address, or a d")]
      )
    case .list:
      VerbSpec(
        rawValue, "the cards that fit a filter",
        [
          .place("query", "QUERY", "words, is:open, agent:me …; none shows all", required: false),
          .option("view", "NAME", "a view of views.conf, instead of a filter"),
        ])
    case .consent:
      VerbSpec(
        rawValue, "all that an agent of this home would be told by a card, and whether it may be",
        [
          .place("id", "CARD", "the card that waits for consent"),
          .place(
            "decision", "DECISION", "tells what there is to decide unless given", required: false,
            choices: ["once", "always", "never"]),
          .option("days", "N", "of always: for so many days"),
          .option("per-day", "N", "of always: so many in 24 hours"),
          .flag("kind", "of always: cards of this one's kind alone"),
        ])
    case .more: VerbSpec(rawValue, "what comes after the list that was told last")
    case .reply:
      VerbSpec(
        rawValue, "say something on the card or in the channel that is open",
        [.place("text", "TEXT", "what to say")])
    case .answer:
      VerbSpec(
        rawValue, "answer a question; it is held for 5 seconds, and undo takes it back",
        [
          .place("id", "QUESTION", "its number or id"),
          .place(
            "text", "TEXT", "the number of an option, and words to it; or words alone",
            required: false),
          .option("option", "N", "the number of an option"),
          .option("adopt", "ANSWER", "what somebody suggests, by the id of their answer"),
          .flag("now", "do not hold it"), .room,
        ])
    case .confirm:
      VerbSpec(
        rawValue, "say yes to what was asked back, by the word that was named",
        [.place("word", "WORD", "the word")])
    case .undo:
      VerbSpec(
        rawValue,
        "take the newest held answer back; else undo what was last moved, assigned or allowed")
    case .hold:
      VerbSpec(
        rawValue, "how long answers are held; 0 sends them at once",
        [.place("seconds", "SECONDS", "0 to 60")])
    case .delete:
      VerbSpec(
        rawValue, "delete a card, after a word typed; its author alone can",
        [.place("id", "CARD", "the card")])
    case .set:
      VerbSpec(
        rawValue, "change a setting of studio.conf",
        [
          .place("setting", "SETTING", "which", choices: ["theme", "keymap", "name"]),
          .place("value", "TEXT", "its new value"),
        ])
    case .saveView:
      VerbSpec(
        rawValue, "keep a filter under a name in views.conf",
        [
          .place("name", "NAME", "1 to 40 letters, digits, “-” and “_”"),
          .place("query", "QUERY", "the filter; the one in force unless given", required: false),
        ])
    case .drafts: VerbSpec(rawValue, "what was written and not sent")
    case .send:
      VerbSpec(
        rawValue, "send a draft as it stands",
        [.place("number", "NUMBER", "as drafts tells it")])
    case .discard:
      VerbSpec(
        rawValue, "forget a draft, after a word typed",
        [.place("number", "NUMBER", "as drafts tells it")])
    case .help:
      VerbSpec(
        rawValue, "what can be done, and why not when it cannot; or how one command is used",
        [.place("command", "COMMAND", "of one command", required: false, repeated: true)])
    case .quit: VerbSpec(rawValue, "leave; what is held is sent")
    }
  }

  /// Names of verbs as they are said of what is open: their arguments are those of the verb.
  private static let short: [(name: String, verb: String)] = [
    ("assign", "card assign"), ("move", "card status"), ("show", "card show"),
    ("edit", "card edit"), ("channels", "channel list"), ("read", "channel read"),
    ("subscribe", "channel subscribe"), ("unsubscribe", "channel unsubscribe"),
    ("tracks", "track list"), ("questions", "question list"), ("rooms", "room list"),
    ("members", "room show"), ("invite", "room invite"), ("join", "room join"),
    ("admit", "room admit"), ("switch", "use"),
  ]

  private static var shorthands: [LineEntry] {
    var entries = short.compactMap { name, verb in
      Verbs.named(verb).map {
        LineEntry(VerbSpec(name, $0.spec.summary, $0.spec.parameters), .verb(verb))
      }
    }
    if let verb = Verbs.named("card create") {
      // The title is the rest of the line, and the track the chosen one.
      let others = verb.spec.parameters.filter { !["title", "track"].contains($0.name) }
      entries.append(
        LineEntry(
          VerbSpec(
            "new", "put a card on a track",
            [
              .option("track", "SLUG", "the track; the chosen one unless given"),
              .place("title", "TEXT", "1 to 200 characters"),
            ] + others), .verb("card create")))
    }
    return entries
  }
}
