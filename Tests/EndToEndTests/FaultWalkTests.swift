import Home
import Nostr
import TestKit
import Testing

/// Kills the processes of an agent exactly between two steps, once at every place that there is.
@Suite struct FaultWalkTests {
  enum Victim: String, CaseIterable, CustomTestStringConvertible {
    case worker, supervisor, engine
    var testDescription: String { rawValue }
    var points: [FaultPoint] { FaultPoint.allCases.filter { $0.rawValue.hasPrefix(rawValue) } }
  }

  /// How the program of a card goes, so that a place is passed.
  private enum Way: String {
    case asks, waits, works, fails, stops
  }

  /// What is begun twice stands twice in `begun`. It tells its session first: what was lost after that goes on.
  private static let program = """
    echo "$STUDIO_CARD $STUDIO_SEGMENT" >> "$STUDIO_RUN_DIR/../../../begun"
    echo '::studio {"op":"session","session":"one"}'
    [ -e card.md ] || cat > card.md
    setsid sleep 1000 &
    case "$(cat card.md)" in
    *"stops at"*) sleep 1000 ;;
    *"works at"*) echo working; sleep 6 ;;
    *"fails at"*) [ "$STUDIO_SEGMENT" != 1 ] || { echo "429 rate limit"; exit 1; } ;;
    *"waits at"*) "$STUDIO" agent ask "Which?" --option one --option two --wait 60 || exit 0 ;;
    *) "$STUDIO" agent ask "Which?" --option one --option two --wait 0 || exit 0 ;;
    esac
    echo "Done." > "$STUDIO_RUN_DIR/out/result.md"
    """

  @Test(arguments: Victim.allCases)
  func `a card has one run and one result`(whenKilledAtEveryPlace victim: Victim) throws {
    let shop = try Shop(
      Self.program,
      settings: "runs_per_day 1000\nroom_burst 1000\nmax_parallel 1\nretry 0s 0s\n", isKilled: true)
    var lives: [(card: String, point: FaultPoint)] = []
    for point in victim.points { lives.append((try live(point, in: shop), point)) }
    try shop.settle()
    let runs = try shop.bot.json("worker", "runs", "--limit", "1000").rows("runs")
    #expect(runs.count == lives.count)
    for (card, point) in lives {
      let title = "\(Self.way(point)) at \(point.rawValue)"
      let run = try #require(runs.first { $0["title"]?.string == title }, "\(title)")
      let outcome = run["outcome"]?.string ?? ""
      #expect(outcome == Self.outcome(point), "\(title): \(run["reason"]?.string ?? "")")
      try shop.check(card, run: run["run"]?.string ?? "", outcome: outcome)
    }
    let begun = try SystemCall.read("\(shop.world.directory)/begun", limit: 1 << 20) ?? []
    let lines = String(decoding: begun, as: UTF8.self).split(separator: "\n")
    #expect(lines.count == Set(lines).count, "something was begun twice: \(lines)")
    try shop.verify()
  }

  private static func way(_ point: FaultPoint) -> Way {
    switch point {
    case .workerTold: .works
    case .workerRetrying: .fails
    case .workerCancelling, .workerStopped, .supervisorStopping: .stops
    case .supervisorAnswered: .waits
    default: .asks
    }
  }

  /// A supervisor that was killed before its program told of a session leaves nothing to go on with.
  private static func outcome(_ point: FaultPoint) -> String {
    switch point {
    case .supervisorAnnounced, .supervisorSpawned, .supervisorReady: "lost"
    default: way(point) == .stops ? "cancelled" : "completed"
    }
  }

  /// One card's life, with a death in it.
  private func live(_ point: FaultPoint, in shop: Shop) throws -> String {
    let way = Self.way(point)
    let title = "\(way) at \(point.rawValue)"
    try shop.fault(at: point)
    let card = try shop.ann.card(title, "--assign", "Bot")
    switch way {
    case .asks, .waits: try answer(card, in: shop)
    case .stops:
      _ = try shop.wait("running")
      try shop.ann.waitUntil("the run is known") {
        try shop.ann.json("log", card).rows("events").contains {
          $0["effect"]?.string == "dispatch" && $0["verdict"]?.string == "applied"
        }
      }
      try shop.ann.json("card", "cancel", card)
    case .works, .fails: break
    }
    do {
      while try shop.wait("done")["title"]?.string != title {}
    } catch {
      throw Process.Failure(description: "“\(title)” does not end: \(error)\n\(shop.state)")
    }
    #expect(shop.hasFaulted(), "nothing came through \(point.rawValue)")
    if try shop.bot.json("worker", "status")["mode"]?.string == "paused" {
      try shop.bot.json("worker", "resume")
    }
    return card
  }

  /// Answers what a card's run asks, if it comes so far.
  private func answer(_ card: String, in shop: Shop) throws {
    func question() throws -> String? {
      try shop.ann.json("question", "list", "--open").rows("questions").first?["event_id"]?.string
    }
    try shop.ann.waitUntil("it asks or has ended") {
      try question() != nil || !shop.intents(card).allSatisfy { $0 != "error" && $0 != "result" }
    }
    if let asked = try question() { try shop.ann.json("answer", asked, "--option", "1") }
  }
}
