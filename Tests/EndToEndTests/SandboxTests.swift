import Glibc
import Home
import Nostr
import Testing
import Worker

/// A program in the sandbox that tries what it must not, asks and delivers as any other, and has its card done.
@Suite struct SandboxTests {
  /// Why there can be no sandbox here; `nil` when there can.
  private static let obstacle: String? = {
    do throws(StudioError) {
      try Sandbox(.bwrap).check()
      return nil
    } catch {
      return error.code
    }
  }()

  /// Every attempt is a line of `out/attempts.txt`: what was tried, and whether it came about.
  private static let program = #"""
    try() { name=$1; shift; if "$@" > /dev/null 2>&1; then r=done; else r=refused; fi
      echo "$name $r" >> "$STUDIO_RUN_DIR/out/attempts.txt"; }
    try read-key cat "$BOT_HOME"/identity* "$BOT_HOME"/config*
    try read-replica cat "$BOT_HOME/replica.sqlite"
    try read-owner ls "$BOT_HOME/../Ann"
    try see-processes kill -0 "$OUTSIDER"
    try write-usr touch /usr/mine
    try write-etc touch /etc/mine
    try write-spec sh -c ': > "$STUDIO_RUN_DIR/run.json"'
    try write-status sh -c ': > "$STUDIO_RUN_DIR/status.json"'
    try write-answers sh -c ': > "$STUDIO_RUN_DIR/answers/1.json"'
    try write-beside touch "$BOT_HOME/runs/mine"
    try mount mount -t tmpfs none /usr
    try network bash -c "exec 3<>/dev/tcp/127.0.0.1/$RELAY_PORT"
    try work sh -c 'echo mine > here.txt'
    echo "runs: $(ls -A "$BOT_HOME/runs"), home: $(ls -A "$BOT_HOME")" > out.txt
    cp out.txt "$STUDIO_RUN_DIR/out/seen.txt"
    ln -s "$BOT_HOME/replica.sqlite" "$STUDIO_RUN_DIR/out/leak.txt"
    ln -s /etc/hostname "$STUDIO_RUN_DIR/ask/leak.json"
    "$STUDIO" agent deliver "The first half."
    sure=$("$STUDIO" agent ask "Shall I?" --kind confirm --wait) || exit 4
    echo '{"body":"Which size?"}' > "$STUDIO_RUN_DIR/ask/size.json"
    while [ ! -e "$STUDIO_RUN_DIR/answers/size.json" ]; do sleep 0.1; done
    grep -q large "$STUDIO_RUN_DIR/answers/size.json" || exit 5
    echo "You said $sure." > "$STUDIO_RUN_DIR/out/result.md"
    """#

  @Test(arguments: ["on", "off"])
  func `it sees and changes nothing but its own, and works`(withNetwork net: String) throws {
    let outsider = try Process(["/bin/sleep", "1000"])
    let shop = try Shop(
      Self.program,
      settings: "sandbox bwrap\nnet \(net)\nenv OUTSIDER \(outsider.pid)\n"
    ) { bot in
      let port = bot.relay.split(separator: ":").last ?? ""
      return "env BOT_HOME \(bot.path)\nenv RELAY_PORT \(port)\n"
    }
    let card = try shop.ann.card("Fence", "--assign", "Bot")
    if let obstacle = Self.obstacle {
      // Without namespaces nothing runs at all, and it is told why.
      #expect(obstacle == "sandbox_unavailable")
      try shop.ann.waitUntil("it is told") {
        try shop.ann.json("log", card).rows("events").contains {
          $0["effect"]?.string == "dispatch"
        }
      }
      let skipped = try shop.bot.json("worker", "status").rows("skipped")
      #expect(skipped.first?["reason"]?.string == "sandbox_unavailable")
      #expect(try shop.bot.json("worker", "runs").rows("runs").isEmpty)
      return
    }
    for (question, answer) in [("Shall I?", "Yes, please."), ("Which size?", "large")] {
      var asked: JSONObject?
      try shop.ann.waitUntil("it asks: \(question)") {
        asked = try self.question(in: shop)
        return asked?["body"]?.string == question
      }
      try shop.ann.json("answer", try #require(asked?["event_id"]?.string), answer)
    }
    let told = try shop.wait("done")
    let run = try #require(told["run"]?.string)
    #expect(told["outcome"]?.string == "completed", "\(told)")
    let directory = "\(shop.bot.path)/runs/\(run)"
    func text(_ name: String) throws -> String {
      String(
        decoding: try SystemCall.read("\(directory)/\(name)", limit: 65_536) ?? [], as: UTF8.self)
    }
    let attempts = try text("out/attempts.txt").split(separator: "\n").map(String.init)
    let allowed = ["work"] + (net == "on" ? ["network"] : [])
    #expect(attempts.count == 13)
    for attempt in attempts {
      let words = attempt.split(separator: " ")
      let isAllowed = allowed.contains(String(words[0]))
      #expect(words[1] == (isAllowed ? "done" : "refused"), "\(attempt)")
    }
    #expect(try text("work/here.txt") == "mine\n")
    #expect(try text("out/seen.txt") == "runs: \(run), home: runs\n")
    try shop.ann.waitUntil("the card is done") {
      try shop.ann.cardShow(card)["status"]?.string == "done"
    }
    let comments = try shop.ann.cardShow(card).rows("comments")
    let result = try #require(comments.first { $0["intent"]?.string == "result" })
    let body = result["body"]?.string ?? ""
    #expect(body.hasPrefix("You said yes."))
    #expect(body.contains("Not handed in: leak.txt"), "\(body)")
    #expect(comments.contains { $0["intent"]?.string == "deliverable" })
    #expect(Processes.of(run: run).isEmpty)
  }

  @Test func `a program in it is asked to end before it is made to`() throws {
    guard Self.obstacle == nil else { return }
    let shop = try Shop(
      """
      trap 'echo "I was asked." > "$STUDIO_RUN_DIR/out/last.txt"; exit 0' TERM
      echo here
      while :; do sleep 1000 & wait; done
      """, settings: "sandbox bwrap\n")
    let card = try shop.ann.card("Forever", "--assign", "Bot")
    let run = try #require(try shop.wait("running")["run"]?.string)
    let directory = "\(shop.bot.path)/runs/\(run)"
    try shop.ann.waitUntil("it has begun") { try shop.intents(card).contains("progress") }
    try shop.ann.json("card", "cancel", card)
    #expect(try shop.wait("done")["outcome"]?.string == "cancelled")
    #expect(try SystemCall.read("\(directory)/out/last.txt", limit: 100) != nil)
    #expect(Processes.of(run: run).isEmpty)
  }

  private func question(in shop: Shop) throws -> JSONObject? {
    try shop.ann.json("question", "list", "--open").rows("questions").first
  }
}
