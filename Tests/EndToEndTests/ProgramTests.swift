import Glibc
import Home
import Nostr
import TestKit
import Testing

/// What is about the program itself: help, completions, its relay.
@Suite struct ProgramTests {
  @Test func `every command has help, and help lists every command`() throws {
    let world = try World()
    let home = world.home("Nobody")
    let overview = try home.run("--help")
    #expect(overview.status == 0)
    let commands = [
      "init", "whoami", "engine", "relay", "room create", "room list", "room show", "room invite",
      "room join", "room pending", "room admit", "room remove", "room rotate", "room leave",
      "room close", "room reopen", "use", "track create", "track list", "track close",
      "card create", "card list", "card show", "card edit", "card assign", "card status",
      "card delete", "comment", "ask", "question list", "answer", "search", "watch", "sync", "log",
      "verify", "export", "state-hash", "config path", "config show", "config check", "keys list",
      "keys check", "keys explain", "theme list", "theme check", "doctor",
      "completion", "demo",
    ]
    for command in commands {
      #expect(overview.out.contains("\n  \(command) "), "\(command)")
      let page = try home.run(command.split(separator: " ").map(String.init) + ["--help"])
      #expect(page.status == 0)
      #expect(page.out.hasPrefix("studio \(command)"), "\(command)")
    }
  }

  @Test func `completions for bash are a script that bash takes and that completes`() throws {
    let world = try World()
    let home = try world.founder("Ann")
    let card = try home.card("Resume the upload", "--d", "resume")
    try home.json("post", "release", "We ship.")
    let script = try world.file("studio.bash", holding: try home.run("completion", "bash").out)
    let parsed = try Process.run(["/bin/bash", "-n", script])
    #expect(parsed.status == 0)
    #expect(parsed.err == "")
    func complete(_ words: String...) throws -> [String] { try complete(words) }
    func complete(_ words: [String]) throws -> [String] {
      let line = words.map { "'\($0)'" }.joined(separator: " ")
      let output = try Process.run([
        "/bin/bash", "-c",
        """
        source '\(script)'; COMP_WORDS=(\(line)); COMP_CWORD=\(words.count - 1)
        _studio; printf '%s\\n' "${COMPREPLY[@]}"
        """,
      ])
      #expect(output.err == "")
      return output.out.split(separator: "\n").map(String.init)
    }
    let studio = Process.studio
    #expect(try complete(studio, "ca") == ["card"])
    #expect(try Set(complete(studio, "card", "")).isSuperset(of: ["create", "list", "status"]))
    #expect(try complete(studio, "card", "create", "--ti") == ["--title"])
    #expect(try complete(studio, "card", "status", "x", "in") == ["in_progress"])
    #expect(try Set(complete(studio, "engine", "st")) == ["start", "stop", "status"])
    // What is in the room of the home that is named.
    let here = [studio, "--home", home.path]
    func complete(here words: String...) throws -> [String] { try complete(here + words) }
    #expect(try complete(here: "card", "show", "resu") == ["resume"])
    #expect(try complete(here: "card", "assign", String(card.prefix(9)), "A") == ["Ann"])
    #expect(try complete(here: "channel", "read", "r") == ["release"])
    #expect(try complete(here: "search", "is:op") == ["is:open"])
    #expect(try complete(here: "card", "list", "--query", "is:op") == ["is:open"])
    #expect(try complete(studio, "channel", "read", "r") == [], "another home")
  }

  @Test func `completions for fish have what each word means, those for zsh are those for bash`()
    throws
  {
    let world = try World()
    let home = world.home("Nobody")
    let zsh = try home.run("completion", "zsh").out
    #expect(zsh.hasPrefix("#compdef studio\n"))
    let fish = try home.run("completion", "fish").out
    #expect(fish.contains("complete -c studio -f -a '(__studio_complete)'"))
    let described = try home.run("_complete", "--described", "--", "whoa").out
    #expect(described == "whoami\tthis identity, its relays and rooms\n")
  }

  @Test func `the relay prints its address first, serves two homes, and keeps what it took`() throws
  {
    let world = try World()
    let words = [
      Process.studio, "--home", "\(world.directory)/relay", "relay", "--listen", "127.0.0.1:0",
      "--db", "\(world.directory)/relay.sqlite",
    ]
    let relay = try Process(words)
    let url = try relay.readLine()
    #expect(url.hasPrefix("ws://127.0.0.1:"))
    let ann = try world.founder("Ann", relays: [url])
    let bob = try world.member("Bob", of: ann)
    let id = try ann.card("Over a relay of its own", "--wait", "30")
    try bob.wait(forEvent: id)
    relay.signal(15)
    #expect(try relay.finish().status == 0)

    // Somebody whose replica is gone finds everything again.
    let port = try #require(url.split(separator: ":").last)
    let again = try Process(words.map { $0 == "127.0.0.1:0" ? "127.0.0.1:\(port)" : $0 })
    #expect(try again.readLine() == url)
    try bob.json("sync", "--timeout", "60")
    #expect(try bob.cardShow(id)["title"]?.string == "Over a relay of its own")
    let mine = try ann.card("After the restart", "--wait", "30")
    try bob.wait(forEvent: mine)
  }

  @Test func `the whole walk works over a relay that demands authentication`() throws {
    let world = try World()
    let relay = try Process([
      Process.studio, "--home", "\(world.directory)/relay", "relay", "--listen", "127.0.0.1:0",
      "--auth",
    ])
    let url = try relay.readLine()
    let ann = try world.founder("Ann", relays: [url])
    try Walk.acceptance(ann, try world.member("Bob", of: ann))
    let status = try #require(try ann.json("engine").rows("relays").first)
    #expect(status["auth"]?.string == "accepted")
  }

  @Test func `an engine that starts again has nothing to say`() throws {
    let world = try World()
    let ann = try world.founder()
    let before = try ann.json("state-hash")
    try ann.json("engine", "stop")
    try ann.json("sync")
    #expect(try ann.json("state-hash")["events"] == before["events"])
    #expect(try ann.stateHash() == before["state_hash"]?.string)
  }

  @Test func `a home that an earlier program has left is brought up to date by the first command`()
    throws
  {
    let world = try World()
    let ann = try world.founder()
    _ = try ann.card("Kept")
    let hash = try ann.stateHash()
    try ann.json("engine", "stop")
    let replica = "\(ann.path)/replica.sqlite"
    try OldSchema.copy(replica, to: replica + ".old", schema: 1)
    for end in ["", "-wal", "-shm"] { unlink(replica + end) }
    #expect(rename(replica + ".old", replica) == 0)
    #expect(try ann.json("card", "list").rows("cards").map { $0["title"]?.string } == ["Kept"])
    #expect(try ann.stateHash() == hash)
    #expect(try ann.json("verify")["ok"]?.bool == true)
  }

  @Test func `the home is found through --home, STUDIO_HOME or the XDG directories`() throws {
    let world = try World()
    let ann = try world.person("Ann")
    let byVariable = try Process.run(
      [Process.studio, "--json", "config", "path"], environment: ["STUDIO_HOME": ann.path])
    #expect(byVariable.out.contains("\(ann.path)/studio.conf"))
    let byOption = try Process.run(
      [Process.studio, "config", "path", "--json", "--home=\(ann.path)"],
      environment: ["STUDIO_HOME": "/nonexistent"])
    #expect(byOption.out == byVariable.out)
    let byHome = try Process.run(
      [Process.studio, "--json", "config", "path"], environment: ["HOME": "/somewhere"])
    let paths = try #require(JSON(parsing: byHome.out).object)
    #expect(paths["config"]?.string == "/somewhere/.config/studio/studio.conf")
    #expect(paths["data"]?.string == "/somewhere/.local/share/studio")
    #expect(paths["state"]?.string == "/somewhere/.local/state/studio")
  }

  @Test func `plain text for people has no escape sequences when it is not on a terminal`() throws {
    let world = try World()
    let ann = try world.founder("Ann")
    let id = try ann.card("Plain", "--assign", "Ann", "--body", "one\ntwo")
    #expect(try ann.run("card", "list").out.contains("  Ann  "))
    #expect(try ann.run("card", "show", id).out.contains("\n\none\ntwo\n"))
    for words in [
      ["whoami"], ["room", "show"], ["card", "list"], ["card", "show", id], ["log"],
      ["track", "list"], ["doctor"], ["engine"],
    ] {
      let output = try ann.run(words)
      #expect(!output.out.isEmpty)
      #expect(!output.out.utf8.contains(0x1b))
    }
  }
}
