import FourA
import Home
import Nostr
import Replica
import Testing

@testable import Workspace

@Suite struct VerbSpecTests {
  private let spec = VerbSpec(
    "card create", "x",
    [
      .place("id", "ID", "x"), .place("more", "MORE", "x", required: false, repeated: true),
      .option("title", "TEXT", "x", required: true), .option("tag", "TAG", "x", repeated: true),
      .option("layout", "L", "x", choices: ["row", "column"]), .flag("all", "x"),
      .optionalNumber("wait", "S", "x"),
    ])

  private func parse(_ words: String...) throws -> Arguments { try spec.parse(words) }

  @Test func `options stand anywhere, with their value beside or attached`() throws {
    let arguments = try parse(
      "--title", "T", "one", "--tag=a", "two", "--tag", "b", "--all", "three")
    #expect(arguments.text("id") == "one")
    #expect(arguments.texts("more") == ["two", "three"])
    #expect(arguments.texts("tag") == ["a", "b"])
    #expect(arguments.flag("all"))
    #expect(try parse("one", "--title=").text("title") == "")
    #expect(try parse("one", "--title=a=b").text("title") == "a=b")
  }

  @Test func `after two dashes nothing is an option`() throws {
    let arguments = try parse("--title", "T", "--", "--all", "--", "-")
    #expect(arguments.text("id") == "--all")
    #expect(arguments.texts("more") == ["--", "-"])
    #expect(!arguments.flag("all"))
  }

  @Test func `a number after an optional number is its value, a word is not`() throws {
    #expect(try parse("one", "--title", "T", "--wait", "5").text("wait") == "5")
    let arguments = try parse("--title", "T", "--wait", "one")
    #expect(arguments.text("wait") == "" && arguments.text("id") == "one")
  }

  @Test(arguments: [
    (["one"], "missing_argument", "title"), (["--title", "T"], "missing_argument", "id"),
    (["one", "--title"], "missing_argument", "title"),
    (["one", "--title", "a", "--title", "b"], "bad_usage", "title"),
    (["one", "--title", "a", "--colour", "red"], "unknown_option", "colour"),
    (["one", "--title", "a", "--all=yes"], "bad_usage", "all"),
    (["one", "--title", "a", "--layout", "round"], "invalid_argument", "layout"),
    (["one", "--title", "a", "--id", "x"], "unknown_option", "id"),
  ])
  func `bad words are refused with their field and the usage`(
    _ words: [String], _ code: String, _ field: String
  ) throws {
    do {
      _ = try spec.parse(words)
      Issue.record("\(words) were taken")
    } catch {
      #expect(error.code == code && error.field == field)
      #expect(error.hint?.hasPrefix("usage: studio card create ID [MORE]…") == true)
      #expect(error.exitCode == 2)
    }
  }

  @Test func `too many places are refused`() throws {
    let narrow = VerbSpec("use", "x", [.place("room", "SLUG", "x")])
    #expect { try narrow.parse(["a", "b"]) } throws: { ($0 as? StudioError)?.code == "bad_usage" }
  }

  @Test func `a number outside its range is refused, not clamped`() throws {
    let arguments = try parse("one", "--title", "T", "--wait", "99999999999999999999")
    #expect(arguments.text("wait") == "")
    #expect(throws: StudioError.self) { try Arguments(["n": "11"]).number("n", in: 1...10) }
    #expect(throws: StudioError.self) { try Arguments(["n": "1x"]).number("n", in: 1...10) }
    #expect(try Arguments(["n": "10"]).number("n", in: 1...10) == 10)
  }

  @Test func `every verb has a name of its own and parameters that can be told apart`() {
    let names = Verbs.all.map(\.spec.name)
    #expect(Set(names).count == names.count)
    for verb in Verbs.all {
      let parameters = verb.spec.parameters.map(\.name)
      #expect(Set(parameters).count == parameters.count, "\(verb.spec.name)")
      #expect(!verb.spec.summary.isEmpty)
    }
  }
}

@Suite struct CheckTests {
  @Test func `text keeps its lines and holds no control character`() throws {
    #expect(try Check.text("a\n\tb\r\nc", field: "f", limit: 10) == "a\n\tb\r\nc")
    for bad in ["a\u{0}", "\u{1b}[31m", "x\u{7f}", "\u{8}"] {
      #expect(throws: StudioError.self) { try Check.text(bad, field: "f", limit: 10) }
    }
  }

  @Test func `a name is one line, so that it cannot become a setting`() throws {
    #expect(try Check.line("Mira", field: "name", limit: 10) == "Mira")
    for bad in ["Mira\nlisten 0.0.0.0:1", "a\r", "a\u{2028}b", "a\u{85}b", "\t"] {
      #expect(throws: StudioError.self) { try Check.line(bad, field: "name", limit: 100) }
    }
  }

  @Test func `length counts UTF-16 units`() throws {
    #expect(throws: StudioError.self) { try Check.text("", field: "f", limit: 4) }
    #expect(try Check.text("🌊🌊", field: "f", limit: 4) == "🌊🌊")
    #expect(throws: StudioError.self) { try Check.text("🌊🌊🌊", field: "f", limit: 4) }
  }

  @Test func `a slug is letters, digits and dashes`() throws {
    #expect(try Check.slug("a-B-9", field: "f", lengths: 1...8) == "a-B-9")
    for bad in ["", "é", "a b", "a/b", "../x", "a\u{301}", "\u{212a}", "123456789"] {
      #expect(throws: StudioError.self) { try Check.slug(bad, field: "f", lengths: 1...8) }
    }
  }
}

@Suite struct OrderTests {
  @Test func `every order comes back as it was from the table`() throws {
    let key = try SecretKey(bytes: SHA256.hash("k").bytes).publicKey
    let room = try #require(Audience(key: key, slug: "team"))
    let orders: [Order] = [
      .post(.init(room: room, kind: 30533, d: "d:1", payload: ["body": "é\n"], after: 9)),
      .found(slug: "team", title: "T", description: "D", tracks: ["a", "b"]),
      .found(slug: "team", title: "T", description: nil, tracks: []),
      .invite(room, ttl: 60), .join(url: "s4a://x", note: "hi"), .join(url: "s4a://x", note: nil),
      .admit(room, [key]), .admit(room, []), .remove(room, key), .rotate(room), .leave(room),
      .close(room), .reopen(room), .profile(room, name: "N"), .profile(nil, name: "N"),
    ]
    for order in orders {
      let text = order.arguments.text
      #expect(Order(verb: order.verb, arguments: try JSON(parsing: text)) == order, "\(text)")
    }
  }

  @Test func `what is no order of ours is none`() throws {
    for (verb, text) in [
      ("dance", "{}"), ("post", "{}"), ("invite", #"{"room":"x"}"#), ("remove", #"{"member":"x"}"#),
      ("post", "[]"), ("found", #"{"slug":1,"title":"t"}"#),
    ] {
      #expect(Order(verb: verb, arguments: try JSON(parsing: text)) == nil, "\(verb) \(text)")
    }
  }
}
