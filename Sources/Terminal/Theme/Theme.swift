/// A look for every style. Read from lines `theme`, `inherit`, `color` and `style`, and nothing
/// else, so a theme from a stranger can only change how things look.
package struct Theme: Sendable {
  package let name: String
  /// What the file says after its name; nil when it suits both.
  package let isDark: Bool?
  private let looks: [Look]

  /// The look of a style. In `.mono` the colours are the terminal's own.
  package func look(of style: Style, depth: ColorDepth = .direct) -> Look {
    var look = looks[style.key]
    if depth == .mono {
      look.foreground = .standard
      look.background = .standard
      look.attributes = look.mono ?? look.attributes
    }
    return look
  }

  /// Reads a theme. Every problem costs one line; what is left is always a whole theme.
  /// `source` gives the text of an inherited theme by name, nil when there is none.
  package static func parse(
    _ text: String, file: String, source: @escaping (String) -> String? = Theme.shipped
  ) -> (theme: Theme, problems: [ConfigProblem]) {
    var parser = ThemeParser(source: source)
    parser.read(text, file: file, depth: 0)
    let theme = Theme(name: parser.name ?? file, isDark: parser.isDark, looks: parser.looks())
    return (theme, parser.problems)
  }

  /// The text of a theme in the binary: `terminal` or `dark`.
  package static func shipped(_ name: String) -> String? {
    switch name {
    case "terminal": String(decoding: PackageResources.terminal_theme, as: UTF8.self)
    case "dark": String(decoding: PackageResources.dark_theme, as: UTF8.self)
    default: nil
    }
  }

  /// The names `shipped` knows.
  package static let shippedNames = ["terminal", "dark"]

  /// The default: the sixteen colours of the user's own scheme.
  package static let terminal = parse(shipped("terminal") ?? "", file: "terminal.theme").theme
  /// Exact colours on a dark ground.
  package static let dark = parse(shipped("dark") ?? "", file: "dark.theme").theme

  /// No colours; for tests and as a last resort.
  package static let plain = parse("theme plain\n", file: "plain.theme").theme

  fileprivate init(name: String, isDark: Bool?, looks: [Look]) {
    self.name = name
    self.isDark = isDark
    self.looks = looks
  }
}

private struct ThemeParser {
  struct Rule {
    var pattern: [Unicode.Scalar]
    var layer: StyleLayers?
    var foreground: Color?
    var background: Color?
    var attributes: Attributes?
    var mono: Attributes?
  }

  let source: (String) -> String?
  var name: String?
  var isDark: Bool?
  var problems: [ConfigProblem] = []
  private var colors = Color.names
  private var rules: [Rule] = []

  init(source: @escaping (String) -> String?) { self.source = source }

  mutating func read(_ text: String, file: String, depth: Int) {
    let (lines, broken) = ConfigLexer.lines(of: text, file: file)
    problems += broken
    for line in lines {
      do throws(ConfigProblem) {
        try read(line, depth: depth)
      } catch {
        problems.append(error)
      }
    }
    problems.sort { ($0.file, $0.line, $0.column) < ($1.file, $1.line, $1.column) }
  }

  private mutating func read(_ line: ConfigLine, depth: Int) throws(ConfigProblem) {
    let words = line.words
    switch words[0].text {
    case "theme": try readTheme(line, depth: depth)
    case "inherit":
      guard words.count == 2 else { throw line.problem("expected: inherit NAME", at: words[0]) }
      guard depth < 8, let text = source(words[1].text) else {
        throw line.problem("no theme named “\(words[1].text)”", at: words[1])
      }
      read(text, file: words[1].text + ".theme", depth: depth + 1)
    case "color": try readColor(line)
    case "style": try readStyle(line)
    default:
      throw line.problem(
        "a theme has lines theme, inherit, color and style, not “\(words[0].text)”", at: words[0],
        suggestion: nearest(words[0].text, among: ["theme", "inherit", "color", "style"]))
    }
  }

  private mutating func readTheme(_ line: ConfigLine, depth: Int) throws(ConfigProblem) {
    guard (2...3).contains(line.words.count) else {
      throw line.problem("expected: theme NAME [dark|light]", at: line.words[0])
    }
    if line.words.count == 3, !["dark", "light"].contains(line.words[2].text) {
      throw line.problem("expected dark or light", at: line.words[2])
    }
    guard depth == 0 else { return }
    name = line.words[1].text
    isDark = line.words.count == 3 ? line.words[2].text == "dark" : nil
  }

  private mutating func readColor(_ line: ConfigLine) throws(ConfigProblem) {
    let words = line.words
    guard words.count >= 3 else {
      throw line.problem("expected: color NAME VALUE [256=N] [16=NAME]", at: words[0])
    }
    guard Color.names[words[1].text] == nil else {
      throw line.problem(
        "“\(words[1].text)” is the terminal's own and cannot be changed", at: words[1])
    }
    let value = words[2].text
    guard value.utf8.first == UInt8(ascii: "#") else {
      guard words.count == 3 else {
        throw line.problem("stand-ins belong to #rrggbb colours only", at: words[3])
      }
      colors[words[1].text] = try color(value, words[2], line)
      return
    }
    let rgb = try exact(value, words[2], line)
    var indexed: UInt8?
    var ansi: UInt8??
    for word in words[3...] {
      if word.text.hasPrefix("256="), let number = UInt8(word.text.dropFirst(4)) {
        indexed = number
      } else if word.text.hasPrefix("16="), let named = Color.names[String(word.text.dropFirst(3))]
      {
        ansi = .some(named.ansi)
      } else {
        throw line.problem("expected 256=0…255 or 16=COLOUR, not “\(word.text)”", at: word)
      }
    }
    colors[words[1].text] = .exact(rgb, indexed: indexed, ansi: ansi)
  }

  private func exact(_ value: String, _ word: ConfigWord, _ line: ConfigLine)
    throws(ConfigProblem) -> UInt32
  {
    let digits = value.dropFirst()
    guard digits.utf8.count == 6, !digits.hasPrefix("+"), let rgb = UInt32(digits, radix: 16) else {
      throw line.problem("expected #rrggbb, not “\(value)”", at: word)
    }
    return rgb
  }

  private func color(_ name: String, _ word: ConfigWord, _ line: ConfigLine)
    throws(ConfigProblem) -> Color
  {
    if name.utf8.first == UInt8(ascii: "#") { return .exact(try exact(name, word, line)) }
    guard let color = colors[name] else {
      throw line.problem(
        "no colour named “\(name)”", at: word, suggestion: nearest(name, among: colors.keys))
    }
    return color
  }

  private mutating func readStyle(_ line: ConfigLine) throws(ConfigProblem) {
    let words = line.words
    guard words.count >= 3 else {
      throw line.problem("expected: style NAME fg=… bg=… bold … mono=…", at: words[0])
    }
    var (rule, known) = pattern(words[1].text)
    guard known else {
      throw line.problem(
        "no style named “\(words[1].text)”", at: words[1],
        suggestion: nearest(words[1].text, among: StyleName.allCases.map(\.rawValue)))
    }
    for word in words[2...] {
      if word.text.hasPrefix("fg=") {
        rule.foreground = try color(String(word.text.dropFirst(3)), word, line)
      } else if word.text.hasPrefix("bg=") {
        rule.background = try color(String(word.text.dropFirst(3)), word, line)
      } else if word.text.hasPrefix("mono=") {
        var mono: Attributes = []
        for name in word.text.dropFirst(5).split(separator: ",") {
          mono.formUnion(try attribute(String(name), word, line))
        }
        rule.mono = mono
      } else {
        rule.attributes = (rule.attributes ?? []).union(try attribute(word.text, word, line))
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

  /// The rule for a name, and whether it can match anything.
  private func pattern(_ text: String) -> (Rule, known: Bool) {
    for (layer, name) in StyleLayers.all
    where text.hasSuffix("." + name) && StyleName(rawValue: text) == nil {
      let stem = Array(text.dropLast(name.count + 1).unicodeScalars)
      return (Rule(pattern: stem, layer: layer), matchesAny(stem))
    }
    let whole = Array(text.unicodeScalars)
    return (Rule(pattern: whole), matchesAny(whole))
  }

  private func matchesAny(_ pattern: [Unicode.Scalar]) -> Bool {
    StyleName.allCases.contains { glob(pattern[...], Array($0.rawValue.unicodeScalars)[...]) }
  }

  /// Every style with every set of layers.
  func looks() -> [Look] {
    let ground = applied(
      rules.filter { $0.layer == nil && $0.pattern == Array("text".unicodeScalars) })
    return StyleName.allCases.flatMap { name in
      let scalars = Array(name.rawValue.unicodeScalars)
      let matching = rules.filter { glob($0.pattern[...], scalars[...]) }
      var start = Look()
      start.foreground = ground.foreground
      start.background = ground.background
      let base = applied(matching.filter { $0.layer == nil }, over: start)
      return (UInt8(0)..<8).map { bits in
        var look = base
        for (layer, _) in StyleLayers.all where StyleLayers(rawValue: bits).contains(layer) {
          let top = applied(matching.filter { $0.layer == layer }, over: look)
          look.foreground = top.foreground
          look.background = top.background
          look.mono = (look.mono ?? look.attributes).union(top.mono ?? top.attributes)
          look.attributes.formUnion(top.attributes)
        }
        return look
      }
    }
  }

  private func applied(_ rules: [Rule], over start: Look = Look()) -> Look {
    var look = start
    for rule in rules {
      look.foreground = rule.foreground ?? look.foreground
      look.background = rule.background ?? look.background
      look.attributes = rule.attributes ?? look.attributes
      look.mono = rule.mono ?? look.mono
    }
    return look
  }

  /// `*` stands for any run of characters. Patterns are short: a line is bounded.
  private func glob(_ pattern: ArraySlice<Unicode.Scalar>, _ text: ArraySlice<Unicode.Scalar>)
    -> Bool
  {
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
