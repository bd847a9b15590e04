@testable package import Terminal

/// A small terminal: what a screen shows after the bytes of some frames. Knows the sequences that
/// ncurses uses for xterm-256color and screen-256color, and counts those that it does not know.
package struct VirtualTerminal {
  package struct Pen: Hashable {
    package var foreground: String
    package var background: String
    package var attributes: Attributes
    /// Where the text leads.
    package var link = ""

    package init(foreground: String = "", background: String = "", attributes: Attributes = []) {
      self.foreground = foreground
      self.background = background
      self.attributes = attributes
    }
  }
  package struct Cell: Hashable {
    package var text = " "
    package var pen = Pen()
  }

  package let columns: Int
  package let rows: Int
  package private(set) var cells: [Cell]
  package private(set) var x = 0
  package private(set) var y = 0
  package private(set) var cursorVisible = true
  package private(set) var isSynchronized = false
  package private(set) var modes: Set<String> = []
  /// What the window is called, and the titles that were put by.
  package private(set) var title = ""
  package private(set) var keptTitles: [String] = []
  /// Questions of the program: CSI and OSC as they came.
  package private(set) var questions: [String] = []
  /// Texts that were to be shown as a notification, with the number of the OSC.
  package private(set) var notifications: [String] = []
  package private(set) var bells = 0
  package private(set) var unknown: [String] = []
  private var pen = Pen()
  private var isHidden = false
  /// The cursor waits beyond the last column for what wraps.
  private var wraps = true
  private var rest: [UInt8] = []
  private var last = " "
  private var saved = (0, 0)
  private var region = (top: 0, bottom: 0)

  package init(_ size: Size) {
    columns = size.columns
    rows = size.rows
    cells = Array(repeating: Cell(), count: columns * rows)
    region = (0, rows - 1)
  }

  package var text: String {
    (0..<rows).map { y in
      var line = cells[(y * columns)..<((y + 1) * columns)].map(\.text).joined()
      while line.hasSuffix(" ") { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }

  package subscript(x: Int, y: Int) -> Cell { cells[y * columns + x] }

  /// Takes more output; a sequence or a character that is cut waits for its rest.
  package mutating func feed(_ bytes: [UInt8]) {
    var bytes = rest + bytes
    let whole = Self.whole(bytes)
    rest = Array(bytes[whole...])
    bytes.removeSubrange(whole...)
    let text = SafeLess(bytes)
    var index = 0
    let scalars = text.scalars
    while index < scalars.count {
      let scalar = scalars[index]
      index += 1
      switch scalar.value {
      case 0x1B: index = escape(scalars, index)
      case 0x08: x = max(0, x - 1)
      case 0x0A:
        if y == region.bottom { scroll(1) } else { y = min(rows - 1, y + 1) }
      case 0x0D: x = 0
      case 0x07: bells += 1
      case 0x0E, 0x0F: break
      case 0x09: x = min(columns - 1, (x / 8 + 1) * 8)
      case 0x00..<0x20: unknown.append("C0 \(scalar.value)")
      default: put(scalar)
      }
    }
  }

  /// How many bytes end with a whole sequence and a whole character.
  private static func whole(_ bytes: [UInt8]) -> Int {
    var start = 0
    while start < bytes.count {
      guard let length = length(bytes[start...]) else { return start }
      start += length
    }
    return start
  }

  /// The bytes of the sequence or character that comes first; nil for a cut one.
  private static func length(_ bytes: ArraySlice<UInt8>) -> Int? {
    func upTo(_ end: Int?) -> Int? { end.map { $0 - bytes.startIndex + 1 } }
    let rest = bytes.dropFirst()
    switch bytes[bytes.startIndex] {
    case 0x1B:
      guard let second = rest.first else { return nil }
      switch second {
      case UInt8(ascii: "["):
        return upTo(rest.dropFirst().firstIndex { (0x40...0x7E).contains($0) })
      case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "_"):
        return upTo(
          rest.indices.first {
            rest[$0] == 0x07 || (rest[$0] == 0x5C && rest[$0 - 1] == 0x1B)
          })
      case UInt8(ascii: "("), UInt8(ascii: ")"): return rest.count > 1 ? 3 : nil
      default: return 2
      }
    case 0xF0...: return bytes.count < 4 ? nil : 4
    case 0xE0...: return bytes.count < 3 ? nil : 3
    case 0xC0...: return bytes.count < 2 ? nil : 2
    default: return 1
    }
  }

  private mutating func put(_ scalar: Unicode.Scalar) {
    let width = Width.of(scalar)
    let before = y * columns + max(0, x - 1)
    let owner = cells[before].text.isEmpty ? before - 1 : before
    let joins =
      width == 0 || scalar == .joiner || scalar.isSkinTone && x > 0
      || (x > 0 && cells[owner].text.unicodeScalars.last == .joiner)
      || (scalar.isRegionalIndicator && x > 0
        && cells[before].text.unicodeScalars.map(\.isRegionalIndicator) == [true])
    if joins, x > 0 {
      cells[owner].text.unicodeScalars.append(scalar)
      let becomesWide = scalar == .emojiStyle || scalar.isRegionalIndicator
      if becomesWide, owner == before, x < columns {
        cells[before + 1] = Cell(text: "", pen: pen)
        x += 1
      }
      return
    }
    guard x + width <= columns else { return unknown.append("text past the edge") }
    if isHidden {
      x += width
      return
    }
    breakWide(x)
    if width == 2 { breakWide(x + 1) }
    cells[y * columns + x] = Cell(text: String(Character(scalar)), pen: pen)
    if width == 2 { cells[y * columns + x + 1] = Cell(text: "", pen: pen) }
    x = wraps ? x + width : min(columns - 1, x + width)
    last = String(Character(scalar))
  }

  /// Writing over half of a wide character blanks the other half.
  private mutating func breakWide(_ x: Int) {
    let index = y * columns + x
    if cells[index].text.isEmpty, x > 0 { cells[index - 1].text = " " }
    if x + 1 < columns, cells[index + 1].text.isEmpty { cells[index + 1].text = " " }
  }

  private mutating func escape(_ scalars: [Unicode.Scalar], _ start: Int) -> Int {
    guard start < scalars.count else { return start }
    switch scalars[start] {
    case "[":
      var end = start + 1
      while end < scalars.count, !(0x40...0x7E).contains(scalars[end].value) { end += 1 }
      guard end < scalars.count else { return end }
      let body = String(String.UnicodeScalarView(scalars[(start + 1)..<end]))
      control(body, String(Character(scalars[end])))
      return end + 1
    case "]", "P", "_":
      var end = start + 1
      while end < scalars.count, scalars[end] != "\u{7}", scalars[end] != "\u{1B}" { end += 1 }
      string(
        String(Character(scalars[start])),
        String(String.UnicodeScalarView(scalars[(start + 1)..<end])))
      return end < scalars.count && scalars[end] == "\u{1B}" ? end + 2 : end + 1
    case "(", ")": return start + 2
    case "7": saved = (x, y)
    case "8": (x, y) = saved
    case "M":
      if y == region.top { scroll(-1) } else { y = max(0, y - 1) }
    case "=", ">": break
    default: unknown.append("ESC \(scalars[start])")
    }
    return start + 1
  }

  private mutating func string(_ introducer: String, _ body: String) {
    let fields = body.split(separator: ";", maxSplits: 2, omittingEmptySubsequences: false)
    switch (introducer, fields.first) {
    case ("]", "2"), ("]", "0"): title = fields.dropFirst().joined(separator: ";")
    case ("]", "8") where fields.count == 3:
      pen.link = String(fields[2])
      if pen.link.isEmpty != fields[1].isEmpty { unknown.append("a link without id, or an id") }
    case ("]", "9"), ("]", "777"): notifications.append(body)
    case ("]", "99"):
      if body.contains("p=?") { questions.append(body) } else { notifications.append(body) }
    case ("]", "11"): questions.append(body)
    case ("]", "52"): break
    default: unknown.append("\(introducer) \(body)")
    }
  }

  /// Sequences with a mark before their numbers, and those that ask; true when it was one.
  private mutating func special(_ body: String, _ final: String) -> Bool {
    switch (body.first, final) {
    case (">", "m"):
      if body == ">4;0" { modes.remove(">4") } else { modes.insert(">4") }
    case (">", "u"): modes.insert("keyboard")
    case ("<", "u"): modes.remove("keyboard")
    case (">", "q"), ("?", "u"), ("?", "p"), (nil, "c"), (_, "n"): questions.append(body + final)
    case (_, "t") where body.hasPrefix("22;"): keptTitles.append(title)
    case (_, "t") where body.hasPrefix("23;"): title = keptTitles.popLast() ?? title
    default: return false
    }
    return true
  }

  private mutating func control(_ body: String, _ final: String) {
    if special(body, final) { return }
    let numbers = body.split(separator: ";", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    let first = max(1, numbers.first ?? 1)
    switch final {
    case "H", "f":
      y = min(rows, first) - 1
      x = min(columns, max(1, numbers.count > 1 ? numbers[1] : 1)) - 1
    case "A": y = max(0, y - first)
    case "B": y = min(rows - 1, y + first)
    case "C": x = min(columns - 1, x + first)
    case "D": x = max(0, min(x, columns) - first)
    case "G": x = min(columns, first) - 1
    case "d": y = min(rows, first) - 1
    case "J" where numbers.first == 2: erase(0..<cells.count)
    case "J" where numbers.first ?? 0 == 0: erase((y * columns + x)..<cells.count)
    case "K" where numbers.first ?? 0 == 0: erase((y * columns + x)..<((y + 1) * columns))
    case "K" where numbers.first == 2: erase((y * columns)..<((y + 1) * columns))
    case "K" where numbers.first == 1: erase((y * columns)..<(y * columns + x + 1))
    case "@":
      let end = (y + 1) * columns
      let here = y * columns + min(x, columns - 1)
      cells.replaceSubrange(
        here..<end,
        with: (Array(repeating: Cell(), count: first) + cells[here..<end]).prefix(end - here))
    case "P":
      let end = (y + 1) * columns
      let here = y * columns + min(x, columns - 1)
      let kept = cells[min(here + first, end)..<end]
      cells.replaceSubrange(
        here..<end, with: kept + Array(repeating: Cell(), count: end - here - kept.count))
    case "L", "M":
      // Lines are inserted or deleted between the cursor and the end of the region.
      let whole = region
      region = (y, whole.bottom)
      scroll(final == "L" ? -first : first)
      region = whole
    case "X": erase((y * columns + x)..<min((y + 1) * columns, y * columns + x + first))
    case "b":
      for _ in 0..<first { put(last.unicodeScalars.first ?? " ") }
    case "m": select(body)
    case "r":
      region = (first - 1, (numbers.count > 1 ? numbers[1] : rows) - 1)
      (x, y) = (0, 0)
    case "S": scroll(first)
    case "T": scroll(-first)
    case "h", "l": mode(body, final == "h")
    default: unknown.append("CSI \(body)\(final)")
    }
  }

  /// Lines of the region up, or down when negative.
  private mutating func scroll(_ lines: Int) {
    let blank = Cell(text: " ", pen: Pen(background: pen.background))
    let from = cells
    for row in region.top...region.bottom {
      let source = row + lines
      let isInside = (region.top...region.bottom).contains(source)
      for x in 0..<columns {
        cells[row * columns + x] = isInside ? from[source * columns + x] : blank
      }
    }
  }

  /// The same terminal at another size: its cells are lost, its modes are not.
  package mutating func resize(to size: Size) {
    var other = VirtualTerminal(size)
    other.cursorVisible = cursorVisible
    other.modes = modes
    other.pen = pen
    (other.title, other.keptTitles) = (title, keptTitles)
    (other.questions, other.unknown) = (questions, unknown)
    self = other
  }

  private mutating func mode(_ body: String, _ on: Bool) {
    switch body {
    case "?25": cursorVisible = on
    case "?2026": isSynchronized = on
    case "?7": wraps = on
    case "?12", "34": break
    default:
      if on { modes.insert(body) } else { modes.remove(body) }
    }
  }

  /// ncurses erases with the background of the pen, as `bce` terminals do.
  private mutating func erase(_ range: Range<Int>) {
    let blank = Cell(text: " ", pen: Pen(background: pen.background))
    for index in range { cells[index] = blank }
  }

  private mutating func select(_ body: String) {
    var fields = body.isEmpty ? ["0"] : body.split(separator: ";").map(String.init)
    while !fields.isEmpty {
      let field = fields.removeFirst()
      switch Int(field) ?? -1 {
      case 0:
        isHidden = false
        let link = pen.link
        pen = Pen()
        pen.link = link
      case 8: isHidden = true
      case 1: pen.attributes.insert(.bold)
      case 2: pen.attributes.insert(.dim)
      case 3: pen.attributes.insert(.italic)
      case 4: pen.attributes.insert(.underline)
      case 7: pen.attributes.insert(.reverse)
      case 22: pen.attributes.subtract([.bold, .dim])
      case 23: pen.attributes.remove(.italic)
      case 24: pen.attributes.remove(.underline)
      case 27: pen.attributes.remove(.reverse)
      case 39: pen.foreground = ""
      case 49: pen.background = ""
      case 30...37, 90...97: pen.foreground = field
      case 40...47: pen.background = String((Int(field) ?? 0) - 10)
      case 100...107: pen.background = String((Int(field) ?? 0) - 10)
      case 38, 48:
        let count = fields.first == "2" ? 4 : 2
        let color = fields.prefix(count).joined(separator: ";")
        fields.removeFirst(min(count, fields.count))
        if field == "38" { pen.foreground = color } else { pen.background = color }
      default: unknown.append("SGR \(field)")
      }
    }
  }
}

/// The scalars of bytes that must be UTF-8.
private struct SafeLess {
  let scalars: [Unicode.Scalar]
  init(_ bytes: [UInt8]) { scalars = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars) }
}
