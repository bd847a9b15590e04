import Dispatch
import Glibc
import Nostr
import Synchronization
import TestKit
import Testing

/// Kills the real processes at random moments while cards and comments flow both ways.
///
/// A short run by default; `STUDIO_KILLS=200` kills each kind of process that often. `STUDIO_SEED` repeats the
/// choices of a run, `STUDIO_VICTIM` (engine, relay, face or workspace) makes one part of it; the scheduler of the machine adds its own.
@Suite(.serialized) struct CrashTests {
  enum Victim: String, CaseIterable, CustomTestStringConvertible {
    case engine, relay, face, workspace
    var testDescription: String { rawValue }
  }

  private static let kills = Int(environment("STUDIO_KILLS") ?? "") ?? 9
  private static let seed =
    UInt64(environment("STUDIO_SEED") ?? "") ?? UInt64.random(in: 1...999_999)

  private static let victims = Victim.allCases.filter {
    [nil, $0.rawValue].contains(environment("STUDIO_VICTIM"))
  }

  @Test(arguments: victims)
  func `nothing accepted is lost or doubled by kill -9`(of victim: Victim) throws {
    print("crash test of the \(victim): \(Self.kills) kills, STUDIO_SEED=\(Self.seed)")
    let world = try World()
    let relay = try RelayProcess(directory: world.directory)
    let ann = try world.founder("Ann", relays: [relay.url])
    let bob = try world.member("Bob", of: ann)
    let card = try ann.card("The first")
    try bob.wait(forEvent: card)

    let round = Round(kills: Self.kills)
    let written = Mutex<[Written]>([])
    let faults = Mutex<[any Error]>([])
    let group = DispatchGroup()
    for (index, home) in [ann, bob].enumerated() {
      let (path, name, seed) = (home.path, home.name, Self.seed &+ UInt64(index))
      DispatchQueue.global().async(group: group) {
        do {
          let all =
            victim == .workspace
            ? try PaneWriter(path: path, name: name, seed: seed, round: round).run()
            : Writer(
              path: path, name: name, card: card, killsItself: victim == .face, seed: seed,
              round: round
            ).run()
          written.withLock { $0 += all }
        } catch {
          faults.withLock { $0.append(error) }
          round.giveUp()
        }
      }
    }
    var random = SeededRandom(Self.seed ^ 0x5ca1e)
    while victim == .engine || victim == .relay, !round.isOver {
      // Not a wait for something: the random moment itself.
      usleep(UInt32.random(in: 20_000...300_000, using: &random))
      switch victim {
      case .relay: try relay.killAndRestart()
      default:
        guard let home = [ann, bob].randomElement(using: &random),
          let pid = Processes.engine(of: home.path)
        else { continue }
        kill(pid, SIGKILL)
      }
      round.killed()
    }
    group.wait()
    for fault in faults.withLock({ $0 }) { throw fault }
    try relay.ensureRuns()
    let all = written.withLock { $0 }
    let accepted = all.filter(\.isAccepted)
    print(
      "crash test of the \(victim): \(round.count) kills, \(all.count) writes begun, "
        + "\(accepted.count) accepted")
    try #require(accepted.count >= Round.least)
    try settle(ann, bob)
    try check([ann, bob], card: card, written: all)
    #expect(try ann.stateHash() == bob.stateHash())
    for home in [ann, bob] { #expect(try home.json("verify")["ok"]?.bool == true) }
  }

  /// Until everything has left one home and come to the other.
  private func settle(_ ann: TestHome, _ bob: TestHome) throws {
    let deadline = ContinuousClock.now + .seconds(120)
    while true {
      for home in [ann, bob] { _ = try home.run("--json", "sync", "--timeout", "20") }
      let status = try [ann, bob].map { try $0.json("engine", "status") }
      let isEmpty = status.allSatisfy { $0["outbox"]?.integer == 0 && $0["pending"]?.integer == 0 }
      if isEmpty, try ann.stateHash() == bob.stateHash() { return }
      guard ContinuousClock.now < deadline else {
        Issue.record("the homes do not settle: \(status.map { JSON.object($0).text })")
        return
      }
    }
  }

  /// Every text that was written shows at most once, and once with the id that was told when it was accepted.
  private func check(_ homes: [TestHome], card: String, written: [Written]) throws {
    for home in homes {
      var shown: [String: [String]] = [:]
      for row in try home.json("card", "list", "--limit", "10000").rows("cards") {
        shown[row["title"]?.string ?? "", default: []].append(row["event_id"]?.string ?? "")
      }
      for row in try home.cardShow(card).rows("comments") {
        shown[row["body"]?.string ?? "", default: []].append(row["event_id"]?.string ?? "")
      }
      for write in written {
        let found = shown[write.text] ?? []
        #expect(found.count <= 1, "“\(write.text)” is doubled in \(home.name): \(found)")
        switch write.outcome {
        case .event(let id): #expect(found == [id], "“\(write.text)” in \(home.name)")
        case .accepted: #expect(found.count == 1, "“\(write.text)” in \(home.name)")
        case .unknown: break
        }
      }
    }
  }

  private static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }
}

/// Writes cards and comments through the program, one after the other, until the round is over.
private final class Writer: Sendable {
  private let path: String
  private let name: String
  private let card: String
  private let killsItself: Bool
  private let seed: UInt64
  private let round: Round

  init(path: String, name: String, card: String, killsItself: Bool, seed: UInt64, round: Round) {
    self.path = path
    self.name = name
    self.card = card
    self.killsItself = killsItself
    self.seed = seed
    self.round = round
  }

  /// What it wrote, once the round is over.
  func run() -> [Written] {
    var written: [Written] = []
    var random = SeededRandom(seed)
    var number = 0
    while !round.isOver {
      number += 1
      let text = "\(name) writes \(number)"
      let words =
        number.isMultiple(of: 4)
        ? ["card", "create", "--track", "todo", "--title", text] : ["comment", card, text]
      // Every other write lives, so that there is something to lose.
      let isKilled = killsItself && Bool.random(using: &random)
      let id = write(
        words, killAfter: isKilled ? UInt32.random(in: 0...60_000, using: &random) : nil)
      written.append(Written(text: text, outcome: id.map { .event($0) } ?? .unknown))
      if id != nil { round.accepted() }
    }
    return written
  }

  private func write(_ words: [String], killAfter microseconds: UInt32?) -> String? {
    guard let process = try? Process([Process.studio, "--home", path, "--json"] + words) else {
      return nil
    }
    if let microseconds {
      usleep(microseconds)
      process.signal(SIGKILL)
    }
    guard let output = try? process.finish(seconds: 60) else { return nil }
    if output.status == 128 + SIGKILL { round.killed() }
    return (try? JSON(parsing: output.out))?.object?["event_id"]?.string
  }
}

/// `studio relay` on one port, again and again.
private final class RelayProcess {
  let url: String
  private let directory: String
  private var process: Process

  init(directory: String) throws {
    self.directory = directory
    process = try Self.start(directory, listen: "127.0.0.1:0")
    let line = try process.readLine()
    url = try #require((try? JSON(parsing: line))?.object?["url"]?.string)
  }

  func killAndRestart() throws {
    process.signal(SIGKILL)
    _ = try process.finish(seconds: 10)
    process = try Self.start(directory, listen: String(url.dropFirst("ws://".count)))
    _ = try process.readLine()
  }

  func ensureRuns() throws { try killAndRestart() }

  private static func start(_ directory: String, listen: String) throws -> Process {
    try Process([
      Process.studio, "--home", "\(directory)/relay", "--json", "relay", "--listen", listen, "--db",
      "\(directory)/relay.sqlite",
    ])
  }
}
