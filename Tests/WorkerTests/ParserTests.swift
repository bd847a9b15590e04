import Glibc
import Home
import Nostr
import Testing

@testable import Worker

/// What a parser makes of a recorded transcript, fed in pieces of one size.
private func read(
  _ name: String, _ kind: ParserKind, pieces: Int = 1 << 16, exit: Int64? = 0, file: String? = nil
) throws -> (facts: [RunFact], outcome: RunOutcome) {
  let path = "\(RunRig.repository)/Tests/WorkerTests/Transcripts/\(name).jsonl"
  let bytes = try #require(try SystemCall.read(path, limit: 1 << 20))
  var parser = kind.parser()
  var facts: [RunFact] = []
  for start in stride(from: 0, to: bytes.count, by: pieces) {
    facts += parser.feed(Array(bytes[start..<min(start + pieces, bytes.count)]))
  }
  let outcome = parser.end(RunEnd(exit: exit, resultFile: file))
  return (facts + outcome.facts, outcome)
}

@Suite struct LineSplitterTests {
  @Test func `lines are the same however the bytes fall`() {
    let bytes = Array("one\ntwo ü\n\nthree".utf8)
    for size in 1...bytes.count {
      var splitter = LineSplitter()
      var lines: [[UInt8]] = []
      var rest = bytes[...]
      while !rest.isEmpty {
        lines += splitter.feed(Array(rest.prefix(size)))
        rest = rest.dropFirst(size)
      }
      lines.append(splitter.finish() ?? [])
      #expect(lines.map { String(decoding: $0, as: UTF8.self) } == ["one", "two ü", "", "three"])
    }
  }

  @Test func `a line that is too long costs that line`() {
    var splitter = LineSplitter()
    let piece = [UInt8](repeating: 0x61, count: 1 << 20)
    var lines = 0
    for _ in 0..<20 { lines += splitter.feed(piece).count }
    lines += splitter.feed(Array("\nnext\n".utf8)).count
    #expect(lines == 1 && splitter.skipped == 1)
  }
}

@Suite struct ClaudeStreamTests {
  @Test(arguments: [1, 7, 1 << 16])
  func `a session is read the same in pieces of any size`(pieces: Int) throws {
    let (facts, outcome) = try read("claude-success", .claudeStream, pieces: pieces)
    let session = "5f0c1d6e-3a52-4b7e-9f43-0d8f6a1c2b3d"
    #expect(outcome == RunOutcome(.completed, text: "Fixed. The parser now keeps the last line."))
    #expect(facts.contains(.session(session)) && facts.contains(.model("claude-sonnet-4-5")))
    #expect(facts.contains(.servers(["studio": true, "other": false])))
    #expect(facts.contains(.tool(name: "Bash", detail: "make test")))
    #expect(facts.contains(.tool(name: "Edit", detail: "/home/dev/app/parser.c")))
    #expect(facts.contains(.warning("WebFetch was not permitted")))
    #expect(facts.contains(.turn(4)) && !facts.contains(.turn(5)))
    // A message that comes in two parts is counted once.
    #expect(facts.contains(.usage(input: 9_204, output: 60)))
    #expect(!facts.contains { if case .usage(let input, _) = $0 { input > 38_000 } else { false } })
    var digest = RunDigest()
    digest.take(facts)
    #expect(digest.cost == 0.0731 && digest.tools == 2 && digest.commands == 1 && digest.files == 1)
    #expect(digest.todo.allSatisfy(\.isDone) && digest.todo.count == 2)
    #expect(digest.last == "The parser now keeps the last line.")
  }

  @Test func `a result that is an error is none, and says what is wrong`() throws {
    let (_, outcome) = try read("claude-error", .claudeStream)
    #expect(outcome.code == .authRequired)
    #expect(outcome.text.hasPrefix("Invalid API key"))
    #expect(try read("claude-max-turns", .claudeStream).outcome.code == .agentFailed)
  }

  @Test func `without the last line there is no result, whatever the exit`() throws {
    var parser = ClaudeStreamParser()
    _ = parser.feed(Array(#"{"type":"system","subtype":"init","session_id":"s"}"#.utf8))
    #expect(parser.end(RunEnd(exit: 0)).code == .noResult)
    var other = ClaudeStreamParser()
    _ = other.feed(Array("Error: no such option\n".utf8))
    #expect(other.end(RunEnd(exit: 1)).code == .nonzeroExit)
  }

  @Test func `an empty result is no result`() {
    var parser = ClaudeStreamParser()
    _ = parser.feed(
      Array(#"{"type":"result","subtype":"success","is_error":false,"result":" "}"#.utf8))
    #expect(parser.end(RunEnd(exit: 0)).code == .noResult)
  }
}

@Suite struct CodexJSONLTests {
  @Test(arguments: [1, 13, 1 << 16])
  func `a thread is read the same in pieces of any size`(pieces: Int) throws {
    let (facts, outcome) = try read("codex-success", .codexJSONL, pieces: pieces)
    #expect(outcome.code == .completed && outcome.text == "The page is written.")
    #expect(facts.contains(.session("0199a213-81c0-7800-8aa1-bbab2a035a53")))
    #expect(facts.contains(.usage(input: 24_763, output: 122)))
    #expect(facts.contains(.tool(name: "studio.progress", detail: nil)))
    var digest = RunDigest()
    digest.take(facts)
    #expect(digest.commands == 1 && digest.files == 2 && digest.cost == nil)
    #expect(digest.todo.count == 2 && digest.todo.allSatisfy(\.isDone))
  }

  @Test func `the file of the last message stands over the stream`() throws {
    let (_, outcome) = try read("codex-success", .codexJSONL, file: "All of it.")
    #expect(outcome.text == "All of it.")
  }

  @Test func `a turn that fails says why`() throws {
    let (_, outcome) = try read("codex-failed", .codexJSONL)
    #expect(outcome.code == .rateLimited && outcome.text.contains("usage limit"))
  }

  @Test func `a turn that is not completed is no success`() throws {
    #expect(try read("codex-cut", .codexJSONL).outcome.code == .noResult)
    #expect(try read("codex-cut", .codexJSONL, file: "early").outcome.code == .noResult)
  }
}

@Suite struct LinesTests {
  @Test func `the end of a long output is the result, from the beginning of a line`() {
    var parser = LinesParser()
    for line in 1...2_000 { _ = parser.feed(Array("line \(line)\n".utf8)) }
    let text = parser.end(RunEnd(exit: 0)).text
    #expect(text.hasPrefix("…\nline ") && text.hasSuffix("line 2000"))
    #expect(text.count <= LinesParser.tail + 2)
  }

  @Test func `colours and cursor movements do not leave`() {
    var parser = LinesParser()
    _ = parser.feed(Array("\u{1B}[31mred\u{1B}[0m \u{1B}]0;title\u{07}plain\r\n\u{9B}2Jx\n".utf8))
    #expect(parser.end(RunEnd(exit: 0)).text == "red plain\nx")
  }

  @Test func `lines for us are no output`() {
    var parser = LinesParser()
    let facts = parser.feed(
      Array("::studio {\"op\":\"ask\",\"body\":\"Which?\"}\n::studio nonsense\nhello\n".utf8))
    #expect(facts.count == 3)
    #expect(facts[0] == .request(["op": "ask", "body": "Which?"]))
    #expect(facts[1] == .warning("a line ::studio holds no object of JSON"))
    #expect(parser.end(RunEnd(exit: 0)).text == "hello")
  }
}
