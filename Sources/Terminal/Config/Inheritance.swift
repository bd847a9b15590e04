import ConfigLines

/// Follows `inherit` lines. A file that inherits its own name means the one that it hides.
struct Inheritance {
  /// Everything of a name, the nearest first.
  let candidates: (String) -> [ConfigSource]
  /// What may be written instead of an unknown name.
  let names: [String]
  /// The files being read, the outermost first.
  private(set) var open: [String] = []

  static let deepest = 8

  init(names: [String], candidates: @escaping (String) -> [ConfigSource]) {
    self.names = names
    self.candidates = candidates
  }

  mutating func enter(_ file: String) { open.append(file) }
  mutating func leave() { open.removeLast() }

  /// What an `inherit NAME` line brings in.
  func source(of line: ConfigLine, what: String) throws(ConfigProblem) -> ConfigSource {
    guard line.words.count == 2 else {
      throw line.problem("expected: inherit NAME", at: line.words[0])
    }
    let word = line.words[1]
    let found = candidates(word.text)
    guard !found.isEmpty else {
      throw line.problem(
        "no \(what) named “\(word.text)”", at: word, suggestion: nearest(word.text, among: names))
    }
    guard let next = found.first(where: { !open.contains($0.file) }) else {
      let start = open.firstIndex(of: found[0].file) ?? 0
      let circle = open[start...] + [found[0].file]
      throw line.problem(
        "“\(word.text)” inherits itself: \(circle.joined(separator: ", "))", at: word)
    }
    guard open.count < Self.deepest else {
      throw line.problem("more than \(Self.deepest) files inherit one another", at: word)
    }
    if let failure = next.failure {
      throw line.problem("“\(word.text)” is not inherited: \(failure)", at: word)
    }
    return next
  }
}
