import Glibc
import Home
import Nostr
import Testing

/// A person and an agent, each with a home of their own: from the assignment to the result.
@Suite(.serialized) struct AgentWalkTests {
  @Test func `on one machine`() throws { try walk(on: nil) }

  @Test(
    .enabled(
      if: Namespaces.obstacle == nil,
      "needs network namespaces, and here \(Namespaces.obstacle ?? "they are to be had")"))
  func `on machines that reach the relay and nothing else`() throws {
    let machines = try Namespaces("ann", "bot")
    #expect(try machines.routes(of: "bot") == ["10.207.0.1", "10.207.2.0/30"])
    try walk(on: machines)
  }

  /// Everything that Ann does, she does in the workspace.
  private func walk(on machines: Namespaces?) throws {
    let shop = try Shop(
      """
      case $(cat) in
        *Forever*) trap '' TERM INT; echo "begun"; setsid sleep 1000 & sleep 1000 ;;
      esac
      if [ "$STUDIO_SEGMENT" = 1 ]; then
        echo '::studio {"op":"todo","items":[{"text":"read","done":true},{"text":"survey"}]}'
        echo "Reading the map."
        sleep 6
      fi
      part=$("$STUDIO" agent ask "Which part?" --option north --option south --wait 0) || exit 0
      echo "$part" > plan.txt
      "$STUDIO" agent deliver "Here is the plan." --file plan.txt
      echo "Surveyed the $part." > "$STUDIO_RUN_DIR/out/result.md"
      """, settings: "per_author 2\n", on: machines)
    let card = try shop.ann.card("Survey")
    let pane = try PaneProcess(shop.ann.words(), columns: 130, rows: 40)
    pane.type("gb")
    try pane.wait(for: "Survey")
    pane.type("a")
    try pane.wait(for: "Bot")
    let assigned = ContinuousClock.now
    pane.type("Bot\r")
    try shop.ann.waitUntil("it is acknowledged") {
      try shop.ann.json("log", card).rows("events").contains {
        $0["effect"]?.string == "dispatch"
      }
    }
    #expect(ContinuousClock.now - assigned < .seconds(10))
    pane.type("\r")
    try pane.wait(for: "Reading the map.")
    #expect(pane.text.contains("1/2"), "how far it is: \(pane.text)")
    try pane.wait(for: "Which part?")
    let run = try #require(try shop.wait("waiting")["run"]?.string)
    #expect(Processes.of(run: run).isEmpty, "it is parked")
    try answer("2", in: pane)
    // The result itself may be below what is in sight.
    try pane.wait(for: "NOW ✓ done")
    #expect(try shop.wait("done", of: run)["outcome"]?.string == "completed")
    let result = try shop.ann.cardShow(card).rows("comments").last {
      $0["intent"]?.string == "result"
    }
    #expect(result?["body"]?.string == "Surveyed the south.")

    let forever = try shop.ann.card("Forever", "--assign", "Bot")
    let other = try #require(try shop.wait("running")["run"]?.string)
    try shop.bot.waitUntil("its program runs") { !Processes.of(run: other).isEmpty }
    try shop.ann.json("card", "cancel", forever, "enough")
    try shop.ann.waitUntil("it is given back") { try shop.intents(forever).contains("error") }
    #expect(Processes.of(run: other).isEmpty)
    #expect(try shop.ann.cardShow(forever)["status"]?.string == "open")

    pane.end(SIGTERM)
    try shop.ann.waitUntil("it is done") {
      try shop.ann.cardShow(card)["status"]?.string == "done"
    }
    try shop.ann.waitUntil("both show the same") {
      try shop.ann.stateHash() == shop.bot.stateHash()
    }
    for (id, answers) in [(card, 1), (forever, 0)] {
      let log = try shop.ann.json("log", id).rows("events")
      #expect(log.count <= 12 + answers, "\(log.count) events")
      #expect(Set(log.compactMap { $0["signer"]?.string }) == [shop.ann.key, shop.bot.key])
      #expect(log.allSatisfy { $0["signed_at"]?.integer ?? 0 > 0 })
      #expect(!log.contains { $0["verdict"]?.string == "refused" })
    }
    for home in [shop.ann, shop.bot] { #expect(try home.json("verify")["ok"]?.bool == true) }
  }

  /// Chooses an answer. A question that has just come takes none: the key may have been meant for something else.
  private func answer(_ digit: String, in pane: PaneProcess) throws {
    for _ in 0..<20 {
      pane.type(digit)
      if (try? pane.wait(for: "goes in", seconds: 1)) != nil { return }
    }
    try pane.wait(for: "goes in", seconds: 1)
  }
}
