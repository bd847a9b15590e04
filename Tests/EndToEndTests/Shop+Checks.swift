import Home
import Nostr
import Testing

// What has to hold whatever was killed, and when.
extension Shop {
  /// Until both homes show the same and nothing waits to be published.
  func settle() throws {
    try ann.waitUntil("the homes show the same", seconds: 120) {
      let outbox = try bot.json("engine", "status")["outbox"]?.integer
      return try outbox == 0 && ann.stateHash() == bot.stateHash()
    }
  }

  /// One end of a run, told once, in as many events as a card's life may take, and no process left.
  func check(
    _ id: String, run: String, outcome: String, at place: SourceLocation = #_sourceLocation
  ) throws {
    let card = try ann.cardShow(id)
    let title = "\(card["title"]?.string ?? id): \(outcome)"
    let ends = card.rows("comments").filter { ["result", "error"].contains($0["intent"]?.string) }
    #expect(ends.count == 1, "\(title), told \(ends.count) times", sourceLocation: place)
    let isDone = outcome == "completed"
    #expect(
      ends.first?["intent"]?.string == (isDone ? "result" : "error"), "\(title)",
      sourceLocation: place)
    #expect(
      card["status"]?.string == (isDone ? "done" : "open"), "\(title)", sourceLocation: place)
    let log = try ann.json("log", id).rows("events")
    let answers = card.rows("questions").count
    let orders = card.rows("comments").count { $0["intent"]?.string == "cancel" }
    #expect(
      log.count <= 12 + answers + orders, "\(title), \(log.count) events", sourceLocation: place)
    #expect(!log.contains { $0["verdict"]?.string == "refused" }, "\(title)", sourceLocation: place)
    #expect(Processes.of(run: run).isEmpty, "\(title), a process is left", sourceLocation: place)
    #expect(
      Processes.supervisor(of: "\(bot.path)/runs/\(run)") == nil,
      "\(title), its supervisor is left", sourceLocation: place)
  }

  func verify(at place: SourceLocation = #_sourceLocation) throws {
    for home in [ann, bot] {
      #expect(try home.json("verify")["ok"]?.bool == true, sourceLocation: place)
    }
  }
}
