package import ConfigLines

extension Adapter {
  static let keys = [
    "adapter", "argv", "argv-if", "resume", "resume-if", "also", "also-if", "parser", "env_pass",
    "env", "stop", "result", "first_output", "idle", "check",
  ]

  /// Reads a file of an adapter. A problem costs its line; without a program to run there is no adapter.
  package static func parse(_ source: ConfigSource, name: String) -> (
    adapter: Adapter?, problems: [ConfigProblem]
  ) {
    if let problem = source.problem { return (nil, [problem]) }
    var (lines, problems) = ConfigLexer.lines(of: source.text, file: source.file)
    var adapter = Adapter(name: name)
    for line in lines {
      do throws(ConfigProblem) { try adapter.read(line) } catch { problems.append(error) }
    }
    if !adapter.argv.contains(where: { $0.condition == nil && !$0.words.isEmpty }) {
      problems.append(
        ConfigProblem(
          file: source.file, message: "no line “argv” names a program to run", skipsLine: false))
      return (nil, problems.sorted(by: ConfigProblem.precedes))
    }
    return (adapter, problems.sorted(by: ConfigProblem.precedes))
  }

  private mutating func read(_ line: ConfigLine) throws(ConfigProblem) {
    let key = line.words[0].text
    switch key {
    case "adapter":
      let word = try line.value("adapter NAME")
      guard word.text == name else {
        throw line.problem(
          "the file is called “\(name)”, not “\(word.text)”", at: word, severity: .warning)
      }
    case "argv", "argv-if": argv.append(try Self.words(line))
    case "resume", "resume-if": resume.append(try Self.words(line))
    case "also", "also-if":
      let words = try Self.words(line)
      argv.append(words)
      if !resume.isEmpty { resume.append(words) }
    case "parser":
      parser = try line.choice("parser NAME", ParserKind.init, ParserKind.allCases.map(\.rawValue))
    case "stop": stop = try line.choice("stop int|term", RunSpec.PoliteStop.init, ["int", "term"])
    case "env_pass": passes += try line.variables("env_pass NAME …")
    case "env":
      let (name, value) = try line.variable()
      environment[name] = value
    case "result":
      let word = try line.value("result FILE")
      guard ConfigPlaces.isName(word.text) else {
        throw line.problem("expected the name of a file in the run's directory", at: word)
      }
      lastMessage = word.text
    case "first_output": firstOutput = try line.seconds()
    case "idle": idle = try line.seconds()
    case "check":
      guard line.words.count > 1 else { throw line.problem("expected: check PROGRAM …") }
      check = line.words.dropFirst().map(\.text)
    default:
      throw line.problem(
        "there is no “\(key)” in an adapter", at: line.words[0],
        suggestion: nearest(key, among: Self.keys))
    }
  }

  private static func words(_ line: ConfigLine) throws(ConfigProblem) -> Words {
    let key = line.words[0].text
    var words = line.words.dropFirst()
    var condition: String?
    if key.hasSuffix("-if") {
      guard words.count > 1, let name = words.popFirst() else {
        throw line.problem("expected: \(key) NAME WORD …")
      }
      guard placeholders.contains(name.text) else {
        throw line.problem(
          "nothing is called “\(name.text)”", at: name,
          suggestion: nearest(name.text, among: placeholders))
      }
      condition = name.text
    }
    guard !words.isEmpty else { throw line.problem("expected: \(key) WORD …") }
    for word in words {
      if let unknown = unknownPlaceholder(in: word.text) {
        throw line.problem(
          "nothing is called “\(unknown)”", at: word,
          suggestion: nearest(unknown, among: placeholders))
      }
    }
    return Words(words.map(\.text), if: condition)
  }

  /// The first name in braces that there is not. Braces around anything but a name are no placeholder.
  private static func unknownPlaceholder(in word: String) -> String? {
    var rest = word[...]
    while let open = rest.firstIndex(of: "{") {
      rest = rest[rest.index(after: open)...]
      guard let close = rest.firstIndex(of: "}") else { return nil }
      let name = rest[..<close]
      let isName =
        !name.isEmpty && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x5F }
      if isName, !placeholders.contains(String(name)) { return String(name) }
    }
    return nil
  }
}

/// The adapters that there are.
package struct AdapterStore: Sendable {
  package let places: ConfigPlaces

  package init(places: ConfigPlaces) { self.places = places }

  /// Every name, and where it comes from.
  package func list() -> [(name: String, origin: ConfigPlaces.Origin)] { places.names(.adapter) }

  /// The nearest of a name; `nil` when there is none, or none that can be read.
  package func load(_ name: String) -> (adapter: Adapter?, problems: [ConfigProblem]) {
    guard let source = places.candidates(.adapter, name).first else {
      return (
        nil,
        [
          ConfigProblem(
            file: "\(name).adapter", message: "there is no adapter “\(name)”",
            suggestion: nearest(name, among: list().map(\.name)), skipsLine: false)
        ]
      )
    }
    return Adapter.parse(source, name: name)
  }
}

extension ConfigPlaces.Kind {
  package static let adapter = Self(
    folder: "adapters", suffix: ".adapter", builtin: ["claude", "codex", "generic"],
    text: { name in
      let bytes: [UInt8]
      switch name {
      case "claude": bytes = PackageResources.claude_adapter
      case "codex": bytes = PackageResources.codex_adapter
      case "generic": bytes = PackageResources.generic_adapter
      default: return nil
      }
      return String(decoding: bytes, as: UTF8.self)
    })
}
