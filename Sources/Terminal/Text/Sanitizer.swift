/// Turns any string into one that a terminal can only draw. Pure and linear.
///
/// Dropped: C0 except the line feed, ESC, DEL, C1, every default-ignorable and format scalar (bidi
/// controls, zero-width spaces, tags), marks without a base. Kept: a joiner or VS16 inside a
/// well-formed emoji, four marks per base, sixteen scalars per cluster.
struct Sanitizer {
  static let marksPerBase = 4
  static let scalarsPerCluster = 16
  static let tabWidth = 4

  private var out = String.UnicodeScalarView()
  private var count = 0
  private var column = 0
  private var marks = 0
  private var clusterLength = 0
  private var last: Unicode.Scalar?
  private let multiline: Bool
  private let limit: Int

  /// At most `limit` scalars come out; the rest is cut and replaced by `…`.
  static func clean(_ text: String, multiline: Bool, limit: Int) -> String {
    if isPlain(text, multiline: multiline, limit: limit) { return text }
    var sanitizer = Sanitizer(multiline: multiline, limit: limit)
    return sanitizer.run(text)
  }

  private init(multiline: Bool, limit: Int) {
    self.multiline = multiline
    self.limit = limit
  }

  private static func isPlain(_ text: String, multiline: Bool, limit: Int) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      guard bytes.count <= limit else { return false }
      return bytes.allSatisfy { (0x20...0x7E).contains($0) || (multiline && $0 == 0x0A) }
    }
  }

  private mutating func run(_ text: String) -> String {
    let scalars = text.unicodeScalars
    var index = scalars.startIndex
    while index < scalars.endIndex {
      let scalar = scalars[index]
      scalars.formIndex(after: &index)
      let next = index < scalars.endIndex ? scalars[index] : nil
      if scalar == "\r", next == "\n" { continue }
      guard count < limit else {
        start("…")
        break
      }
      take(scalar, next: next)
    }
    return String(out)
  }

  private mutating func take(_ scalar: Unicode.Scalar, next: Unicode.Scalar?) {
    switch scalar.value {
    case 0x09: tab()
    case 0x0A, 0x0D, 0x85, 0x2028, 0x2029: lineBreak()
    case 0x00...0x1F, 0x7F...0x9F: break
    case 0x20...0x7E: start(scalar)
    case 0x200D: joiner(next)
    case 0xFE0F: emojiStyle(next)
    default: other(scalar)
    }
  }

  private mutating func tab() {
    let stop = Self.tabWidth - column % Self.tabWidth
    for _ in 0..<stop { start(" ") }
  }

  private mutating func lineBreak() {
    guard multiline else { return start(" ") }
    start("\n")
    last = nil
    column = 0
  }

  private mutating func joiner(_ next: Unicode.Scalar?) {
    guard let last, let next, next.isPictograph, clusterLength < Self.scalarsPerCluster - 1,
      last.isPictograph || last == .emojiStyle
    else { return }
    extend(.joiner)
  }

  private mutating func emojiStyle(_ next: Unicode.Scalar?) {
    guard let last, clusterLength < Self.scalarsPerCluster,
      last.isPictograph || (last.isKeycapBase && next == .keycap)
    else { return }
    extend(.emojiStyle)
  }

  private mutating func other(_ scalar: Unicode.Scalar) {
    let properties = scalar.properties
    if properties.isDefaultIgnorableCodePoint { return }
    switch properties.generalCategory {
    case .control, .format, .surrogate, .lineSeparator, .paragraphSeparator: return
    case .unassigned: return start("\u{FFFD}")
    case .spaceSeparator: return start(Width.of(scalar) == 2 ? scalar : " ")
    default: break
    }
    if last == .joiner || (scalar.isSkinTone && last?.properties.isEmojiModifierBase == true) {
      if clusterLength < Self.scalarsPerCluster { extend(scalar) } else { start(scalar) }
    } else if Width.of(scalar) > 0 {
      start(scalar)
    } else if last != nil, marks < Self.marksPerBase, clusterLength < Self.scalarsPerCluster {
      marks += 1
      extend(scalar)
    }
  }

  private mutating func start(_ scalar: Unicode.Scalar) {
    out.append(scalar)
    count += 1
    column += Width.of(scalar)
    marks = 0
    clusterLength = 1
    last = scalar
  }

  private mutating func extend(_ scalar: Unicode.Scalar) {
    out.append(scalar)
    count += 1
    clusterLength += 1
    last = scalar
  }
}
