/// One cell of a grid.
struct Cell: Hashable {
  /// A scalar, or the number of a cluster with the top bit set.
  var glyph: UInt32
  /// 1, 2, or 0 for the right half of a wide cluster.
  var width: UInt8
  var style: Style
  /// The number of a link of the grid, from 1; 0 for none.
  var link: UInt8 = 0

  static let clusterBit: UInt32 = 0x8000_0000
  static let blank = Cell(glyph: 0x20, width: 1, style: .text)
}

/// What a screen shows: cells of safe text and their styles. Wide clusters are always whole.
package struct Grid: Sendable, Equatable {
  package let size: Size
  private(set) var cells: [Cell]
  private var clusters: [String] = []
  private var numbers: [String: UInt32] = [:]
  private var links: [Link] = []

  /// Blank cells in the style `text`.
  package init(_ size: Size) {
    self.size = size
    cells = Array(repeating: .blank, count: size.columns * size.rows)
  }

  /// Puts a cluster at a point inside `clip`. A wide one that does not fit whole becomes a blank;
  /// what it half covers becomes blank too.
  mutating func put(
    _ cluster: Clusters.Element, at point: Point, style: Style, clip: Rect, link: UInt8 = 0
  ) {
    guard cluster.width > 0, clip.contains(point) else { return }
    let fits = point.x + cluster.width <= clip.right
    let glyph = fits ? number(of: cluster.text) : 0x20
    write(glyph, width: fits ? cluster.width : 1, at: point, style: style, link: link)
  }

  /// Puts the first `count` cells of a plain text from a point on, inside `clip`.
  mutating func put(
    plain text: SafeText, _ count: Int, at point: Point, style: Style, clip: Rect, link: UInt8
  ) {
    let area = Rect(x: point.x, y: point.y, width: count, height: 1).intersection(clip)
      .intersection(Rect(size))
    guard !area.isEmpty else { return }
    breakWide(at: area.origin)
    breakWide(at: Point(x: area.right - 1, y: area.y))
    let bytes = text.string.utf8.span
    let start = area.y * size.columns
    for x in area.x..<area.right {
      cells[start + x] = Cell(
        glyph: UInt32(bytes[x - point.x]), width: 1, style: style, link: link)
    }
  }

  /// The number that cells know a link by; 0, no link, when a grid has too many.
  mutating func number(of link: Link) -> UInt8 {
    if let index = links.firstIndex(of: link) { return UInt8(index + 1) }
    guard links.count < 255 else { return 0 }
    links.append(link)
    return UInt8(links.count)
  }

  /// The link of a cell.
  func link(of cell: Cell) -> Link? { cell.link == 0 ? nil : links[Int(cell.link) - 1] }

  /// Blanks, or another sign of one cell, inside `clip`.
  mutating func fill(
    _ rect: Rect, with glyph: Unicode.Scalar = " ", style: Style, clip: Rect
  ) {
    let area = rect.intersection(clip).intersection(Rect(size))
    guard !area.isEmpty else { return }
    for y in area.y..<area.bottom {
      breakWide(at: Point(x: area.x, y: y))
      breakWide(at: Point(x: area.right - 1, y: y))
      let start = y * size.columns
      for x in area.x..<area.right {
        cells[start + x] = Cell(glyph: glyph.value, width: 1, style: style)
      }
    }
  }

  /// Other styles for the cells inside `clip`, the text stays.
  mutating func restyle(_ rect: Rect, clip: Rect, _ change: (Style) -> Style) {
    let area = rect.intersection(clip).intersection(Rect(size))
    guard !area.isEmpty else { return }
    for y in area.y..<area.bottom {
      for index in (y * size.columns + area.x)..<(y * size.columns + area.right) {
        cells[index].style = change(cells[index].style)
      }
    }
  }

  /// How many cells are other than those of another grid; all, where that has another size.
  func cells(otherThan other: Grid?) -> Int {
    guard let other, other.size == size else { return cells.count }
    return zip(cells, other.cells).count { $0 != $1 }
  }

  /// Another sign of one cell in the place of one, where it is in a style. How many there were.
  mutating func replace(_ glyph: Unicode.Scalar, in name: StyleName, by other: Unicode.Scalar)
    -> Int
  {
    var count = 0
    for index in cells.indices
    where cells[index].glyph == glyph.value && cells[index].style.name == name {
      cells[index].glyph = other.value
      count += 1
    }
    return count
  }

  private mutating func write(
    _ glyph: UInt32, width: Int, at point: Point, style: Style, link: UInt8
  ) {
    guard Rect(size).contains(point), point.x + width <= size.columns else { return }
    breakWide(at: point)
    let index = point.y * size.columns + point.x
    if width == 2 {
      breakWide(at: Point(x: point.x + 1, y: point.y))
      cells[index + 1] = Cell(glyph: 0x20, width: 0, style: style, link: link)
    }
    cells[index] = Cell(glyph: glyph, width: UInt8(width), style: style, link: link)
  }

  /// Blanks the wide cluster that covers a point, so that no half is left.
  private mutating func breakWide(at point: Point) {
    let index = point.y * size.columns + point.x
    if cells[index].width == 0, point.x > 0 {
      cells[index - 1] = Cell(glyph: 0x20, width: 1, style: cells[index - 1].style)
      cells[index] = Cell(glyph: 0x20, width: 1, style: cells[index].style)
    } else if cells[index].width == 2, point.x + 1 < size.columns {
      cells[index] = Cell(glyph: 0x20, width: 1, style: cells[index].style)
      cells[index + 1] = Cell(glyph: 0x20, width: 1, style: cells[index + 1].style)
    }
  }

  private mutating func number(of text: Substring) -> UInt32 {
    let scalars = text.unicodeScalars
    if let only = scalars.first, scalars.index(after: scalars.startIndex) == scalars.endIndex {
      return only.value
    }
    let key = String(text)
    if let known = numbers[key] { return known }
    let number = Cell.clusterBit | UInt32(clusters.count)
    clusters.append(key)
    numbers[key] = number
    return number
  }

  /// The scalars of a cell.
  func text(of cell: Cell) -> String {
    if cell.glyph & Cell.clusterBit != 0 { return clusters[Int(cell.glyph & ~Cell.clusterBit)] }
    return Unicode.Scalar(cell.glyph).map { String(Character($0)) } ?? " "
  }

  /// The text and style of a cell; nil outside, and for the right half of a wide cluster.
  package func cell(at point: Point) -> (text: String, style: Style)? {
    guard Rect(size).contains(point) else { return nil }
    let cell = cells[point.y * size.columns + point.x]
    return cell.width == 0 ? nil : (text(of: cell), cell.style)
  }

  /// Where a cell leads; nil for nowhere.
  package func link(at point: Point) -> Link? {
    guard Rect(size).contains(point) else { return nil }
    return link(of: cells[point.y * size.columns + point.x])
  }

  package static func == (left: Grid, right: Grid) -> Bool {
    guard left.size == right.size else { return false }
    return zip(left.cells, right.cells).allSatisfy { a, b in
      guard a.width == b.width, a.style == b.style, left.link(of: a) == right.link(of: b)
      else { return false }
      if (a.glyph | b.glyph) & Cell.clusterBit == 0 { return a.glyph == b.glyph }
      return left.text(of: a).utf8.elementsEqual(right.text(of: b).utf8)
    }
  }
}

/// What tests and `:save-display` read.
extension Grid {
  /// The rows, without blanks at their ends, joined by line feeds.
  package var text: String { (0..<size.rows).map(row).joined(separator: "\n") }

  /// One row, without blanks at its end.
  package func row(_ y: Int) -> String {
    var line = ""
    for cell in cells[(y * size.columns)..<((y + 1) * size.columns)] where cell.width > 0 {
      line += text(of: cell)
    }
    while line.utf8.last == 0x20 { line.removeLast() }
    return line
  }

  /// The runs of one row that are not plain `text`: `~~~ FIRST-LAST STYLE`, columns from 0, and
  /// where they lead.
  package func styles(ofRow y: Int) -> [String] {
    let row = Array(cells[(y * size.columns)..<((y + 1) * size.columns)])
    var runs: [String] = []
    var start = 0
    for x in 1...max(1, row.count)
    where x >= row.count || row[x].style != row[start].style || row[x].link != row[start].link {
      if start < row.count, row[start].style != .text || row[start].link != 0 {
        let target = link(of: row[start]).map { " \($0.address)" } ?? ""
        runs.append("~~~ \(start)-\(x - 1) \(row[start].style)\(target)")
      }
      start = x
    }
    return runs
  }

  /// Every row followed by its runs of styles.
  package var styledText: String {
    (0..<size.rows).map { ([row($0)] + styles(ofRow: $0)).joined(separator: "\n") }
      .joined(separator: "\n")
  }
}
