import FourA
package import Nostr
import Replica

/// What the loop needs to know of its profile; made from `worker.conf`.
package struct WorkerSettings: Sendable {
  /// The name of the profile.
  package var profile: String
  /// Whose machine it is.
  package var owner: PublicKey?
  package var host: String
  package var adapter: String
  package var hasAdapter = true
  package var hasSandbox = true
  /// Whether the adapter's program can go on with a session of its own.
  package var isResumable = false
  /// Whether that needs the session's name.
  package var needsSession = false
  /// The repositories that cards may name, and whether one run at a time works in each.
  package var repositories: [String: Bool] = [:]
  /// From where the attachments of cards may be fetched.
  package var attachments = AttachmentRules()
  /// Whether an edit of a card begins a cycle.
  package var rerunsOnEdit = false
  /// Empty: every kind.
  package var acceptedKinds: Set<String> = []
  package var maximumAge: Int64 = 7 * 86_400
  package var limits = PickUpLimits()
  /// Of a run; a card may ask for less.
  package var budgetUSD: Double?
  /// Of all runs of 24 hours.
  package var budgetPerDay: Double?
  /// What the owner said of rooms, by slug or address.
  package var rooms: [String: Candidate.RoomSwitch] = [:]
  /// Of all rooms that are not named.
  package var room = Candidate.RoomSwitch.standard
  /// Seconds within which the next sign of life is promised.
  package var promise: Int64 = 1_200
  /// Seconds without a word after which a program is stopped; nought is no limit.
  package var idle: Int64 = 0
  /// Seconds before the second and the third attempt.
  package var retryDelays: [Int64] = [60, 300]

  package init(profile: String, host: String, adapter: String) {
    self.profile = profile
    self.host = host
    self.adapter = adapter
  }

  func roomSwitch(_ row: RoomRow) -> Candidate.RoomSwitch {
    rooms[row.audience.address] ?? rooms[row.audience.slug] ?? room
  }
}
