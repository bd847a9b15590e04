/// Text of a program without what steers a terminal.
enum PlainText {
  /// Decoded, half characters replaced; escape sequences and controls gone, line ends and tabs kept.
  static func clean(_ bytes: some Collection<UInt8>) -> String {
    clean(String(decoding: bytes, as: UTF8.self))
  }

  static func clean(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { isControl($0) }) else { return text }
    var out = String.UnicodeScalarView()
    var scalars = text.unicodeScalars[...]
    while let scalar = scalars.popFirst() {
      switch scalar.value {
      case 0x1B: skipSequence(&scalars)
      // C1: a control sequence, or a string that ends as OSC does.
      case 0x9B: skipControlSequence(&scalars)
      case 0x90, 0x98, 0x9D...0x9F: skipString(&scalars)
      case 0x0D:
        if scalars.first != "\n" { out.append("\n") }
      default: if !isControl(scalar) { out.append(scalar) }
      }
    }
    return String(out)
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    let value = scalar.value
    return (value < 0x20 && value != 0x0A && value != 0x09) || (0x7F...0x9F).contains(value)
  }

  private static func skipSequence(_ scalars: inout Substring.UnicodeScalarView) {
    guard let kind = scalars.popFirst() else { return }
    switch kind {
    case "[": skipControlSequence(&scalars)
    case "]", "P", "X", "^", "_": skipString(&scalars)
    case "(", ")", "*", "+", "-", ".", "/", "#", "%", " ": scalars = scalars.dropFirst()
    default: break
    }
  }

  private static func skipControlSequence(_ scalars: inout Substring.UnicodeScalarView) {
    while let next = scalars.first, (0x20...0x3F).contains(next.value) {
      scalars = scalars.dropFirst()
    }
    if let last = scalars.first, (0x40...0x7E).contains(last.value) {
      scalars = scalars.dropFirst()
    }
  }

  /// To BEL or ST; a string that does not end takes its line only.
  private static func skipString(_ scalars: inout Substring.UnicodeScalarView) {
    while let next = scalars.first, next != "\n" {
      scalars = scalars.dropFirst()
      if next.value == 0x07 || next.value == 0x9C { return }
      if next.value == 0x1B {
        if scalars.first == "\\" { scalars = scalars.dropFirst() }
        return
      }
    }
  }
}
