import Nostr
import Studio

// What runs ask: who may answer, and which answer was the first.
extension Pass {
  /// Judges what was said to the questions of runs, on every card where something changed.
  func foldAnswers() throws {
    guard
      try db.number(
        "SELECT EXISTS (SELECT 1 FROM entry WHERE run IS NOT NULL AND root IS NOT NULL)") > 0
    else { return }
    var cards = dirt.threads.union(dirt.versions)
    for object in dirt.dispatches {
      cards.formUnion(
        try db.rows("SELECT card FROM dispatch WHERE object = ?", object) { $0.optionalInt64(0) }
          .compactMap(\.self))
    }
    for owned in dirt.owned {
      cards.formUnion(
        try db.rows(
          "SELECT root FROM entry WHERE run IS NOT NULL AND root IS NOT NULL AND author = ?",
          owned.pubkey
        ) { $0.int64(0) })
    }
    for card in cards { try foldAnswers(on: card) }
  }

  private func foldAnswers(on card: Int64) throws {
    let asked = try db.rows(
      """
      SELECT n.object, n.created_at, n.event_id, n.author, n.urgency, w.fabric, n.run, n.room
      FROM entry n JOIN words w ON w.object = n.object WHERE n.root = ? AND n.run IS NOT NULL
      """, card
    ) { row in
      (
        question: QuestionFold.Question(
          object: row.int64(0),
          stamp: Stamp(createdAt: row.int64(1), id: try row.eventID(2)),
          author: try row.publicKey(3), isApproval: row.int(4) == Urgency.approval.rawValue,
          digest: Self.fabric(row.optionalText(5))?["action"]?["digest"]?.string),
        run: row.text(6), room: row.room(7)
      )
    }
    guard let room = asked.first?.room else { return }
    // A question of somebody who has no run here is a question like any other.
    let workers = try assigned(of: card)
    var questions: [QuestionFold.Question] = []
    for (question, run, _) in asked where workers.contains(question.author) {
      // A run that asks has the ones before it behind it; its record tells only when it was signed last. Of one
      // second neither is known to be the later.
      let next = asked.filter {
        $0.question.author == question.author && !sameBytes($0.run, run)
          && $0.question.stamp.createdAt > question.stamp.createdAt
      }.map(\.question.stamp.createdAt).min()
      var question = question
      question.overAt = [try end(of: run, on: card, asked: question), next]
        .compactMap(\.self).min()
      questions.append(question)
    }
    let about = try db.first(
      """
      SELECT o.author, v.approvers FROM object o JOIN card c ON c.object = o.id
      LEFT JOIN card_version v ON v.event = c.event WHERE o.id = ?
      """, card
    ) { (author: try $0.publicKey(0), approvers: $0.publicKeys(1)) }
    guard let about, !questions.isEmpty else { return }
    let result = QuestionFold.fold(
      author: about.author, approvers: about.approvers, owners: try owners(in: room),
      questions: questions, replies: try replies(on: card, by: about.author))
    for question in questions {
      let settled = result.settled[question.object]
      try db.run(
        """
        UPDATE entry SET answers = ?, settled = ?,
          gone = ? OR coalesce((SELECT status = 'deleted' FROM card WHERE object = ?), 0)
        WHERE object = ?
        """, result.counts[question.object] ?? 0, settled,
        settled == nil && question.overAt != nil, card, question.object)
    }
    for (event, verdict) in result.verdicts {
      let was = try db.number("SELECT verdict FROM event WHERE seq = ?", event)
      try judge(event, was: Int(was), verdict)
    }
  }

  /// When the run that asked was over: its record says so, or one of a later run does.
  private func end(
    of run: String, on card: Int64, asked: QuestionFold.Question
  ) throws -> Int64? {
    try db.rows(
      """
      SELECT created_at, run, chosen FROM dispatch
      WHERE card = ? AND author = ? AND allowed AND run IS NOT NULL
      """, card, asked.author
    ) { row -> Int64? in
      if sameBytes(row.text(1), run) {
        return ["dispatch", "waiting"].contains(row.text(2)) ? nil : row.int64(0)
      }
      return row.int64(0) > asked.stamp.createdAt ? row.int64(0) : nil
    }.compactMap(\.self).min()
  }

  private func replies(on card: Int64, by author: PublicKey) throws -> [QuestionFold.Reply] {
    try db.rows(
      """
      SELECT n.object, n.event, n.created_at, n.event_id, n.author, n.parent, w.fabric, n.kind
      FROM entry n JOIN words w ON w.object = n.object WHERE n.root = ?1 AND (n.kind = 30535
        OR n.kind = 30533 AND n.parent = ?1 AND n.author = ?2 AND n.intent IS NULL
          AND n.to_status IS NULL)
      """, card, author
    ) { row in
      let fabric = Self.fabric(row.optionalText(6))
      return QuestionFold.Reply(
        object: row.int64(0), event: row.int64(1),
        stamp: Stamp(createdAt: row.int64(2), id: try row.eventID(3)),
        author: try row.publicKey(4), question: row.int(7) == 30535 ? row.optionalInt64(5) : nil,
        digest: fabric?["digest"]?.string,
        isTimeout: sameBytes(fabric?["state"]?.string ?? "", "timed_out"))
    }
  }

  private static func fabric(_ text: String?) -> Fabric? {
    text.flatMap { try? JSON(parsing: $0) }.flatMap { Fabric($0) }
  }
}
