import Nostr
import Replica
import Studio
import Testing

@Suite struct ChannelWalkTests {
  private static let postKeys = [
    "body", "channel", "connection_short", "event_id", "from_agent_name", "kind", "mentions",
    "post_id", "posted_at", "refs", "reply_to", "trust",
  ]

  private func bodies(_ object: JSONObject) -> [String] {
    object.rows("posts").compactMap { $0["body"]?.string }
  }

  /// Posts and waits until the other home has it; the result of `post`.
  private func say(_ from: TestHome, to other: TestHome, _ words: String...) throws -> JSONObject {
    let made = try from.json(["post"] + words)
    #expect(keys(of: made) == ["channel", "delivery", "event_id", "post_id"])
    try other.wait(forEvent: try #require(made["event_id"]?.string))
    return made
  }

  @Test func `a first post makes the channel, and each home reads for itself`() throws {
    let world = try World()
    let ann = try world.founder("Ann")
    let bob = try world.member("Bob", of: ann)
    let listed = try ann.json("channel", "list").rows("channels")
    #expect(listed.map { $0["name"]?.string } == ["general"])
    #expect(
      keys(of: listed.first) == ["last_post_at", "name", "posts", "subscribed", "unread"])

    try bob.json("channel", "subscribe", "arc:x")
    let first = try say(ann, to: bob, "arc:x", "## Goal\nShip it.", "--kind", "brief")
    let id = try #require(first["event_id"]?.string)
    #expect(first["post_id"]?.string == "post-\(id.prefix(12))")
    #expect(first["channel"]?.string == "arc:x" && first["delivery"]?.string == "queued")
    _ = try say(ann, to: bob, "general", "lunch?", "--mention", "Bob")
    _ = try say(ann, to: bob, "general", "not for Bob")

    // No filter narrows the count, and a peek leaves it.
    for words in [[], ["--channel", "arc:x"], ["--kind", "decision"], ["--limit", "1"]] {
      #expect(try bob.json(["inbox", "--peek"] + words)["unread_count"]?.integer == 2)
    }
    let inbox = try bob.json("inbox", "--channel", "arc:x")
    #expect(keys(of: inbox) == ["has_more", "posts", "unread_count"])
    let post = try #require(inbox.rows("posts").first)
    #expect(keys(of: post) == Self.postKeys)
    #expect(post["body"]?.string == "## Goal\nShip it." && post["kind"]?.string == "brief")
    #expect(post["from_agent_name"]?.string == "Ann" && post["trust"]?.string == "attested")
    #expect(post["connection_short"]?.string == String(ann.key.prefix(8)))
    #expect(inbox["unread_count"]?.integer == 1 && inbox["has_more"]?.bool == false)
    let rest = try bob.json("inbox")
    #expect(bodies(rest) == ["lunch?"] && rest["unread_count"]?.integer == 0)
    #expect(
      rest.rows("posts").first?["mentions"]?.array
        == [["pubkey": .string(bob.key), "conn": .null]])
    #expect(bodies(try bob.json("inbox")) == [])

    // An answer comes back to Ann; what Bob has read has not changed what she has.
    let reply = try say(bob, to: ann, "arc:x", "on it", "--reply-to", id)
    _ = try say(bob, to: ann, "arc:x", "done", "--kind", "closeout", "--ref", "post=\(id)")
    let back = try ann.json("inbox", "--limit", "1")
    #expect(bodies(back) == ["on it"] && back["has_more"]?.bool == true)
    #expect(back["unread_count"]?.integer == 1)
    #expect(back.rows("posts").first?["reply_to"]?.string == id)
    #expect(try bob.json("inbox", "--peek")["unread_count"]?.integer == 0)
    let closing = try #require(try ann.json("inbox").rows("posts").first)
    #expect(closing["refs"]?["post"]?.array == [.string(id)])

    // Reading a channel marks nothing, and every home shows the same.
    for home in [ann, bob] {
      #expect(
        bodies(try home.json("channel", "read", "arc:x")) == ["## Goal\nShip it.", "on it", "done"])
      #expect(bodies(try home.json("channel", "read", "#arc:x", "--limit", "1")) == ["done"])
      let channels = try home.json("channel", "list").rows("channels")
      #expect(channels.map { $0["name"]?.string } == ["arc:x", "general"])
      #expect(channels.map { $0["posts"]?.integer } == [3, 2])
      #expect(try home.json("card", "list").rows("cards").isEmpty)
      #expect(try home.json("verify")["ok"]?.bool == true)
    }
    #expect(try ann.stateHash() == bob.stateHash())
    let text = try bob.run("channel", "read", "arc:x")
    #expect(text.out.contains("Ann #\(ann.key.prefix(8))  brief  #arc:x  post-\(id.prefix(12))"))
    #expect(isID(reply["event_id"]?.string))
  }

  @Test func `connections of one key read apart, and carry their registered names`() throws {
    let world = try World()
    let ann = try world.founder("Ann")
    let bob = try world.member("Bob", of: ann)
    try ann.json("channel", "subscribe", "dev")
    let asked = try say(
      bob, to: ann, "dev", "I am Ann #\(ann.key.prefix(8))", "--conn", "OpusDev", "--kind",
      "question")
    let post = try #require(try ann.json("inbox").rows("posts").first)
    #expect(post["from_agent_name"]?.string == "OpusDev" && post["trust"]?.string == "attested")
    let short = try #require(post["connection_short"]?.string)
    #expect(short.utf8.count == 8 && short != String(bob.key.prefix(8)))
    #expect(post["kind"]?.string == "question")

    let id = try #require(asked["event_id"]?.string)
    _ = try say(ann, to: bob, "dev", "yes", "--kind", "answer", "--reply-to", id)
    _ = try say(ann, to: bob, "dev", "you", "--mention", "OpusDev#\(short)")
    #expect(try bob.json("inbox", "--peek")["unread_count"]?.integer == 0)
    let two = try bob.json("inbox", "--conn", "OpusDev")
    #expect(bodies(two) == ["yes", "you"] && two["unread_count"]?.integer == 0)
    #expect(two.rows("posts").first?["kind"]?.string == "answer")
    #expect(try ann.json("question", "list", "--open").rows("questions").isEmpty)
    // Another connection subscribes for itself.
    try bob.json("channel", "subscribe", "dev", "--conn", "Second")
    #expect(try bob.json("inbox", "--conn", "Second", "--peek")["unread_count"]?.integer == 3)
    #expect(try ann.stateHash() == bob.stateHash())
    _ = try say(bob, to: ann, "dev", "more", "--conn", "OpusDev", "--reply-to", id)
    // Agents that answer agents are counted, people are not.
    let reader = try Reader(path: "\(ann.path)/replica.sqlite")
    let room = try #require(try reader.rooms().first)
    #expect(try reader.posts(.general, in: room.id).isEmpty)
    let dev = try #require(ChannelName("dev"))
    #expect(try reader.posts(dev, in: room.id).map(\.hops) == [1, 0, 0, 0])
    #expect(try ann.json("inbox").rows("posts").first?["connection_short"]?.string == short)
  }

  @Test func `what refers to nothing, or is malformed, is refused and leaves no trace`() throws {
    let world = try World()
    let ann = try world.founder("Ann")
    let card = try ann.card("Real")
    let count = try ann.count()
    let lost = String(repeating: "0", count: 64)
    for (words, field, value) in [
      (["--ref", "post=\(lost)"], "refs.post", lost),
      (["--ref", "card=nothing"], "refs.card", "nothing"),
      (["--ref", "claim=post-00000000"], "refs.claim", "post-00000000"),
      (["--ref", "mutation=\(lost)"], "refs.mutation", lost),
      (["--ref", "contract=\(card)"], "refs.contract", card),
      (["--reply-to", lost], "reply-to", lost),
      (["--reply-to", card], "reply-to", card), (["--mention", "Nobody"], "mention", "Nobody"),
    ] {
      let output = try ann.run(["--json", "post", "fresh", "text"] + words)
      #expect(output.status == 1 && output.out == "", "\(words)")
      let error = (try? JSON(parsing: output.err))?["error"]
      #expect(error?["code"]?.string == "reference_not_found", "\(words): \(output.err)")
      #expect(error?["field"]?.string == field && error?["value"]?.string == value, "\(words)")
    }
    try ann.refusal("post", "fresh", "x", "--ref", "color=red", status: 2, code: "invalid_argument")
    try ann.refusal("post", "fresh", "x", "--ref", "post", status: 2, code: "invalid_argument")
    try ann.refusal("post", "fresh", "x", "--kind", "shout", status: 2, code: "invalid_kind")
    try ann.refusal("inbox", "--kind", "shout", status: 2, code: "invalid_kind")
    try ann.refusal("channel", "read", "fresh", status: 1, code: "not_found", field: "name")
    for name in ["", "a\u{1b}[2J", "a\nb", "\u{202e}abc", String(repeating: "x", count: 81)] {
      try ann.refusal("post", name, "x", status: 2, code: "invalid_argument", field: "channel")
      try ann.refusal(
        "channel", "subscribe", name, status: 2, code: "invalid_argument", field: "name")
    }
    try ann.refusal(
      "post", "fresh", "-", status: 1, code: "body_too_long", field: "text",
      input: String(repeating: "x", count: 4001))
    try ann.refusal("post", "fresh", "", status: 2, code: "invalid_argument", field: "text")
    #expect(try ann.count() == count)
    #expect(try ann.json("channel", "list").rows("channels").count == 1)

    // What is there, and what nobody can check, is taken.
    let made = try ann.json(
      "post", "fresh", "text", "--ref", "card=\(card)", "--ref", "branch=main", "--ref",
      "url=https://example.org", "--ref", "goal_id=g-1", "--kind", "claim")
    let id = try #require(made["event_id"]?.string)
    let refs = try #require(
      try ann.json("channel", "read", "fresh").rows("posts").first?["refs"]?.object)
    #expect(keys(of: refs) == ["branch", "card", "goal_id", "url"])
    #expect(refs["card"]?.array?.first?.string?.hasPrefix("30530:\(ann.key):") == true)
    try ann.json("post", "fresh", "again", "--ref", "claim=post-\(id.prefix(12))")
    #expect(try ann.count() == count + 3, "the root and two posts")
  }

  @Test func `a reply to what has not come yet fetches it first`() throws {
    let world = try World()
    let ann = try world.founder("Ann")
    let bob = try world.member("Bob", of: ann)
    _ = try bob.run("engine", "stop")
    let made = try ann.json("post", "dev", "while you were away", "--wait", "30")
    let id = try #require(made["event_id"]?.string)
    #expect(made["delivery"]?.string == "sent")
    let reply = try #require(
      try bob.json("post", "dev", "here", "--reply-to", id)["event_id"]?.string)
    try ann.wait(forEvent: reply)
    #expect(bodies(try ann.json("inbox")) == ["here"])
  }

  @Test func `what could not be written out is still unread`() throws {
    let world = try World()
    let ann = try world.founder("Ann")
    try ann.json("channel", "subscribe", "dev", "--conn", "Reader")
    try ann.json("post", "dev", "hello")
    let words = "exec \(Process.studio) --home \(ann.path) --json inbox"
    for _ in 0..<2 {
      _ = try Process.run(
        ["/bin/sh", "-c", "\(words) > /dev/full"], environment: ["STUDIO_CONN": "Reader"])
    }
    let read = try Process.run(["/bin/sh", "-c", words], environment: ["STUDIO_CONN": "Reader"])
    #expect((try? JSON(parsing: read.out))?["posts"]?.array?.count == 1)
    #expect(try ann.json("inbox", "--conn", "Reader")["posts"]?.array == [])
  }

  @Test func `posts of every kind come through, a burst in the order in which it was written`()
    throws
  {
    let world = try World()
    let ann = try world.founder("Ann")
    let kinds = [
      "question", "answer", "claim", "decision", "status", "heartbeat", "brief", "closeout",
    ]
    for kind in kinds { try ann.json("post", "all", "a \(kind)", "--kind", kind) }
    let posts = try ann.json("channel", "read", "all").rows("posts")
    #expect(posts.compactMap { $0["kind"]?.string } == kinds)
    #expect(posts.compactMap { $0["body"]?.string } == kinds.map { "a \($0)" })
    #expect(try ann.json("inbox")["unread_count"]?.integer == 0, "one's own are never unread")
    #expect(try ann.json("verify")["ok"]?.bool == true)
  }
}
