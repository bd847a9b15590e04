package import ConfigLines

/// The keymaps that can be chosen, and the user's own keys over them.
package struct KeymapStore: Sendable {
  package static let defaultName = "default"

  package let places: ConfigPlaces
  private let commands: Set<String>?
  private let palette: Set<String>
  private let contexts: KeyContexts
  private let guaranteed: [(command: String, keys: String)]

  /// `commands` are all there are, nil for any; `palette` those that can be had without a key. The
  /// rest is as for `Keymap.parse`.
  package init(
    places: ConfigPlaces, commands: Set<String>?, palette: Set<String> = [],
    contexts: KeyContexts, guaranteed: [(command: String, keys: String)] = []
  ) {
    self.places = places
    self.commands = commands
    self.palette = palette
    self.contexts = contexts
    self.guaranteed = guaranteed
  }

  /// Every keymap: those of the binary in their order, then the others by name.
  package func list() -> [(name: String, origin: ConfigPlaces.Origin)] {
    let order = Keymap.shippedNames
    return places.names(.keymap).sorted {
      (order.firstIndex(of: $0.name) ?? order.count, $0.name)
        < (order.firstIndex(of: $1.name) ?? order.count, $1.name)
    }
  }

  /// The nearest keymap of a name.
  package func source(_ name: String) -> ConfigSource? { places.candidates(.keymap, name).first }

  /// The user's `keys.conf`; nil when there is none.
  package var own: ConfigSource? { places.keysFile.flatMap(ConfigSource.read) }

  /// Reads the keymap in force; read it again after a file has changed. That is the user's
  /// `keys.conf`, which inherits the named keymap unless it says what it inherits, or else the
  /// named keymap. An unknown name gives the default and a problem.
  package func load(_ name: String = defaultName) -> (
    keymap: Keymap, problems: [ConfigProblem]
  ) {
    let reading = reading(of: nil, name)
    return (reading.keymap, reading.problems)
  }

  /// The keymap that the user's own keys stand over: the named one, or what `keys.conf` inherits.
  package func inherited(by name: String = defaultName) -> Keymap {
    let lines = own.map { ConfigLexer.lines(of: $0.text, file: $0.file).lines } ?? []
    let line = lines.first { $0.words[0].text == "inherit" && $0.words.count == 2 }
    guard let line else { return reading(of: source(name), name).keymap }
    return reading(
      of: ConfigSource(file: "keys.conf", text: "inherit \(line.words[1].text)\n"), name
    ).keymap
  }

  /// Reads a keymap file, or the one in force, and looks for what reading alone does not tell:
  /// keys hidden by a more particular context, keys that others may take, and commands that can be
  /// reached in no way.
  package func check(_ source: ConfigSource? = nil, named name: String = defaultName)
    -> [ConfigProblem]
  {
    let reading = reading(of: source, name)
    var found = reading.problems
    found += KeymapCheck(reading: reading).notes
    let keymap = reading.keymap
    let bound = Set(
      contexts.names.flatMap { keymap.bindings(of: $0).map(\.binding.command) })
    for command in (commands ?? []).subtracting(bound).subtracting(palette).sorted() {
      found.append(
        ConfigProblem(
          severity: .warning, file: reading.file,
          message: "“\(command)” has no key and is not in the palette"))
    }
    return found
  }

  private func reading(of source: ConfigSource?, _ name: String) -> KeymapReading {
    let base = self.source(name)
    var reading = KeymapReading(
      commands: commands, contexts: contexts, guaranteed: guaranteed,
      names: places.names(.keymap).map(\.name), source: candidates)
    if base == nil {
      reading.problems.append(
        ConfigProblem(
          file: "keymap", message: "no keymap named “\(name)”",
          suggestion: nearest(name, among: places.names(.keymap).map(\.name))))
    }
    let fallback =
      base ?? ConfigSource(file: "default.keymap", text: Keymap.shipped(Self.defaultName) ?? "")
    if let source {
      reading.read(source, base: nil)
    } else if let own {
      reading.read(own, base: fallback)
    } else {
      reading.read(fallback, base: nil)
    }
    return reading
  }

  /// A word with a slash is a path, from the user's directory.
  private var candidates: (String) -> [ConfigSource] {
    let places = places
    return { name in
      guard name.contains("/") else { return places.candidates(.keymap, name) }
      let path = name.hasPrefix("/") ? name : "\(places.user ?? ".")/\(name)"
      return ConfigSource.read(path).map { [$0] } ?? []
    }
  }
}

/// What is worth knowing about a keymap and no mistake.
struct KeymapCheck {
  let reading: KeymapReading

  var notes: [ConfigProblem] {
    var notes: [ConfigProblem] = []
    for name in reading.contexts.names {
      for (steps, line) in reading.lines[name] ?? [:] {
        notes += hidden(by: steps, name, line)
        if case .key(let key) = steps[0], let taker = key.takenBy, line.file == reading.file {
          notes.append(
            line.problem("“\(key)” may be taken by \(taker)", at: line.words[2], severity: .note))
        }
      }
    }
    return Array(Set(notes)).sorted {
      ($0.file, $0.line, $0.message) < ($1.file, $1.line, $1.message)
    }
  }

  /// What a context's keys hide of the contexts above: the same keys, or longer sequences.
  private func hidden(by steps: [Keymap.Step], _ name: String, _ line: ConfigLine)
    -> [ConfigProblem]
  {
    reading.contexts.path(from: name).dropFirst().flatMap { above in
      (reading.lines[above] ?? [:]).compactMap { other, general -> ConfigProblem? in
        guard other.starts(with: steps), other != steps || said(by: line) != said(by: general)
        else { return nil }
        let keys = Keymap.text(other)
        if line.file == reading.file {
          return line.problem(
            "in “\(name)” this hides “\(keys)” of “\(above)” (\(general.file):\(general.number))",
            at: line.words[2], severity: .note)
        }
        guard general.file == reading.file else { return nil }
        return general.problem(
          "“\(keys)” does something else in “\(name)” (\(line.file):\(line.number))",
          at: general.words[2], severity: .note)
      }
    }
  }

  /// The command of a line with its arguments.
  private func said(by line: ConfigLine) -> [String] {
    let words = line.words.dropFirst(2)
    let command = words.firstIndex { reading.commands?.contains($0.text) ?? false }
    return words[(command ?? words.endIndex - 1)...].map(\.text)
  }
}
