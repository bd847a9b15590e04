import Home
import Nostr
import Testing

/// Whatever is refused says why in the contract's words, and writes nothing.
@Suite struct BadInputTests {
  @Test func `bad usage ends with 2 and bad references with 1, and neither writes an event`() throws
  {
    let world = try World()
    let ann = try world.founder("Ann")
    let id = try ann.card("A card", "--d", "one")
    let asked = try #require(try ann.json("ask", "Why?")["event_id"]?.string)
    let before = try ann.count()
    let unknown = String(repeating: "0", count: 64)

    for words in [
      ["card", "create", "--title", "x"], ["card", "create", "--track", "todo"], ["comment", id],
      ["room", "create", "ab"], ["answer", asked], ["card", "create", "--track"],
    ] {
      try ann.refusal(words, status: 2, code: "missing_argument")
    }
    try ann.refusal("card", "create", "--nonsense", status: 2, code: "unknown_option")
    try ann.refusal("card", "nonsense", status: 2, code: "unknown_command", field: "command")
    try ann.refusal("card", "show", id, "more", status: 2, code: "bad_usage")
    try ann.refusal(
      "card", "create", "--track", "a", "--track", "b", "--title", "x", status: 2,
      code: "bad_usage",
      field: "track")
    try ann.refusal("room", "admit", status: 2, code: "bad_usage", field: "who")
    try ann.refusal("room", "admit", "Ann", "--all", status: 2, code: "bad_usage", field: "who")

    let long = String(repeating: "x", count: 201)
    for (words, field) in [
      (["card", "create", "--track", "todo", "--title", ""], "title"),
      (["card", "create", "--track", "todo", "--title", long], "title"),
      (["card", "create", "--track", "no/slug", "--title", "x"], "track"),
      (["card", "create", "--track", "todo", "--title", "x", "--d", "a b"], "d"),
      (["card", "create", "--track", "todo", "--title", "x", "--kind", "_profile"], "kind"),
      (["card", "create", "--track", "todo", "--title", "x", "--status", "deleted"], "status"),
      (["card", "create", "--track", "todo", "--title", "x", "--wait", "0"], "wait"),
      (["card", "status", id, "finished"], "status"),
      (["card", "list", "--limit", "0"], "limit"),
      (["track", "create", "x", "--title", "x", "--layout", "round"], "layout"),
      (["room", "create", "a", "--title", "x"], "slug"),
      (["room", "create", "a b", "--title", "x"], "slug"),
      (["room", "invite", "--ttl", "59"], "ttl"),
      (["comment", id, ""], "text"),
      (["comment", id, "x", "--intent", "status_change"], "intent"),
      (["answer", asked, "--option", "1"], "option"),
      (["watch", "--since", "x"], "since"),
      (["relay", "--listen", "nowhere"], "listen"),
      (["engine", "dance"], "action"),
      (["completion", "tcsh"], "shell"),
    ] {
      try ann.refusal(words, status: 2, code: "invalid_argument", field: field)
    }
    // 101 characters of two UTF-16 units each are over 200.
    try ann.refusal(
      "card", "edit", id, "--title", String(repeating: "🐘", count: 101), status: 2,
      code: "invalid_argument", field: "title")

    for (words, field) in [
      (["card", "show", unknown], "id"), (["card", "show", "short"], "id"),
      (["comment", unknown, "x"], "id"), (["card", "edit", unknown, "--title", "x"], "id"),
      (["answer", unknown, "x"], "id"), (["log", unknown], "id"),
      (["card", "create", "--track", "todo", "--title", "x", "--assign", "Nobody"], "assign"),
      (["card", "assign", id, "Nobody"], "who"),
      (["card", "list", "--assignee", "Nobody"], "assignee"),
      (["ask", "x", "--card", unknown], "card"), (["track", "close", "nowhere"], "slug"),
      (["comment", id, "x", "--reply-to", unknown], "reply-to"),
      (["room", "remove", "Nobody"], "who"),
    ] {
      try ann.refusal(words, status: 1, code: "reference_not_found", field: field)
    }
    try ann.refusal(
      "card", "create", "--track", "todo", "--title", "x", "--d", "one", status: 1,
      code: "card_exists", field: "d")
    try ann.refusal("room", "show", "elsewhere", status: 1, code: "room_not_found", field: "room")
    try ann.refusal(
      "room", "create", "lab", "--title", "x", status: 1, code: "room_exists", field: "slug")
    try ann.refusal("room", "admit", "Nobody", status: 1, code: "claim_not_found", field: "who")
    try ann.refusal("verify", "/nonexistent", status: 1, code: "file_not_found", field: "file")
    try ann.refusal("init", "--name", "Again", "--no-passphrase", status: 1, code: "home_exists")
    #expect(try ann.count() == before)
    #expect(try ann.json("verify")["ok"]?.bool == true)
  }

  @Test func `a body beyond the limit in bytes is refused whole`() throws {
    let world = try World()
    let ann = try world.founder("Ann")
    let id = try ann.card("A card")
    let before = try ann.count()
    // 9,000 characters pass the limit in characters; their 27,000 bytes do not fit a payload.
    let wide = String(repeating: "語", count: 9000)
    for words in [
      ["card", "create", "--track", "todo", "--title", "x", "--body", "-"],
      ["card", "edit", id, "--body", "-"],
    ] {
      try ann.refusal(words, status: 1, code: "payload_too_large", input: wide)
    }
    try ann.refusal(
      "comment", id, "-", status: 1, code: "payload_too_large", field: "text",
      input: String(repeating: "x", count: 65_537))
    try ann.refusal(
      "card", "create", "--track", "todo", "--title", "x", "--body", "-", status: 2,
      code: "invalid_argument", field: "body", input: String(repeating: "x", count: 10_001))
    #expect(try ann.count() == before)
    #expect(try ann.json("card", "list").rows("cards").count == 1)
  }

  @Test func `an ambiguous name or id is refused with its candidates`() throws {
    let world = try World()
    let ann = try world.founder("Ann")
    let bob = try world.member("Bo", of: ann)
    _ = try world.member("Bob", of: ann)
    let before = try ann.count()
    // A whole name wins over the beginning of another; a beginning of two does not.
    #expect(try ann.json("card", "list", "--assignee", "Bo").rows("cards").isEmpty)
    let error = try ann.refusal(
      "card", "create", "--track", "todo", "--title", "x", "--assign", "b", status: 1,
      code: "ambiguous", field: "assign")
    #expect(error["hint"]?.string?.contains("Bo#\(bob.key.prefix(8))") == true)
    #expect(error["hint"]?.string?.contains("Bob#") == true)
    #expect(try ann.count() == before)

    // Two authors may use the same d.
    let mine = try ann.card("Mine", "--d", "same")
    let theirs = try bob.card("Theirs", "--d", "same")
    try ann.wait(forEvent: theirs)
    let twice = try ann.refusal("card", "show", "same", status: 1, code: "ambiguous", field: "id")
    for key in [ann.key, bob.key] {
      #expect(twice["hint"]?.string?.contains("30530:\(key):same") == true)
      #expect(try ann.cardShow("30530:\(key):same")["created_by"]?.string == key)
    }
    for id in [mine, theirs] { #expect(try ann.cardShow(id)["event_id"]?.string == id) }
    for who in ["Bo#\(bob.key.prefix(4))", bob.key, String(bob.key.prefix(8))] {
      let id = try ann.card("For Bo", "--assign", who)
      #expect(try ann.cardShow(id)["assignees"]?.array == [.string(bob.key)])
    }
  }

  @Test func `an invite that is broken, expired or used changes nothing`() throws {
    let world = try World()
    let ann = try world.founder("Ann")
    let bob = try world.person("Bob", relays: [ann.relay])
    for url in ["nonsense", "s4a://invite/lab/1", "s4a://invite/lab/1?k=4ainv1qqqq", "http://x/y"] {
      let output = try bob.run("--json", "room", "join", url)
      #expect(output.status != 0)
      #expect(output.out == "")
    }
    #expect(try bob.json("room", "list").rows("rooms").isEmpty)
    let url = try #require(try ann.json("room", "invite")["url"]?.string)
    try bob.json("room", "join", url)
    try ann.wait { $0["type"]?.string == "claim" }
    try ann.json("room", "admit", "--all")
    let cat = try world.person("Cat", relays: [ann.relay])
    try cat.json("room", "join", url)
    try cat.waitUntil("the relay has the claim") { try cat.json("engine")["outbox"]?.integer == 0 }
    try ann.json("sync")
    #expect(try ann.json("room", "pending").rows("claims").isEmpty)
    try ann.refusal("room", "admit", "Cat", status: 1, code: "claim_not_found")
    #expect(try ann.json("room", "show")["epoch"]?.integer == 2)
    #expect(try ann.json("room", "show").rows("members").count == 2)
  }

  @Test func `a command in a home without an identity says what to do, and makes nothing`() throws {
    let world = try World()
    let home = world.home("Nobody")
    for words in [
      ["whoami"], ["card", "list"], ["engine"], ["engine", "run"], ["sync"], ["watch"],
      ["state-hash"], ["export"], ["room", "list"],
    ] {
      try home.refusal(words, status: 1, code: "not_initialised", field: "home")
    }
    for (words, field) in [
      (["init", "--name", "", "--no-passphrase"], "name"),
      (["init", "--name", "N", "--no-passphrase", "--relay", "http://x"], "relay"),
    ] {
      try home.refusal(words, status: 2, code: "invalid_argument", field: field)
    }
    try home.refusal(
      "init", "--name", "N", status: 2, code: "missing_argument", field: "passphrase-file")
    try home.refusal(
      "init", "--name", "N", "--secret-stdin", "--no-passphrase", status: 1, code: "invalid_key",
      input: "not a key\n")
    let empty = try world.file("empty", holding: "\n")
    try home.refusal(
      "init", "--name", "N", "--passphrase-file", empty, status: 2, code: "invalid_argument",
      field: "passphrase-file")
    #expect(SystemFile.exists(home.path) == false)
  }

  @Test func `control characters are refused, and what only looks odd is drawn harmlessly`() throws
  {
    let world = try World()
    let ann = try world.founder("Ann")
    let nasty = "red \u{1b}[31mtext\u{1b}]0;owned\u{7} \u{202e}flip"
    try ann.refusal(
      "card", "create", "--track", "todo", "--title", nasty, status: 2, code: "invalid_argument",
      field: "title")
    try ann.refusal(
      "card", "create", "--track", "todo", "--title", "x", "--body", "-", status: 2,
      code: "invalid_argument", field: "body", input: "\u{9b}31m")
    let id = try ann.card("flip \u{202e}over\u{200b}")
    let text = try ann.run("card", "show", id).out
    for scalar in text.unicodeScalars {
      #expect(scalar == "\n" || scalar.value >= 0x20)
      #expect(scalar.value != 0x202e)
    }
  }
}
