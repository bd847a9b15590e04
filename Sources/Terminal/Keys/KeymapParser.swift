extension Keymap {
  /// Reads a keymap. Every problem costs one line; the rest holds.
  ///
  /// `commands` are the names that may be bound. `source` gives the text of an inherited keymap by
  /// name. `guaranteed` are bindings of `*` that no file can take away: a command without any key
  /// in `*` gets its keys back, with a warning.
  package static func parse(
    _ text: String, file: String, commands: Set<String>, contexts: KeyContexts,
    guaranteed: [(command: String, keys: String)] = [],
    source: @escaping (String) -> String? = Keymap.shipped
  ) -> (keymap: Keymap, problems: [ConfigProblem]) {
    var parser = KeymapParser(commands: commands, contexts: contexts, source: source)
    parser.read(text, file: file, depth: 0)
    parser.restore(guaranteed, file: file)
    let keymap = Keymap(contexts: contexts, timeout: parser.timeout, roots: parser.roots)
    return (keymap, parser.problems)
  }
}

private struct KeymapParser {
  let commands: Set<String>
  let contexts: KeyContexts
  let source: (String) -> String?
  var timeout = Duration.milliseconds(800)
  var roots: [String: Keymap.Node] = [:]
  var problems: [ConfigProblem] = []
  private var leader: Key?
  /// Where each sequence of the file being read was bound.
  private var bound: [String: [[Keymap.Step]: Int]] = [:]

  init(commands: Set<String>, contexts: KeyContexts, source: @escaping (String) -> String?) {
    self.commands = commands
    self.contexts = contexts
    self.source = source
  }

  mutating func read(_ text: String, file: String, depth: Int) {
    let (lines, broken) = ConfigLexer.lines(of: text, file: file)
    problems += broken
    let outer = bound
    bound = [:]
    for line in lines {
      do throws(ConfigProblem) {
        try read(line, depth: depth)
      } catch {
        problems.append(error)
      }
    }
    bound = outer
    problems.sort { ($0.file, $0.line, $0.column) < ($1.file, $1.line, $1.column) }
  }

  private mutating func read(_ line: ConfigLine, depth: Int) throws(ConfigProblem) {
    let words = line.words
    switch words[0].text {
    case "map": try map(line)
    case "unmap": try unmap(line)
    case "inherit":
      guard words.count == 2 else { throw line.problem("expected: inherit NAME", at: words[0]) }
      guard depth < 8, let text = source(words[1].text) else {
        throw line.problem(
          "no keymap named “\(words[1].text)”", at: words[1],
          suggestion: nearest(words[1].text, among: ["default"]))
      }
      read(text, file: words[1].text + ".keymap", depth: depth + 1)
    case "leader":
      guard words.count == 2, let key = Key(name: words[1].text) else {
        throw line.problem("expected: leader KEY", at: words.last)
      }
      leader = key
    case "timeout":
      guard words.count == 2, let milliseconds = Int(words[1].text),
        (0...10_000).contains(milliseconds)
      else { throw line.problem("expected: timeout MILLISECONDS, at most 10000", at: words.last) }
      timeout = .milliseconds(milliseconds)
    default:
      throw line.problem(
        "a keymap has lines map, unmap, inherit, leader and timeout, not “\(words[0].text)”",
        at: words[0],
        suggestion: nearest(
          words[0].text, among: ["map", "unmap", "inherit", "leader", "timeout"]))
    }
  }

  private mutating func map(_ line: ConfigLine) throws(ConfigProblem) {
    let (names, steps, rest) = try target(line)
    guard let command = rest.first else {
      throw line.problem("expected a command after the keys")
    }
    guard commands.contains(command.text) else {
      if rest.count > 1, let later = rest.firstIndex(where: { commands.contains($0.text) }),
        later > 0
      {
        throw line.problem(
          "no key named “\(command.text)”", at: command,
          suggestion: nearest(command.text, among: Key.names))
      }
      throw line.problem(
        "unknown command “\(command.text)”", at: command,
        suggestion: nearest(command.text, among: commands))
    }
    let binding = Keymap.Binding(
      command: command.text, arguments: rest.dropFirst().map(\.text))
    for name in names {
      if contexts.isWriting(name), case .key(let key) = steps[0], key.typed != nil {
        throw line.problem(
          "in “\(name)” a plain character is text and cannot be bound", at: line.words[2])
      }
      if let before = bound[name]?[steps] {
        throw line.problem(
          "“\(Keymap.text(steps))” is already bound in “\(name)” on line \(before)",
          at: line.words[2])
      }
    }
    for name in names {
      bound[name, default: [:]][steps] = line.number
      var root = roots[name] ?? Keymap.Node()
      warnOfPrefix(root, steps, name, line)
      set(binding, steps[...], &root)
      roots[name] = root
    }
  }

  private mutating func warnOfPrefix(
    _ root: Keymap.Node, _ steps: [Keymap.Step], _ name: String, _ line: ConfigLine
  ) {
    var node: Keymap.Node? = root
    for (index, step) in steps.enumerated() {
      node = node?[step]
      let isLast = index == steps.count - 1
      let clashes = isLast ? node?.children.isEmpty == false : node?.binding != nil
      guard clashes else { continue }
      problems.append(
        line.problem(
          "in “\(name)” “\(Keymap.text(Array(steps[...index])))” is a command and the start of "
            + "another; it waits \(timeout)", at: line.words[2], severity: .warning))
      return
    }
  }

  private mutating func unmap(_ line: ConfigLine) throws(ConfigProblem) {
    let (names, steps, rest) = try target(line)
    if let extra = rest.first {
      throw line.problem("expected only keys, not “\(extra.text)”", at: extra)
    }
    for name in names {
      guard var root = roots[name], clear(steps[...], &root) else {
        throw line.problem(
          "“\(Keymap.text(steps))” is not bound in “\(name)”", at: line.words[2])
      }
      roots[name] = root
      bound[name]?[steps] = nil
    }
  }

  /// The contexts, the keys and the words after them.
  private func target(_ line: ConfigLine) throws(ConfigProblem) -> (
    names: [String], steps: [Keymap.Step], rest: ArraySlice<ConfigWord>
  ) {
    let words = line.words
    guard words.count >= 3 else {
      throw line.problem("expected: \(words[0].text) CONTEXTS KEYS …", at: words[0])
    }
    let names = words[1].text.split(separator: ",").map(String.init)
    for name in names where !contexts.contains(name) {
      throw line.problem(
        "no context named “\(name)”", at: words[1],
        suggestion: nearest(name, among: contexts.names))
    }
    guard !names.isEmpty else { throw line.problem("expected a context", at: words[1]) }
    var steps: [Keymap.Step] = []
    var rest = words[2...]
    while let word = rest.first, !word.isQuoted,
      !(steps.isEmpty == false && commands.contains(word.text)),
      let step = try step(word, line)
    {
      steps.append(step)
      rest = rest.dropFirst()
    }
    guard !steps.isEmpty else {
      throw line.problem(
        "no key named “\(words[2].text)”", at: words[2],
        suggestion: nearest(words[2].text, among: Key.names))
    }
    guard steps.count <= 5 else { throw line.problem("at most five keys", at: words[7]) }
    return (names, steps, rest)
  }

  private func step(_ word: ConfigWord, _ line: ConfigLine) throws(ConfigProblem) -> Keymap.Step? {
    switch word.text {
    case "digit": return .digit
    case "leader":
      guard let leader else { throw line.problem("no leader line stands above", at: word) }
      return .key(leader)
    default: return Key(name: word.text).map { .key($0) }
    }
  }

  private func set(
    _ binding: Keymap.Binding, _ steps: ArraySlice<Keymap.Step>, _ node: inout Keymap.Node
  ) {
    guard let first = steps.first else {
      node.binding = binding
      return
    }
    var child = node[first] ?? Keymap.Node()
    set(binding, steps.dropFirst(), &child)
    node[first] = child
  }

  private func clear(_ steps: ArraySlice<Keymap.Step>, _ node: inout Keymap.Node) -> Bool {
    guard let first = steps.first else {
      defer { node.binding = nil }
      return node.binding != nil
    }
    guard var child = node[first], clear(steps.dropFirst(), &child) else { return false }
    node[first] = child.binding == nil && child.children.isEmpty ? nil : child
    return true
  }

  mutating func restore(_ guaranteed: [(command: String, keys: String)], file: String) {
    for (command, keys) in guaranteed {
      let steps = keys.split(separator: " ").compactMap { Key(name: String($0)) }
        .map { Keymap.Step.key($0) }
      let held = Keymap(contexts: contexts, timeout: timeout, roots: roots).entries(in: "*")
      guard !steps.isEmpty, !held.contains(where: { $0.binding.command == command }) else {
        continue
      }
      var root = roots["*"] ?? Keymap.Node()
      set(Keymap.Binding(command: command), steps[...], &root)
      roots["*"] = root
      problems.append(
        ConfigProblem(
          severity: .warning, file: file, line: 1, column: 1, length: 1,
          message: "“\(command)” had no key left and got \(keys) back", suggestion: nil, source: "")
      )
    }
  }
}
