package import Nostr

/// How much a profile takes up.
package struct PickUpLimits: Sendable, Hashable {
  /// Runs in 24 hours.
  package var perDay = 50
  /// Of one room at once, and how many seconds until it may have one more.
  package var roomBurst = 10
  package var roomRefill: Int64 = 360
  /// Runs at the same time: of the profile, and of one author.
  package var parallel = 2
  package var perAuthor = 1
  /// Cards of one author that wait.
  package var authorQueue = 5
  /// Failures in a row on one card, and of the profile within an hour, that pause it.
  package var cardFailures = 3
  package var profileFailures = 5

  package init() {}
}

/// What a profile has taken up so far, the oldest first.
package struct RunHistory: Sendable, Hashable {
  package struct Past: Sendable, Hashable {
    package var room: Int64
    package var author: PublicKey
    package var takenUpAt: Int64
    package var isWaiting: Bool

    package init(room: Int64, author: PublicKey, takenUpAt: Int64, isWaiting: Bool) {
      self.room = room
      self.author = author
      self.takenUpAt = takenUpAt
      self.isWaiting = isWaiting
    }
  }

  package var runs: [Past]
  /// The room that is asked about.
  package var room: Int64

  package init(_ runs: [Past] = [], room: Int64 = 0) {
    self.runs = runs
    self.room = room
  }

  /// Runs of an author's cards in the last 24 hours.
  func today(of author: PublicKey, now: Int64) -> Int {
    runs.count { $0.author == author && $0.takenUpAt > now - 86_400 }
  }

  func skip(author: PublicKey, limits: PickUpLimits, now: Int64) -> SkipReason? {
    if runs.count(where: { $0.takenUpAt > now - 86_400 }) >= limits.perDay { return .dailyCap }
    if tokens(limits, now: now) < 1 { return .roomRate }
    if runs.count(where: { $0.author == author && $0.isWaiting }) >= limits.authorQueue {
      return .authorQueue
    }
    return nil
  }

  /// What is left in the room's bucket: time adds to it whether or not anybody takes from it.
  private func tokens(_ limits: PickUpLimits, now: Int64) -> Int {
    // In seconds of refill, so that nothing is lost by rounding.
    let full = Int64(limits.roomBurst) * limits.roomRefill
    var level = full
    var last = Int64.min / 2
    for run in runs where run.room == room {
      if last > Int64.min / 2 { level = min(full, level + max(0, run.takenUpAt - last)) }
      level -= limits.roomRefill
      last = max(last, run.takenUpAt)
    }
    if last > Int64.min / 2 { level = min(full, level + max(0, now - last)) }
    return limits.roomRefill == 0 ? limits.roomBurst : Int(level / limits.roomRefill)
  }

  /// When the room may have one more; `nil` when it may now.
  package func roomOpensAt(_ limits: PickUpLimits, now: Int64) -> Int64? {
    guard tokens(limits, now: now) < 1 else { return nil }
    var low = now
    var high = now + limits.roomRefill
    while low < high {
      let middle = (low + high) / 2
      if tokens(limits, now: middle) >= 1 { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
