import ConfigLines
import Glibc
import Home
import Nostr
import Panes
import Replica
import Terminal
import Workspace

extension Command {
  static let doctor = Command("doctor", "what works here: terminal, relays, database, clock, keys")
  {
    invocation, _ in
    let checks = Doctor.checks(home: try invocation.home())
    Output.result(["checks": .array(checks.map(\.json))], of: "doctor", json: invocation.json)
    return checks.allSatisfy(\.ok) ? 0 : 1
  }
}

/// Looks at everything that has to work, and says what to do about what does not.
enum Doctor {
  struct Check {
    let name: String
    let ok: Bool
    let detail: String
    var hint: String?

    var json: JSON {
      [
        "name": .string(name), "ok": .bool(ok), "detail": .string(detail),
        "hint": hint.map { .string($0) } ?? .null,
      ]
    }
  }

  static func checks(home: Home) -> [Check] {
    [terminal(), locale()] + TerminalDoctor.checks()
      + [key(home), configuration(home), database(home)] + engine(home)
  }

  private static func terminal() -> Check {
    let term = SystemCall.environment("TERM") ?? "unset"
    let works = term != "unset" && term != "dumb"
    return Check(
      name: "terminal", ok: works, detail: "TERM is \(term)",
      hint: works ? nil : "the workspace needs a terminal that can move its cursor")
  }

  private static func locale() -> Check {
    let name = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap(SystemCall.environment).first ?? "C"
    let isUTF8 = name.lowercased().contains("utf")
    return Check(
      name: "locale", ok: true, detail: isUTF8 ? name : "\(name); C.UTF-8 is used instead")
  }

  private static func key(_ home: Home) -> Check {
    guard home.isInitialised else {
      return Check(
        name: "key", ok: false, detail: "there is no identity in this home",
        hint: "studio init --name NAME makes one")
    }
    do {
      let isPlain = try Identity.open(home) != nil
      return Check(
        name: "key", ok: true,
        detail: isPlain ? "kept without a passphrase" : "kept under a passphrase")
    } catch {
      return Check(name: "key", ok: false, detail: error.message, hint: error.hint)
    }
  }

  private static func configuration(_ home: Home) -> Check {
    let problems = Settings.check(home).filter { $0.severity == .error }
    return Check(
      name: "configuration", ok: problems.isEmpty,
      detail: problems.first?.summary ?? home.configFile,
      hint: problems.isEmpty ? nil : "studio config check lists every line")
  }

  private static func database(_ home: Home) -> Check {
    guard access(home.replicaFile, F_OK) == 0 else {
      return Check(name: "database", ok: !home.isInitialised, detail: "not made yet")
    }
    do {
      let counts = try Reader(path: home.replicaFile).counts()
      return Check(
        name: "database", ok: true,
        detail: "\(counts.events) events, \(counts.held) held, \(counts.pending) still being sent")
    } catch {
      return Check(
        name: "database", ok: false, detail: "\(error)", hint: "studio verify tells more")
    }
  }

  /// The engine, each relay, and through them the clock.
  private static func engine(_ home: Home) -> [Check] {
    do {
      guard let socket = try ControlSocket.connect(to: home) else {
        return [Check(name: "engine", ok: true, detail: "not running; the next command starts it")]
      }
      try socket.send(ControlRequest.status.json)
      let deadline = SystemCall.monotonicMilliseconds() + 5000
      while socket.waitReadable(until: deadline) {
        for case .status(let status) in try socket.receiveAvailable().compactMap(
          ControlNotice.init(json:))
        {
          return checks(of: status)
        }
      }
      return [
        Check(
          name: "engine", ok: false, detail: "it does not answer",
          hint: "its log is \(home.logFile)")
      ]
    } catch {
      let problem = StudioError(describing: error)
      return [Check(name: "engine", ok: false, detail: problem.message, hint: problem.hint)]
    }
  }

  private static func checks(of status: JSON) -> [Check] {
    let unlocked = status["unlocked"]?.bool == true
    var checks = [
      Check(
        name: "engine", ok: unlocked, detail: status["state"]?.string ?? "",
        hint: unlocked ? nil : "studio engine start unlocks it")
    ]
    for relay in status["relays"]?.array ?? [] {
      let state = relay["state"]?.string ?? ""
      let milliseconds = relay["url"]?.string.flatMap { status["round_trip_ms"]?[$0]?.integer }
      let isUp = state == "live" || state == "syncing"
      checks.append(
        Check(
          name: "relay", ok: isUp,
          detail: "\(relay["url"]?.string ?? "") \(state)"
            + (milliseconds.map { ", answers in \($0) ms" } ?? "")
            + (relay["error"]?.string.map { ": \($0)" } ?? ""),
          hint: isUp ? nil : "what is written stays queued until it answers"))
    }
    let skew = status["clock_skew"]?.integer
    checks.append(
      Check(
        name: "clock", ok: abs(skew ?? 0) <= 30,
        detail: skew.map { "\($0) s from the relays' clocks" } ?? "no relay has told its time",
        hint: abs(skew ?? 0) <= 30 ? nil : "set this machine's clock"))
    return checks
  }
}
