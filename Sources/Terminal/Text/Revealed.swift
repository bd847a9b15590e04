extension SafeText {
  /// A body of foreign text in which nothing hides: what no eye would see stands there by its number, and long
  /// stretches of nothing by their length. For reading before something is done with it.
  ///
  /// - Returns: the text, and how many characters stand there by their number.
  package static func revealing(_ text: String, limit: Int = bodyLimit) -> (SafeText, hidden: Int) {
    var out = String.UnicodeScalarView()
    var hidden = 0
    var blanks = 0
    var breaks = 0
    func endBlanks() {
      if blanks > 24 {
        out.append(contentsOf: "⟨\(blanks) blanks⟩".unicodeScalars)
      } else {
        out.append(contentsOf: repeatElement(" ", count: blanks))
      }
      blanks = 0
    }
    func endBreaks() {
      if breaks > 4 {
        out.append(contentsOf: "\n⟨\(breaks - 1) empty lines⟩\n".unicodeScalars)
      } else {
        out.append(contentsOf: repeatElement("\n", count: breaks))
      }
      breaks = 0
    }
    for scalar in text.unicodeScalars.prefix(limit) {
      switch scalar.value {
      case 0x0a:
        // Blanks at the end of a line hide nothing.
        blanks = 0
        breaks += 1
        continue
      case 0x20:
        if breaks > 0 { endBreaks() }
        blanks += 1
        continue
      default: break
      }
      endBreaks()
      endBlanks()
      if isSeen(scalar) {
        out.append(scalar)
      } else {
        hidden += 1
        let digits = String(scalar.value, radix: 16, uppercase: true)
        let padding = String(repeating: "0", count: max(0, 4 - digits.count))
        out.append(contentsOf: "⟨U+\(padding)\(digits)⟩".unicodeScalars)
      }
    }
    endBreaks()
    endBlanks()
    return (SafeText(untrustedMultiline: String(out), limit: limit * 12), hidden)
  }

  private static func isSeen(_ scalar: Unicode.Scalar) -> Bool {
    if (0x21...0x7e).contains(scalar.value) { return true }
    let properties = scalar.properties
    if properties.isDefaultIgnorableCodePoint { return false }
    switch properties.generalCategory {
    case .control, .format, .surrogate, .lineSeparator, .paragraphSeparator, .spaceSeparator,
      .privateUse, .unassigned:
      return false
    default: return true
    }
  }
}
