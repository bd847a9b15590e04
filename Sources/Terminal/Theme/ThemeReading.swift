import ConfigLines

/// A theme as it was read, with the lines that made each look, which the checks point at.
struct ThemeReading {
  /// A word of a line; shared by every look that it had a part in.
  final class Place: Hashable {
    let line: ConfigLine
    let word: ConfigWord

    init(line: ConfigLine, word: ConfigWord) {
      self.line = line
      self.word = word
    }

    func problem(_ message: String, severity: ConfigProblem.Severity = .error) -> ConfigProblem {
      line.problem(message, at: word, severity: severity, skipsLine: false)
    }

    static func == (left: Place, right: Place) -> Bool {
      left.line.file == right.line.file && left.line.number == right.line.number
        && left.word == right.word
    }

    func hash(into hasher: inout Hasher) {
      hasher.combine(line.number)
      hasher.combine(word)
    }
  }

  /// A look, and where its parts were said last.
  struct Drawn {
    var look = Look()
    var foreground: Place?
    var background: Place?
    var attributes: Place?
    var mono: Place?
  }

  /// A colour and the line that gives it its value.
  private struct Paint {
    let color: Color
    let place: Place
  }

  private enum Definition {
    case exact(Color, Place)
    case named(String, Place)
  }

  private struct Rule {
    /// Places in `StyleName.allCases`.
    let styles: [Int]
    let layer: StyleLayers?
    let place: Place
    var foreground: (name: String, place: Place)?
    var background: (name: String, place: Place)?
    var attributes: (Attributes, Place)?
    var mono: (Attributes, Place)?
    var foregroundPaint: Paint?
    var backgroundPaint: Paint?
  }

  let file: String
  private(set) var name: String?
  private(set) var isDark: Bool?
  private(set) var isHighContrast = false
  /// The `theme` line.
  private(set) var head: Place?
  private(set) var problems: [ConfigProblem] = []
  /// By style and layers, as `Style.key`.
  private(set) var drawn: [Drawn] = []

  private var inheritance: Inheritance
  private var definitions: [String: Definition] = [:]
  private var rules: [Rule] = []

  init(
    _ source: ConfigSource, names: [String], source candidates: @escaping (String) -> [ConfigSource]
  ) {
    file = source.file
    inheritance = Inheritance(names: names, candidates: candidates)
    if let problem = source.problem { problems.append(problem) }
    read(source)
    resolve()
    draw()
    problems.sort(by: ConfigProblem.precedes)
  }

  var theme: Theme {
    Theme(
      name: name ?? file, isDark: isDark, isHighContrast: isHighContrast, looks: drawn.map(\.look))
  }

  /// What is inherited counts first, wherever its line stands.
  private mutating func read(_ source: ConfigSource) {
    let (lines, broken) = ConfigLexer.lines(of: source.text, file: source.file)
    problems += broken
    inheritance.enter(source.file)
    var inherits = false
    for line in lines where line.words[0].text == "inherit" {
      attempt { me throws(ConfigProblem) in
        guard !inherits else {
          throw line.problem("a theme inherits one other", at: line.words[0])
        }
        inherits = true
        me.read(try me.inheritance.source(of: line, what: "theme"))
      }
    }
    for line in lines where line.words[0].text != "inherit" {
      attempt { me throws(ConfigProblem) in try me.read(line) }
    }
    inheritance.leave()
  }

  private mutating func attempt(_ body: (inout Self) throws(ConfigProblem) -> Void) {
    do throws(ConfigProblem) { try body(&self) } catch { problems.append(error) }
  }

  private mutating func read(_ line: ConfigLine) throws(ConfigProblem) {
    let words = line.words
    switch words[0].text {
    case "theme": try readTheme(line)
    case "color": try readColor(line)
    case "style": try readStyle(line)
    default:
      throw line.problem(
        "a theme has lines theme, inherit, color and style, not “\(words[0].text)”", at: words[0],
        suggestion: nearest(words[0].text, among: ["theme", "inherit", "color", "style"]))
    }
  }

  private mutating func readTheme(_ line: ConfigLine) throws(ConfigProblem) {
    guard (2...4).contains(line.words.count) else {
      throw line.problem("expected: theme NAME [dark|light] [high-contrast]", at: line.words[0])
    }
    var dark: Bool?
    var high = false
    for word in line.words[2...] {
      switch word.text {
      case "dark", "light": dark = word.text == "dark"
      case "high-contrast": high = true
      default: throw line.problem("expected dark, light or high-contrast", at: word)
      }
    }
    guard inheritance.open.count == 1 else { return }
    name = line.words[1].text
    (isDark, isHighContrast) = (dark, high)
    head = Place(line: line, word: line.words[1])
  }

  private mutating func readColor(_ line: ConfigLine) throws(ConfigProblem) {
    let words = line.words
    guard words.count >= 3 else {
      throw line.problem("expected: color NAME VALUE [256=N] [16=NAME]", at: words[0])
    }
    let name = words[1].text
    guard Color.names[name] == nil else {
      throw line.problem("“\(name)” is the terminal's own and cannot be changed", at: words[1])
    }
    guard name.utf8.first != UInt8(ascii: "#") else {
      throw line.problem("expected a name, not “\(name)”", at: words[1])
    }
    let value = words[2].text
    let place = Place(line: line, word: words[2])
    guard value.utf8.first == UInt8(ascii: "#") else {
      guard words.count == 3 else {
        throw line.problem("stand-ins belong to #rrggbb colours only", at: words[3])
      }
      definitions[name] = .named(value, place)
      return
    }
    guard let rgb = Self.exact(value) else {
      throw line.problem("expected #rrggbb, not “\(value)”", at: words[2])
    }
    var indexed: UInt8?
    var ansi: UInt8??
    for word in words[3...] {
      if word.text.hasPrefix("256="), let number = UInt8(word.text.dropFirst(4)), number >= 16 {
        indexed = number
      } else if word.text.hasPrefix("16="), let named = Color.names[String(word.text.dropFirst(3))]
      {
        ansi = .some(named.ansi)
      } else {
        throw line.problem("expected 256=16…255 or 16=COLOUR, not “\(word.text)”", at: word)
      }
    }
    definitions[name] = .exact(.exact(rgb, indexed: indexed, ansi: ansi), place)
  }

  private static func exact(_ value: String) -> UInt32? {
    let digits = value.dropFirst()
    guard digits.utf8.count == 6, !digits.hasPrefix("+") else { return nil }
    return UInt32(digits, radix: 16)
  }

  private mutating func readStyle(_ line: ConfigLine) throws(ConfigProblem) {
    let words = line.words
    guard words.count >= 3 else {
      throw line.problem("expected: style NAME fg=… bg=… bold … mono=…", at: words[0])
    }
    var rule = rule(words[1].text, Place(line: line, word: words[1]))
    guard !rule.styles.isEmpty else {
      throw line.problem(
        "no style named “\(words[1].text)”", at: words[1],
        suggestion: nearest(words[1].text, among: StyleName.allCases.map(\.rawValue)))
    }
    for word in words[2...] {
      let place = Place(line: line, word: word)
      if word.text.hasPrefix("fg=") {
        rule.foreground = (String(word.text.dropFirst(3)), place)
      } else if word.text.hasPrefix("bg=") {
        rule.background = (String(word.text.dropFirst(3)), place)
      } else if word.text.hasPrefix("mono=") {
        var mono: Attributes = []
        for name in word.text.dropFirst(5).split(separator: ",") {
          mono.formUnion(try attribute(String(name), word, line))
        }
        rule.mono = (mono, place)
      } else {
        let attribute = try attribute(word.text, word, line)
        rule.attributes = ((rule.attributes?.0 ?? []).union(attribute), place)
      }
    }
    rules.append(rule)
  }

  private func attribute(_ name: String, _ word: ConfigWord, _ line: ConfigLine)
    throws(ConfigProblem) -> Attributes
  {
    if name == "plain" { return [] }
    guard let attribute = Attributes.names[name] else {
      throw line.problem(
        "no attribute named “\(name)”", at: word,
        suggestion: nearest(name, among: Attributes.names.keys))
    }
    return attribute
  }

  private func rule(_ text: String, _ place: Place) -> Rule {
    for (layer, name) in StyleLayers.all
    where text.hasSuffix("." + name) && StyleName(rawValue: text) == nil {
      return Rule(
        styles: Self.styles(named: String(text.dropLast(name.count + 1))), layer: layer,
        place: place)
    }
    return Rule(styles: Self.styles(named: text), layer: nil, place: place)
  }

  private static let scalars = StyleName.allCases.map { Array($0.rawValue.unicodeScalars) }

  private static func styles(named text: String) -> [Int] {
    if let name = StyleName(rawValue: text) {
      return StyleName.indices[name].map { [Int($0)] } ?? []
    }
    let pattern = Array(text.unicodeScalars)
    guard pattern.contains("*") else { return [] }
    return scalars.indices.filter { glob(pattern[...], scalars[$0][...]) }
  }

  /// Colours are looked up when everything has been read, so that a theme that redefines a name
  /// changes every inherited style that uses it.
  private mutating func resolve() {
    for (name, definition) in definitions {
      guard case .named(_, let place) = definition else { continue }
      do throws(ConfigProblem) { _ = try paint(name, place) } catch { problems.append(error) }
    }
    let broken = Set(problems)
    var whole: [Rule] = []
    for var rule in rules {
      do throws(ConfigProblem) {
        if let (name, place) = rule.foreground { rule.foregroundPaint = try paint(name, place) }
        if let (name, place) = rule.background { rule.backgroundPaint = try paint(name, place) }
        whole.append(rule)
      } catch  where !broken.contains(error) {
        problems.append(error)
      } catch {}
    }
    rules = whole
  }

  private func paint(_ name: String, _ place: Place) throws(ConfigProblem) -> Paint {
    func fail(_ message: String, suggestion: String? = nil, at place: Place) -> ConfigProblem {
      place.line.problem(message, at: place.word, suggestion: suggestion)
    }
    var (current, here) = (name, place)
    for _ in 0...16 {
      if current.utf8.first == UInt8(ascii: "#") {
        guard let rgb = Self.exact(current) else {
          throw fail("expected #rrggbb, not “\(current)”", at: here)
        }
        return Paint(color: .exact(rgb), place: here)
      }
      if let own = Color.names[current] { return Paint(color: own, place: here) }
      switch definitions[current] {
      case .exact(let color, let place): return Paint(color: color, place: place)
      case .named(let next, let place): (current, here) = (next, place)
      case nil:
        throw fail(
          "no colour named “\(current)”",
          suggestion: nearest(current, among: Array(definitions.keys) + Array(Color.names.keys)),
          at: here)
      }
    }
    throw fail("“\(name)” is given as itself", at: place)
  }

  /// Every style with every set of layers.
  private mutating func draw() {
    var matching = [[Rule]](repeating: [], count: StyleName.allCases.count)
    for rule in rules {
      for style in rule.styles { matching[style].append(rule) }
    }
    let plain = StyleName.indices[.text].map(Int.init) ?? 0
    // Only what is said of `text` alone is the ground of the others.
    let ground = applied(matching[plain].filter { $0.layer == nil && $0.styles.count == 1 })
    var all: [Drawn] = []
    all.reserveCapacity(Style.count)
    for matching in matching {
      var start = Drawn()
      start.look.foreground = ground.look.foreground
      start.look.background = ground.look.background
      (start.foreground, start.background) = (ground.foreground, ground.background)
      let base = applied(matching.filter { $0.layer == nil }, over: start)
      let layers = StyleLayers.all.map { layer, _ in
        (layer: layer, rules: matching.filter { $0.layer == layer })
      }
      for bits in UInt8(0)..<8 {
        var result = base
        for (layer, rules) in layers where StyleLayers(rawValue: bits).contains(layer) {
          let below = result
          var top = below
          top.look.attributes = []
          top.look.mono = nil
          top = applied(rules, over: top)
          result = top
          result.look.attributes = below.look.attributes.union(top.look.attributes)
          result.look.mono = (below.look.mono ?? below.look.attributes).union(
            top.look.mono ?? top.look.attributes)
        }
        all.append(result)
      }
    }
    drawn = all
  }

  private func applied(_ rules: [Rule], over start: Drawn = Drawn()) -> Drawn {
    var drawn = start
    for rule in rules {
      if let paint = rule.foregroundPaint {
        (drawn.look.foreground, drawn.foreground) = (paint.color, paint.place)
      }
      if let paint = rule.backgroundPaint {
        (drawn.look.background, drawn.background) = (paint.color, paint.place)
      }
      if let (attributes, place) = rule.attributes {
        (drawn.look.attributes, drawn.attributes) = (attributes, place)
      }
      if let (mono, place) = rule.mono { (drawn.look.mono, drawn.mono) = (mono, place) }
    }
    return drawn
  }

  /// `*` stands for any run of characters. Patterns are short: a line is bounded.
  private static func glob(
    _ pattern: ArraySlice<Unicode.Scalar>, _ text: ArraySlice<Unicode.Scalar>
  ) -> Bool {
    var (p, t) = (pattern.startIndex, text.startIndex)
    var retry: (p: Int, t: Int)?
    while t < text.endIndex {
      if p < pattern.endIndex, pattern[p] == "*" {
        retry = (p, t)
        p += 1
      } else if p < pattern.endIndex, pattern[p] == text[t] {
        p += 1
        t += 1
      } else if let (star, from) = retry {
        retry = (star, from + 1)
        p = star + 1
        t = from + 1
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == "*" }
  }
}
