import Nostr
import Studio

/// What a card is, as a pure function of its versions and of the status changes aimed at it: in any
/// order, with any repetition.
enum CardFold {
  struct Version: Sendable {
    var stamp: Stamp
    /// The event's row, to say which one won.
    var event: Int64
    var status: String
    var assignees: [PublicKey]
    /// Who else may tell a run what to do.
    var approvers: [PublicKey] = []
    /// Whether it carries our extension block.
    var hasFabric: Bool
  }

  struct Change: Sendable {
    var stamp: Stamp
    var event: Int64
    var author: PublicKey
    var status: String
    /// The card is put aside until somebody says so.
    var isHold = false
  }

  /// An order to the run on the card.
  struct Control: Sendable {
    var stamp: Stamp
    var event: Int64
    var author: PublicKey
    var effect: CardEffect
  }

  enum Verdict: Hashable, Sendable {
    case applied
    case superseded
    case refused(String)
    /// What it is about is not here.
    case waiting(String)
  }

  struct State: Sendable {
    var newest: Version
    var status: String
    /// When the newest version or the status came about, whichever is later.
    var updatedAt: Int64
    var isDeleted: Bool
    /// Its state puts it aside, and nobody has ordered it to be done again since.
    var isHeld: Bool
    /// 1, and one more for every time that it was given out again: opened by its author, ordered to be done
    /// again, or assigned to somebody else.
    var cycle: Int
    /// An order to do it again is newer than its state.
    var isRetried: Bool
    /// The newest version with our block, when the newest version lost it (a client that rebuilds
    /// a card from the fields it knows).
    var fabric: Version?
    /// For every version and change, what became of it.
    var verdicts: [(event: Int64, verdict: Verdict)]
  }

  /// `nil` when there is no version.
  static func fold(
    author: PublicKey, founder: PublicKey?, versions: [Version], changes: [Change],
    controls: [Control] = [], owners: [PublicKey: Set<PublicKey>] = [:]
  ) -> State? {
    let versions = versions.sorted { $0.stamp < $1.stamp }
    guard let newest = versions.last, let oldest = versions.first else { return nil }
    var best = (stamp: newest.stamp, status: newest.status, event: newest.event, isHold: false)
    let isDeleted = newest.status == deleted
    var verdicts = versions.dropLast().map { ($0.event, Verdict.superseded) }
    verdicts.append((newest.event, .applied))

    var allowed: [Change] = []
    for change in changes {
      let force = inForce(at: change.stamp.createdAt, versions) ?? oldest
      if force.status == deleted {
        verdicts.append((change.event, .refused("the card was deleted")))
      } else if !StatusRule.allows(
        CardStatus(rawValue: change.status), by: change.author, author: author,
        assignees: force.assignees, founder: founder)
      {
        verdicts.append(
          (change.event, .refused("neither the author nor the assignee may set “\(change.status)”"))
        )
      } else {
        allowed.append(change)
        if !isDeleted, best.stamp < change.stamp {
          best = (change.stamp, change.status, change.event, change.isHold)
        }
      }
    }
    for change in allowed {
      verdicts.append((change.event, change.event == best.event ? .applied : .superseded))
    }
    var cycle = 1 + assignments(versions)
    cycle += allowed.count { $0.author == author && $0.status == CardStatus.open.rawValue }
    var retried: Stamp?
    for control in controls {
      let force = inForce(at: control.stamp.createdAt, versions) ?? oldest
      if let refusal = refusal(of: control, author: author, force: force, owners: owners) {
        verdicts.append((control.event, .refused(refusal)))
        continue
      }
      verdicts.append((control.event, .applied))
      guard control.effect == .retry else { continue }
      cycle += 1
      retried = max(retried ?? control.stamp, control.stamp)
    }
    let isRetried = retried.map { best.stamp < $0 } ?? false
    return State(
      newest: newest, status: best.status,
      updatedAt: max(newest.stamp.createdAt, best.stamp.createdAt), isDeleted: isDeleted,
      isHeld: best.isHold && !isRetried, cycle: cycle, isRetried: isRetried && !isDeleted,
      fabric: newest.hasFabric ? nil : versions.last { $0.hasFabric }, verdicts: verdicts)
  }

  static let deleted = "deleted"

  /// How often the card went to another assignee after it had one.
  private static func assignments(_ versions: [Version]) -> Int {
    var last: PublicKey?
    var count = 0
    for version in versions {
      // Nobody in between makes the same assignee a new one.
      if let assignee = version.assignees.first, assignee != last { count += 1 }
      last = version.assignees.first
    }
    return max(0, count - 1)
  }

  /// Why an order counts for nothing (agents 2.14); `nil` when it counts.
  private static func refusal(
    of control: Control, author: PublicKey, force: Version, owners: [PublicKey: Set<PublicKey>]
  ) -> String? {
    if force.status == deleted { return "the card was deleted" }
    let owners = force.assignees.first.flatMap { owners[$0] } ?? []
    return ControlRule.allows(
      control.effect, by: control.author, author: author, assignees: force.assignees,
      approvers: force.approvers, owners: owners)
      ? nil : ControlRule.refusal(control.effect)
  }

  /// The newest version that was written by `time`. `versions` are in order.
  private static func inForce(at time: Int64, _ versions: [Version]) -> Version? {
    var low = 0
    var high = versions.count
    while low < high {
      let middle = (low + high) / 2
      if versions[middle].stamp.createdAt <= time { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? nil : versions[low - 1]
  }
}
