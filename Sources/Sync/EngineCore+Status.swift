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
    object["unlocked"] = .bool(secret != nil)
    return .object(object)
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
