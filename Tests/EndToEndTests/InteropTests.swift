import Glibc
import Nostr
import Testing

/// Studio with relays and members that are not Studio: from PyPI, in the environment that
/// `scripts/interop-venv` makes.
@Suite(.enabled(if: Interop.isHere)) struct InteropTests {
  @Test(arguments: Interop.relays)
  func `the acceptance walk works over a relay of somebody else's`(_ relay: Interop.Relay) throws {
    let world = try World()
    let process = try relay.start(in: world)
    let ann = try world.founder("Ann", relays: [try process.readLine()])
    try Walk.acceptance(ann, try world.member("Bob", of: ann))
    let status = try #require(try ann.json("engine").rows("relays").first)
    #expect(status["error"] == .null)
  }

  @Test(arguments: [Interop.Relay.rustNostr, .studio])
  func `a member written with other libraries reads us strictly, and we show what it writes`(
    _ relay: Interop.Relay
  ) throws {
    let world = try World()
    let process = try relay.start(in: world)
    let url = try process.readLine()
    let ann = try world.founder("Ann", relays: [url])
    let state = "\(world.directory)/member.json"

    let invite = try #require(try ann.json("room", "invite")["url"]?.string)
    let claim = try Interop.member("join", state, url, invite)
    let pía = try #require(claim.last?["pubkey"]?.string)
    try ann.wait(forEvent: try #require(claim.last?["id"]?.string))
    let waiting = try #require(try ann.json("room", "pending").rows("claims").first)
    #expect(waiting["pubkey"]?.string == pía)
    #expect(waiting["name"]?.string == "Pía")
    try ann.json("room", "admit", "Pía")

    // One of everything that we write.
    let card = try ann.card(
      "Ärger mit \"Anführung\" / 🐘", "--body", "Zeile\nund \\ mehr", "--assign", "Ann", "--tag", "x"
    )
    try ann.json("comment", card, "a remark", "--intent", "progress")
    let question = try #require(try ann.json("ask", "Why so?", "--card", card)["event_id"]?.string)
    try ann.json("ask", "A or b?", "--option", "a", "--option", "b", "--track", "todo")
    try ann.json("answer", question, "because")
    try ann.json("track", "create", "later", "--title", "Later", "--layout", "grouped")
    try ann.json("track", "close", "later")
    let gone = try ann.card("To be deleted")
    try ann.json("card", "delete", gone, "--wait", "30")
    let edited = try #require(
      try ann.json("card", "edit", card, "--title", "Kein Ärger")["event_id"]?.string)
    try ann.json("card", "status", card, "in_progress", "--wait", "30")
    let seen = try Interop.member("check", state).filter { $0["received"] != nil }
    let kinds = seen.compactMap { $0["kind"]?.integer }
    #expect(Set(kinds) == [30530, 30531, 30533, 30534, 30535, 30536])
    let received = Set(seen.compactMap { $0["received"]?.string })
    #expect(received.isSuperset(of: [card, edited, question]))
    for event in seen { #expect(event["author"]?.string == ann.key) }
    let written = seen.first { $0["received"]?.string == card }?["payload"]?.object
    #expect(written?["title"]?.string == "Ärger mit \"Anführung\" / 🐘")
    #expect(written?["body"]?.string == "Zeile\nund \\ mehr")

    // What it writes in the reference's shape.
    let published = try Interop.member("publish", state).filter { $0["published"] != nil }
    let ids = published.compactMap { $0["id"]?.string }
    for id in ids { try ann.wait(forEvent: id) }
    let theirs = try ann.cardShow(ids[0])
    #expect(theirs["title"]?.string == "Grüße 🐘 / \"quoted\" \\ back")
    #expect(theirs["body"]?.string == "Zeile eins\nZeile zwei\t\u{2028} ende")
    #expect(theirs["created_by"]?.string == pía)
    #expect(theirs.rows("comments").first?["event_id"]?.string == ids[1])
    #expect(theirs.rows("comments").first?["intent"] == .null)
    let old = try ann.cardShow(ids[2])
    #expect(old["body"]?.string == "its text was called summary")
    #expect(old["status"]?.string == "open")
    let member = try ann.json("room", "show").rows("members").last
    #expect(member?["name"]?.string == "Pía")

    // A bystander's status change, then the assignee's.
    func change(_ before: String, _ after: String) throws -> JSONObject {
      let made = try Interop.member("status", state, card, before, after)
      let id = try #require(made.last?["id"]?.string)
      try ann.wait(forEvent: id)
      return try #require(
        try ann.json("log", id).rows("events").first { $0["event_id"]?.string == id })
    }
    #expect(try change("in_progress", "done")["verdict"]?.string == "refused")
    #expect(try ann.cardShow(card)["status"]?.string == "in_progress")
    try ann.json("card", "assign", card, "Pía")
    let updated = try #require(try ann.cardShow(card)["updated_at"]?.integer)
    // It writes the time as it is; ours may be some seconds ahead of it after a quick run of changes.
    try Interop.await(updated)
    #expect(try change("in_progress", "done")["verdict"]?.string == "applied")
    #expect(try ann.cardShow(card)["status"]?.string == "done")
    let answer = try Interop.member("answer", state, question, "darum")
    try ann.wait(forEvent: try #require(answer.last?["id"]?.string))
    let answers = try ann.json("question", "list").rows("questions")
      .first { $0["event_id"]?.string == question }?.rows("answers")
    #expect(Set(answers?.map { $0["body"]?.string } ?? []) == ["because", "darum"])
    #expect(try ann.json("verify")["ok"]?.bool == true)
    #expect(try ann.json("sync")["rejected"]?.integer == 0)
  }
}

/// The programs of the interoperation tests.
enum Interop {
  static let python = "\(Process.repository)/.venv/bin/python"
  static let scripts = "\(Process.repository)/Tests/Interop"

  static let isHere: Bool = {
    let isHere = imports("nostr_sdk, blake3")
    if !isHere {
      complain("the interoperation tests are SKIPPED: scripts/interop-venv did not make .venv")
    }
    return isHere
  }()

  /// Those that could be installed.
  static let relays: [Relay] = {
    guard isHere else { return [] }
    guard imports("nostr_relay") else {
      complain("the walk over nostr-relay is SKIPPED: it could not be installed")
      return [.rustNostr, .rustNostrWithAuth]
    }
    return [.rustNostr, .rustNostrWithAuth, .nostrRelay]
  }()

  enum Relay: String, CustomTestStringConvertible {
    case rustNostr = "rust-nostr's LocalRelay"
    case rustNostrWithAuth = "rust-nostr's LocalRelay with AUTH"
    case nostrRelay = "nostr-relay of PyPI"
    case studio = "our own"

    var testDescription: String { rawValue }

    /// Starts it; its first line is its address.
    func start(in world: World) throws -> Process {
      switch self {
      case .rustNostr: try Process([python, "\(scripts)/local_relay.py"])
      case .rustNostrWithAuth: try Process([python, "\(scripts)/local_relay.py", "--auth"])
      case .nostrRelay:
        try Process(
          [python, "\(scripts)/pypi_relay.py", "\(world.directory)/nostr-relay"],
          environment: ["HOME": world.directory])
      case .studio:
        try Process([
          Process.studio, "--home", "\(world.directory)/relay", "relay", "--listen", "127.0.0.1:0",
        ])
      }
    }
  }

  /// Runs the member's program; every check that it makes must hold.
  static func member(_ words: String..., at place: SourceLocation = #_sourceLocation) throws
    -> [JSONObject]
  {
    let output = try Process.run([python, "\(scripts)/member.py"] + words)
    #expect(output.status == 0, "\(words[0]): \(output.err)", sourceLocation: place)
    let lines = try output.out.split(separator: "\n").map {
      try #require(JSON(parsing: String($0)).object, sourceLocation: place)
    }
    #expect(!lines.isEmpty, sourceLocation: place)
    for line in lines where line["check"] != nil {
      #expect(
        line["ok"]?.bool == true,
        "\(line["check"]?.string ?? ""): \(line["detail"]?.string ?? "")", sourceLocation: place)
    }
    return lines
  }

  /// Sleeps until the wall clock is past a time of at most a minute ahead.
  static func await(_ seconds: Int64) throws {
    while time(nil) <= seconds {
      guard seconds - Int64(time(nil)) < 60 else {
        throw Process.Failure(description: "\(seconds) is far in the future")
      }
      usleep(100_000)
    }
  }

  private static func imports(_ modules: String) -> Bool {
    (try? Process.run([python, "-c", "import \(modules)"]))?.status == 0
  }

  private static func complain(_ text: String) {
    let line = Array("*** \(text)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
  }
}
