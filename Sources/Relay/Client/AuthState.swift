package import Nostr

// NIP-42: authentication of clients to relays
// https://github.com/nostr-protocol/nips/blob/master/42.md

/// The state of authentication on one connection, without the connection. Make a fresh one for each
/// connection; carry `parkedUntil` over from the last one to the same relay.
///
/// At most one AUTH is in flight, each distinct challenge is answered once, two attempts are made on a
/// connection, and a refusal parks authentication at this relay for an hour. A relay that never answers
/// an AUTH is taken to have accepted it after 3 s, and the next REQ decides.
package struct AuthState: Hashable, Sendable {
  /// When to answer a challenge.
  package enum Policy: Hashable, Sendable {
    /// At once: for relays that the user trusts as an inbox. Some never say `auth-required` and just
    /// leave the wraps out.
    case eager
    /// Only when the relay says that it is needed: AUTH tells who we are.
    case onDemand
  }

  /// Where the conversation stands.
  package enum Phase: Hashable, Sendable {
    case none
    case challenged
    /// The owner was asked to sign the answer to this challenge.
    case signing(String)
    /// The AUTH with this id was sent; silence until `deadline` counts as consent.
    case sent(EventID, deadline: Duration)
    case accepted
    case assumed
    case refused
  }

  /// What the owner has to do.
  package enum Action: Hashable, Sendable {
    /// Sign a kind 22242 event over this challenge now, and send it; then call `signed`.
    case sign(challenge: String)
    /// Call `passed` at this time.
    case wake(at: Duration)
    /// Repeat what was refused for want of authentication, with new subscription ids.
    case resume
    /// Leave what needs authentication until then; say `reason` to the user.
    case park(until: Duration, reason: String)
  }

  /// Time in which an OK must come before consent is assumed.
  package static let patience: Duration = .seconds(3)
  /// Attempts on one connection.
  package static let attempts = 2
  /// How long a refusal is remembered.
  package static let parking: Duration = .seconds(3600)

  package let policy: Policy
  package private(set) var phase: Phase = .none
  /// Until when this relay is not asked again.
  package private(set) var parkedUntil: Duration?
  private var challenge: String?
  private var answered: Set<[UInt8]> = []
  private var attemptsMade = 0
  private var isNeeded = false

  package init(policy: Policy, parkedUntil: Duration? = nil) {
    self.policy = policy
    self.parkedUntil = parkedUntil
    isNeeded = policy == .eager
  }

  /// Whether requests that need authentication may be sent.
  package var isAuthenticated: Bool { phase == .accepted || phase == .assumed }

  /// Whether the last word on this connection has been spoken, and it was no.
  package var isRefused: Bool { phase == .refused }

  /// The relay sent `["AUTH", challenge]`. A challenge stays valid until another replaces it.
  package mutating func challenged(_ text: String, at now: Duration) -> Action? {
    guard text.utf8.count <= 1024 else { return nil }
    challenge = text
    guard !answered.contains(Array(text.utf8)) else { return nil }
    switch phase {
    case .none, .challenged, .accepted, .assumed:
      // A new challenge to an accepted connection asks us again.
      phase = .challenged
      return ask(at: now)
    case .signing, .sent, .refused: return nil
    }
  }

  /// The relay refused something with `auth-required`.
  package mutating func required(at now: Duration) -> Action? {
    isNeeded = true
    switch phase {
    case .assumed:
      phase = .refused
      return park("the relay did not take our authentication", at: now)
    case .accepted:
      return park("the relay asks for authentication again after accepting it", at: now)
    case .none, .challenged: return ask(at: now)
    case .signing, .sent: return nil
    case .refused: return parkedUntil.map { .park(until: $0, reason: "authentication was refused") }
    }
  }

  /// The answer was signed and sent as the event `id`.
  package mutating func signed(_ id: EventID, at now: Duration) -> Action? {
    guard case .signing = phase else { return nil }
    phase = .sent(id, deadline: now + Self.patience)
    return .wake(at: now + Self.patience)
  }

  /// The owner could not sign (locked, or the user said no).
  package mutating func declined(at now: Duration) -> Action? {
    guard case .signing = phase else { return nil }
    phase = .refused
    return park("the key could not sign", at: now)
  }

  /// An OK came. Answers `nil` when it was not for our AUTH.
  package mutating func answered(
    _ id: EventID, accepted: Bool, reason: Reason, at now: Duration
  ) -> Action? {
    guard case .sent(let sent, _) = phase, sent == id else { return nil }
    guard !accepted else {
      phase = .accepted
      parkedUntil = nil
      return .resume
    }
    phase = .challenged
    if attemptsMade < Self.attempts, let action = ask(at: now) { return action }
    phase = .refused
    return park(reason.text.isEmpty ? "authentication was refused" : reason.text, at: now)
  }

  /// The time of a `wake` has come.
  package mutating func passed(to now: Duration) -> Action? {
    guard case .sent(_, let deadline) = phase, now >= deadline else { return nil }
    phase = .assumed
    return .resume
  }

  private mutating func ask(at now: Duration) -> Action? {
    if let parkedUntil, now < parkedUntil { return nil }
    guard isNeeded, let challenge, attemptsMade < Self.attempts,
      answered.insert(Array(challenge.utf8)).inserted
    else { return nil }
    attemptsMade += 1
    phase = .signing(challenge)
    return .sign(challenge: challenge)
  }

  private mutating func park(_ reason: String, at now: Duration) -> Action {
    let until = now + Self.parking
    parkedUntil = until
    return .park(until: until, reason: String(reason.prefix(200)))
  }
}
