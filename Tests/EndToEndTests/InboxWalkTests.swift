import Nostr
import Testing

/// Two people in one room, each with an inbox of their own.
@Suite struct InboxWalkTests {
  private func counts(_ home: TestHome) throws -> [String: Int64] {
    let counts = try home.json("inbox", "needs")["counts"]?.object ?? [:]
    return Dictionary(uniqueKeysWithValues: counts.map { ($0.key, $0.value.integer ?? -1) })
  }

  private func say(_ from: TestHome, to other: TestHome, _ words: String...) throws -> String {
    let id = try #require(try from.json(words)["event_id"]?.string)
    try other.wait(forEvent: id)
    return id
  }

  @Test
  func `a mention is in the other's inbox and badge, and reading it there changes nothing here`()
    throws
  {
    let world = try World()
    let ann = try world.founder("Ann")
    let bob = try world.member("Bob", of: ann)
    let card = try ann.card("Uploads")
    try bob.wait(forEvent: card)
    // Something for each of them.
    _ = try say(ann, to: bob, "post", "release", "can we ship?", "--mention", "Bob")
    _ = try say(bob, to: ann, "comment", card, "look here", "--mention", "Ann")
    #expect(try counts(bob)["mentions"] == 1 && counts(ann)["mentions"] == 1)
    let row = try #require(try bob.json("inbox", "needs").rows("updates").first)
    #expect(row["reason"]?.string == "mention" && row["channel"]?.string == "release")
    #expect(row["from_agent_name"]?.string == "Ann" && row["body"]?.string == "can we ship?")

    // The count is the same whatever is asked for.
    for words in [[], ["--channel", "elsewhere"], ["--kind", "claim"], ["--limit", "1"]] {
      #expect(try bob.json(["inbox", "--peek"] + words)["unread_count"]?.integer == 1)
    }
    let before = try counts(ann)
    try bob.json("inbox")
    #expect(try counts(bob)["mentions"] == 0)
    #expect(try counts(ann) == before)
    try ann.json("inbox", "read")
    #expect(try counts(ann).values.allSatisfy { $0 == 0 })
  }

  @Test func `a question waits in the queue of those who may answer, until one does`() throws {
    let world = try World()
    let ann = try world.founder("Ann")
    let bob = try world.member("Bob", of: ann)
    let card = try ann.card("Uploads")
    try bob.wait(forEvent: card)
    // Ann's own agent asks: it waits for Ann, too.
    let asked = try say(
      ann, to: bob, "ask", "Which policy?", "--card", card, "--option", "backoff", "--option",
      "fixed", "--blocking", "--conn", "Worker")
    for home in [ann, bob] {
      let need = try #require(try home.json("inbox", "needs").rows("needs").first)
      #expect(need["event_id"]?.string == asked && need["urgency"]?.string == "blocking")
      #expect(need["from_agent_name"]?.string == "Worker")
      #expect(try counts(home)["questions"] == 1)
    }
    try bob.json("inbox", "snooze", asked, "--for", "1h")
    #expect(try counts(bob)["questions"] == 0 && counts(ann)["questions"] == 1)
    try bob.json("inbox", "restore", asked)
    try bob.json("inbox", "done", asked)
    #expect(try counts(bob)["questions"] == 0)
    _ = try say(ann, to: bob, "comment", card, "still waiting", "--conn", "Worker")
    #expect(try counts(bob)["questions"] == 1, "new words bring it back")
    let answer = try say(bob, to: ann, "answer", asked, "--option", "2", "--conn", "Reviewer")
    for home in [ann, bob] { #expect(try counts(home)["questions"] == 0) }
    // The answer reached the connection that asked, and no other.
    #expect(
      try ann.json("inbox", "--conn", "Worker").rows("posts").first?["event_id"]?.string == answer)
    #expect(try ann.json("inbox", "--conn", "Other", "--peek")["unread_count"]?.integer == 0)
    try bob.refusal(
      "inbox", "snooze", asked, "--for", "soon", status: 2, code: "invalid_argument", field: "for")
    #expect(try ann.stateHash() == bob.stateHash())
  }
}
