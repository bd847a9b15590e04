import FourA
import Nostr
import Replica
import Studio

// What a run asks and hands in, as orders.
extension RunOrders {
  /// The name of a question's event: the same whenever the same request is seen to.
  static func questionName(_ run: WorkerRun, _ number: Int64, _ body: String) -> String {
    let digest = SHA256.hash(Array("\(run.run) question \(number)".utf8)).bytes
    return DTag.question(body: body) { Array(digest.prefix($0)) }
  }

  func question(_ run: WorkerRun, _ question: RunQuestion, d: String) throws -> Order.Post {
    var fields = question.fields
    fields["addr"] = .string(run.cardAddress.text)
    fields["card"] = .string(card.eventID.hex)
    fields["run"] = .string(run.run)
    return try post(
      .question(
        Question(
          body: question.body, track: card.track, tags: question.isBlocking ? ["blocking"] : [],
          createdBy: me.hex,
          fabric: Fabric(type: "question", fields: fields))), d: d)
  }

  /// A copy of the question that stands first in the order.
  func mirror(_ run: WorkerRun, _ question: RunQuestion) throws -> Order.Post {
    let fields: JSONObject = ["addr": .string(run.cardAddress.text), "run": .string(run.run)]
    let text = Self.cut(question.mirror(now: now), to: Limits.body)
    let mark = SHA256.hash(Array("\(run.run) mirror \(question.text)".utf8)).hex.prefix(8)
    return try post(
      .comment(
        Comment(
          target: TargetReference(card.eventID), body: text, intent: Comment.mirrorIntent,
          createdBy: me.hex,
          fabric: Fabric(type: "mirror", fields: fields))),
      d: "\(card.eventID.hex):\(mark)", of: 0)
  }

  /// Tells that nobody has answered in time, and what the run does now.
  func unanswered(_ run: WorkerRun, _ asked: RunQuestion, question: EventID) throws -> Order.Post {
    let answer = asked.unanswered
    var fields: JSONObject = ["state": "timed_out", "run": .string(run.run)]
    if !answer.choice.isEmpty { fields["choice"] = .array(answer.choice.map { .string($0) }) }
    fields["value"] = answer.value
    fields["decision"] = answer.decision.map { .string($0) }
    return try post(
      .answer(
        Answer(
          target: TargetReference(question),
          body: "Nobody has answered in time: \(asked.consequence).", createdBy: me.hex,
          fabric: Fabric(type: "answer", fields: fields))),
      d: DTag.answer(question: question) { Array(question.bytes.prefix($0)) })
  }

  func deliverable(_ run: WorkerRun, _ delivery: RunDelivery) throws -> Order.Post {
    try report(
      "deliverable", delivery.text, run, blocks: delivery.blocks,
      fields: ["artifacts": delivery.artifacts], mark: "deliverable \(run.requests)")
  }

  /// A word on the card.
  func remark(_ run: WorkerRun, _ text: String, number: Int64) throws -> Order.Post {
    try post(
      .comment(
        Comment(
          target: TargetReference(card.eventID), body: Self.cut(text, to: Limits.body),
          createdBy: me.hex,
          fabric: Fabric(
            type: "comment",
            fields: ["addr": .string(run.cardAddress.text), "run": .string(run.run)]))),
      d: "\(card.eventID.hex):\(Self.mark(run, "remark \(number)"))")
  }

  /// A word in a channel of the card's room.
  func post(
    _ text: String, _ run: WorkerRun, in channel: ChannelName, _ root: ChannelRootRow,
    number: Int64
  ) throws -> Order.Post {
    var mark = PostMark(channel: channel, kind: .status)
    mark.root = root.address
    return try post(
      .comment(
        Comment(
          target: TargetReference(root.eventID), body: Self.cut(text, to: Limits.body),
          intent: mark.kind.rawValue, createdBy: me.hex,
          fabric: mark.fabric.setting("run", .string(run.run)))),
      d: "\(root.eventID.hex):\(Self.mark(run, "post \(number)"))")
  }
}
