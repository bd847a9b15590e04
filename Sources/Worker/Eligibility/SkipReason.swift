/// Why a card is not worked on; the words are those of its record and of `studio worker status`.
package enum SkipReason: String, Sendable, CaseIterable {
  /// Somebody else is to do it.
  case notAssigned = "not_assigned"
  /// A record, a channel, or a kind that this profile does not take.
  case kind = "kind_not_accepted"
  /// It is in progress, done, or put away.
  case notOpen = "not_open"
  /// A run of it failed or was stopped: somebody has to say that it shall be tried again.
  case hold
  /// Its author is this very key, or this key stands in its chain.
  case recursion
  /// Too many agents have handed it on.
  case depth
  /// Cards that it waits for are not done.
  case depsBlocked = "deps_blocked"
  case roomClosed = "room_closed"
  case notAMember = "not_a_member"
  case epochKeyMissing = "epoch_key_missing"
  /// Nobody has touched it for longer than the profile reaches back.
  case tooOld = "too_old"
  case blockedAuthor = "blocked_author"
  case roomOff = "room_off"
  /// The owner of the machine has not said yet whether this author's cards may run here.
  case needsConsent = "needs_consent"
  case attachmentUnavailable = "attachment_unavailable"
  case budgetZero = "budget_zero"
  case noAdapter = "no_adapter"
  /// It names a repository that the owner has not.
  case repoUnknown = "repo_unknown"
  case sandboxUnavailable = "sandbox_unavailable"
  case dailyCap = "daily_cap"
  case roomRate = "room_rate"
  case authorQueue = "author_queue"
  /// Another machine with the same key was faster.
  case duplicateWorker = "duplicate_worker"
  case paused

  /// Whether the others in the room are told, once: not of what is nothing to them, of what ends by itself, of
  /// a refusal that would tell an author that they are blocked, and not of history.
  package var isTold: Bool {
    switch self {
    case .recursion, .depth, .depsBlocked, .roomOff, .needsConsent, .attachmentUnavailable,
      .budgetZero, .noAdapter, .repoUnknown, .sandboxUnavailable, .dailyCap:
      true
    case .notAssigned, .kind, .notOpen, .hold, .roomClosed, .notAMember, .epochKeyMissing, .tooOld,
      .blockedAuthor, .roomRate, .authorQueue, .duplicateWorker, .paused:
      false
    }
  }

  /// In a line, for people.
  package var words: String {
    switch self {
    case .notAssigned: "it is assigned to somebody else"
    case .kind: "this agent does not take cards of this kind"
    case .notOpen: "it is not open"
    case .hold: "it is on hold until its author opens it again or asks for a retry"
    case .recursion: "it was made by this agent's own work"
    case .depth: "it was handed on by too many agents"
    case .depsBlocked: "it waits for other cards"
    case .roomClosed: "the room is closed"
    case .notAMember: "this agent is not a member of the room"
    case .epochKeyMissing: "the room's key has not come yet"
    case .tooOld: "nobody has touched it for too long"
    case .blockedAuthor: "its author's cards are not run here"
    case .roomOff: "this room's cards are not run here"
    case .needsConsent: "the owner of this agent has to allow its author first"
    case .attachmentUnavailable: "an attachment cannot be fetched or is too large"
    case .budgetZero: "no budget is left"
    case .noAdapter: "no program is set up to run it"
    case .repoUnknown: "it names a repository that this agent does not have"
    case .sandboxUnavailable: "the sandbox that it needs does not work on this machine"
    case .dailyCap: "this agent has done all that it may today"
    case .roomRate: "this room has had all that it may have for now"
    case .authorQueue: "its author has too many cards waiting"
    case .duplicateWorker: "another machine with this agent's key works on it"
    case .paused: "this agent is paused"
    }
  }
}
