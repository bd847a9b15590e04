import ConfigLines
import Testing

@testable import Terminal

private let contexts = KeyContexts(
  [
    ("browse", "*"), ("list", "browse"), ("thread", "browse"), ("tracks", "list"),
    ("cards", "list"), ("card", "thread"), ("text", "*"), ("pick", "text"),
  ], writing: ["text"])
private let commands: Set<String> = ["quit", "open", "help", "palette", "card.new", "select.down"]
private let guaranteed = [(command: "help", keys: "F1"), (command: "palette", keys: "F2")]

private func parse(_ text: String, _ others: [String: String] = [:]) -> (
  keymap: Keymap, problems: [ConfigProblem]
) {
  Keymap.parse(
    text, file: "k", commands: commands, contexts: contexts, guaranteed: guaranteed
  ) { name in others[name].map { [ConfigSource(file: name, text: $0)] } ?? [] }
}

private func command(_ keymap: Keymap, _ context: String, _ names: String...) -> String? {
  guard case .command(let binding) = keymap.match(names.compactMap { Key(name: $0) }, in: context)
  else { return nil }
  return binding.command
}

private let way = "map * F2 palette\n"

@Suite struct KeymapCheckTests {
  @Test func `help stays on F1 and C-c C-c quits, whatever a file says`() {
    let (keymap, problems) = parse(
      way + "map * F1 quit\nmap cards F1 x open\nunmap * F1\nmap * C-c C-c open\nmap * F1 help")
    #expect(
      problems.map(\.summary) == [
        "k:2:7: “F1” is “help” everywhere and stays so",
        "k:3:11: “F1” is “help” everywhere and stays so",
        "k:4:9: “F1” is “help” everywhere and stays so",
        "k:5:7: “C-c C-c” always quits",
      ])
    for context in ["tracks", "cards", "card", "pick"] {
      #expect(command(keymap, context, "F1") == "help")
    }
  }

  @Test func `a file that says nothing of help has it on F1 without a word`() {
    let (keymap, problems) = parse(way + "map * ? help")
    #expect(problems == [])
    #expect(command(keymap, "cards", "F1") == "help")
  }

  @Test func `a palette that cannot be reached somewhere gets F2 back, over what stands there`() {
    let (keymap, problems) = parse("map cards : palette\nmap cards F2 open\nmap * F2 quit")
    #expect(problems.map(\.severity) == [.warning])
    #expect(problems.map(\.message) == ["“palette” had no key left everywhere and got F2 back"])
    for context in ["tracks", "cards", "card"] {
      #expect(command(keymap, context, "F2") == "palette")
    }
  }

  @Test func `a palette with another key leaves F2 alone`() {
    let (keymap, problems) = parse("map browse : palette\nmap * F2 quit")
    #expect(problems == [])
    #expect(command(keymap, "cards", "F2") == "quit")
  }

  @Test(arguments: [
    ("C-i", "Tab"), ("C-m", "Enter"), ("C-[", "Esc"), ("C-h", "C-BS"), ("S-Enter", "Enter"),
    ("C-Enter", "Enter"), ("C-A", "C-a"), ("C-/", "C-_"), ("C-1", "1"), ("S-space", "space"),
    ("C-Tab", "Tab"), ("C-@", "C-space"),
  ])
  func `a key that terminals do not send is told with the one they do`(key: String, fix: String) {
    let (_, problems) = parse(way + "map * \(key) open")
    #expect(
      problems.map(\.summary) == [
        "k:2:7: warning: most terminals send “\(fix)” for “\(key)”"
      ])
    #expect(problems.map(\.suggestion) == [fix])
    #expect(problems.allSatisfy { !$0.skipsLine })
  }

  @Test(arguments: ["C-a", "C-space", "A-Enter", "S-Tab", "C-Left", "A-x", "F12", "C-BS", "S-Down"])
  func `a key that terminals send is nobody's trouble`(key: String) {
    #expect(parse(way + "map * \(key) open").problems == [])
  }

  @Test func `C-z and keys that begin others never arrive`() {
    #expect(
      parse(way + "map * C-z open\nmap * A-[ open").problems.map(\.message) == [
        "“C-z” suspends the program and does not arrive", "“A-[” is how other keys begin",
      ])
  }

  @Test func `a command above a longer sequence waits, and one below hides it`() {
    let warned = parse(way + "map * g quit\nmap cards g g open").problems
    #expect(
      warned.map(\.summary) == [
        "k:3:11: warning: in “cards” “g” is a command and the start of another; it waits 0.8 seconds"
      ])
    #expect(parse(way + "map * g g quit\nmap cards g open").problems == [])
  }

  @Test func `keys that were freed clash no more`() {
    #expect(
      parse(way + "inherit b\nunmap * g\nmap * g g open", ["b": "map * g quit"]).problems == [])
  }

  @Test func `a leader in the user's file is the leader of what it inherits`() {
    let (keymap, problems) = parse(
      way + "inherit b\nleader ,", ["b": "leader space\nmap * leader a open"])
    #expect(problems == [])
    #expect(command(keymap, "cards", ",", "a") == "open")
    #expect(command(keymap, "cards", "space", "a") == nil)
  }

  @Test func `a label names what follows a prefix`() throws {
    let (keymap, problems) = parse(
      way + "map list g h open\nmap * space g o open\nlabel list g \"go to\"\nlabel * space g more"
        + "\nlabel list q \"none\"\nlabel list g")
    #expect(
      problems.map(\.summary) == [
        "k:6:12: warning: no key of “list” begins with “q”",
        "k:7:1: expected: label CONTEXTS KEYS \"TEXT\"",
      ])
    let g = try #require(Key(name: "g"))
    let space = try #require(Key(name: "space"))
    #expect(keymap.label(of: [g], in: "cards") == "go to")
    #expect(keymap.label(of: [g], in: "card") == nil)
    guard case .pending(let next) = keymap.match([space], in: "card") else {
      Issue.record("space does not wait")
      return
    }
    #expect(next.map(\.label) == ["more"])
  }

  @Test func `inheritance in a circle is told where it closes`() {
    let (_, problems) = parse(
      way + "inherit a", ["a": "inherit b", "b": "map * q quit\ninherit a"])
    #expect(problems.map(\.summary) == ["b:2:9: “a” inherits itself: a, b, a"])
  }

  @Test func `inherit none begins with nothing`() {
    #expect(parse(way + "inherit none").problems == [])
  }

  @Test func `hidden keys, keys that tmux takes and unreachable commands are noted`() {
    let store = KeymapStore(
      places: .builtin, commands: commands, palette: ["card.new"], contexts: contexts,
      guaranteed: guaranteed)
    let text =
      way
      + "map browse q quit\nmap cards q open\nmap * C-b help\nmap browse g g help\nmap card g open"
    let problems = store.check(ConfigSource(file: "k", text: text))
    #expect(
      problems.map(\.summary) == [
        "k:3:11: note: in “cards” this hides “q” of “browse” (k:2)",
        "k:4:7: note: “C-b” may be taken by tmux, unless its prefix was changed",
        "k:6:10: note: in “card” this hides “g g” of “browse” (k:5)",
        "k:1:1: warning: “select.down” has no key and is not in the palette",
      ])
  }
}
