package import Nostr

/// What a face asks of the engine over its socket: one JSON object a line, `{"ask":…}`.
package enum ControlRequest: Sendable, Equatable {
  /// Tell the engine's state.
  case status
  /// New orders wait in the replica.
  case orders
  /// Unlock the key with this passphrase.
  case unlock(passphrase: String)
  /// Catch up with every relay now; answered with `synced` when done or after the seconds given.
  case sync(seconds: Int)
  /// Check every signature and fold again from nothing; answered with `verified`.
  case verify
  /// Give what opens one attachment, and nothing else; answered with `attachment`. An image's needs the nonce of its
  /// ciphertext.
  case attachment(event: String, block: Int, nonce: [UInt8]?)
  /// End when the last face that is connected goes away.
  case leaveWithLastFace
  /// End now.
  case stop

  package init?(json: JSON) {
    guard let object = json.object else { return nil }
    switch object["ask"]?.string {
    case "status": self = .status
    case "orders": self = .orders
    case "unlock":
      guard let passphrase = object["passphrase"]?.string else { return nil }
      self = .unlock(passphrase: passphrase)
    case "sync": self = .sync(seconds: Int(clamping: object["seconds"]?.integer ?? 30))
    case "verify": self = .verify
    case "attachment":
      guard let event = object["event"]?.string, let block = object["block"]?.integer else {
        return nil
      }
      self = .attachment(
        event: event, block: Int(clamping: block),
        nonce: object["nonce"]?.string.flatMap { [UInt8](hex: $0) })
    case "leave": self = .leaveWithLastFace
    case "stop": self = .stop
    default: return nil
    }
  }

  package var json: JSON {
    var object = JSONObject()
    switch self {
    case .status: object["ask"] = "status"
    case .orders: object["ask"] = "orders"
    case .unlock(let passphrase):
      object["ask"] = "unlock"
      object["passphrase"] = .string(passphrase)
    case .sync(let seconds):
      object["ask"] = "sync"
      object["seconds"] = .integer(Int64(seconds))
    case .verify: object["ask"] = "verify"
    case .attachment(let event, let block, let nonce):
      object["ask"] = "attachment"
      object["event"] = .string(event)
      object["block"] = .integer(Int64(block))
      object["nonce"] = nonce.map { .string($0.hex) }
    case .leaveWithLastFace: object["ask"] = "leave"
    case .stop: object["ask"] = "stop"
    }
    return .object(object)
  }
}

/// What the engine tells its faces: one JSON object a line, `{"tell":…}`. Never data that is not also in the
/// replica.
package enum ControlNotice: Sendable, Equatable {
  /// Something was committed; `seq` is the newest change.
  case changed(seq: Int64)
  /// Answer to `status`; also told unasked when a relay's state changes.
  case status(JSON)
  /// Answer to `unlock`: unlocked, or the error.
  case unlocked(StudioError?)
  /// Answer to `sync`: counts since it was asked, and whether every relay was reached.
  case synced(JSON)
  /// Answer to `verify`.
  case verified(JSON)
  /// Answer to `attachment`: its `key`, or the `error`. The one thing told that the replica does not hold.
  case attachment(JSON)
  /// The engine is about to end.
  case leaving

  package init?(json: JSON) {
    guard let object = json.object else { return nil }
    switch object["tell"]?.string {
    case "changed": self = .changed(seq: object["seq"]?.integer ?? 0)
    case "status": self = .status(object["status"] ?? .null)
    case "unlocked": self = .unlocked(object["error"].flatMap(StudioError.init(json:)))
    case "synced": self = .synced(object["counts"] ?? .null)
    case "verified": self = .verified(object["outcome"] ?? .null)
    case "attachment": self = .attachment(object["opened"] ?? .null)
    case "leaving": self = .leaving
    default: return nil
    }
  }

  package var json: JSON {
    var object = JSONObject()
    switch self {
    case .changed(let seq):
      object["tell"] = "changed"
      object["seq"] = .integer(seq)
    case .status(let status):
      object["tell"] = "status"
      object["status"] = status
    case .unlocked(let error):
      object["tell"] = "unlocked"
      if let error { object["error"] = error.json }
    case .synced(let counts):
      object["tell"] = "synced"
      object["counts"] = counts
    case .verified(let outcome):
      object["tell"] = "verified"
      object["outcome"] = outcome
    case .attachment(let opened):
      object["tell"] = "attachment"
      object["opened"] = opened
    case .leaving: object["tell"] = "leaving"
    }
    return .object(object)
  }
}
