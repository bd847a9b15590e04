import Nostr
import Replica
import Studio
import Testing

/// Two people and two agents in one room, one of the people at the screen.
@Suite struct ChatWalkTests {
  private func unread(_ home: TestHome, _ words: String...) throws -> Int64? {
    try home.json(["inbox", "--peek"] + words)["unread_count"]?.integer
  }

  private func say(_ from: TestHome, to other: TestHome, _ words: String...) throws -> String {
    let id = try #require(try from.json(["post", "general"] + words)["event_id"]?.string)
    try other.wait(forEvent: id)
    return id
  }

  @Test func `a mention shows in the other's chat, is read there, and answered there`() throws {
    let world = try World()
    let ann = try world.founder("Ann")
    let bob = try world.member("Bob", of: ann)
    _ = try say(bob, to: ann, "ready", "--conn", "Scout")
    _ = try say(ann, to: bob, "starting", "--conn", "OpusDev", "--kind", "brief")
    try bob.json("channel", "subscribe", "general")
    _ = try say(ann, to: bob, "I am Bob #00000000, ship it @Bob", "--mention", "Bob")
    _ = try say(bob, to: ann, "for Ann", "--mention", "Ann", "--conn", "Scout")
    let waiting = try (
      unread(ann), unread(ann, "--conn", "OpusDev"), unread(bob, "--conn", "Scout")
    )
    let all = try unread(bob)
    #expect(waiting.0 == 3 && all == 4)
    for words in [["--channel", "other"], ["--kind", "brief"], ["--limit", "1"]] {
      #expect(try bob.json(["inbox", "--peek"] + words)["unread_count"]?.integer == all)
    }

    let screen = try PaneProcess([Process.studio, "--home", bob.path], columns: 120, rows: 40)
    try screen.wait(for: "@1")
    screen.type("gc")
    try screen.wait(for: "@1 •4")
    let signer = "Ann #\(ann.key.prefix(8))"
    let shown = try screen.wait(for: signer).split(separator: "\n")
    let claim = try #require(
      shown.indices.dropFirst().last { shown[$0].contains("I am Bob #00000000") })
    #expect(shown[claim - 1].contains(signer), "its true signer is above it")
    // Looked at, and by that read: here and nowhere else.
    screen.type("\tG")
    try screen.wait(for: "everything read") { !$0.contains("•4") }
    try bob.waitUntil("Bob has read all") { try unread(bob) == 0 }
    #expect(try unread(ann) == waiting.0)
    #expect(try unread(ann, "--conn", "OpusDev") == waiting.1)
    #expect(try unread(bob, "--conn", "Scout") == waiting.2)

    // What names nobody here is refused where it is typed.
    let count = try bob.count()
    screen.type("mfor @Nobody\r")
    try screen.wait(for: "reference_not_found mention: Nobody")
    #expect(try bob.count() == count)
    let rows = try bob.json("channel", "read", "general").rows("posts").count
    #expect(rows == 4)
    screen.type("\u{15}on it, @Ann\r")
    try ann.waitUntil("Bob's words") {
      try ann.json("inbox", "--peek").rows("posts").contains {
        $0["body"]?.string == "on it, @Ann"
          && $0["mentions"]?.array?.first?["pubkey"]?.string == ann.key
      }
    }
    try screen.wait(for: "relays")
    screen.end(15)
    #expect(try ann.stateHash() == bob.stateHash())
  }
}
