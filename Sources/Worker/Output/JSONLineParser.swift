import Nostr

/// A parser of programs that print an object of JSON a line.
protocol JSONLineParser: OutputParser {
  var lines: LineSplitter { get set }
  mutating func read(_ object: JSONObject, _ facts: inout [RunFact])
  /// What came of it, all output read.
  ///
  /// - Parameter file: what the program left as its result.
  func outcome(_ end: RunEnd, file: String?, _ facts: [RunFact]) -> RunOutcome
}

extension JSONLineParser {
  package mutating func feed(_ bytes: [UInt8]) -> [RunFact] {
    var facts: [RunFact] = []
    for line in lines.feed(bytes) {
      if let object = JSONLine.object(line, &facts) { read(object, &facts) }
    }
    if let warning = lines.takeWarning() { facts.append(warning) }
    return facts
  }

  package mutating func end(_ end: RunEnd) -> RunOutcome {
    var facts: [RunFact] = []
    if let line = lines.finish(), let object = JSONLine.object(line, &facts) {
      read(object, &facts)
    }
    return outcome(end, file: end.words, facts)
  }

  /// A result, unless there is nothing in it.
  func success(_ text: String, _ facts: [RunFact]) -> RunOutcome {
    text.isBlank
      ? RunOutcome(.noResult, facts: facts) : RunOutcome(.completed, text: text, facts: facts)
  }
}

extension RunEnd {
  /// What stands in the file of the result.
  var words: String? { resultFile.flatMap { $0.isBlank ? nil : PlainText.clean($0) } }

  /// The code of an end without a word of how it went.
  var silence: RunOutcome.Code { exit == 0 || exit == nil ? .noResult : .nonzeroExit }
}
