import Replica
import Studio
import Terminal

/// A column of the board, as the wire tells cards apart: open ones by whether somebody has them,
/// the others by their status.
struct BoardColumn {
  /// What lies in it.
  enum Kind: Hashable {
    /// Open, and nobody's.
    case backlog
    /// Open, and somebody's.
    case ready
    case status(CardStatus)

    /// Those that every board has.
    static let usual: [Kind] = [.backlog, .ready, .status(.inProgress), .status(.done)]

    init(_ card: CardRow) {
      let status = CardStatus(rawValue: card.status)
      self = status != .open ? .status(status) : card.assignees.isEmpty ? .backlog : .ready
    }

    var status: CardStatus {
      switch self {
      case .backlog, .ready: .open
      case .status(let status): status
      }
    }

    var title: SafeText {
      switch self {
      case .backlog: "backlog"
      case .ready: "ready"
      case .status(.inProgress): "doing"
      case .status(let status): StatusLook(status.rawValue).word
      }
    }

    var condition: CardCondition {
      switch self {
      case .backlog: .all([.status(CardStatus.open.rawValue), .not(.hasAssignee)])
      case .ready: .all([.status(CardStatus.open.rawValue), .hasAssignee])
      case .status(let status): .status(status.rawValue)
      }
    }
  }

  static let pageSize = 50
  static let mostPages = 20
  /// The most that is counted.
  static let mostCounted = 1_000

  let kind: Kind
  var rows: [CardRow] = []
  /// How many lie in it, no further than `mostCounted`.
  var count = 0
  var list = ListState<ObjectID>()
  var pages = 1
  var hasMore = false

  var ids: [ObjectID] { rows.map(\.id) }
  var selected: CardRow? { list.selected.flatMap { id in rows.first { $0.id == id } } }
  var countWords: SafeText { count >= Self.mostCounted ? "\(count)+" : "\(count)" }
}
