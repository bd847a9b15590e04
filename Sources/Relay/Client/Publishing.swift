package import Nostr

/// What to do about a relay's answer to an EVENT.
package enum PublishReaction: Hashable, Sendable {
  /// The relay has it.
  case acknowledged
  /// The relay will never take these bytes; say so, and leave the other relays alone.
  case final(Finality)
  /// Authenticate, then send the same bytes once more; park when that was done before.
  case authenticate
  /// Send the same bytes again after a back-off; `slower`: lower this relay's rate first.
  case retry(slower: Bool)
  /// This identity may not write here: leave the event to the other relays until something changes.
  case park
  /// The relay dislikes the time stamp: wrap the same inner event once more with a fresh one. An event
  /// that is no wrap is final instead.
  case rewrap

  /// Why an answer is final.
  package enum Finality: Hashable, Sendable {
    /// A newer version is there; no error.
    case superseded
    /// Deleted by its author or recipient.
    case deleted
    /// Longer than the relay takes.
    case tooLarge
    /// Against the relay's policy.
    case blocked
    /// The relay wants proof of work.
    case wantsWork
    /// The relay calls our id or signature wrong: a mistake of ours, to be reported loudly.
    case malformed
  }

  /// The reaction to `["OK", id, accepted, reason]`.
  package static func to(accepted: Bool, _ reason: Reason) -> PublishReaction {
    if accepted { return .acknowledged }
    switch reason.prefix {
    case .duplicate: return .acknowledged
    case .replaced: return .final(.superseded)
    case .deleted: return .final(.deleted)
    case .authRequired: return .authenticate
    case .restricted: return .park
    case .rateLimited: return .retry(slower: true)
    case .pow: return .final(.wantsWork)
    case .blocked: return .final(.blocked)
    case .invalid: return toInvalid(reason)
    case .mute, .error, .unsupported, nil: return toPlain(reason)
    }
  }

  private static func toInvalid(_ reason: Reason) -> PublishReaction {
    let text = reason.text.lowercased()
    func says(_ words: String...) -> Bool { words.contains { text.contains($0) } }
    if says("too large", "too long", "too big", "larger than", "size") { return .final(.tooLarge) }
    if says("created_at", "timestamp", "too far", "too old", "too late", "future", "past") {
      return .rewrap
    }
    if says("signature", "sig", "event id", "bad id", "invalid id", "id does") {
      return .final(.malformed)
    }
    return .final(.blocked)
  }

  // Some relays forget the word but say it all the same.
  private static func toPlain(_ reason: Reason) -> PublishReaction {
    let text = reason.text.lowercased()
    if text.contains("too large") || text.contains("too long") { return .final(.tooLarge) }
    if text.contains("duplicate") { return .acknowledged }
    return .retry(slower: false)
  }
}

/// What to do about a CLOSED. The subscription's id is dead in any case; a REQ that follows wants a
/// new one.
package enum CloseReaction: Hashable, Sendable {
  /// The relay had served all that the filters could ever match.
  case done
  /// Authenticate, then ask again.
  case authenticate
  /// Ask again after a back-off; `slower`: lower this relay's rate first.
  case reopen(slower: Bool)
  /// Ask again after hours, and show it. Never give the inbox up for good.
  case park

  /// The reaction to `["CLOSED", id, reason]`; `exhausted` when the filters named ids, and all came.
  package static func to(_ reason: Reason, exhausted: Bool = false) -> CloseReaction {
    switch reason.prefix {
    case .authRequired: .authenticate
    case .rateLimited: .reopen(slower: true)
    case .restricted, .blocked, .unsupported, .invalid, .pow: .park
    case .error, .duplicate, .replaced, .deleted, .mute: .reopen(slower: false)
    case nil: exhausted ? .done : .reopen(slower: false)
    }
  }
}
