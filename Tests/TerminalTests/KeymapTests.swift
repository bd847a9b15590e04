import ConfigLines
import Testing

@testable import Terminal

private let contexts = KeyContexts(
  [
    ("browse", "*"), ("list", "browse"), ("thread", "browse"), ("tracks", "list"),
    ("cards", "list"), ("card", "thread"), ("text", "*"), ("pick", "text"),
  ], writing: ["text"])
private let commands: Set<String> = [
  "quit", "open", "help", "card.assign", "select.first", "answer",
]

private func parse(_ text: String) -> (keymap: Keymap, problems: [ConfigProblem]) {
  Keymap.parse(text, file: "k", commands: commands, contexts: contexts)
}

private func keys(_ names: String...) -> [Key] { names.compactMap { Key(name: $0) } }

@Suite struct KeymapTests {
  @Test func `the particular context hides the general`() {
    let (keymap, problems) = parse("map * q quit\nmap cards q open\nmap list Enter open")
    #expect(problems == [])
    #expect(keymap.match(keys("q"), in: "cards") == .command(.init(command: "open")))
    #expect(keymap.match(keys("q"), in: "tracks") == .command(.init(command: "quit")))
    #expect(keymap.match(keys("Enter"), in: "cards") == .command(.init(command: "open")))
    #expect(keymap.match(keys("Enter"), in: "card") == .none)
    #expect(keymap.entries(in: "cards").map { Keymap.text($0.steps) } == ["q", "Enter"])
  }

  @Test func `sequences wait, arguments and digits arrive`() {
    let (keymap, _) = parse(
      "leader space\nmap list g g select.first\nmap card digit answer now\nmap * leader a card.assign me \"the other\""
    )
    guard case .pending(let next) = keymap.match(keys("g"), in: "cards") else {
      Issue.record("g does not wait")
      return
    }
    #expect(next.map(\.step) == [.key(Key(.character("g")))])
    #expect(keymap.match(keys("g", "g"), in: "cards") == .command(.init(command: "select.first")))
    #expect(
      keymap.match(keys("7"), in: "card")
        == .command(.init(command: "answer", arguments: ["now", "7"])))
    #expect(keymap.match(keys("0"), in: "card") == .none)
    #expect(
      keymap.match(keys("space", "a"), in: "list")
        == .command(.init(command: "card.assign", arguments: ["me", "the other"])))
  }

  @Test func `a file may inherit, unmap and map anew`() {
    let (keymap, problems) = Keymap.parse(
      "inherit base\nunmap * q\nmap * x quit", file: "k", commands: commands, contexts: contexts
    ) { $0 == "base" ? [ConfigSource(file: $0, text: "map * q quit\nmap * o open")] : [] }
    #expect(problems == [])
    #expect(keymap.match(keys("q"), in: "*") == .none)
    #expect(keymap.keys(for: "quit", in: "*") == "x")
    #expect(keymap.keys(for: "open", in: "cards") == "o")
  }

  @Test(arguments: [
    ("map list g card.asign", 12, "unknown command “card.asign”", "card.assign"),
    ("map lst q quit", 5, "no context named “lst”", "list"),
    ("map * C- quit", 7, "no key named “C-”", nil),
    ("map * PgUpp quit", 7, "no key named “PgUpp”", "PgUp"),
    ("map * g Entr quit", 9, "no key named “Entr”", "Enter"),
    ("map text q quit", 10, "in “text” a plain character is text and cannot be bound", nil),
    ("map * q", 7, "expected a command after the keys", nil),
    (
      "bind * q quit", 1,
      "a keymap has lines map, unmap, inherit, leader, timeout, counts and label, not “bind”", nil
    ),
    ("unmap * w", 9, "“w” is not bound in “*”", nil),
    ("timeout soon", 9, "expected: timeout MILLISECONDS, at most 10000", nil),
    ("map * leader a quit", 7, "there is no leader line", nil),
  ])
  func `a mistake names its place and costs one line`(
    line: String, column: Int, message: String, suggestion: String?
  ) throws {
    let (keymap, problems) = parse("map * h help\n\(line)")
    let problem = try #require(problems.first)
    #expect(problems.count == 1)
    #expect((problem.line, problem.column) == (2, column))
    #expect(problem.message == message)
    #expect(problem.suggestion == suggestion)
    #expect(keymap.match(keys("h"), in: "*") == .command(.init(command: "help")))
  }

  @Test func `the error shows the line and what to write`() throws {
    let problem = try #require(parse("map list g card.asign").problems.first)
    #expect(
      problem.description == """
        k:1:12: unknown command “card.asign”
          map list g card.asign
                     ^~~~~~~~~~ did you mean “card.assign”?  this line is skipped
        """)
  }

  @Test func `one key twice in a context names both lines`() {
    #expect(
      parse("map * q quit\nmap * q open").problems.map(\.message)
        == ["“q” is already bound in “*” on line 1"])
  }

  @Test func `a command that is also a prefix warns and waits`() {
    let (keymap, problems) = parse("timeout 500\nmap * g help\nmap * g g open")
    #expect(problems.map(\.severity) == [.warning])
    var reader = KeyReader()
    #expect(
      reader.press(Key(.character("g")), keymap: keymap, context: "*", now: .zero) == .pending)
    #expect(reader.deadline == .milliseconds(500))
    #expect(reader.tick(now: .milliseconds(499)) == nil)
    #expect(reader.tick(now: .milliseconds(500)) == .init(command: "help"))
    #expect(reader.deadline == nil)
  }

  @Test func `a sequence shows its ways on, goes one back, and is given up`() {
    let (keymap, _) = parse("map * g a open\nmap * g b c quit")
    var reader = KeyReader()
    func press(_ name: String) -> KeyReader.Outcome {
      guard let key = Key(name: name) else { return .cancelled }
      return reader.press(key, keymap: keymap, context: "*", now: .zero)
    }
    #expect(press("g") == .pending)
    #expect(reader.deadline == .milliseconds(400))
    #expect(!reader.showsContinuations(now: .milliseconds(399)))
    #expect(reader.showsContinuations(now: .milliseconds(400)))
    #expect(reader.tick(now: .milliseconds(400)) == nil)
    #expect(reader.deadline == nil)
    #expect(press("b") == .pending)
    #expect(press("BS") == .pending)
    #expect(reader.pending == keys("g"))
    #expect(press("a") == .command(.init(command: "open")))
    #expect(press("g") == .pending)
    #expect(press("Esc") == .cancelled)
    #expect(press("x") == .unbound(Key(.character("x"))))
    #expect(press("g") == .pending)
    #expect(press("x") == .cancelled)
    #expect(reader.pending == [])
  }

  @Test func `while writing, letters are text and commands keep their modifiers`() {
    let (keymap, problems) = parse("map * q quit\nmap text Esc open\nmap * C-x quit")
    #expect(problems == [])
    var reader = KeyReader()
    let q = Key(.character("q"))
    #expect(reader.press(q, keymap: keymap, context: "text", now: .zero) == .unbound(q))
    #expect(
      reader.press(Key(.character("x"), .control), keymap: keymap, context: "text", now: .zero)
        == .command(.init(command: "quit")))
  }
}
