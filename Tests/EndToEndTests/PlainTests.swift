import Glibc
import Home
import Nostr
import Testing

/// The built program as lines: through a pipe, by a script, and at the first run.
@Suite struct PlainTests {
  @Test func `a pipe into the program does its lines, and everything is there afterwards`() throws {
    let world = try World()
    let ann = try world.founder("Ann")
    let output = try ann.run(
      [],
      input: """
        new Fix the uploader
        open 1
        reply I don't think that it's "hard"
        ask --card . --option Yes --option No Shall we?
        answer 1 1 and soon
        move in_progress
        post general -
        one
        two
        .
        list is:open
        bogus
        go chat
        """)
    #expect(output.status == 1, "a line was refused")
    #expect(output.err == "")
    let lines = output.out.split(separator: "\n").map(String.init)
    for line in [
      "room lab “The Lab”, as you", "made card 1 “Fix the uploader”",
      "commented on card 1 “Fix the uploader”", "asked: question 1",
      "held: answer to question 1, sends in 5 s, undo takes it back",
      "card 1 “Fix the uploader”: in progress", "posted in #general", "no cards",
      "error: there is no command “bogus” (help lists them)",
      "answered question 1: Yes: and soon",
    ] { #expect(lines.contains(line), "\(line)") }
    #expect(!output.out.utf8.contains(0x1b))
    let cards = try ann.json("card", "list").rows("cards")
    #expect(cards.count == 1)
    let card = try ann.cardShow(try #require(cards[0]["event_id"]?.string))
    #expect(card["status"]?.string == "in_progress")
    #expect(card.rows("questions").first?["answered"]?.bool == true)
    #expect(
      try ann.json("channel", "read", "general").rows("posts").first?["body"]?.string == "one\ntwo")
  }

  @Test func `news arrive while nothing is typed`() throws {
    let world = try World()
    let ann = try world.founder("Ann")
    let bob = try world.member("Bob", of: ann)
    let card = try ann.card("Retry the uploader", "--wait", "30")
    try bob.wait(forEvent: card)
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    // The program must not hold the end that is written to.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { ends.forEach { close($0) } }
    let plain = try Process(
      [Process.studio, "--home", ann.path, "--plain"], standardInput: ends[0])
    while !(try plain.readLine().contains("help lists the commands")) {}
    try bob.json("ask", "Which policy?", "--card", card, "--option", "Once", "--option", "Twice")
    var line = ""
    while !line.contains("question 1") { line = try plain.readLine() }
    #expect(line.hasSuffix("question 1 on card 1 “Retry the uploader” from Bob: Which policy?"))
    #expect(try plain.readLine() == "      choice 1: Once")
    // Held, then the end of the input: it is sent.
    let answer = Array("answer 1 2\n".utf8)
    #expect(write(ends[1], answer, answer.count) == answer.count)
    close(ends[1])
    ends[1] = open("/dev/null", O_RDONLY)
    #expect(try plain.finish().out.contains("answered question 1: Twice"))
  }

  @Test func `a script ends with 0 when no line was refused, and knows its file`() throws {
    let world = try World()
    let ann = try world.founder("Ann")
    let script = try world.file("script", holding: "new One\nnew Two\nlist\n")
    let output = try ann.run(["--script", script])
    #expect(output.status == 0)
    #expect(output.out.contains("card 2 “Two”, open, todo, now"))
    #expect(try ann.run(["--script", "/nonexistent"]).status == 1)
  }

  @Test func `a terminal that cannot place its cursor gets lines`() throws {
    let world = try World()
    let ann = try world.founder("Ann")
    let pane = try PaneProcess(
      [Process.studio, "--home", ann.path], environment: ["TERM": "dumb"])
    try pane.wait(for: "room lab")
    pane.type("new By hand\nquit\n")
    #expect(pane.end(0) == 0)
    #expect(try ann.json("card", "list").rows("cards").first?["title"]?.string == "By hand")
  }

  // MARK: The first run

  @Test func `the first run as lines makes a home and founds a room`() throws {
    let world = try World()
    let home = world.home("New")
    let output = try home.run(
      ["--plain"], input: "9\n1\n\nMira\nback\nMira \u{e4}\nThe Team\n\nnew First\nlist\n")
    #expect(output.status == 0)
    #expect(output.out.contains("error: a number from 1 to 4"))
    #expect(output.out.contains("made card 1 “First”"))
    #expect(try home.json("whoami")["name"]?.string == "Mira \u{e4}")
    #expect(try home.json("room", "list").rows("rooms").first?["slug"]?.string == "the-team")
  }

  @Test func `without a word about lines nothing is made of a pipe`() throws {
    let world = try World()
    try world.home("New").refusal([], status: 1, code: "not_initialised", input: "1\nMira\nx\n\n")
  }

  @Test func `the first run on a screen founds a room, and loses nothing on the way`() throws {
    let world = try World()
    let home = world.home("New")
    let pane = try PaneProcess([Process.studio, "--home", home.path])
    try pane.wait(for: "How would you like to begin?")
    pane.type("2")
    try pane.wait(for: "The invite that you were given")
    pane.type("s4a://invite/team/x?k=%zz\r")
    try pane.wait(for: "damaged percent-encoding")
    #expect(pane.text.contains("s4a://invite/team/x?k=%zz"))
    pane.type("\u{1b}")
    try pane.wait(for: "How would you like to begin?")
    pane.type("1")
    try pane.wait(for: "as your team sees it")
    pane.type("Mira\r")
    try pane.wait(for: "A title for people to read")
    pane.type("\u{1b}")
    try pane.wait(for: "> Mira")
    pane.type("\r")
    try pane.wait(for: "A title for people to read")
    pane.type("The Team\r")
    try pane.wait(for: "A passphrase for your key")
    pane.type("\r")
    try pane.wait(for: "the room is founded")
    pane.type("q")
    #expect(pane.end(0) == 0)
    #expect(try home.json("room", "list").rows("rooms").first?["title"]?.string == "The Team")
  }

  @Test func `a key with a passphrase is unlocked at the first run, and locked at the next`() throws
  {
    let world = try World()
    let home = world.home("New")
    let pane = try PaneProcess([Process.studio, "--home", home.path])
    try pane.wait(for: "How would you like to begin?")
    pane.type("3")
    try pane.wait(for: "as your team sees it")
    pane.type("Mira\r")
    try pane.wait(for: "A passphrase for your key")
    pane.type("correct horse\r")
    try pane.wait(for: "once more")
    #expect(!pane.text.contains("correct"))
    pane.type("wrong\r")
    try pane.wait(for: "differ")
    pane.type("correct horse\r")
    try pane.wait(for: "Inbox")
    pane.type("q")
    #expect(pane.end(0) == 0)
    #expect(try home.json("engine")["unlocked"]?.bool == true)
    #expect(access("\(home.path)/key.ncryptsec", F_OK) == 0)
    #expect(access("\(home.path)/key.nsec", F_OK) != 0)
  }
}
