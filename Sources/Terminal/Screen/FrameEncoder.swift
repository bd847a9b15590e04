/// Turns what ncurses writes for a frame into what the terminal gets. Pure.
///
/// ncurses emits text, CSI sequences and charset switches. Exact colours are put in for the
/// indexes that stand for them, clusters and the text of links for the placeholder characters that
/// stand for them; what switches the whole screen or the palette belongs to the session and is
/// dropped.
struct FrameEncoder {
  /// What a placeholder stands for: UTF-8, and the number of a link, 0 for none.
  struct Meaning: Hashable {
    let text: [UInt8]
    var link = 0
  }

  /// What the wide or the narrow placeholders stand for.
  struct Placeholders {
    let first: UInt32
    let capacity: Int
    private(set) var meanings: [Meaning] = []
    private var numbers: [Meaning: Int] = [:]

    init(first: UInt32, capacity: Int) {
      self.first = first
      self.capacity = capacity
    }

    var isFull: Bool { meanings.count >= capacity }

    /// The placeholder scalar for a meaning; nil when all are taken.
    mutating func scalar(for meaning: Meaning) -> UInt32? {
      if let number = numbers[meaning] { return first + UInt32(number) }
      guard !isFull else { return nil }
      numbers[meaning] = meanings.count
      meanings.append(meaning)
      return first + UInt32(meanings.count - 1)
    }

    func meaning(of scalar: UInt32) -> Meaning? {
      guard scalar >= first, scalar - first < UInt32(meanings.count) else { return nil }
      return meanings[Int(scalar - first)]
    }

    mutating func removeAll() {
      meanings.removeAll()
      numbers.removeAll()
    }
  }

  /// Tangut ideographs: two columns in every C library that knows them.
  var wide = Placeholders(first: 0x17000, capacity: 6_136)
  /// Plane 15, private use: one column.
  var narrow = Placeholders(first: 0xF0000, capacity: 65_533)
  /// Where links lead, the first is number 1.
  private(set) var links: [Link] = []
  private var linkNumbers: [Link: Int] = [:]
  private static let mostLinks = 4_096
  /// Exact colours: the first stands behind index 16. Empty when the terminal takes indexes.
  var colors: [UInt32] = []

  /// Whether a scalar could be taken for a placeholder, so that it needs one of its own.
  static func isReserved(_ scalar: UInt32) -> Bool {
    (0x17000..<0x17000 + 6_136).contains(scalar) || (0xF0000...0xFFFFD).contains(scalar)
  }

  /// Whether nothing more can be interned before `removeAll`.
  var isFull: Bool { wide.isFull || narrow.isFull || links.count >= Self.mostLinks }

  mutating func removeAll() {
    wide.removeAll()
    narrow.removeAll()
    links.removeAll()
    linkNumbers.removeAll()
  }

  /// The number of a link; 0, no link, when there are too many.
  mutating func number(of link: Link) -> Int {
    if let known = linkNumbers[link] { return known }
    guard links.count < Self.mostLinks else { return 0 }
    links.append(link)
    linkNumbers[link] = links.count
    return links.count
  }

  /// Appends the frame.
  func encode(_ bytes: [UInt8], into out: inout [UInt8]) {
    var index = 0
    var open = 0
    while index < bytes.count {
      let byte = bytes[index]
      switch byte {
      // Padding for terminals of another age.
      case 0x00: index += 1
      case 0xF0, 0xF3: index = character(bytes, index, &open, &out)
      default:
        switchLink(0, &open, &out)
        if byte == 0x1B {
          index = escape(bytes, index, &out)
        } else {
          out.append(byte)
          index += 1
        }
      }
    }
    switchLink(0, &open, &out)
  }

  /// OSC 8. The same id joins the parts of a link, on several lines too.
  private func switchLink(_ link: Int, _ open: inout Int, _ out: inout [UInt8]) {
    guard link != open else { return }
    out += (link == 0 ? "\u{1B}]8;;" : "\u{1B}]8;id=s\(link);\(links[link - 1].address)").utf8
    out += "\u{1B}\\".utf8
    open = link
  }

  private func character(
    _ bytes: [UInt8], _ index: Int, _ open: inout Int, _ out: inout [UInt8]
  ) -> Int {
    let end = index + 4
    guard end <= bytes.count else {
      out.append(bytes[index])
      return index + 1
    }
    var scalar = UInt32(bytes[index] & 7)
    for byte in bytes[(index + 1)..<end] { scalar = scalar << 6 | UInt32(byte & 0x3F) }
    let meaning = wide.meaning(of: scalar) ?? narrow.meaning(of: scalar)
    switchLink(meaning?.link ?? 0, &open, &out)
    out += meaning?.text ?? Array(bytes[index..<end])
    return end
  }

  private func escape(_ bytes: [UInt8], _ start: Int, _ out: inout [UInt8]) -> Int {
    guard start + 1 < bytes.count else { return start + 1 }
    switch bytes[start + 1] {
    case UInt8(ascii: "["): return control(bytes, start, &out)
    case UInt8(ascii: "]"), UInt8(ascii: "P"):
      var index = start + 2
      while index < bytes.count {
        if bytes[index] == 0x07 { return index + 1 }
        if bytes[index] == 0x1B { return min(index + 2, bytes.count) }
        index += 1
      }
      return index
    case UInt8(ascii: "(")...UInt8(ascii: "+"):
      let end = min(start + 3, bytes.count)
      out += bytes[start..<end]
      return end
    default:
      out += bytes[start..<(start + 2)]
      return start + 2
    }
  }

  private func control(_ bytes: [UInt8], _ start: Int, _ out: inout [UInt8]) -> Int {
    var end = start + 2
    while end < bytes.count, !(0x40...0x7E).contains(bytes[end]) { end += 1 }
    guard end < bytes.count else { return end }
    let parameters = bytes[(start + 2)..<end]
    switch bytes[end] {
    case UInt8(ascii: "m") where !colors.isEmpty:
      select(parameters, &out)
    case UInt8(ascii: "t"): break
    case UInt8(ascii: "h"), UInt8(ascii: "l"):
      let switches = ["?1049", "?1047", "?47"].contains { parameters.elementsEqual($0.utf8) }
      if !switches { out += bytes[start...end] }
    default: out += bytes[start...end]
    }
    return end + 1
  }

  /// SGR with `38;5;N` and `48;5;N` made exact.
  private func select(_ parameters: ArraySlice<UInt8>, _ out: inout [UInt8]) {
    var fields = parameters.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)[
      ...]
    out += [0x1B, UInt8(ascii: "[")]
    var isFirst = true
    while let field = fields.first {
      if !isFirst { out.append(UInt8(ascii: ";")) }
      isFirst = false
      if fields.count >= 3, field.elementsEqual("38".utf8) || field.elementsEqual("48".utf8),
        fields[fields.startIndex + 1].elementsEqual("5".utf8),
        let number = Int(String(decoding: fields[fields.startIndex + 2], as: UTF8.self)),
        number >= 16, number - 16 < colors.count
      {
        let rgb = colors[number - 16]
        out += field
        out += ";2;\(rgb >> 16 & 0xFF);\(rgb >> 8 & 0xFF);\(rgb & 0xFF)".utf8
        fields = fields.dropFirst(3)
      } else {
        out += field
        fields = fields.dropFirst()
      }
    }
    out.append(UInt8(ascii: "m"))
  }
}
