package import Home

/// One command of the line: its words, and what it comes to.
package struct LineEntry: Sendable {
  package enum Meaning: Sendable, Hashable {
    /// A verb of that name, with the same arguments.
    case verb(String)
    /// The line's own, which each face does in its way.
    case own(LineCommand)
    /// A command of the panes.
    case pane(String)
  }

  package let spec: VerbSpec
  package let meaning: Meaning

  /// Whether the line alone has it: its own commands, and short names of verbs.
  package var isOwn: Bool {
    switch meaning {
    case .own: true
    case .verb(let name): name != spec.name
    case .pane: false
    }
  }

  package init(_ spec: VerbSpec, _ meaning: Meaning) {
    self.spec = spec
    self.meaning = meaning
  }
}

/// A line that was read: what to do, and with what.
package struct LineCall: Sendable {
  package let entry: LineEntry
  package var arguments: Arguments
}

/// What words of a line may leave out or stand for, where it is typed.
package struct LineContext {
  /// The event id of the card that is open; `.` stands for it.
  package var card: String?
  /// The event id of the question that waits there.
  package var question: String?
  /// The channel that is open.
  package var channel: String?
  /// The chosen track.
  package var track: String?
  /// The event id behind a number that this face has told.
  package var number: (LineValue, Int) -> String?

  package init(
    card: String? = nil, question: String? = nil, channel: String? = nil, track: String? = nil,
    number: @escaping (LineValue, Int) -> String? = { _, _ in nil }
  ) {
    self.card = card
    self.question = question
    self.channel = channel
    self.track = track
    self.number = number
  }

  private func open(_ value: LineValue) -> String? {
    switch value {
    case .card: card
    case .question: question
    case .channel: channel
    case .track: track
    default: nil
    }
  }

  /// What stands in place of an argument that was left out.
  fileprivate func missing(_ value: LineValue) -> String? {
    value == .card || value == .question ? open(value) : nil
  }

  fileprivate func reading(_ word: String, as value: LineValue) -> String {
    if word == ".", let open = open(value) { return open }
    switch value {
    case .member, .claim:
      // `@none` is nobody's name either.
      return word.count > 1 && word.hasPrefix("@") ? String(word.dropFirst()) : word
    case .card, .question, .post:
      guard word.utf8.count < 8, let number = Int(word) else { return word }
      return self.number(value, number) ?? word
    default: return word
    }
  }
}

/// Every command that a line can hold: the one parser of the `:` line, the plain mode and scripts.
package struct LineTable: Sendable {
  package let entries: [LineEntry]

  /// - Parameter panes: the commands of the panes, by their names. Of two of one name the first counts: the line's
  ///   own, the verbs, the panes.
  package init(panes: [VerbSpec] = []) {
    var seen: Set<String> = []
    let all =
      LineCommand.entries
      + Verbs.all.map { LineEntry($0.spec, .verb($0.spec.name)) }
      + panes.map { LineEntry($0, .pane($0.name)) }
    entries = all.filter { seen.insert($0.spec.name).inserted }
  }

  /// - Parameter specs: the commands of another face, each by its own name.
  package init(of specs: [VerbSpec]) {
    entries = specs.map { LineEntry($0, .verb($0.name)) }
  }

  package func named(_ name: String) -> LineEntry? { entries.first { $0.spec.name == name } }

  /// Reads a line; `nil` when it is blank.
  ///
  /// - Throws: `unknown_command`, and what the command line says of wrong arguments.
  package func parse(_ line: String, in context: LineContext = LineContext()) throws(StudioError)
    -> LineCall?
  {
    let words = LineWords(line)
    guard !words.words.isEmpty else { return nil }
    let entry = try find(words)
    let spec = entry.spec
    var given = spec.arguments(in: words)
    let places = spec.parameters.filter { $0.form == .positional }
    if let first = places.first, let stand = context.missing(spec.value(of: first)),
      given.places == places.count(where: \.isRequired) - 1
    {
      given.words.insert(stand, at: 0)
    }
    guard !words.isOpen || given.tookRest else {
      throw StudioError(
        "bad_usage", "a quote is not closed", value: line, hint: "usage: \(spec.lineUsage)")
    }
    var arguments: Arguments
    do {
      arguments = try spec.parse(given.words)
    } catch {
      var error = error
      // Here nobody types the program's name.
      if error.hint == "usage: \(spec.usage)" { error.hint = "usage: \(spec.lineUsage)" }
      throw error
    }
    for parameter in spec.parameters where arguments.flag(parameter.name) {
      let value = spec.value(of: parameter)
      arguments.set(
        parameter.name,
        to: arguments.texts(parameter.name).map { context.reading($0, as: value) })
    }
    return LineCall(entry: entry, arguments: arguments)
  }

  /// The command at the beginning of a line: the longest name that its words begin with.
  func find(_ words: LineWords) throws(StudioError) -> LineEntry {
    let given = words.words.prefix(3).map(\.text)
    guard let found = entries.map(\.spec).longest(in: given), let entry = named(found.name) else {
      throw .unknownCommand(
        given, among: entries.map(\.spec.name), otherwise: "help lists them")
    }
    return entry
  }
}

extension VerbSpec {
  /// The usage as it is typed into a line: without the name of the program.
  package var lineUsage: String { ([name] + parameters.map(\.usage)).joined(separator: " ") }

  /// The words after the name, as `parse` takes them: the last text is the rest of the line.
  fileprivate func arguments(in line: LineWords) -> (words: [String], places: Int, tookRest: Bool) {
    let count = parameters.count { $0.form == .positional }
    var given: [String] = []
    var places = 0
    var text: String?
    var index = words.count
    while index < line.words.count {
      let word = line.words[index]
      let isOption = word.text.hasPrefix("--") && !word.isQuoted
      let endsOptions = isOption && word.text.utf8.count == 2
      if rest != nil, text == nil, places == count - 1, !isOption || endsOptions {
        let start = endsOptions ? index + 1 : index
        guard start < line.words.count else { break }
        places += 1
        // In quotes it ends with them, and options may follow.
        let follows = line.words.dropFirst(start + 1).first
        guard line.words[start].isQuoted, !line.isOpen, follows?.text.hasPrefix("--") ?? true else {
          return (given + ["--", line.rest(from: start)], places, true)
        }
        text = line.words[start].text
        index = start + 1
        continue
      }
      given.append(word.text)
      index += 1
      if !isOption {
        places += 1
      } else if index < line.words.count, takesValue(word.text, line.words[index].text) {
        given.append(line.words[index].text)
        index += 1
      }
    }
    return (given + (text.map { ["--", $0] } ?? []), places, false)
  }

  private func takesValue(_ option: String, _ next: String) -> Bool {
    guard let parameter = parameters.first(where: { "--\($0.name)" == option }) else {
      return false
    }
    return switch parameter.form {
    case .option: true
    case .optionalNumber: Int(next) != nil
    case .flag, .positional: false
    }
  }
}

extension Collection where Element == VerbSpec {
  /// The command with the longest name that the words begin with.
  package func longest(in words: [String]) -> VerbSpec? {
    self.filter { !$0.words.isEmpty && words.starts(with: $0.words) }
      .max { $0.words.count < $1.words.count }
  }
}

extension StudioError {
  /// The same words wherever a command is typed.
  package static func unknownCommand(
    _ given: [String], among names: [String], otherwise: String
  ) -> StudioError {
    let first = given.first ?? ""
    let typed = given.prefix(2).joined(separator: " ")
    var near = names.filter { $0.hasPrefix(first) || $0.hasPrefix("\(first) ") }
    if near.isEmpty { near = Nearest.word(typed, among: names).map { [$0] } ?? [] }
    if near.isEmpty { near = Nearest.word(first, among: names).map { [$0] } ?? [] }
    return StudioError(
      "unknown_command", "there is no command “\(typed.prefix(80))”", field: "command",
      value: first,
      hint: near.isEmpty ? otherwise : "perhaps \(near.prefix(8).joined(separator: ", "))")
  }
}
