import Replica
import Studio
import Terminal
import Workspace

extension BoardPane {
  /// The least cells that a column needs.
  static let narrowest = 24

  func draw(on surface: inout Surface, in area: Rect, focused: Bool) {
    (youngest, nextChange) = (nil, nil)
    spots = Spots()
    if let words = emptyWords {
      surface.paragraph(words, in: area.inset(dx: 1, dy: 0), style: Style(.dim))
      return
    }
    if isSingle {
      drawSingle(on: &surface, in: area, focused: focused)
    } else {
      drawColumns(on: &surface, in: area, focused: focused)
    }
  }

  private var emptyWords: SafeText? {
    switch scene.room?.status {
    case nil: return scene.empty("No room yet. N founds one, J joins one with an invite.")
    case "pending": return "The room opens here when somebody admits you."
    default: break
    }
    guard columns.allSatisfy(\.rows.isEmpty) else { return nil }
    if wasStopped { return scene.empty("Reading takes long; the cards come.") }
    return scene.filter.isEmpty
      ? "No cards yet. c makes one." : "No card fits the filter. Esc clears it."
  }

  // MARK: One column at a time

  private func drawSingle(on surface: inout Surface, in area: Rect, focused: Bool) {
    let (strip, body) = area.splitTop(area.height >= 3 ? 1 : 0)
    if !strip.isEmpty { drawStrip(on: &surface, in: strip, origin: area.origin) }
    spots.firstRow = strip.height
    spots.columns = [(0..<area.width, current)]
    draw(current, on: &surface, in: body, lines: body.height >= 4 ? 2 : 1, focused: focused)
  }

  /// ` backlog 12  ready 4  [doing 5]  done 31`; where not all fit, the current one and its place.
  private func drawStrip(on surface: inout Surface, in line: Rect, origin: Point) {
    let words = columns.indices.map { index -> SafeText in
      let column = columns[index]
      let text: SafeText = "\(column.kind.title) \(column.countWords)"
      return index == current ? "[\(text)]" : text
    }
    let needed = words.reduce(1) { $0 + $1.width + 2 }
    guard needed <= line.width else {
      let text: SafeText =
        "\(current > 0 ? "‹" : " ") \(words[current]) \(current + 1 < columns.count ? "›" : " ")"
      let place: SafeText = "\(current + 1)/\(columns.count)"
      surface.row(
        line, left: [Span(" \(text)", .tabActive)], right: [Span("\(place) ", .dim)], style: .text)
      spots.strip = [
        (0..<3, max(0, current - 1)), (3..<line.width, min(columns.count - 1, current + 1)),
      ]
      return
    }
    var x = line.x + 1
    for (index, text) in words.enumerated() {
      surface.text(
        text, at: Point(x: x, y: line.y), width: max(0, line.right - x),
        style: Style(index == current ? .tabActive : .tab))
      spots.strip.append(((x - origin.x)..<(x - origin.x + text.width), index))
      x += text.width + 2
    }
  }

  // MARK: Side by side

  private func drawColumns(on surface: inout Surface, in area: Rect, focused: Bool) {
    let fitting = max(1, min(columns.count, (area.width + 1) / (Self.narrowest + 1)))
    firstColumn = max(
      0, min(firstColumn, current, columns.count - fitting))
    if current >= firstColumn + fitting { firstColumn = current - fitting + 1 }
    let width = (area.width - (fitting - 1)) / fitting
    let (head, rest) = area.splitTop(area.height >= 4 ? 2 : 0)
    let isTall = rest.height >= 40
    spots.firstRow = head.height
    for number in 0..<fitting {
      let index = firstColumn + number
      let x = area.x + number * (width + 1)
      let own = number == fitting - 1 ? area.right - x : width
      spots.columns.append(((x - area.x)..<(x - area.x + own), index))
      if !head.isEmpty {
        drawHead(
          index, on: &surface, in: Rect(x: x, y: head.y, width: own, height: 2),
          hasMore: (number == 0 && index > 0, number == fitting - 1 && index + 1 < columns.count),
          focused: focused)
      }
      draw(
        index, on: &surface, in: Rect(x: x, y: rest.y, width: own, height: rest.height),
        lines: isTall ? 4 : rest.height >= 4 ? 2 : 1, focused: focused)
    }
  }

  private func drawHead(
    _ index: Int, on surface: inout Surface, in area: Rect, hasMore: (left: Bool, right: Bool),
    focused: Bool
  ) {
    let column = columns[index]
    let isCurrent = index == current
    let title = SafeText(untrusted: column.kind.title.string.uppercased())
    let mark: SafeText = isCurrent ? "▸" : hasMore.left ? "‹" : " "
    surface.row(
      area.row(0),
      left: [Span("\(mark)\(title) \(column.countWords)", isCurrent ? .tabActive : .heading)],
      right: hasMore.right ? [Span("›", .dim)] : [], style: .text)
    surface.rule(area.row(1), style: isCurrent && focused ? .borderFocused : .divider)
  }

  // MARK: Cards

  /// - Parameter lines: of each card; the last of four stays blank.
  private func draw(
    _ index: Int, on surface: inout Surface, in area: Rect, lines: Int, focused: Bool
  ) {
    let isCurrent = index == current
    spots.cardHeight = lines
    let fits = max(1, area.height / lines)
    let overflows = columns[index].count > fits && area.height > lines
    let height = overflows ? max(1, (area.height - 1) / lines) : fits
    columns[index].list.fit(columns[index].ids, height: height)
    let column = columns[index]
    let visible = column.list.visible(of: column.rows.count)
    for (y, number) in visible.enumerated() {
      let card = column.rows[number]
      let rect = area.splitTop(y * lines).rest.splitTop(lines).top
      let isSelected = isCurrent && card.id == column.list.selected
      youngest = max(youngest ?? 0, card.updatedAt)
      let tile = CardTile(
        card: card, scene: scene, isSelected: isSelected, isMarked: marked.contains(card.id))
      tile.draw(on: &surface, in: rect)
      nextChange = [nextChange, tile.presence?.nextChange].compactMap(\.self).min()
      if isSelected, focused { surface.cursor = rect.origin }
    }
    let below = column.count - visible.upperBound
    if overflows, below > 0 {
      surface.text(
        " … \(below)\(column.count >= BoardColumn.mostCounted ? "+" : "") more",
        at: Point(x: area.x + 1, y: area.bottom - 1), width: area.width - 1, style: Style(.dim))
    }
  }
}
