import FourA
import Home
import Nostr
package import Replica
import Studio

extension Verbs {
  static let conversation: [Verb] = [
    Verb(
      "comment", "say something on a card",
      [
        .id, .place("text", "TEXT", "what to say; - reads it from standard input"),
        .option("intent", "INTENT", "what kind of remark it is, such as agree or progress"),
        .option("reply-to", "ID", "the comment it answers"), .mention, .connection, .room, .wait,
      ]
    ) { workspace, arguments in
      let card = try workspace.card(arguments)
      let text = try Check.text(try arguments.required("text"), field: "text", limit: Limits.body)
      if let intent = arguments.text("intent"), intent == Comment.statusChangeIntent {
        throw StudioError(
          "invalid_argument", "a status change is its own command", field: "intent", value: intent,
          hint: "studio card status ID STATUS")
      }
      guard let room = try workspace.reader.room(card.room) else {
        throw StudioError("internal_error", "the room is missing")
      }
      let connection = try workspace.connection(arguments)
      var fabric = Fabric(type: "comment", connection: connection?.text)
        .setting("addr", .string(card.address))
        .mentioning(try workspace.mentions(arguments.texts("mention"), in: room))
      if let id = arguments.text("reply-to") {
        let earlier = try workspace.object(
          id, kinds: [30533, 30534, 30535], in: room, field: "reply-to")
        fabric = fabric.setting(
          "reply_to", .string(try workspace.reader.entry(earlier.id)?.eventID.hex ?? id))
      }
      let comment = Comment(
        target: TargetReference(card.eventID), body: text, intent: arguments.text("intent"),
        createdBy: workspace.me.hex, fabric: fabric)
      let seen = try workspace.reader.threadEnd(of: card.id, limit: 1).first?.createdAt
      return try workspace.post(
        .comment(comment), d: DTag.comment(target: card.eventID),
        after: workspace.standing(after: seen), in: room, through: connection, arguments)
    },
    Verb(
      "ask", "ask the room a question",
      [
        .place("text", "TEXT", "the question; - reads it from standard input"),
        .option("card", "ID", "the card it is about"),
        .option("track", "SLUG", "the track it is about"),
        .option("option", "TEXT", "an answer to choose from", repeated: true),
        .flag("multi", "several of them may be chosen"),
        .flag("blocking", "work waits for the answer"), .mention, .connection, .room, .wait,
      ]
    ) { workspace, arguments in
      let about = try arguments.text("card").map { id in
        try workspace.card(Arguments(id: id, room: arguments.text("room")), field: "card")
      }
      let room =
        try about.flatMap { try workspace.reader.room($0.room) }
        ?? workspace.room(arguments.text("room"))
      let text = try Check.text(try arguments.required("text"), field: "text", limit: Limits.body)
      let options = arguments.texts("option")
      guard options.count <= 9 else {
        throw StudioError("invalid_argument", "a question has at most 9 options", field: "option")
      }
      guard !arguments.flag("multi") || options.count > 1 else {
        throw StudioError(
          "invalid_argument", "to choose several there must be several", field: "multi",
          hint: "give --option twice or more")
      }
      let track = try arguments.text("track").map {
        try Check.slug($0, field: "track", lengths: 1...64)
      }
      let connection = try workspace.connection(arguments)
      let question = Question(
        body: text, track: track ?? about?.track,
        tags: arguments.flag("blocking") ? ["blocking"] : [], createdBy: workspace.me.hex,
        fabric: Verbs.questionFabric(
          about: about, options: options, several: arguments.flag("multi"),
          blocking: arguments.flag("blocking"), by: connection
        ).mentioning(try workspace.mentions(arguments.texts("mention"), in: room)))
      return try workspace.post(
        .question(question), d: DTag.question(body: text), in: room, through: connection, arguments)
    },
    Verb(
      "question list", "questions, the newest first",
      [
        .flag("open", "only those without an answer"), .option("limit", "N", "50 unless given"),
        .room,
      ]
    ) { workspace, arguments in
      let room = try workspace.room(arguments.text("room"))
      let limit = try arguments.number("limit", in: 1...10_000) ?? 50
      let rows = try workspace.reader.questions(
        room.id, openOnly: arguments.flag("open"), limit: limit)
      return ["questions": .array(try rows.map { try workspace.questionJSON($0) })]
    },
    Verb(
      "answer", "answer a question",
      [
        .id, .place("text", "TEXT", "the answer; - reads it from standard input", required: false),
        .option(
          "option", "N",
          "choose the question's option number N, from 1; several where it takes them",
          repeated: true),
        .option(
          "decision", "DECISION", "what it decides about an approval",
          choices: Approval.allCases.map(\.rawValue)),
        .option(
          "adopt", "ANSWER",
          "say what somebody suggests who may not answer: the id of their answer, instead of TEXT"),
        .connection, .room, .wait,
      ]
    ) { workspace, arguments in
      let id = try arguments.required("id")
      let room =
        try arguments.text("room").map { try workspace.room($0) } ?? (try? workspace.room())
      let object = try workspace.object(id, kinds: [30534], in: room, field: "id")
      guard let row = try workspace.reader.entry(object.id),
        let home = try workspace.reader.room(row.room)
      else {
        throw StudioError(
          "reference_not_found", "there is no question “\(id)”", field: "id", value: id)
      }
      let adopted = try workspace.suggestion(arguments, for: row)
      let suggested = adopted.map { SuggestedAnswer($0, to: row) }
      let options = try suggested?.options ?? row.options(arguments)
      let stated =
        (suggested == nil ? arguments.text("decision") : suggested?.decision)
        .flatMap { Approval(rawValue: $0) }
      guard
        let text = adopted?.body ?? arguments.text("text")
          ?? (options.isEmpty ? nil : row.words(of: options))
          ?? stated?.words
      else {
        throw StudioError("missing_argument", "an answer needs TEXT or --option N", field: "text")
      }
      let connection = try workspace.connection(arguments)
      var fabric = connection.map { Fabric(type: "answer", connection: $0.text) }
      if !options.isEmpty {
        let choices = row.choices
        fabric = (fabric ?? Fabric(type: "answer"))
          .setting("choice", .array(options.map { .string(choices[$0 - 1].id) }))
      }
      if let adopted {
        fabric = (fabric ?? Fabric(type: "answer"))
          .setting("adopts", .string(adopted.eventID.hex))
      }
      if let approval = try Approval.decided(
        row, stated, choice: options.first.map { row.choices[$0 - 1] }, text)
      {
        fabric = (fabric ?? Fabric(type: "answer"))
          .setting("decision", .string(approval.decision.rawValue))
          .setting("digest", approval.digest.map { .string($0) })
      }
      let answer = Answer(
        target: TargetReference(row.eventID),
        body: try Check.text(text, field: "text", limit: Limits.body), createdBy: workspace.me.hex,
        fabric: fabric)
      return try workspace.post(
        .answer(answer), d: DTag.answer(question: row.eventID),
        after: workspace.standing(after: row.createdAt), in: home, through: connection, arguments)
    },
  ]

  /// The machine's half of a question: what it is about and what there is to choose (agents 2.13).
  private static func questionFabric(
    about: CardRow?, options: [String], several: Bool, blocking: Bool, by connection: ConnectionID?
  ) -> Fabric {
    var fields: JSONObject = [
      "kind": options.isEmpty ? "text" : "choice", "blocking": .bool(blocking),
    ]
    if let about {
      fields["addr"] = .string(about.address)
      fields["card"] = .string(about.eventID.hex)
    }
    if several { fields["multi"] = true }
    if !options.isEmpty {
      fields["options"] = .array(
        options.enumerated().map {
          ["id": .string("\($0.offset + 1)"), "label": .string($0.element)]
        })
    }
    return Fabric(type: "question", connection: connection?.text, fields: fields)
  }

  static let looking: [Verb] = [
    Verb(
      "search", "full text over everything decrypted",
      [
        .place("query", "QUERY", "words, and as in card list what their cards must be like"),
        .option("limit", "N", "50 unless given"), .room,
      ]
    ) { workspace, arguments in
      let room = try arguments.text("room").map { try workspace.room($0) }
      let limit = try arguments.number("limit", in: 1...1000) ?? 50
      let text = try arguments.required("query")
      let rooms = try room.map { [$0.id] } ?? workspace.reader.rooms().map(\.id)
      let (terms, condition) = try workspace.reading(text, field: "query") { query in
        try query.search(in: workspace.filterContext(rooms), workspace.reader)
      }
      let hits = try workspace.reader.search(
        terms, where: condition, rooms: rooms, limit: limit, me: workspace.me)
      return ["hits": .array(hits.map(\.json))]
    },
    Verb(
      "log", "who signed what, when, and what came of it",
      [
        .place("id", "ID", "one card, question or event", required: false),
        .option("limit", "N", "100 unless given"), .room,
      ]
    ) { workspace, arguments in
      let limit = try arguments.number("limit", in: 1...10_000) ?? 100
      let room = try arguments.text("room").map { try workspace.room($0) }
      let object = try arguments.text("id").map {
        try workspace.object(
          $0, kinds: [30530, 30531, 30533, 30534, 30535, 30536], in: room, field: "id")
      }
      let rows =
        if let object {
          object.kind == 30530
            ? try workspace.reader.log(ofThread: object.id, limit: limit)
            : try workspace.reader.log(object: object.id, limit: limit)
        } else {
          try workspace.reader.log(room: room?.id ?? workspace.room().id, limit: limit)
        }
      return ["events": .array(rows.map(\.json))]
    },
    Verb(
      "state-hash", "digest of the folded state, equal on every member that holds the same events",
      [.room]
    ) {
      workspace, arguments in
      let room = try arguments.text("room").map { try workspace.room($0) }
      let state = try workspace.reader.stateHash(room: room?.id)
      return ["state_hash": .string(state.digest.hex), "events": .integer(Int64(state.events))]
    },
  ]
}

extension EntryRow {
  /// The options that arguments choose, from 1, each once and in order.
  package func options(_ arguments: Arguments) throws -> [Int] {
    let numbers = try arguments.numbers("option", in: 1...9)
    if let wrong = numbers.first(where: { $0 > choices.count }) {
      throw StudioError(
        "invalid_argument", "the question has \(choices.count) options", field: "option",
        value: "\(wrong)")
    }
    guard numbers.count < 2 || takesSeveral else {
      throw StudioError(
        "invalid_argument", "the question takes one option", field: "option",
        value: numbers.map { "\($0)" }.joined(separator: " "))
    }
    return Set(numbers).sorted()
  }
}

extension Arguments {
  /// The arguments by which one verb asks for a card on behalf of another.
  init(id: String, room: String?) {
    self.init(["id": id])
    if let room { set("room", to: room) }
  }
}

extension Workspace {
  /// The answer that is to be adopted, if one is named.
  package func suggestion(_ arguments: Arguments, for question: EntryRow) throws -> EntryRow? {
    guard let id = arguments.text("adopt") else { return nil }
    let found = try object(id, kinds: [30535], in: nil, field: "adopt")
    guard let answer = try reader.entry(found.id), answer.parent == question.id,
      answer.isSuggestion
    else {
      throw StudioError(
        "not_possible", "nobody suggests that as an answer to this question", field: "adopt",
        value: id, hint: "studio card show lists the answers of each question")
    }
    return answer
  }
}
