import FourA
import Home
import Nostr
import Replica
import Studio
import Workspace

// What the program of a run asks of us. Each request is seen to once: that it was stands in the same transaction as
// what is published of it, and its answer is written again after a crash.
extension WorkerLoop {
  /// Of one look.
  private static let mostRequests = 100
  /// What is wrong with a request itself, and is told to whoever made it.
  private static let refusals = [
    "invalid_argument", "too_many_questions", "reference_not_found", "no_owner",
  ]

  func tendRequests(
    _ run: inout WorkerRun, _ card: CardRow, _ room: RoomRow, _ now: Int64
  ) throws {
    for request in try driver.requests(of: run, after: run.requests).prefix(Self.mostRequests) {
      guard let number = request["n"]?.integer else { continue }
      do {
        try tend(request, number, &run, card, room, now)
      } catch let error as StudioError
        where Self.refusals.contains(error.code)
      {
        try refuse(number, error, &run, now)
      } catch let error as PayloadError {
        try refuse(
          number, StudioError("invalid_argument", "\(error)", field: error.field), &run, now)
      }
    }
  }

  private func tend(
    _ request: JSON, _ number: Int64, _ run: inout WorkerRun, _ card: CardRow, _ room: RoomRow,
    _ now: Int64
  ) throws {
    switch request["op"]?.string {
    case "ask": try ask(request, number, &run, card, now)
    // The program was told to wait no longer, or has its answer after all.
    case "pending", "told":
      let isMissed = sameBytes(request["op"]?.string ?? "", "pending")
      let about = try reader.workerQuestions(run.run).first { $0.number == request["of"]?.integer }
      try see(
        to: number, &run,
        questions: about.map { [$0.setting(isMissed ? .missed : .told)] } ?? [], now: now)
    case "inbox":
      try see(to: number, &run, now: now)
      try driver.answer(run, number, try inbox(run, card))
    case "deliver", "post":
      let posts = try remark(request, run, card, room, now)
      let isAllowed = pace(run, now).allows(.p1)
      try see(to: number, &run, isAllowed ? posts : [], now: now)
      try driver.answer(
        run, number,
        isAllowed
          ? ["state": "published"]
          : [
            "state": "kept",
            "text": "This run has published all that it may; files go along with the result.",
          ])
    default:
      // Progress is taken from the journal as it comes.
      try see(to: number, &run, now: now)
      try driver.answer(run, number, ["state": "noted"])
    }
  }

  /// Notes that a request was seen to, with what is published of it.
  func see(
    to number: Int64, _ run: inout WorkerRun, _ posts: [Order.Post] = [],
    questions: [WorkerQuestion] = [], now: Int64
  ) throws {
    run.requests = number
    try save(&run, from: run.state, "request-\(number)", posts, questions: questions, now)
    FaultPoint.workerRequested.pass()
  }

  private func refuse(
    _ number: Int64, _ error: StudioError, _ run: inout WorkerRun, _ now: Int64
  ) throws {
    try see(to: number, &run, now: now)
    var answer = RunAnswer(state: .refused, text: error.message).json.object ?? [:]
    answer["code"] = .string(error.code)
    try driver.answer(run, number, .object(answer))
  }

  // MARK: Reading

  /// What was said to the run: by the card's author, and by those who may steer it.
  private func inbox(_ run: WorkerRun, _ card: CardRow) throws -> JSON {
    let names = try reader.names(in: card.room)
    let steering = Set(try steers(of: run, card).map(\.id))
    let said = try reader.threadEnd(of: card.id, limit: 100).reversed().filter { entry in
      guard entry.kind == .comment, !entry.isStatusChange, entry.createdAt >= run.createdAt else {
        return false
      }
      return steering.contains(entry.id) || entry.author == card.author && entry.intent == nil
    }
    return [
      "state": "answered",
      "messages": .array(
        said.suffix(20).map { entry in
          [
            "by": .string(RunPrompt.name(entry.author, names)),
            "text": .string(RunPrompt.plain(entry.body, 2_000)),
            "kind": .string(steering.contains(entry.id) ? "steer" : "comment"),
            "at": .integer(entry.createdAt),
          ]
        }),
    ]
  }

  /// Words to the run that count, the oldest first.
  func steers(of run: WorkerRun, _ card: CardRow) throws -> [EntryRow] {
    try reader.controls(on: card.id, since: run.createdAt).filter { entry in
      guard sameBytes(entry.intent ?? "", "steer") else { return false }
      let object = entry.fabric.flatMap { try? JSON(parsing: $0) }.flatMap { Fabric($0) }
      return object?.run.map { sameBytes($0, run.run) } ?? true
    }
  }

  // MARK: Remarks

  private func remark(
    _ request: JSON, _ run: WorkerRun, _ card: CardRow, _ room: RoomRow, _ now: Int64
  ) throws -> [Order.Post] {
    guard let orders = try orders(card, now) else { return [] }
    let text = driver.redact(RunPrompt.plain(request["body"]?.string ?? ""))
    if sameBytes(request["op"]?.string ?? "", "deliver") {
      let names = request["files"]?.array?.prefix(ResultMessage.mostFiles).compactMap(\.string)
      return [try orders.deliverable(run, try driver.deliver(run, text, files: names ?? []))]
    }
    guard text.contains(where: { !$0.isWhitespace }) else {
      throw StudioError("invalid_argument", "there is nothing to post", field: "body")
    }
    guard let name = request["channel"]?.string else {
      return [try orders.remark(run, text, number: request["n"]?.integer ?? 0)]
    }
    guard let channel = ChannelName(name), let root = try reader.root(of: channel, in: room.id)
    else {
      throw StudioError(
        "reference_not_found", "there is no channel “\(name.prefix(40))”", field: "channel")
    }
    return [
      try orders.post(text, run, in: channel, root, number: request["n"]?.integer ?? 0)
    ]
  }
}
