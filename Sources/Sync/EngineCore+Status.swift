import Glibc
import Home
import Nostr
import Relay
import Replica
import Threads

extension EngineCore {
  /// The object of `studio engine status`.
  func status() throws -> JSON {
    let counts = try reader.counts()
    var object = JSONObject()
    object["state"] = secret == nil ? "locked" : "running"
    object["pid"] = .integer(Int64(getpid()))
    object["relays"] = .array(relays.values.sorted { $0.url.text < $1.url.text }.map(describe))
    object["outbox"] = .integer(Int64(try replica.pendingCount()))
    object["pending"] = .integer(Int64(counts.held))
    object["clock_skew"] = .integer(replica.clockCorrection)
    object["round_trip_ms"] = .object(roundTrips())
    object["unlocked"] = .bool(secret != nil)
    return .object(object)
  }

  /// How long open relays took to answer lately, by address.
  private func roundTrips() -> JSONObject {
    var object = JSONObject()
    for state in relays.values.sorted(by: { $0.url.text < $1.url.text }) where state.isOpen {
      guard let milliseconds = state.session?.roundTrip else { continue }
      object[state.url.text] = .integer(milliseconds)
      relays[state.url.text]?.toldRoundTrip = milliseconds
    }
    return object
  }

  /// Tells the faces how long a relay takes to answer, once it has become another thing for a person.
  func tellRoundTrip(of url: String) {
    guard let state = relays[url], state.isOpen, let now = state.session?.roundTrip else { return }
    let told = state.toldRoundTrip
    guard told.map({ abs(now - $0) > max(5, $0 / 4) }) ?? true else { return }
    broadcastStatus()
  }

  func broadcastStatus() {
    guard let status = try? status() else { return }
    commands.post(.broadcast(.status(status)))
  }

  private func describe(_ state: RelayState) -> JSON {
    var object = JSONObject()
    object["url"] = .string(state.url.text)
    let catchingUp = state.isOpen && state.session?.isCaughtUp == false
    object["state"] = .string(
      state.isOpen
        ? (catchingUp ? "syncing" : "live") : state.link == nil ? "waiting" : "connecting")
    object["auth"] = .string(state.session.map { Self.name(of: $0.auth.phase) } ?? "none")
    object["behind"] = .bool(!state.isOpen || catchingUp)
    object["error"] = state.lastError.map { .string($0) } ?? .null
    return .object(object)
  }

  private static func name(of phase: AuthState.Phase) -> String {
    switch phase {
    case .none: "none"
    case .challenged: "challenged"
    case .signing, .sent: "sent"
    case .accepted: "accepted"
    case .assumed: "assumed"
    case .refused: "refused"
    }
  }
}
