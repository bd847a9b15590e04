import Nostr

/// Any program: what it prints are words, but for the lines `::studio {json}`. Its result is `out/result.md`, or
/// else the end of what it printed; it has to end with 0.
package struct LinesParser: OutputParser {
  /// Characters of a result that is taken from the output.
  package static let tail = 3_000
  static let marker = Array("::studio ".utf8)

  private var lines = LineSplitter()
  /// The end of the output, a few times longer than can be needed.
  private var kept: [UInt8] = []
  private var dropped = false

  package init() {}

  package mutating func feed(_ bytes: [UInt8]) -> [RunFact] {
    var facts: [RunFact] = []
    var last: [UInt8]?
    for line in lines.feed(bytes) { read(line, &facts, &last) }
    // Of many lines at once the last is told: this is news, not the log.
    if let last { facts.append(.text(PlainText.clean(last.suffix(4_000)))) }
    return facts
  }

  package mutating func end(_ end: RunEnd) -> RunOutcome {
    var facts: [RunFact] = []
    var last: [UInt8]?
    if let line = lines.finish() { read(line, &facts, &last) }
    let text = end.words ?? printed
    guard end.exit == 0 else {
      return end.exit == nil
        ? RunOutcome(.noResult, text: text, facts: facts)
        : RunOutcome(Trouble.code(of: text) ?? .nonzeroExit, text: text, facts: facts)
    }
    return text.isBlank
      ? RunOutcome(.noResult, facts: facts) : RunOutcome(.completed, text: text, facts: facts)
  }

  /// The last characters that it printed, from the beginning of a line when something is cut off.
  private var printed: String {
    var text = PlainText.clean(kept.drop { $0 & 0xC0 == 0x80 })
    while text.last?.isWhitespace == true { text.removeLast() }
    guard dropped || text.count > Self.tail else { return text }
    let end = text.suffix(Self.tail)
    guard let line = end.firstIndex(where: \.isNewline), line < (end.indices.last ?? line) else {
      return "…" + end
    }
    return "…\n" + end[end.index(after: line)...]
  }

  private mutating func read(
    _ line: [UInt8], _ facts: inout [RunFact], _ last: inout [UInt8]?
  ) {
    if line.starts(with: Self.marker) {
      let rest = Array(line.dropFirst(Self.marker.count))
      guard rest.count <= 65_536, let request = try? JSON(parsing: rest).object else {
        facts.append(.warning("a line ::studio holds no object of JSON"))
        return
      }
      facts += Self.facts(of: request)
      return
    }
    kept += line
    kept.append(UInt8(ascii: "\n"))
    if kept.count > 64_000 {
      kept.removeFirst(kept.count - 32_000)
      dropped = true
    }
    if line.contains(where: { $0 > 0x20 }) { last = line }
  }

  static func todo(_ items: [JSON]) -> [RunFact.Todo] {
    items.prefix(200).compactMap { item in
      (item["text"]?.string).map {
        RunFact.Todo(text: PlainText.clean($0), isDone: item["done"]?.bool ?? false)
      }
    }
  }

  /// A line of `"op":"usage"` tells what was spent; every other is a request.
  private static func facts(of request: JSONObject) -> [RunFact] {
    switch request["op"]?.string {
    case "usage":
      var facts: [RunFact] = []
      if let cost = request["cost_usd"]?.number { facts.append(.cost(cost)) }
      let tokens = (request["tokens_in"]?.integer, request["tokens_out"]?.integer)
      if tokens.0 != nil || tokens.1 != nil {
        facts.append(.usage(input: tokens.0 ?? 0, output: tokens.1 ?? 0))
      }
      return facts
    case "todo":
      return [.todo(todo(request["items"]?.array ?? []))]
    case "session": return request["session"]?.string.map { [.session($0)] } ?? []
    default: return [.request(request)]
    }
  }
}

/// A program whose output means nothing: its result is `out/result.md`.
package struct SilentParser: OutputParser {
  package init() {}

  package mutating func feed(_ bytes: [UInt8]) -> [RunFact] { [] }

  package mutating func end(_ end: RunEnd) -> RunOutcome {
    let text = PlainText.clean(end.resultFile ?? "")
    if let exit = end.exit, exit != 0 { return RunOutcome(.nonzeroExit, text: text) }
    return end.exit == nil || text.isBlank
      ? RunOutcome(.noResult, text: text) : RunOutcome(.completed, text: text)
  }
}
