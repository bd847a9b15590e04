package import Home

/// The checked arguments of one call of a verb.
package struct Arguments: Sendable {
  private var values: [String: [String]] = [:]

  package init() {}

  /// For callers that already hold values, such as a pane.
  package init(_ values: [String: String]) { self.values = values.mapValues { [$0] } }

  package mutating func set(_ name: String, to value: String) { values[name] = [value] }
  package mutating func set(_ name: String, to all: [String]) { values[name] = all }
  package mutating func add(_ name: String, _ value: String) {
    values[name, default: []].append(value)
  }

  /// The value, when given.
  package func text(_ name: String) -> String? { values[name]?.first }

  /// All values of a repeated parameter, in the order given.
  package func texts(_ name: String) -> [String] { values[name] ?? [] }

  package func flag(_ name: String) -> Bool { values[name] != nil }

  /// The value of a parameter that the spec marks as required.
  package func required(_ name: String) throws(StudioError) -> String {
    guard let value = values[name]?.first else {
      throw StudioError("missing_argument", "\(name) is missing", field: name)
    }
    return value
  }

  /// A whole number within `range`.
  package func number(_ name: String, in range: ClosedRange<Int>) throws(StudioError) -> Int? {
    guard let text = values[name]?.first, !text.isEmpty else { return nil }
    return try number(text, of: name, in: range)
  }

  /// Every whole number that was given, in the order given.
  package func numbers(_ name: String, in range: ClosedRange<Int>) throws(StudioError) -> [Int] {
    var numbers: [Int] = []
    for text in texts(name) { numbers.append(try number(text, of: name, in: range)) }
    return numbers
  }

  private func number(
    _ text: String, of name: String, in range: ClosedRange<Int>
  ) throws(StudioError) -> Int {
    guard let number = Int(text), range.contains(number) else {
      throw StudioError(
        "invalid_argument",
        "\(name) takes a whole number from \(range.lowerBound) to \(range.upperBound)",
        field: name, value: text)
    }
    return number
  }
}

extension VerbSpec {
  /// Reads words as this verb's arguments: options anywhere, `--` ends them, `--name=value` is allowed.
  ///
  /// - Throws: `unknown_option`, `missing_argument`, `invalid_argument` or `bad_usage`, with the usage line as
  ///   the hint.
  package func parse(_ words: some Collection<String>) throws(StudioError) -> Arguments {
    var arguments = Arguments()
    var places: [String] = []
    var queue = Array(words)[...]
    var optionsEnded = false
    while let word = queue.popFirst() {
      if optionsEnded || !word.hasPrefix("--") || word.count == 2 {
        if word == "--" && !optionsEnded { optionsEnded = true } else { places.append(word) }
        continue
      }
      let parts = word.dropFirst(2).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts.first ?? "")
      guard let parameter = parameters.first(where: { $0.name == name && $0.form != .positional })
      else { throw misuse("unknown_option", "there is no option --\(name)", name, word) }
      let attached = parts.count > 1 ? String(parts[1]) : nil
      try take(parameter, attached, from: &queue, into: &arguments)
    }
    try place(places, into: &arguments)
    for parameter in parameters where parameter.isRequired && arguments.text(parameter.name) == nil
    {
      throw misuse("missing_argument", "\(parameter.label) is missing", parameter.name, nil)
    }
    return arguments
  }

  private func take(
    _ parameter: Parameter, _ attached: String?, from queue: inout ArraySlice<String>,
    into arguments: inout Arguments
  ) throws(StudioError) {
    if !parameter.isRepeated && arguments.flag(parameter.name) {
      throw misuse("bad_usage", "--\(parameter.name) is given twice", parameter.name, attached)
    }
    switch parameter.form {
    case .flag:
      if let attached {
        throw misuse("bad_usage", "--\(parameter.name) takes no value", parameter.name, attached)
      }
      arguments.add(parameter.name, "")
    case .optionalNumber:
      if let attached {
        arguments.add(parameter.name, attached)
      } else if let next = queue.first, Int(next) != nil {
        arguments.add(parameter.name, queue.removeFirst())
      } else {
        arguments.add(parameter.name, "")
      }
    case .option, .positional:
      guard let value = attached ?? queue.popFirst() else {
        throw misuse("missing_argument", "--\(parameter.name) needs a value", parameter.name, nil)
      }
      try check(value, against: parameter)
      arguments.add(parameter.name, value)
    }
  }

  private func place(_ words: [String], into arguments: inout Arguments) throws(StudioError) {
    var waiting = parameters.filter { $0.form == .positional }[...]
    for word in words {
      guard let parameter = waiting.first else {
        throw misuse("bad_usage", "there is no place for “\(word.prefix(80))”", nil, word)
      }
      try check(word, against: parameter)
      arguments.add(parameter.name, word)
      if !parameter.isRepeated { waiting.removeFirst() }
    }
  }

  private func check(_ value: String, against parameter: Parameter) throws(StudioError) {
    guard !parameter.choices.isEmpty, !parameter.choices.contains(value) else { return }
    throw misuse(
      "invalid_argument",
      "\(parameter.label) is one of \(parameter.choices.joined(separator: ", "))",
      parameter.name, value)
  }

  private func misuse(_ code: String, _ message: String, _ field: String?, _ value: String?)
    -> StudioError
  {
    StudioError(code, message, field: field, value: value, hint: "usage: \(usage)")
  }
}

extension Parameter {
  /// How an error names it: `--title` or `ID`.
  var label: String { form == .positional ? placeholder : "--\(name)" }
}
