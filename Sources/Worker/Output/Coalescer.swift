/// Decides when something of a run may be published, so that a card's whole life costs few events.
///
/// Pure: the time comes with every question, in milliseconds of any clock that only goes forward. State is to be
/// kept with the run, for a budget holds over restarts: ``spent`` goes back in.
package struct Coalescer: Sendable, Equatable {
  /// How soon an event has to go out, and what it may take to do so.
  package enum Class: Int, Sendable, Comparable {
    /// Question, approval, result, error, confirmed cancel, status: at once, whatever the budget.
    case p0
    /// Deliverables and posts of the agent: while the budget leaves room for the end.
    case p1
    /// Progress.
    case p2
    /// The heartbeat of the run record: only when nothing else went out.
    case p3

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  /// Events of a card's whole life, whatever the program prints. An answer of somebody comes on top.
  package static let budget = 12
  /// The end of a run: result, state and record.
  package static let ending = 3
  /// Kept back for the end, and for one question with its copy.
  package static let reserve = 5
  /// Milliseconds from the start to the first progress, and from one to the next; the last holds on.
  package static let spacing: [Int64] = [5_000, 60_000, 300_000, 1_200_000]

  /// Events published so far.
  package private(set) var spent: Int
  private var step = 0
  private var since: Int64
  private var published = 0
  private var notable = 0

  package init(start: Int64, spent: Int = 0) {
    since = start
    self.spent = spent
  }

  /// Events that may still be published.
  package var left: Int { max(0, Self.budget - spent) }

  /// Whether an event of this class may go out now as far as the budget goes.
  package func allows(_ kind: Class) -> Bool {
    switch kind {
    case .p0: true
    case .p1, .p2, .p3: left > Self.reserve
    }
  }

  /// When progress is due: `nil` when there is nothing new or no budget for it. A changed checklist starts the
  /// spacing again.
  package func progressDue(_ digest: RunDigest) -> Int64? {
    guard digest.changes > published, allows(.p2) else { return nil }
    let step = digest.notable > notable && self.step > 1 ? 1 : self.step
    return since + Self.spacing[min(step, Self.spacing.count - 1)]
  }

  /// Progress went out.
  package mutating func publishedProgress(_ digest: RunDigest, at now: Int64) {
    step = digest.notable > notable ? 1 : min(step + 1, Self.spacing.count - 1)
    notable = digest.notable
    published = digest.changes
    since = now
    spent += 1
  }

  /// Events other than progress went out.
  package mutating func publishedOther(_ count: Int = 1) { spent += count }
}
