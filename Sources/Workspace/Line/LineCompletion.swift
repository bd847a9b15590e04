/// The words that a line can be completed with: what is here, as the face that asks knows it.
package struct LineVocabulary {
  /// Values of a kind, the likeliest first; only those that begin with what was typed are used.
  package var values: (LineValue) -> [LineCompletion.Candidate]
  package var filter: FilterVocabulary

  package init(
    filter: FilterVocabulary = FilterVocabulary(),
    values: @escaping (LineValue) -> [LineCompletion.Candidate] = { _ in [] }
  ) {
    self.values = values
    self.filter = filter
  }
}

/// What the end of a half-typed line could become.
package struct LineCompletion: Sendable, Hashable {
  package struct Candidate: Sendable, Hashable {
    /// As it stands in the line: quoted where it holds blanks.
    package let text: String
    /// What it means, for those who choose.
    package let detail: String

    package init(_ text: String, _ detail: String = "") {
      self.text = text
      self.detail = detail
    }
  }

  /// How many scalars at the end are replaced.
  package let length: Int
  package let candidates: [Candidate]
  /// How the command that is being typed is used, once it is known.
  package let usage: String?

  package init(_ line: String, in table: LineTable, _ vocabulary: LineVocabulary) {
    let words = LineWords(line)
    let isWithin = words.endsInWord
    let done = words.words.dropLast(isWithin ? 1 : 0).map(\.text)
    let current = isWithin ? words.words.last : nil
    let start = current?.start ?? words.count
    let typed = current?.text ?? ""
    let specs = table.entries.map(\.spec)
    var found: [Candidate] = []
    // The next word of a name.
    var seen: Set<String> = []
    for spec in specs where spec.words.count > done.count && spec.words.starts(with: done) {
      let word = spec.words[done.count]
      guard word.hasPrefix(typed), seen.insert(word).inserted else { continue }
      found.append(
        Candidate(word, spec.words.count == done.count + 1 ? spec.summary : "\(word) …"))
    }
    guard let spec = specs.longest(in: done), done.count >= spec.words.count else {
      (length, candidates, usage) = (words.count - start, found, nil)
      return
    }
    usage = spec.lineUsage
    let place = Place(spec, after: words.words[spec.words.count..<done.count])
    if let parameter = place.parameter, !place.isValueOfOption, parameter.name == spec.rest?.name,
      !typed.hasPrefix("--")
    {
      // A filter is not made of words of a line, and nobody can guess a text.
      let completion = FilterCompletion(
        words.tail(from: place.restStart ?? start), vocabulary.filter)
      let isFilter = spec.value(of: parameter) == .query
      length = isFilter ? completion.length : words.count - start
      candidates = isFilter ? completion.candidates.map { Candidate($0) } : found
      return
    }
    length = words.count - start
    candidates = found + Self.arguments(place, of: spec, typed, vocabulary)
  }

  private static func arguments(
    _ place: Place, of spec: VerbSpec, _ typed: String, _ vocabulary: LineVocabulary
  ) -> [Candidate] {
    if typed.hasPrefix("-") {
      guard !place.isValueOfOption else { return [] }
      return spec.parameters.filter { $0.form != .positional && !place.given.contains($0.name) }
        .map { Candidate("--\($0.name)", $0.help) }.filter { fits($0.text, typed) }
    }
    guard let parameter = place.parameter else { return [] }
    if !parameter.choices.isEmpty {
      return parameter.choices.map { Candidate($0) }.filter { fits($0.text, typed) }
    }
    let value = spec.value(of: parameter)
    if value == .query {
      let completion = FilterCompletion(typed, vocabulary.filter)
      let kept = String(String.UnicodeScalarView(typed.unicodeScalars.dropLast(completion.length)))
      return completion.candidates.map { Candidate(LineWords.quoting(kept + $0)) }
    }
    let mark = value == .member && typed.hasPrefix("@") ? "@" : ""
    return vocabulary.values(value)
      .filter { fits($0.text, String(typed.dropFirst(mark.count))) }
      .map { Candidate(LineWords.quoting(mark + $0.text), $0.detail) }
  }

  private static func fits(_ word: String, _ typed: String) -> Bool {
    word.lowercased().unicodeScalars.starts(with: typed.lowercased().unicodeScalars)
  }

  /// `line` with its end replaced by a candidate.
  package func applied(_ candidate: Candidate, to line: String) -> String {
    String(String.UnicodeScalarView(line.unicodeScalars.dropLast(length))) + candidate.text
  }

  /// What all candidates begin with, when that is more than was typed; whole, a blank follows it.
  package var shared: String? {
    guard let first = candidates.first else { return nil }
    if candidates.count == 1 {
      return first.text.hasSuffix(":") || first.text.hasSuffix("=") ? first.text : first.text + " "
    }
    var shared = Array(first.text.unicodeScalars)
    for candidate in candidates.dropFirst() {
      let common = zip(shared, candidate.text.unicodeScalars).prefix { $0 == $1 }.count
      shared.removeLast(shared.count - common)
    }
    return shared.count > length ? String(String.UnicodeScalarView(shared)) : nil
  }
}

/// Where in a command's arguments the end of a line stands.
private struct Place {
  /// What the next word is a value of.
  private(set) var parameter: Parameter?
  private(set) var isValueOfOption = false
  /// Options that stand there already, other than those that can stand there often.
  private(set) var given: [String] = []
  /// Where the text began that is the rest of the line.
  private(set) var restStart: Int?

  init(_ spec: VerbSpec, after words: ArraySlice<LineWords.Word>) {
    var places = spec.parameters.filter { $0.form == .positional }[...]
    var queue = words
    while let word = queue.popFirst() {
      guard word.text.hasPrefix("--"), !word.isQuoted else {
        if let rest = spec.rest, places.first?.name == rest.name {
          restStart = word.start
          parameter = rest
          return
        }
        if places.first?.isRepeated == false { places.removeFirst() }
        continue
      }
      let name = word.text.dropFirst(2).prefix { $0 != "=" }
      guard let option = spec.parameters.first(where: { $0.name == name }) else { continue }
      if !option.isRepeated { given.append(option.name) }
      guard option.form == .option, !word.text.contains("=") else { continue }
      guard queue.popFirst() != nil else {
        parameter = option
        isValueOfOption = true
        return
      }
    }
    parameter = places.first
  }
}
