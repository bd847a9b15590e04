import Glibc
import Home
import Nostr
import Replica
import Studio
import Testing

/// The agent's half of the workspace, by the built program alone: two homes, one relay, a program of a few lines.
@Suite struct WorkerWalkTests {
  @Test func `a card that is assigned is worked on, reported and done`() throws {
    let shop = try Shop(
      """
      task=$(cat)
      case $task in *"paint the fence"*) ;; *) exit 3 ;; esac
      echo "The fence is painted." > "$STUDIO_RUN_DIR/out/result.md"
      """)
    let card = try shop.ann.card("Fence", "--body", "paint the fence", "--assign", "Bot")
    let run = try shop.wait("done")
    #expect(run["outcome"]?.string == "completed")
    try shop.ann.waitUntil("the card is done") {
      try shop.ann.cardShow(card)["status"]?.string == "done"
    }
    let comments = try shop.ann.cardShow(card).rows("comments")
    let result = try #require(comments.first { $0["intent"]?.string == "result" })
    #expect(result["body"]?.string == "The fence is painted.")
    #expect(result["created_by"]?.string == shop.bot.key)

    let log = try shop.ann.json("log", card).rows("events")
    #expect(log.count <= 12, "\(log.count)")
    #expect(!log.contains { $0["verdict"]?.string == "refused" })
    let effects = Set(log.compactMap { $0["effect"]?.string })
    #expect(
      effects.isSuperset(of: ["card", "dispatch", "status in_progress", "result", "status done"]))
    let records = log.filter { $0["effect"]?.string == "dispatch" }
    let times = records.compactMap { $0["signed_at"]?.integer }
    let acknowledged = try #require(times.min())
    let made = log.first { $0["effect"]?.string == "card" }
    let assigned = try #require(made?["signed_at"]?.integer)
    #expect(acknowledged - assigned <= 10)
    #expect(try shop.ann.stateHash() == shop.bot.stateHash())
  }

  @Test func `a worker does not begin with a sandbox that is not built`() throws {
    let world = try World()
    let bot = try world.founder()
    for (setting, field) in [("sandbox container", "sandbox"), ("net proxy", "net")] {
      try SystemCall.replace(
        "\(bot.path)/worker.conf",
        with: Array("adapter generic\ncommand /bin/true\n\(setting)\n".utf8), mode: 0o600)
      let told = try bot.run("worker", "run", "--json")
      let error = try JSON(parsing: told.err)["error"] ?? .null
      #expect(told.status != 0 && error["code"]?.string == "invalid_config", "\(told)")
      #expect(error["message"]?.string?.contains("\(field): there is no") == true, "\(told)")
    }
  }

  @Test func `a card that is opened again while its run waits is done by one run, which asks anew`()
    throws
  {
    let shop = try Shop(
      """
      colour=$("$STUDIO" agent ask "Which colour?" --option red --option blue --wait 0) || exit 0
      echo "The fence is $colour." > "$STUDIO_RUN_DIR/out/result.md"
      """)
    let card = try shop.ann.card("Fence", "--body", "paint the fence", "--assign", "Bot")
    func question() throws -> String {
      var id: String?
      try shop.ann.waitUntil("a question is open") {
        id = try shop.ann.json("question", "list", "--open").rows("questions").first?["event_id"]?
          .string
        return id != nil
      }
      return try #require(id)
    }
    let first = try #require(try shop.wait("waiting")["run"]?.string)
    let asked = try question()
    try shop.ann.waitUntil("the card is in progress") {
      try shop.ann.cardShow(card)["status"]?.string == "in_progress"
    }
    try shop.ann.json("card", "status", card, "open")
    #expect(try shop.wait("done", of: first)["outcome"]?.string == "cancelled")
    let second = try #require(try shop.wait("waiting")["run"]?.string)
    #expect(second != first)
    try shop.ann.waitUntil("the first question is gone") {
      let open = try shop.ann.json("question", "list", "--open").rows("questions")
      return open.count == 1 && open[0]["event_id"]?.string != asked
    }
    try shop.ann.json("answer", try question(), "--option", "2")
    #expect(try shop.wait("done", of: second)["outcome"]?.string == "completed")
    try shop.ann.waitUntil("the card is done") {
      try shop.ann.cardShow(card)["status"]?.string == "done"
    }
    // Opened once more, what was answered before is asked again.
    try shop.ann.json("card", "status", card, "open")
    let third = try #require(try shop.wait("waiting")["run"]?.string)
    #expect(third != second)
    try shop.ann.json("answer", try question(), "--option", "1")
    #expect(try shop.wait("done", of: third)["outcome"]?.string == "completed")
    try shop.ann.waitUntil("it is told") {
      try shop.ann.cardShow(card).rows("comments").contains {
        $0["body"]?.string == "The fence is red."
      }
    }
  }

  @Test func `a program asks, is parked, answered in place, begun again, and done`() throws {
    let shop = try Shop(
      """
      colour=$("$STUDIO" agent ask "Which colour?" --option red --option blue --wait 0) || exit 0
      "$STUDIO" agent progress "painting it $colour"
      echo "The fence is $colour." > "$STUDIO_RUN_DIR/out/result.md"
      """)
    let card = try shop.ann.card("Fence", "--body", "paint the fence", "--assign", "Bot")
    let run = try #require(try shop.wait("waiting")["run"]?.string)
    #expect(Processes.of(run: run).isEmpty, "parked")
    try shop.ann.waitUntil("the question is here") {
      try shop.ann.json("question", "list", "--open").rows("questions").count == 1
    }
    let question = try #require(
      try shop.ann.json("question", "list", "--open").rows("questions").first)
    #expect(question["body"]?.string == "Which colour?")
    try shop.ann.json("answer", try #require(question["event_id"]?.string), "--option", "2")
    #expect(try shop.wait("done")["outcome"]?.string == "completed")
    try shop.ann.waitUntil("the card is done") {
      try shop.ann.cardShow(card)["status"]?.string == "done"
    }
    let comments = try shop.ann.cardShow(card).rows("comments")
    let result = try #require(comments.first { $0["intent"]?.string == "result" })
    #expect(result["body"]?.string == "The fence is blue.")
    #expect(comments.contains { $0["intent"]?.string == "question_mirror" })
    #expect(try shop.ann.json("question", "list", "--open").rows("questions").isEmpty)
    let log = try shop.ann.json("log", card).rows("events")
    #expect(log.count <= 12 + 1, "\(log.count)")
    #expect(!log.contains { $0["verdict"]?.string == "refused" })
    #expect(try shop.ann.stateHash() == shop.bot.stateHash())
  }

  @Test func `a program that waits is answered by a plain comment`() throws {
    let shop = try Shop(
      """
      sure=$("$STUDIO" agent ask "Shall I?" --kind confirm --wait) || exit 4
      echo "You said $sure. $STUDIO_SEGMENT" > "$STUDIO_RUN_DIR/out/result.md"
      """)
    let card = try shop.ann.card("Fence", "--assign", "Bot")
    try shop.ann.waitUntil("the question is here") {
      try shop.ann.json("question", "list", "--open").rows("questions").count == 1
    }
    try shop.ann.json("comment", card, "Yes, please.")
    #expect(try shop.wait("done")["outcome"]?.string == "completed")
    try shop.ann.waitUntil("the card is done") {
      try shop.ann.cardShow(card)["status"]?.string == "done"
    }
    let comments = try shop.ann.cardShow(card).rows("comments")
    let result = try #require(comments.first { $0["intent"]?.string == "result" })
    #expect(result["body"]?.string == "You said yes. 1")
  }

  @Test func `the owner approves exactly what was shown`() throws {
    let shop = try Shop(
      """
      "$STUDIO" agent ask --approve sh --input "rm -rf build" --wait || exit 5
      "$STUDIO" agent ask --approve sh --input "rm -rf /" --wait > "$STUDIO_RUN_DIR/out/result.md"
      """)
    _ = try shop.ann.card("Clean", "--assign", "Bot")
    for option in ["1", "3"] {
      var id: String?
      try shop.ann.waitUntil("an approval is asked for") {
        id = try shop.ann.json("question", "list", "--open").rows("questions").first?["event_id"]?
          .string
        return id != nil
      }
      // Somebody else's word is a suggestion: the question stays open.
      try shop.bot.waitUntil("it is there too") {
        try shop.bot.run("answer", try #require(id), "--option", "1", "--json").status == 0
      }
      try shop.ann.json("answer", try #require(id), "--option", option)
      try shop.ann.waitUntil("it is settled") {
        try shop.ann.json("question", "list", "--open").rows("questions")
          .allSatisfy { $0["event_id"]?.string != id }
      }
    }
    let run = try shop.wait("done")
    #expect(run["outcome"]?.string == "failed" && run["code"]?.string == "nonzero_exit")
  }

  @Test func `a cancel leaves no process and holds the card`() throws {
    let shop = try Shop(
      """
      trap '' TERM INT
      setsid sleep 1000 &
      sleep 1000
      """)
    let card = try shop.ann.card("Forever", "--assign", "Bot")
    let run = try #require(try shop.wait("running")["run"]?.string)
    try shop.bot.waitUntil("its program runs") { !Processes.of(run: run).isEmpty }
    try shop.ann.waitUntil("the run is known") {
      try shop.ann.json("log", card).rows("events").contains {
        $0["effect"]?.string == "dispatch" && $0["verdict"]?.string == "applied"
      }
    }
    let told = try shop.ann.json("card", "cancel", card, "enough")
    #expect(told["run"]?.string == run)
    let ended = try shop.wait("done")
    #expect(ended["outcome"]?.string == "cancelled")
    #expect(ended["code"]?.string == "author")
    #expect(Processes.of(run: run).isEmpty)
    try shop.ann.waitUntil("the card is given back") {
      try shop.ann.cardShow(card)["status"]?.string == "open"
        && shop.intents(card).contains("error")
    }
    #expect(try shop.bot.json("worker", "status").rows("runs").isEmpty)
    try shop.ann.json("card", "retry", card, "--mode", "fresh")
    #expect(try shop.wait("running")["cycle"]?.integer == 2)
  }

  @Test func `an order to a run by one without the right changes nothing and shows as refused`()
    throws
  {
    let shop = try Shop("sleep 1000")
    let cy = try shop.world.member("Cy", of: shop.ann)
    let card = try shop.ann.card("Mine", "--assign", "Bot")
    let run = try #require(try shop.wait("running")["run"]?.string)
    try cy.waitUntil("the card has come") { try cy.run("card", "show", card).status == 0 }
    for order in ["cancel", "retry", "steer"] {
      let refused = try cy.run("--json", "card", order, card, "mine now")
      #expect(refused.status == 1 && refused.err.contains("not_allowed"), "\(order)")
      // As another program would sign it.
      try cy.json("comment", card, "mine now", "--intent", order)
    }
    let orders = ["cancel", "retry", "steer"]
    try shop.bot.waitUntil("they are refused") {
      let events = try shop.bot.json("log", card).rows("events")
      return orders.allSatisfy { order in
        events.contains {
          $0["effect"]?.string == order && $0["verdict"]?.string == "refused"
            && $0["signer"]?.string == cy.key && $0["reason"]?.string != nil
        }
      }
    }
    #expect(try shop.bot.json("worker", "status").rows("runs").first?["run"]?.string == run)
    #expect(try shop.ann.cardShow(card)["status"]?.string == "in_progress")
    try shop.ann.json("card", "cancel", card)
    #expect(try shop.wait("done")["code"]?.string == "author")
  }

  @Test func `a worker that is killed finds its run again, and it is told once`() throws {
    let shop = try Shop(
      """
      while [ ! -e "$STUDIO_RUN_DIR/go" ]; do sleep 0.1; done
      echo "Went on." > "$STUDIO_RUN_DIR/out/result.md"
      """)
    let card = try shop.ann.card("Long", "--assign", "Bot")
    let run = try #require(try shop.wait("running")["run"]?.string)
    try shop.replaceWorker()
    try SystemCall.replace(
      "\(shop.bot.path)/runs/\(run)/go", with: [], mode: 0o600)
    let told = try shop.wait("done")
    #expect(told["run"]?.string == run && told["outcome"]?.string == "completed")
    try shop.ann.waitUntil("the card is done") {
      try shop.ann.cardShow(card)["status"]?.string == "done"
    }
    #expect(try shop.intents(card).count { $0 == "result" } == 1)
    #expect(try shop.bot.json("worker", "runs").rows("runs").count == 1)
  }

  @Test func `an agent is known as one before its first card`() throws {
    let shop = try Shop("echo done")
    let reader = try Reader(path: "\(shop.ann.path)/replica.sqlite")
    let room = try #require(try reader.rooms().first)
    func agents() throws -> [PublicKey] {
      try reader.presence(room.id, now: SystemCall.now()).filter(\.evidence.isAgent).map(
        \.id.pubkey)
    }
    try shop.ann.waitUntil("the agent is known") { try agents().map(\.hex) == [shop.bot.key] }
    // Its name stays one name.
    let card = try shop.ann.card("For Bot", "--assign", "Bot")
    _ = try shop.ann.json("comment", card, "look", "--mention", "Bot")
    _ = try shop.wait("done")
    #expect(try reader.presence(room.id, now: SystemCall.now()).count == 2)
  }

  @Test func `a supervisor that is killed takes its program with it, and the card is held`() throws
  {
    let shop = try Shop("echo here; exec sleep 1000")
    let card = try shop.ann.card("Lost", "--assign", "Bot")
    let run = try #require(try shop.wait("running")["run"]?.string)
    let supervisor = try #require(Processes.supervisor(of: "\(shop.bot.path)/runs/\(run)"))
    try shop.bot.waitUntil("its program runs") { !Processes.of(run: run).isEmpty }
    // Everything has been said: nothing but the death of the supervisor is news from here on.
    try shop.ann.waitUntil("the progress is told") { try shop.intents(card).contains("progress") }
    kill(supervisor, SIGKILL)
    let ended = try shop.wait("done")
    #expect(ended["outcome"]?.string == "lost")
    #expect(Processes.of(run: run).isEmpty)
    try shop.ann.waitUntil("the card is given back") {
      try shop.ann.cardShow(card)["status"]?.string == "open"
        && shop.intents(card).contains("error")
    }
  }

  @Test func `nothing runs for somebody whom the owner has not allowed`() throws {
    let shop = try Shop("echo ran > \"$STUDIO_RUN_DIR/out/result.md\"", consent: false)
    let card = try shop.ann.card(
      "Ask first", "--body", "Read \u{202E}this", "--assign", "Bot")
    try shop.bot.waitUntil("it waits for its owner") {
      try shop.bot.json("worker", "consent").rows("waiting").count == 1
    }
    #expect(try shop.bot.json("worker", "runs").rows("runs").isEmpty)
    let shown = try shop.bot.run("worker", "consent").out
    #expect(shown.contains("Ask first, by Ann, waits for your word:"))
    #expect(shown.contains("  | Read ⟨U+202E⟩this"), "\(shown)")
    try shop.bot.json("worker", "consent", "once", card)
    #expect(try shop.wait("done")["outcome"]?.string == "completed")
    let other = try shop.ann.card("Ask again", "--assign", "Bot")
    try shop.bot.waitUntil("it waits again") {
      try shop.bot.json("worker", "consent").rows("waiting").count == 1
    }
    #expect(try shop.ann.cardShow(other)["status"]?.string == "open")
  }
}
