/// How somebody is, in the words of workspace 2.8.
package enum PresenceState: String, Sendable, CaseIterable {
  /// A question of theirs is open.
  case waiting
  case working
  /// Nothing for a while; no reason to worry.
  case quiet
  /// Work in hand, and not a word.
  case silent
  /// Silent for long, or said goodbye.
  case gone
  case blocked, paused
  /// Nothing in hand.
  case idle
  case done
  /// We cannot know: our own connection is down.
  case unknown
}

/// After how many seconds without a sign of life somebody with work in hand is quiet, silent, gone.
package struct PresenceThresholds: Sendable, Hashable {
  package var quiet: Int64
  package var silent: Int64
  package var gone: Int64
  /// Without progress, though there are signs of life.
  package var stalled: Int64

  /// - Parameter promise: the seconds within which the next sign of life was promised, if one was.
  package init(promise: Int64? = nil) {
    guard let promise else {
      (quiet, silent, gone, stalled) = (120, 600, 1_800, 900)
      return
    }
    // 2.4, 5 and 15 times; of the shortest promise, 120 s, the last two are the standard's.
    (quiet, silent, gone) = (promise * 12 / 5, promise * 5, promise * 15)
    stalled = max(900, promise * 3)
  }
}

/// All that is known of somebody's presence. Times are Unix seconds of this machine.
package struct PresenceEvidence: Sendable, Hashable {
  /// What somebody last said of themselves, with nothing heard since.
  package enum Word: Sendable, Hashable {
    case working, paused, idle, stopped, done
  }

  /// What the state of their card says.
  package enum CardState: Sendable, Hashable { case blocked, paused, done }

  /// Last sign of life; see `heard`.
  package var lifeAt: Int64?
  /// Last real output.
  package var progressAt: Int64?
  /// Seconds within which the next sign of life was promised.
  package var promise: Int64?
  package var word: Word?
  /// When their open question was asked.
  package var askedAt: Int64?
  /// Since when they have work in hand.
  package var workSince: Int64?
  package var card: CardState?
  /// Agents are held to their signs of life; people are not.
  package var isAgent: Bool

  package init(
    lifeAt: Int64? = nil, progressAt: Int64? = nil, promise: Int64? = nil, word: Word? = nil,
    askedAt: Int64? = nil, workSince: Int64? = nil, card: CardState? = nil, isAgent: Bool = true
  ) {
    self.lifeAt = lifeAt
    self.progressAt = progressAt
    self.promise = promise
    self.word = word
    self.askedAt = askedAt
    self.workSince = workSince
    self.card = card
    self.isAgent = isAgent
  }

  /// How much later than it was signed something may arrive and still count from its arrival: what
  /// is later has waited somewhere, and counts from when it was signed. A clock that is further
  /// behind looks the same.
  package static let lateness: Int64 = 120
  /// By how many seconds another clock may differ before that is worth a word.
  package static let skew: Int64 = 60

  /// When a sign of life counts as heard. The clock of arrival is ours; that of the signer only
  /// tells what has waited somewhere, and can make nobody younger.
  package static func heard(signed: Int64, received: Int64) -> Int64 {
    received - signed > lateness ? signed : received
  }

  /// From when silence is counted: nobody is silent about work that they have only just been given.
  var silenceFrom: Int64? {
    guard let workSince else { return lifeAt }
    return max(lifeAt ?? .min, workSince)
  }

  var thresholds: PresenceThresholds { PresenceThresholds(promise: promise) }
}

/// Whether our own connection is there: without it, others' silence says nothing.
package enum PresenceLink: Sendable, Hashable {
  case up
  case down(since: Int64)
}

/// How somebody is, and since when: a fold over moments, pure, with the time given.
package struct Presence: Sendable, Hashable {
  package let state: PresenceState
  /// From when the age beside the state is counted; `nil` when nothing was ever heard.
  package let since: Int64?
  /// Signs of life, but no progress for long.
  package let isStalled: Bool
  /// When it came into this state as far as we have watched.
  package let changedAt: Int64

  /// Seconds beyond a threshold before a worse state is taken, and between two changes.
  package static let patience: Int64 = 5

  /// The next moment: better states at once, worse ones `patience` after their threshold, no second
  /// change within `patience`, except to waiting.
  package init(
    after last: Presence? = nil, _ evidence: PresenceEvidence, link: PresenceLink = .up,
    now: Int64
  ) {
    let found = Self.judge(evidence, link, now: now, after: last?.state)
    guard let last, found.state != last.state else {
      (state, since, isStalled) = (found.state, found.since, found.isStalled)
      changedAt = last?.changedAt ?? .min
      return
    }
    if found.state != .waiting, last.isSettling(at: now) {
      (state, since, isStalled, changedAt) = (
        last.state, last.since, last.isStalled, last.changedAt
      )
      return
    }
    (state, since, isStalled, changedAt) = (found.state, found.since, found.isStalled, now)
  }

  private func isSettling(at now: Int64) -> Bool {
    changedAt != .min && (0..<Self.patience).contains(now - changedAt)
  }

  /// The next second at which another state would be found though nothing happens; `nil` for never.
  package func nextChange(
    _ evidence: PresenceEvidence, link: PresenceLink = .up, now: Int64
  ) -> Int64? {
    var moments: [Int64] = []
    if isSettling(at: now) { moments.append(changedAt + Self.patience) }
    let limits = evidence.thresholds
    for from in [evidence.silenceFrom, evidence.lifeAt].compactMap(\.self) {
      for limit in [limits.quiet, limits.silent, limits.gone] {
        moments += [from + limit, from + limit + Self.patience]
      }
    }
    if let from = evidence.stalledFrom { moments.append(from + limits.stalled) }
    return moments.filter { $0 > now }.min()
  }

  // MARK: Judging

  private struct Finding {
    var state: PresenceState
    var since: Int64?
    var isStalled = false
  }

  private static func judge(
    _ evidence: PresenceEvidence, _ link: PresenceLink, now: Int64, after last: PresenceState?
  ) -> Finding {
    if case .down(let since) = link { return Finding(state: .unknown, since: since) }
    if let askedAt = evidence.askedAt { return Finding(state: .waiting, since: askedAt) }
    switch evidence.card {
    case .done: return Finding(state: .done, since: evidence.lifeAt)
    case .blocked: return Finding(state: .blocked, since: evidence.lifeAt)
    case .paused: return Finding(state: .paused, since: evidence.lifeAt)
    case nil: break
    }
    let hasWork = evidence.workSince != nil
    switch evidence.word {
    case .stopped: return Finding(state: .gone, since: evidence.lifeAt)
    case .paused: return Finding(state: .paused, since: evidence.lifeAt)
    case .done where !hasWork: return Finding(state: .done, since: evidence.lifeAt)
    case .idle where !hasWork, nil where !hasWork:
      // Who has promised to speak even when idle, and does not, has gone without a word.
      let isGone =
        evidence.isAgent && evidence.promise != nil && evidence.word == .idle
        && silence(evidence, now: now, after: last) == .gone
      return Finding(state: isGone ? .gone : .idle, since: evidence.lifeAt)
    case .working, .idle, .done, nil: break
    }
    let state = silence(evidence, now: now, after: last)
    guard evidence.isAgent else {
      return Finding(state: state == .working ? .working : .idle, since: evidence.lifeAt)
    }
    let isStalled =
      [.working, .quiet].contains(state)
      && evidence.stalledFrom.map { now - $0 >= evidence.thresholds.stalled } ?? false
    return Finding(state: state, since: evidence.silenceFrom, isStalled: isStalled)
  }

  private static let ladder: [PresenceState] = [.working, .quiet, .silent, .gone]

  /// Where on the ladder somebody is who may be expected to speak.
  private static func silence(
    _ evidence: PresenceEvidence, now: Int64, after last: PresenceState?
  ) -> PresenceState {
    guard let from = evidence.silenceFrom else { return .quiet }
    let limits = evidence.thresholds
    func rung(_ age: Int64) -> Int {
      age >= limits.gone ? 3 : age >= limits.silent ? 2 : age >= limits.quiet ? 1 : 0
    }
    // A clock that was set back makes nobody older than new.
    let age = max(0, now - from)
    let found = rung(age)
    guard let last, let before = ladder.firstIndex(of: last), found > before else {
      return ladder[found]
    }
    return ladder[max(before, rung(age - patience))]
  }
}

extension PresenceEvidence {
  /// From when missing progress is counted.
  var stalledFrom: Int64? {
    guard isAgent, let workSince else { return nil }
    return max(progressAt ?? .min, workSince)
  }
}

/// How long something lasts, in at most four cells: `8s`, `40s`, `12m`, `2h`, `3d`, `7w`.
package struct Age: Sendable, Hashable {
  package let seconds: Int64

  package init(since time: Int64, now: Int64) { seconds = max(0, now - time) }

  /// Seconds one by one to 10, then by fives: nobody reads faster, and every step is a frame.
  private var step: Int64 {
    switch seconds {
    case ..<10: 1
    case ..<60: 5
    case ..<3_600: 60
    case ..<86_400: 3_600
    case ..<(14 * 86_400): 86_400
    default: 7 * 86_400
    }
  }

  package var text: String {
    let value = seconds / step * step
    switch value {
    case ..<60: return "\(value)s"
    case ..<3_600: return "\(value / 60)m"
    case ..<86_400: return "\(value / 3_600)h"
    case ..<(14 * 86_400): return "\(value / 86_400)d"
    case ..<(365 * 86_400): return "\(value / (7 * 86_400))w"
    default: return "\(min(999, value / (365 * 86_400)))y"
    }
  }

  /// In how many seconds the text reads differently.
  package var untilNext: Int64 { step - seconds % step }
}
