package import Nostr

/// Something that the program of a run has asked, as the worker keeps it until it is settled.
package struct WorkerQuestion: Sendable, Hashable {
  package enum State: String, Sendable, CaseIterable {
    case open
    case answered
    /// Nobody has answered in time.
    case timedOut = "timed_out"
    /// Its run is over.
    case withdrawn
    /// An approval for one time that was made use of.
    case used
  }

  package let run: String
  /// Whether its program knows the answer.
  package enum Hearing: Int, Sendable {
    case told
    /// It was told to wait no longer before the answer came.
    case missed
    /// It may have looked for itself.
    case unknown
  }

  /// Of the request, within the run.
  package let number: Int64
  /// The name of its event, which was chosen before it was signed.
  package let d: String
  /// The segment that asked.
  package let segment: Int
  /// All that was asked: the payload's extension object with the body.
  package let asked: String
  package let isBlocking: Bool
  /// Of what an approval is for.
  package let digest: String?
  package let askedAt: Int64
  package let expiresAt: Int64

  package var state = State.open
  /// What the program is told: JSON.
  package var answer: String?
  package var answeredBy: PublicKey?
  package var answerEvent: EventID?
  package var settledAt: Int64?
  package var hearing = Hearing.told

  package func setting(_ hearing: Hearing) -> WorkerQuestion {
    var copy = self
    copy.hearing = hearing
    return copy
  }

  package init(
    run: String, number: Int64, d: String, segment: Int, asked: String, isBlocking: Bool,
    digest: String?, askedAt: Int64, expiresAt: Int64
  ) {
    self.run = run
    self.number = number
    self.d = d
    self.segment = segment
    self.asked = asked
    self.isBlocking = isBlocking
    self.digest = digest
    self.askedAt = askedAt
    self.expiresAt = expiresAt
  }
}

extension Reader {
  /// What a run has asked, the oldest first.
  package func workerQuestions(_ run: String) throws -> [WorkerQuestion] {
    try db.rows(
      """
      SELECT run, n, d, segment, asked, blocking, digest, asked_at, expires_at, state, answer,
        answered_by, answer_event, settled_at, hearing
      FROM worker_question WHERE run = ? ORDER BY n
      """, run
    ) { row in
      var question = WorkerQuestion(
        run: row.text(0), number: row.int64(1), d: row.text(2), segment: row.int(3),
        asked: row.text(4), isBlocking: row.bool(5), digest: row.optionalText(6),
        askedAt: row.int64(7), expiresAt: row.int64(8))
      question.state = WorkerQuestion.State(rawValue: row.text(9)) ?? .withdrawn
      question.answer = row.optionalText(10)
      question.answeredBy = row.isNull(11) ? nil : try row.publicKey(11)
      question.answerEvent = row.isNull(12) ? nil : try row.eventID(12)
      question.settledAt = row.optionalInt64(13)
      question.hearing = WorkerQuestion.Hearing(rawValue: row.int(14)) ?? .unknown
      return question
    }
  }

  /// What settled a question: the first answer of somebody who may, or a comment that can mean nothing else.
  package func settlement(of question: ObjectID) throws -> EntryRow? {
    try db.first("SELECT settled FROM entry WHERE object = ? AND settled IS NOT NULL", question) {
      $0.object(0)
    }.flatMap { try entry($0) }
  }
}

extension Desk {
  func write(_ question: WorkerQuestion) throws {
    try connection.run(
      """
      INSERT OR REPLACE INTO worker_question (run, n, d, segment, asked, blocking, digest, asked_at,
        expires_at, state, answer, answered_by, answer_event, settled_at, hearing)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, question.run, question.number, question.d, question.segment, question.asked,
      question.isBlocking, question.digest, question.askedAt, question.expiresAt,
      question.state.rawValue, question.answer, question.answeredBy, question.answerEvent,
      question.settledAt, question.hearing.rawValue)
  }
}
