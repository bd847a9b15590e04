package import Nostr
package import Replica
package import Studio

/// What a run is begun with.
package struct RunJob: Sendable {
  package let run: WorkerRun
  package let card: CardRow
  package let room: RoomRow
  /// All that the program is told.
  package let prompt: String
  /// It goes on with what was broken off or parked.
  package let isResumed: Bool
  /// The alias of the repository that it works on.
  package let repository: String?
  package let budgetUSD: Double?
}

/// How a run stands on this machine.
package struct RunView: Sendable {
  package enum Life: Sendable, Hashable {
    /// Neither a supervisor nor a word of how it ended.
    case absent
    case alive
    case ended(RunEnding)
  }

  package var life: Life
  /// What it has done so far.
  package var digest = RunDigest()
  /// The session that it can go on with.
  package var session: String?
  /// Unix seconds of the last real output.
  package var progressAt: Int64?
  /// Of this segment.
  package var activeSeconds: Int64 = 0

  package init(_ life: Life) { self.life = life }
}

/// How a segment of a run came to its end.
package struct RunEnding: Sendable, Hashable {
  /// `completed`, `failed`, `timed_out`, `cancelled`, `budget_exhausted`, or `waiting` when it is parked.
  package var outcome: String
  /// As in agents 3.11: `no_result`, `idle` and so on; empty when all is well.
  package var code: String
  /// In a line, for people.
  package var words: String
  /// The result, or what there is of it.
  package var text: String
  package var blocks: [Block]
  package var exit: Int64?
  package var branch: String?
  package var commit: String?
  /// Fields of the result's extension object: `artifacts`, `diff` and so on.
  package var fields: JSONObject
  /// When it may be tried again, if the program said so.
  package var retryAt: Int64?
  /// It was stopped because of what it had cost.
  package var isOutOfMoney = false

  package init(
    outcome: String, code: String = "", words: String = "", text: String = "",
    blocks: [Block] = [], exit: Int64? = nil, fields: JSONObject = [:], retryAt: Int64? = nil
  ) {
    self.outcome = outcome
    self.code = code
    self.words = words
    self.text = text
    self.blocks = blocks
    self.exit = exit
    self.fields = fields
    self.retryAt = retryAt
  }

  /// What may be tried again without asking: nothing that the program itself judged to have failed.
  var isTransient: Bool {
    ["spawn_failed", "adapter_mcp_missing", "rate_limited", "lost"].contains {
      sameBytes($0, code)
    }
  }
}

/// Runs programs for the loop and tells how they are. Everything is on the disk: a driver made later knows as
/// much as the one that began the run.
package protocol RunDriver: AnyObject {
  /// Has the run's segment begin, once however often it is asked for.
  func start(_ job: RunJob) throws
  /// Looks at what is new of a run.
  func look(at run: WorkerRun) throws -> RunView
  /// What the program has asked of us since the request `number`, oldest first, each with its `n`.
  func requests(of run: WorkerRun, after number: Int64) throws -> [JSON]
  /// Answers a request; the first answer stands. Harmless to repeat, and when the program is gone.
  func answer(_ run: WorkerRun, _ number: Int64, _ answer: JSON) throws
  /// What is published of files that the program hands in before its end, with some words.
  func deliver(_ run: WorkerRun, _ words: String, files: [String]) throws -> RunDelivery
  /// A text of the program without its secrets.
  func redact(_ text: String) -> String
  /// Has everything of a run end; `look` tells when it has. Harmless to repeat.
  func stop(_ run: WorkerRun, reason: String) throws
  /// A run is over: what is kept of it in memory may go.
  func forget(_ run: WorkerRun)
  /// To poll for reading: one that can be read means that a run wants to be looked at.
  var descriptors: [Int32] { get }
}

extension RunDriver {
  package var descriptors: [Int32] { [] }
}

/// Something that a run hands in before its end.
package struct RunDelivery: Sendable, Hashable {
  package var text: String
  package var blocks: [Block]
  package var artifacts: JSON

  package init(text: String, blocks: [Block] = [], artifacts: JSON = .array([])) {
    self.text = text
    self.blocks = blocks
    self.artifacts = artifacts
  }
}
