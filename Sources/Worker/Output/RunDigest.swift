package import Nostr
import Workspace

/// What a run has told so far, small enough to publish: a checklist, the last sentence, counts, cost and time.
///
/// Feed it every fact; ``text(elapsed:)`` is the body of a progress comment.
package struct RunDigest: Sendable, Equatable {
  /// Characters of the longest body.
  package static let longest = 3_500

  package private(set) var session: String?
  package private(set) var model: String?
  package private(set) var todo: [RunFact.Todo] = []
  /// The last sentence that says something.
  package private(set) var last = ""
  package private(set) var tools: Int64 = 0
  /// Of these, commands that were run.
  package private(set) var commands: Int64 = 0
  /// Different files that were named by a tool that writes.
  package var files: Int64 { Int64(paths.count) }
  package private(set) var tokensIn: Int64 = 0
  package private(set) var tokensOut: Int64 = 0
  /// US dollars; `nil` when the program does not tell.
  package private(set) var cost: Double?
  package private(set) var turns: Int64 = 0
  package private(set) var final: Final?
  /// Raised by whatever is worth telling at once: a changed checklist.
  package private(set) var notable = 0
  /// Raised by every fact that changes what would be told.
  package private(set) var changes = 0
  /// How often in a row the program has done the very same thing.
  package private(set) var repeats = 0
  /// How often the same error has come, with nothing written in between.
  package private(set) var failures = 0
  private var paths: Set<String> = []
  private var lastFailure = ""
  private var lastTool = ""

  /// The program's last word.
  package struct Final: Sendable, Equatable {
    package let text: String
    package let isError: Bool
  }

  package init() {}

  package mutating func take(_ facts: [RunFact]) { for fact in facts { take(fact) } }

  package mutating func take(_ fact: RunFact) {
    switch fact {
    case .session(let id): session = id
    case .model(let name): model = name
    case .text(let text):
      guard let sentence = Self.lastSentence(of: text), sentence != last else { return }
      last = sentence
      changes += 1
    case .tool(let name, let detail):
      tools += 1
      changes += 1
      let tool = detail.map { "\(name) \($0)" } ?? ""
      repeats = !tool.isEmpty && sameBytes(tool, lastTool) ? repeats + 1 : 1
      lastTool = tool
      switch name.lowercased() {
      case "bash", "command", "shell", "exec": commands += 1
      case "edit", "write", "multiedit", "notebookedit", "file_change":
        if let detail, paths.count < 10_000 { paths.insert(detail) }
        failures = 0
      default: break
      }
    case .failure(let text):
      failures = sameBytes(text, lastFailure) ? failures + 1 : 1
      lastFailure = text
    case .todo(let items):
      let items = Array(items.prefix(200))
      guard items != todo else { return }
      todo = items
      notable += 1
      changes += 1
    case .usage(let input, let output):
      tokensIn = max(tokensIn, input)
      tokensOut = max(tokensOut, output)
    case .cost(let dollars): cost = max(cost ?? 0, dollars)
    case .turn(let count): turns = max(turns, count)
    case .final(let text, let isError): final = Final(text: text, isError: isError)
    case .request, .servers, .warning: break
    }
  }

  /// The body: at most ``longest`` characters. `elapsed` in seconds. Not redacted, unless what was fed was.
  package func text(elapsed: Int64) -> String {
    var lines: [String] = []
    var room = Self.longest - 400
    // Of a long list the part around the first open entry tells most.
    let open = todo.firstIndex { !$0.isDone } ?? todo.count
    let shown =
      todo.isEmpty ? [] : Array(todo[max(0, min(open - 3, todo.count - 20))...].prefix(20))
    if shown.count < todo.count {
      lines.append("\(todo.count { $0.isDone }) of \(todo.count) done")
    }
    for item in shown {
      let line = "- [\(item.isDone ? "x" : " ")] \(Self.oneLine(item.text, limit: 120))"
      guard room > line.count else { break }
      room -= line.count + 1
      lines.append(line)
    }
    if !last.isEmpty {
      if !lines.isEmpty { lines.append("") }
      lines.append(Self.oneLine(last, limit: 300))
    }
    var counts: [String] = []
    if tools > 0 { counts.append("\(tools) \(tools == 1 ? "tool" : "tools")") }
    if commands > 0 { counts.append("\(commands) \(commands == 1 ? "command" : "commands")") }
    if files > 0 { counts.append("\(files) \(files == 1 ? "file" : "files")") }
    if let cost { counts.append(Dollars.text(cost)) }
    counts.append(Self.duration(elapsed))
    if !lines.isEmpty { lines.append("") }
    lines.append(counts.joined(separator: " · "))
    return lines.joined(separator: "\n")
  }

  /// The fields of `fabric` that a progress comment carries besides its kind, run and segment.
  package var fabric: JSONObject {
    var items: [JSON] = []
    var room = 5_000
    for item in todo {
      let entry: JSON = [
        "text": .string(Self.oneLine(item.text, limit: 80)), "done": .bool(item.isDone),
      ]
      room -= entry.bytes.count
      guard room > 0 else { break }
      items.append(entry)
    }
    var object: JSONObject = [
      "todo": .array(items), "last": .string(Self.oneLine(last, limit: 300)),
      "tools": .integer(tools), "files": .integer(files),
    ]
    if let cost { object["cost_usd"] = .number((cost * 10_000).rounded() / 10_000) }
    return object
  }

  static func duration(_ seconds: Int64) -> String {
    switch max(0, seconds) {
    case let s where s < 60: "\(s) s"
    case let s where s < 3_600: "\(s / 60) min"
    case let s: "\(s / 3_600) h \(s % 3_600 / 60) min"
    }
  }

  static func oneLine(_ text: String, limit: Int) -> String {
    let words = text.split { $0.isWhitespace || $0.isNewline }
    let line = words.joined(separator: " ")
    return line.count <= limit ? line : line.prefix(limit - 1) + "…"
  }

  /// The last sentence of the last line with letters in it.
  static func lastSentence(of text: String) -> String? {
    for line in text.suffix(4_000).split(whereSeparator: \.isNewline).reversed() {
      let line = oneLine(String(line), limit: 1_000)
      guard line.contains(where: \.isLetter) else { continue }
      var sentences: [String] = []
      var current = ""
      for word in line.split(separator: " ") {
        current += current.isEmpty ? String(word) : " \(word)"
        if let end = word.last, ".!?…".contains(end) {
          sentences.append(current)
          current = ""
        }
      }
      if current.contains(where: \.isLetter) { sentences.append(current) }
      if let last = sentences.last(where: { $0.contains(where: \.isLetter) }) {
        return oneLine(last, limit: 300)
      }
    }
    return nil
  }
}
