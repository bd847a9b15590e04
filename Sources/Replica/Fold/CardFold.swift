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
    /// Whether it carries our extension block.
    var hasFabric: Bool
  }

  struct Change: Sendable {
    var stamp: Stamp
    var event: Int64
    var author: PublicKey
    var status: String
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
    /// The newest version with our block, when the newest version lost it (a client that rebuilds
    /// a card from the fields it knows).
    var fabric: Version?
    /// For every version and change, what became of it.
    var verdicts: [(event: Int64, verdict: Verdict)]
  }

  /// `nil` when there is no version.
  static func fold(
    author: PublicKey, founder: PublicKey?, versions: [Version], changes: [Change]
  ) -> State? {
    let versions = versions.sorted { $0.stamp < $1.stamp }
    guard let newest = versions.last, let oldest = versions.first else { return nil }
    var best = (stamp: newest.stamp, status: newest.status, event: newest.event)
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
          best = (change.stamp, change.status, change.event)
        }
      }
    }
    for change in allowed {
      verdicts.append((change.event, change.event == best.event ? .applied : .superseded))
    }
    return State(
      newest: newest, status: best.status,
      updatedAt: max(newest.stamp.createdAt, best.stamp.createdAt), isDeleted: isDeleted,
      fabric: newest.hasFabric ? nil : versions.last { $0.hasFabric }, verdicts: verdicts)
  }

  static let deleted = "deleted"

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
