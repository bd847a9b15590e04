import Nostr
import Testing

/// Each command's object has the keys that the command line's contract lists, and no others.
@Suite struct ContractTests {
  static let card = [
    "address", "assignees", "body", "comments", "created_at", "created_by", "d", "event_id", "kind",
    "status", "tags", "title", "track", "unread", "updated_at",
  ]
  static let written = ["address", "d", "delivery", "event_id"]
  static let member = ["name", "npub", "pubkey", "role", "short"]
  static let room = ["address", "epoch", "members", "pending", "slug", "status", "title"]
  static let event = [
    "effect", "epoch", "event_id", "kind", "name", "reason", "received_at", "relays", "signed_at",
    "signer", "verdict",
  ]

  @Test func `init and whoami name the identity, its relays and rooms`() throws {
    let world = try World()
    let home = world.home("Ann")
    let made = try home.json("init", "--name", "Ann", "--no-passphrase")
    #expect(keys(of: made) == ["name", "npub", "pubkey", "relays", "short"])
    #expect(made["name"]?.string == "Ann")
    let key = try #require(made["pubkey"]?.string.flatMap { PublicKey(hex: $0) })
    #expect(made["npub"]?.string == key.npub)
    #expect(made["short"]?.string == String(key.hex.prefix(8)))
    #expect(made["relays"]?.array?.first?.string?.hasPrefix("ws://127.0.0.1:") == true)

    try home.json("room", "create", "lab", "--title", "The Lab")
    let identity = try home.json("whoami")
    #expect(
      keys(of: identity) == ["engine", "name", "npub", "pubkey", "relays", "rooms", "short"])
    #expect(identity["pubkey"] == made["pubkey"])
    #expect(identity["rooms"]?.array == ["lab"])
    #expect(identity["engine"]?.string == "running")
  }

  @Test func `the engine tells its state, starts and stops`() throws {
    let world = try World()
    let home = try world.person("Ann")
    let stopped = try home.json("engine")
    #expect(stopped["state"]?.string == "stopped")
    let started = try home.json("engine", "start")
    let status = try home.json("engine", "status")
    for object in [stopped, started, status] {
      #expect(keys(of: object) == ["outbox", "pending", "pid", "relays", "state", "unlocked"])
    }
    for object in [started, status] { #expect(object["unlocked"]?.bool == true) }
    #expect(started["pid"] == status["pid"])
    try home.json("sync")
    let relay = try #require(try home.json("engine").rows("relays").first)
    #expect(keys(of: relay) == ["auth", "behind", "error", "state", "url"])
    #expect(relay["url"]?.string == home.relay)
    #expect(relay["behind"]?.bool == false)
    #expect(try home.json("engine", "stop")["state"]?.string == "stopped")
    #expect(try home.json("engine")["state"]?.string == "stopped")
  }

  @Test func `the commands of rooms give rooms, members, invites and claims`() throws {
    let world = try World()
    let ann = try world.person("Ann")
    let made = try ann.json(
      "room", "create", "lab", "--title", "The Lab", "--description", "Ours", "--track", "todo",
      "--track", "done")
    #expect(keys(of: made) == ["address", "epoch", "members", "slug"])
    #expect(made["epoch"]?.integer == 1)
    #expect(made.rows("members").map { keys(of: $0) } == [Self.member])
    #expect(made.rows("members").first?["name"]?.string == "Ann")

    let shown = try ann.json("room", "show")
    #expect(keys(of: shown) == (Self.room + ["agents"]).sorted())
    #expect(shown["title"]?.string == "The Lab")
    #expect(shown["status"]?.string == "active")
    let founder = try #require(shown.rows("members").first)
    #expect(keys(of: founder) == Self.member)
    #expect(founder["role"]?.string == "founder")
    #expect(try ann.json("room", "list").rows("rooms").map { keys(of: $0) } == [Self.room])

    let invite = try ann.json("room", "invite", "--ttl", "3600")
    #expect(keys(of: invite) == ["expires_at", "note", "url", "web_url"])
    #expect(invite["note"]?.string?.hasPrefix("good on this machine only") == true)
    let url = try #require(invite["url"]?.string)
    #expect(url.hasPrefix("s4a://invite/lab/1?k=4ainv1"))
    #expect(url.contains("&address=\(made["address"]?.string ?? "?")"))
    #expect(url.contains("&inviter=\(ann.key)"))
    #expect(url.contains("&relay="))
    let webURL = try #require(invite["web_url"]?.string)
    #expect(webURL.hasPrefix("https://"))
    #expect(webURL.hasSuffix(String(url.dropFirst("s4a://".count))))

    let bob = try world.person("Bob", relays: [ann.relay])
    let joined = try bob.json("room", "join", url, "--note", "It is me")
    #expect(keys(of: joined) == ["slug", "state"])
    #expect(joined["state"]?.string == "pending")
    #expect(try bob.json("room", "show", "lab")["status"]?.string == "pending")
    try ann.wait { $0["type"]?.string == "claim" }
    let claim = try #require(try ann.json("room", "pending").rows("claims").first)
    #expect(
      keys(of: claim) == ["created_at", "expires_at", "name", "note", "npub", "pubkey", "short"])
    #expect(claim["pubkey"]?.string == bob.key)
    #expect(claim["name"]?.string == "Bob")
    #expect(claim["note"]?.string == "It is me")
    #expect(claim["expires_at"] == invite["expires_at"])
    #expect(try ann.json("room", "show").rows("pending").count == 1)

    let admitted = try ann.json("room", "admit", "Bob")
    #expect(keys(of: admitted) == ["admitted", "epoch"])
    #expect(admitted["admitted"]?.array == [.string(bob.key)])
    #expect(admitted["epoch"]?.integer == 2)
    try bob.waitUntil("the room is active") {
      try bob.json("room", "show", "lab")["status"]?.string == "active"
    }
    #expect(try bob.json("use", "lab")["slug"]?.string == "lab")
  }

  @Test func `rotate, close, reopen, leave and remove give the epoch and the status`() throws {
    let world = try World()
    let ann = try world.founder("Ann")
    let bob = try world.member("Bob", of: ann)
    let rotated = try ann.json("room", "rotate")
    #expect(keys(of: rotated) == ["epoch", "status"])
    #expect(rotated["epoch"]?.integer == 3)
    #expect(rotated["status"]?.string == "active")

    let closed = try ann.json("room", "close")
    #expect(keys(of: closed) == ["epoch", "status"])
    #expect(closed["status"]?.string == "closed")
    try ann.refusal(
      "card", "create", "--track", "todo", "--title", "late", status: 1, code: "room_closed")
    #expect(try ann.json("room", "show")["status"]?.string == "closed")
    #expect(try ann.json("room", "reopen")["status"]?.string == "active")
    _ = try ann.card("open again")

    try bob.waitUntil("Bob holds the key of epoch 3") {
      try bob.json("room", "show", "lab")["epoch"]?.integer == 3
    }
    let left = try bob.json("room", "leave")
    #expect(keys(of: left) == ["epoch", "status"])
    #expect(left["status"]?.string == "left")
    try ann.waitUntil("Bob is let go") { try ann.json("room", "show").rows("members").count == 1 }
    try bob.refusal(
      "card", "create", "--track", "todo", "--title", "x", status: 1, code: "not_a_member")
    try ann.refusal("room", "leave", status: 1, code: "founder_cannot_leave")
  }

  @Test func `cards are created, listed, shown, edited, assigned, moved and deleted`() throws {
    let world = try World()
    let ann = try world.founder("Ann")
    let made = try ann.json(
      "card", "create", "--track", "todo", "--title", "Buy paint", "--body", "-", "--assign", "Ann",
      "--kind", "note", "--tag", "blue", "--tag", "wall", "--d", "paint-1", input: "Blue.\n")
    #expect(keys(of: made) == Self.written)
    #expect(made["address"]?.string == "30530:\(ann.key):paint-1")
    #expect(made["delivery"]?.string == "queued")
    let id = try #require(made["event_id"]?.string)

    let listed = try #require(
      try ann.json(
        "card", "list", "--track", "todo", "--status", "open", "--assignee", "Ann", "--query",
        "blue", "--limit", "5"
      ).rows("cards").first)
    #expect(keys(of: listed) == Self.card)
    #expect(listed["event_id"]?.string == id)
    #expect(listed["kind"]?.string == "note")
    #expect(listed["body"]?.string == "Blue.")
    #expect(listed["tags"]?.array == ["blue", "wall"])
    #expect(listed["assignees"]?.array == [.string(ann.key)])
    #expect(try ann.json("card", "list", "--status", "done").rows("cards").isEmpty)
    func found(_ words: String...) throws -> Int {
      try ann.json(["card", "list"] + words).rows("cards").count
    }
    #expect(try found("--query", "label:blue -is:done (agent:Ann | by:me) sort:title") == 1)
    #expect(try found("--query", "label:blue agent:none") == 0)
    let wrong = try ann.refusal(
      ["card", "list", "--query", "is:open trak:todo"], status: 2, code: "invalid_argument",
      field: "query")
    #expect(
      wrong["message"]?.string
        == "query, col 9: unknown field “trak”, did you mean “track”?")
    _ = try world.file("Ann/views.conf", holding: "view mine agent:me\nview bad prio:1\n")
    #expect(try found("--view", "mine") == 1)
    #expect(try found("--view", "mine", "--query", "is:done") == 0)
    try ann.refusal(
      ["card", "list", "--view", "mein"], status: 1, code: "view_not_found", field: "view")
    let checked = try ann.run("--json", "config", "check")
    let faults = try #require(JSON(parsing: checked.out).object?.rows("faults"))
    #expect(checked.status == 1 && faults.map { $0["line"]?.integer } == [2])

    let shown = try ann.cardShow(id)
    #expect(keys(of: shown) == (Self.card + ["events", "questions", "versions"]).sorted())
    #expect(keys(of: shown.rows("events").first) == Self.event)
    #expect(
      keys(of: shown.rows("versions").first) == ["created_at", "event_id", "status", "title"])

    for words in [
      ["card", "edit", id, "--title", "Buy more paint", "--tag", "red"],
      ["card", "assign", "paint-1", "none"], ["card", "status", id, "done"],
      ["comment", id, "bought", "--intent", "result"],
    ] {
      #expect(keys(of: try ann.json(words)) == Self.written, "\(words)")
    }
    let after = try ann.cardShow("30530:\(ann.key):paint-1")
    #expect(after["title"]?.string == "Buy more paint")
    #expect(after["assignees"]?.array == [])
    #expect(after["status"]?.string == "done")
    #expect(after["tags"]?.array == ["red"])
    let comments = after.rows("comments")
    for comment in comments {
      #expect(
        keys(of: comment) == [
          "blocks", "body", "created_at", "created_by", "edited", "event_id", "from_status",
          "intent", "target", "to_status",
        ])
    }
    #expect(
      comments.first { $0["intent"]?.string == "status_change" }?["to_status"]?.string == "done")
    #expect(comments.first { $0["intent"]?.string == "result" }?["body"]?.string == "bought")

    try ann.json("card", "delete", id)
    #expect(try ann.json("card", "list").rows("cards").isEmpty)
    try ann.refusal("card", "show", id, status: 1, code: "reference_not_found", field: "id")
  }

  @Test func `tracks are started, listed and closed`() throws {
    let world = try World()
    let ann = try world.founder("Ann")
    let made = try ann.json(
      "track", "create", "later", "--title", "Later", "--layout", "timeline", "--description", "x")
    #expect(keys(of: made) == Self.written)
    _ = try ann.json("card", "create", "--track", "later", "--title", "One")
    let later = try #require(
      try ann.json("track", "list").rows("tracks").first { $0["slug"]?.string == "later" })
    #expect(keys(of: later) == ["cards", "closed_at", "layout", "slug", "title"])
    #expect(later["layout"]?.string == "timeline")
    #expect(later["cards"]?.integer == 1)
    #expect(later["closed_at"] == .null)
    try ann.json("track", "close", "later")
    let closed = try ann.json("track", "list").rows("tracks").first {
      $0["slug"]?.string == "later"
    }
    #expect(closed?["closed_at"]?.integer != nil)
  }

  @Test func `questions are asked, listed and answered`() throws {
    let world = try World()
    let ann = try world.founder("Ann")
    let card = try ann.card("Paint it")
    let asked = try ann.json("ask", "Which colour?", "--card", card, "--option", "red")
    #expect(keys(of: asked) == Self.written)
    try ann.json("ask", "-", "--track", "todo", input: "Anything else?\n")
    let questions = try ann.json("question", "list", "--open").rows("questions")
    #expect(questions.count == 2)
    let question = try #require(questions.first { $0["body"]?.string == "Which colour?" })
    #expect(
      keys(of: question) == [
        "answered", "answers", "body", "card", "created_at", "created_by", "event_id", "options",
        "track",
      ])
    #expect(question["card"]?.string == card)
    #expect(question["track"]?.string == "todo")
    let id = try #require(question["event_id"]?.string)
    #expect(keys(of: try ann.json("answer", id, "green")) == Self.written)
    try ann.refusal(
      "answer", id, "--option", "2", status: 2, code: "invalid_argument", field: "option")
    let answered = try ann.json("question", "list").rows("questions").first {
      $0["event_id"]?.string == id
    }
    #expect(answered?["answered"]?.bool == true)
    let answer = answered?.rows("answers").first
    #expect(keys(of: answer) == ["body", "created_at", "created_by", "event_id"])
    #expect(answer?["body"]?.string == "green")
  }

  @Test func `search, log, verify, export and state-hash speak of the same events`() throws {
    let world = try World()
    let ann = try world.founder("Ann")
    let id = try ann.card("A zebra crossing", "--wait", "30")
    let hit = try #require(try ann.json("search", "zebra").rows("hits").first)
    #expect(keys(of: hit) == ["at", "id", "snippet", "title", "type"])
    #expect(hit["id"]?.string == id)
    #expect(hit["type"]?.string == "card")

    let entry = try #require(try ann.json("log", id).rows("events").first)
    #expect(keys(of: entry) == Self.event)
    #expect(entry["verdict"]?.string == "applied")
    #expect(entry["signer"]?.string == ann.key)
    #expect(entry["name"]?.string == "Ann")
    let whole = try ann.json("log", "--limit", "100").rows("events")

    let verified = try ann.json("verify")
    #expect(keys(of: verified) == ["checked", "faults", "ok", "state_hash"])
    let state = try ann.json("state-hash")
    #expect(keys(of: state) == ["events", "state_hash"])
    #expect(verified["state_hash"] == state["state_hash"])
    #expect(isID(state["state_hash"]?.string))
    #expect(verified["checked"]?.integer == Int64(whole.count))

    let file = "\(world.directory)/events.jsonl"
    let exported = try ann.json("export", "--out", file)
    #expect(exported["events"]?.integer == Int64(whole.count))
    let checked = try ann.json("verify", file)
    #expect(keys(of: checked) == ["checked", "faults", "ok", "state_hash"])
    #expect(checked["checked"]?.integer == Int64(whole.count))
    let lines = try ann.run("export").out.split(separator: "\n")
    #expect(lines.count == whole.count)
    for line in lines {
      let event = try Event(parsing: Array(line.utf8))
      try event.verify()
      #expect(whole.contains { $0["event_id"]?.string == event.id.hex })
    }
  }

  @Test func `verify names the line of an exported event that was altered`() throws {
    let world = try World()
    let ann = try world.founder("Ann")
    let lines = try ann.run("export").out.split(separator: "\n")
    var altered = lines.map(String.init)
    let last = try #require(altered.last)
    altered[altered.count - 1] = last.replacing("\"created_at\":1", with: "\"created_at\":2")
    #expect(altered.last != last)
    let file = try world.file("altered.jsonl", holding: altered.joined(separator: "\n") + "\n")
    let output = try ann.run("--json", "verify", file)
    #expect(output.status == 1)
    let result = try #require(JSON(parsing: output.out).object)
    #expect(result["ok"]?.bool == false)
    #expect(result["checked"]?.integer == Int64(lines.count - 1))
    #expect(result.rows("faults").first?["line"]?.integer == Int64(lines.count))
  }

  @Test func `sync counts, and waiting writes say that they were sent`() throws {
    let world = try World()
    let ann = try world.founder("Ann")
    let sent = try ann.json(
      "card", "create", "--track", "todo", "--title", "Off it goes", "--wait", "30")
    #expect(sent["delivery"]?.string == "sent")
    #expect(keys(of: try ann.json("sync")) == ["applied", "held", "received", "rejected"])
    #expect(try ann.json("sync")["rejected"]?.integer == 0)
    // Our own copy came back, and the log says from where.
    let id = try #require(sent["event_id"]?.string)
    let entry = try #require(try ann.json("log", id).rows("events").first)
    #expect(entry["relays"]?.array == [.string(ann.relay)])
  }

  @Test func `out of reach, a write stays queued and a wait ends with 3`() throws {
    let world = try World()
    let ann = try world.person("Ann", relays: ["ws://127.0.0.1:9"])
    try ann.json("room", "create", "lab", "--title", "The Lab")
    let output = try ann.run(
      "--json", "card", "create", "--track", "todo", "--title", "Later", "--wait", "1")
    #expect(output.status == 3)
    let result = try #require(JSON(parsing: output.out).object)
    #expect(result["delivery"]?.string == "queued")
    #expect(try ann.json("card", "list").rows("cards").count == 1)
    #expect((try ann.json("engine")["outbox"]?.integer ?? 0) > 0)
    let synced = try ann.run("--json", "sync", "--timeout", "1")
    #expect(synced.status == 3)
  }

  @Test func `watch writes every change as a line with its sequence and type, and ends with 130`()
    throws
  {
    let world = try World()
    let ann = try world.founder("Ann")
    let watch = try Process([Process.studio, "--home", ann.path, "--json", "watch", "--since", "0"])
    let id = try ann.card("Seen")
    var last: Int64 = 0
    while true {
      let change = try #require(JSON(parsing: try watch.readLine()).object)
      let seq = try #require(change["seq"]?.integer)
      #expect(seq > last)
      last = seq
      #expect(change["type"]?.string?.isEmpty == false)
      if change["event_id"]?.string == id {
        #expect(change["type"]?.string == "card")
        break
      }
    }
    watch.signal(2)
    #expect(try watch.finish().status == 130)
  }

  @Test func `config, doctor and version answer`() throws {
    let world = try World()
    let ann = try world.person("Ann")
    let path = try ann.json("config", "path")
    #expect(path["config"]?.string == "\(ann.path)/studio.conf")
    #expect(try ann.json("config", "check")["ok"]?.bool == true)
    let shown = try ann.json("config", "show")
    #expect(shown["name"]?.string == "Ann")
    #expect(shown["relays"]?.array == [.string(ann.relay)])
    let output = try ann.run("--json", "doctor")
    let checks = try #require(JSON(parsing: output.out).object?.rows("checks"))
    for check in checks { #expect(keys(of: check) == ["detail", "hint", "name", "ok"]) }
    let names = Set(checks.compactMap { $0["name"]?.string })
    #expect(names.isSuperset(of: ["terminal", "database", "key", "engine"]))
    #expect(keys(of: try ann.json("--version")) == ["version"])
    #expect(try ann.run("--version").out.hasPrefix("studio "))

    _ = try world.file("Ann/studio.conf", holding: "name Ann\nbogus 1\nrelay\n")
    let broken = try ann.run("--json", "config", "check")
    #expect(broken.status == 1)
    let faults = try #require(JSON(parsing: broken.out).object?.rows("faults"))
    #expect(faults.map { $0["line"]?.integer } == [2, 3])
  }
}
