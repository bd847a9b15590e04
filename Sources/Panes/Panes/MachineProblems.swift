import Home
import Nostr
import Replica
import Studio
import Terminal
import Workspace

/// What is wrong on this machine: the engine, the relays, what could not be sent or read, the worker.
struct MachineProblems {
  let scene: Scene
  /// The newest that the engine told.
  let status: JSON?
  var engineIsGone = false
  /// Whether one relay at least is connected and has told all it had.
  let isLive: Bool
  /// Orders that the engine should have answered by now.
  var slowOrders = 0

  /// Whether the engine tells of a relay from which everything has come.
  static func isLive(_ status: JSON?) -> Bool {
    status?["relays"]?.array?.contains {
      $0["state"]?.string.map { sameBytes($0, "live") } ?? false
    } ?? false
  }

  var all: [Problem] {
    var problems: [Problem] = []
    func add(_ name: String, _ subject: SafeText, _ words: SafeText, place: SafeText = "") {
      problems.append(
        Problem(
          id: .system(name), glyph: Span("!", .badgeTrouble), subject: subject, place: place,
          words: words))
    }
    if let fault = scene.fault {
      add("database", "database", SafeText(untrusted: fault.description, limit: 400))
    }
    if engineIsGone { add("engine", "engine", "it is gone, and is being started again") }
    let relays = status?["relays"]?.array ?? []
    for relay in relays {
      let state = relay["state"]?.string ?? ""
      guard !sameBytes(state, "live"), !sameBytes(state, "syncing") else { continue }
      let url = SafeText(untrusted: relay["url"]?.string ?? "", limit: 200)
      let error =
        relay["error"]?.string.map { SafeText(untrusted: $0, limit: 200) } ?? "no connection yet"
      add("relay \(url.string)", "relay", error, place: url)
    }
    if scene.sending > 0, !isLive || slowOrders > 0 {
      add(
        "outbox", "outbox",
        "\(scene.sending) copies are on no relay yet; they are kept, and go when one is reached")
    }
    let held = scene.read { try $0.counts().held } ?? 0
    if held > 0 {
      add("held", "unreadable", "\(held) events wait for a key, or for what they are about")
    }
    if let skew = status?["clock_skew"]?.integer, abs(skew) > PresenceEvidence.skew {
      add("clock", "clock", "this machine's clock is \(RunText.duration(abs(skew))) off")
    }
    addWorker(&problems)
    addRefusals(&problems)
    return problems
  }

  private func addWorker(_ problems: inout [Problem]) {
    let states = scene.read { try $0.workerStates() } ?? []
    for (profile, state) in states where state.mode != .active {
      let name = SafeText(untrusted: profile, limit: 64)
      let why: SafeText =
        sameBytes(state.reason, "breaker") ? "too many failures in a row" : "as its owner said"
      problems.append(
        Problem(
          id: .system("worker \(profile)"), glyph: Span("‖", .statePaused), subject: "worker",
          place: name,
          words:
            "\(SafeText(untrusted: state.mode.rawValue)) \(scene.moments.age(of: state.changedAt)): \(why); studio worker resume"
        ))
    }
  }

  /// What changed nothing, of the last day.
  private func addRefusals(_ problems: inout [Problem]) {
    guard let room = scene.room?.id else { return }
    let since = scene.clock.now() - 86_400
    let rows = (scene.read { try $0.refusals(room, limit: 50) } ?? []).filter {
      $0.receivedAt >= since && $0.verdict == .refused
    }
    guard let last = rows.first else { return }
    let reason = SafeText(untrusted: last.reason ?? "", limit: 200)
    problems.append(
      Problem(
        id: .system("refused"), glyph: Span("×", .dim), subject: scene.names.brief(last.signer),
        place: SafeText(untrusted: last.effect, limit: 40),
        words:
          "\(rows.count) refused since yesterday, the last \(scene.moments.age(of: last.receivedAt)): \(reason)"
      ))
  }
}
