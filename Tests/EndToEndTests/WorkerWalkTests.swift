import Glibc
import Home
import Nostr
import Testing

/// The agent's half of the workspace, by the built program alone: two homes, one relay, a program of a few lines.
@Suite struct WorkerWalkTests {
  /// A room with a person and an agent whose worker runs.
  private final class Shop {
    let world: World
    let ann: TestHome
    let bot: TestHome
    let worker: Process
    private var hasEnded = false

    /// - Parameter program: lines of shell.
    init(_ program: String, consent: Bool = true) throws {
      world = try World()
      ann = try world.founder()
      bot = try world.member("Bot", of: ann)
      let file = try world.file("agent.sh", holding: "#!/bin/sh\n\(program)\n")
      chmod(file, 0o700)
      let configuration = "adapter generic\ncommand \(file)\nsandbox none\n"
      try SystemCall.replace(
        "\(bot.path)/worker.conf", with: Array(configuration.utf8), mode: 0o600)
      if consent { try bot.json("worker", "consent", "always", "Ann") }
      worker = try Process([Process.studio, "--home", bot.path, "--json", "worker", "run"])
    }

    // Before the homes: a worker that lives starts an engine that was stopped.
    deinit { if !hasEnded { endWorker() } }

    func endWorker() {
      hasEnded = true
      Self.end(worker)
    }

    static func end(_ worker: Process) {
      worker.signal(SIGKILL)
      _ = try? worker.finish()
    }

    /// Follows what the worker tells until a run stands as wanted.
    func wait(_ state: String) throws -> JSONObject {
      while true {
        let line = try worker.readLine()
        let told = try #require((try? JSON(parsing: line))?.object, "\(line)")
        if told["state"]?.string == state { return told }
      }
    }

    func intents(_ card: String) throws -> [String] {
      try ann.cardShow(card).rows("comments").compactMap { $0["intent"]?.string }
    }
  }

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

  @Test func `a program asks, is parked, answered in place, begun again, and done`() throws {
    let shop = try Shop(
      """
      colour=$("$STUDIO" agent ask "Which colour?" --option red --option blue --wait 0) || exit 0
      "$STUDIO" agent progress "painting it $colour"
      echo "The fence is $colour." > "$STUDIO_RUN_DIR/out/result.md"
      """)
    let card = try shop.ann.card("Fence", "--body", "paint the fence", "--assign", "Bot")
    let run = try #require(try shop.wait("waiting")["run"]?.string)
    #expect(Self.processes(of: run).isEmpty, "parked")
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

  @Test func `a cancel leaves no process and holds the card`() throws {
    let shop = try Shop(
      """
      trap '' TERM INT
      setsid sleep 1000 &
      sleep 1000
      """)
    let card = try shop.ann.card("Forever", "--assign", "Bot")
    let run = try #require(try shop.wait("running")["run"]?.string)
    try shop.bot.waitUntil("its program runs") { !Self.processes(of: run).isEmpty }
    try shop.ann.json("comment", card, "enough", "--intent", "cancel")
    let ended = try shop.wait("done")
    #expect(ended["outcome"]?.string == "cancelled")
    #expect(ended["code"]?.string == "author")
    #expect(Self.processes(of: run).isEmpty)
    try shop.ann.waitUntil("the card is given back") {
      try shop.ann.cardShow(card)["status"]?.string == "open"
        && shop.intents(card).contains("error")
    }
    #expect(try shop.bot.json("worker", "status").rows("runs").isEmpty)
  }

  @Test func `a worker that is killed finds its run again, and it is told once`() throws {
    let shop = try Shop(
      """
      while [ ! -e "$STUDIO_RUN_DIR/go" ]; do sleep 0.1; done
      echo "Went on." > "$STUDIO_RUN_DIR/out/result.md"
      """)
    let card = try shop.ann.card("Long", "--assign", "Bot")
    let run = try #require(try shop.wait("running")["run"]?.string)
    shop.endWorker()
    let next = try Process(
      [Process.studio, "--home", shop.bot.path, "--json", "worker", "run"])
    defer { Shop.end(next) }
    try SystemCall.replace(
      "\(shop.bot.path)/runs/\(run)/go", with: [], mode: 0o600)
    var told: JSONObject = [:]
    repeat {
      told = try #require(try JSON(parsing: next.readLine()).object)
    } while told["state"]?.string != "done"
    #expect(told["run"]?.string == run && told["outcome"]?.string == "completed")
    try shop.ann.waitUntil("the card is done") {
      try shop.ann.cardShow(card)["status"]?.string == "done"
    }
    #expect(try shop.intents(card).count { $0 == "result" } == 1)
    #expect(try shop.bot.json("worker", "runs").rows("runs").count == 1)
  }

  @Test func `nothing runs for somebody whom the owner has not allowed`() throws {
    let shop = try Shop("echo ran > \"$STUDIO_RUN_DIR/out/result.md\"", consent: false)
    let card = try shop.ann.card("Ask first", "--assign", "Bot")
    try shop.bot.waitUntil("it waits for its owner") {
      try shop.bot.json("worker", "consent").rows("waiting").count == 1
    }
    #expect(try shop.bot.json("worker", "runs").rows("runs").isEmpty)
    try shop.bot.json("worker", "consent", "once", card)
    #expect(try shop.wait("done")["outcome"]?.string == "completed")
    let other = try shop.ann.card("Ask again", "--assign", "Bot")
    try shop.bot.waitUntil("it waits again") {
      try shop.bot.json("worker", "consent").rows("waiting").count == 1
    }
    #expect(try shop.ann.cardShow(other)["status"]?.string == "open")
  }

  /// Processes that were started for a run.
  private static func processes(of run: String) -> [pid_t] {
    guard let directory = opendir("/proc") else { return [] }
    defer { closedir(directory) }
    var found: [pid_t] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard let pid = pid_t(name),
        let bytes = try? SystemCall.read("/proc/\(pid)/environ", limit: 1 << 20),
        bytes.split(separator: 0).contains(where: {
          $0.elementsEqual(Array("STUDIO_RUN_ID=\(run)".utf8))
        })
      else { continue }
      found.append(pid)
    }
    return found
  }
}
