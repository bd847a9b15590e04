import Home
import Testing
import Workspace

/// The command line of the panes, the plain mode and scripts.
@Suite struct LineTests {
  let table = LineTable(panes: [
    VerbSpec(
      "pane.focus", "go to a pane",
      [.place("argument", "ARGUMENT", "", required: false, repeated: true)])
  ])
  let context = LineContext(
    card: String(repeating: "c", count: 64), question: String(repeating: "d", count: 64),
    channel: "general", track: "web"
  ) { value, number in
    value == .card && number == 3
      ? String(repeating: "3", count: 64) : value == .question && number == 1 ? "q1" : nil
  }

  func parse(_ line: String) throws -> (name: String, arguments: Arguments) {
    let call = try #require(try table.parse(line, in: context))
    return (call.entry.spec.name, call.arguments)
  }

  @Test(arguments: [
    // line, command, argument, value
    ("card assign 3 @atlas", "card assign", "id", String(repeating: "3", count: 64)),
    ("card assign 3 @atlas", "card assign", "who", "atlas"),
    ("assign API-42 @atlas", "assign", "id", "API-42"),
    ("assign @atlas", "assign", "id", String(repeating: "c", count: 64)),
    ("assign @atlas", "assign", "who", "atlas"),
    ("move done", "move", "id", String(repeating: "c", count: 64)),
    ("move . done", "move", "id", String(repeating: "c", count: 64)),
    ("move 4 done", "move", "id", "4"),
    ("reply I don't think that it's \"hard\"", "reply", "text", "I don't think that it's \"hard\""),
    ("reply   two  blanks stay ", "reply", "text", "two  blanks stay"),
    ("reply \"one\\ntwo\"", "reply", "text", "one\ntwo"),
    ("reply \"quoted\" and more", "reply", "text", "\"quoted\" and more"),
    ("reply -- --now", "reply", "text", "--now"),
    ("comment 3 --intent agree so do I", "comment", "text", "so do I"),
    ("comment 3 --intent agree so do I", "comment", "intent", "agree"),
    ("comment 3 \"so do I\" --intent agree", "comment", "intent", "agree"),
    ("comment 3 --wait 5 now", "comment", "text", "now"),
    ("comment 3 --wait now", "comment", "text", "now"),
    ("answer 1 2 and soon", "answer", "id", "q1"),
    ("answer 1 2 and soon", "answer", "text", "2 and soon"),
    ("answer . 2", "answer", "id", String(repeating: "d", count: 64)),
    ("list is:open -label:chore (a | b)", "list", "query", "is:open -label:chore (a | b)"),
    ("list \"two words\"", "list", "query", "two words"),
    ("post general hello --kind question", "post", "text", "hello --kind question"),
    ("post general --kind question hello", "post", "kind", "question"),
    ("card create --track web --title=\"Two words\"", "card create", "title", "Two words"),
    ("new --assign @atlas Two words", "new", "title", "Two words"),
    ("new --assign @atlas Two words", "new", "assign", "atlas"),
    ("go inbox", "go", "place", "inbox"),
    ("set theme nord", "set", "value", "nord"),
    ("save-view mine agent:me is:open", "save-view", "query", "agent:me is:open"),
    ("pane.focus cards", "pane.focus", "argument", "cards"),
  ])
  func `a line is read as the arguments of its command`(
    _ line: String, _ name: String, _ argument: String, _ value: String
  ) throws {
    let call = try parse(line)
    #expect(call.name == name)
    #expect(call.arguments.text(argument) == value)
  }

  @Test(arguments: [
    ("cad list", "unknown_command", "perhaps card list"),
    ("xyzzy", "unknown_command", "help lists them"),
    ("assign 3 @atlas more", "bad_usage", "usage: assign ID WHO [--room SLUG] [--wait [SECONDS]]"),
    ("move 3 bogus", "invalid_argument", "usage: move ID STATUS"),
    ("use", "missing_argument", "usage: use SLUG"),
    ("comment 3 --bogus x y", "unknown_option", "usage: comment ID TEXT"),
    ("card create --title \"open", "bad_usage", "usage: card create"),
    ("go nowhere", "invalid_argument", "usage: go PLACE"),
  ])
  func `a line that cannot be read is refused in the words of the command line`(
    _ line: String, _ code: String, _ hint: String
  ) throws {
    let error = try #require(throws: StudioError.self) { try table.parse(line, in: context) }
    #expect(error.code == code)
    #expect(error.hint?.hasPrefix(hint) == true, "\(error)")
  }

  @Test func `a blank line is no command`() throws {
    #expect(try table.parse("  \t", in: context) == nil)
  }

  @Test func `every verb is a command of the line with its own arguments`() {
    for verb in Verbs.all where verb.spec.name != "answer" {
      let entry = table.named(verb.spec.name)
      #expect(entry?.meaning == .verb(verb.spec.name))
      #expect(entry?.spec.usage == verb.spec.usage)
    }
  }

  @Test func `a value in quotes is read back as it was`() {
    for value in ["", "plain", "two words", "\"quoted\"", "a\\b c", "line\nbreak", "tab\tin"] {
      let words = LineWords("x \(LineWords.quoting(value)) y")
      #expect(words.words.map(\.text) == ["x", value, "y"])
    }
  }

  // MARK: Completion

  let vocabulary = LineVocabulary(
    filter: FilterVocabulary(tracks: ["ops", "web"], people: ["atlas"])
  ) { value in
    switch value {
    case .member: [.init("atlas"), .init("Ann Lee")]
    case .track: [.init("ops"), .init("web")]
    case .card: [.init("1a2b3c4d", "Retry policy")]
    case .command: [.init("card")]
    default: []
    }
  }

  @Test(arguments: [
    ("ass", ["assign"]),
    (
      "card ",
      [
        "create", "list", "show", "edit", "assign", "status", "delete", "cancel", "retry", "steer",
      ]
    ),
    ("card sta", ["status"]), ("move 1a2b3c4d d", ["done"]),
    ("assign 1", ["1a2b3c4d"]), ("assign 1a2b3c4d @a", ["@atlas", "\"@Ann Lee\""]),
    ("assign 1a2b3c4d a", ["atlas", "\"Ann Lee\""]),
    ("card list --tr", ["--track"]), ("card list --track w", ["web"]),
    ("card list --track web --tr", []), ("go in", ["inbox"]), ("set th", ["theme"]),
    ("list is:wai", ["waiting"]), ("list is:open tr", ["track:"]), ("list track:o", ["ops"]),
    ("reply as", []), ("xyzzy ", []),
  ])
  func `the end of a line is completed from the specs and from what is here`(
    _ line: String, _ expected: [String]
  ) {
    let completion = LineCompletion(line, in: table, vocabulary)
    #expect(completion.candidates.map(\.text) == expected)
  }

  @Test func `what is completed is a line that is read`() throws {
    var line = "assi"
    for next in ["1a", "@An"] {
      let completion = LineCompletion(line, in: table, vocabulary)
      line = completion.applied(.init(try #require(completion.shared)), to: line) + next
    }
    let completion = LineCompletion(line, in: table, vocabulary)
    line = completion.applied(completion.candidates[0], to: line)
    let call = try parse(line)
    #expect(call.arguments.text("id") == "1a2b3c4d")
    #expect(call.arguments.text("who") == "Ann Lee")
  }

  @Test func `every beginning of every usage can be completed without harm`() {
    for entry in table.entries {
      let line = "\(entry.spec.lineUsage) \"x"
      for count in stride(from: 0, through: line.count, by: 7) {
        let typed = String(line.prefix(count))
        let completion = LineCompletion(typed, in: table, vocabulary)
        #expect(completion.length <= typed.unicodeScalars.count)
        _ = try? table.parse(typed, in: context)
      }
    }
  }

  // MARK: History

  @Test func `the history keeps each line once, and no invite`() {
    var history = LineHistory()
    for line in ["a", "b", "a", " ", "join s4a://invite/lab/1?k=secret"] { history.add(line) }
    #expect(history.lines == ["b", "a"])
    for index in 0..<300 { history.add("line \(index)") }
    #expect(history.lines.count == 200)
    #expect(history.lines.last == "line 299")
  }
}
