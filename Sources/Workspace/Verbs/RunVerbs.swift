import Home
import Nostr
import Replica
import Studio

/// Orders to whoever works on a card. They are signed like everything else: what becomes of one that is not its
/// signer's to give is for the fold to say, and these verbs say it before.
extension Verbs {
  static let runs: [Verb] = [
    Verb(
      "card cancel", "have whoever works on a card stop",
      [.id, .place("text", "TEXT", "why", required: false), .run, .room, .wait]
    ) { workspace, arguments in
      try workspace.control(.cancel, arguments, otherwise: "stop") { _ in [:] }
    },
    Verb(
      "card retry", "have a card done again whose work has ended",
      [
        .id, .place("text", "TEXT", "what to mind this time", required: false),
        .option(
          "mode", "MODE",
          "go on where it stopped, if the program can, or begin anew; resume unless given",
          choices: ["resume", "fresh"]),
        .option("budget", "USD", "what it may cost"), .run, .room, .wait,
      ]
    ) { workspace, arguments in
      try workspace.control(.retry, arguments, otherwise: "again") { arguments in
        var fields: JSONObject = ["mode": .string(arguments.text("mode") ?? "resume")]
        if let text = arguments.text("budget") {
          guard let budget = Double(text), (0...1_000_000).contains(budget) else {
            throw StudioError(
              "invalid_argument", "budget takes an amount in US dollars", field: "budget",
              value: text)
          }
          fields["budget_usd"] = .number(budget)
        }
        return fields
      }
    },
    Verb(
      "card steer", "say something to whoever works on a card, who hears it at the next turn",
      [
        .id, .place("text", "TEXT", "what to say; - reads it from standard input"), .run, .room,
        .wait,
      ]
    ) { workspace, arguments in
      try workspace.control(.steer, arguments, otherwise: "") { _ in [:] }
    },
  ]
}

extension Parameter {
  fileprivate static let run = Parameter.option(
    "run", "RUN", "the run that is meant, instead of the newest on the card")
}

extension Workspace {
  /// Publishes an order to the run on a card.
  ///
  /// - Parameters:
  ///   - words: what it says where nothing else is said.
  ///   - fields: what else the order says.
  fileprivate func control(
    _ effect: CardEffect, _ arguments: Arguments, otherwise words: String,
    _ fields: (Arguments) throws -> JSONObject
  ) throws -> JSON {
    let row = try card(arguments)
    guard let room = try reader.room(row.room) else {
      throw StudioError("internal_error", "the room is missing")
    }
    guard try reader.controls(of: me, on: row).contains(effect) else {
      throw StudioError(
        "not_allowed", ControlRule.refusal(effect), field: "id", value: row.d,
        hint: "studio comment says what should be done")
    }
    let records = try reader.runRecords(on: row.id)
    if let obstacle = RunObstacle(to: effect, on: row, records) {
      throw StudioError(
        obstacle.rawValue, obstacle.words, field: "id", value: row.d, hint: obstacle.hint)
    }
    let text = try Check.text(
      arguments.text("text") ?? words, field: "text", limit: Limits.body)
    let run = try run(effect, arguments, among: records.filter { $0.author == row.assignees.first })
    let comment = Comment.control(
      effect, text, card: row.eventID, address: Address(kind: 30530, pubkey: row.author, d: row.d),
      run: run,
      fields: try fields(arguments), createdBy: me)
    // Later than what it is about.
    let result = try post(
      .comment(comment), d: DTag.comment(target: row.eventID), after: row.updatedAt, in: room,
      arguments)
    guard var object = result.object else { return result }
    object["run"] = run.map { .string($0) } ?? .null
    return .object(object)
  }

  private func run(
    _ effect: CardEffect, _ arguments: Arguments, among records: [RunRecordRow]
  ) throws -> String? {
    guard let run = arguments.text("run") else {
      let meant = effect == .retry ? records.first { !$0.isLive } : records.first(where: \.isLive)
      return meant?.record.run
    }
    guard RunRecord.isRun(run) else {
      throw StudioError(
        "invalid_argument", "a run is named by 32 hex digits", field: "run", value: run)
    }
    return run
  }
}
