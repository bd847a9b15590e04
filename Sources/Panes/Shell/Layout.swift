package import Terminal

/// Where everything stands: a pure function of the size, the place, the focus and the zoom.
package struct Layout: Hashable, Sendable {
  /// What separates panes.
  package enum Frame: Hashable, Sendable {
    /// A border around each.
    case box
    /// A line with the title above each.
    case rule
  }

  /// What of a place is not to be shown at all.
  package struct Hiding: OptionSet, Hashable, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }
    package static let places = Hiding(rawValue: 1)
    package static let detail = Hiding(rawValue: 2)
  }

  /// What the person gave to panes by dragging what divides them; `nil` for the usual.
  package struct Sizes: Hashable, Sendable {
    /// Cells of the sidebar.
    package var places: Int?
    /// Cells of the list beside its detail.
    package var width: Int?
    /// Rows of the list above its detail.
    package var height: Int?

    package init(places: Int? = nil, width: Int? = nil, height: Int? = nil) {
      (self.places, self.width, self.height) = (places, width, height)
    }
  }

  /// What divides panes and can be dragged.
  package enum Divider: Hashable, Sendable {
    /// Between the sidebar and the rest.
    case places
    /// Between the list and the detail beside it.
    case beside
    /// Between the list and the detail below it.
    case below
  }

  /// Below this nothing but a word about it is drawn.
  package static let smallest = Size(columns: 20, rows: 5)

  package let frame: Frame
  /// The first line; empty when there is no room for it.
  package let header: Rect
  /// The last line; empty when there is no room for it.
  package let footer: Rect
  /// What is left for panes.
  package let body: Rect
  private let list: PaneID
  private let detail: PaneID?
  /// The panes that are shown.
  package private(set) var panes: [PaneID: Rect] = [:]
  /// The agents at work, along the bottom of large screens.
  package private(set) var strip: Rect?

  /// `nil` for a size that is too small.
  ///
  /// - Parameter detail: the pane beside the place's list; the place's own when `nil`.
  package init?(
    _ size: Size, place: Place, focus: PaneID, zoomed: Bool = false, detail: PaneID? = nil,
    hiding: Hiding = [], sizes: Sizes = Sizes()
  ) {
    guard size.columns >= Self.smallest.columns, size.rows >= Self.smallest.rows else { return nil }
    let (top, rest) = Rect(size).splitTop(size.rows >= 10 ? 1 : 0)
    let (body, bottom) = rest.splitBottom(size.rows >= 7 ? 1 : 0)
    (header, footer, self.body) = (top, bottom, body)
    frame = size.columns >= 100 ? .box : .rule
    let detail = place.detail == nil ? nil : detail ?? place.detail
    (list, self.detail) = (place.list, detail)
    let own = [.places, place.list] + (detail.map { [$0] } ?? [])
    let focus = own.contains(focus) ? focus : place.list
    let shown = hiding.contains(.detail) && focus != detail ? nil : detail
    guard !zoomed, size.columns >= 60 else {
      panes = [focus: body]
      return
    }
    if size.columns < 100 {
      arrange(place.list, shown, in: body, focus, size.rows >= 20, place, sizes)
      return
    }
    var area = body
    if size.columns >= 160, size.rows >= 45, place != .agents {
      let (above, below) = area.splitBottom(9)
      (area, strip) = (above, below)
    }
    if !hiding.contains(.places) || focus == .places {
      let usual = size.columns >= 160 ? 28 : 24
      let (places, rest) = area.splitLeft(min(max(16, sizes.places ?? usual), area.width / 2))
      (area, panes[.places]) = (rest, places)
    }
    guard let shown else {
      panes[place.list] = area
      return
    }
    if size.columns >= 160 {
      let width = sizes.width.map { min(max(28, $0), max(28, area.width - 28)) }
      let (list, detail) = area.splitLeft(width ?? Self.listWidth(place, area.width))
      (panes[place.list], panes[shown]) = (list, detail)
    } else {
      arrange(
        place.list, shown, in: area, focus == .places ? place.list : focus, body.height >= 16,
        place, sizes)
    }
  }

  /// A list over its detail, or the one that has the focus.
  private mutating func arrange(
    _ list: PaneID, _ detail: PaneID?, in area: Rect, _ focus: PaneID, _ hasRoom: Bool,
    _ place: Place, _ sizes: Sizes
  ) {
    // A narrow board has no room to spare.
    guard let detail, hasRoom, place != .board || frame == .box else {
      panes[focus] = area
      return
    }
    let share =
      switch place {
      case .chat: area.height / 4
      case .board: area.height / 2
      default: focus == detail ? area.height / 3 : area.height * 2 / 5
      }
    let height = sizes.height.map { min(max(4, $0), max(4, area.height - 4)) }
    let (above, below) = area.splitTop(height ?? max(5, share))
    panes[focus == .places ? .places : list] = above
    panes[detail] = below
  }

  private static func listWidth(_ place: Place, _ width: Int) -> Int {
    switch place {
    case .chat: max(28, width / 4)
    // Four columns of a board fit at 200.
    case .board: max(width / 2, width - 70)
    default: width / 2
    }
  }

  /// The inside of a pane, below or within its frame.
  package func inside(_ pane: PaneID) -> Rect? {
    guard let rect = panes[pane] else { return nil }
    return frame == .box ? rect.inset(dx: 1, dy: 1) : rect.splitTop(1).rest
  }

  /// What divides the panes at a cell.
  package func divider(at point: Point) -> Divider? {
    guard let list = panes[list] else { return nil }
    let isBetween = list.y..<list.bottom ~= point.y
    if panes[.places] != nil, isBetween, [list.x - 1, list.x].contains(point.x) { return .places }
    guard let detail = detail.flatMap({ panes[$0] }) else { return nil }
    if detail.x == list.x {
      // Of a box its lower border too, but not where the title is dragged for nothing.
      let rows = frame == .box ? [detail.y - 1, detail.y] : [detail.y]
      return rows.contains(point.y) && detail.x..<detail.right ~= point.x ? .below : nil
    }
    return isBetween && [detail.x - 1, detail.x].contains(point.x) ? .beside : nil
  }

  /// The sizes after a divider was dragged to a cell.
  package func sizes(_ sizes: Sizes, dragging divider: Divider, to point: Point) -> Sizes {
    guard let list = panes[list] else { return sizes }
    var sizes = sizes
    switch divider {
    case .places: sizes.places = max(1, point.x + 1)
    case .beside: sizes.width = max(1, point.x + 1 - list.x)
    case .below: sizes.height = max(1, point.y - list.y)
    }
    return sizes
  }

  /// The pane at a cell.
  package func pane(at point: Point) -> PaneID? {
    panes.first { $0.value.contains(point) }?.key
  }
}
