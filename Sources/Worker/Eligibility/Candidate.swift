package import Nostr

/// All that decides whether a card may be worked on, as values: gathered by the loop, judged by `verdict`.
package struct Candidate: Sendable, Hashable {
  /// How the worker stands in the card's room.
  package enum RoomAccess: Sendable, Hashable { case open, closed, notAMember, noEpochKey }

  /// What the owner of the machine said of the room.
  package enum RoomSwitch: String, Sendable, Hashable {
    /// Nobody's cards.
    case off
    /// Everybody's cards, without asking; but not those of a blocked author.
    case on
    /// As was decided for each author.
    case standard = "default"
  }

  // The card.
  package var me: PublicKey
  package var author: PublicKey
  package var assignee: PublicKey?
  package var kind = "task"
  package var status = "open"
  package var isHeld = false
  package var isRetried = false
  package var contentHash = Bytes32()
  /// When it last changed.
  package var touchedAt: Int64 = 0
  /// The keys that it was handed on by, as it says itself and as its forebears were signed.
  package var chain: [PublicKey] = []
  package var depth = 0
  package var isBlocked = false
  package var hasAttachments = true
  /// Whether the repository that it names, if any, is one of the owner's.
  package var hasRepository = true
  package var budgetUSD: Double?

  // Where it stands.
  package var room = RoomAccess.open
  package var roomSwitch = RoomSwitch.standard
  package var consents: [Consent] = []

  // The worker.
  package var now: Int64 = 0
  package var isPaused = false
  /// Empty: every kind.
  package var acceptedKinds: Set<String> = []
  package var maximumAge: Int64 = 7 * 86_400
  package var hasAdapter = true
  package var hasSandbox = true
  package var history = RunHistory()
  package var limits = PickUpLimits()

  package init(me: PublicKey, author: PublicKey, assignee: PublicKey?) {
    self.me = me
    self.author = author
    self.assignee = assignee
  }

  /// The most agents that one card may have been handed on by.
  package static let maximumDepth = 3

  /// Why it is not to be worked on; `nil` when it is.
  package func skip() -> SkipReason? {
    guard assignee == me else { return .notAssigned }
    if kind.utf8.first == UInt8(ascii: "_") || sameBytes(kind, "channel") { return .kind }
    if !acceptedKinds.isEmpty, !acceptedKinds.contains(where: { sameBytes($0, kind) }) {
      return .kind
    }
    if !isRetried, !sameBytes(status, "open") { return .notOpen }
    if isRetried, sameBytes(status, "archived") || sameBytes(status, "deleted") { return .notOpen }
    if isHeld { return .hold }
    if author == me || chain.contains(me) { return .recursion }
    if depth > Self.maximumDepth { return .depth }
    if isBlocked { return .depsBlocked }
    switch room {
    case .open: break
    case .closed: return .roomClosed
    case .notAMember: return .notAMember
    case .noEpochKey: return .epochKeyMissing
    }
    if touchedAt < now - maximumAge { return .tooOld }
    switch consent {
    case .allowed: break
    case .refused(let reason): return reason
    }
    if !hasAttachments { return .attachmentUnavailable }
    if let budgetUSD, budgetUSD <= 0 { return .budgetZero }
    if !hasAdapter { return .noAdapter }
    if !hasRepository { return .repoUnknown }
    if !hasSandbox { return .sandboxUnavailable }
    if isPaused { return .paused }
    return history.skip(author: author, limits: limits, now: now)
  }
}
