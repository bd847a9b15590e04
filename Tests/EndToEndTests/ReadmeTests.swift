import Glibc
import Home
import Nostr
import Testing

/// What README tells to type, typed.
@Suite struct ReadmeTests {
  @Test func `the agent in ten lines of README works on a card`() throws {
    let readme = try #require(
      try SystemCall.read("\(Process.repository)/README.md", limit: 1 << 20))
    let blocks = try Self.shellBlocks(
      under: "## An agent in ten lines", in: String(decoding: readme, as: UTF8.self))
    try #require(blocks.count == 4)
    #expect(blocks[0].split(separator: "\n", omittingEmptySubsequences: false).count <= 10)

    let world = try World()
    let mira = try world.person("Mira")
    try mira.json("room", "create", "team", "--title", "The team", "--track", "backlog")
    let invite = try #require(try mira.json("room", "invite")["url"]?.string)
    let machine = world.home("machine")
    chmod(try world.file("machine.sh", holding: blocks[0] + "\n"), 0o700)
    func shell(_ text: String, home: String? = nil) throws -> Process {
      let studio = Process.studio.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
      var environment = [
        "HOME": world.directory, "PATH": "\(studio):/usr/bin:/bin", "INVITE": invite,
      ]
      environment["STUDIO_HOME"] = home
      return try Process(["/bin/sh", "-euc", text], environment: environment)
    }
    func type(_ text: String, home: String? = nil) throws {
      let output = try shell(text, home: home).finish()
      #expect(output.status == 0, "\(text): \(output.err)")
    }

    try type(blocks[1])
    try mira.wait { $0["type"]?.string == "claim" }
    try mira.json("room", "admit", "--all")
    try machine.waitUntil("it is a member") {
      try machine.json("room", "show", "team")["status"]?.string == "active"
        && machine.json("room", "show", "team").rows("members").contains {
          $0["name"]?.string == "Mira"
        }
    }
    // What comes after the first block is typed in the same shell.
    let worker = try shell(blocks[2], home: machine.path)
    // With the worker that it has started.
    defer { kill(-worker.pid, SIGKILL) }
    try mira.waitUntil("it is a member here, too") {
      try mira.json("room", "show", "team").rows("members").contains {
        $0["name"]?.string == "machine"
      }
    }
    try type(blocks[3], home: mira.path)
    func result(of card: String) throws -> JSONObject? {
      try mira.waitUntil("the card is done") {
        try mira.cardShow(card)["status"]?.string == "done"
      }
      return try mira.cardShow(card).rows("comments").first { $0["intent"]?.string == "result" }
    }
    let disk = try #require(
      try mira.json("card", "list").rows("cards").first?["event_id"]?.string)
    let told = try result(of: disk)
    #expect(told?["body"]?.string?.contains("Filesystem") == true)
    #expect(told?["created_by"]?.string == (try machine.json("whoami"))["pubkey"]?.string)

    let made = try mira.json(
      "card", "create", "--track", "backlog", "--title", "How is it?", "--assign", "machine")
    let open = try #require(made["event_id"]?.string)
    func asked() throws -> String? {
      try mira.json("question", "list", "--open").rows("questions").first?["event_id"]?.string
    }
    try mira.waitUntil("it asks") { try asked() != nil }
    try mira.json("answer", try #require(try asked()), "--option", "1")
    #expect(try result(of: open)?["body"]?.string?.contains("MemTotal") == true)
  }

  /// The blocks of shell between a heading and the next one.
  private static func shellBlocks(under heading: String, in text: String) throws -> [String] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex { $0 == heading })
    var blocks: [String] = []
    var block: [Substring]?
    for line in lines[(start + 1)...] {
      if block == nil, line.hasPrefix("## ") { break }
      if line == "```sh" {
        block = []
      } else if line == "```", let whole = block {
        blocks.append(whole.joined(separator: "\n"))
        block = nil
      } else {
        block?.append(line)
      }
    }
    return blocks
  }
}
