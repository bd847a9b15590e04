import Replica
import Studio

/// What a filter can ask of a card.
package enum FilterField: String, CaseIterable, Sendable {
  /// A word or a phrase without a field.
  case word = ""
  case state = "is"
  case has
  case track
  case agent
  case by
  case label
  case column = "col"
  case kind
  case text
  case age
  case updated
  case quiet
  case unread
  case id

  /// The name that filters are printed with.
  package var name: String { rawValue }

  /// A word for its values, for help.
  package var help: String {
    switch self {
    case .word: "in title or text; letters begin words, quotes hold whole ones"
    case .state: FilterState.allCases.map(\.rawValue).joined(separator: ", ")
    case .has: FilterThing.allCases.map(\.rawValue).joined(separator: ", ")
    case .track: "the track's name"
    case .agent: "who is assigned: a name, me, none"
    case .by: "who wrote it: a name, me"
    case .label: "a label"
    case .column: "the status, by whatever name"
    case .kind: "task, note, …"
    case .text: "in title, text or thread"
    case .age: "since it was made: <2d, >3h"
    case .updated: "since it changed: <10m, >2w; or a day: 2026-01-31, >=2026-01-01"
    case .quiet: "since the agent at it was heard: >10m"
    case .unread: "how much is new: >5"
    case .id: "an event id or 8 of its characters, an address, or a d"
    }
  }

  /// Every name and other name.
  static let names: [String: FilterField] = {
    var names: [String: FilterField] = [
      "assignee": .agent, "to": .agent, "tag": .label, "status": .column,
    ]
    for field in allCases where field != .word { names[field.name] = field }
    return names
  }()

  /// Names of fields that speak of what this program does not record yet.
  static let later: Set<String> = [
    "prio", "in", "run", "runs", "contract", "cost", "budget", "channel", "room", "step",
  ]

  /// Which comparisons it takes, besides none.
  var comparisons: Set<Comparison> {
    switch self {
    case .age, .quiet: [.less, .greater, .atMost, .atLeast]
    case .updated, .unread: Set(Comparison.allCases)
    default: [.equal]
    }
  }
}

/// The values of `is:`.
package enum FilterState: String, CaseIterable, Sendable {
  case open
  case inProgress = "in_progress"
  case done, archived
  /// A question of it waits for an answer.
  case waiting
  /// Others wrote on it since it was last looked at.
  case unread
  case assigned
  /// An agent that has it in hand has not been heard for long.
  case silent

  /// The status, for those that are one.
  var status: CardStatus? { CardStatus.lifecycle.first { $0.rawValue == rawValue } }

  /// What needs signs of life of agents.
  static let later: Set<String> = [
    "quiet", "working", "gone", "blocked", "paused", "idle", "running", "stalled",
  ]
}

/// The values of `has:`.
package enum FilterThing: String, CaseIterable, Sendable {
  case comment, question, label, assignee, draft

  static let later: Set<String> = ["diff", "run", "contract", "attachment", "deps", "budget"]
}
