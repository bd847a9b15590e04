import Nostr
import Replica
import Studio
package import Terminal

/// The six places. The raw value names it in keymaps and settings.
package enum Place: String, CaseIterable, Sendable {
  case inbox, board, card, chat, agents, drafts

  /// The pane that a place is about.
  package var list: PaneID {
    switch self {
    case .inbox: .inbox
    case .board: .board
    case .card: .card
    case .chat: .chat
    case .agents: .agents
    case .drafts: .drafts
    }
  }

  /// The pane beside it, with what is selected.
  package var detail: PaneID? {
    switch self {
    case .inbox: .preview
    case .board: .card
    case .agents: .agent
    case .chat: .posts
    case .card, .drafts: nil
    }
  }

  package var title: SafeText {
    switch self {
    case .inbox: "Inbox"
    case .board: "Board"
    case .card: "Card"
    case .chat: "Chat"
    case .agents: "Agents"
    case .drafts: "Drafts"
    }
  }
}

/// Names a pane; the raw value is its context in keymaps.
package enum PaneID: String, CaseIterable, Sendable {
  /// The sidebar.
  case places
  case inbox, board, card
  /// What is selected in the inbox.
  case preview
  /// The channels.
  case chat
  /// The posts of the chosen channel.
  case posts
  case agents
  /// Whoever is selected among the agents.
  case agent
  case drafts
}

/// Where something leads.
enum Target: Hashable, Sendable {
  case place(Place)
  /// The first of a kind of the inbox's rows.
  case inbox(InboxGroup)
  case card(ObjectID)
  /// The board of a track; `nil` for all.
  case track(String?)
  case channel(ChannelName)
  /// Something said in a channel.
  case post(ObjectID)
  /// A view of `views.conf`, by name.
  case view(String)
  /// A draft, by the name it is kept under.
  case draft(String)
  case agent(PublicKey)

  /// The same for equal targets, on every run.
  var name: String {
    switch self {
    case .place(let place): "place \(place.rawValue)"
    case .inbox(let group): "inbox \(group.rawValue)"
    case .card(let id): "card \(id.rawValue)"
    case .track(let name): "track \(name ?? "")"
    case .channel(let name): "channel \(name.text)"
    case .post(let id): "post \(id.rawValue)"
    case .view(let name): "view \(name)"
    case .draft(let name): "draft \(name)"
    case .agent(let key): "agent \(key.hex)"
    }
  }
}

/// A row that a pane puts into the sidebar.
struct SidebarRow {
  let target: Target
  let left: [Span]
  let right: [Span]

  init(_ target: Target, _ left: [Span], right: [Span] = []) {
    self.target = target
    self.left = left
    self.right = right
  }
}
