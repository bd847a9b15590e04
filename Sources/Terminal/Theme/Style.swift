/// What a piece of the screen is, in words a theme gives a look to. The names in theme files are
/// the raw names below.
package enum StyleName: String, CaseIterable, Hashable, Sendable {
  case text, dim, strong, heading, title, border, divider, row, header, footer, mode, match, code
  case spark, link
  case titleFocused = "title.focused"
  case borderFocused = "border.focused"
  case tab
  case tabActive = "tab.active"
  case hintKey = "hint.key"
  case hintText = "hint.text"
  case stateWaiting = "state.waiting"
  case stateWorking = "state.working"
  case stateReady = "state.ready"
  case stateQuiet = "state.quiet"
  case stateSilent = "state.silent"
  case stateGone = "state.gone"
  case stateBlocked = "state.blocked"
  case statePaused = "state.paused"
  case stateIdle = "state.idle"
  case statusOpen = "status.open"
  case statusInProgress = "status.in-progress"
  case statusDone = "status.done"
  case statusArchived = "status.archived"
  case badgeQuestion = "badge.question"
  case badgeUnread = "badge.unread"
  case badgeMention = "badge.mention"
  case badgeTrouble = "badge.trouble"
  case cardTitle = "card.title"
  case cardAssignee = "card.assignee"
  case cardAge = "card.age"
  case cardTrack = "card.track"
  case threadHuman = "thread.human"
  case threadAgent = "thread.agent"
  case threadSelf = "thread.self"
  case threadTime = "thread.time"
  case threadStep = "thread.step"
  case threadQuestion = "thread.question"
  case threadAnswer = "thread.answer"
  case threadUnreadLine = "thread.unread-line"
  case mdHeading = "md.heading"
  case mdStrong = "md.strong"
  case mdEmphasis = "md.emphasis"
  case mdCode = "md.code"
  case mdQuote = "md.quote"
  case mdLink = "md.link"
  case diffAdded = "diff.added"
  case diffRemoved = "diff.removed"
  case diffContext = "diff.context"
  case diffHeader = "diff.header"
  case linkLive = "link.live"
  case linkWaiting = "link.waiting"
  case linkOffline = "link.offline"
  case input
  case inputLabel = "input.label"
  case inputPlaceholder = "input.placeholder"
  case overlay
  case overlayBorder = "overlay.border"
  case overlayTitle = "overlay.title"
  case toastInfo = "toast.info"
  case toastWarning = "toast.warning"
  case toastError = "toast.error"

  /// Its place in `allCases`.
  static let indices: [StyleName: UInt8] = Dictionary(
    uniqueKeysWithValues: allCases.enumerated().map { ($1, UInt8($0)) })
}

/// States laid over a style: a selected row keeps the colours of what stands in it.
package struct StyleLayers: OptionSet, Hashable, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let unread = StyleLayers(rawValue: 1)
  package static let marked = StyleLayers(rawValue: 2)
  package static let selected = StyleLayers(rawValue: 4)

  static let all: [(layer: StyleLayers, name: String)] = [
    (.unread, "unread"), (.marked, "marked"), (.selected, "selected"),
  ]
}

/// The style of a cell: a name and the layers over it. Two bytes; the theme makes colours of it.
package struct Style: Hashable, Sendable, CustomStringConvertible {
  let index: UInt8
  package var layers: StyleLayers

  package init(_ name: StyleName, _ layers: StyleLayers = []) {
    index = StyleName.indices[name] ?? 0
    self.layers = layers
  }

  private init(index: UInt8, layers: StyleLayers) {
    self.index = index
    self.layers = layers
  }

  package var name: StyleName { StyleName.allCases[Int(index)] }

  /// The same style with more layers.
  package func over(_ more: StyleLayers) -> Style {
    Style(index: index, layers: layers.union(more))
  }

  /// Its place in a table of `Style.count` looks.
  var key: Int { Int(index) * 8 + Int(layers.rawValue & 7) }
  static let count = StyleName.allCases.count * 8

  package static let text = Style(.text)

  package var description: String {
    StyleLayers.all.reduce(name.rawValue) {
      layers.contains($1.layer) ? $0 + "." + $1.name : $0
    }
  }
}

/// Character attributes.
package struct Attributes: OptionSet, Hashable, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let bold = Attributes(rawValue: 1)
  package static let dim = Attributes(rawValue: 2)
  package static let italic = Attributes(rawValue: 4)
  package static let underline = Attributes(rawValue: 8)
  package static let reverse = Attributes(rawValue: 16)

  static let names: [String: Attributes] = [
    "bold": .bold, "dim": .dim, "italic": .italic, "underline": .underline, "reverse": .reverse,
  ]
}

/// What a theme makes of a style.
package struct Look: Hashable, Sendable {
  package var foreground = Color.standard
  package var background = Color.standard
  package var attributes: Attributes = []
  /// Attributes when there is no colour; `attributes` when nil.
  package var mono: Attributes?
}
