package import ConfigLines

/// What the checks found in a theme.
package struct ThemeReport: Sendable {
  package let theme: Theme
  /// What reading it found, then what looking at it found.
  package let problems: [ConfigProblem]
  /// The least contrast of any text; nil when the user's own scheme decides.
  package let lowestContrast: Double?

  /// Whether it may be shipped.
  package var isSound: Bool { !problems.contains { $0.severity != .note } }
}

extension Theme {
  /// Reads a theme and looks at it as a person would have to (workspace 3.4): contrast of every
  /// text on its ground (WCAG 2.1: 4.5:1, 7:1 in a `high-contrast` theme, 3:1 for borders and
  /// sparks) in exact and in 256 colours, text that has the colour of its ground in sixteen, states
  /// that look alike without colour, and faint text.
  package static func check(
    _ source: ConfigSource,
    candidates: @escaping (String) -> [ConfigSource] = {
      ConfigPlaces.builtin.candidates(.theme, $0)
    }
  ) -> ThemeReport {
    let reading = ThemeReading(source, names: shippedNames, source: candidates)
    var check = ThemeCheck(reading: reading)
    check.run()
    return ThemeReport(
      theme: reading.theme,
      problems: reading.problems + check.problems.sorted(by: ConfigProblem.precedes),
      lowestContrast: check.lowest)
  }
}

private struct ThemeCheck {
  let reading: ThemeReading
  var problems: [ConfigProblem] = []
  var lowest: Double?
  private var faint: Set<ThemeReading.Place> = []

  /// Lines and shapes: nothing is read in them.
  static let shapes: Set<StyleName> = [
    .border, .borderFocused, .divider, .overlayBorder, .spark,
  ]

  init(reading: ThemeReading) { self.reading = reading }

  mutating func run() {
    for name in StyleName.allCases {
      contrast(of: name)
      faintness(of: name)
    }
    for group in ["state.", "status."] {
      apart(StyleName.allCases.filter { $0.rawValue.hasPrefix(group) })
    }
  }

  /// The first failing set of layers is enough: the rest fail for the same line.
  private mutating func contrast(of name: StyleName) {
    let isShape = Self.shapes.contains(name)
    let least = isShape ? 3 : reading.isHighContrast ? 7 : 4.5
    for bits in UInt8(0)..<(isShape ? 1 : 8) {
      let style = Style(name, StyleLayers(rawValue: bits))
      let drawn = reading.drawn[style.key]
      let (front, back) = (drawn.look.foreground, drawn.look.background)
      let place = place(drawn.foreground, drawn.background)
      if (front.value(at: .direct) == nil) != (back.value(at: .direct) == nil) {
        report(
          "“\(style)” has an exact colour beside the terminal's own, so its contrast is a guess",
          at: place)
        return
      }
      for (depth, where_) in [(ColorDepth.direct, ""), (.indexed, " in 256 colours")] {
        guard let one = front.value(at: depth), let other = back.value(at: depth) else { continue }
        let ratio = Color.contrast(one, other)
        if !isShape { lowest = min(lowest ?? ratio, ratio) }
        guard ratio < least else { continue }
        report(
          "“\(style)” is \(Self.hex(one)) on \(Self.hex(other))\(where_): contrast "
            + "\(Self.decimal(ratio)):1, less than \(Self.decimal(least)):1", at: place)
        return
      }
      if let ansi = front.ansi, ansi == back.ansi {
        report("“\(style)” has the colour of its ground in sixteen colours", at: place)
        return
      }
    }
  }

  /// Faint text cannot be read on many terminals.
  private mutating func faintness(of name: StyleName) {
    guard !Self.shapes.contains(name) else { return }
    for bits in UInt8(0)..<8 {
      let style = Style(name, StyleLayers(rawValue: bits))
      let drawn = reading.drawn[style.key]
      let isFaint = [drawn.look.attributes, drawn.look.mono ?? []].contains { $0.contains(.dim) }
      guard isFaint, let place = drawn.attributes ?? drawn.mono else { continue }
      let said = drawn.look.attributes.contains(.dim) ? place : drawn.mono ?? place
      guard faint.insert(said).inserted else { return }
      report("“\(style)” carries meaning and may not be dim", at: said)
      return
    }
  }

  private mutating func apart(_ names: [StyleName]) {
    var seen: [(mono: Attributes, name: StyleName, place: ThemeReading.Place?)] = []
    for name in names {
      let drawn = reading.drawn[Style(name).key]
      guard let mono = drawn.look.mono else {
        report(
          "“\(name.rawValue)” has no mono=, so nothing tells it from the others without colour",
          at: drawn.attributes ?? drawn.foreground)
        continue
      }
      if let twin = seen.first(where: { $0.mono == mono }) {
        report(
          "“\(name.rawValue)” and “\(twin.name.rawValue)” look the same without colour",
          at: place(drawn.mono, twin.place))
      }
      seen.append((mono, name, drawn.mono))
    }
  }

  /// A place in the checked file rather than in one that it inherits.
  private func place(_ first: ThemeReading.Place?, _ second: ThemeReading.Place?)
    -> ThemeReading.Place?
  {
    [first, second].compactMap(\.self).first { $0.line.file == reading.file } ?? first ?? second
  }

  private mutating func report(_ message: String, at place: ThemeReading.Place?) {
    let problem =
      (place ?? reading.head)?.problem(message)
      ?? ConfigProblem(file: reading.file, message: message, skipsLine: false)
    // One colour line spoils many styles: the first of them speaks for all.
    let isKnown = problems.contains {
      $0.file == problem.file && $0.line == problem.line && $0.column == problem.column
        && place != nil
    }
    if !isKnown { problems.append(problem) }
  }

  private static func hex(_ rgb: UInt32) -> String {
    let digits = String(rgb, radix: 16)
    return "#" + String(repeating: "0", count: 6 - digits.count) + digits
  }

  /// Rounded down, so that a figure shown never passes what it failed.
  private static func decimal(_ value: Double) -> String {
    let hundredths = Int(value * 100)
    let fraction = hundredths % 100
    if fraction % 10 == 0 { return "\(hundredths / 100).\(fraction / 10)" }
    return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
  }
}
