package import ConfigLines

extension Keymap {
  /// Reads a keymap. Every problem costs one line; the rest holds.
  ///
  /// `commands` are the names that may be bound; nil takes any. `guaranteed` are what no file can
  /// take away: the keys of the first cannot be given to another command, and each of the others
  /// gets its keys back, with a warning, when no key is left for it somewhere. `source` gives the
  /// inherited keymap of a name: everything of that name, the nearest first.
  package static func parse(
    _ text: String, file: String, commands: Set<String>?, contexts: KeyContexts,
    guaranteed: [(command: String, keys: String)] = [],
    source: @escaping (String) -> [ConfigSource] = { ConfigPlaces.builtin.candidates(.keymap, $0) }
  ) -> (keymap: Keymap, problems: [ConfigProblem]) {
    var reading = KeymapReading(
      commands: commands, contexts: contexts, guaranteed: guaranteed, names: shippedNames,
      source: source)
    reading.read(ConfigSource(file: file, text: text), base: nil)
    return (reading.keymap, reading.problems)
  }
}

/// A keymap as it was read, with the lines that bound each key, which the checks point at.
struct KeymapReading {
  let commands: Set<String>?
  let contexts: KeyContexts
  let guaranteed: [(command: String, keys: String)]
  /// The file that was asked for; the others are inherited.
  private(set) var file = ""
  private(set) var timeout = Duration.milliseconds(800)
  private var hasCounts = false
  private(set) var roots: [String: Keymap.Node] = [:]
  var problems: [ConfigProblem] = []
  /// The line of each binding, by context and keys.
  private(set) var lines: [String: [[Keymap.Step]: ConfigLine]] = [:]

  private var inheritance: Inheritance
  private var leader: Key?
  /// Where each sequence of the file being read was bound.
  private var bound: [String: [[Keymap.Step]: Int]] = [:]
  private var labels: [(names: [String], steps: [Keymap.Step], text: String, line: ConfigLine)] = []
  private let words = ["map", "unmap", "inherit", "leader", "timeout", "counts", "label"]

  init(
    commands: Set<String>?, contexts: KeyContexts, guaranteed: [(command: String, keys: String)],
    names: [String], source: @escaping (String) -> [ConfigSource]
  ) {
    self.commands = commands
    self.contexts = contexts
    self.guaranteed = guaranteed
    inheritance = Inheritance(names: names + ["none"], candidates: source)
  }

  var keymap: Keymap {
    Keymap(contexts: contexts, timeout: timeout, hasCounts: hasCounts, roots: roots)
  }

  /// Reads a file and all it inherits. `base` is what it inherits without a line that says so.
  mutating func read(_ source: ConfigSource, base: ConfigSource?) {
    file = source.file
    if let problem = source.problem { problems.append(problem) }
    readFile(source, base: base)
    applyLabels()
    restore()
    warnOfPrefixes()
    problems.sort(by: ConfigProblem.precedes)
  }

  /// What is inherited counts first, wherever its line stands; the outermost leader counts for all.
  private mutating func readFile(_ source: ConfigSource, base: ConfigSource?) {
    let (lines, broken) = ConfigLexer.lines(of: source.text, file: source.file)
    problems += broken
    inheritance.enter(source.file)
    for line in lines where line.words[0].text == "leader" {
      attempt { me throws(ConfigProblem) in try me.readLeader(line) }
    }
    var inherits = false
    for line in lines where line.words[0].text == "inherit" {
      attempt { me throws(ConfigProblem) in
        guard !inherits else {
          throw line.problem("a keymap inherits one other", at: line.words[0])
        }
        if line.words.count == 2, line.words[1].text == "none" {
          inherits = true
          return
        }
        let source = try me.inheritance.source(of: line, what: "keymap")
        inherits = true
        me.readFile(source, base: nil)
      }
    }
    // A mistake in the name costs that line, not every key.
    if let base, !inherits { readFile(base, base: nil) }
    bound = [:]
    for line in lines where !["inherit", "leader"].contains(line.words[0].text) {
      attempt { me throws(ConfigProblem) in try me.read(line) }
    }
    inheritance.leave()
  }

  private mutating func attempt(_ body: (inout Self) throws(ConfigProblem) -> Void) {
    do throws(ConfigProblem) { try body(&self) } catch { problems.append(error) }
  }

  private mutating func readLeader(_ line: ConfigLine) throws(ConfigProblem) {
    guard line.words.count == 2, let key = Key(name: line.words[1].text) else {
      throw line.problem("expected: leader KEY", at: line.words.last)
    }
    if leader == nil { leader = key }
  }

  private mutating func read(_ line: ConfigLine) throws(ConfigProblem) {
    let first = line.words[0]
    switch first.text {
    case "map": try map(line)
    case "unmap": try unmap(line)
    case "label":
      let (names, steps, rest) = try target(line)
      guard rest.count == 1, let text = rest.first else {
        throw line.problem("expected: label CONTEXTS KEYS \"TEXT\"", at: first)
      }
      labels.append((names, steps, text.text, line))
    case "timeout":
      guard line.words.count == 2, let milliseconds = Int(line.words[1].text),
        (0...10_000).contains(milliseconds)
      else { throw line.problem("expected: timeout MILLISECONDS, at most 10000") }
      timeout = .milliseconds(milliseconds)
    case "counts":
      guard line.words.count == 2, ["on", "off"].contains(line.words[1].text) else {
        throw line.problem("expected: counts on, or counts off", at: line.words.last)
      }
      hasCounts = line.words[1].text == "on"
    default:
      throw line.problem(
        "a keymap has lines \(words.dropLast().joined(separator: ", ")) and label, "
          + "not “\(first.text)”", at: first, suggestion: nearest(first.text, among: words))
    }
  }

  private mutating func map(_ line: ConfigLine) throws(ConfigProblem) {
    let (names, steps, rest) = try target(line)
    guard let command = rest.first else {
      throw line.problem("expected a command after the keys")
    }
    if let commands, !commands.contains(command.text) {
      if rest.dropFirst().contains(where: { commands.contains($0.text) }) {
        throw line.problem(
          "no key named “\(command.text)”", at: command,
          suggestion: nearest(command.text, among: Key.names))
      }
      throw line.problem(
        "unknown command “\(command.text)”", at: command,
        suggestion: nearest(command.text, among: commands))
    }
    try refuseFixed(steps, for: command.text, line)
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
    let binding = Keymap.Binding(command: command.text, arguments: rest.dropFirst().map(\.text))
    for name in names {
      bound[name, default: [:]][steps] = line.number
      lines[name, default: [:]][steps] = line
      change(name, steps) {
        $0.binding = binding
        $0.origin = Keymap.Origin(file: line.file, line: line.number)
      }
    }
    for (step, word) in zip(steps, line.words[2...]) {
      guard case .key(let key) = step, let trouble = key.trouble else { continue }
      problems.append(
        line.problem(
          trouble.reason, at: word, suggestion: trouble.instead?.description, severity: .warning))
      break
    }
  }

  private mutating func unmap(_ line: ConfigLine) throws(ConfigProblem) {
    let (names, steps, rest) = try target(line)
    if let extra = rest.first {
      throw line.problem("expected only keys, not “\(extra.text)”", at: extra)
    }
    try refuseFixed(steps, for: nil, line)
    for name in names {
      guard roots[name].map({ holds($0, steps[...]) }) == true else {
        throw line.problem(
          "“\(Keymap.text(steps))” is not bound in “\(name)”", at: line.words[2])
      }
      change(name, steps) { $0.binding = nil }
      bound[name]?[steps] = nil
      lines[name]?[steps] = nil
    }
  }

  /// Help and the way out stay where every text about the program says they are.
  private func refuseFixed(_ steps: [Keymap.Step], for command: String?, _ line: ConfigLine)
    throws(ConfigProblem)
  {
    let interrupt = Keymap.Step.key(Key(.character("c"), .control))
    if steps.starts(with: [interrupt, interrupt]) {
      throw line.problem("“C-c C-c” always quits", at: line.words[2])
    }
    guard let fixed = guaranteed.first, steps[0] == Self.steps(fixed.keys).first,
      command != fixed.command || steps.count > 1
    else { return }
    throw line.problem(
      "“\(fixed.keys)” is “\(fixed.command)” everywhere and stays so", at: line.words[2])
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
      steps.isEmpty || commands?.contains(word.text) != true, let step = try step(word, line)
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
      guard let leader else { throw line.problem("there is no leader line", at: word) }
      return .key(leader)
    default: return Key(name: word.text).map { .key($0) }
    }
  }

  private static func steps(_ keys: String) -> [Keymap.Step] {
    keys.split(separator: " ").compactMap { Key(name: String($0)) }.map { .key($0) }
  }

  private mutating func change(
    _ context: String, _ steps: [Keymap.Step], _ body: (inout Keymap.Node) -> Void
  ) {
    var root = roots[context] ?? Keymap.Node()
    Self.change(&root, steps[...], body)
    roots[context] = root
  }

  private static func change(
    _ node: inout Keymap.Node, _ steps: ArraySlice<Keymap.Step>,
    _ body: (inout Keymap.Node) -> Void
  ) {
    guard let first = steps.first else { return body(&node) }
    var child = node[first] ?? Keymap.Node()
    change(&child, steps.dropFirst(), body)
    node[first] = child.binding == nil && child.children.isEmpty ? nil : child
  }

  private func holds(_ node: Keymap.Node, _ steps: ArraySlice<Keymap.Step>) -> Bool {
    guard let first = steps.first else { return node.binding != nil }
    return node[first].map { holds($0, steps.dropFirst()) } ?? false
  }

  private mutating func applyLabels() {
    for (names, steps, text, line) in labels {
      var isUsed = false
      for name in names {
        var node = roots[name]
        for step in steps { node = node?[step] }
        guard node != nil else { continue }
        isUsed = true
        change(name, steps) { $0.label = text }
      }
      if !isUsed {
        problems.append(
          line.problem(
            "no key of “\(names.joined(separator: ","))” begins with “\(Keymap.text(steps))”",
            at: line.words[2], severity: .warning))
      }
    }
  }

  private mutating func restore() {
    var reachable = reachableCommands
    for (index, (command, keys)) in guaranteed.enumerated() {
      let steps = Self.steps(keys)
      guard !steps.isEmpty else { continue }
      if index > 0, reachable.contains(command) { continue }
      if index == 0, keymap.entries(in: "*").contains(where: { $0.steps == steps }) { continue }
      defer { reachable = reachableCommands }
      // What a particular context has on these keys would hide them there.
      for name in roots.keys where name != "*" { change(name, steps) { $0 = Keymap.Node() } }
      change("*", steps) { $0 = Keymap.Node(binding: Keymap.Binding(command: command)) }
      // The first was never anyone's to give, so its return is no news.
      guard index > 0 else { continue }
      problems.append(
        ConfigProblem(
          severity: .warning, file: file,
          message: "“\(command)” had no key left everywhere and got \(keys) back"))
    }
  }

  /// What has a key in every leaf.
  private var reachableCommands: Set<String> {
    let keymap = keymap
    let each = contexts.leaves.map { leaf in
      Set(keymap.entries(in: leaf).map(\.binding.command))
    }
    return each.dropFirst().reduce(each.first ?? []) { $0.intersection($1) }
  }

  /// A sequence waits where a key of it is a command in the same context or one above.
  private mutating func warnOfPrefixes() {
    for name in contexts.names {
      for (steps, line) in lines[name] ?? [:] where steps.count > 1 {
        for count in 1..<steps.count {
          let prefix = Array(steps[..<count])
          for above in contexts.path(from: name) {
            guard let shorter = lines[above]?[prefix] else { continue }
            let place = [line, shorter].filter { $0.file == file }.max { $0.number < $1.number }
            guard let place else { continue }
            let problem = place.problem(
              "in “\(name)” “\(Keymap.text(prefix))” is a command and the start of another; "
                + "it waits \(timeout)", at: place.words[2], severity: .warning)
            if !problems.contains(problem) { problems.append(problem) }
          }
        }
      }
    }
  }
}
