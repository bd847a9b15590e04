/// A piece of text in one style.
package struct Span: Hashable, Sendable {
  package var text: SafeText
  package var style: Style
  /// What the terminal opens when the text is clicked.
  package var link: Link?

  package init(_ text: SafeText, _ style: StyleName = .text) {
    self.text = text
    self.style = Style(style)
  }

  package init(_ text: SafeText, style: Style, link: Link? = nil) {
    self.text = text
    self.style = style
    self.link = link
  }
}

/// What panes draw on: a grid, a clipping rectangle and a cursor. Points are those of the screen;
/// nothing is ever drawn outside the clip.
package struct Surface: Sendable {
  package private(set) var grid: Grid
  /// Drawing stays inside.
  package private(set) var clip: Rect
  /// Where the terminal's cursor stands; nil hides it.
  package var cursor: Point?

  package init(_ size: Size) {
    grid = Grid(size)
    clip = Rect(size)
  }

  package var size: Size { grid.size }
  package var area: Rect { Rect(grid.size) }

  /// Draws with a smaller clip.
  package mutating func clipped(to rect: Rect, _ body: (inout Surface) -> Void) {
    let outer = clip
    clip = clip.intersection(rect)
    body(&self)
    clip = outer
  }

  /// Blanks.
  package mutating func fill(_ rect: Rect, _ style: Style = .text) {
    grid.fill(rect, style: style, clip: clip)
  }

  /// Lays more layers over what is drawn.
  package mutating func lay(_ layers: StyleLayers, over rect: Rect) {
    grid.restyle(rect, clip: clip) { $0.over(layers) }
  }

  /// Another sign of one cell in the place of one, where it is in a style. How many there were.
  package mutating func replace(
    _ glyph: Unicode.Scalar, in name: StyleName, by other: Unicode.Scalar
  ) -> Int {
    grid.replace(glyph, in: name, by: other)
  }

  /// Gives everything in a rectangle one style, as behind an overlay.
  package mutating func restyle(_ rect: Rect, _ style: Style) {
    grid.restyle(rect, clip: clip) { _ in style }
  }

  /// One line of text in at most `width` cells, cut with `…`. Returns the cells used.
  @discardableResult
  package mutating func text(
    _ text: SafeText, at point: Point, width: Int = .max, style: Style = .text
  ) -> Int {
    spans([Span(text, style: style)], at: point, width: width)
  }

  /// One line of pieces in at most `width` cells, cut with `…`. Returns the cells used.
  @discardableResult
  package mutating func spans(
    _ spans: [Span], at point: Point, width: Int = .max, layers: StyleLayers = []
  ) -> Int {
    let room = min(width, clip.right - point.x)
    guard room > 0 else { return 0 }
    var x = point.x
    let end = point.x + room
    for (number, span) in spans.enumerated() {
      let style = span.style.over(layers)
      let link = span.link.map { grid.number(of: $0) } ?? 0
      if span.text.isPlain {
        let count = span.text.string.utf8.count
        let isWhole =
          x + count < end
          || (x + count == end && spans[(number + 1)...].allSatisfy { $0.text.isEmpty })
        let shown = isWhole ? count : max(0, end - x - 1)
        grid.put(
          plain: span.text, shown, at: Point(x: x, y: point.y), style: style, clip: clip,
          link: link)
        x += shown
        if !isWhole {
          ellipsis(at: x, end: end, y: point.y, style: style)
          return room
        }
        continue
      }
      for cluster in span.text.clusters where cluster.width > 0 {
        if x + cluster.width > end || (x + cluster.width == end && !isLast(cluster, number, spans))
        {
          ellipsis(at: x, end: end, y: point.y, style: style)
          return room
        }
        grid.put(cluster, at: Point(x: x, y: point.y), style: style, clip: clip, link: link)
        x += cluster.width
      }
    }
    return x - point.x
  }

  /// Whether nothing that takes a cell follows. Only asked at the last cell of a line.
  private func isLast(_ cluster: Clusters.Element, _ number: Int, _ spans: [Span]) -> Bool {
    let atEnd = cluster.text.endIndex == spans[number].text.string.endIndex
    return atEnd && spans[(number + 1)...].allSatisfy { $0.text.isEmpty }
  }

  private mutating func ellipsis(at x: Int, end: Int, y: Int, style: Style) {
    var x = x
    for cluster in SafeText("…").clusters where x < end {
      grid.put(cluster, at: Point(x: x, y: y), style: style, clip: clip)
      x += 1
    }
    if x < end { grid.fill(Rect(x: x, y: y, width: end - x, height: 1), style: style, clip: clip) }
  }

  /// A list row over the whole width: pieces from the left, pieces at the right edge, which stay
  /// whole while the left is cut. The layers cover the row.
  package mutating func row(
    _ rect: Rect, left: [Span], right: [Span] = [], style: StyleName = .row,
    layers: StyleLayers = []
  ) {
    let line = rect.row(0)
    fill(line, Style(style, layers))
    let rightWidth = right.reduce(0) { $0 + $1.text.width }
    let showsRight = rightWidth > 0 && rightWidth + 4 <= line.width
    let leftWidth = showsRight ? line.width - rightWidth - 1 : line.width
    spans(left, at: line.origin, width: leftWidth, layers: layers)
    if showsRight {
      spans(
        right, at: Point(x: line.right - rightWidth, y: line.y), width: rightWidth, layers: layers)
    }
  }

  /// Wrapped text from the top of a rectangle, skipping `skip` lines. Returns how many lines the
  /// whole text has.
  @discardableResult
  package mutating func paragraph(
    _ text: SafeText, in rect: Rect, skip: Int = 0, style: Style = .text
  ) -> Int {
    let lines = text.wrapped(to: rect.width)
    for (index, line) in lines.dropFirst(skip).prefix(rect.height).enumerated() {
      self.text(line, at: Point(x: rect.x, y: rect.y + index), width: rect.width, style: style)
    }
    return lines.count
  }

  /// A horizontal rule with an optional title: `─ title ────── trailing`.
  package mutating func rule(
    _ rect: Rect, title: SafeText = "", trailing: SafeText = "", style: StyleName = .divider,
    titleStyle: StyleName = .title
  ) {
    let line = rect.row(0)
    guard !line.isEmpty else { return }
    grid.fill(line, with: "─", style: Style(style), clip: clip)
    caption(title, trailing, in: line, style: titleStyle)
  }

  /// A border with titles in it; heavy and in the focused style when it has the focus. Returns the
  /// inside. A rectangle below 2 by 2 gets no border.
  @discardableResult
  package mutating func box(
    _ rect: Rect, title: SafeText = "", trailing: SafeText = "", focused: Bool = false,
    border: StyleName? = nil, titleStyle: StyleName? = nil
  ) -> Rect {
    guard rect.width >= 2, rect.height >= 2 else { return rect }
    let style = Style(border ?? (focused ? .borderFocused : .border))
    let parts: [Unicode.Scalar] =
      focused ? ["━", "┃", "┏", "┓", "┗", "┛"] : ["─", "│", "┌", "┐", "└", "┘"]
    let (right, bottom) = (rect.right - 1, rect.bottom - 1)
    func draw(_ part: Int, _ x: Int, _ y: Int, _ width: Int, _ height: Int) {
      let line = Rect(x: x, y: y, width: width, height: height)
      grid.fill(line, with: parts[part], style: style, clip: clip)
    }
    draw(0, rect.x, rect.y, rect.width, 1)
    draw(0, rect.x, bottom, rect.width, 1)
    draw(1, rect.x, rect.y, 1, rect.height)
    draw(1, right, rect.y, 1, rect.height)
    draw(2, rect.x, rect.y, 1, 1)
    draw(3, right, rect.y, 1, 1)
    draw(4, rect.x, bottom, 1, 1)
    draw(5, right, bottom, 1, 1)
    let top = Rect(x: rect.x + 1, y: rect.y, width: rect.width - 2, height: 1)
    caption(title, trailing, in: top, style: titleStyle ?? (focused ? .titleFocused : .title))
    return rect.inset(dx: 1, dy: 1)
  }

  private mutating func caption(
    _ title: SafeText, _ trailing: SafeText, in line: Rect, style: StyleName
  ) {
    var left = line.x + 1
    if !title.isEmpty, line.width > 4 {
      left += text(
        " \(title.truncated(to: line.width - 4)) ", at: Point(x: left, y: line.y),
        width: line.width - 2, style: Style(style))
    }
    let width = trailing.width + 2
    if !trailing.isEmpty, line.right - width > left {
      text(
        " \(trailing) ", at: Point(x: line.right - width, y: line.y), width: width,
        style: Style(style))
    }
  }
}
