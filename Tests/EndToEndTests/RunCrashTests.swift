import Glibc
import Home
import Nostr
import TestKit
import Testing

/// Kills the processes of an agent while it works: at each step of a run's life in turn, and at random moments.
///
/// A short run by default; `STUDIO_KILLS=100` kills each kind of process that often. `STUDIO_SEED` repeats the
/// choices of a run, `STUDIO_VICTIM` (worker, supervisor or agent-engine) makes one part of it.
@Suite(.serialized) struct RunCrashTests {
  enum Victim: String, CaseIterable, CustomTestStringConvertible {
    case worker, supervisor
    case engine = "agent-engine"
    var testDescription: String { rawValue }
    var points: [FaultPoint] {
      let process = self == .engine ? "engine" : rawValue
      return FaultPoint.allCases.filter { $0.rawValue.hasPrefix(process) }
    }
  }

  private static let kills = Int(environment("STUDIO_KILLS") ?? "") ?? 2
  private static let seed =
    UInt64(environment("STUDIO_SEED") ?? "") ?? UInt64.random(in: 1...999_999)
  private static let victims = Victim.allCases.filter {
    [nil, $0.rawValue].contains(environment("STUDIO_VICTIM"))
  }

  /// Notes that it was begun, leaves a child in a session of its own, works a little, and asks when it is to.
  private static let program = """
    echo "$STUDIO_CARD $STUDIO_SEGMENT" >> "$STUDIO_RUN_DIR/../../../begun"
    [ -e card.md ] || cat > card.md
    if grep -q "[02468]$" card.md; then echo '::studio {"op":"session","session":"one"}'; fi
    setsid sleep 1000 &
    if grep -q "Asks" card.md; then
      "$STUDIO" agent ask "Which?" --option one --option two --wait 0 || exit 0
    fi
    echo working
    sleep 0.2
    echo "Done." > "$STUDIO_RUN_DIR/out/result.md"
    """

  @Test(arguments: victims)
  func `a card has one run and one result`(whenKilled victim: Victim) throws {
    let shop = try Shop(
      Self.program,
      settings: "runs_per_day 100000\nroom_burst 1000\nmax_parallel 1\nretry 0s 0s\n",
      isKilled: true)
    var random = SeededRandom(Self.seed)
    var lives: [Life] = []
    // How many steps there are to be killed at.
    let undisturbed = try life(of: "Undisturbed", in: shop, counting: victim)
    lives.append(undisturbed)
    let steps = max(1, undisturbed.steps)
    var number = 0
    // A step, a pass or a moment may lie behind the end of a life, which is then not killed: on to the next.
    while lives.count(where: \.wasKilled) < Self.kills, number < 20 + 3 * Self.kills {
      number += 1
      // Every step in turn, from the first to the last; as often any moment, and the places in the program.
      let moment: Moment =
        switch number % 3 {
        case 0: .after(microseconds: .random(in: 0...600_000, using: &random))
        case 1:
          .step(
            Self.kills > 9
              ? 1 + number * steps / (3 * Self.kills) % steps
              : .random(in: 1...steps, using: &random))
        default:
          .point(
            victim.points.randomElement(using: &random) ?? .engineSent,
            pass: .random(in: 1...4, using: &random))
        }
      let title = (number.isMultiple(of: 4) ? "Asks" : "Card") + " \(number)"
      lives.append(try life(of: title, in: shop, killing: victim, at: moment))
    }
    let killed = lives.count(where: \.wasKilled)
    let outcomes = Dictionary(grouping: lives, by: \.outcome).mapValues(\.count)
    print(
      "crash test of the \(victim.rawValue): \(killed) kills on \(lives.count) cards of \(steps) "
        + "steps, STUDIO_SEED=\(Self.seed), \(outcomes)")
    #expect(killed >= Self.kills)
    try shop.settle()
    let runs = try shop.bot.json("worker", "runs", "--limit", "10000").rows("runs")
    #expect(runs.count == lives.count)
    for life in lives {
      // A program that has told no session has nothing to go on with (README of the worker).
      let isLost = victim == .supervisor && life.outcome == "lost"
      #expect(life.outcome == "completed" || isLost, "\(life.title): \(life.outcome)")
      try shop.check(life.card, run: life.run, outcome: life.outcome)
    }
    try shop.verify()
  }

  private enum Moment {
    /// A change of what the agent's home keeps, counted from the assignment.
    case step(Int)
    case after(microseconds: UInt32)
    case point(FaultPoint, pass: Int)
  }

  private struct Life {
    let title: String
    let card: String
    var run = ""
    var outcome = ""
    /// Changes that were seen.
    var steps = 0
    var wasKilled = false
  }

  /// Assigns a card and follows its run to the end.
  private func life(
    of title: String, in shop: Shop, counting: Victim? = nil, killing victim: Victim? = nil,
    at moment: Moment? = nil
  ) throws -> Life {
    let changes = try HomeChanges(shop.bot.path)
    if case .point(let point, let pass) = moment { try shop.fault(at: point, pass: pass) }
    let making = try Process([
      Process.studio, "--home", shop.ann.path, "--json", "card", "create", "--track", "todo",
      "--title", title, "--assign", "Bot",
    ])
    var steps = 0
    var wasKilled = false
    /// A supervisor's steps are those of its run's directory.
    func next(for victim: Victim?, milliseconds: Int32 = 3_000) -> Bool {
      repeat {
        guard changes.next(milliseconds: milliseconds) else { return false }
      } while victim == .supervisor && !changes.isOfRun
      return true
    }
    // Until nothing has changed for a while: all steps, from the assignment to the published result.
    while let counting, next(for: counting, milliseconds: 2_000) { steps += 1 }
    let isNear = if case .point = moment { true } else { false }
    if let victim, let moment, !isNear {
      if case .after(let microseconds) = moment {
        // Not a wait for something: the random moment itself. It begins when the card arrives.
        _ = next(for: victim)
        usleep(microseconds)
      }
      while !wasKilled, next(for: victim) {
        steps += 1
        if case .step(let step) = moment, steps < step { continue }
        wasKilled = try kill(victim, changes.directory, in: shop)
      }
    }
    let made = try making.finish()
    let card = try #require((try? JSON(parsing: made.out))?.object?["event_id"]?.string, "\(made)")
    var life = Life(title: title, card: card, steps: steps, wasKilled: wasKilled)
    if title.hasPrefix("Asks") { try answer(card, in: shop, killing: isNear ? nil : victim) }
    var told: JSONObject
    do {
      repeat { told = try shop.wait("done") } while told["title"]?.string != title
    } catch {
      throw Process.Failure(description: "“\(title)” does not end: \(error)\n\(shop.state)")
    }
    if isNear, shop.hasFaulted() { life.wasKilled = true }
    life.run = told["run"]?.string ?? ""
    life.outcome = told["outcome"]?.string ?? ""
    // Too much was lost at once: somebody looks, and has it go on.
    if try shop.bot.json("worker", "status")["mode"]?.string == "paused" {
      try shop.bot.json("worker", "resume")
    }
    return life
  }

  /// Answers what the run of a card asks, unless it has ended; whatever is killed then finds it parked.
  private func answer(_ card: String, in shop: Shop, killing victim: Victim?) throws {
    func question() throws -> String? {
      try shop.ann.json("question", "list", "--open").rows("questions").first?["event_id"]?.string
    }
    try shop.ann.waitUntil("it asks or has ended") {
      try question() != nil || !shop.intents(card).allSatisfy { $0 != "error" && $0 != "result" }
    }
    guard let asked = try question() else { return }
    if let victim { _ = try kill(victim, nil, in: shop) }
    try shop.ann.json("answer", asked, "--option", "1")
  }

  /// - Returns: whether it was there to be killed.
  private func kill(_ victim: Victim, _ directory: String?, in shop: Shop) throws -> Bool {
    switch victim {
    case .worker: shop.killWorker()
    case .supervisor:
      guard let directory, let pid = Processes.supervisor(of: directory) else { return false }
      Glibc.kill(pid, SIGKILL)
    case .engine:
      guard let pid = Processes.engine(of: shop.bot.path) else { return false }
      Glibc.kill(pid, SIGKILL)
    }
    return true
  }

  private static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }
}

/// The changes of what an agent's home keeps, one after the other: its replica, and the directory of a run.
private final class HomeChanges {
  private let descriptor: Int32
  private let home: String
  private var folders: [Int32: String] = [:]
  private var pending: [(folder: String, name: String)] = []
  /// Of the run that came last.
  private(set) var directory: String?
  /// Whether the last change was in it.
  private(set) var isOfRun = false

  init(_ home: String) throws {
    self.home = home
    descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
    guard descriptor >= 0 else { throw Process.Failure(description: "no inotify: \(errno)") }
    watch(home)
    watch("\(home)/runs")
  }

  deinit { close(descriptor) }

  private func watch(_ folder: String) {
    let mask = IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE | IN_MODIFY | IN_ONLYDIR
    let number = inotify_add_watch(descriptor, folder, UInt32(bitPattern: Int32(mask)))
    if number >= 0 { folders[number] = folder }
  }

  /// Waits for the next change; `false` when there is none for so long.
  func next(milliseconds: Int32 = 3_000) -> Bool {
    while true {
      while !pending.isEmpty {
        let (folder, name) = pending.removeFirst()
        isOfRun = folder == directory
        if folder == home {
          if name == "runs" { watch("\(home)/runs") }
          // The log and the lock are no steps.
          guard name.hasPrefix("replica.sqlite-wal") else { continue }
        } else if folder == "\(home)/runs" {
          guard !name.hasPrefix(".") else { continue }
          directory = "\(folder)/\(name)"
          watch("\(folder)/\(name)")
        }
        return true
      }
      var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&entry, 1, milliseconds) > 0 else { return false }
      take()
    }
  }

  private func take() {
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    let count = read(descriptor, &buffer, buffer.count)
    buffer.withUnsafeBytes { bytes in
      var offset = 0
      while offset + 16 <= count {
        let number = bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self)
        let length = Int(bytes.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self))
        let name = bytes[(offset + 16)..<(offset + 16 + length)].prefix { $0 != 0 }
        if let folder = folders[number] {
          pending.append((folder, String(decoding: name, as: UTF8.self)))
        }
        offset += 16 + length
      }
    }
  }
}
