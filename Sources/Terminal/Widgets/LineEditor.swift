/// A text field: its text, a cursor and what scrolls it into view. A pure value.
///
/// What is typed or pasted is sanitised as any other text, so what is shown is what is sent.
package struct LineEditor: Sendable {
  /// Most scalars of text.
  package let limit: Int
  /// Whether Alt-Enter makes a line.
  package let isMultiline: Bool
  /// One cluster, or a line feed, each.
  private(set) var clusters: [String] = []
  /// Before which cluster the cursor stands.
  package private(set) var cursor = 0
  private var killed: [String] = []
  /// The first column (one line) or row (many) shown.
  private var offset = 0

  package init(_ text: String = "", isMultiline: Bool = false, limit: Int = 16_384) {
    self.isMultiline = isMultiline
    self.limit = limit
    insert(text)
  }

  /// The text as it will be sent.
  package var text: String { clusters.joined() }
  /// The text as it can be drawn.
  package var safeText: SafeText { SafeText(safe: text) }
  package var isEmpty: Bool { clusters.isEmpty }

  /// Replaces everything; the cursor goes to the end.
  package mutating func set(_ text: String) {
    clusters = []
    cursor = 0
    offset = 0
    insert(text)
  }

  /// Inserts at the cursor what is safe of a text. Line breaks become spaces in a one-line field.
  package mutating func insert(_ text: String) {
    let room = limit - clusters.reduce(0) { $0 + $1.unicodeScalars.count }
    guard room > 0, !text.isEmpty else { return }
    let added =
      isMultiline
      ? SafeText(untrustedMultiline: text, limit: room) : SafeText(untrusted: text, limit: room)
    // A mark or a joiner typed now belongs to the cluster before it.
    let start = max(0, cursor - 1)
    let joined = clusters[start..<cursor].joined() + (added.isEmpty ? text : added.string)
    let clean =
      isMultiline
      ? SafeText(untrustedMultiline: joined, limit: limit)
      : SafeText(untrusted: joined, limit: limit)
    let fresh = clean.clusters.map { String($0.text) }
    clusters.replaceSubrange(start..<cursor, with: fresh)
    cursor = start + fresh.count
  }

  /// Inserts pasted text, all at once; false when some of it did not fit and was cut.
  package mutating func paste(_ text: String) -> Bool {
    let room = limit - clusters.reduce(0) { $0 + $1.unicodeScalars.count }
    let fits = text.unicodeScalars.dropFirst(room).isEmpty
    insert(text)
    return fits
  }

  /// What `C-y` inserts, until something is cut out.
  package mutating func setKilled(_ text: String) {
    killed =
      (isMultiline ? SafeText(untrustedMultiline: text) : SafeText(untrusted: text))
      .clusters.map { String($0.text) }
  }

  /// What stands before the cursor, back to one of these marks at the start of a word; `nil` when
  /// the cursor is not behind one.
  package func wordBefore(marks: Set<Character>) -> String? {
    var start = cursor
    while start > 0, clusters[start - 1] != " ", clusters[start - 1] != "\n" { start -= 1 }
    let word = clusters[start..<cursor].joined()
    return word.first.map(marks.contains) == true ? word : nil
  }

  /// Replaces so many clusters before the cursor; returns how many stand there instead.
  package mutating func replaceBefore(_ count: Int, with text: String) -> Int {
    delete(max(0, cursor - count)..<cursor)
    let start = cursor
    insert(text)
    return cursor - start
  }

  /// Edits by a key; false when the key means nothing here. Characters insert themselves. Enter,
  /// Esc, Tab and keys bound by the keymap are the caller's.
  package mutating func press(_ key: Key) -> Bool {
    if let typed = key.typed {
      insert(String(Character(typed)))
      return true
    }
    switch (key.code, key.modifiers) {
    case (.enter, .alt), (.character("j"), .control):
      guard isMultiline else { return false }
      insert("\n")
    case (.left, []), (.character("b"), .control): cursor = max(0, cursor - 1)
    case (.right, []), (.character("f"), .control): cursor = min(clusters.count, cursor + 1)
    case (.left, .control), (.left, .alt), (.character("b"), .alt): cursor = wordStart
    case (.right, .control), (.right, .alt), (.character("f"), .alt): cursor = wordEnd
    case (.home, []), (.character("a"), .control): cursor = lineStart
    case (.end, []), (.character("e"), .control): cursor = lineEnd
    case (.home, .control): cursor = 0
    case (.end, .control): cursor = clusters.count
    case (.up, []): return moveLine(by: -1)
    case (.down, []): return moveLine(by: 1)
    case (.backspace, []), (.backspace, .shift): delete(max(0, cursor - 1)..<cursor)
    case (.delete, []), (.character("d"), .control):
      delete(cursor..<min(clusters.count, cursor + 1))
    case (.backspace, .control), (.backspace, .alt), (.character("w"), .control):
      kill(wordStart..<cursor)
    case (.delete, .control), (.character("d"), .alt): kill(cursor..<wordEnd)
    case (.character("u"), .control): kill(lineStart..<cursor)
    case (.character("k"), .control):
      kill(cursor..<(lineEnd == cursor ? min(clusters.count, cursor + 1) : lineEnd))
    case (.character("y"), .control): insert(killed.joined())
    default: return false
    }
    return true
  }

  private mutating func delete(_ range: Range<Int>) {
    clusters.removeSubrange(range)
    cursor = range.lowerBound
  }

  private mutating func kill(_ range: Range<Int>) {
    guard !range.isEmpty else { return }
    killed = Array(clusters[range])
    delete(range)
  }

  private var lineStart: Int {
    (clusters[..<cursor].lastIndex(of: "\n") ?? -1) + 1
  }

  private var lineEnd: Int { clusters[cursor...].firstIndex(of: "\n") ?? clusters.count }

  private func isWord(_ index: Int) -> Bool {
    guard let first = clusters[index].unicodeScalars.first else { return false }
    return first.properties.isAlphabetic || first.properties.numericType != nil || first == "_"
  }

  private var wordStart: Int {
    var index = cursor
    while index > 0, !isWord(index - 1) { index -= 1 }
    while index > 0, isWord(index - 1) { index -= 1 }
    return index
  }

  private var wordEnd: Int {
    var index = cursor
    while index < clusters.count, !isWord(index) { index += 1 }
    while index < clusters.count, isWord(index) { index += 1 }
    return index
  }

  /// To the same column of the line above or below; false at the first and last.
  private mutating func moveLine(by step: Int) -> Bool {
    guard isMultiline else { return false }
    let column = cursor - lineStart
    let here = (lineStart, lineEnd)
    if step < 0 {
      guard here.0 > 0 else { return false }
      cursor = here.0 - 1
    } else {
      guard here.1 < clusters.count else { return false }
      cursor = here.1 + 1
    }
    cursor = min(lineStart + column, lineEnd)
    return true
  }
}

extension LineEditor {
  /// Draws the field, scrolled so that the cursor shows, and puts the terminal's cursor there when
  /// `focused`.
  package mutating func draw(
    on surface: inout Surface, in rect: Rect, focused: Bool, placeholder: SafeText = ""
  ) {
    surface.fill(rect, Style(.input))
    guard !rect.isEmpty else { return }
    if isEmpty {
      surface.text(
        placeholder, at: rect.origin, width: rect.width, style: Style(.inputPlaceholder))
    }
    if isMultiline {
      drawLines(on: &surface, in: rect, focused: focused)
    } else {
      drawLine(on: &surface, in: rect, focused: focused)
    }
  }

  private func width(_ cluster: String) -> Int { SafeText(safe: cluster).width }

  private mutating func drawLine(on surface: inout Surface, in rect: Rect, focused: Bool) {
    let before = clusters[..<cursor].reduce(0) { $0 + width($1) }
    if before - offset > rect.width - 1 { offset = before - rect.width + 1 }
    if before < offset { offset = before }
    var x = rect.x - offset
    surface.clipped(to: rect) { surface in
      for cluster in clusters {
        let width = width(cluster)
        if x >= rect.x, x + width <= rect.right {
          surface.text(SafeText(safe: cluster), at: Point(x: x, y: rect.y), style: Style(.input))
        }
        x += width
      }
    }
    if focused { surface.cursor = Point(x: rect.x + before - offset, y: rect.y) }
  }

  private mutating func drawLines(on surface: inout Surface, in rect: Rect, focused: Bool) {
    let (rows, place) = layout(width: rect.width)
    if place.y < offset { offset = place.y }
    if place.y - offset >= rect.height { offset = place.y - rect.height + 1 }
    offset = max(0, min(offset, rows.count - 1))
    for (index, row) in rows.dropFirst(offset).prefix(rect.height).enumerated() {
      surface.text(
        SafeText(safe: row), at: Point(x: rect.x, y: rect.y + index), width: rect.width,
        style: Style(.input))
    }
    if focused {
      surface.cursor = Point(
        x: rect.x + min(place.x, rect.width - 1), y: rect.y + place.y - offset)
    }
  }

  /// How many rows the text takes at a width.
  package func height(width: Int) -> Int { layout(width: width).rows.count }

  /// The rows at a width, broken between clusters, and where the cursor is in them.
  private func layout(width columns: Int) -> (rows: [String], cursor: Point) {
    let columns = max(2, columns)
    var rows = [""]
    var used = 0
    var place = Point(x: 0, y: 0)
    for (index, cluster) in clusters.enumerated() {
      let width = width(cluster)
      if cluster != "\n", used + width > columns {
        rows.append("")
        used = 0
      }
      if index == cursor { place = Point(x: used, y: rows.count - 1) }
      if cluster == "\n" {
        rows.append("")
        used = 0
      } else {
        rows[rows.count - 1] += cluster
        used += width
      }
    }
    if cursor == clusters.count {
      if used >= columns {
        rows.append("")
        used = 0
      }
      place = Point(x: used, y: rows.count - 1)
    }
    return (rows, place)
  }
}
