package import Terminal

/// Where everything stands: a pure function of the size, the focus and the zoom.
package struct Layout: Hashable, Sendable {
  /// What separates panes.
  package enum Frame: Hashable, Sendable {
    /// A border around each.
    case box
    /// A line with the title above each.
    case rule
  }

  /// Below this nothing but a word about it is drawn.
  package static let smallest = Size(columns: 20, rows: 5)

  package let frame: Frame
  package let title: Rect
  package let status: Rect
  /// Between title and status.
  package let body: Rect
  /// The panes that are shown, from the left and the top.
  package let panes: [PaneID: Rect]

  /// `nil` for a size that is too small.
  package init?(_ size: Size, focus: PaneID, zoomed: Bool = false) {
    guard size.columns >= Self.smallest.columns, size.rows >= Self.smallest.rows else { return nil }
    let (top, rest) = Rect(size).splitTop(1)
    let (body, bottom) = rest.splitBottom(1)
    title = top
    status = bottom
    self.body = body
    frame = size.columns >= 100 ? .box : .rule
    if zoomed {
      panes = [focus: body]
    } else if size.columns >= 160 {
      panes = Self.threeColumns(body)
    } else if size.columns >= 100 {
      panes = Self.twoColumns(body, focus)
    } else if size.columns >= 60, size.rows >= 20 {
      panes = Self.listAndCard(body, focus)
    } else {
      panes = [focus: body]
    }
  }

  private static func threeColumns(_ body: Rect) -> [PaneID: Rect] {
    let (tracks, rest) = body.splitLeft(body.width >= 190 ? 30 : 26)
    let (cards, card) = rest.splitLeft(rest.width / 2)
    return [.tracks: tracks, .cards: cards, .card: card]
  }

  private static func twoColumns(_ body: Rect, _ focus: PaneID) -> [PaneID: Rect] {
    let (tracks, rest) = body.splitLeft(24)
    guard body.height >= 16 else {
      return [.tracks: tracks, (focus == .card ? .card : .cards): rest]
    }
    let (cards, card) = rest.splitTop(max(7, rest.height * 2 / 5))
    return [.tracks: tracks, .cards: cards, .card: card]
  }

  /// The card has more room while it is being read.
  private static func listAndCard(_ body: Rect, _ focus: PaneID) -> [PaneID: Rect] {
    let (list, card) = body.splitTop(focus == .card ? body.height / 3 : body.height / 2)
    return [(focus == .tracks ? .tracks : .cards): list, .card: card]
  }

  /// The inside of a pane, below or within its frame.
  package func inside(_ pane: PaneID) -> Rect? {
    guard let rect = panes[pane] else { return nil }
    return frame == .box ? rect.inset(dx: 1, dy: 1) : rect.splitTop(1).rest
  }

  /// The pane at a cell.
  package func pane(at point: Point) -> PaneID? {
    panes.first { $0.value.contains(point) }?.key
  }
}
