import Home
import Nostr
import Replica
import Studio
import Testing
import Workspace

@Suite struct AcceptanceWalkTests {
  @Test
  func `a card, its comment, its status and a question travel between two homes that then agree`()
    throws
  {
    let world = try World()
    let ann = try world.founder("Ann")
    let bob = try world.member("Bob", of: ann)
    try Walk.acceptance(ann, bob)
  }

  @Test func `editing a card keeps its thread and every id that it had`() throws {
    let world = try World()
    let ann = try world.founder("Ann")
    let bob = try world.member("Bob", of: ann)
    let first = try ann.card("Sort the shelf")
    try bob.wait(forEvent: first)
    let early = try #require(try bob.json("comment", first, "before")["event_id"]?.string)
    try ann.wait(forEvent: early)
    let second = try #require(
      try ann.json("card", "edit", first, "--title", "Sort both shelves")["event_id"]?.string)
    try bob.wait(forEvent: second)
    let late = try #require(try bob.json("comment", first, "after")["event_id"]?.string)
    try ann.wait(forEvent: late)
    for home in [ann, bob] {
      for id in [first, second, String(first.prefix(8)), String(second.prefix(8))] {
        let card = try home.cardShow(id)
        #expect(card["title"]?.string == "Sort both shelves")
        #expect(card["event_id"]?.string == second)
        // Within one second their ids order them.
        #expect(Set(card.rows("comments").map { $0["body"]?.string }) == ["before", "after"])
        #expect(card.rows("versions").map { $0["event_id"]?.string } == [second, first])
      }
    }
    #expect(try ann.stateHash() == bob.stateHash())
  }

  @Test func `a bystander's status change alters nothing and is logged as refused everywhere`()
    throws
  {
    let world = try World()
    let ann = try world.founder("Ann")
    let bob = try world.member("Bob", of: ann)
    let id = try ann.card("Water the plants")
    try bob.wait(forEvent: id)
    try bob.refusal("card", "status", id, "done", status: 1, code: "not_allowed", field: "status")

    // The program will not write it, so the engine is told to, as a program of somebody else's would.
    let forged = try Walk.forceStatus("done", on: id, by: bob)
    try ann.wait(forEvent: forged)
    for home in [ann, bob] {
      let card = try home.cardShow(id)
      #expect(card["status"]?.string == "open")
      let entry = try #require(
        try home.json("log", id).rows("events").first { $0["event_id"]?.string == forged })
      #expect(entry["verdict"]?.string == "refused")
      #expect(entry["effect"]?.string == "status done")
      #expect(entry["signer"]?.string == bob.key)
      #expect(entry["reason"]?.string?.isEmpty == false)
    }

    // The same hand may do it once the card is its own.
    let assigned = try #require(try ann.json("card", "assign", id, "Bob")["event_id"]?.string)
    try bob.wait(forEvent: assigned)
    let done = try #require(try bob.json("card", "status", id, "done")["event_id"]?.string)
    try ann.wait(forEvent: done)
    #expect(try ann.cardShow(id)["status"]?.string == "done")
    #expect(try ann.stateHash() == bob.stateHash())
    for home in [ann, bob] { #expect(try home.json("verify")["ok"]?.bool == true) }
  }

  @Test func `a third member joins later, and somebody removed hears nothing more`() throws {
    let world = try World()
    let ann = try world.founder("Ann")
    let bob = try world.member("Bob", of: ann)
    let cat = try world.member("Cat", of: ann)
    let id = try ann.card("For everybody")
    for home in [bob, cat] { try home.wait(forEvent: id) }
    let removed = try ann.json("room", "remove", "Bob")
    #expect(keys(of: removed) == ["epoch", "status"])
    #expect(removed["epoch"]?.integer == 4)
    let secret = try ann.card("Without Bob")
    try cat.wait(forEvent: secret)
    try bob.waitUntil("Bob knows") {
      try bob.json("room", "show", "lab").rows("members").allSatisfy {
        $0["pubkey"]?.string != bob.key
      }
    }
    try bob.refusal("card", "show", secret, status: 1, code: "reference_not_found")
    try bob.refusal("comment", id, "still here?", status: 1, code: "not_a_member")
  }
}

/// What any two members of `lab` do together, over whatever relay.
enum Walk {
  static func acceptance(_ ann: TestHome, _ bob: TestHome) throws {
    let card = try ann.card(
      "Fix the door", "--assign", "Bob", "--body", "It squeaks.", "--tag", "house")
    try bob.wait(forEvent: card)
    let shown = try bob.cardShow(card)
    #expect(shown["title"]?.string == "Fix the door")
    #expect(shown["body"]?.string == "It squeaks.")
    #expect(shown["assignees"]?.array == [.string(bob.key)])
    #expect(shown["created_by"]?.string == ann.key)
    #expect(shown["unread"]?.integer == 1)

    let comment = try #require(
      try bob.json("comment", card, "-", input: "On it.\nWith oil.\n")["event_id"]?.string)
    try ann.wait(forEvent: comment)
    #expect(try ann.cardShow(card).rows("comments").last?["body"]?.string == "On it.\nWith oil.")

    let started = try #require(
      try bob.json("card", "status", card, "in_progress", "--wait", "30")["event_id"]?.string)
    try ann.wait(forEvent: started)
    #expect(try ann.cardShow(card)["status"]?.string == "in_progress")

    let question = try #require(
      try bob.json(
        "ask", "Which oil?", "--card", card, "--option", "olive", "--option", "machine",
        "--blocking")[
          "event_id"]?.string)
    try ann.wait(forEvent: question)
    let asked = try #require(
      try ann.json("question", "list", "--open").rows("questions").first)
    #expect(asked["event_id"]?.string == question)
    #expect(asked["options"]?.array == ["olive", "machine"])
    let answer = try #require(
      try ann.json("answer", question, "--option", "2")["event_id"]?.string)
    try bob.wait(forEvent: answer)
    let answered = try #require(try bob.json("question", "list").rows("questions").first)
    #expect(answered["answered"]?.bool == true)
    #expect(answered.rows("answers").first?["body"]?.string == "machine")
    #expect(try bob.json("question", "list", "--open").rows("questions").isEmpty)

    let edited = try #require(
      try ann.json("card", "edit", card, "--title", "Fix both doors")["event_id"]?.string)
    try bob.wait(forEvent: edited)
    let done = try #require(try bob.json("card", "status", card, "done")["event_id"]?.string)
    try ann.wait(forEvent: done)

    for home in [ann, bob] {
      try home.json("sync")
      let final = try home.cardShow(card)
      #expect(final["title"]?.string == "Fix both doors")
      #expect(final["status"]?.string == "done")
      #expect(final["comments"]?.array?.count == 3)
      #expect(final.rows("questions").count == 1)
      let verified = try home.json("verify")
      #expect(verified["ok"]?.bool == true)
      #expect(verified["faults"]?.array == [])
      #expect(try verified["state_hash"]?.string == home.stateHash())
    }
    #expect(try ann.stateHash() == bob.stateHash())
  }

  /// Has a home's engine sign a status change that the command refuses, and returns its event id.
  static func forceStatus(_ status: String, on card: String, by home: TestHome) throws -> String {
    let workspace = try Workspace(
      home: Home(directory: home.path), unlock: { throw Process.Failure(description: "locked") })
    let id = try #require(EventID(hex: card))
    let room = try workspace.room()
    let comment = Comment.statusChange(
      card: id, address: nil, from: .open, to: CardStatus(rawValue: status),
      createdBy: workspace.me.hex)
    let made = try workspace.submit(
      .post(
        .init(
          room: room.audience, kind: 30533, d: "status-change:\(card):00000000",
          payload: Payload.comment(comment).json, after: 0)), within: 30)
    return try #require(made.object?["event_id"]?.string)
  }
}
